import { randomUUID } from "node:crypto";
import { today } from "#lib/simulator/core/dates.ts";
import { amount, minor, multiply, parseDecimal, quotient, round, trimDecimal } from "#lib/simulator/core/decimal.ts";
import { documentNamed, dueOf, findByNumber, ID_NAMES, isSales, settle } from "#lib/simulator/xero/documents.ts";
import {
  amountOf,
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
} from "#lib/simulator/xero/element.ts";
import type { Listing } from "#lib/simulator/xero/listing.ts";
import type { Account, Batch, Document, DocumentKind, Payment } from "#lib/simulator/xero/records.ts";
import type { Tenant } from "#lib/simulator/xero/tenant.ts";
import { day, member, moment, num, type WireObject } from "#lib/simulator/xero/wire.ts";

const TYPES: Record<DocumentKind, readonly [sales: string, purchases: string]> = {
  invoice: ["ACCRECPAYMENT", "ACCPAYPAYMENT"],
  "credit-note": ["ARCREDITPAYMENT", "APCREDITPAYMENT"],
  overpayment: ["AROVERPAYMENTPAYMENT", "APOVERPAYMENTPAYMENT"],
  prepayment: ["ARPREPAYMENTPAYMENT", "APPREPAYMENTPAYMENT"],
};

/** The account that a payment names: a bank account, or one that takes payments. @throws {ElementRefused} */
function paymentAccount(tenant: Tenant, sent: WireObject, bankOnly = false): Account {
  const reference = objectOf(sent, "Account") ?? objectOf(sent, "BankAccount");
  const id = reference === undefined ? null : textOf(reference, "AccountID") || null;
  const code = reference === undefined ? null : textOf(reference, "Code") || null;
  if (id === null && code === null) return refuse("You must specify an Account code or Account ID for the payment");
  const account = id !== null ? tenant.accounts.get(id.toLowerCase()) : tenant.accountByCode(code ?? "");
  if (account === undefined) return refuse("Account must be valid.");
  const name = account.code ?? account.name;
  if (account.status === "ARCHIVED") {
    return refuse(
      `Account code '${name}' has been archived, or has been deleted. Each line item must reference a valid account.`,
    );
  }
  if (account.type !== "BANK" && (bankOnly || !account.enablePayments)) {
    return refuse(`Account code '${name}' is not a valid code for this document.`);
  }
  return account;
}

type Wanted = { document: Document; value: bigint; errors: string[] };

/** The one document that a payment is for, and how much. @throws {ElementRefused} */
function wantedPayment(tenant: Tenant, sent: WireObject): Wanted {
  const kinds: [string, DocumentKind][] = [
    ["Invoice", "invoice"],
    ["CreditNote", "credit-note"],
    ["Prepayment", "prepayment"],
    ["Overpayment", "overpayment"],
  ];
  const named = kinds.filter(([name]) => objectOf(sent, name) !== undefined);
  const number = textOf(sent, "InvoiceNumber");
  const noteNumber = textOf(sent, "CreditNoteNumber");
  const errors: string[] = [];
  let document: Document | undefined;
  if (named.length > 1) refuse("A payment must be for exactly one Invoice, CreditNote, Prepayment or Overpayment");
  const [first] = named;
  if (first !== undefined) document = documentNamed(tenant, first[1], member(sent, first[0]));
  else if (number) document = findByNumber(tenant, "invoice", number);
  else if (noteNumber) document = findByNumber(tenant, "credit-note", noteNumber);
  if (document === undefined) return refuse("Document could not be found");
  if (document.status !== "AUTHORISED") errors.push("Payments can only be made against Authorised documents");
  const value = amountOf(sent, "Amount") ?? 0n;
  if (value <= 0n) errors.push("The payment amount must be greater than zero");
  if (document.status === "AUTHORISED" && value > dueOf(document)) {
    errors.push("Payment amount exceeds the amount outstanding on this document");
  }
  return { document, value, errors };
}

function rateFor(sent: WireObject, tenant: Tenant, document: Document): string {
  const given = decimalOf(sent, "CurrencyRate");
  const value = given === undefined ? null : parseDecimal(given);
  if (document.currency === tenant.info.currency || value === null || value.units <= 0n) return document.rate;
  return trimDecimal(round(value, 6), 6);
}

/** What reaches the bank account, in its own currency. */
function bankAmountOf(
  sent: WireObject,
  tenant: Tenant,
  document: Document,
  account: Account,
  value: bigint,
  rate: string,
): bigint {
  const given = amountOf(sent, "BankAmount");
  const bankCurrency = account.currency ?? tenant.info.currency;
  if (given !== undefined || bankCurrency === document.currency) return given ?? value;
  const factor = parseDecimal(rate);
  if (factor === null || factor.units === 0n) return value;
  const money = { units: value, scale: 2 };
  return document.currency === tenant.info.currency ? round(multiply(money, factor), 2).units : quotient(money, factor, 2).units;
}

/** Creates a payment. @throws {ElementRefused} */
export function writePayment(context: WriteContext, sent: WireObject): Written {
  const { tenant, now } = context;
  const { document, value, errors } = wantedPayment(tenant, sent);
  const date = dateOf(sent, "Date") ?? today(now);
  let account: Account | undefined;
  try {
    account = paymentAccount(tenant, sent);
  } catch (error) {
    if (!(error instanceof ElementRefused)) throw error;
    errors.push(...error.messages);
  }
  errors.push(...lockMessages(tenant, date, context.adviser));
  if (errors.length > 0 || account === undefined) return refuse(...errors);
  const rate = rateFor(sent, tenant, document);
  const payment = pay(context, document, {
    accountId: account.id,
    date,
    value,
    bankValue: bankAmountOf(sent, tenant, document, account, value, rate),
    rate,
    reference: textOf(sent, "Reference") || null,
    batchId: null,
    reconciled: booleanOf(sent, "IsReconciled") ?? false,
  });
  return { wire: wirePayment(tenant, payment, true), warnings: [], ids: [payment.id] };
}

function pay(
  context: WriteContext,
  document: Document,
  how: {
    accountId: string;
    date: string;
    value: bigint;
    bankValue: bigint;
    rate: string;
    reference: string | null;
    batchId: string | null;
    reconciled: boolean;
  },
): Payment {
  const { tenant, now } = context;
  settle(tenant, document, { paid: how.value }, how.date, now);
  return tenant.payments.put({
    id: randomUUID(),
    updatedAt: now,
    type: TYPES[document.kind][isSales(document.type) ? 0 : 1],
    documentKind: document.kind,
    documentId: document.id,
    accountId: how.accountId,
    date: how.date,
    amount: amount(how.value),
    bankAmount: amount(how.bankValue),
    rate: how.rate,
    reference: how.reference,
    status: "AUTHORISED",
    batchId: how.batchId,
    reconciled: how.reconciled,
  });
}

/** Deletes a payment: its only change. @throws {ElementRefused} */
export function changePayment(context: WriteContext, payment: Payment, sent: WireObject): Written {
  if (textOf(sent, "Status")?.toUpperCase() !== "DELETED")
    return refuse("Only the Status of a payment may be changed, and only to DELETED");
  if (payment.status === "DELETED") return refuse("This payment has already been deleted");
  if (payment.batchId !== null) return refuse("Payments within a batch cannot be deleted.");
  if (payment.reconciled) return refuse("This payment has been reconciled and cannot be deleted");
  const locked = lockMessages(context.tenant, payment.date, context.adviser);
  if (locked.length > 0) return refuse(...locked);
  const gone = undo(context, payment);
  return { wire: wirePayment(context.tenant, gone, true), warnings: [], ids: [gone.id] };
}

function undo(context: WriteContext, payment: Payment): Payment {
  const { tenant, now } = context;
  const document = tenant.documents(payment.documentKind).get(payment.documentId);
  if (document !== undefined) settle(tenant, document, { paid: -minor(payment.amount) }, payment.date, now);
  return tenant.payments.put({ ...payment, status: "DELETED", updatedAt: now });
}

function batchSummary(batch: Batch): WireObject {
  return {
    BatchPaymentID: batch.id,
    Account: { AccountID: batch.accountId },
    Date: day(batch.date),
    Type: batch.type,
    Status: batch.status,
    TotalAmount: num(batch.total),
    UpdatedDateUTC: moment(batch.updatedAt),
    IsReconciled: false,
  };
}

export function wirePayment(tenant: Tenant, payment: Payment, full: boolean): WireObject {
  const account = tenant.accounts.get(payment.accountId);
  const document = tenant.documents(payment.documentKind).get(payment.documentId);
  const contact = document === undefined ? undefined : tenant.contacts.get(document.contactId);
  const batch = payment.batchId === null ? undefined : tenant.batches.get(payment.batchId);
  const nested: WireObject =
    document === undefined
      ? {}
      : {
          [ID_NAMES[document.kind]]: document.id,
          ...(document.kind === "invoice" ? { InvoiceNumber: document.number ?? "" } : {}),
          ...(document.kind === "credit-note" ? { CreditNoteNumber: document.number ?? "" } : {}),
          Type: document.type,
          CurrencyCode: document.currency,
          Contact:
            contact === undefined
              ? undefined
              : {
                  ContactID: contact.id,
                  ContactNumber: contact.number ?? undefined,
                  Name: contact.name,
                  HasValidationErrors: false,
                },
          ...(full
            ? {
                Total: num(document.total),
                [document.kind === "invoice" ? "AmountDue" : "RemainingCredit"]: num(amount(dueOf(document))),
                Status: document.status,
              }
            : {}),
          HasErrors: document.kind === "invoice" || document.kind === "credit-note" ? false : undefined,
          IsDiscounted: document.kind === "invoice" ? false : undefined,
        };
  const names: Record<DocumentKind, string> = {
    invoice: "Invoice",
    "credit-note": "CreditNote",
    overpayment: "Overpayment",
    prepayment: "Prepayment",
  };
  return {
    PaymentID: payment.id,
    BatchPaymentID: payment.batchId ?? undefined,
    BatchPayment: batch === undefined ? undefined : batchSummary(batch),
    Date: day(payment.date),
    BankAmount: num(payment.bankAmount),
    Amount: num(payment.amount),
    Reference: payment.reference ?? "",
    CurrencyRate: num(payment.rate),
    PaymentType: payment.type,
    Status: payment.status,
    UpdatedDateUTC: moment(payment.updatedAt),
    UpdatedDateUTCString: new Date(payment.updatedAt).toISOString().slice(0, -1),
    HasAccount: true,
    IsReconciled: payment.reconciled,
    Account: { AccountID: payment.accountId, Code: account?.code ?? undefined, Name: account?.name },
    [names[payment.documentKind]]: nested,
    HasValidationErrors: false,
  };
}

export function paymentListing(tenant: Tenant): Listing<Payment> {
  return {
    plural: "Payments",
    collection: tenant.payments,
    paged: true,
    indices: { paymentid: "id", "invoice.invoiceid": "document", "creditnote.creditnoteid": "document" },
    read: (one, field) => {
      const ofKind = (kind: DocumentKind) => (one.documentKind === kind ? one.documentId : null);
      const values: Record<string, string | number | boolean | null> = {
        paymentid: one.id,
        paymenttype: one.type,
        status: one.status,
        reference: one.reference ?? "",
        "invoice.invoiceid": ofKind("invoice"),
        "creditnote.creditnoteid": ofKind("credit-note"),
        "account.accountid": one.accountId,
        batchpaymentid: one.batchId,
        date: Date.parse(`${one.date}T00:00:00Z`),
        amount: Number(minor(one.amount)) / 100,
        isreconciled: one.reconciled,
        updateddateutc: one.updatedAt,
      };
      return values[field];
    },
    wire: (one) => wirePayment(tenant, one, false),
  };
}

/** Creates a batch payment: one bank line over several invoices. @throws {ElementRefused} */
export function writeBatch(context: WriteContext, sent: WireObject): Written {
  const { tenant, now } = context;
  const account = paymentAccount(tenant, sent, true);
  const date = dateOf(sent, "Date") ?? today(now);
  const wanted = (listOf(sent, "Payments") ?? []).map((element) => ({ element, ...wantedPayment(tenant, element) }));
  const errors = wanted.flatMap((one) => one.errors);
  if (wanted.length === 0) errors.push("A batch payment must hold at least one payment");
  if (wanted.some((one) => one.document.kind !== "invoice")) errors.push("Batch payments can only be made against invoices");
  if (new Set(wanted.map((one) => isSales(one.document.type))).size > 1)
    errors.push("A batch payment must be all for sales invoices or all for bills");
  if (wanted.some((one) => one.document.currency !== tenant.info.currency))
    errors.push("Batch payments can only be made in the base currency");
  if (new Set(wanted.map((one) => one.document.id)).size < wanted.length)
    errors.push("An invoice may appear in a batch payment only once");
  const details = textOf(sent, "Details") ?? null;
  const narrative = textOf(sent, "Narrative") ?? null;
  if ((details ?? "").length > 18 || (narrative ?? "").length > 18)
    errors.push("Details and Narrative must be 18 characters or fewer");
  errors.push(...lockMessages(tenant, date, context.adviser));
  const [first] = wanted;
  if (errors.length > 0 || first === undefined) return refuse(...new Set(errors));
  const batch: Batch = {
    id: randomUUID(),
    updatedAt: now,
    type: isSales(first.document.type) ? "RECBATCH" : "PAYBATCH",
    accountId: account.id,
    date,
    reference: textOf(sent, "Reference") || null,
    narrative,
    details,
    status: "AUTHORISED",
    total: amount(wanted.reduce((sum, one) => sum + one.value, 0n)),
  };
  tenant.batches.put(batch);
  for (const one of wanted) {
    pay(context, one.document, {
      accountId: account.id,
      date,
      value: one.value,
      bankValue: one.value,
      rate: one.document.rate,
      reference: textOf(one.element, "Reference") || batch.reference,
      batchId: batch.id,
      reconciled: false,
    });
  }
  return { wire: wireBatch(tenant, batch), warnings: [], ids: [batch.id] };
}

/** Deletes a batch payment, with every payment in it. @throws {ElementRefused} */
export function changeBatch(context: WriteContext, batch: Batch, sent: WireObject): Written {
  if (textOf(sent, "Status")?.toUpperCase() !== "DELETED" || batch.status === "DELETED") {
    return refuse("Only the Status of a batch payment may be changed, and only to DELETED");
  }
  for (const payment of context.tenant.payments.find("batch", batch.id)) undo(context, payment);
  const gone = context.tenant.batches.put({ ...batch, status: "DELETED", updatedAt: context.now });
  return { wire: wireBatch(context.tenant, gone), warnings: [], ids: [gone.id] };
}

export function wireBatch(tenant: Tenant, batch: Batch): WireObject {
  const account = tenant.accounts.get(batch.accountId);
  return {
    ...batchSummary(batch),
    Account: { AccountID: batch.accountId, Code: account?.code ?? undefined, Name: account?.name },
    DateString: `${batch.date}T00:00:00`,
    Reference: batch.reference ?? undefined,
    Narrative: batch.narrative ?? undefined,
    Details: batch.details ?? undefined,
    Payments: tenant.payments.find("batch", batch.id).map((payment) => ({
      PaymentID: payment.id,
      Invoice: { InvoiceID: payment.documentId },
      Amount: num(payment.amount),
      Reference: payment.reference ?? undefined,
    })),
  };
}

export function batchListing(tenant: Tenant): Listing<Batch> {
  return {
    plural: "BatchPayments",
    collection: tenant.batches,
    paged: false,
    indices: { batchpaymentid: "id" },
    read: (one, field) => {
      const values: Record<string, string | number | null> = {
        batchpaymentid: one.id,
        type: one.type,
        status: one.status,
        "account.accountid": one.accountId,
        date: Date.parse(`${one.date}T00:00:00Z`),
        updateddateutc: one.updatedAt,
      };
      return values[field];
    },
    wire: (one) => wireBatch(tenant, one),
  };
}
