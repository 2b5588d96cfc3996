import { formatDate, type PlainDate } from "#lib/common/dates.ts";
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

/** A kind of payment that none of ours is, by the package's own word for it. */
export function otherKind(said: string | null): Reason {
  return {
    code: "rule.payment-kind",
    sentence:
      said === null ? "A kind of payment that stays in the package" : `${said}: a kind of payment that stays in the package`,
    status: "kept-in-package",
  };
}

export const DELETED_BEFORE: Reason = {
  code: "package.payment-deleted",
  sentence: "Deleted in the package before it was created here",
  status: "deleted-in-package",
};

export const DELETED_AFTER: Reason = {
  code: "package.payment-deleted",
  sentence: "Deleted in the package after it was created here: our payment was reversed",
  status: "deleted-in-package",
};

export const CHANGED_AFTER: Reason = {
  code: "package.payment-changed",
  sentence: "Changed in the package after it was created here: our payment was reversed, create it again",
  status: "failed",
};

/** A document in the package that is dated before the client's start date. */
export interface BeforeStart {
  readonly issuedOn: PlainDate;
  readonly startOn: PlainDate;
}

/** A movement that pays an invoice we never sent; `number` as the package gives it. */
export function unknownInvoice(number: string | null, before: BeforeStart | null = null): Reason {
  if (before) {
    const date = (day: PlainDate) => formatDate(day, "en-GB");
    return {
      code: "rule.payment-before-start",
      sentence: `${number ?? "The invoice"} of ${date(before.issuedOn)} is from before the start date ${date(before.startOn)}, and is not in our records with that number, company and amount`,
      status: "not-ours",
    };
  }
  return {
    code: "rule.payment-not-ours",
    sentence: number ? `Unknown invoice: ${number} is not one of ours` : "Unknown invoice: it is not one of ours",
    status: "not-ours",
  };
}

export function failure(code: SyncErrorCode, sentence: string): Reason {
  return { code, sentence, status: "failed" };
}
