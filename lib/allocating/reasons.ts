import type { SyncErrorCode } from "#lib/errors/catalogue.ts";

/** Why a movement is not "Payment created and allocated": the catalogue's code, the words on the row, and where that puts it. */
export interface Reason {
  readonly code: SyncErrorCode;
  readonly sentence: string;
  readonly status: "failed" | "not-ours" | "kept-in-package" | "deleted-in-package";
}

/** The words of a row whose payment and allocations stand. */
export const CREATED = "Payment created and allocated";

export const ON_ACCOUNT: Reason = {
  code: "rule.payment-on-account",
  sentence: "Payment on account: kept in the package",
  status: "kept-in-package",
};

export const PARTLY_ON_ACCOUNT: Reason = {
  code: "rule.payment-on-account",
  sentence: "Partly a payment on account: kept in the package",
  status: "kept-in-package",
};

export const OTHER_KIND: Reason = {
  code: "rule.payment-kind",
  sentence: "A kind of payment that stays in the package",
  status: "kept-in-package",
};

export const DELETED_BEFORE: Reason = {
  code: "package.payment-deleted",
  sentence: "Deleted in the package before it was created here",
  status: "deleted-in-package",
};

export const DELETED_AFTER: Reason = {
  code: "package.payment-deleted",
  sentence: "Deleted in the package after it was created here: our payment still stands",
  status: "deleted-in-package",
};

export const CHANGED_AFTER: Reason = {
  code: "package.payment-changed",
  sentence: "Its amount was changed in the package after it was created here",
  status: "failed",
};

/** A movement that pays an invoice we never sent; `number` as the package gives it. */
export function unknownInvoice(number: string | null): Reason {
  return {
    code: "rule.payment-not-ours",
    sentence: number ? `Unknown invoice: ${number} is not one of ours` : "Unknown invoice: it is not one of ours",
    status: "not-ours",
  };
}

export function failure(code: SyncErrorCode, sentence: string): Reason {
  return { code, sentence, status: "failed" };
}
