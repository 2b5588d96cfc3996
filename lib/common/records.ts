import type { PlainDate } from "./dates.ts";
import type { SettledBy } from "./settled.ts";

/** Every kind of record of the client's that exports, in the order in which dependencies are sent. */
export const RECORD_KINDS = [
  "customer",
  "supplier",
  "product",
  "sales-invoice",
  "bill",
  "sales-credit-note",
  "supplier-credit-note",
  "payment",
  "journal",
  "allocation",
] as const;
/**
 * Everything that is sent. A helper is no record of the client's: what a package must hold before it takes a record of ours, and that is
 * made there for us (an item for each income account, where a sales line names an item).
 */
export const POSTING_KINDS = [...RECORD_KINDS, "helper"] as const;
export type RecordKind = (typeof POSTING_KINDS)[number];

/** Kinds that go before the documents that name them, by themselves. */
export const FIRST_KINDS = ["customer", "supplier", "product"] as const satisfies readonly RecordKind[];

export const DOCUMENT_KINDS = ["sales-invoice", "bill", "sales-credit-note", "supplier-credit-note"] as const;
export type DocumentKind = (typeof DOCUMENT_KINDS)[number];

/** What a package knows one of our records as: a contact may be customer and supplier at once. */
export const REF_FAMILIES = ["contact", "product", "document", "payment", "journal", "allocation", "helper"] as const;
export type RefFamily = (typeof REF_FAMILIES)[number];

/** Which of a family's entities a link is with, where the package keeps more than one of it; empty where one stands for all. */
export type LinkEntity = "" | "customer" | "supplier";

/** The staff's words for each kind. */
export const KIND_LABELS: Readonly<Record<RecordKind, string>> = {
  customer: "Customer",
  supplier: "Supplier",
  product: "Product",
  "sales-invoice": "Sales invoice",
  bill: "Bill",
  "sales-credit-note": "Sales credit note",
  "supplier-credit-note": "Supplier credit note",
  payment: "Payment",
  journal: "Journal",
  allocation: "Credit note allocation",
  helper: "Item made for us",
};

export function familyOf(kind: RecordKind): RefFamily {
  switch (kind) {
    case "customer":
    case "supplier":
      return "contact";
    case "product":
      return "product";
    case "payment":
      return "payment";
    case "journal":
      return "journal";
    case "allocation":
      return "allocation";
    case "helper":
      return "helper";
    default:
      return "document";
  }
}

export function isDocumentKind(kind: RecordKind): kind is DocumentKind {
  return familyOf(kind) === "document";
}

export function isCreditNote(kind: RecordKind): boolean {
  return kind === "sales-credit-note" || kind === "supplier-credit-note";
}

/** Credit notes are stored as positive amounts and shown, summed and exported to grids as negative ones. */
export function signOf(kind: RecordKind): 1n | -1n {
  return isCreditNote(kind) ? -1n : 1n;
}

export const SIDES = ["sales", "purchase", "payments", "journals"] as const;
export type Side = (typeof SIDES)[number];

/**
 * What is never added to one another: sales, purchases, money that moved, and journals. Null for what has no amount, and for an allocation,
 * which moves none.
 */
export function sideOf(kind: DocumentKind): "sales" | "purchase";
export function sideOf(kind: RecordKind): Side | null;
export function sideOf(kind: RecordKind): Side | null {
  switch (kind) {
    case "sales-invoice":
    case "sales-credit-note":
      return "sales";
    case "bill":
    case "supplier-credit-note":
      return "purchase";
    case "payment":
      return "payments";
    case "journal":
      return "journals";
    default:
      return null;
  }
}

/** One record as a connector is given it: neutral words, mappings already resolved to the package's own ids. */
export type OutgoingRecord =
  | OutgoingContact
  | OutgoingProduct
  | OutgoingDocument
  | OutgoingPayment
  | OutgoingJournal
  | OutgoingAllocation
  | OutgoingHelper;

interface OutgoingBase {
  readonly recordId: string;
  /** The operational system's own reference; the package holds the record under it. */
  readonly reference: string;
  readonly revision: number;
  /** Set for what the package holds already: it is changed there by this id, never created a second time. */
  readonly held?: Held;
}

/** A record of ours as the package holds it, read just before it is changed there. */
export interface Held {
  readonly externalId: string;
  /** The package's own version of it, where it gives one. */
  readonly version: string | null;
  /** Null where a change needs nothing of what is there. */
  readonly before: SeenRecord | null;
}

export interface OutgoingContact extends OutgoingBase {
  readonly kind: "customer" | "supplier";
  readonly name: string;
  readonly email: string | null;
  /** VAT or other tax number; left out where there is none, or was none when it was sent. */
  readonly taxNumber?: string;
  /** Linked by a person to one that was there before: a field that is blank there is no difference. */
  readonly linked?: true;
}

export interface OutgoingProduct extends OutgoingBase {
  readonly kind: "product";
  readonly name: string;
  readonly description: string | null;
}

export interface OutgoingDocument extends OutgoingBase {
  readonly kind: DocumentKind;
  readonly number: string;
  readonly contactExternalId: string;
  readonly issuedOn: PlainDate;
  readonly dueOn: PlainDate;
  readonly currency: string;
  /** Positive for invoices and credit notes alike. */
  readonly netMinor: bigint;
  readonly taxMinor: bigint;
  readonly grossMinor: bigint;
  /** `draft` lands as a draft, to be approved in the package. */
  readonly postAs: "authorised" | "draft";
  /** Void or deleted in the operational system: what the package holds of it is voided there, a draft deleted. */
  readonly voided?: boolean;
  /**
   * The package reckons the tax itself: ours is what we expect, and only the net is promised. With `lines` it does so from each line's net
   * and rate, so that it is ours but for the pennies of rounding. Left out where the tax is ours.
   */
  readonly taxBy?: "package" | "lines";
  /** Our own page for the document, a marker that a read-back can recognise. */
  readonly url: string;
  readonly lines: readonly OutgoingLine[];
}

export interface OutgoingLine {
  readonly description: string;
  /** Decimal strings: up to four decimals for the price. */
  readonly quantity: string;
  readonly unitPrice: string;
  readonly netMinor: bigint;
  readonly taxMinor: bigint;
  readonly target: LineTarget;
  readonly tax: LineTax;
  readonly productReference: string | null;
}

/** What a line's amount goes to. */
export interface LineTarget {
  readonly account: {
    readonly externalId: string;
    /** Null where the package has none for it. */
    readonly code: string | null;
  };
  /** Stands for the account in a package whose lines of this side name an item and never an account. */
  readonly item?: { readonly externalId: string };
}

/** A line's tax as the package knows it. */
export interface LineTax {
  readonly externalId: string;
  /** Where the package names it by a code of its own beside the id. */
  readonly code?: string;
  /**
   * Per cent, what the package's own list says that it charges; null where the package reckons that by more than the rate, and in what
   * was sent before it was kept.
   */
  readonly rate: string | null;
  /** What else the package wants said of such a line, in its own words: a status, a kind of service. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** What the package must hold so that a record of ours can name it. Its reference is the name under which it stands there. */
export interface OutgoingHelper extends OutgoingBase {
  readonly kind: "helper";
  readonly helper: HelperKind;
  /** An item's: what its lines are posted to. */
  readonly accountExternalId: string;
}

export const HELPER_KINDS = ["item"] as const;
export type HelperKind = (typeof HELPER_KINDS)[number];

export const PAYMENT_KINDS = ["receipt", "payment-out", "sales-refund", "purchase-refund"] as const;
export type PaymentKind = (typeof PAYMENT_KINDS)[number];

/** What kind of payment settles a kind of document. */
export const PAID_BY: Readonly<Record<DocumentKind, PaymentKind>> = {
  "sales-invoice": "receipt",
  bill: "payment-out",
  "sales-credit-note": "sales-refund",
  "supplier-credit-note": "purchase-refund",
};

/** Money that moved on one bank account and pays, or refunds, one document. */
export interface OutgoingPayment extends OutgoingBase {
  readonly kind: "payment";
  readonly direction: PaymentKind;
  /** As the package holds it: our own reference first, so that a read-back knows it, then the bank line's words. */
  readonly packageReference: string;
  readonly documentExternalId: string;
  /** The document's customer or supplier, as the document names it; null or left out where it is not linked. */
  readonly partyExternalId?: string | null;
  /** A bank account, or a clearing account that takes payments. */
  readonly accountExternalId: string;
  readonly paidOn: PlainDate;
  /** The document's. */
  readonly currency: string;
  readonly amountMinor: bigint;
}

export interface OutgoingJournal extends OutgoingBase {
  readonly kind: "journal";
  /** As the package holds it: our own reference first. */
  readonly narration: string;
  readonly journalOn: PlainDate;
  readonly currency: string;
  /** Our own page for the journal, a marker that a read-back can recognise. */
  readonly url: string;
  /** They add up to nil. */
  readonly legs: readonly OutgoingLeg[];
}

/** Journals are outside tax: a leg is an account and an amount. */
export interface OutgoingLeg {
  readonly description: string;
  readonly accountExternalId: string;
  /** A debit is positive, a credit negative. */
  readonly amountMinor: bigint;
}

/** So much of a credit note, set against an invoice or bill of the same customer or supplier. No money moves. */
export interface OutgoingAllocation extends OutgoingBase {
  readonly kind: "allocation";
  readonly creditNoteKind: "sales-credit-note" | "supplier-credit-note";
  readonly creditNoteNumber: string;
  readonly creditNoteExternalId: string;
  readonly documentNumber: string;
  readonly documentExternalId: string;
  /** The later of both documents' dates: packages date it so themselves. */
  readonly allocatedOn: PlainDate;
  /** Both documents'. */
  readonly currency: string;
  readonly amountMinor: bigint;
}

/** One record as the package was seen to hold it, in neutral words; the engine compares. */
export type SeenRecord = SeenContact | SeenProduct | SeenDocument | SeenPayment | SeenJournal | SeenAllocation | SeenHelper;

interface SeenHelper {
  readonly family: "helper";
  readonly name: string;
  readonly accountExternalId: string | null;
  readonly status: "active" | "archived";
}

export interface SeenAllocation {
  readonly family: "allocation";
  readonly creditNoteExternalId: string;
  readonly documentExternalId: string | null;
  readonly currency: string;
  readonly amountMinor: bigint;
  readonly status: "live" | "deleted";
}

export interface SeenPayment {
  readonly family: "payment";
  readonly direction: PaymentKind | "other";
  /** Left out where the package put words of its own in the place of ours. */
  readonly packageReference?: string | null;
  readonly documentExternalId: string | null;
  /** Null where the read does not say. */
  readonly accountExternalId: string | null;
  readonly paidOn: PlainDate | null;
  readonly currency: string;
  readonly amountMinor: bigint;
  readonly status: "live" | "deleted";
}

export interface SeenJournal {
  readonly family: "journal";
  readonly narration: string | null;
  readonly journalOn: PlainDate | null;
  readonly status: "draft" | "posted" | "voided" | "deleted" | "other";
  readonly url: string | null;
  /** Net amounts by account, summed over the legs. */
  readonly split: readonly { accountExternalId: string | null; accountCode?: string | null; amountMinor: bigint }[];
}

interface SeenContact {
  readonly family: "contact";
  /** Left out where the package has no place for a reference of ours. */
  readonly reference?: string | null;
  readonly name: string;
  /** Left out where the package does not say. */
  readonly email?: string | null;
  /** Left out where the package does not say. */
  readonly taxNumber?: string | null;
  readonly status: "active" | "archived";
  /** Set when the package merged this contact into another. */
  readonly mergedInto: string | null;
}

interface SeenProduct {
  readonly family: "product";
  readonly reference: string;
  readonly name: string | null;
  /** Left out where the package does not say. */
  readonly description?: string | null;
}

export interface SeenDocument {
  readonly family: "document";
  readonly kind: DocumentKind | "other";
  readonly number: string | null;
  readonly contactExternalId: string | null;
  readonly issuedOn: PlainDate | null;
  readonly dueOn: PlainDate | null;
  readonly currency: string;
  /** `submitted` waits for approval; `paid` is authorised and settled. */
  readonly status: "draft" | "submitted" | "authorised" | "paid" | "voided" | "deleted" | "other";
  /** The package's own word for a status that is `other`. */
  readonly statusSaid?: string | null;
  readonly netMinor: bigint;
  readonly taxMinor: bigint;
  readonly grossMinor: bigint;
  /** Tax stands on the document and on none of its lines: `split` says the net alone. Left out where lines have their own. */
  readonly taxOnLines?: false;
  /** Net and tax by account id and tax code, summed over the lines. */
  readonly split: readonly {
    accountExternalId: string | null;
    /** Stands in for the id where the package names the account by its code alone. */
    accountCode?: string | null;
    taxExternalId: string | null;
    netMinor: bigint;
    taxMinor: bigint;
  }[];
  /** Paid, credited or allocated so far; left out where the package does not say. */
  readonly settledMinor?: bigint;
  /** What settled it beside payments, as the package names it; left out where it does not say. */
  readonly settledBy?: readonly SettledBy[];
  /** What is open on it there; left out where the package does not say. */
  readonly dueMinor?: bigint;
  /** Paid by payments; credited or allocated. Left out where the package does not say. */
  readonly paidMinor?: bigint;
  readonly creditedMinor?: bigint;
  /** Its payments that stand, by the package's ids; left out where it does not list them. */
  readonly payments?: readonly { readonly externalId: string; readonly paidOn: PlainDate | null; readonly amountMinor: bigint }[];
  /** The package's lines in its own order, each with its id, where it gives them: what a change of the document names. */
  readonly lines?: readonly SeenLine[];
  /** Our marker, where the package echoes it. */
  readonly url: string | null;
}

export interface SeenLine {
  readonly externalId: string;
  readonly description: string | null;
  readonly accountExternalId: string | null;
  readonly taxExternalId: string | null;
  readonly netMinor: bigint;
}
