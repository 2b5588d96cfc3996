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
      "Choose the account and save: everything that waits for it goes by itself.",
    ],
  },
  "mapping.account-wrong-type": {
    ...MAPPING,
    title: "The mapped account cannot be used here",
    why: "The package does not take this account on this kind of record.",
    steps: ["Open the mapping at this nominal code.", "Choose an account of a kind that may be used, and save."],
  },
  "mapping.tax-missing": {
    ...MAPPING,
    title: "A tax code has no mapping",
    why: "The line's tax code is not mapped to a tax rate of this package, or is mapped to one that the package no longer has.",
    steps: ["Open the tax mapping at this code.", "Choose the tax rate and save: everything that waits for it goes by itself."],
  },
  "mapping.tax-charges-otherwise": {
    ...MAPPING,
    title: "The mapped tax rate charges otherwise than our tax code",
    why: "What a document charges is compared, never the headline rates: a reverse charge of 20% charges nothing on the document, and the buyer accounts for it.",
    steps: [
      "Open the tax mapping at this code and choose a rate that charges the same.",
      "Or open the tax code and say what kind of code it is: everything that waits for it goes by itself.",
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
      "A code that stands on sales and purchases alike needs a rate that is for both, or two codes in the operational system.",
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
    title: "The package already has a record of this name",
    why: "A contact or item of the same name or code is in the package and is not linked to ours. It takes each name once.",
    steps: [
      "Is it the same? Press Link: ours goes under that record from now on, and nothing there is changed or doubled.",
      "Is it another? Give ours a name of its own in the operational system, then retry.",
    ],
  },
  "mapping.perhaps-there": {
    ...MAPPING,
    title: "The package may hold this customer, supplier or product already",
    why: "A record there looks like ours and is linked to none of ours. Nothing that names it is sent before somebody has said which one it is.",
    steps: [
      "Open Matches: it shows both, with what agrees and what does not.",
      "Press Link where they are the same. Press Create where none of them is: it is made there once.",
      "What waits for it goes by itself.",
    ],
  },
  "mapping.new-there": {
    ...MAPPING,
    title: "New to the package: it waits for somebody to say Create",
    why: "The package holds nothing like this customer, supplier or product, and this connection creates nothing of them without asking.",
    steps: [
      "Open Matches: what is new stands there together.",
      "Press Create all, or Create beside one: it is made there once, and what waits for it goes by itself.",
      "To create what is new without asking, an adviser sets it under Setup, How it works.",
    ],
  },
  "mapping.link-cleared": {
    ...MAPPING,
    title: "Not linked to the package",
    why: "Somebody cleared its link, so nobody knows which record of the package it is. Nothing that names it is sent until it has one.",
    steps: [
      "Link it to the record that the package holds, by its id, on its own page.",
      "Or press Create in the package: it is made there once, and what waits for it goes.",
    ],
  },
  "mapping.linked-elsewhere": {
    ...MAPPING,
    title: "Linked to another organisation",
    why: "It is linked to a record of an organisation that this client was connected to before, and to none of this one.",
    steps: [
      "Make sure that this is the right organisation: Setup names it.",
      "Link it to the record of this organisation, by its id, on its own page.",
      "Or press Create in the package, for one or for all that are chosen.",
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
    why: "Payments need to know which of our bank nominals stands for which bank account of the package.",
    steps: ["Open Mapping, Bank accounts.", "Choose our bank nominal for the account and save, then repeat."],
  },
  "mapping.bank-wrong-type": {
    ...MAPPING,
    title: "Payments cannot go through the mapped account",
    why: "The package takes a payment on a bank account, or on a clearing account with payments enabled: never on an income, expense or liability account.",
    steps: [
      "Open Mapping, Bank accounts, at this bank nominal.",
      "Choose a bank account or an account with payments enabled, and save: the payments that wait for it go by themselves.",
    ],
  },
  "source.required-field": {
    ...SOURCE,
    title: "A field that the package needs is empty",
    why: "The package refuses the record without it.",
    steps: ["Fill the field in the operational system.", "Upload the file again: the row becomes ready by itself."],
  },
  "source.too-long": {
    ...SOURCE,
    title: "A field is longer than the package allows",
    why: "Nothing is cut off silently.",
    steps: ["Shorten the field in the operational system.", "Upload the file again."],
  },
  "source.bad-format": {
    ...SOURCE,
    title: "A field is not in the form that the package needs",
    why: "The package refuses the value as it stands.",
    steps: ["Correct the field in the operational system.", "Upload the file again."],
  },
  "source.duplicate-number": {
    ...SOURCE,
    fixer: "bookkeeper",
    title: "The package already has a document of this number",
    why: "It holds one that was not sent by this row, so nothing was sent over it.",
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
    why: "Its customer, supplier or product has to be there first.",
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
    title: "The tax carried is not what its tax code charges",
    why: "Amount and code differ by more than rounding (half a penny a line of the code, and a penny), so one of the two is wrong. Neither is sent.",
    steps: [
      "Where the code charges nothing on the document, such as a reverse charge: open the tax code and say what kind of code it is.",
      "Else correct the tax or the code in the operational system, and upload the file again: the row becomes ready by itself.",
    ],
  },
  "source.document-void": {
    ...SOURCE,
    fixer: "bookkeeper",
    title: "The document is void here",
    why: "It was voided in the operational system: no payment is allocated to it, and it is never made in the package.",
    steps: ["Look at the document in the operational system and in the package.", "Put the wrong one right and repeat."],
  },
  "source.already-in-package": {
    ...SOURCE,
    title: "The same document is there already",
    why: "Another record of ours has this number, and is in the package or on its way there. Sent twice, it would count twice.",
    steps: ["Look at both records.", "Exclude the one that is not wanted, or give it its own number."],
  },
  "source.perhaps-in-package": {
    ...MAPPING,
    title: "The package may hold this document already",
    why: "A document of the same number stands there and is linked to none of ours. Ours is not sent before somebody has answered.",
    steps: ["Open Matches and compare the two.", "Say whether they are the same."],
  },
  "package.period-locked": {
    ...IN_PACKAGE,
    fixer: "accountant",
    title: "The books are locked for this date",
    why: "The package takes nothing dated on or before its lock date.",
    steps: [
      "For a new document, choose for its own row: keep it on hold, send it as a draft, or (an adviser) re-date it to the first open day.",
      "Or move the lock date in the package: what is held for it goes by itself.",
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
      "Or let it stand there: make a supplementary document for the difference in the operational system, or credit and reissue it. Both are on the document's page.",
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
    why: "The package takes no new documents for an archived contact.",
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
    title: "The payment is larger than what is due",
    why: "The document's open amount is smaller than the payment.",
    steps: ["Look at what has been paid already, on both sides.", "Correct it and repeat."],
  },
  "package.payment-currency": {
    ...IN_PACKAGE,
    title: "The payment is in another currency than the document",
    why: "An allocation is made in the document's own currency, without a guess at the rate.",
    steps: ["Look at the payment and the document in the package.", "Correct the payment there and repeat."],
  },
  "package.payment-deleted": {
    ...IN_PACKAGE,
    title: "The payment was deleted in the package",
    why: "It was removed there after it had been read. If it had been created here, our payment and its allocations were taken back.",
    steps: ["Find out in the package why it was deleted. If it was entered anew there, it comes in as a payment of its own."],
  },
  "package.payment-changed": {
    ...IN_PACKAGE,
    title: "The payment was changed in the package after it was created here",
    why: "Its amount or its parts there are no longer those of the payment here, which was taken back with its allocations.",
    steps: ["Look at the payment in the package.", "Create & allocate it again: it is then as it is there now."],
  },
  "package.refused": {
    ...IN_PACKAGE,
    title: "The package refused this record",
    why: "Its own words are below; they are none that we know.",
    steps: ["Read what the package says.", "Put it right there or in the operational system, then retry."],
  },
  "package.warning": {
    ...IN_PACKAGE,
    title: "The package took this record with a warning",
    why: "It is saved there, but not quite as it was sent; the package's own words are below.",
    steps: ["Open it in the package and look at what it changed."],
  },
  "connection.token-expired": {
    ...ADMIN,
    title: "The connection to the package is lost",
    why: "The consent has ended or was withdrawn.",
    steps: ["An administrator reconnects under Setup.", "The queue goes on by itself."],
  },
  "connection.scope-missing": {
    ...ADMIN,
    title: "The connection lacks a permission",
    why: "The consent does not cover what this needs, or the connecting person's role in the package does not.",
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
    steps: ["Nothing to do: the upload resumes by itself."],
  },
  "transient.server-error": {
    ...SYSTEM,
    retry: "automatic",
    title: "The package is not available",
    why: "It answered that it cannot work just now.",
    steps: ["Nothing to do: it is tried again by itself."],
  },
  "transient.not-sent": {
    ...SYSTEM,
    retry: "automatic",
    title: "The package could not be reached",
    why: "No connection was made, so nothing was sent.",
    steps: ["Nothing to do: it is tried again by itself."],
  },
  "transient.after-start": {
    ...SYSTEM,
    retry: "automatic",
    title: "Waits for what was sent before the database started",
    why: "If a backup was restored, what was sent last may still be on its way into the package and is not known here; the package takes these numbers twice.",
    steps: ["Nothing to do: the package is read once that is over, and what is not there goes by itself."],
  },
  "unknown.timeout-after-send": {
    ...SYSTEM,
    retry: "probe",
    title: "Checking whether it reached the package",
    why: "The line dropped or the answer could not be read after sending. It is not sent again blindly.",
    steps: ["Nothing to do: we look it up by its number and say what we found."],
  },
  "unknown.error-answer": {
    ...SYSTEM,
    retry: "probe",
    title: "Checking whether it reached the package",
    why: "The package answered with an error that does not say whether anything was taken; its own words are below. It is not sent again blindly.",
    steps: ["Nothing to do: we look it up by its number and say what we found."],
  },
  "unknown.ambiguous-match": {
    fixer: "bookkeeper",
    where: "package",
    retry: "never",
    title: "The package holds something else under this number",
    why: "After an unclear answer we found more than one match, or one with other amounts or another contact.",
    steps: ["Open both in the package and compare them.", "Remove the wrong one there, then look again."],
  },
  "internal.unexpected": {
    fixer: "support",
    where: "here",
    retry: "never",
    title: "Something went wrong on our side",
    why: "This is a fault of the console, not of your data.",
    steps: ["Copy the report and send it to support."],
  },
  "rule.before-sending": {
    ...SYSTEM,
    fixer: "bookkeeper",
    retry: "after-fix",
    title: "Kept back when a setting was saved",
    why: "The setting would have sent it. Whoever saved the setting was shown it, and chose to send nothing.",
    steps: ["Press Retry to send it."],
  },
  "rule.lock-policy": {
    ...SYSTEM,
    retry: "after-fix",
    title: "Its date is locked: the lock policy applies",
    why: "The package takes nothing of this date. An adviser has set, or somebody chose for this row, that it goes as a draft, or dated the first open day.",
    steps: ["Nothing to do. The policy stands under Setup, a choice for the row on its card."],
  },
  "rule.entity-off": {
    fixer: "accountant",
    where: "here",
    retry: "after-fix",
    title: "This kind of record does not sync",
    why: "Its kind is not ticked under Entities to sync.",
    steps: ["Tick the kind under Setup: what waits for it goes by itself.", "Or withdraw the row."],
  },
  "rule.payments-in-package": {
    fixer: "bookkeeper",
    where: "package",
    retry: "never",
    title: "Payments of account customers are made in the accounting package",
    why: "While the integration is on, an account customer's payment is entered in the package and comes back under Import. Cash customers are not affected.",
    steps: ["Enter the payment in the accounting package.", "Open Import and press Create & allocate payments."],
  },
  "rule.payment-on-draft": {
    fixer: "bookkeeper",
    where: "package",
    retry: "after-fix",
    title: "The document is still a draft in the package",
    why: "The package takes no payment of a draft.",
    steps: ["Approve the document in the package.", "The payment goes by itself once it was seen approved."],
  },
  "rule.stock-nominal-not-used": {
    ...SOURCE,
    title: "Stock and cost-of-sale nominals are not posted",
    why: "The accounting package holds no stock value and no cost of sale: those figures come from the trial balance. This line has no other nominal.",
    steps: [
      "Give the line or its product a sales or purchase nominal in the operational system.",
      "Upload the file again: the row becomes ready by itself.",
    ],
  },
  "rule.control-nominal": {
    ...SOURCE,
    title: "A journal cannot post to a control account",
    why: "Debtors, creditors and the like are moved by invoices, credit notes and payments alone, so that they agree with their ledgers.",
    steps: ["Choose another nominal code for this leg, or enter an invoice, credit note or payment instead."],
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
    why: "Payments that are allocated to no invoice stay in the accounting package.",
    steps: ["Nothing to do. Once it is allocated to an invoice in the package, it comes back as a payment to create."],
  },
  "rule.payment-kind": {
    ...SYSTEM,
    retry: "never",
    title: "A kind of payment that stays in the package",
    why: "It pays no invoice, bill or credit note of ours.",
    steps: ["Nothing to do."],
  },
  "rule.payment-not-ours": {
    ...SYSTEM,
    fixer: "bookkeeper",
    where: "here",
    retry: "after-fix",
    title: "It pays an invoice that is not ours",
    why: "The invoice was made in the package alone. It is counted and never imported as a sale.",
    steps: ["If the invoice is ours, export it first, then repeat.", "If not, there is nothing to do."],
  },
  "rule.payment-before-start": {
    ...SYSTEM,
    fixer: "bookkeeper",
    where: "here",
    retry: "after-fix",
    title: "It pays an invoice from before the start date",
    why: "The invoice is older than the date from which this client syncs, so it was never sent from here. Payments on it are allocated when our records hold the same invoice.",
    steps: [
      "Upload the unpaid invoices from before the start date: they stand aside and are never sent.",
      "Repeat: the payment is allocated to the invoice of the same number, company and amount.",
    ],
  },
  "rule.changed-since-exported": {
    fixer: "bookkeeper",
    where: "package",
    retry: "never",
    title: "Changed here after it was exported",
    why: "The package holds an earlier revision, and lets nobody change this kind of record; it is not sent a second time.",
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
