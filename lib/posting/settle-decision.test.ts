import { describe, expect, it } from "vitest";
import { type DecisionTable, decide, type Facts, type FactValues } from "#lib/common/decision-table.ts";
import { everyCase, tableText } from "#lib/testing/decision-table.ts";
import {
  type ChangeFacts,
  type ChangeOutcome,
  type NewFacts,
  type NewOutcome,
  SENT_AS_CHANGE,
  SENT_AS_NEW,
  SENT_AS_STEP,
} from "./settle-decision.ts";

const NEW_CASES = everyCase(SENT_AS_NEW.facts);
const CHANGE_CASES = everyCase(SENT_AS_CHANGE.facts);

describe("what a read means for a record of unknown outcome that was sent as new", () => {
  it("is this table: the first row that holds decides", () => {
    expect(tableText(SENT_AS_NEW)).toMatchInlineSnapshot(`
      "    when                                                          outcome
       1  matches one, isSame, sentBefore                               posted
       2  matches one, isSame, mark ours                                posted
       3  matches one, isSame, kind product,                            posted
          refused for its number or otherwise
       4  matches one, isSame, isEqual, mark hidden or foreign,         posted
          kind document, refused for its number
       5  refused for its number or otherwise, not sentBefore           rejected
       6  matches one, mark ours or hidden                              conflict: differs
       7  matches one                                                   conflict: not ours
       8  matches several                                               conflict: several
       9  matches none, mayBeAtWork                                     wait
      10  matches none, refused for its number or otherwise             rejected
      11  matches none, not refusesRepeats, not wasAbsent               second look
      12  matches none, isLarge, not wasAbsent                          second look
      13  whatever else                                                 send again"
    `);
  });

  it("is decided for every combination of facts as by nested conditions", () => {
    expect(NEW_CASES).toHaveLength(13_824);
    const outcomeOf = (facts: NewFacts) => decide(SENT_AS_NEW, facts).outcome;
    const apart = NEW_CASES.filter((facts) => outcomeOf(facts) !== nestedNew(facts));
    expect(apart).toEqual([]);
  });

  it("needs each of its rows", () => {
    expect(rowsThatDecide(SENT_AS_NEW, NEW_CASES)).toEqual(SENT_AS_NEW.rows);
  });

  it("is never sent again while it may be there, or may still come", () => {
    const again = NEW_CASES.filter((facts) => decide(SENT_AS_NEW, facts).outcome === "send again");
    expect(again).not.toHaveLength(0);
    expect(again.filter((facts) => facts.matches !== "none" || facts.mayBeAtWork)).toEqual([]);
    // One absence is enough only for what is not large, and would be refused the second time.
    const atOnce = again.filter((facts) => !facts.wasAbsent);
    expect(atOnce.filter((facts) => !facts.refusesRepeats || facts.isLarge)).toEqual([]);
  });
});

describe("what a read means for a change of unknown outcome", () => {
  it("is this table: the first row that holds decides", () => {
    expect(tableText(SENT_AS_CHANGE)).toMatchInlineSnapshot(`
      "    when                                                          outcome
       1  stands as sent                                                posted
       2  stands as before or as both or gone, mayBeAtWork              wait
       3  stands as before or as both, refused                          rejected
       4  refused, not sentBefore                                       rejected
       5  stands gone                                                   conflict: gone
       6  stands as before or as both                                   send again
       7  whatever else                                                 conflict: otherwise"
    `);
  });

  it("is decided for every combination of facts as by nested conditions", () => {
    expect(CHANGE_CASES).toHaveLength(40);
    const outcomeOf = (facts: ChangeFacts) => decide(SENT_AS_CHANGE, facts).outcome;
    const apart = CHANGE_CASES.filter((facts) => outcomeOf(facts) !== nestedChange(facts));
    expect(apart).toEqual([]);
  });

  it("needs each of its rows", () => {
    expect(rowsThatDecide(SENT_AS_CHANGE, CHANGE_CASES)).toEqual(SENT_AS_CHANGE.rows);
  });

  it("is never sent again over other changes, or while it may still come through", () => {
    for (const facts of CHANGE_CASES) {
      if (decide(SENT_AS_CHANGE, facts).outcome !== "send again") continue;
      expect(facts.mayBeAtWork).toBe(false);
      expect(["as before", "as both"]).toContain(facts.stands);
    }
  });
});

describe("BB1 what a read means for a step of a conversation of unknown outcome", () => {
  const cases = everyCase(SENT_AS_STEP.facts);

  it("is this table: the first row that holds decides", () => {
    expect(tableText(SENT_AS_STEP)).toMatchInlineSnapshot(`
      "    when                                                          outcome
       1  stands shown                                                  done
       2  mayBeAtWork                                                   wait
       3  stands gone                                                   gone
       4  refused                                                       rejected
       5  whatever else                                                 send again"
    `);
  });

  it("needs each of its rows", () => {
    expect(rowsThatDecide(SENT_AS_STEP, cases)).toEqual(SENT_AS_STEP.rows);
  });

  it("is done only where its proof is shown, and never sent again while it may come, or over what is gone", () => {
    for (const facts of cases) {
      const { outcome } = decide(SENT_AS_STEP, facts);
      expect(outcome === "done").toBe(facts.stands === "shown");
      if (outcome === "send again") expect(facts).toMatchObject({ stands: "not shown", mayBeAtWork: false, refused: false });
    }
  });
});

/** The rows that decide some case, in the table's order. */
function rowsThatDecide<V extends FactValues>(table: DecisionTable<V, string>, cases: readonly Facts<V>[]) {
  const deciding = new Set(cases.map((facts) => decide(table, facts)));
  return table.rows.filter((row) => deciding.has(row));
}

/** The same rules told once more, another way: by what was found, then by what is known of it. */
function nestedNew(facts: NewFacts): NewOutcome {
  const isRefused = facts.refused !== "no";
  if (facts.matches === "one") {
    const isKnown = facts.sentBefore || facts.mark === "ours";
    if (facts.isSame && (isKnown || (facts.kind === "product" && isRefused))) return "posted";
    const isNumberTaken = facts.refused === "for its number" && facts.kind === "document";
    if (isNumberTaken && facts.mark !== "other record" && facts.isSame && facts.isEqual) return "posted";
    if (isRefused && !facts.sentBefore) return "rejected";
    return ["ours", "hidden"].includes(facts.mark) ? "conflict: differs" : "conflict: not ours";
  }
  if (facts.matches === "several") {
    if (isRefused && !facts.sentBefore) return "rejected";
    return "conflict: several";
  }
  if (isRefused && !facts.sentBefore) return "rejected";
  if (facts.mayBeAtWork) return "wait";
  if (isRefused) return "rejected";
  if ((!facts.refusesRepeats || facts.isLarge) && !facts.wasAbsent) return "second look";
  return "send again";
}

function nestedChange({ stands, sentBefore, refused, mayBeAtWork }: ChangeFacts): ChangeOutcome {
  const isThere = stands !== "gone";
  const isUntouched = stands === "as before" || stands === "as both";
  const isEqual = stands === "as sent" || stands === "as both";
  if (isEqual && !isUntouched) return "posted";
  if ((isUntouched || !isThere) && mayBeAtWork) return "wait";
  if (refused && (isUntouched || !sentBefore)) return "rejected";
  if (!isThere) return "conflict: gone";
  if (isUntouched) return "send again";
  return "conflict: otherwise";
}
