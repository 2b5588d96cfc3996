import { randomUUID } from "node:crypto";
import { today } from "#lib/simulator/core/dates.ts";
import { amount, minor } from "#lib/simulator/core/decimal.ts";
import { contactFor, markTrading, wireContact } from "#lib/simulator/xero/contacts.ts";
import { currencyOf } from "#lib/simulator/xero/documents.ts";
import {
  amountOf,
  booleanOf,
  dateOf,
  listOf,
  lockMessages,
  objectOf,
  refuse,
  textOf,
  type WriteContext,
  type Written,
  wordOf,
} from "#lib/simulator/xero/element.ts";
import { readLines, wireLines } from "#lib/simulator/xero/lines.ts";
import type { Listing } from "#lib/simulator/xero/listing.ts";
import type { BankTransaction, Document, Journal } from "#lib/simulator/xero/records.ts";
import type { Tenant } from "#lib/simulator/xero/tenant.ts";
import { day, dayString, moment, num, type WireObject } from "#lib/simulator/xero/wire.ts";

const TYPES = ["RECEIVE", "SPEND", "RECEIVE-OVERPAYMENT", "SPEND-OVERPAYMENT", "RECEIVE-PREPAYMENT", "SPEND-PREPAYMENT"];

/** Creates or changes a bank transaction; over- and prepayments come into being with theirs. @throws {ElementRefused} */
export function writeBankTransaction(context: WriteContext, sent: WireObject, pathId?: string): Written {
  const { tenant, now } = context;
  const id = pathId ?? textOf(sent, "BankTransactionID") ?? null;
  const old = context.createOnly || id === null ? undefined : tenant.bankTransactions.get(id.toLowerCase());
  if (!context.createOnly && id !== null && old === undefined)
    refuse("The document with the supplied id was not found for this endpoint.");
  if (old !== undefined && (old.status === "DELETED" || old.overpaymentId !== null || old.prepaymentId !== null)) {
    refuse("Bank transaction not of valid status for modification");
  }
  if (old?.reconciled) refuse("This bank transaction has been reconciled and cannot be changed");
  if (old !== undefined && textOf(sent, "Status")?.toUpperCase() === "DELETED") {
    const locked = lockMessages(tenant, old.date, context.adviser);
    if (locked.length > 0) refuse(...locked);
    const gone = tenant.bankTransactions.put({ ...old, status: "DELETED", updatedAt: now });
    return { wire: wireBankTransaction(context, gone, true), warnings: [], ids: [gone.id] };
  }
  const errors: string[] = [];
  const type = wordOf(sent, "Type", TYPES, "BankTransactionType") ?? old?.type;
  if (type === undefined) return refuse("A Bank Transaction Type must be specified");
  const over = type.endsWith("OVERPAYMENT");
  const pre = type.endsWith("PREPAYMENT");
  const sales = type.startsWith("RECEIVE");
  const party = contactFor(
    context,
    objectOf(sent, "Contact") ?? (old?.contactId == null ? undefined : { ContactID: old.contactId }),
  );
  const bankRef = objectOf(sent, "BankAccount");
  const bankId = bankRef === undefined ? (old?.bankAccountId ?? null) : textOf(bankRef, "AccountID") || null;
  const bankCode = bankRef === undefined ? null : textOf(bankRef, "Code") || null;
  const bank =
    bankId !== null ? tenant.accounts.get(bankId.toLowerCase()) : bankCode !== null ? tenant.accountByCode(bankCode) : undefined;
  if (bank === undefined || bank.type !== "BANK" || bank.status !== "ACTIVE")
    errors.push("The Bank Account specified is not a valid bank account");
  const date = dateOf(sent, "Date") ?? old?.date ?? today(now);
  errors.push(...lockMessages(tenant, date, context.adviser));
  const sentLines = listOf(sent, "LineItems") ?? [];
  if (sentLines.length === 0 && old === undefined) errors.push("One or more line items must be specified");
  if (over && sentLines.length > 1) errors.push("An overpayment must have exactly one line item");
  const currency = over ? currencyOf(context, sent, bank?.currency ?? null, errors) : (bank?.currency ?? tenant.info.currency);
  const word = wordOf(sent, "LineAmountTypes", ["Exclusive", "Inclusive", "NoTax"], "LineAmountType");
  const lineAmountTypes = over
    ? "NoTax"
    : word === "Exclusive" || word === "NoTax"
      ? word
      : (old?.lineAmountTypes ?? "Inclusive");
  if (errors.length > 0 || bank === undefined) return refuse(...new Set(errors));
  const read = readLines(context, sentLines, {
    lineAmountTypes,
    side: sales ? "sales" : "purchases",
    approved: true,
    noAccount: over,
    money: true,
    discounts: false,
    old: old?.lines ?? [],
  });
  if (sentLines.length > 0 && read.total <= 0n) refuse("The Total for this document must be greater than zero.");
  party.commit();
  const lines = sentLines.length > 0 ? read.lines : (old?.lines ?? []);
  const sums = {
    subTotal: sentLines.length > 0 ? amount(read.subTotal) : (old?.subTotal ?? "0.00"),
    totalTax: sentLines.length > 0 ? amount(read.totalTax) : (old?.totalTax ?? "0.00"),
    total: sentLines.length > 0 ? amount(read.total) : (old?.total ?? "0.00"),
  };
  const reference = over || pre ? null : (textOf(sent, "Reference") ?? old?.reference ?? null);
  let creditId: string | null = null;
  if (over || pre) {
    const credit: Document = {
      id: randomUUID(),
      updatedAt: now,
      kind: over ? "overpayment" : "prepayment",
      type,
      number: null,
      reference: textOf(sent, "Reference") ?? null,
      contactId: party.contact.id,
      date,
      dueDate: null,
      lineAmountTypes,
      currency,
      rate: currency === tenant.info.currency ? "1" : (textOf(sent, "CurrencyRate") ?? "1.000000"),
      status: "AUTHORISED",
      lines,
      ...sums,
      paid: "0.00",
      credited: "0.00",
      fullyPaidOn: null,
      url: null,
      sentToContact: false,
      brandingThemeId: null,
      plannedPaymentDate: null,
      expectedPaymentDate: null,
      app: context.app,
      createdAt: now,
    };
    tenant.documents(credit.kind).put(credit);
    creditId = credit.id;
  }
  const stored = tenant.bankTransactions.put({
    id: old?.id ?? randomUUID(),
    updatedAt: now,
    type,
    contactId: party.contact.id,
    bankAccountId: bank.id,
    date,
    reference,
    currency,
    rate: "1",
    lineAmountTypes,
    status: "AUTHORISED",
    lines,
    ...sums,
    url: textOf(sent, "Url") ?? old?.url ?? null,
    reconciled: booleanOf(sent, "IsReconciled") ?? false,
    overpaymentId: over ? creditId : null,
    prepaymentId: pre ? creditId : null,
  });
  markTrading(tenant, party.contact.id, sales ? "sales" : "purchases");
  return { wire: wireBankTransaction(context, stored, true), warnings: read.warnings, ids: [stored.id] };
}

export function wireBankTransaction(
  context: { tenant: Tenant; unitDigits: 2 | 4 },
  one: BankTransaction,
  full: boolean,
): WireObject {
  const { tenant } = context;
  const contact = one.contactId === null ? undefined : tenant.contacts.get(one.contactId);
  const bank = tenant.accounts.get(one.bankAccountId);
  return {
    BankTransactionID: one.id,
    OverpaymentID: one.overpaymentId ?? undefined,
    PrepaymentID: one.prepaymentId ?? undefined,
    BankAccount: { AccountID: one.bankAccountId, Code: bank?.code ?? undefined, Name: bank?.name },
    Type: one.type,
    Reference: one.reference ?? undefined,
    Url: one.url ?? undefined,
    IsReconciled: one.reconciled,
    HasAttachments: false,
    Contact:
      contact === undefined
        ? undefined
        : full
          ? wireContact(tenant, contact, true)
          : { ContactID: contact.id, Name: contact.name },
    DateString: dayString(one.date),
    Date: day(one.date),
    Status: one.status,
    LineAmountTypes: one.lineAmountTypes,
    LineItems: full ? wireLines(context, one.lines, false) : [],
    SubTotal: num(one.subTotal),
    TotalTax: num(one.totalTax),
    Total: num(one.total),
    UpdatedDateUTC: moment(one.updatedAt),
    CurrencyCode: one.currency,
    CurrencyRate: num(one.rate),
  };
}

export function bankTransactionListing(context: { tenant: Tenant; unitDigits: 2 | 4 }): Listing<BankTransaction> {
  const { tenant } = context;
  return {
    plural: "BankTransactions",
    collection: tenant.bankTransactions,
    paged: true,
    indices: { banktransactionid: "id", "contact.contactid": "contact" },
    read: (one, field) => {
      const contact = one.contactId === null ? undefined : tenant.contacts.get(one.contactId);
      const values: Record<string, string | number | boolean | null> = {
        banktransactionid: one.id,
        type: one.type,
        status: one.status,
        "contact.contactid": one.contactId,
        "contact.name": contact?.name ?? null,
        "bankaccount.accountid": one.bankAccountId,
        // Xero matches nothing on this field, in silence.
        reference: null,
        date: Date.parse(`${one.date}T00:00:00Z`),
        total: Number(minor(one.total)) / 100,
        isreconciled: one.reconciled,
        updateddateutc: one.updatedAt,
      };
      return values[field];
    },
    wire: (one, how) => wireBankTransaction(context, one, how.full),
  };
}

/** Creates or changes a manual journal. @throws {ElementRefused} */
export function writeJournal(context: WriteContext, sent: WireObject, pathId?: string): Written {
  const { tenant, now } = context;
  const id = pathId ?? textOf(sent, "ManualJournalID") ?? null;
  const old = context.createOnly || id === null ? undefined : tenant.journals.get(id.toLowerCase());
  if (!context.createOnly && id !== null && old === undefined)
    refuse("The document with the supplied id was not found for this endpoint.");
  if (old !== undefined && old.status !== "DRAFT" && old.status !== "POSTED")
    refuse("Manual journal not of valid status for modification");
  const errors: string[] = [];
  const narration = textOf(sent, "Narration") ?? old?.narration ?? "";
  if (narration === "") errors.push("Narration must be specified");
  const status =
    wordOf(sent, "Status", ["DRAFT", "POSTED", "DELETED", "VOIDED"], "ManualJournalStatus") ?? old?.status ?? "DRAFT";
  const date = dateOf(sent, "Date") ?? old?.date ?? today(now);
  if (status === "POSTED" || old?.status === "POSTED") errors.push(...lockMessages(tenant, date, context.adviser));
  const word = wordOf(sent, "LineAmountTypes", ["Exclusive", "Inclusive", "NoTax"], "LineAmountType");
  const sentLines = listOf(sent, "JournalLines");
  let lines = old?.lines ?? [];
  if (sentLines !== undefined || old === undefined) {
    const closed = ["DEBTORS", "CREDITORS", "RETAINEDEARNINGS"];
    let debits = 0n;
    let credits = 0n;
    lines = (sentLines ?? []).flatMap((element) => {
      const code = textOf(element, "AccountCode") ?? null;
      const accountId = textOf(element, "AccountID") ?? null;
      const account =
        accountId !== null
          ? tenant.accounts.get(accountId.toLowerCase())
          : code !== null
            ? tenant.accountByCode(code)
            : undefined;
      const value = amountOf(element, "LineAmount") ?? 0n;
      if (value > 0n) debits += value;
      else credits += value;
      if (
        account === undefined ||
        account.type === "BANK" ||
        account.type === "INVENTORY" ||
        closed.includes(account.system ?? "")
      ) {
        errors.push(`Account code '${code ?? accountId ?? ""}' is not a valid code for this document.`);
        return [];
      }
      return [
        {
          id: randomUUID(),
          amount: amount(value),
          accountId: account.id,
          taxType: textOf(element, "TaxType") ?? "NONE",
          tax: "0.00",
          description: textOf(element, "Description") ?? null,
        },
      ];
    });
    if ((sentLines ?? []).length < 2) errors.push("A manual journal must have at least two lines");
    if (debits + credits !== 0n)
      errors.push(`The total debits (${amount(debits)}) must equal total credits (${amount(credits)})`);
  }
  if (errors.length > 0) refuse(...new Set(errors));
  const journal: Journal = {
    id: old?.id ?? randomUUID(),
    updatedAt: now,
    narration,
    date,
    status,
    lineAmountTypes: word === "Exclusive" || word === "Inclusive" ? word : "NoTax",
    url: textOf(sent, "Url") ?? old?.url ?? null,
    lines,
  };
  tenant.journals.put(journal);
  return { wire: wireJournal(tenant, journal, true), warnings: [], ids: [journal.id] };
}

export function wireJournal(tenant: Tenant, journal: Journal, full: boolean): WireObject {
  return {
    ManualJournalID: journal.id,
    Narration: journal.narration,
    Date: day(journal.date),
    Status: journal.status,
    LineAmountTypes: journal.lineAmountTypes,
    Url: journal.url ?? undefined,
    ShowOnCashBasisReports: true,
    HasAttachments: false,
    UpdatedDateUTC: moment(journal.updatedAt),
    JournalLines: full
      ? journal.lines.map((line) => ({
          LineAmount: num(line.amount),
          AccountCode: tenant.accounts.get(line.accountId)?.code ?? undefined,
          AccountID: line.accountId,
          Description: line.description ?? undefined,
          TaxType: line.taxType,
          TaxAmount: num(line.tax),
          IsBlank: false,
          Tracking: [],
        }))
      : [],
  };
}

export function journalListing(tenant: Tenant): Listing<Journal> {
  return {
    plural: "ManualJournals",
    collection: tenant.journals,
    paged: true,
    indices: { manualjournalid: "id" },
    read: (one, field) => {
      const values: Record<string, string | number> = {
        manualjournalid: one.id,
        narration: one.narration,
        status: one.status,
        date: Date.parse(`${one.date}T00:00:00Z`),
        updateddateutc: one.updatedAt,
      };
      return values[field];
    },
    wire: (one, how) => wireJournal(tenant, one, how.full),
  };
}
