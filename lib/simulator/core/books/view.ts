import type { Ledger } from "#lib/simulator/control-client.ts";
import type { Books } from "#lib/simulator/core/books/books.ts";
import { dueOf } from "#lib/simulator/core/books/documents.ts";
import type { Document, Party } from "#lib/simulator/core/books/records.ts";
import { amount, minor } from "#lib/simulator/core/decimal.ts";
import type { DocumentSheet, OwnSettings } from "#lib/simulator/core/organisation.ts";
import { HttpRefusal } from "#lib/simulator/http.ts";

type LedgerDocument = Ledger["documents"][number];
type LedgerType = LedgerDocument["type"];

const TYPES: readonly string[] = ["sales-invoice", "bill", "sales-credit-note", "supplier-credit-note"];
const isLedgerType = (type: string): type is LedgerType => TYPES.includes(type);

/** A document's status in the words of the control calls, whatever the package's own are. */
export function statusOf(one: Document): "DRAFT" | "AUTHORISED" | "PAID" | "VOIDED" {
  if (one.status === "draft") return "DRAFT";
  if (one.status === "void") return "VOIDED";
  return dueOf(one) === 0n ? "PAID" : "AUTHORISED";
}

const partyStatus = (party: Party) => (party.active ? "ACTIVE" : "ARCHIVED");

function documentRow<Own extends OwnSettings>(
  books: Books<Own>,
  one: Document,
  withLines: boolean,
): Omit<LedgerDocument, "type"> {
  const { id, number, reference, date, dueDate, currency, net, tax, gross } = one;
  const lines = one.lines.map((line) => ({
    id: line.id,
    account: line.accountId === null ? null : (books.part("accounts").get(line.accountId)?.code ?? null),
    accountId: line.accountId,
    taxType: line.taxId,
    amount: line.net,
    tax: line.tax,
  }));
  return {
    id,
    number,
    reference,
    contactId: one.partyId ?? "",
    date,
    dueDate,
    currency,
    status: statusOf(one),
    net,
    tax,
    gross,
    due: amount(dueOf(one)),
    ...(withLines ? { lines } : {}),
  };
}

/** What the books hold, in the words of the control calls. */
export function neutralLedger<Own extends OwnSettings>(books: Books<Own>, withLines: boolean): Ledger {
  const totals = new Map<string, { type: string; currency: string; count: number; gross: bigint }>();
  const documents: LedgerDocument[] = [];
  for (const one of books.part("documents").all()) {
    const { type, currency } = one;
    if (one.deleted || !isLedgerType(type)) continue;
    documents.push({ ...documentRow(books, one, withLines), type });
    if (one.status === "void") continue;
    const name = `${type} ${currency}`;
    const total = totals.get(name) ?? { type, currency, count: 0, gross: 0n };
    totals.set(name, { ...total, count: total.count + 1, gross: total.gross + minor(one.gross) });
  }
  const payments = books
    .part("payments")
    .all()
    .filter((one) => !one.deleted && one.status === "live");
  const kept = <One extends { deleted: boolean }>(all: readonly One[]) => all.filter((one) => !one.deleted);
  return {
    contacts: kept(books.part("parties").all()).map((one) => ({
      id: one.id,
      name: one.name,
      key: one.reference,
      status: partyStatus(one),
    })),
    items: kept(books.part("items").all()).map(({ id, name }) => ({ id, code: name, name })),
    documents,
    payments: payments.flatMap((one) =>
      one.lines.map((line) => ({
        id: one.id,
        documentId: line.documentId,
        date: one.date,
        amount: line.amount,
        bankAmount: line.amount,
        reference: one.reference,
        accountId: one.accountId ?? "",
        batchId: one.lines.length > 1 ? one.id : null,
      })),
    ),
    totals: [...totals.values()].map((one) => ({ ...one, gross: amount(one.gross) })),
    // Money on account, as a document of its own with something left.
    overpayments: payments
      .filter((one) => books.payments.leftOf(one) > 0n)
      .map((one) => ({
        id: one.id,
        type: one.direction === "in" ? "receive-overpayment" : "spend-overpayment",
        number: one.number,
        reference: one.reference,
        contactId: one.partyId ?? "",
        date: one.date,
        dueDate: null,
        currency: one.currency,
        status: "AUTHORISED",
        net: one.amount,
        tax: "0.00",
        gross: one.amount,
        due: amount(books.payments.leftOf(one)),
        remaining: amount(books.payments.leftOf(one)),
      })),
    prepayments: [],
    allocations: kept(books.part("allocations").all()).map(({ id, fromId, documentId, date, amount: value }) => ({
      id,
      fromId,
      documentId,
      date,
      amount: value,
    })),
  };
}

/** A document's page. @throws {HttpRefusal} 404 */
export function sheetOf<Own extends OwnSettings>(books: Books<Own>, id: string): DocumentSheet {
  const one = books.part("documents").get(id);
  if (one === undefined || one.deleted) throw new HttpRefusal(404, `There is no document ${id}`);
  return {
    remark: "",
    payable: one.status === "open" && dueOf(one) > 0n,
    lines: one.lines.map((line) => {
      const account = line.accountId === null ? undefined : books.part("accounts").get(line.accountId);
      const item = line.itemId === null ? undefined : books.part("items").get(line.itemId);
      return {
        description: line.description ?? "",
        item: item?.name ?? "",
        account: account === undefined ? "" : `${account.code ?? "no code"} ${account.name}`,
        tax: line.taxId ?? `${line.percent}%`,
        quantity: line.quantity ?? "",
        unit: line.unit ?? "",
        taxAmount: line.tax,
        amount: line.net,
      };
    }),
  };
}
