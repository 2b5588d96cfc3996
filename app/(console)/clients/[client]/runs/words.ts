import type { RunProgress } from "#db/queries/runs.ts";
import type { MemberOutcome } from "#db/schema/work.ts";
import type { Wire } from "#lib/common/wire.ts";

export const RUN_WORDS = {
  upload: "Upload",
  retry: "Retry",
  "import-payments": "Payments read",
  allocate: "Create & allocate payments",
  synchronise: "Synchronise now",
  nightly: "Nightly run",
} as const;

export const RUN_STATES = {
  waiting: { kind: "idle", words: "Queued" },
  running: { kind: "busy", words: "Running" },
  stopping: { kind: "busy", words: "Stopping" },
  stopped: { kind: "idle", words: "Stopped" },
  finished: { kind: "good", words: "Finished" },
  failed: { kind: "bad", words: "Failed" },
} as const;

const GROUPS: readonly { readonly words: string; readonly one?: string; readonly of: readonly (MemberOutcome | "open")[] }[] = [
  { words: "agree", one: "agrees", of: ["confirmed"] },
  { words: "sent", of: ["posted"] },
  { words: "already there", of: ["linked"] },
  { words: "differ", one: "differs", of: ["drifted"] },
  { words: "held", of: ["held"] },
  { words: "refused", of: ["rejected", "dead", "conflict"] },
  { words: "checking", of: ["unknown"] },
  { words: "in progress", of: ["open"] },
  { words: "withdrawn", of: ["withdrawn", "stopped"] },
  { words: "changed since", of: ["amended"] },
  { words: "set aside", of: ["set-aside"] },
  { words: "marked", of: ["skipped"] },
  { words: "deleted", of: ["gone"] },
];

/** What came of a member of a run, as the run counts it; null while it is on its way. */
export function outcomeOf(outcome: MemberOutcome | null): string {
  const group = GROUPS.find(({ of }) => of.includes(outcome ?? "open"));
  return group?.one ?? group?.words ?? "";
}

/** What a run did that moves no postings, by the keys of its detail. */
const DONE_WORDS = {
  "import-payments": [{ key: "read", words: "read" }],
  allocate: [
    { key: "created", words: "created and allocated" },
    { key: "failed", words: "not allocated" },
    { key: "already", words: "allocated before" },
  ],
} as const;

/** Whether a run takes postings on their way; the others read or write payments of the package's. */
export const movesPostings = (kind: RunProgress["kind"]): boolean => !Object.hasOwn(DONE_WORDS, kind);

/** Why a run failed, in words; null when it did not, or did not say. */
export function failureWords({ state, detail }: Pick<Wire<RunProgress>, "state" | "detail">): string | null {
  const why = detail.why ?? detail.title;
  return state === "failed" && typeof why === "string" ? why : null;
}

/** A run's counts by outcome, those that are nil left out. */
export function outcomes({
  kind,
  counts,
  detail,
}: Pick<Wire<RunProgress>, "kind" | "counts" | "detail">): { readonly words: string; readonly count: number }[] {
  const found =
    kind === "import-payments" || kind === "allocate"
      ? DONE_WORDS[kind].map(({ key, words }) => ({ words, count: Number(detail[key] ?? 0) }))
      : [
          ...GROUPS.map(({ words, one = words, of }) => {
            const count = of.reduce((sum, outcome) => sum + (counts.outcomes[outcome] ?? 0), 0);
            return { words: count === 1 ? one : words, count };
          }),
          { words: "requested, outcome unknown", count: counts.untraced },
        ];
  return found.filter((one) => one.count > 0);
}

/** "1:07", or "1:02:07" from an hour on. */
export function elapsedWords(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
