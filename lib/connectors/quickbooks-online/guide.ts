import type { PackageGuide } from "../types.ts";
import { errorOf } from "./errors.ts";

/** Sentences of theirs, each with its code: they come in the company's language, so the code alone is judged by. */
const SENTENCES = [
  { code: "120", words: "Authorization Failure: You do not have access to use QuickBooks Online Plus." },
  { code: "620", words: "Transaction cannot be linked" },
  { code: "2020", words: "Required param missing, need to supply the required value for the API" },
  { code: "2050", words: "String length specified does not match the supported length." },
  { code: "2500", words: "Invalid Reference Id" },
  { code: "5020", words: "Permission denied: your plan does not have this feature" },
  { code: "6070", words: "Amount is not equal to UnitPrice * Qty" },
  { code: "6100", words: "Invalid tax code on a line" },
  { code: "6140", words: "Duplicate Document Number Error : You must specify a different number." },
  { code: "6190", words: "Invalid Company Status" },
  { code: "6210", words: "Account Period Closed, Cannot Update Through Services API" },
  { code: "6240", words: "Duplicate Name Exists Error: Another customer, vendor or employee is already using this name." },
  { code: "6430", words: "Invalid account type for this use" },
  { code: "6540", words: "Deposited Transaction cannot be changed" },
] as const;

/** What help says of QuickBooks Online. Its menus are renamed now and then: the setting is named, not each click. */
export const guide: PackageGuide = {
  says: [
    ...SENTENCES.map(({ code, words }) => ({
      words: `${words} (${code})`,
      code: errorOf([{ code, message: words, detail: "", element: null }], {}).code,
    })),
    { words: "message=AuthenticationFailed; errorCode=003200; statusCode=401", code: "connection.token-expired" },
    { words: "message=AuthorizationFailed; errorCode=003100; statusCode=403", code: "connection.scope-missing" },
    { words: "message=ThrottleExceeded; errorCode=003001; statusCode=429", code: "transient.rate-limited" },
    { words: "An application error has occurred (10000), to something that was sent", code: "unknown.error-answer" },
  ],
  there: {
    "mapping.account-missing": ["If no account fits, add one to the chart of accounts, and press Refresh in Mapping."],
    "mapping.account-wrong-type": [
      "The chart of accounts shows the type of each account. Sales lines post to the income account of an item that is made for us.",
    ],
    "mapping.tax-missing": ["Tax codes are part of the Taxes page. Press Refresh in Mapping after one was added there."],
    "mapping.target-archived": [
      "An inactive account is listed in the chart of accounts when inactive ones are included. Make it active there to go on using it.",
    ],
    "mapping.bank-wrong-type": ["Payments go through an account of the type Bank, or money in through Undeposited Funds."],
    "mapping.entity-unlinked": [
      "Customers, suppliers and employees share one list of names. Search all three for the name, inactive ones too.",
    ],
    "source.duplicate-number": ["Search for the number: it may be on a document of another customer."],
    "package.period-locked": [
      "The day on which the books are closed is in Account and settings, under Advanced. Only an administrator may move it.",
    ],
    "package.document-state": [
      "Open the document. A payment that is part of a deposit is taken out of the deposit first; a payment on account is put to its invoice there.",
    ],
    "package.contact-archived": ["Include inactive names in the list of customers or suppliers, and make it active."],
    "package.currency-or-feature-off": ["Several currencies are switched on in Account and settings, under Advanced, for good."],
    "package.subscription-lapsed": ["The plan is shown in Account and settings, under Billing and subscription."],
    "connection.token-expired": [
      "Apps are listed in QuickBooks Online. If someone disconnected this one there, find out why first.",
    ],
    "connection.scope-missing": ["Connect as a company administrator, and with the keys of the right Intuit app."],
    "connection.wrong-tenant": ["Intuit asks which company to allow: choose the one that Setup names."],
  },
  lacks: {
    "send:product":
      "A sales line in QuickBooks Online posts to the income account of its item, so lines name one item for each account, which is made for us. Products are not sent; a line without words of its own has the product's code.",
    "send:allocation": "Apply credit notes in QuickBooks Online: they are not applied from here yet.",
    "change:product": "Products are not sent to QuickBooks Online.",
    "change:payment": "A payment is not changed from here. Change or delete it in QuickBooks Online.",
    "change:journal": "A journal is not changed from here. Change it in QuickBooks Online, or reverse it with a new one.",
    "change:allocation": "Credit notes are not applied from here yet.",
    drafts: "QuickBooks Online keeps no drafts of invoices, bills and credit notes.",
    attachments: "Files are not sent to QuickBooks Online yet.",
    unique:
      "QuickBooks Online refuses a number twice only in companies that number invoices themselves by custom numbers; there it does.",
  },
};
