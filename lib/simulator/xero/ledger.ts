import type { Ledger } from "#lib/simulator/control-client.ts";
import { amount, minor } from "#lib/simulator/core/decimal.ts";
import type { DocumentSheet } from "#lib/simulator/core/organisation.ts";
import { dueOf, isGone } from "#lib/simulator/xero/documents.ts";
import type { Document } from "#lib/simulator/xero/records.ts";
import { balances } from "#lib/simulator/xero/reports.ts";
import type { Tenant } from "#lib/simulator/xero/tenant.ts";

type LedgerType = Ledger["documents"][number]["type"];

const TYPES: Record<string, LedgerType> = {
  ACCREC: "sales-invoice",
  ACCPAY: "bill",
  ACCRECCREDIT: "sales-credit-note",
  ACCPAYCREDIT: "supplier-credit-note",
};

/** The neutral word for the type of an invoice or a credit note. */
const neutralType = (type: string): LedgerType => TYPES[type] ?? "sales-invoice";

function neutralDocument(tenant: Tenant, one: Document, withLines: boolean) {
  return {
    id: one.id,
    type: neutralType(one.type),
    number: one.number,
    reference: one.reference,
    contactId: one.contactId,
    date: one.date,
    dueDate: one.dueDate,
    currency: one.currency,
    status: one.status,
    net: one.subTotal,
    tax: one.totalTax,
    gross: one.total,
    due: amount(isGone(one.status) ? 0n : dueOf(one)),
    ...(withLines
      ? {
          lines: one.lines.map((line) => ({
            id: line.id,
            account: line.accountId === null ? null : (tenant.accounts.get(line.accountId)?.code ?? null),
            accountId: line.accountId,
            taxType: line.taxType,
            amount: line.amount,
            tax: line.tax,
          })),
        }
      : {}),
  };
}

/**
 * What the package holds, in the words of the control calls. Totals are by type and currency of what was not voided or deleted.
 *
 * Beyond the documented members: overpayments, prepayments, allocations, bank transactions, batch payments, journals.
 */
export function ledger(tenant: Tenant, withLines: boolean) {
  const documents = [...tenant.invoices.all(), ...tenant.creditNotes.all()];
  const totals = new Map<string, { type: string; currency: string; count: number; gross: bigint }>();
  for (const one of documents) {
    if (isGone(one.status)) continue;
    const name = `${one.type} ${one.currency}`;
    const total = totals.get(name) ?? { type: neutralType(one.type), currency: one.currency, count: 0, gross: 0n };
    totals.set(name, { ...total, count: total.count + 1, gross: total.gross + minor(one.total) });
  }
  const credit = (one: Document) => ({
    ...neutralDocument(tenant, one, withLines),
    type: one.type.toLowerCase(),
    remaining: amount(dueOf(one)),
  });
  return {
    contacts: tenant.contacts.all().map((one) => ({ id: one.id, name: one.name, key: one.number, status: one.status })),
    items: tenant.items.all().map((one) => ({ id: one.id, code: one.code, name: one.name })),
    documents: documents.map((one) => neutralDocument(tenant, one, withLines)),
    payments: tenant.payments
      .all()
      .filter((one) => one.status !== "DELETED")
      .map((one) => ({
        id: one.id,
        documentId: one.documentId,
        date: one.date,
        amount: one.amount,
        /** In the bank account's own currency. */
        bankAmount: one.bankAmount,
        reference: one.reference,
        accountId: one.accountId,
        batchId: one.batchId,
      })),
    totals: [...totals.values()].map((one) => ({ ...one, gross: amount(one.gross) })),
    overpayments: tenant.overpayments.all().map(credit),
    prepayments: tenant.prepayments.all().map(credit),
    allocations: tenant.allocations
      .all()
      .filter((one) => !one.deleted)
      .map((one) => ({ id: one.id, fromId: one.fromId, documentId: one.invoiceId, date: one.date, amount: one.amount })),
    bankTransactions: tenant.bankTransactions.all().map((one) => ({
      id: one.id,
      type: one.type,
      contactId: one.contactId,
      date: one.date,
      currency: one.currency,
      status: one.status,
      gross: one.total,
      reference: one.reference,
    })),
    batchPayments: tenant.batches.all().map((one) => ({
      id: one.id,
      type: one.type,
      date: one.date,
      status: one.status,
      total: one.total,
      reference: one.reference,
    })),
    journals: tenant.journals.all().map((one) => ({ id: one.id, narration: one.narration, date: one.date, status: one.status })),
  };
}

/** A document's page. */
export function sheetOf(tenant: Tenant, one: Document): DocumentSheet {
  return {
    remark: one.lineAmountTypes,
    payable: one.status === "AUTHORISED" && dueOf(one) > 0n,
    lines: one.lines.map((line) => {
      const account = line.accountId === null ? undefined : tenant.accounts.get(line.accountId);
      return {
        description: line.description ?? "",
        item: line.itemCode ?? "",
        account: account === undefined ? "" : `${account.code ?? "no code"} ${account.name}`,
        tax: line.taxType ?? "",
        quantity: line.quantity ?? "",
        unit: line.unit ?? "",
        taxAmount: line.tax,
        amount: line.amount,
      };
    }),
  };
}

/** The chart in its own order, with what stands on each account. */
export function accountRows(tenant: Tenant) {
  const sums = balances(tenant, "9999-12-31");
  return [...tenant.accounts.all()]
    .sort((a, b) => a.position - b.position)
    .map(({ id, code, name, type, status }) => ({ id, code, name, type, status, balance: sums.get(id) ?? 0n }));
}
