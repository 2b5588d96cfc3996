import type { DecisionTable, Facts } from "#lib/common/decision-table.ts";

// What a read of the package means for a posting whose outcome is not known. Three tables: one for a
// record that was sent as new, one for a change of a record that the package holds already, one for
// a step of a conversation that says what proves it. The first row that holds decides. `settle-facts.ts` finds the facts, `settle.ts` acts on the outcome.

const YES_OR_NO = [true, false] as const;
const REFUSED = ["for its number", "otherwise"] as const;

/** What is known of a record that was sent as new, after a read. */
const NEW_FACTS = {
  /** How many of the package's records may be the one that was sent. */
  matches: ["none", "one", "several"],
  /** The one match agrees in all that makes it the record that was sent (`isSameRecord`). */
  isSame: YES_OR_NO,
  /** The one match differs in no field that the tick compares; whether it is a draft there is left aside. */
  isEqual: YES_OR_NO,
  /**
   * Who wrote the one match. A document carries our address and a contact our reference, which only
   * we write. `hidden`: the read shows no mark. `other record`: it carries the address of another
   * record of ours. `foreign`: another address, or a product, whose code anybody may have typed.
   */
  mark: ["ours", "hidden", "other record", "foreign"],
  kind: ["document", "product", "other"],
  /** A call before this one may have written it. */
  sentBefore: YES_OR_NO,
  /** Whether the package refused the call, and whether because the number stands there already. */
  refused: ["no", ...REFUSED],
  /** The deadline of the call and the package's settle delay are not over. */
  mayBeAtWork: YES_OR_NO,
  /** The package itself refuses a number that stands there already. */
  refusesRepeats: YES_OR_NO,
  /** Of 10,000 or more in its own currency (`settle-facts.ts`). */
  isLarge: YES_OR_NO,
  /** An earlier look, made when the package could no longer be at work, saw nothing. */
  wasAbsent: YES_OR_NO,
} as const;

export type NewFacts = Facts<typeof NEW_FACTS>;

export type NewOutcome =
  | "posted"
  | "rejected"
  | "wait"
  | "second look"
  | "send again"
  | "conflict: differs"
  | "conflict: not ours"
  | "conflict: several";

/** What a read means for a record that was sent as new. */
export const SENT_AS_NEW: DecisionTable<typeof NEW_FACTS, NewOutcome> = {
  facts: NEW_FACTS,
  rows: [
    {
      when: { matches: "one", isSame: true, sentBefore: true },
      outcome: "posted",
      because: "It was sent before this call, and the package holds it as it was sent.",
    },
    {
      when: { matches: "one", isSame: true, mark: "ours" },
      outcome: "posted",
      because: "The package holds it as it was sent, under a mark that only we write.",
    },
    {
      when: { matches: "one", isSame: true, kind: "product", refused: REFUSED },
      outcome: "posted",
      because: "A product is its code: the package refused the code and holds it.",
    },
    {
      when: {
        matches: "one",
        isSame: true,
        isEqual: true,
        mark: ["hidden", "foreign"],
        kind: "document",
        refused: "for its number",
      },
      outcome: "posted",
      because: "Somebody typed it in by hand, word for word as ours would be.",
    },
    {
      when: { refused: REFUSED, sentBefore: false },
      outcome: "rejected",
      because: "The refused call is the only one that could have written it.",
    },
    {
      when: { matches: "one", mark: ["ours", "hidden"] },
      outcome: "conflict: differs",
      because: "It may be ours, and is not as it was sent: nothing goes over it unasked.",
    },
    {
      when: { matches: "one" },
      outcome: "conflict: not ours",
      because: "A record has our number and not our mark: a person decides.",
    },
    {
      when: { matches: "several" },
      outcome: "conflict: several",
      because: "Which of them is ours, and whether it was written twice, only a person can say.",
    },
    {
      when: { matches: "none", mayBeAtWork: true },
      outcome: "wait",
      because: "What is not there yet may still come.",
    },
    {
      when: { matches: "none", refused: REFUSED },
      outcome: "rejected",
      because: "The package refused it, and does not hold it: the refusal counts.",
    },
    {
      when: { matches: "none", refusesRepeats: false, wasAbsent: false },
      outcome: "second look",
      because: "The package would take it twice, and its lists may lag.",
    },
    {
      when: { matches: "none", isLarge: true, wasAbsent: false },
      outcome: "second look",
      because: "A large document is never sent again on one absence.",
    },
    {
      when: {},
      outcome: "send again",
      because: "It is not there, and the call can no longer write it.",
    },
  ],
};

/** What is known of a change, after a read of the record by its id. */
const CHANGE_FACTS = {
  /**
   * How the record stands there. `as both`: the change says what stood there before, so nothing
   * proves that it was done. `otherwise`: neither as before nor as the change would have it.
   */
  stands: ["as sent", "as before", "as both", "otherwise", "gone"],
  /** A call before this one may have made the change. */
  sentBefore: YES_OR_NO,
  /** The package refused the call. */
  refused: YES_OR_NO,
  /** The deadline of the call and the package's settle delay are not over. */
  mayBeAtWork: YES_OR_NO,
} as const;

export type ChangeFacts = Facts<typeof CHANGE_FACTS>;

export type ChangeOutcome = "posted" | "rejected" | "wait" | "send again" | "conflict: gone" | "conflict: otherwise";

/** What a read by its id means for a change of what the package holds. */
export const SENT_AS_CHANGE: DecisionTable<typeof CHANGE_FACTS, ChangeOutcome> = {
  facts: CHANGE_FACTS,
  rows: [
    {
      when: { stands: "as sent" },
      outcome: "posted",
      because: "It holds the change, and did not before.",
    },
    {
      when: { stands: ["as before", "as both", "gone"], mayBeAtWork: true },
      outcome: "wait",
      because: "The change may still come through.",
    },
    {
      when: { stands: ["as before", "as both"], refused: true },
      outcome: "rejected",
      because: "The package refused it, and nothing has changed there: the refusal counts.",
    },
    {
      when: { refused: true, sentBefore: false },
      outcome: "rejected",
      because: "The refused call is the only one that could have made the change.",
    },
    {
      when: { stands: "gone" },
      outcome: "conflict: gone",
      because: "A change never makes a second record: a person decides what became of the first.",
    },
    {
      when: { stands: ["as before", "as both"] },
      outcome: "send again",
      because: "It was not done, and the package can no longer be at work on it.",
    },
    {
      when: {},
      outcome: "conflict: otherwise",
      because: "Somebody else changed it there: ours would go over what they did.",
    },
  ],
};

/** What is known of a step of a conversation, after a read of the record by its id. */
const STEP_FACTS = {
  /** Whether the record shows what proves the step: that it is there proves nothing. */
  stands: ["shown", "not shown", "gone"],
  /** The package refused the call. */
  refused: YES_OR_NO,
  /** The deadline of the call and the package's settle delay are not over. */
  mayBeAtWork: YES_OR_NO,
} as const;

export type StepFacts = Facts<typeof STEP_FACTS>;

export type StepOutcome = "done" | "wait" | "gone" | "rejected" | "send again";

/** What a read by its id means for a step. */
export const SENT_AS_STEP: DecisionTable<typeof STEP_FACTS, StepOutcome> = {
  facts: STEP_FACTS,
  rows: [
    {
      when: { stands: "shown" },
      outcome: "done",
      because: "The record shows what the step was to do, whoever did it.",
    },
    {
      when: { mayBeAtWork: true },
      outcome: "wait",
      because: "The step may still come through.",
    },
    {
      when: { stands: "gone" },
      outcome: "gone",
      because: "No step makes a second record: a person decides what became of the first.",
    },
    {
      when: { refused: true },
      outcome: "rejected",
      because: "The package refused it, and does not show it: the refusal counts.",
    },
    {
      when: {},
      outcome: "send again",
      because: "It was not done, and the package can no longer be at work on it.",
    },
  ],
};
