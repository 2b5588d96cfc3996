import type { ListField } from "#components/grid/field.ts";
import type { listRuns } from "#db/queries/export/runs.ts";
import { personWords } from "#lib/common/person-words.ts";
import type { Wire } from "#lib/common/wire.ts";
import { elapsedWords, outcomes, RUN_STATES, RUN_WORDS } from "./words.ts";

export type RunRow = Wire<Awaited<ReturnType<typeof listRuns>>["rows"][number]>;

/** Runs as the screen, a file and paper list them. */
export const runFields: readonly ListField<RunRow>[] = [
  { id: "number", label: "Run", type: "number", value: (row) => String(row.number), look: { width: "90px", narrow: "a" } },
  {
    id: "kind",
    label: "Kind",
    type: "text",
    value: (row) => RUN_WORDS[row.kind],
    look: { width: "minmax(130px, 0.9fr)", narrow: "b" },
  },
  {
    id: "state",
    label: "State",
    type: "text",
    value: (row) => RUN_STATES[row.state].words,
    look: { width: "110px", narrow: "c" },
  },
  { id: "by", label: "By", type: "text", value: (row) => personWords(row.startedBy), look: { width: "minmax(130px, 0.8fr)" } },
  {
    id: "started",
    label: "Start",
    type: "moment",
    value: (row) => row.startedAt,
    look: { width: "160px", sort: "started", firstDirection: "desc", narrow: "d" },
  },
  { id: "took", label: "Took", type: "text", value: (row) => elapsedWords(row.elapsedMs), look: { width: "80px", narrow: "f" } },
  {
    id: "outcome",
    label: "Outcome",
    type: "text",
    value: (row) =>
      outcomes(row)
        .map((one) => `${one.count} ${one.words}`)
        .join(", "),
    look: { width: "minmax(220px, 2fr)", narrow: "e" },
  },
];
