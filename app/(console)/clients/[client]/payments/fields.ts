import type { ListField } from "#components/grid/field.ts";
import type { PaymentRow as Row } from "#db/queries/payments/payment-pages.ts";
import type { Wire } from "#lib/common/wire.ts";
import { standingWords } from "#lib/posting/standing.ts";
import { PAYMENT_WORDS } from "./words.ts";

export type PaymentRow = Wire<Row>;

const currency = (row: PaymentRow) => row.currency;

/** Where a payment stands: those that came from the package never go back to it. */
const standing = (row: PaymentRow) => {
  if (row.status === "deleted") return "Deleted";
  if (row.origin === "package") return "From the package";
  return standingWords(row.state);
};

/** Payments as the screen, a file and paper list them; refunds are negative. */
export const paymentFields: readonly ListField<PaymentRow>[] = [
  {
    id: "reference",
    label: "Reference",
    type: "text",
    value: (row) => row.reference || "No reference",
    look: { width: "minmax(120px, 0.8fr)", narrow: "a" },
  },
  {
    id: "kind",
    label: "Type",
    type: "text",
    value: (row) => PAYMENT_WORDS[row.kind],
    look: { width: "minmax(140px, 0.8fr)", narrow: "c" },
  },
  {
    id: "contact",
    label: "Customer or supplier",
    type: "text",
    value: (row) => row.contactName ?? "Several",
    look: { width: "minmax(160px, 1.4fr)", narrow: "b" },
  },
  {
    id: "documents",
    label: "Pays",
    type: "text",
    value: (row) => row.documents,
    look: { width: "minmax(110px, 0.8fr)" },
  },
  {
    id: "date",
    label: "Date",
    type: "date",
    value: (row) => row.paidOn,
    look: { width: "minmax(108px, 0.6fr)", sort: "date", firstDirection: "desc", narrow: "d" },
  },
  { id: "bank", label: "Bank nominal", type: "text", value: (row) => row.bankNominalCode, look: { width: "110px" } },
  {
    id: "amount",
    label: "Amount",
    type: "money",
    value: (row) => row.amountMinor,
    currency,
    look: { width: "112px", narrow: "f" },
  },
  { id: "currency", label: "Currency", type: "text", value: currency, look: { width: "84px" } },
  { id: "state", label: "State", type: "text", value: standing, look: { width: "minmax(130px, 0.7fr)" } },
];
