import type { Message, PackageGuide, RawAnswer } from "../types.ts";
import { errorOf, faultOf } from "./errors.ts";

/** FreeAgent's sentences as its documentation and its developers' forum show them; the code of each is what `errors.ts` makes of it. */
const SENTENCES = [
  "invoice_items.description is locked and cannot be changed",
  "contact_id is locked and cannot be changed",
  "Reference can't be blank",
  "Contact can't be blank",
  "Category can't be blank",
] as const;

const CREATE: Message = { operation: "createInvoice", method: "POST", path: "/v2/invoices", query: {}, headers: {}, body: "{}" };

const codeOf = (answer: Partial<RawAnswer> & { status: number }, message = CREATE) => {
  const fault = faultOf({ headers: {}, body: "", ...answer }, message);
  return fault !== null && "error" in fault ? fault.error.code : ("package.refused" as const);
};
const body = (message: string) => JSON.stringify({ errors: [{ message }] });

/** What help says of FreeAgent. */
export const guide: PackageGuide = {
  says: [
    ...SENTENCES.map((words) => ({ words, code: errorOf([words]).code })),
    { words: "Invoice is locked. (HTTP 403), to a new record", code: codeOf({ status: 403, body: body("Invoice is locked.") }) },
    { words: "HTTP 403 without a word of a lock", code: codeOf({ status: 403 }) },
    { words: "HTTP Basic: Access denied (HTTP 401)", code: codeOf({ status: 401 }) },
    { words: "You must not exceed 120 requests per 60 seconds (HTTP 429)", code: "transient.rate-limited" },
    { words: "Service unavailable (HTTP 503), to a read", code: "transient.server-error" },
    { words: "An error (HTTP 500), to something that was sent", code: "unknown.error-answer" },
  ],
  there: {
    "mapping.account-missing": ["Add a category under FreeAgent's accounting categories, and press Refresh in Mapping."],
    "mapping.account-wrong-type": [
      "A line of an invoice takes an income category. A journal takes no bank account: enter a bank transaction in FreeAgent.",
    ],
    "mapping.tax-not-allowed-on-account": [
      "The reverse charge is of a whole document, and nothing on an invoice is outside the scope of VAT. Split the document, or map the code to the zero rate.",
    ],
    "source.duplicate-number": [
      "Search FreeAgent's invoices and credit notes for the number: both share one sequence, drafts too.",
    ],
    "package.period-locked": [
      "Account locking is among FreeAgent's settings, for a user with Full Access. Filed accounts and VAT returns lock their period too.",
    ],
    "package.document-state": [
      "Open the document in FreeAgent. A payment is an explanation of a bank transaction: delete it there to change the document.",
    ],
    "package.contact-archived": [
      "Open the contact in FreeAgent and make it active: a hidden one is listed under Hidden contacts.",
    ],
    "package.payment-currency": ["Enter the payment on its bank transaction in FreeAgent, which shows both currencies."],
    "package.payment-too-large": ["Open the document in FreeAgent: its payments are listed on it."],
    "connection.scope-missing": [
      "A user's access level is on the user's page in FreeAgent's settings. Raise it to Full Access, or connect as another user.",
    ],
    "connection.token-expired": ["Connect again under Setup, as the same FreeAgent user."],
    "connection.wrong-tenant": ["FreeAgent asks which company to allow: choose the one that Setup names."],
  },
  lacks: {
    "send:product":
      "A line of a FreeAgent invoice names no product, and its price list serves its own screens alone. Lines carry the product's words.",
    "change:product": "Products are not sent to FreeAgent.",
    "change:payment": "A payment is changed on its bank transaction in FreeAgent. Remove it there and enter it again.",
    "change:journal": "A journal sent from here is not changed. Reverse it with a new one.",
    "change:allocation": "Remove the credit note's allocation in FreeAgent and allocate it there.",
    drafts:
      "FreeAgent has no drafts of bills: a bill counts in the accounts as soon as it is there. Invoices and credit notes are marked as sent.",
    attachments: "FreeAgent takes no files on invoices, and one on a bill. Files stay in the operational system.",
    replay: "FreeAgent recognises no repeated call. After a lost connection this console reads before it sends again.",
    unique: "FreeAgent does not reliably refuse a number that is there already. This console looks for it before it sends.",
  },
};
