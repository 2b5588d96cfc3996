import type { IncomingRow } from "#db/queries/payments/incoming-grid.ts";
import type { Field } from "#lib/lists/field.ts";
import { amountOf, MOVEMENT_LABELS, SIDE_LABELS, statusWords, type Wording } from "./words.ts";

/** Payments read from the package, on paper and in a file, under the names of the grid's columns; refunds take away. */
export function incomingFields(wording: Wording): readonly Field<IncomingRow>[] {
  return [
    { id: "company", label: "Company", type: "text", value: (row) => row.company },
    { id: "paidOn", label: "Date", type: "date", value: (row) => row.paidOn },
    { id: "reference", label: "Reference", type: "text", value: (row) => row.reference },
    {
      id: "documents",
      label: "Allocated to",
      type: "text",
      value: (row) =>
        row.partCount === 0
          ? "On account"
          : [
              ...row.parts.map((part) => part.number ?? "Unknown document"),
              ...(row.partCount > row.parts.length ? [`and ${row.partCount - row.parts.length} more`] : []),
            ].join(", "),
    },
    { id: "side", label: "Sales or purchase", type: "text", value: (row) => (row.side ? SIDE_LABELS[row.side] : "Neither") },
    { id: "kind", label: "Kind", type: "text", value: (row) => MOVEMENT_LABELS[row.kind] },
    { id: "amount", label: "Amount", type: "money", value: (row) => amountOf(row).minor, currency: (row) => row.currency },
    { id: "currency", label: "Currency", type: "text", value: (row) => row.currency },
    { id: "status", label: "Status", type: "text", value: (row) => statusWords(row, wording) },
  ];
}
