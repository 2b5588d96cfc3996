import { Decimal } from "decimal.js";
import { lineFigures } from "#lib/common/line-figures.ts";
import type {
  OutgoingContact,
  OutgoingDocument,
  OutgoingLine,
  OutgoingProduct,
  OutgoingRecord,
  SeenDocument,
} from "#lib/common/records.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { bad, clean, date, need } from "../shared/checks.ts";
import { amount, exact } from "../shared/json.ts";
import { lineIds } from "../shared/line-ids.ts";
import { within } from "./checks.ts";
import { LARGEST_MINOR, LONGEST, MOST_DECIMALS } from "./fields.ts";
import { toAllocation, toJournal, toPayment } from "./map-money.ts";

const LARGEST = new Decimal(LARGEST_MINOR.toString()).dividedBy(100);

type Wire = Readonly<Record<string, unknown>>;

/**
 * One record as Xero is sent it: whole when it is new there, with its id when Xero holds it already.
 * @throws {SyncError} when Xero would refuse it as it stands: nothing is cut off or rounded in silence
 */
export function toXero(record: OutgoingRecord): Wire {
  switch (record.kind) {
    case "customer":
    case "supplier":
      return toContact(record);
    case "product":
      return toItem(record);
    case "sales-invoice":
    case "bill":
      return toInvoice(record);
    case "payment":
      return toPayment(record);
    case "journal":
      return toJournal(record);
    case "allocation":
      return toAllocation(record);
    case "helper":
      throw new RangeError("Xero's lines name accounts: nothing is made for them");
    default:
      return toCreditNote(record);
  }
}

/** What {@link toXero} would throw, as an answer. */
export function faultIn(record: OutgoingRecord): SyncError | null {
  try {
    toXero(record);
    return null;
  } catch (error) {
    if (error instanceof SyncError) return error;
    throw error;
  }
}

/** The contact's name as Xero holds it: no double, leading or trailing blanks. Angle brackets are refused, not dropped. */
export function contactName(name: string): string {
  return name.normalize("NFC").replace(/\s+/g, " ").trim();
}

function toContact(contact: OutgoingContact): Wire {
  const name = contactName(contact.name);
  need(name, "name");
  if (/[<>]/.test(name)) bad("name", contact.name, "Xero takes no angle brackets in a contact's name");
  clean(name, "name");
  within(name, LONGEST.contactName, "name");
  need(contact.reference, "reference");
  clean(contact.reference, "reference");
  within(contact.reference, LONGEST.contactNumber, "reference");
  if (contact.email) {
    clean(contact.email, "email");
    within(contact.email, LONGEST.email, "email");
  }
  if (contact.taxNumber) {
    clean(contact.taxNumber, "taxNumber");
    within(contact.taxNumber, LONGEST.taxNumber, "taxNumber");
  }
  return {
    ...(contact.held ? { ContactID: contact.held.externalId } : {}),
    Name: name,
    ContactNumber: contact.reference,
    // Without one of our own, what somebody wrote there stays.
    ...(contact.email ? { EmailAddress: contact.email } : {}),
    ...(contact.taxNumber ? { TaxNumber: contact.taxNumber } : {}),
  };
}

/** An untracked item: Xero advises against tracked stock where another system keeps it. */
function toItem(product: OutgoingProduct): Wire {
  need(product.reference, "reference");
  clean(product.reference, "reference");
  within(product.reference, LONGEST.itemCode, "reference");
  clean(product.name, "name");
  within(product.name, LONGEST.itemName, "name");
  const description = product.description ?? product.name;
  clean(description, "description", true);
  within(description, LONGEST.description, "description");
  return {
    ...(product.held ? { ItemID: product.held.externalId } : {}),
    Code: product.reference,
    ...(product.name === "" ? {} : { Name: product.name }),
    ...(description === "" ? {} : { Description: description }),
  };
}

function toInvoice(document: OutgoingDocument): Wire {
  const id = document.held ? { InvoiceID: document.held.externalId } : {};
  if (document.voided) return { ...id, InvoiceNumber: heldNumber(document), Status: endOf(document) };
  return {
    ...id,
    Type: document.kind === "sales-invoice" ? "ACCREC" : "ACCPAY",
    InvoiceNumber: number(document),
    ...head(document),
    DueDate: date(document.dueOn, "dueOn"),
    // Xero takes an absolute web address only, and refuses the whole document for anything else.
    ...(/^https?:\/\//.test(document.url) ? { Url: document.url } : {}),
    LineItems: lines(document),
  };
}

/** Credit notes have positive amounts, no due date and no marker of ours. */
function toCreditNote(document: OutgoingDocument): Wire {
  const id = document.held ? { CreditNoteID: document.held.externalId } : {};
  if (document.voided) return { ...id, CreditNoteNumber: heldNumber(document), Status: endOf(document) };
  return {
    ...id,
    Type: document.kind === "sales-credit-note" ? "ACCRECCREDIT" : "ACCPAYCREDIT",
    CreditNoteNumber: number(document),
    ...head(document),
    LineItems: lines(document),
  };
}

/** The document as it was read there just before it is changed. */
function beforeOf(document: OutgoingDocument): SeenDocument | null {
  return document.held?.before?.family === "document" ? document.held.before : null;
}

/** The number by which Xero holds it: a status-only change says it, so that a refusal can be told whose it is, and changes nothing by it. */
export function heldNumber(document: OutgoingDocument): string {
  return beforeOf(document)?.number ?? document.number;
}

/** How Xero ends a document: what is not approved yet is deleted, anything else is voided. Neither takes lines. */
function endOf(document: OutgoingDocument): string {
  if (!document.held) throw new SyncError("source.document-void", { value: document.number });
  const status = beforeOf(document)?.status;
  return status === "draft" || status === "submitted" ? "DELETED" : "VOIDED";
}

/** A change leaves the status as it was read: approving a draft, or taking an approval back, is a person's step there. */
function statusOf(document: OutgoingDocument): string {
  const before = beforeOf(document);
  if (before?.status === "submitted") return "SUBMITTED";
  if (before?.status === "draft") return "DRAFT";
  if (before !== null) return "AUTHORISED";
  return document.postAs === "draft" ? "DRAFT" : "AUTHORISED";
}

function head(document: OutgoingDocument): Wire {
  if (!/^[A-Z]{3}$/.test(document.currency)) bad("currency", document.currency, "not an ISO 4217 code");
  need(document.contactExternalId, "contact");
  const net = document.lines.reduce((sum, line) => sum + line.netMinor, 0n);
  const tax = document.lines.reduce((sum, line) => sum + line.taxMinor, 0n);
  if (net !== document.netMinor || tax !== document.taxMinor || net + tax !== document.grossMinor) {
    throw new SyncError("source.totals-do-not-add", { field: "grossMinor" });
  }
  if (document.grossMinor < 0n) bad("grossMinor", String(document.grossMinor), "Xero takes no negative total");
  return {
    // The id alone: any other field of the contact would change it in Xero.
    Contact: { ContactID: document.contactExternalId },
    Date: date(document.issuedOn, "issuedOn"),
    CurrencyCode: document.currency,
    Status: statusOf(document),
    LineAmountTypes: "Exclusive",
  };
}

function number(document: OutgoingDocument): string {
  need(document.number, "number");
  within(document.number, LONGEST.documentNumber, "number");
  clean(document.number, "number");
  if (document.kind.startsWith("sales") && !/^[\x20-\x7E]+$/.test(document.number)) {
    bad("number", document.number, "Xero takes plain ASCII in a sales number");
  }
  return document.number;
}

function lines(document: OutgoingDocument): readonly Wire[] {
  if (document.lines.length === 0) throw new SyncError("source.required-field", { field: "lines" });
  const ids = lineIds(document.lines, beforeOf(document)?.lines ?? []);
  return document.lines.map((line, index) => {
    const id = ids[index];
    return { ...(id === undefined || id === null ? {} : { LineItemID: id }), ...toLine(line, document.currency, index) };
  });
}

function toLine(line: OutgoingLine, currency: string, index: number): Wire {
  const at = `lines[${index}]`;
  const subject = `line ${index + 1}`;
  const description = line.description.trim() || line.productReference || "";
  need(description, `${at}.description`, subject);
  clean(description, `${at}.description`, true);
  within(description, LONGEST.description, `${at}.description`, subject);
  need(line.target.account.externalId, `${at}.accountCode`, subject);
  need(line.tax.externalId, `${at}.taxCode`, subject);
  const quantity = plainDecimal(line.quantity, `${at}.quantity`, subject);
  plainDecimal(line.unitPrice, `${at}.unitPrice`, subject);
  const net = new Decimal(line.netMinor.toString());
  if (net.abs().greaterThan(LARGEST.times(100)))
    bad(`${at}.netMinor`, net.toFixed(), `Xero's largest amount is ${LARGEST.toFixed()}`, subject);
  // Xero refuses three figures that disagree, takes discounts on sales invoices alone, and puts the item's own price where a line has none.
  // So a line whose net is not quantity times price (a discount in it) goes with the price that its quantity and net come to, which is what
  // Xero would reckon of the two; where no price of four decimals does, as one of its net.
  // More than four decimals of a price come back from Xero as "Account must be valid."; such a line goes by its net too.
  const figures = lineFigures(line, currency);
  if (quantity.decimalPlaces() <= MOST_DECIMALS && quantity.toFixed().length > LONGEST.quantity)
    bad(`${at}.quantity`, line.quantity, `Xero keeps ${LONGEST.quantity} characters of a quantity`, subject);
  return {
    Description: description,
    Quantity: figures.say === "amount" ? exact("1") : exact(line.quantity),
    UnitAmount:
      figures.say === "amount"
        ? amount(line.netMinor, currency)
        : exact(figures.say === "price" ? line.unitPrice : figures.price),
    LineAmount: amount(line.netMinor, currency),
    TaxAmount: amount(line.taxMinor, currency),
    // The id, since an account need not have a code.
    AccountID: line.target.account.externalId,
    TaxType: line.tax.externalId,
    ...(line.productReference ? { ItemCode: line.productReference } : {}),
  };
}

function plainDecimal(value: string, field: string, subject: string): Decimal {
  if (!/^[+-]?\d+(\.\d+)?$/.test(value)) bad(field, value, "not a plain decimal number", subject);
  return new Decimal(value);
}
