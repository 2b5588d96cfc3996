import type { PostingState } from "#lib/model/states.ts";

/** Why a row stands in none of the three panels. */
type Withheld = "excluded" | "entity-off" | "before-start" | "on-hold" | "void";

/** Where a record stands: its row's state, `draft` for one that the package holds as a draft, or why it is set aside. Null without a row. */
export type Standing = PostingState | Withheld | "draft" | null;

/** The words of the panels, in a list's one or two words: a record says the same wherever it is shown. */
const WORDS: Readonly<Record<Exclude<Standing, null>, string>> = {
  pending: "Pending Export",
  queued: "Queued",
  waiting: "Waiting for pickup",
  sending: "Sending now",
  held: "Held",
  rejected: "Refused",
  conflict: "Different record there",
  dead: "Given up",
  unknown: "Checking",
  posted: "Sent",
  confirmed: "Agrees",
  drifted: "Differs",
  draft: "Held as draft",
  skipped: "Marked by hand",
  excluded: "Excluded",
  "entity-off": "Its type is off",
  "before-start": "Before the start date",
  "on-hold": "On hold",
  void: "Voided before it was sent",
};

/** The green tick's words, where there is room for them: "Agrees with Xero". */
export const agreesWords = (packageName: string): string => `Agrees with ${packageName}`;

/** "Agrees", "Refused", "Not connected yet". */
export function standingWords(standing: Standing): string {
  return standing === null ? "Not connected yet" : WORDS[standing];
}
