import type { ListField } from "#components/grid/field.ts";
import type { DocumentRow as Row } from "#db/queries/operational/documents.ts";
import { formatAmount } from "#lib/common/money.ts";
import { KIND_LABELS, signOf } from "#lib/common/records.ts";
import type { Wire } from "#lib/common/wire.ts";
import { standingWords } from "#lib/posting/standing.ts";

export type DocumentRow = Wire<Row>;

const currency = (row: DocumentRow) => row.currency;

/** What is open in the package where that is another amount than here: "13.20; 6.00 not explained". Empty where the two agree. */
export function openThere({ kind, currency: code, apart }: Pick<DocumentRow, "kind" | "currency" | "apart">): string {
  if (apart === null) return "";
  const amount = (minor: bigint) => formatAmount(minor, code);
  const left = BigInt(apart.unexplainedMinor);
  const open = amount(signOf(kind) * BigInt(apart.theirsMinor));
  return left === 0n ? open : `${open}; ${amount(left < 0n ? -left : left)} not explained`;
}

/** Sales invoices, bills and credit notes as the screen, a file and paper list them; what credits is negative. */
export const documentFields: readonly ListField<DocumentRow>[] = [
  {
    id: "number",
    label: "Number",
    type: "text",
    value: (row) => row.number,
    look: { width: "minmax(116px, 0.7fr)", sort: "number", narrow: "a" },
  },
  {
    id: "kind",
    label: "Type",
    type: "text",
    value: (row) => `${KIND_LABELS[row.kind]}${row.status === "void" ? ", void" : ""}`,
    look: { width: "minmax(140px, 0.8fr)", narrow: "c" },
  },
  {
    id: "contact",
    label: "Customer or supplier",
    type: "text",
    value: (row) => row.contactName,
    look: { width: "minmax(170px, 1.6fr)", narrow: "b" },
  },
  {
    id: "date",
    label: "Date",
    type: "date",
    value: (row) => row.issuedOn,
    look: { width: "minmax(108px, 0.6fr)", sort: "date", firstDirection: "desc", narrow: "d" },
  },
  {
    id: "state",
    label: "State",
    type: "text",
    value: (row) => standingWords(row.standing),
    look: { width: "minmax(120px, 0.8fr)", narrow: "e" },
  },
  { id: "due", label: "Due", type: "date", value: (row) => row.dueOn, look: { width: "minmax(108px, 0.6fr)" } },
  { id: "gross", label: "Gross", type: "money", value: (row) => row.grossMinor, currency, look: { width: "112px", narrow: "f" } },
  { id: "open", label: "Open", type: "money", value: (row) => row.openMinor, currency, look: { width: "112px" } },
  {
    id: "there",
    label: "Open there",
    type: "text",
    value: (row) => openThere(row),
    look: { width: "minmax(96px, 0.8fr)" },
  },
  { id: "currency", label: "Currency", type: "text", value: currency, look: { width: "84px" } },
];
