import type { ListField } from "#components/grid/field.ts";
import type { JournalRow as Row } from "#db/queries/operational/journals.ts";
import type { Wire } from "#lib/common/wire.ts";
import { standingWords } from "#lib/posting/standing.ts";

export type JournalRow = Wire<Row>;

const currency = (row: JournalRow) => row.currency;

/** Journals as the screen, a file and paper list them: what their debits come to. */
export const journalFields: readonly ListField<JournalRow>[] = [
  {
    id: "reference",
    label: "Reference",
    type: "text",
    value: (row) => row.reference,
    look: { width: "minmax(120px, 0.7fr)", narrow: "a" },
  },
  {
    id: "narration",
    label: "Narration",
    type: "text",
    value: (row) => row.narration,
    look: { width: "minmax(180px, 2fr)", narrow: "b" },
  },
  {
    id: "date",
    label: "Date",
    type: "date",
    value: (row) => row.journalOn,
    look: { width: "minmax(108px, 0.6fr)", sort: "date", firstDirection: "desc", narrow: "d" },
  },
  {
    id: "debits",
    label: "Debits",
    type: "money",
    value: (row) => row.debitMinor,
    currency,
    look: { width: "120px", narrow: "f" },
  },
  { id: "currency", label: "Currency", type: "text", value: currency, look: { width: "84px" } },
  {
    id: "state",
    label: "State",
    type: "text",
    value: (row) => (row.status === "void" ? "Void" : standingWords(row.state)),
    look: { width: "minmax(130px, 0.7fr)", narrow: "c" },
  },
];
