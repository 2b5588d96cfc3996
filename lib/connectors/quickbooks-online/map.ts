import { Decimal } from "decimal.js";
import { lineFigures } from "#lib/common/line-figures.ts";
import { minorToDecimal } from "#lib/common/money.ts";
import type { OutgoingContact, OutgoingDocument, OutgoingHelper, OutgoingLine, OutgoingRecord } from "#lib/common/records.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { bad, clean, date, need, withinOf } from "../shared/checks.ts";
import { amount, exact } from "../shared/json.ts";
import { lineIds } from "../shared/line-ids.ts";
import { LONGEST, QUICKBOOKS_FIELDS } from "./fields.ts";
import { toJournal, toPayment } from "./map-money.ts";
import { contactMark, contactName, itemName } from "./marks.ts";
import { documentTax, lineTax, modelOf } from "./tax.ts";
import { isSales, ref } from "./wire.ts";

type Wire = Readonly<Record<string, unknown>>;

const within = withinOf("QuickBooks Online");

/**
 * One record as they are sent it, without the id and version that a change names.
 * @throws {SyncError} when they would refuse it as it stands: nothing is cut off or rounded in silence
 */
export function toWire(record: OutgoingRecord): Wire {
  switch (record.kind) {
    case "customer":
    case "supplier":
      return toContact(record);
    case "helper":
      return toItem(record);
    case "payment":
      return toPayment(record);
    case "journal":
      return toJournal(record);
    case "product":
    case "allocation":
      throw new RangeError(`QuickBooks Online is sent no ${record.kind}`);
    default:
      return toDocument(record);
  }
}

/** What {@link toWire} would throw, as an answer. */
export function faultIn(record: OutgoingRecord): SyncError | null {
  try {
    toWire(record);
    return null;
  } catch (error) {
    if (error instanceof SyncError) return error;
    throw error;
  }
}

/** A customer or supplier. A change leaves the note alone: people write there too. */
function toContact(contact: OutgoingContact): Wire {
  const name = contactName(contact.name);
  need(name, "name");
  if (name.includes(":")) bad("name", contact.name, "QuickBooks Online takes no colon in a name");
  clean(name, "name");
  within(name, LONGEST.contactName, "name");
  need(contact.reference, "reference");
  clean(contact.reference, "reference");
  within(contact.reference, LONGEST.reference, "reference");
  if (/[[\]]/.test(contact.reference))
    bad("reference", contact.reference, "Square brackets would hide it in the note that QuickBooks Online keeps it in");
  if (contact.email) {
    clean(contact.email, "email");
    within(contact.email, LONGEST.email, "email");
  }
  return {
    DisplayName: name,
    ...(contact.held ? {} : { Notes: contactMark(contact.reference) }),
    // Without one of our own, what somebody wrote there stays.
    ...(contact.email ? { PrimaryEmailAddr: { Address: contact.email } } : {}),
  };
}

/** What sales lines to one account name: a service, since we count no stock there. */
function toItem(helper: OutgoingHelper): Wire {
  const name = itemName(helper.reference);
  need(name, "name");
  clean(name, "name");
  within(name, LONGEST.itemName, "name", "The item made for an account");
  need(helper.accountExternalId, "account");
  return { Name: name, Type: "Service", IncomeAccountRef: ref(helper.accountExternalId) };
}

function toDocument(document: OutgoingDocument): Wire {
  if (document.voided) {
    if (!document.held) throw new SyncError("source.document-void", { value: document.number });
    return {};
  }
  const party = isSales(document.kind) ? "CustomerRef" : "VendorRef";
  const isInvoice = document.kind === "sales-invoice";
  checkTotals(document);
  return {
    DocNumber: numberOf(document),
    TxnDate: date(document.issuedOn, "issuedOn"),
    ...(isInvoice || document.kind === "bill" ? { DueDate: date(document.dueOn, "dueOn") } : {}),
    [party]: ref(document.contactExternalId),
    CurrencyRef: ref(document.currency),
    ...(document.held ? {} : whenMade(document)),
    ...documentTax(document),
    Line: lines(document),
  };
}

/** What is said once, when it is made: a change leaves alone what people wrote and set there since. */
function whenMade(document: OutgoingDocument): Wire {
  return {
    PrivateNote: document.url,
    // Nothing is sent to the customer, and no button to pay is added, because we posted it.
    ...(isSales(document.kind) ? { EmailStatus: "NotSet", PrintStatus: "NotSet" } : {}),
    ...(document.kind === "sales-invoice" ? { AllowOnlineACHPayment: false, AllowOnlineCreditCardPayment: false } : {}),
  };
}

function checkTotals(document: OutgoingDocument): void {
  if (!/^[A-Z]{3}$/.test(document.currency)) bad("currency", document.currency, "not an ISO 4217 code");
  need(document.contactExternalId, "contact");
  // Packages of other kinds keep drafts; here what is sent is posted.
  if (document.postAs === "draft")
    throw new SyncError("package.refused", { field: "postAs", said: ["QuickBooks Online keeps no drafts"] });
  const net = document.lines.reduce((sum, line) => sum + line.netMinor, 0n);
  const tax = document.lines.reduce((sum, line) => sum + line.taxMinor, 0n);
  if (net !== document.netMinor || tax !== document.taxMinor || net + tax !== document.grossMinor)
    throw new SyncError("source.totals-do-not-add", { field: "grossMinor" });
  if (document.grossMinor < 0n)
    bad("grossMinor", minorToDecimal(document.grossMinor, document.currency), "QuickBooks Online takes no negative total");
  const model = modelOf(document);
  const said = minorToDecimal(document.taxMinor, document.currency);
  if (model === "none" && document.taxMinor !== 0n)
    bad("taxMinor", said, "Sales tax or VAT is not set up in this company of QuickBooks Online");
  if (model === "us" && !isSales(document.kind) && document.taxMinor !== 0n)
    bad("taxMinor", said, "A bill in the United States carries no sales tax: it belongs into the amounts of its lines");
}

function numberOf(document: OutgoingDocument): string {
  need(document.number, "number");
  clean(document.number, "number");
  within(document.number, LONGEST.documentNumber, "number");
  return document.number;
}

function lines(document: OutgoingDocument): readonly Wire[] {
  if (document.lines.length === 0) throw new SyncError("source.required-field", { field: "lines" });
  const before = document.held?.before?.family === "document" ? (document.held.before.lines ?? []) : [];
  const ids = lineIds(document.lines, before);
  return document.lines.map((line, index) => {
    const id = ids[index] ?? null;
    return { ...(id === null ? {} : { Id: id }), ...toLine(line, document, index) };
  });
}

function toLine(line: OutgoingLine, document: OutgoingDocument, index: number): Wire {
  const at = `lines[${index}]`;
  const subject = `line ${index + 1}`;
  const description = line.description.trim() || line.productReference || "";
  need(description, `${at}.description`, subject);
  clean(description, `${at}.description`, true);
  within(description, LONGEST.description, `${at}.description`, subject);
  need(line.target.account.externalId, `${at}.accountCode`, subject);
  need(line.tax.externalId, `${at}.taxCode`, subject);
  plainDecimal(line.quantity, `${at}.quantity`, subject);
  plainDecimal(line.unitPrice, `${at}.unitPrice`, subject);
  const largest = QUICKBOOKS_FIELDS.lines?.largestMinor ?? 0n;
  const said = minorToDecimal(line.netMinor, document.currency);
  if (line.netMinor > largest || -line.netMinor > largest) bad(`${at}.netMinor`, said, "a larger amount than it keeps", subject);
  const own = { Amount: amount(line.netMinor, document.currency), Description: description };
  if (!isSales(document.kind)) {
    return {
      DetailType: "AccountBasedExpenseLineDetail",
      ...own,
      AccountBasedExpenseLineDetail: { AccountRef: ref(line.target.account.externalId), ...lineTax(line.tax) },
    };
  }
  const item = line.target.item?.externalId ?? "";
  if (item === "") throw new SyncError("source.dependency-missing", { field: "helper", subject: `Item of ${subject}` });
  return {
    DetailType: "SalesItemLineDetail",
    ...own,
    SalesItemLineDetail: { ItemRef: ref(item), ...figures(line, document.currency), ...lineTax(line.tax) },
  };
}

/** Quantity and price where they make the very amount: any other pair is refused, so such a line is one of its amount. */
function figures(line: OutgoingLine, currency: string): Wire {
  const said = minorToDecimal(line.netMinor, currency);
  const how = lineFigures(line, currency);
  const price = how.say === "price" ? line.unitPrice : how.say === "quantity" ? how.price : null;
  const isExact =
    price !== null &&
    line.quantity.length <= LONGEST.quantity &&
    new Decimal(line.quantity).times(price).equals(new Decimal(said));
  return isExact && price !== null
    ? { Qty: exact(line.quantity), UnitPrice: exact(price) }
    : { Qty: exact("1"), UnitPrice: amount(line.netMinor, currency) };
}

function plainDecimal(value: string, field: string, subject: string): void {
  if (!/^[+-]?\d+(\.\d+)?$/.test(value)) bad(field, value, "not a plain decimal number", subject);
}
