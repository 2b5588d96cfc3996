/** Whose job the fix is; the badge on an error card. "Bookkeeper" is staff or adviser, "Accountant" is adviser. */
export type Fixer = "bookkeeper" | "accountant" | "operations" | "administrator" | "nobody" | "support";

/** The badge's words. */
export const FIXERS: Readonly<Record<Fixer, string>> = {
  bookkeeper: "Bookkeeper",
  accountant: "Accountant",
  operations: "Operations staff",
  administrator: "Administrator",
  nobody: "Nobody",
  support: "Support",
};

export interface ErrorEntry {
  /** `after-fix`: nothing until the cause goes; `automatic`: by itself; `probe`: looked up, never resent; `never`: stop. */
  readonly retry: "after-fix" | "automatic" | "probe" | "never";
  readonly fixer: Fixer;
  /** Where the fix is made. */
  readonly where: "here" | "package" | "source";
  readonly title: string;
  /** Why it happens, in one or two sentences. */
  readonly why: string;
  /** Numbered steps. */
  readonly steps: readonly string[];
}

const SYSTEM = { fixer: "nobody", where: "here" } as const;
const MAPPING = { retry: "after-fix", fixer: "bookkeeper", where: "here" } as const;
const SOURCE = { retry: "after-fix", fixer: "operations", where: "source" } as const;
const IN_PACKAGE = { retry: "after-fix", fixer: "bookkeeper", where: "package" } as const;
const ADMIN = { retry: "after-fix", fixer: "administrator", where: "here" } as const;

/**
 * Every error that staff can meet: one catalogue feeds Error Feedback, the retry rule and docs/errors.md.
 * Codes are `class.what-happened`; the classes stand in `ERROR_CLASSES`.
 */
export const SYNC_ERRORS = {
  "mapping.account-missing": {
    ...MAPPING,
    title: "A nominal code has no mapping",
    why: "The line's nominal code is not mapped to an account of this package, or is mapped to one that the package no longer has.",
    steps: [
      "Open the mapping at this nominal code.",
      "Choose the account and save: everything that waits for it is then sent automatically.",
    ],
  },
  "mapping.account-wrong-type": {
    ...MAPPING,
    title: "The mapped account cannot be used here",
    why: "The package does not accept this account on this type of record.",
    steps: ["Open the mapping at this nominal code.", "Choose an account of a kind that may be used, and save."],
  },
  "mapping.tax-missing": {
    ...MAPPING,
    title: "A tax code has no mapping",
    why: "The line's tax code is not mapped to a tax rate of this package, or is mapped to one that the package no longer has.",
    steps: [
      "Open the tax mapping at this code.",
      "Choose the tax rate and save: everything that waits for it is then sent automatically.",
    ],
  },
  "mapping.tax-charges-otherwise": {
    ...MAPPING,
    title: "The mapped tax rate charges differently from our tax code",
    why: "What a document charges is compared, never the headline rates: a reverse charge of 20% charges nothing on the document, and the buyer accounts for it.",
    steps: [
      "Open the tax mapping at this code and choose a rate that charges the same.",
      "Or open the tax code and set its kind: everything that waits for it is then sent automatically.",
    ],
  },
  "mapping.tax-reclaims-otherwise": {
    ...MAPPING,
    fixer: "accountant",
    title: "The mapped tax rate reclaims VAT that our tax code does not",
    why: "A code whose VAT is blocked or partly recoverable charges the rate, and none or a part of it is reclaimed. The package reclaims all that this rate charges: box 4 of the VAT return would be too high.",
    steps: [
      "Open the tax mapping at this code and choose a rate that reclaims the same, where the package has one.",
      "Where it has none, an adviser decides: have the operational system give such bills with the VAT in the net amount, under a code that charges nothing, and upload the file again.",
      "Or enter them in the package by hand, and mark them as exported here.",
    ],
  },
  "mapping.tax-wrong-side": {
    ...MAPPING,
    title: "The mapped tax rate is for the other side",
    why: "The package's own marks say whether a rate is for sales or for purchases: on the other side its VAT would go into the wrong box.",
    steps: [
      "Open the tax mapping at this code and choose a rate for its side.",
      "A code used on both sales and purchases has a row for each in Mapping: choose a rate for each.",
    ],
  },
  "mapping.tax-not-allowed-on-account": {
    ...MAPPING,
    title: "This tax rate cannot be used with this account",
    why: "The package allows each tax rate on some classes of account only.",
    steps: [
      "Open the mapping of the tax code or of the nominal code named here.",
      "Choose a pair that the package allows, save, and retry.",
    ],
  },
  "mapping.entity-unlinked": {
    ...MAPPING,
    title: "The package already has a record with this name",
    why: "A contact or item with the same name or code is in the package and is not linked to ours. The package allows each name once.",
    steps: [
      "Is it the same? Press Link: ours then uses that record, and nothing there is changed or duplicated.",
      "Is it a different one? Give ours its own name in the operational system, then retry.",
    ],
  },
  "mapping.perhaps-there": {
    ...MAPPING,
    title: "The package may already have this customer, supplier or product",
    why: "A record there looks like ours and is not linked. Records that use it are not sent until someone says which one it is.",
    steps: [
      "Open Matches to see both, with what agrees and what does not.",
      "Press Link where they are the same. Press Create where none of them is: it is created there once.",
      "Everything that waits for it is then sent automatically.",
    ],
  },
  "mapping.new-there": {
    ...MAPPING,
    title: "New to the package: waiting for someone to press Create",
    why: "The package has nothing like this customer, supplier or product, and this connection asks before it creates one.",
    steps: [
      "Open Matches: new records are listed together.",
      "Press Create all, or Create beside one: it is created there once, and everything that waits for it is then sent automatically.",
      "To create new records without asking, an adviser changes the option under Setup, How it works.",
    ],
  },
  "mapping.link-cleared": {
    ...MAPPING,
    title: "Not linked to the package",
    why: "Someone cleared its link, so its record in the package is not known. Records that use it are not sent until it is linked.",
    steps: [
      "Link it to the record in the package, by its id, on its own page.",
      "Or press Create in the package: it is created there once, and everything that waits for it is sent.",
    ],
  },
  "mapping.linked-elsewhere": {
    ...MAPPING,
    title: "Linked to another organisation",
    why: "It is linked to a record of an organisation that this client was connected to before, and not to one of this organisation.",
    steps: [
      "Check under Setup that this is the right organisation.",
      "Link it to the record of this organisation, by its id, on its own page.",
      "Or press Create in the package, for one record or for all selected.",
    ],
  },
  "mapping.target-archived": {
    ...MAPPING,
    title: "The mapped account or tax rate is archived in the package",
    why: "It was archived or deleted after it was mapped.",
    steps: ["Choose another one in the mapping, or restore it in the package and press Refresh.", "Retry."],
  },
  "mapping.bank-missing": {
    ...MAPPING,
    title: "No bank account is mapped",
    why: "Map a bank account so that payments can be posted.",
    steps: ["Open Mapping, Bank accounts.", "Choose our bank nominal for the account and save, then try again."],
  },
  "mapping.bank-wrong-type": {
    ...MAPPING,
    title: "Payments cannot go through the mapped account",
    why: "The package accepts payments on a bank account, or on a clearing account with payments enabled, never on an income, expense or liability account.",
    steps: [
      "Open Mapping, Bank accounts, at this bank nominal.",
      "Choose a bank account or an account with payments enabled, and save: payments that wait for it are then sent automatically.",
    ],
  },
  "source.required-field": {
    ...SOURCE,
    title: "A field that the package needs is empty",
    why: "The package refuses the record without it.",
    steps: ["Fill in the field in the operational system.", "Upload the file again: the row then becomes ready."],
  },
  "source.too-long": {
    ...SOURCE,
    title: "A field is longer than the package allows",
    why: "Text is never cut off silently.",
    steps: ["Shorten the field in the operational system.", "Upload the file again."],
  },
  "source.bad-format": {
    ...SOURCE,
    title: "A field is not in the format that the package needs",
    why: "The package refuses this value.",
    steps: ["Correct the field in the operational system.", "Upload the file again."],
  },
  "source.duplicate-number": {
    ...SOURCE,
    fixer: "bookkeeper",
    title: "The package already has a document with this number",
    why: "It was not sent by this row, so nothing was overwritten.",
    steps: [
      "Compare the two documents.",
      "If they are the same, open Matches and press The same: link. If not, correct the number in the operational system.",
    ],
  },
  "source.dependency-missing": {
    ...SOURCE,
    fixer: "bookkeeper",
    where: "here",
    title: "Something this document needs is not in the package",
    why: "Its customer, supplier or product must be there first.",
    steps: ["Export it first: the button does both in order."],
  },
  "source.totals-do-not-add": {
    ...SOURCE,
    title: "The document's totals do not add up",
    why: "Net and tax of the lines must equal the document's own totals to the penny.",
    steps: ["Correct the document in the operational system.", "Upload the file again."],
  },
  "source.tax-disagrees": {
    ...SOURCE,
    title: "The tax on the document is not what its tax code charges",
    why: "Amount and code differ by more than rounding (half a penny a line of the code, and a penny), so one of the two is wrong. Neither is sent.",
    steps: [
      "Where the code charges nothing on the document, such as a reverse charge: open the tax code and set its kind.",
      "Otherwise correct the tax or the code in the operational system, and upload the file again: the row then becomes ready.",
    ],
  },
  "source.document-void": {
    ...SOURCE,
    fixer: "bookkeeper",
    title: "The document is void here",
    why: "It was voided in the operational system: no payment can be allocated to it, and it is never sent to the package.",
    steps: ["Look at the document in the operational system and in the package.", "Correct the wrong one and try again."],
  },
  "source.already-in-package": {
    ...SOURCE,
    title: "The same document is already there",
    why: "Another of our records has this number and is in the package or being sent. Sent twice, it would count twice.",
    steps: ["Look at both records.", "Exclude the one you do not want, or give it its own number."],
  },
  "source.perhaps-in-package": {
    ...MAPPING,
    title: "The package may already have this document",
    why: "A document with the same number is there and is not linked to ours. Ours is not sent until someone answers.",
    steps: ["Open Matches and compare the two.", "Say whether they are the same."],
  },
  "package.period-locked": {
    ...IN_PACKAGE,
    fixer: "accountant",
    title: "The books are locked for this date",
    why: "The package accepts nothing dated on or before its lock date.",
    steps: [
      "For a new document, choose for that row: keep it on hold, send it as a draft, or (an adviser) re-date it to the first open day.",
      "Or move the lock date in the package: what it stopped is then sent automatically.",
      "Then retry what the package refused.",
    ],
  },
  "package.document-state": {
    ...IN_PACKAGE,
    title: "The document in the package can no longer be changed",
    why: "It is paid, part paid, voided, deleted or allocated there.",
    steps: [
      "Open it in the package and look at its state.",
      "Undo the payment or allocation there if that is right, then retry.",
      "Or leave it as it is there: make a supplementary document for the difference in the operational system, or credit and reissue it. Both are on the document's page.",
    ],
  },
  "package.account-without-code": {
    ...IN_PACKAGE,
    title: "An account in the package has no code",
    why: "Without a code it cannot be named on a record.",
    steps: ["Give the account a code in the package's chart of accounts.", "Press Refresh, then retry."],
  },
  "package.contact-archived": {
    ...IN_PACKAGE,
    title: "The contact is archived in the package",
    why: "The package accepts no new documents for an archived contact.",
    steps: ["Restore the contact in the package.", "Retry this row."],
  },
  "package.currency-or-feature-off": {
    ...IN_PACKAGE,
    title: "The package is not set up for this currency",
    why: "The organisation is not subscribed to it.",
    steps: ["Add the currency in the package.", "Press Refresh, then retry."],
  },
  "package.subscription-lapsed": {
    ...IN_PACKAGE,
    fixer: "administrator",
    title: "The organisation's plan does not allow this",
    why: "The subscription has ended or its limit is reached.",
    steps: ["Look at the organisation's plan in the package.", "Retry."],
  },
  "package.payment-too-large": {
    ...IN_PACKAGE,
    title: "The payment or allocation is larger than what is due",
    why: "The document's open amount is smaller than the payment or allocation.",
    steps: ["Look at what has been paid already, on both sides.", "Correct it and try again."],
  },
  "package.payment-currency": {
    ...IN_PACKAGE,
    title: "The payment is in another currency than the document",
    why: "An allocation must be in the document's own currency; no rate is guessed.",
    steps: ["Look at the payment and the document in the package.", "Correct the payment there and try again."],
  },
  "package.payment-deleted": {
    ...IN_PACKAGE,
    title: "The payment was deleted in the package",
    why: "It was removed there after it was read. If it had been created here, our payment and its allocations were reversed.",
    steps: ["Find out in the package why it was deleted. If it was entered again there, it appears as a new payment."],
  },
  "package.payment-changed": {
    ...IN_PACKAGE,
    title: "The payment was changed in the package after it was created here",
    why: "Its amount or its allocations there no longer match the payment here, which was reversed with its allocations.",
    steps: ["Look at the payment in the package.", "Create & allocate it again, to match the payment there now."],
  },
  "package.refused": {
    ...IN_PACKAGE,
    title: "The package refused this record",
    why: "Its message is below; it is not one that we know.",
    steps: ["Read what the package says.", "Correct it there or in the operational system, then retry."],
  },
  "package.warning": {
    ...IN_PACKAGE,
    title: "The package took this record with a warning",
    why: "It is saved there, but not exactly as it was sent; the package's message is below.",
    steps: ["Open it in the package and look at what it changed."],
  },
  "package.unfinished": {
    ...IN_PACKAGE,
    where: "here",
    title: "Not finished in the package",
    why: "The package has the record, and a step that completes it there has not been made. It does not count as exported.",
    steps: ["Press Retry: it continues with the step that is missing, and creates nothing twice."],
  },
  "connection.token-expired": {
    ...ADMIN,
    title: "The connection to the package is lost",
    why: "The consent has ended or was withdrawn.",
    steps: ["An administrator reconnects under Setup.", "The queue then resumes automatically."],
  },
  "connection.scope-missing": {
    ...ADMIN,
    title: "The connection lacks a permission",
    why: "The connection, or the role of the person who connected it, does not allow this.",
    steps: ["An administrator reconnects under Setup, as a person with the right role."],
  },
  "connection.wrong-tenant": {
    ...ADMIN,
    title: "This is another organisation",
    why: "A client is tied to the organisation it was first connected to.",
    steps: ["Choose the same organisation as before, or disconnect first."],
  },
  "transient.rate-limited": {
    ...SYSTEM,
    retry: "automatic",
    title: "The package asked us to slow down",
    why: "Its limit of calls is reached.",
    steps: ["Nothing to do: the upload resumes automatically."],
  },
  "transient.server-error": {
    ...SYSTEM,
    retry: "automatic",
    title: "The package is not available",
    why: "It answered that it is unavailable for the moment.",
    steps: ["Nothing to do: it is retried automatically."],
  },
  "transient.not-sent": {
    ...SYSTEM,
    retry: "automatic",
    title: "The package could not be reached",
    why: "No connection was made, so nothing was sent.",
    steps: ["Nothing to do: it is retried automatically."],
  },
  "transient.after-start": {
    ...SYSTEM,
    retry: "automatic",
    title: "Waiting for records sent before the database started",
    why: "If a backup was restored, the last records sent may still be arriving in the package and are not known here; the package accepts these numbers twice.",
    steps: ["Nothing to do: the package is read after that, and records that are not there are sent automatically."],
  },
  "unknown.timeout-after-send": {
    ...SYSTEM,
    retry: "probe",
    title: "Checking whether it reached the package",
    why: "The connection was lost or the answer could not be read after sending. It is not sent again until we know.",
    steps: ["Nothing to do: we look it up by its number and show the result."],
  },
  "unknown.error-answer": {
    ...SYSTEM,
    retry: "probe",
    title: "Checking whether it reached the package",
    why: "The package answered with an error that does not say whether anything was saved; its message is below. It is not sent again until we know.",
    steps: ["Nothing to do: we look it up by its number and show the result."],
  },
  "unknown.ambiguous-match": {
    fixer: "bookkeeper",
    where: "package",
    retry: "never",
    title: "The package has a different record with this number",
    why: "After an unclear answer we found more than one match, or one with different amounts or a different contact.",
    steps: ["Open both in the package and compare them.", "Remove the wrong one there, then press Look now."],
  },
  "internal.unexpected": {
    fixer: "support",
    where: "here",
    retry: "never",
    title: "Something went wrong on our side",
    why: "This is a fault of the console, not of your data.",
    steps: ["Copy the report and send it to support."],
  },
  "internal.steps-changed": {
    fixer: "support",
    where: "here",
    retry: "after-fix",
    title: "Stopped between two steps",
    why: "The package has the record, but this version of the console would have sent it in another form. It does not continue by itself.",
    steps: [
      "Open the record in the package and complete it there by hand.",
      "Press Retry: if it is complete there, and as it is here, it counts as exported.",
      "If it cannot be completed there, copy the report and send it to support.",
    ],
  },
  "rule.before-sending": {
    ...SYSTEM,
    fixer: "bookkeeper",
    retry: "after-fix",
    title: "Held when a setting was saved",
    why: "The setting would have sent it. The person who saved the setting saw it and chose not to send it.",
    steps: ["Press Retry to send it."],
  },
  "rule.lock-policy": {
    ...SYSTEM,
    retry: "after-fix",
    title: "Its date is locked: the lock policy applies",
    why: "The package accepts nothing with this date. An adviser's policy, or a choice for this row, sends it as a draft or dated the first open day.",
    steps: ["Nothing to do. The policy is under Setup; a choice for the row is on its card."],
  },
  "rule.entity-off": {
    fixer: "accountant",
    where: "here",
    retry: "after-fix",
    title: "This type of record is off",
    why: "Its type is not ticked under Entities to sync.",
    steps: ["Tick the type under Setup: waiting records are then sent automatically.", "Or withdraw the row."],
  },
  "rule.payments-in-package": {
    fixer: "bookkeeper",
    where: "package",
    retry: "never",
    title: "Payments from credit customers are made in the accounting package",
    why: "While the integration is on, a credit customer's payment is entered in the package and read into Import. Cash customers are not affected.",
    steps: ["Enter the payment in the accounting package.", "Open Import and press Create & allocate payments."],
  },
  "rule.payment-on-draft": {
    fixer: "bookkeeper",
    where: "package",
    retry: "after-fix",
    title: "The document is still a draft in the package",
    why: "The package accepts no payment on a draft.",
    steps: ["Approve the document in the package.", "The payment is sent automatically once it is approved."],
  },
  "rule.stock-nominal-not-used": {
    ...SOURCE,
    title: "Stock and cost-of-sale nominals are not posted",
    why: "Stock value and cost of sale are not posted: those figures are taken from the trial balance. This line has no other nominal.",
    steps: [
      "Give the line or its product a sales or purchase nominal in the operational system.",
      "Upload the file again: the row then becomes ready.",
    ],
  },
  "rule.control-nominal": {
    ...SOURCE,
    title: "A journal cannot post to a control account",
    why: "Debtors, creditors and similar accounts change only with invoices, credit notes and payments, so that they agree with their ledgers.",
    steps: ["Choose another nominal code for this line, or enter an invoice, credit note or payment instead."],
  },
  "rule.marked-exported": {
    ...SYSTEM,
    retry: "never",
    title: "Marked as exported",
    why: "Staff marked it as exported, so it is never sent.",
    steps: ["Undo the mark if it should be sent."],
  },
  "rule.payment-on-account": {
    ...SYSTEM,
    retry: "never",
    title: "Payment on account: kept in the package",
    why: "Payments not allocated to an invoice stay in the accounting package.",
    steps: ["Nothing to do. Once it is allocated to an invoice in the package, it appears on Import as a payment to create."],
  },
  "rule.payment-kind": {
    ...SYSTEM,
    retry: "never",
    title: "A kind of payment that stays in the package",
    why: "It does not pay one of our invoices, bills or credit notes.",
    steps: ["Nothing to do."],
  },
  "rule.payment-not-ours": {
    ...SYSTEM,
    fixer: "bookkeeper",
    where: "here",
    retry: "after-fix",
    title: "It pays an invoice that is not ours",
    why: "The invoice exists only in the package. It is counted and never imported as a sale.",
    steps: ["If the invoice is ours, export it first, then try again.", "If not, there is nothing to do."],
  },
  "rule.payment-before-start": {
    ...SYSTEM,
    fixer: "bookkeeper",
    where: "here",
    retry: "after-fix",
    title: "It pays an invoice from before the start date",
    why: "The invoice is older than the date from which this client syncs, so it was never sent from here. Payments on it are allocated once our records have the same invoice.",
    steps: [
      "Upload the unpaid invoices from before the start date: they are set aside and never sent.",
      "Try again: the payment is allocated to the invoice with the same number, company and amount.",
    ],
  },
  "rule.changed-since-exported": {
    fixer: "bookkeeper",
    where: "package",
    retry: "never",
    title: "Changed here after it was exported",
    why: "The package has an earlier version and does not allow changes to this type of record, so it is not sent again.",
    steps: ["Make the same change in the package, or issue a credit note and a new invoice.", "Then mark this row as exported."],
  },
} as const satisfies Record<string, ErrorEntry>;

export type SyncErrorCode = keyof typeof SYNC_ERRORS;

export const ERROR_CLASSES = ["mapping", "source", "package", "connection", "transient", "unknown", "internal", "rule"] as const;

/** The catalogue entry, also for a code read back from the database. */
export function errorEntry(code: string): ErrorEntry {
  return isSyncErrorCode(code) ? SYNC_ERRORS[code] : SYNC_ERRORS["internal.unexpected"];
}

export function isSyncErrorCode(code: string): code is SyncErrorCode {
  return Object.hasOwn(SYNC_ERRORS, code);
}
