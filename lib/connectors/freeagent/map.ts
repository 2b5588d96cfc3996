import { Decimal } from "decimal.js";
import { lineFigures } from "#lib/common/line-figures.ts";
import { minorToDecimal } from "#lib/common/money.ts";
import type { OutgoingContact, OutgoingDocument, OutgoingLine, OutgoingRecord, SeenLine } from "#lib/common/records.ts";
import { isCreditNote } from "#lib/common/records.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { bad, clean, date, need, withinOf } from "../shared/checks.ts";
import { lineIds } from "../shared/line-ids.ts";
import { addressOf, BILLS, resourceOf, tailOf } from "./address.ts";
import { LARGEST_MINOR, LONGEST, MOST_BILL_LINES, MOST_DECIMALS } from "./fields.ts";
import { toAllocation, toJournal, toPayment } from "./map-money.ts";
import { documentTax, lineTax, manualTax } from "./tax.ts";

export type Wire = Readonly<Record<string, unknown>>;

/** Where a body's addresses begin, and the company's own currency: tax can be set on a bill in that one alone. */
export interface Company {
  readonly apiUrl: string;
  readonly baseCurrency: string;
}

const within = withinOf("FreeAgent");

/**
 * One record as FreeAgent is sent it, without its root.
 * @throws {SyncError} when FreeAgent would refuse it as it stands: nothing is cut off or rounded in silence
 */
export function toFreeAgent(record: OutgoingRecord, company: Company): Wire {
  switch (record.kind) {
    case "customer":
    case "supplier":
      return toContact(record);
    case "payment":
      return toPayment(record, company);
    case "journal":
      return toJournal(record, company);
    case "allocation":
      return toAllocation(record, company);
    case "product":
    case "helper":
      throw new RangeError(`FreeAgent is sent no ${record.kind}`);
    default:
      return toDocument(record, company);
  }
}

/** What {@link toFreeAgent} would throw, as an answer. */
export function faultIn(record: OutgoingRecord): SyncError | null {
  try {
    // What stands on the company alone is for `push` to say.
    toFreeAgent(record, { apiUrl: "", baseCurrency: "currency" in record ? record.currency : "" });
    return null;
  } catch (error) {
    if (error instanceof SyncError) return error;
    throw error;
  }
}

/** The contact's name as it is sent: no double, leading or trailing blanks. */
const contactName = (name: string): string => name.normalize("NFC").replace(/\s+/g, " ").trim();

/** FreeAgent has one list for customers and suppliers, and no place for our reference. */
function toContact(contact: OutgoingContact): Wire {
  const name = contactName(contact.name);
  need(name, "name");
  clean(name, "name");
  within(name, LONGEST.line, "name");
  if (contact.email) {
    clean(contact.email, "email");
    within(contact.email, LONGEST.line, "email");
  }
  if (contact.taxNumber) {
    clean(contact.taxNumber, "taxNumber");
    within(contact.taxNumber, LONGEST.line, "taxNumber");
  }
  return {
    organisation_name: name,
    // Without one of our own, what somebody wrote there stays.
    ...(contact.email ? { email: contact.email } : {}),
    ...(contact.taxNumber ? { sales_tax_registration_number: contact.taxNumber } : {}),
  };
}

const DAY_MS = 86_400_000;

/** Days from the document's date to its due date. */
function termsOf({ issuedOn, dueOn }: OutgoingDocument): number {
  const days = (Date.parse(date(dueOn, "dueOn")) - Date.parse(date(issuedOn, "issuedOn"))) / DAY_MS;
  if (days < 0) bad("dueOn", dueOn, "FreeAgent takes no due date before the document's own date");
  return days;
}

function toDocument(document: OutgoingDocument, company: Company): Wire {
  if (document.voided) {
    // It is taken away there by its address alone.
    if (!document.held) throw new SyncError("source.document-void", { value: document.number });
    return {};
  }
  need(document.number, "number");
  clean(document.number, "number");
  within(document.number, LONGEST.line, "number");
  if (!/^[A-Z]{3}$/.test(document.currency)) bad("currency", document.currency, "not an ISO 4217 code");
  need(document.contactExternalId, "contact");
  const terms = termsOf(document);
  const sum = (of: (line: OutgoingLine) => bigint) => document.lines.reduce((total, line) => total + of(line), 0n);
  const [net, tax] = [sum((line) => line.netMinor), sum((line) => line.taxMinor)];
  if (net !== document.netMinor || tax !== document.taxMinor || net + tax !== document.grossMinor)
    throw new SyncError("source.totals-do-not-add", { field: "grossMinor" });
  if (document.grossMinor < 0n) bad("grossMinor", String(document.grossMinor), "FreeAgent takes no negative total");
  if (document.lines.length === 0) throw new SyncError("source.required-field", { field: "lines" });
  const isBill = resourceOf(document.kind) === BILLS;
  if (isBill && document.lines.length > MOST_BILL_LINES)
    bad("lines", String(document.lines.length), `FreeAgent takes ${MOST_BILL_LINES} lines on a bill`);
  if (isBill && document.postAs === "draft")
    bad("postAs", "draft", "FreeAgent has no drafts of bills: a bill counts in the accounts as soon as it is there");
  return {
    contact: addressOf(company.apiUrl, document.contactExternalId),
    reference: document.number,
    dated_on: document.issuedOn,
    due_on: document.dueOn,
    ...(isBill ? {} : { payment_terms_in_days: terms }),
    currency: document.currency,
    ...documentTax(document),
    [resourceOf(document.kind).items ?? ""]: itemsOf(document, company),
  };
}

/** Our lines as FreeAgent's: those that it holds by their ids, and those that are no longer ours taken away. */
function itemsOf(document: OutgoingDocument, company: Company): readonly Wire[] {
  const before = document.held?.before;
  const theirs: readonly SeenLine[] = before?.family === "document" ? (before.lines ?? []) : [];
  const ids = lineIds(document.lines, theirs);
  const isBill = resourceOf(document.kind) === BILLS;
  const named = (id: string | null): Wire => {
    // A bill's line is named by its address, and one that is new by a blank; an invoice's by its number.
    if (isBill) return document.held ? { url: id === null ? "" : addressOf(company.apiUrl, id) } : {};
    return id === null ? {} : { id: Number(tailOf(id)) };
  };
  const gone = theirs.filter(({ externalId }) => !ids.includes(externalId));
  return [
    ...document.lines.map((line, index) => ({
      ...named(ids[index] ?? null),
      ...(isBill ? toBillItem(document, line, index, company) : toSalesItem(document, line, index, company)),
    })),
    ...gone.map(({ externalId }) => ({ ...named(externalId), _destroy: 1 })),
  ];
}

/** What every line says, held against what FreeAgent takes. */
function checked(document: OutgoingDocument, line: OutgoingLine, index: number) {
  const at = `lines[${index}]`;
  const subject = `line ${index + 1}`;
  const description = line.description.trim() || line.productReference || "";
  need(description, `${at}.description`, subject);
  clean(description, `${at}.description`, true);
  within(description, LONGEST.text, `${at}.description`, subject);
  need(line.target.account.externalId, `${at}.accountCode`, subject);
  for (const figure of ["quantity", "unitPrice"] as const)
    if (!/^[+-]?\d+(\.\d+)?$/.test(line[figure])) bad(`${at}.${figure}`, line[figure], "not a plain decimal number", subject);
  const quantity = new Decimal(line.quantity);
  if (quantity.decimalPlaces() <= MOST_DECIMALS && quantity.toFixed().length > LONGEST.quantity)
    bad(`${at}.quantity`, line.quantity, `${LONGEST.quantity} characters at most`, subject);
  if (line.netMinor > LARGEST_MINOR || line.netMinor < -LARGEST_MINOR)
    bad(`${at}.netMinor`, String(line.netMinor), "larger than FreeAgent is sent", subject);
  return { description, ...lineTax(document, line, index) };
}

/**
 * A line of an invoice or a sales credit note. Its net is quantity times price, rounded there to a penny; the tax on it is
 * reckoned there and cannot be set. A credit note's prices are negative.
 */
function toSalesItem(document: OutgoingDocument, line: OutgoingLine, index: number, { apiUrl }: Company): Wire {
  const { description, ...tax } = checked(document, line, index);
  const figures = lineFigures(line, document.currency);
  const quantity = figures.say === "amount" ? "1" : line.quantity;
  const price =
    figures.say === "amount"
      ? minorToDecimal(line.netMinor, document.currency)
      : figures.say === "price"
        ? line.unitPrice
        : figures.price;
  return {
    position: index + 1,
    description,
    quantity: new Decimal(quantity).toFixed(),
    price: signed(new Decimal(price), document).toFixed(),
    ...tax,
    category: addressOf(apiUrl, line.target.account.externalId),
  };
}

/** A line of a bill is sent by its gross; its tax is set where FreeAgent would reckon another, in the company's own currency alone. */
function toBillItem(document: OutgoingDocument, line: OutgoingLine, index: number, { apiUrl, baseCurrency }: Company): Wire {
  const { description, ...tax } = checked(document, line, index);
  const { currency } = document;
  const manual = currency === baseCurrency ? manualTax(line, tax.sales_tax_rate, currency) : null;
  const money = (minor: bigint) => signed(new Decimal(minorToDecimal(minor, currency)), document).toFixed();
  return {
    description,
    total_value: money(line.netMinor + line.taxMinor),
    ...tax,
    ...(manual === null ? {} : { manual_sales_tax_amount: money(manual) }),
    category: addressOf(apiUrl, line.target.account.externalId),
  };
}

const signed = (amount: Decimal, { kind }: OutgoingDocument): Decimal => (isCreditNote(kind) ? amount.negated() : amount);
