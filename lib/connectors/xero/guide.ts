import type { Message, PackageGuide, RawAnswer } from "../types.ts";
import { errorOf, faultOf } from "./errors.ts";

/** Xero's sentences about a record, as staff and vendors' help pages have seen them; the code of each is what `errors.ts` makes of it. */
const SENTENCES = [
  "Account code or ID must be specified",
  "A validation exception occurred Account code or ID must be specified",
  "You must specify an Account code or Account ID for the payment",
  "Account code '120' is not a valid code for this document.",
  "Account code '200' has been archived, or has been deleted. Each line item must reference a valid account.",
  "Account must be valid.",
  "Tax rate must be valid.",
  "The TaxType code 'OUTPUT2' cannot be used with account code '610'.",
  "The TaxType code NONE does not exist or cannot be used for this type of transaction.",
  "The document date cannot be before the period lock date, currently set at 31-Jul-2026",
  "The document date cannot be before the end of year lock date, currently set at 31-Mar-2026",
  "The contact name Peak Gifts is already assigned to another contact. The contact name must be unique across all active contacts.",
  "Price List Item with Code 'MUG' already exists",
  "Item code 'MUG' is not valid",
  "Invoice # must be unique.",
  "The contact with the specified contact details has been archived.",
  "The Contact could not be found",
  "Payment amount exceeds the amount outstanding on this document",
  "Payments can only be made against Authorised documents",
  "Allocations can only be made from Authorised documents",
  "Invoice not of valid status for modification",
  "This document cannot be edited as it has a payment or credit note allocated to it.",
  "Organisation is not subscribed to currency EUR",
  "You have reached the limit of invoices you can approve",
  "Email address must be valid.",
  "Due date cannot be empty.",
  "One or more line items must be specified",
  "A Contact must be specified for this type of transaction",
  "The Total for this document must be greater than or equal to zero.",
  "The line total 10.00 does not match the expected line total 10.01",
  "The description is longer than the maximum length",
] as const;

/** What Xero says of a call as a whole. */
const CALLS = [
  { status: 401, detail: "TokenExpired: token expired" },
  { status: 403, detail: "AuthenticationUnsuccessful" },
  { status: 401, detail: "AuthorizationUnsuccessful" },
] as const;

const READ: Message = { operation: "getInvoices", method: "GET", path: "", query: {}, headers: {}, body: null };

function codeOf({ status, detail }: (typeof CALLS)[number]) {
  const answer: RawAnswer = { status, headers: {}, body: JSON.stringify({ Detail: detail }) };
  const fault = faultOf(answer, READ);
  return fault !== null && "error" in fault ? fault.error.code : ("package.refused" as const);
}

/** What help says of Xero. Xero renames its menus now and then: the setting is named, not each click. */
export const guide: PackageGuide = {
  says: [
    ...SENTENCES.map((words) => ({ words, code: errorOf([{ said: words, line: null }], null).code })),
    ...CALLS.map((call) => ({ words: `${call.detail} (HTTP ${call.status})`, code: codeOf(call) })),
    { words: "Too many requests (HTTP 429)", code: "transient.rate-limited" },
    { words: "Service unavailable (HTTP 503), to a read", code: "transient.server-error" },
    { words: "An error has occurred (HTTP 500), to something that was sent", code: "unknown.error-answer" },
  ],
  there: {
    "mapping.account-missing": [
      "If no account fits, add one to Xero's chart of accounts, with a code, and press Refresh in Mapping.",
    ],
    "mapping.account-wrong-type": [
      "Xero's chart of accounts shows the type of each account. A line takes no bank account and no system account.",
    ],
    "mapping.tax-missing": ["If no rate fits, add one to Xero's tax rates, and press Refresh in Mapping."],
    "mapping.tax-not-allowed-on-account": [
      "A tax rate in Xero says which types of account it may be used on: look at it among the tax rates.",
    ],
    "mapping.target-archived": [
      "An archived account is listed in Xero's chart of accounts, under Archive. Restore it there to go on using it.",
    ],
    "mapping.bank-wrong-type": [
      "To use another account than a bank account, edit it in Xero's chart of accounts and tick Enable payments to this account.",
    ],
    "mapping.entity-unlinked": [
      "Search Xero's contacts, or its products and services, for the name or code. Look at the archived ones as well.",
    ],
    "source.duplicate-number": [
      "Search Xero's invoices for the number, deleted and voided ones too: Xero may keep their numbers.",
    ],
    "package.period-locked": [
      "Lock dates are part of Xero's financial settings. Only a user with adviser rights there may move one.",
      "Move it back only as far as needed, and set it again once the records have gone.",
    ],
    "package.document-state": [
      "Open the invoice or bill in Xero. Its payments and credits are listed under its total: one is removed from its own page.",
    ],
    "package.account-without-code": [
      "Edit the account in Xero's chart of accounts and enter a code. Xero lets a bank account be made without one.",
    ],
    "package.contact-archived": ["Open Xero's contacts, choose Archived, open the contact and restore it."],
    "package.currency-or-feature-off": [
      "Currencies are part of Xero's settings. Several currencies need a plan that includes them.",
    ],
    "package.subscription-lapsed": [
      "The plan and its limits are on the organisation's subscription page in Xero. The subscriber may change them.",
    ],
    "package.payment-too-large": ["Open the document in Xero: its payments and credits are listed under its total."],
    "package.payment-deleted": ["The document's history and notes in Xero say who removed the payment, and when."],
    "connection.token-expired": [
      "Xero lists the connected apps among its settings. If someone disconnected this one there, find out why first.",
    ],
    "connection.scope-missing": ["Connect as a Xero user with the standard or adviser role, and agree to all that Xero lists."],
    "connection.wrong-tenant": ["Xero asks which organisation to allow: choose the one that Setup names."],
    "rule.payment-on-draft": ["Open the draft in Xero and approve it."],
    "rule.payments-in-package": ["Enter the payment on the invoice or bill in Xero, or match it to the bank line."],
  },
  lacks: {
    "change:payment": "Xero does not let a payment be changed. Remove it in Xero and enter it again.",
    "change:allocation":
      "Xero does not let an allocation be changed. Remove it from the credit note in Xero and allocate it there.",
    "change:journal": "A journal that Xero holds is not changed from here. Change it in Xero, or reverse it with a new one.",
  },
};
