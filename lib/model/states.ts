/** Every state of a posting, in the order in which a row usually meets them. */
export const POSTING_STATES = [
  "pending",
  "held",
  "queued",
  "waiting",
  "sending",
  "unknown",
  "posted",
  "confirmed",
  "rejected",
  "conflict",
  "drifted",
  "skipped",
  "dead",
] as const;
export type PostingState = (typeof POSTING_STATES)[number];

/**
 * The legal moves, and no others: rows change state in db/queries/postings/posting-moves.ts (people) and outcomes.ts (the worker),
 * and the database refuses any other pair with a trigger that is checked against this table in a test.
 */
export const LEGAL_MOVES: Readonly<Record<PostingState, readonly PostingState[]>> = {
  pending: ["queued", "held", "skipped"],
  held: ["queued", "pending", "skipped"],
  queued: ["sending", "waiting", "held", "pending", "skipped"],
  // In a file that a person carries to the package: back to where it was only with the whole file (`guard_waiting`).
  waiting: ["sending", "posted", "queued", "rejected", "unknown", "pending"],
  sending: ["posted", "rejected", "queued", "unknown"],
  unknown: ["posted", "queued", "conflict", "rejected", "dead"],
  posted: ["confirmed", "drifted"],
  confirmed: ["drifted"],
  rejected: ["queued", "held", "skipped", "pending"],
  conflict: ["posted", "queued", "skipped", "pending"],
  drifted: ["confirmed", "posted", "queued"],
  skipped: ["pending", "posted"],
  dead: ["queued", "skipped", "pending"],
};

/**
 * The legal moves of a *continued* row, one that the package holds and whose conversation has steps to come: those steps, what becomes
 * of them, and nothing else. It counts as exported at the last step alone; nobody withdraws, marks, excludes or renews it before.
 */
export const CONTINUED_MOVES: Readonly<Partial<Record<PostingState, readonly PostingState[]>>> = {
  queued: ["sending", "posted", "held"],
  sending: ["posted", "rejected", "queued", "unknown"],
  unknown: ["posted", "queued", "rejected"],
  held: ["queued"],
  rejected: ["queued"],
};

/** Whether a record is on its way to the package, or nobody knows yet what became of it: its link and its row stay as they are. */
export function isOnItsWay(state: PostingState): boolean {
  return ["queued", "waiting", "sending", "unknown", "conflict"].includes(state);
}

export type Panel = "pending" | "exported" | "errors";

/** Which panel of the Export screen a state stands in; a record is in one panel only. */
export const PANEL_OF: Readonly<Record<PostingState, Panel>> = {
  pending: "pending",
  queued: "pending",
  waiting: "pending",
  sending: "pending",
  posted: "exported",
  confirmed: "exported",
  drifted: "exported",
  skipped: "exported",
  held: "errors",
  rejected: "errors",
  conflict: "errors",
  dead: "errors",
  unknown: "errors",
};
