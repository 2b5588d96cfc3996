import { randomUUID } from "node:crypto";
import { isDate, today } from "#lib/simulator/core/dates.ts";
import { amount, minor, taxOn, taxWithin } from "#lib/simulator/core/decimal.ts";
import { fold } from "#lib/simulator/core/ids.ts";
import { readAmount } from "#lib/simulator/core/organisation-control.ts";
import { HttpRefusal } from "#lib/simulator/http.ts";
import { writeBankTransaction } from "#lib/simulator/xero/bank.ts";
import { classOf } from "#lib/simulator/xero/chart.ts";
import { dueOf, isGone, settled } from "#lib/simulator/xero/documents.ts";
import { ElementRefused, type WriteContext } from "#lib/simulator/xero/element.ts";
import { totals } from "#lib/simulator/xero/lines.ts";
import { writeBatch, writePayment } from "#lib/simulator/xero/payments.ts";
import type { Contact, Document, Line } from "#lib/simulator/xero/records.ts";
import type { Tenant } from "#lib/simulator/xero/tenant.ts";
import { num, type WireObject } from "#lib/simulator/xero/wire.ts";

/** What a person does inside the package, by control call or page. Every refusal is a `HttpRefusal` with the package's words. */
function person(tenant: Tenant): WriteContext {
  return { tenant, now: tenant.clock.now(), app: null, adviser: true, createOnly: true, unitDigits: 4 };
}

function asPerson<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof ElementRefused) throw new HttpRefusal(400, error.messages.join(" "));
    throw error;
  }
}

function readDate(tenant: Tenant, date: unknown): string {
  if (date === undefined || date === "") return today(tenant.clock.now());
  if (typeof date !== "string" || !isDate(date)) throw new HttpRefusal(400, "date must be YYYY-MM-DD");
  return date;
}

/** An open invoice of either side before a credit note; the first with something due. @throws {HttpRefusal} */
function openDocument(tenant: Tenant, number: string): Document {
  const found = [...tenant.invoices.find("number", fold(number)), ...tenant.creditNotes.find("number", fold(number))];
  const open = found.find((one) => one.status === "AUTHORISED" && dueOf(one) > 0n) ?? found[0];
  if (open === undefined) throw new HttpRefusal(404, `There is no document ${number}`);
  return open;
}

function bankAccount(tenant: Tenant, wanted: unknown): WireObject {
  if (wanted !== undefined && typeof wanted !== "string") throw new HttpRefusal(400, "account must be a code or an id");
  const account =
    wanted === undefined
      ? (tenant.accountByCode("090") ?? tenant.accounts.all().find((one) => one.type === "BANK" && one.status === "ACTIVE"))
      : (tenant.accountByCode(wanted) ?? tenant.accounts.get(wanted));
  if (account === undefined) throw new HttpRefusal(404, "There is no such account");
  return { AccountID: account.id };
}

type PaymentOrder = { [name: string]: unknown };

/** Pays one document, several in one batch, or a contact on account. Answers the id of the payment, batch or overpayment. */
export function payAsPerson(tenant: Tenant, order: PaymentOrder): { id: string } {
  const date = readDate(tenant, order.date);
  const reference = typeof order.reference === "string" ? order.reference : "";
  const Account = bankAccount(tenant, order.account);
  const context = person(tenant);
  if (Array.isArray(order.numbers)) {
    const Payments = order.numbers.map((one: unknown): WireObject => {
      const part: PaymentOrder = typeof one === "object" && one !== null ? { ...one } : {};
      if (typeof part.number !== "string") throw new HttpRefusal(400, "Each of numbers needs a number and an amount");
      return {
        Invoice: { InvoiceID: openDocument(tenant, part.number).id },
        Amount: num(amount(readAmount(part.amount, "amount"))),
      };
    });
    return asPerson(() => ({ id: writeBatch(context, { Account, Date: date, Reference: reference, Payments }).ids[0] ?? "" }));
  }
  const value = readAmount(order.amount, "amount");
  if (typeof order.contact === "string") {
    const contact = contactByKey(tenant, order.contact);
    const written = asPerson(() =>
      writeBankTransaction(context, {
        Type: order.side === "purchases" ? "SPEND-OVERPAYMENT" : "RECEIVE-OVERPAYMENT",
        Contact: { ContactID: contact.id },
        BankAccount: Account,
        Date: date,
        Reference: reference,
        LineItems: [{ Description: "Payment on account", Quantity: num("1"), UnitAmount: num(amount(value)) }],
      }),
    );
    const id = tenant.bankTransactions.get(written.ids[0] ?? "")?.overpaymentId;
    return { id: id ?? "" };
  }
  if (typeof order.number !== "string") throw new HttpRefusal(400, "Give a number, numbers, or a contact");
  const document = openDocument(tenant, order.number);
  const name = document.kind === "invoice" ? "Invoice" : "CreditNote";
  const idName = document.kind === "invoice" ? "InvoiceID" : "CreditNoteID";
  const paid = asPerson(() => ({
    id:
      writePayment(context, {
        [name]: { [idName]: document.id },
        Account,
        Date: date,
        Amount: num(amount(value)),
        Reference: reference,
      }).ids[0] ?? "",
  }));
  const payment = tenant.payments.get(paid.id);
  if (payment && (typeof order.changedAt === "string" || typeof order.type === "string")) {
    tenant.payments.put({
      ...payment,
      ...(typeof order.changedAt === "string" ? { updatedAt: Date.parse(order.changedAt) } : {}),
      ...(typeof order.type === "string" ? { type: order.type } : {}),
    });
  }
  return paid;
}

/** By ContactNumber, id or name. @throws {HttpRefusal} */
export function contactByKey(tenant: Tenant, key: string): Contact {
  const contact =
    tenant.contacts.find("number", fold(key))[0] ?? tenant.contacts.get(key) ?? tenant.contacts.find("name", fold(key))[0];
  if (contact === undefined) throw new HttpRefusal(404, `There is no contact ${key}`);
  return contact;
}

/** @throws {HttpRefusal} */
export function documentById(tenant: Tenant, id: string): Document {
  const document =
    tenant.invoices.get(id) ?? tenant.creditNotes.get(id) ?? tenant.overpayments.get(id) ?? tenant.prepayments.get(id);
  if (document === undefined) throw new HttpRefusal(404, `There is no document ${id}`);
  return document;
}

/** Changes a document's gross by way of its first amount line, so that lines and totals still agree; tax follows the line's rate. */
function changeGross(tenant: Tenant, document: Document, gross: bigint): Document {
  if (isGone(document.status)) throw new HttpRefusal(400, "A voided or deleted document cannot be changed");
  if (gross < minor(document.paid) + minor(document.credited))
    throw new HttpRefusal(400, "The gross would be less than what is already paid");
  const at = document.lines.findIndex((line) => line.amount !== "0.00");
  const line = document.lines[at];
  if (line === undefined) throw new HttpRefusal(400, "The document has no line with an amount");
  const change = gross - minor(document.total);
  const changed = withChange(tenant, document, line, change);
  const lines = document.lines.map((one, position) => (position === at ? changed : one));
  const sums = totals(lines, document.lineAmountTypes);
  const now = tenant.clock.now();
  return tenant.documents(document.kind).put(
    settled(
      {
        ...document,
        updatedAt: now,
        lines,
        subTotal: amount(sums.subTotal),
        totalTax: amount(sums.totalTax),
        total: amount(sums.total),
      },
      today(now),
    ),
  );
}

/** The line with its gross moved by `change`. Where no net gives that gross at the rate, the last penny goes to the net. */
function withChange(tenant: Tenant, document: Document, line: Line, change: bigint): Line {
  const rate = line.taxType === null ? "0" : (tenant.taxRates.get(line.taxType)?.rate ?? "0");
  const before = minor(line.amount);
  if (document.lineAmountTypes === "Inclusive") {
    const after = before + change;
    return repriced(line, after, taxWithin(after, rate));
  }
  if (document.lineAmountTypes === "NoTax") return repriced(line, before + change, 0n);
  const grossAfter = before + minor(line.tax) + change;
  const tax = taxWithin(grossAfter, rate);
  const net = grossAfter - tax;
  return repriced(line, net, taxOn(net, rate) === tax ? tax : grossAfter - net);
}

function repriced(line: Line, net: bigint, tax: bigint): Line {
  return {
    ...line,
    quantity: "1.0000",
    unit: amount(net),
    amount: amount(net),
    tax: amount(tax),
    discountRate: null,
    discountAmount: null,
  };
}

/** @throws {HttpRefusal} */
export function changeDocumentByHand(tenant: Tenant, id: string, change: { gross: bigint } | { status: string }) {
  const document = documentById(tenant, id);
  const after = "status" in change ? changeStatus(tenant, document, change.status) : changeGross(tenant, document, change.gross);
  return { id: after.id, status: after.status, net: after.subTotal, tax: after.totalTax, gross: after.total };
}

/** Voids what was approved, and deletes what was not. @throws {HttpRefusal} */
export function voidByHand(tenant: Tenant, id: string): void {
  const document = documentById(tenant, id);
  changeStatus(tenant, document, document.status === "DRAFT" || document.status === "SUBMITTED" ? "DELETED" : "VOIDED");
}

/** Sets a document's status as a person would inside the package: void, delete, approve, or back to draft. */
function changeStatus(tenant: Tenant, document: Document, status: string): Document {
  if (!["DRAFT", "SUBMITTED", "AUTHORISED", "VOIDED", "DELETED"].includes(status))
    throw new HttpRefusal(400, `There is no status ${status}`);
  if (minor(document.paid) !== 0n || minor(document.credited) !== 0n) {
    throw new HttpRefusal(400, "This document cannot be edited as it has a payment or credit note allocated to it.");
  }
  const now = tenant.clock.now();
  return tenant.documents(document.kind).put(settled({ ...document, status, updatedAt: now }, today(now)));
}

/** Archives a contact, or brings it back as a person may. One that is so already is left alone. */
export function archiveContact(tenant: Tenant, contact: Contact, archived: boolean): Contact {
  const status = archived ? "ARCHIVED" : "ACTIVE";
  if (contact.status === status) return contact;
  return tenant.contacts.put({ ...contact, status, updatedAt: tenant.clock.now() });
}

/** Merges one contact into another: its documents move to the survivor, it is archived and says where it went. */
export function mergeContact(tenant: Tenant, contact: Contact, survivor: Contact): Contact {
  if (contact.id === survivor.id) throw new HttpRefusal(400, "A contact cannot be merged into itself");
  const now = tenant.clock.now();
  for (const kind of ["invoice", "credit-note", "overpayment", "prepayment"] as const) {
    for (const one of tenant.documents(kind).find("contact", contact.id))
      tenant.documents(kind).put({ ...one, contactId: survivor.id, updatedAt: now });
  }
  for (const one of tenant.bankTransactions.find("contact", contact.id)) {
    tenant.bankTransactions.put({ ...one, contactId: survivor.id, updatedAt: now });
  }
  tenant.contacts.put({
    ...survivor,
    isCustomer: survivor.isCustomer || contact.isCustomer,
    isSupplier: survivor.isSupplier || contact.isSupplier,
    updatedAt: now,
  });
  return tenant.contacts.put({ ...contact, status: "ARCHIVED", mergedTo: survivor.id, updatedAt: now });
}

/** Takes the codes off these accounts, and gives the code back to any other that lost it so. */
export function removeAccountCodes(tenant: Tenant, codes: readonly string[]): void {
  const now = tenant.clock.now();
  const wanted = new Set(codes.map(fold));
  const removed: Record<string, string> = {};
  for (const [id, code] of Object.entries(tenant.removedCodes)) {
    const account = tenant.accounts.get(id);
    if (account === undefined) continue;
    if (wanted.has(fold(code))) removed[id] = code;
    else tenant.accounts.put({ ...account, code, updatedAt: now });
  }
  for (const code of codes) {
    const account = tenant.accountByCode(code);
    if (account === undefined) {
      if (!Object.values(removed).some((other) => fold(other) === fold(code)))
        throw new HttpRefusal(404, `There is no account ${code}`);
      continue;
    }
    tenant.accounts.put({ ...account, code: null, updatedAt: now });
    removed[account.id] = code;
  }
  tenant.removedCodes = removed;
  tenant.change({ accountsWithoutCode: Object.values(removed) });
}

/** Adds an account, or changes the one with this code: its name, type or status. */
export function putAccount(tenant: Tenant, order: { [name: string]: unknown }): { id: string } {
  const text = (name: string) => {
    const value = order[name];
    if (value !== undefined && value !== null && typeof value !== "string") throw new HttpRefusal(400, `${name} must be text`);
    return value ?? undefined;
  };
  const code = text("code");
  const name = text("name");
  const old =
    code === undefined
      ? tenant.accounts.all().find((one) => name !== undefined && fold(one.name) === fold(name))
      : tenant.accountByCode(code);
  const type = text("type") ?? old?.type ?? "REVENUE";
  const kind = classOf(type);
  if (kind === undefined) throw new HttpRefusal(400, `There is no account type ${type}`);
  if (old === undefined && name === undefined) throw new HttpRefusal(400, "A new account needs a name");
  const status = text("status") ?? old?.status ?? "ACTIVE";
  if (status !== "ACTIVE" && status !== "ARCHIVED") throw new HttpRefusal(400, "status must be ACTIVE or ARCHIVED");
  const account = tenant.accounts.put({
    id: old?.id ?? randomUUID(),
    updatedAt: tenant.clock.now(),
    position: old?.position ?? tenant.accounts.size,
    code: code ?? old?.code ?? null,
    name: name ?? old?.name ?? "",
    type,
    class: kind,
    status,
    taxType: text("taxType") ?? old?.taxType ?? (kind === "REVENUE" ? "OUTPUT2" : kind === "EXPENSE" ? "INPUT2" : "NONE"),
    enablePayments: typeof order.enablePayments === "boolean" ? order.enablePayments : (old?.enablePayments ?? false),
    system: old?.system ?? null,
    currency: type === "BANK" ? (text("currency") ?? old?.currency ?? tenant.info.currency) : null,
    bankNumber: old?.bankNumber ?? null,
    description: old?.description ?? null,
  });
  return { id: account.id };
}

/** Removes an item by code. @throws {HttpRefusal} */
export function removeItem(tenant: Tenant, code: string): void {
  const item = tenant.items.find("code", fold(code))[0];
  if (item === undefined) throw new HttpRefusal(404, `There is no item ${code}`);
  tenant.drop("items", item.id);
}
