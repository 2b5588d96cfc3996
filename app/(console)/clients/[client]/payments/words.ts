import type { DocumentKind, PaymentKind } from "#lib/common/records.ts";
import type { PostingState } from "#lib/posting/states.ts";

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

/** Where a record stands on its way to the package, in a list's one word or two. */
export const STATE_WORDS: Readonly<Record<PostingState, string>> = {
  pending: "Pending Export",
  held: "Held before sending",
  queued: "Queued",
  waiting: "Waiting for pickup",
  sending: "Sending now",
  unknown: "Checking",
  posted: "Sent",
  confirmed: "Confirmed",
  rejected: "Refused",
  conflict: "Something else is there",
  drifted: "Differs",
  skipped: "Marked as exported",
  dead: "Given up",
};
