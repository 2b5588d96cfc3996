import type { DocumentKind, PaymentKind } from "#lib/common/records.ts";

/** The staff's words for each kind of payment. */
export const PAYMENT_WORDS: Readonly<Record<PaymentKind, string>> = {
  receipt: "Receipt",
  "payment-out": "Payment of a bill",
  "sales-refund": "Refund to a customer",
  "purchase-refund": "Refund from a supplier",
};

/** Whether a document's payment moves money to us. */
export const PAYS_US: Readonly<Record<DocumentKind, boolean>> = {
  "sales-invoice": true,
  bill: false,
  "sales-credit-note": false,
  "supplier-credit-note": true,
};

/** Money that goes back: shown as a negative amount wherever payments are listed. */
export const isRefund = ({ kind }: { readonly kind: PaymentKind }): boolean =>
  kind === "sales-refund" || kind === "purchase-refund";
