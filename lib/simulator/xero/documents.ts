import { randomUUID } from "node:crypto";
import { today } from "#lib/simulator/core/dates.ts";
import { amount, minor, parseDecimal, round, trimDecimal } from "#lib/simulator/core/decimal.ts";
import { fold } from "#lib/simulator/core/ids.ts";
import { attachmentsOf } from "#lib/simulator/xero/attachments.ts";
import { contactFor, markTrading, wireContact } from "#lib/simulator/xero/contacts.ts";
import {
  booleanOf,
  dateOf,
  decimalOf,
  ElementRefused,
  listOf,
  lockMessages,
  objectOf,
  refuse,
  textOf,
  type WriteContext,
  type Written,
  wordOf,
} from "#lib/simulator/xero/element.ts";
import { type LineAmountTypes, type Lines, readLines, wireLines } from "#lib/simulator/xero/lines.ts";
import { type Listing, listed } from "#lib/simulator/xero/listing.ts";
import type { Contact, Document, DocumentKind, Line, Payment } from "#lib/simulator/xero/records.ts";
import type { Tenant } from "#lib/simulator/xero/tenant.ts";
import { plain } from "#lib/simulator/xero/where.ts";
import { day, dayString, moment, num, Stable, type Wire, type WireObject } from "#lib/simulator/xero/wire.ts";

type Shape = { idName: string; numberName: string; types: readonly string[]; words: string; mustBeUnique: string };

const SHAPES: Record<"invoice" | "credit-note", Shape> = {
  invoice: {
    idName: "InvoiceID",
    numberName: "InvoiceNumber",
    types: ["ACCREC", "ACCPAY"],
    words: "Invoice",
    mustBeUnique: "Invoice # must be unique.",
  },
  "credit-note": {
    idName: "CreditNoteID",
    numberName: "CreditNoteNumber",
    types: ["ACCRECCREDIT", "ACCPAYCREDIT"],
    words: "Credit note",
    mustBeUnique: "Credit Note # must be unique.",
  },
};

const STATUSES = ["DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED"];
const NOT_MODIFIABLE = (kind: string) => `${kind} not of valid status for modification`;
const HAS_PAYMENTS = "This document cannot be edited as it has a payment or credit note allocated to it.";

/** Some day's rates against the pound, for when a call gives none. */
const DAY_RATES: Record<string, string> = { GBP: "1", EUR: "1.170000", USD: "1.310000" };

export const isSales = (type: string) => type.startsWith("ACCREC") || type.startsWith("RECEIVE");

/** What is still owed on an invoice, or left of a credit note, over- or prepayment, in hundredths. */
export function dueOf(document: Document): bigint {
  return minor(document.total) - minor(document.paid) - minor(document.credited);
}

const touched = (document: Document) => minor(document.paid) !== 0n || minor(document.credited) !== 0n;

export const isGone = (status: string) => status === "VOIDED" || status === "DELETED";

/** Creates or changes an invoice or a credit note. @throws {ElementRefused} {PostDataInvalid} */
export function writeDocument(
  kind: "invoice" | "credit-note",
  context: WriteContext,
  sent: WireObject,
  pathId?: string,
): Written {
  const old = context.createOnly ? undefined : findExisting(kind, context.tenant, sent, pathId);
  return old === undefined ? createDocument(kind, context, sent) : changeDocument(kind, context, sent, old);
}

function findExisting(
  kind: "invoice" | "credit-note",
  tenant: Tenant,
  sent: WireObject,
  pathId: string | undefined,
): Document | undefined {
  const shape = SHAPES[kind];
  const collection = tenant.documents(kind);
  const id = pathId ?? textOf(sent, shape.idName) ?? null;
  if (id !== null && id !== "") {
    const found = collection.get(id.toLowerCase()) ?? (pathId === undefined ? undefined : findByNumber(tenant, kind, pathId));
    if (found === undefined) {
      refuse(
        kind === "credit-note"
          ? "An existing Credit Note with the specified CreditNoteID could not be found"
          : "The document with the supplied id was not found for this endpoint.",
      );
    }
    return found;
  }
  const number = textOf(sent, shape.numberName);
  if (!number || textOf(sent, "Type") === shape.types[1]) return undefined;
  return collection.find("number", fold(number)).find((one) => one.type === shape.types[0] && !isGone(one.status));
}

/** By number: a live document before a voided one, the latest before an earlier one. */
export function findByNumber(tenant: Tenant, kind: DocumentKind, number: string): Document | undefined {
  const found = tenant.documents(kind).find("number", fold(number));
  return found.findLast((one) => !isGone(one.status)) ?? found.at(-1);
}

function numberTaken(tenant: Tenant, kind: "invoice" | "credit-note", type: string, number: string, except?: string): boolean {
  if (!isSales(type)) return false;
  if (kind === "credit-note" && !tenant.settings.creditNoteNumbersUnique) return false;
  return tenant
    .documents(kind)
    .find("number", fold(number))
    .some((one) => one.type === type && one.id !== except && !isGone(one.status));
}

function typesOf(sent: WireObject): LineAmountTypes | undefined {
  const word = wordOf(sent, "LineAmountTypes", ["Exclusive", "Inclusive", "NoTax"], "LineAmountType");
  return word === "Exclusive" || word === "Inclusive" || word === "NoTax" ? word : undefined;
}

function rateOf(context: WriteContext, sent: WireObject, currency: string, old?: Document): string {
  const given = decimalOf(sent, "CurrencyRate");
  const value = given === undefined ? null : parseDecimal(given);
  if (currency === context.tenant.info.currency) return "1";
  if (value !== null && value.units > 0n) return trimDecimal(round(value, 6), 6);
  return old?.currency === currency ? old.rate : (DAY_RATES[currency] ?? "1.000000");
}

/** The currency of a new document. @throws {ElementRefused} for one that the organisation does not have */
export function currencyOf(context: WriteContext, sent: WireObject, fallback: string | null, errors: string[]): string {
  const currency = (textOf(sent, "CurrencyCode") || fallback || context.tenant.info.currency).toUpperCase();
  if (!context.tenant.info.currencies.includes(currency))
    errors.push(`Users Organisation is not subscribed to currency ${currency}`);
  return currency;
}

/** Runs a check and keeps what it refuses, so that an element shows every fault at once. */
function gather<Result>(errors: string[], lineErrors: Map<number, string[]>, run: () => Result): Result | undefined {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof ElementRefused)) throw error;
    errors.push(...error.messages);
    for (const [position, messages] of error.lines) lineErrors.set(position, messages);
    return undefined;
  }
}

function checkNumber(number: string, words: string, errors: string[]): void {
  if (number.length > 255) errors.push(`${words} Number must be 255 characters or fewer`);
}

function createDocument(kind: "invoice" | "credit-note", context: WriteContext, sent: WireObject): Written {
  const { tenant, now } = context;
  const shape = SHAPES[kind];
  const errors: string[] = [];
  const lineErrors = new Map<number, string[]>();
  const type = wordOf(sent, "Type", shape.types, "InvoiceType");
  if (type === undefined) throw new ElementRefused([`A ${shape.words} Type must be specified`]);
  const status = wordOf(sent, "Status", STATUSES, "InvoiceStatus") ?? "DRAFT";
  if (!["DRAFT", "SUBMITTED", "AUTHORISED"].includes(status))
    throw new ElementRefused([`${shape.words} not of valid status for creation`]);
  const sales = isSales(type);
  const approved = status === "AUTHORISED";
  const party = gather(errors, lineErrors, () => contactFor(context, objectOf(sent, "Contact")));
  const date = dateOf(sent, "Date") ?? today(now);
  const dueDate = dateOf(sent, "DueDate") ?? null;
  if (kind === "invoice" && approved && dueDate === null) errors.push("Due date cannot be empty.");
  if (approved) errors.push(...lockMessages(tenant, date, context.adviser));
  const currency = currencyOf(context, sent, party?.contact.currency ?? null, errors);
  const lineAmountTypes = typesOf(sent) ?? "Exclusive";
  const sentLines = listOf(sent, "LineItems") ?? [];
  if (sentLines.length === 0) errors.push("One or more line items must be specified");
  const read = gather(errors, lineErrors, () =>
    readLines(context, sentLines, {
      lineAmountTypes,
      side: sales ? "sales" : "purchases",
      approved: status !== "DRAFT",
      discounts: kind === "invoice" && sales,
      old: [],
    }),
  );
  if (read !== undefined && read.total < 0n) errors.push("The Total for this document must be greater than or equal to zero.");
  let number = textOf(sent, shape.numberName) ?? "";
  checkNumber(number, shape.words, errors);
  if (number !== "" && numberTaken(tenant, kind, type, number)) errors.push(shape.mustBeUnique);
  if (errors.length > 0 || party === undefined || read === undefined) throw new ElementRefused([...new Set(errors)], lineErrors);
  if (number === "" && sales)
    number = tenant.nextNumber(kind === "invoice" ? "INV" : "CN", (one) => numberTaken(tenant, kind, type, one));
  party.commit();
  const document: Document = {
    id: randomUUID(),
    updatedAt: now,
    kind,
    type,
    number: number === "" ? null : number,
    reference: sales || kind === "credit-note" ? (textOf(sent, "Reference") ?? null) : null,
    contactId: party.contact.id,
    date,
    dueDate: kind === "invoice" ? dueDate : null,
    lineAmountTypes,
    currency,
    rate: rateOf(context, sent, currency),
    status,
    lines: read.lines,
    subTotal: amount(read.subTotal),
    totalTax: amount(read.totalTax),
    total: amount(read.total),
    paid: "0.00",
    credited: "0.00",
    fullyPaidOn: null,
    url: textOf(sent, "Url") ?? null,
    sentToContact: booleanOf(sent, "SentToContact") ?? false,
    brandingThemeId: textOf(sent, "BrandingThemeID") ?? null,
    plannedPaymentDate: sales ? null : (dateOf(sent, "PlannedPaymentDate") ?? null),
    expectedPaymentDate: sales ? (dateOf(sent, "ExpectedPaymentDate") ?? null) : null,
    app: context.app,
    createdAt: now,
  };
  const stored = tenant.documents(kind).put(settled(document, date));
  markTrading(tenant, party.contact.id, sales ? "sales" : "purchases");
  const warnings = [...read.warnings];
  if (document.sentToContact && status !== "AUTHORISED")
    warnings.push("Only AUTHORISED invoices may have SentToContact updated.");
  return { wire: wireDocument(context, stored, true), warnings, ids: [stored.id] };
}

/** Approved and nothing owed is PAID; PAID and something owed again is AUTHORISED. */
export function settled(document: Document, on: string): Document {
  if (document.status === "AUTHORISED" && dueOf(document) === 0n) return { ...document, status: "PAID", fullyPaidOn: on };
  if (document.status === "PAID" && dueOf(document) !== 0n) return { ...document, status: "AUTHORISED", fullyPaidOn: null };
  return document;
}

const NEXT: Record<string, readonly string[]> = {
  DRAFT: ["DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"],
  SUBMITTED: ["SUBMITTED", "DRAFT", "AUTHORISED", "DELETED"],
  AUTHORISED: ["AUTHORISED", "VOIDED"],
  PAID: ["PAID"],
  VOIDED: [],
  DELETED: [],
};

function changeDocument(kind: "invoice" | "credit-note", context: WriteContext, sent: WireObject, old: Document): Written {
  const { tenant, now } = context;
  const shape = SHAPES[kind];
  const type = wordOf(sent, "Type", shape.types, "InvoiceType");
  if (type !== undefined && type !== old.type) refuse(NOT_MODIFIABLE(shape.words));
  const status = wordOf(sent, "Status", STATUSES, "InvoiceStatus") ?? old.status;
  const part = touched(old);
  if (part && old.status === "PAID" && status === "AUTHORISED") {
    refuse("The status AUTHORISED cannot be applied to the invoice because it has payments or credit notes allocated to it.");
  }
  if (!(NEXT[old.status] ?? []).includes(status)) refuse(NOT_MODIFIABLE(shape.words), ...(part ? [HAS_PAYMENTS] : []));
  if (part && isGone(status)) refuse(NOT_MODIFIABLE(shape.words), HAS_PAYMENTS);

  const errors: string[] = [];
  const lineErrors = new Map<number, string[]>();
  const date = dateOf(sent, "Date") ?? old.date;
  const posted = old.status === "AUTHORISED" || old.status === "PAID";
  if (posted) errors.push(...lockMessages(tenant, old.date, context.adviser));
  if (status === "AUTHORISED" && (!posted || date !== old.date)) errors.push(...lockMessages(tenant, date, context.adviser));
  const sales = isSales(old.type);
  const contact = objectOf(sent, "Contact");
  const party = contact === undefined ? undefined : gather(errors, lineErrors, () => contactFor(context, contact));
  const given = dateOf(sent, "DueDate");
  const dueDate = kind === "invoice" ? (given === undefined ? old.dueDate : given) : null;
  if (kind === "invoice" && status === "AUTHORISED" && dueDate === null) errors.push("Due date cannot be empty.");
  const number = textOf(sent, shape.numberName) ?? old.number;
  if (number !== null) checkNumber(number, shape.words, errors);
  if (number !== null && number !== old.number && numberTaken(tenant, kind, old.type, number, old.id))
    errors.push(shape.mustBeUnique);
  let currency = old.currency;
  if (textOf(sent, "CurrencyCode")) {
    const wanted = currencyOf(context, sent, null, errors);
    if (wanted !== old.currency && (posted || part)) errors.push("The currency of this document cannot be changed");
    currency = wanted;
  }
  const lineAmountTypes = typesOf(sent) ?? old.lineAmountTypes;
  let read: Lines | undefined;
  const sentLines = listOf(sent, "LineItems");
  if (sentLines !== undefined && sentLines.length > 0) {
    read = gather(errors, lineErrors, () =>
      readLines(context, sentLines, {
        lineAmountTypes,
        side: sales ? "sales" : "purchases",
        approved: status !== "DRAFT",
        discounts: kind === "invoice" && sales,
        old: old.lines,
      }),
    );
    if (read !== undefined && read.total < 0n) errors.push("The Total for this document must be greater than or equal to zero.");
  } else if (status === "AUTHORISED" && old.lines.some((line) => line.accountId === null && line.unit !== null)) {
    errors.push("Account code or ID must be specified");
  }
  if (part) {
    if (date !== old.date) errors.push("Date cannot be changed on an invoice that has payment or credit notes allocated to it.");
    const amounts = (lines: readonly Line[]) =>
      JSON.stringify(lines.map((line) => [line.quantity, line.unit, line.amount, line.tax, line.taxType]));
    if (lineAmountTypes !== old.lineAmountTypes || (read !== undefined && amounts(read.lines) !== amounts(old.lines))) {
      errors.push(NOT_MODIFIABLE(shape.words), HAS_PAYMENTS);
    }
    if (party !== undefined && party.contact.id !== old.contactId && minor(old.credited) !== 0n) errors.push(HAS_PAYMENTS);
  }
  if (errors.length > 0 || (contact !== undefined && party === undefined))
    throw new ElementRefused([...new Set(errors)], lineErrors);
  party?.commit();
  const keep = (name: string, before: string | null) => {
    const value = textOf(sent, name);
    return value === undefined ? before : value;
  };
  const changed: Document = {
    ...old,
    number: number === "" ? null : number,
    reference: sales || kind === "credit-note" ? keep("Reference", old.reference) : null,
    contactId: party?.contact.id ?? old.contactId,
    date,
    dueDate,
    lineAmountTypes,
    currency,
    rate: rateOf(context, sent, currency, old),
    status,
    lines: read?.lines ?? old.lines,
    subTotal: read === undefined ? old.subTotal : amount(read.subTotal),
    totalTax: read === undefined ? old.totalTax : amount(read.totalTax),
    total: read === undefined ? old.total : amount(read.total),
    url: keep("Url", old.url),
    sentToContact:
      status === "AUTHORISED" || status === "PAID" ? (booleanOf(sent, "SentToContact") ?? old.sentToContact) : old.sentToContact,
    brandingThemeId: keep("BrandingThemeID", old.brandingThemeId),
    plannedPaymentDate: sales ? null : (dateOf(sent, "PlannedPaymentDate") ?? old.plannedPaymentDate),
    expectedPaymentDate: sales ? (dateOf(sent, "ExpectedPaymentDate") ?? old.expectedPaymentDate) : null,
  };
  // On a part-paid document Xero does not move the modification date for a new due date or sent flag alone.
  const quiet =
    part && JSON.stringify({ ...changed, dueDate: old.dueDate, sentToContact: old.sentToContact }) === JSON.stringify(old);
  const stored = tenant.documents(kind).put(settled({ ...changed, updatedAt: quiet ? old.updatedAt : now }, date));
  return { wire: wireDocument(context, stored, true), warnings: read?.warnings ?? [], ids: [stored.id] };
}

/** Takes money or credit on or off a document, by a payment or an allocation. */
export function settle(
  tenant: Tenant,
  document: Document,
  change: { paid?: bigint; credited?: bigint },
  date: string,
  now: number,
): Document {
  return tenant.documents(document.kind).put(
    settled(
      {
        ...document,
        updatedAt: now,
        paid: amount(minor(document.paid) + (change.paid ?? 0n)),
        credited: amount(minor(document.credited) + (change.credited ?? 0n)),
      },
      date,
    ),
  );
}

const PLURALS: Record<DocumentKind, string> = {
  invoice: "Invoices",
  "credit-note": "CreditNotes",
  overpayment: "Overpayments",
  prepayment: "Prepayments",
};
export const ID_NAMES: Record<DocumentKind, string> = {
  invoice: "InvoiceID",
  "credit-note": "CreditNoteID",
  overpayment: "OverpaymentID",
  prepayment: "PrepaymentID",
};

function paymentsOn(tenant: Tenant, document: Document): Payment[] {
  return tenant.payments.find("document", document.id).filter((payment) => payment.status === "AUTHORISED");
}

/** What an allocation took from `document` (a credit note, over- or prepayment), as the document lists it. */
function wireAllocation(
  tenant: Tenant,
  allocation: { id: string; amount: string; date: string; invoiceId: string; deleted: boolean },
): WireObject {
  const invoice = tenant.invoices.get(allocation.invoiceId);
  return {
    AllocationID: allocation.id,
    Amount: num(allocation.amount),
    Date: day(allocation.date),
    Invoice: { InvoiceID: allocation.invoiceId, InvoiceNumber: invoice?.number ?? "", HasErrors: false, IsDiscounted: false },
    IsDeleted: allocation.deleted,
  };
}

/** A document on the wire. `full` false is the slim form of an unpaged list. */
export function wireDocument(
  context: { tenant: Tenant; unitDigits: 2 | 4 },
  document: Document,
  full: boolean,
  summary = false,
): WireObject {
  const { tenant } = context;
  const contact = tenant.contacts.get(document.contactId);
  const due = dueOf(document);
  const payments = paymentsOn(tenant, document).map(
    (payment): WireObject => ({
      PaymentID: payment.id,
      BatchPaymentID: payment.batchId ?? undefined,
      Date: day(payment.date),
      Amount: num(payment.amount),
      Reference: payment.reference ?? undefined,
      CurrencyRate: num(payment.rate),
      HasAccount: false,
      HasValidationErrors: false,
    }),
  );
  const applied =
    document.kind === "invoice" ? tenant.allocations.find("invoice", document.id) : tenant.allocations.find("from", document.id);
  const live = applied.filter((one) => !one.deleted);
  const wire: WireObject = { Type: document.type };
  const idName = ID_NAMES[document.kind];
  wire[idName] = document.id;
  if (document.kind === "invoice") wire.InvoiceNumber = document.number ?? "";
  if (document.kind === "credit-note") wire.CreditNoteNumber = document.number ?? "";
  wire.Reference = document.reference ?? (isSales(document.type) ? "" : undefined);
  if (!summary) wire.Payments = payments;
  if (document.kind === "invoice") {
    const from = (kind: DocumentKind) =>
      live
        .filter((one) => one.fromKind === kind)
        .map((one): WireObject => {
          const source = tenant.documents(kind).get(one.fromId);
          return {
            [ID_NAMES[kind]]: one.fromId,
            ...(kind === "credit-note" ? { CreditNoteNumber: source?.number ?? "" } : {}),
            ID: one.fromId,
            AppliedAmount: num(one.amount),
            Date: day(one.date),
            DateString: dayString(one.date),
            Total: num(source?.total ?? "0.00"),
            LineItems: [],
            HasErrors: kind === "credit-note" ? false : undefined,
          };
        });
    wire.CreditNotes = from("credit-note");
    wire.Prepayments = from("prepayment");
    wire.Overpayments = from("overpayment");
    wire.AmountDue = num(amount(isGone(document.status) ? 0n : due));
    wire.AmountPaid = num(document.paid);
    wire.AmountCredited = num(document.credited);
    wire.IsDiscounted = document.lines.some((line) => line.discountRate !== null || line.discountAmount !== null);
    wire.SentToContact = document.sentToContact;
  } else {
    wire.RemainingCredit = num(amount(isGone(document.status) ? 0n : due));
    wire.AppliedAmount = num(document.credited);
    wire.Allocations = live.map((one) => wireAllocation(tenant, one));
  }
  wire.CurrencyRate = num(document.rate);
  if (!summary) wire.HasAttachments = attachmentsOf(tenant, document.id).length > 0;
  if (document.kind === "invoice" || document.kind === "credit-note") wire.HasErrors = false;
  wire.Contact =
    contact === undefined
      ? { ContactID: document.contactId }
      : full
        ? nestedContact(tenant, contact)
        : { ContactID: contact.id, Name: contact.name };
  wire.DateString = dayString(document.date);
  wire.Date = day(document.date);
  if (document.dueDate !== null) {
    wire.DueDateString = dayString(document.dueDate);
    wire.DueDate = day(document.dueDate);
  }
  wire.BrandingThemeID = document.brandingThemeId ?? undefined;
  wire.Url = document.url ?? undefined;
  if (document.plannedPaymentDate !== null) wire.PlannedPaymentDate = day(document.plannedPaymentDate);
  if (document.expectedPaymentDate !== null) wire.ExpectedPaymentDate = day(document.expectedPaymentDate);
  wire.Status = document.status;
  wire.LineAmountTypes = document.lineAmountTypes;
  if (full && !summary)
    wire.LineItems = wireLines(context, document.lines, document.kind === "invoice" && isSales(document.type));
  else if (!summary) wire.LineItems = [];
  wire.SubTotal = num(document.subTotal);
  wire.TotalTax = num(document.totalTax);
  wire.Total = num(document.total);
  wire.UpdatedDateUTC = moment(document.updatedAt);
  wire.UpdatedDateUTCString = new Date(document.updatedAt).toISOString().slice(0, -1);
  wire.CurrencyCode = document.currency;
  if (document.fullyPaidOn !== null && document.status === "PAID") wire.FullyPaidOnDate = day(document.fullyPaidOn);
  return wire;
}

const NESTED = new WeakMap<Contact, Stable>();

function nestedContact(tenant: Tenant, contact: Contact): Stable {
  const known = NESTED.get(contact);
  if (known !== undefined) return known;
  const made = new Stable({ ...wireContact(tenant, contact, true), HasAttachments: undefined });
  NESTED.set(contact, made);
  return made;
}

export function documentListing(
  kind: DocumentKind,
  context: { tenant: Tenant; unitDigits: 2 | 4; app: string | null },
): Listing<Document> {
  const { tenant } = context;
  const collection = tenant.documents(kind);
  const isInvoice = kind === "invoice";
  return {
    plural: PLURALS[kind],
    collection,
    paged: true,
    indices: {
      [ID_NAMES[kind].toLowerCase()]: "id",
      [isInvoice ? "invoicenumber" : "creditnotenumber"]: "number",
      "contact.contactid": "contact",
    },
    read: (one, field) => {
      const contact = field.startsWith("contact.") ? tenant.contacts.get(one.contactId) : undefined;
      switch (field) {
        case ID_NAMES[kind].toLowerCase():
          return one.id;
        case "invoicenumber":
        case "creditnotenumber":
          return one.number ?? "";
        case "contact.contactid":
          return one.contactId;
        case "contact.name":
          return contact?.name ?? null;
        case "contact.contactnumber":
          return contact?.number ?? null;
        case "amountdue":
        case "remainingcredit":
          return hundredths(dueOf(one));
        case "amountpaid":
          return hundredths(minor(one.paid));
        case "amountcredited":
          return hundredths(minor(one.credited));
        case "total":
          return hundredths(minor(one.total));
        case "subtotal":
          return hundredths(minor(one.subTotal));
        case "totaltax":
          return hundredths(minor(one.totalTax));
        case "date":
          return Date.parse(`${one.date}T00:00:00Z`);
        case "duedate":
          return one.dueDate === null ? null : Date.parse(`${one.dueDate}T00:00:00Z`);
        case "fullypaidondate":
          return one.fullyPaidOn === null ? null : Date.parse(`${one.fullyPaidOn}T00:00:00Z`);
        case "updateddateutc":
          return one.updatedAt;
        case "status":
          return one.status;
        case "type":
          return one.type;
        case "reference":
          return one.reference ?? "";
        case "url":
          return one.url;
        case "currencycode":
          return one.currency;
        case "senttocontact":
          return one.sentToContact;
        default:
          return undefined;
      }
    },
    select: (query) => {
      if (!isInvoice) {
        const references = kind === "overpayment" ? listed(query, "References") : null;
        return references === null ? null : collection.all().filter((one) => references.includes(one.reference ?? ""));
      }
      const ids = listed(query, "IDs");
      if (ids !== null) return byKey(ids.flatMap((id) => collection.get(id.toLowerCase()) ?? []));
      const numbers = listed(query, "InvoiceNumbers");
      if (numbers !== null) return byKey(numbers.flatMap((number) => collection.find("number", fold(number))));
      const contacts = listed(query, "ContactIDs");
      return contacts === null ? null : byKey(contacts.flatMap((id) => collection.find("contact", id.toLowerCase())));
    },
    filter: (query) => {
      if (!isInvoice) return undefined;
      const ids = listed(query, "IDs")?.map((id) => id.toLowerCase());
      const numbers = listed(query, "InvoiceNumbers")?.map(fold);
      const contacts = listed(query, "ContactIDs")?.map((id) => id.toLowerCase());
      const statuses = listed(query, "Statuses")?.map((status) => status.toUpperCase());
      const mine = query.get("createdByMyApp")?.toLowerCase() === "true";
      const term = plain(query.get("searchTerm")?.trim() ?? "");
      if (ids === undefined && numbers === undefined && contacts === undefined && statuses === undefined && !mine && term === "")
        return undefined;
      return (one) =>
        (ids === undefined || ids.includes(one.id)) &&
        (numbers === undefined || numbers.includes(fold(one.number ?? ""))) &&
        (contacts === undefined || contacts.includes(one.contactId)) &&
        (statuses === undefined || statuses.includes(one.status)) &&
        (!mine || (one.app !== null && one.app === context.app)) &&
        (term === "" || plain(`${one.number ?? ""} ${one.reference ?? ""}`).includes(term));
    },
    forcesPaging: (query) =>
      isInvoice && (query.get("summaryOnly")?.toLowerCase() === "true" || listed(query, "Statuses") !== null),
    wire: (one, how) => wireDocument(context, one, how.full, how.summary),
  };
}

/** For comparing with a number in a filter; never an amount that anyone adds up or sees. */
const hundredths = (value: bigint) => Number(value) / 100;

function byKey(documents: Document[]): Document[] {
  return [...new Map(documents.map((one) => [one.id, one])).values()].sort((a, b) =>
    a.updatedAt !== b.updatedAt ? a.updatedAt - b.updatedAt : a.id < b.id ? -1 : 1,
  );
}

/** Allocates a credit note, over- or prepayment to an invoice. @throws {ElementRefused} */
export function writeAllocation(context: WriteContext, source: Document, sent: WireObject): Written {
  const { tenant, now } = context;
  const invoiceRef = objectOf(sent, "Invoice");
  const id = invoiceRef === undefined ? undefined : textOf(invoiceRef, "InvoiceID");
  const number = invoiceRef === undefined ? undefined : textOf(invoiceRef, "InvoiceNumber");
  const invoice = id ? tenant.invoices.get(id.toLowerCase()) : number ? findByNumber(tenant, "invoice", number) : undefined;
  if (invoice === undefined) return refuse("Document could not be found");
  const given = decimalOf(sent, "Amount") ?? decimalOf(sent, "AppliedAmount");
  const parsed = given === undefined ? null : parseDecimal(given);
  const value = parsed === null ? 0n : round(parsed, 2).units;
  const errors: string[] = [];
  if (source.status !== "AUTHORISED") errors.push("Allocations can only be made from Authorised documents");
  if (invoice.status !== "AUTHORISED") errors.push("Payments can only be made against Authorised documents");
  if (isSales(source.type) !== isSales(invoice.type)) errors.push("The document type does not match the type of the invoice");
  if (source.contactId !== invoice.contactId) errors.push("The invoice and the credit must belong to the same contact");
  if (source.currency !== invoice.currency) errors.push("The invoice and the credit must have the same currency");
  if (value <= 0n) errors.push("The amount allocated must be greater than zero");
  if (value > dueOf(source)) errors.push("The amount allocated exceeds the remaining credit");
  if (value > dueOf(invoice)) errors.push("Payment amount exceeds the amount outstanding on this document");
  const [, date = invoice.date] = [source.date, invoice.date].sort();
  errors.push(...lockMessages(tenant, date, context.adviser));
  dateOf(sent, "Date");
  if (errors.length > 0) refuse(...errors);
  const allocation = tenant.allocations.put({
    id: randomUUID(),
    updatedAt: now,
    fromKind: source.kind,
    fromId: source.id,
    invoiceId: invoice.id,
    amount: amount(value),
    date,
    deleted: false,
  });
  settle(tenant, source, { credited: value }, date, now);
  settle(tenant, invoice, { credited: value }, date, now);
  return { wire: wireAllocation(tenant, allocation), warnings: [], ids: [allocation.id] };
}

/** Takes an allocation back. */
export function deleteAllocation(context: WriteContext, source: Document, allocationId: string): WireObject | undefined {
  const { tenant, now } = context;
  const allocation = tenant.allocations.get(allocationId.toLowerCase());
  const invoice = allocation === undefined ? undefined : tenant.invoices.get(allocation.invoiceId);
  if (allocation === undefined || invoice === undefined || allocation.fromId !== source.id || allocation.deleted)
    return undefined;
  const gone = tenant.allocations.put({ ...allocation, deleted: true, updatedAt: now });
  settle(tenant, source, { credited: -minor(allocation.amount) }, source.date, now);
  settle(tenant, invoice, { credited: -minor(allocation.amount) }, invoice.date, now);
  return wireAllocation(tenant, gone);
}

/** The document that a reference such as `{"InvoiceID": …}` in a payment means. */
export function documentNamed(tenant: Tenant, kind: DocumentKind, reference: Wire): Document | undefined {
  if (typeof reference !== "object" || reference === null || Array.isArray(reference)) return undefined;
  const object = reference as WireObject;
  const id = textOf(object, ID_NAMES[kind]);
  if (id) return tenant.documents(kind).get(id.toLowerCase());
  const number =
    kind === "invoice" ? textOf(object, "InvoiceNumber") : kind === "credit-note" ? textOf(object, "CreditNoteNumber") : null;
  return number ? findByNumber(tenant, kind, number) : undefined;
}
