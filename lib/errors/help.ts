import type { PlaceId } from "#lib/help/places.ts";
import type { ErrorEntry, Fixer, SyncErrorCode } from "./catalogue.ts";

/** What an error's own page says beyond its card. Why, who and how are the catalogue's, and stand nowhere twice. */
export interface ErrorHelp {
  /** What it means for the books: what was posted, what was not, and what would go wrong if nobody acted. */
  readonly books: string;
  /** Where its steps are done, in their order. */
  readonly places: readonly PlaceId[];
}

/** True of a new record, and of a change to one that the package holds. */
const NOT_POSTED = "Nothing was posted: the package's books are as they were. Other records are not affected.";
const COMES_BACK =
  "The package's books are right as they are. Only our copy lacks the payment, so the invoice still looks unpaid here.";
const ALL_WAIT = "Nothing was posted. All records of this client wait, in order, and none is marked as an error.";

/** By code; one that has no text here is a type error. Printed on its page under `/help/errors` and in docs/errors.md. */
export const ERROR_HELP = {
  "mapping.account-missing": {
    books: `${NOT_POSTED} Every document with this code waits until the code has an account.`,
    places: ["nominal-mapping"],
  },
  "mapping.account-wrong-type": {
    books: `${NOT_POSTED} The account chosen in Mapping would post the amount to the wrong kind of account, such as a sale to a bank account.`,
    places: ["nominal-mapping"],
  },
  "mapping.tax-missing": {
    books: `${NOT_POSTED} No VAT is posted under a guessed rate.`,
    places: ["tax-mapping"],
  },
  "mapping.tax-charges-otherwise": {
    books: `${NOT_POSTED} Posted under this rate, the VAT in the package would differ from the VAT on the document.`,
    places: ["tax-mapping", "tax-codes"],
  },
  "mapping.tax-reclaims-otherwise": {
    books: `${NOT_POSTED} Posted under this rate, the client would reclaim VAT that may not be reclaimed.`,
    places: ["tax-mapping", "upload", "export"],
  },
  "mapping.tax-wrong-side": {
    books: `${NOT_POSTED} Posted under this rate, VAT on a sale would be counted as VAT on a purchase, or vice versa.`,
    places: ["tax-mapping", "tax-codes"],
  },
  "mapping.tax-not-allowed-on-account": {
    books: `${NOT_POSTED} One of the two mappings is not right for the other.`,
    places: ["tax-mapping", "nominal-mapping"],
  },
  "mapping.entity-unlinked": {
    books: `${NOT_POSTED} A second customer, supplier or product with the same name is not created, because its balance would be split in two.`,
    places: ["matches", "customers", "suppliers", "products"],
  },
  "mapping.perhaps-there": {
    books: `${NOT_POSTED} The customer, supplier or product is not created twice, and its documents wait until someone says which record it is.`,
    places: ["matches"],
  },
  "mapping.new-there": {
    books: `${NOT_POSTED} A customer, supplier or product that is not in the books is created only when someone confirms it, and its documents wait for it.`,
    places: ["matches", "setup"],
  },
  "mapping.link-cleared": {
    books: `${NOT_POSTED} Documents of this customer, supplier or product wait until someone says which record in the package it is.`,
    places: ["customers", "suppliers", "products"],
  },
  "mapping.linked-elsewhere": {
    books: `${NOT_POSTED} One organisation's customers, suppliers and products are never created in another without asking.`,
    places: ["setup", "customers", "suppliers", "products"],
  },
  "mapping.target-archived": {
    books: `${NOT_POSTED} Earlier postings to the account or rate stay there.`,
    places: ["nominal-mapping", "tax-mapping"],
  },
  "mapping.bank-missing": {
    books: "The payment was neither posted nor created here. The invoice stays unpaid on the side that lacks it.",
    places: ["bank-mapping", "import"],
  },
  "mapping.bank-wrong-type": {
    books: `${NOT_POSTED} The invoice stays unpaid there until its payment has a bank account.`,
    places: ["bank-mapping"],
  },
  "source.required-field": {
    books: `${NOT_POSTED} No value is made up for you.`,
    places: ["documents", "upload"],
  },
  "source.too-long": {
    books: `${NOT_POSTED} A shortened text would no longer be what the customer or supplier was sent.`,
    places: ["documents", "upload"],
  },
  "source.bad-format": {
    books: `${NOT_POSTED} The value is not changed to one that would be accepted.`,
    places: ["documents", "upload"],
  },
  "source.duplicate-number": {
    books: "Nothing was posted a second time. If both documents are the same one, it is already in the books.",
    places: ["matches", "export"],
  },
  "source.dependency-missing": {
    books: `${NOT_POSTED} The document is sent once its customer, supplier or product is there.`,
    places: ["export", "customers", "suppliers", "products"],
  },
  "source.totals-do-not-add": {
    books: `${NOT_POSTED} Posted as it is, the package's total would differ from the one on the document.`,
    places: ["documents", "upload"],
  },
  "source.tax-disagrees": {
    books: `${NOT_POSTED} Posted either way, the VAT return would be wrong by the difference.`,
    places: ["tax-codes", "documents", "upload"],
  },
  "source.document-void": {
    books: "The void document is not in the package, and no payment was posted or allocated to it.",
    places: ["documents", "import"],
  },
  "source.already-in-package": {
    books: "This record was not posted. The other one counts once, as it should; posted twice, income or cost would be too high.",
    places: ["documents", "export"],
  },
  "source.perhaps-in-package": {
    books: "Ours was not posted. The document in the package counts as it is until someone says whether both are the same.",
    places: ["matches"],
  },
  "package.period-locked": {
    books: `${NOT_POSTED} A closed period and its VAT return are not changed.`,
    places: ["export", "setup"],
  },
  "package.document-state": {
    books: "The change was not posted: the document in the package is as it was, with its payments and allocations.",
    places: ["documents", "corrections", "export"],
  },
  "package.account-without-code": {
    books: `${NOT_POSTED} The account itself and its balance are not affected.`,
    places: ["nominal-mapping", "export"],
  },
  "package.contact-archived": {
    books: `${NOT_POSTED} What the contact owes or is owed there is not affected.`,
    places: ["export", "customers", "suppliers"],
  },
  "package.currency-or-feature-off": {
    books: `${NOT_POSTED} No document is posted in another currency than its own.`,
    places: ["nominal-mapping", "export"],
  },
  "package.subscription-lapsed": {
    books: `${NOT_POSTED} Records already in the package stay there.`,
    places: ["export"],
  },
  "package.payment-too-large": {
    books: "The payment was not posted or allocated. The document's open amount is as it was on both sides.",
    places: ["payments", "import"],
  },
  "package.payment-currency": {
    books: "The payment was not allocated here. The package holds it as it was entered.",
    places: ["import"],
  },
  "package.payment-deleted": {
    books: "The payment counts on neither side: the invoice is open again by its amount, here as in the package.",
    places: ["import"],
  },
  "package.payment-changed": {
    books:
      "Our payment no longer counts here, so the invoice is open here by its amount until it is created again as it is there.",
    places: ["import"],
  },
  "package.refused": {
    books: NOT_POSTED,
    places: ["export", "documents"],
  },
  "package.warning": {
    books: "The record is posted and counts. What the package changed about it may differ from what was sent.",
    places: ["export", "corrections"],
  },
  "package.unfinished": {
    books: "The package has it in part, such as a draft, which does not count in the books. It does not count as exported here.",
    places: ["export"],
  },
  "connection.token-expired": {
    books: ALL_WAIT,
    places: ["setup"],
  },
  "connection.scope-missing": {
    books: "What needs the permission was not posted or read. Everything else carries on.",
    places: ["setup"],
  },
  "connection.wrong-tenant": {
    books: "Nothing was posted to the other organisation.",
    places: ["setup"],
  },
  "transient.rate-limited": {
    books: "Records sent before are posted and checked. The rest wait, in order; nothing is lost.",
    places: ["runs"],
  },
  "transient.server-error": {
    books: "Waiting records were not posted. Nothing is lost and nothing is sent twice.",
    places: ["runs"],
  },
  "transient.not-sent": {
    books: "Nothing was sent, so nothing is in the package's books.",
    places: ["runs"],
  },
  "transient.after-start": {
    books: "It has not been sent yet. Waiting makes sure that it is not posted twice.",
    places: ["export"],
  },
  "unknown.timeout-after-send": {
    books: "It may be in the package's books or not. Until that is known it is not sent again, so that it cannot count twice.",
    places: ["export"],
  },
  "unknown.error-answer": {
    books: "It may be in the package's books or not. Until that is known it is not sent again, so that it cannot count twice.",
    places: ["export"],
  },
  "unknown.ambiguous-match": {
    books: "The package has at least one document with this number that differs from ours. It counts there as it is.",
    places: ["export"],
  },
  "internal.unexpected": {
    books:
      "This record was stopped so that nothing wrong is posted. If it was sent before, it is looked up before it is sent again.",
    places: ["export", "runs"],
  },
  "internal.steps-changed": {
    books: "The package has it in part, such as a draft, which does not count in the books. It does not count as exported here.",
    places: ["export"],
  },
  "rule.before-sending": {
    books: `${NOT_POSTED} It is sent when someone presses Retry.`,
    places: ["export"],
  },
  "rule.lock-policy": {
    books:
      "It does not count in the locked period: it is sent as a draft, or dated the first open day. Its due date does not change.",
    places: ["setup", "export"],
  },
  "rule.entity-off": {
    books: `${NOT_POSTED} Records of this type are counted here and offered when you tick the type.`,
    places: ["setup", "aside"],
  },
  "rule.payments-in-package": {
    books: "The payment was not sent from here. Entered on both sides, it would count twice.",
    places: ["import"],
  },
  "rule.payment-on-draft": {
    books: "The payment was not posted. The draft does not count in the package's books yet either.",
    places: ["export"],
  },
  "rule.stock-nominal-not-used": {
    books: `${NOT_POSTED} Stock value and cost of sale are entered in the package by journal, from the trial balance.`,
    places: ["nominal-codes", "upload"],
  },
  "rule.control-nominal": {
    books: "The journal was not posted. Debtors and creditors still agree with their ledgers.",
    places: ["journals", "nominal-codes"],
  },
  "rule.marked-exported": {
    books: "It was not sent from here. The person who marked it said that it is already in the package's books.",
    places: ["export"],
  },
  "rule.payment-on-account": {
    books: "The money counts in the package as a payment on account. It is not taken off any invoice here.",
    places: ["import"],
  },
  "rule.payment-kind": {
    books: "The money counts only in the package, and does not affect any invoice here.",
    places: ["import"],
  },
  "rule.payment-not-ours": {
    books: "The invoice and its payment count only in the package. Imported as well, the sale would count twice.",
    places: ["export", "import"],
  },
  "rule.payment-before-start": {
    books: COMES_BACK,
    places: ["upload", "import"],
  },
  "rule.changed-since-exported": {
    books: "The package's books hold the record as it was sent. The change made here is not in them.",
    places: ["corrections", "export"],
  },
} as const satisfies Readonly<Record<SyncErrorCode, ErrorHelp>>;

/** Who is meant by a badge. */
export const FIXER_HELP: Readonly<Record<Fixer, string>> = {
  bookkeeper: "A member of staff or an adviser.",
  accountant: "An adviser: it touches VAT, a closed period or what is synced at all.",
  operations: "The people who run the operational system that the file came from.",
  administrator: "An administrator of the practice.",
  nobody: "Nobody needs to do anything.",
  support: "The people who run this console.",
};

/** Whether it is tried again by itself, as a person asks it. */
export const RETRY_HELP: Readonly<Record<ErrorEntry["retry"], string>> = {
  "after-fix":
    "Not until the cause is fixed. Then held records are sent automatically; records that the package refused need Retry.",
  automatic: "Yes. If three attempts in a row fail, sending stops and the bar at the top of the screen says so.",
  probe: "It is looked up in the package first. It is sent again only if it is certainly not there.",
  never: "No. It stays as it is until someone acts.",
};
