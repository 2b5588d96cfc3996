/** One thing beside a payment that settled a document in the package, wholly or in part. */
export interface SettledBy {
  readonly how: "credit-note" | "overpayment" | "prepayment";
  /** Its number there, where it has one. */
  readonly reference: string | null;
  /** Positive minor units of the document's currency, as text: it is kept as JSON. */
  readonly amount: string;
}
