import type { RunCounts } from "#db/queries/runs.ts";
import type { PostingState } from "#lib/posting/states.ts";

export const RUN_WORDS = {
  upload: "Upload",
  retry: "Retry",
  refresh: "Refresh",
  "import-payments": "Payments read",
  allocate: "Create & allocate payments",
  synchronise: "Synchronise now",
  nightly: "Nightly run",
} as const;

export const RUN_STATES = {
  waiting: { kind: "idle", words: "In line" },
  running: { kind: "busy", words: "Running" },
  stopping: { kind: "busy", words: "Stopping" },
  stopped: { kind: "idle", words: "Stopped" },
  finished: { kind: "good", words: "Finished" },
  failed: { kind: "bad", words: "Failed" },
} as const;

const GROUPS: readonly { readonly words: string; readonly states: readonly PostingState[] }[] = [
  { words: "seen, equal", states: ["confirmed"] },
  { words: "sent", states: ["posted"] },
  { words: "differ", states: ["drifted"] },
  { words: "held", states: ["held"] },
  { words: "refused", states: ["rejected", "dead", "conflict"] },
  { words: "checking", states: ["unknown"] },
  { words: "on their way", states: ["queued", "waiting", "sending"] },
  { words: "taken back", states: ["pending"] },
  { words: "marked", states: ["skipped"] },
];

/** A run's counts by outcome, those that are nil left out. */
export function outcomes(counts: Pick<RunCounts, "states" | "movedOn">): { readonly words: string; readonly count: number }[] {
  const found = GROUPS.map(({ words, states }) => ({
    words,
    count: states.reduce((sum, state) => sum + (counts.states[state] ?? 0), 0),
  }));
  return [...found, { words: "in later runs", count: counts.movedOn }].filter((one) => one.count > 0);
}

/** "Demo staff" of "Demo staff <staff@…>". */
export function personWords(label: string): string {
  return label.replace(/\s*<[^>]*>\s*$/, "");
}

/** "1:07", or "1:02:07" from an hour on. */
export function elapsedWords(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
