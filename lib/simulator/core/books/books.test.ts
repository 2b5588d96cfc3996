import { beforeEach, describe, expect, it } from "vitest";
import { SimulatorClock } from "#lib/simulator/clock.ts";
import { Books } from "#lib/simulator/core/books/books.ts";
import type { DocumentInput } from "#lib/simulator/core/books/documents.ts";
import type { BookPolicy } from "#lib/simulator/core/books/policy.ts";
import { type Reason, Refused } from "#lib/simulator/core/books/refusal.ts";
import { amount } from "#lib/simulator/core/decimal.ts";

const policy: BookPolicy<Record<never, never>> = {
  chart: () => ({
    accounts: [
      { id: "bank", code: "1200", name: "Bank", role: "bank" },
      { id: "held", code: "1210", name: "To bank", role: "undeposited" },
      { id: "debtors", code: "1100", name: "Debtors", role: "receivable" },
      { id: "creditors", code: "2100", name: "Creditors", role: "payable" },
      { id: "vat", code: "2200", name: "VAT", role: "tax" },
      { id: "sales", code: "4000", name: "Sales", role: "income" },
      { id: "goods", code: "5000", name: "Goods", role: "cost-of-sales" },
    ],
    taxRates: [{ id: "S", name: "Standard", percent: "20", on: "both" }],
  }),
  ids: "uuids",
  nameSpaces: [["customer", "supplier"]],
  uniqueNumbers: (type) => (type === "bill" ? "party" : "all"),
  taxPer: "rate",
  notOnLines: ["receivable", "payable"],
  ownSettings: {},
};
const info = { id: "t", name: "T", createdAt: 0, currency: "GBP", currencies: ["GBP", "EUR"] };
const standard = { adviser: false };

/** The reasons of a refusal. */
function refused(work: () => unknown): readonly Reason[] {
  try {
    work();
  } catch (error) {
    if (error instanceof Refused) return error.reasons;
    throw error;
  }
  return [];
}

describe("BB11 the core's books", () => {
  let books: Books;
  let customer: string;
  let supplier: string;
  beforeEach(() => {
    books = new Books(info, new SimulatorClock(), () => undefined, policy);
    customer = books.lists.addParty({ kind: "customer", name: "Bell", reference: "C1", currency: null }).id;
    supplier = books.lists.addParty({ kind: "supplier", name: "Crane", reference: "S1", currency: null }).id;
  });

  const input = (number: string, changes: Partial<DocumentInput> = {}): DocumentInput => ({
    partyId: customer,
    date: "2026-11-02",
    number,
    status: "open",
    amounts: "net",
    lines: [{ amount: "100.00", accountId: "sales", taxId: "S" }],
    ...changes,
  });
  const invoice = (number: string, changes?: Partial<DocumentInput>) =>
    books.documents.create("sales-invoice", input(number, changes), standard);
  const pay = (amountPaid: string, lines: { documentId: string; amount: string }[], more: object = {}) =>
    books.payments.record(
      {
        direction: "in",
        partyId: customer,
        accountId: "bank",
        date: "2026-11-03",
        amount: amountPaid,
        lines,
        ...more,
      },
      standard,
    );
  const balance = (id: string) => amount(books.balances().get(id) ?? 0n);

  it("rounds tax of a rate once, and takes it out of gross amounts", () => {
    const three = Array.from({ length: 3 }, () => ({ amount: "0.13", accountId: "sales", taxId: "S" }));
    expect(invoice("1", { lines: three })).toMatchObject({ net: "0.39", tax: "0.08", gross: "0.47" });
    const gross = [{ amount: "120.00", accountId: "sales", taxId: "S" }];
    expect(invoice("2", { amounts: "gross", lines: gross })).toMatchObject({ net: "100.00", gross: "120.00" });
  });

  it("refuse all that is wrong with a document at once, and keep nothing of it", () => {
    const lines = [
      { amount: "1.00", accountId: "debtors" },
      { amount: "1.00", accountId: "none", taxId: "X" },
      { amount: "1.00" },
    ];
    const reasons = refused(() => invoice("1", { currency: "USD", partyId: "nobody", lines }));
    expect(reasons.map(({ code, line }) => [code, line])).toEqual([
      ["unknown-party", undefined],
      ["currency", undefined],
      ["wrong-account", 0],
      ["unknown-tax", 1],
      ["unknown-account", 1],
      ["required", 2],
    ]);
    expect(books.list("documents")).toEqual([]);
  });

  it("hold names in one space, numbers by party, versions and locks", () => {
    const same = { kind: "supplier" as const, name: "bell", reference: null, currency: null };
    expect(refused(() => books.lists.addParty(same))).toMatchObject([{ code: "name-taken", id: customer }]);
    const bill = (partyId: string) => books.documents.create("bill", input("B1", { partyId }), standard);
    bill(supplier);
    bill(customer);
    expect(refused(() => bill(supplier))).toMatchObject([{ code: "number-taken" }]);
    const one = invoice("1");
    books.documents.change(one.id, { reference: "x" }, standard, 0);
    expect(refused(() => books.documents.void(one.id, standard, 0))).toMatchObject([{ code: "stale", text: "1" }]);
    books.change({ periodLock: "2026-11-02" });
    expect(refused(() => books.documents.void(one.id, standard))).toMatchObject([{ code: "locked" }]);
    expect(books.documents.void(one.id, { adviser: true }).status).toBe("void");
  });

  it("pay several documents with one receipt, keep the rest on account, and undo it", () => {
    const [a, b] = [invoice("1"), invoice("2")];
    const lines = [
      { documentId: a.id, amount: "120.00" },
      { documentId: b.id, amount: "20.00" },
    ];
    const payment = pay("150.00", lines);
    expect(amount(books.payments.leftOf(payment))).toBe("10.00");
    expect(books.get("documents", b.id)?.paid).toBe("20.00");
    expect(refused(() => pay("101.00", [{ documentId: b.id, amount: "101.00" }]))).toMatchObject([{ code: "too-much" }]);
    expect(refused(() => books.documents.void(b.id, standard))).toMatchObject([{ code: "settled" }]);
    books.payments.undo(payment.id, "delete", standard);
    expect(books.get("documents", a.id)).toMatchObject({ paid: "0.00", settledOn: null });
    expect(books.changes(["payments"], 0)).toMatchObject([{ kind: "payments", record: { deleted: true } }]);
  });

  it("let a credit note pay an invoice, by allocation or by a payment of nothing, and be paid back", () => {
    const [a, b] = [invoice("1"), invoice("2")];
    const credit = books.documents.create("sales-credit-note", input("C1"), standard);
    const part = books.payments.allocate({ fromId: credit.id, documentId: a.id, amount: "50.00", date: "2026-11-03" }, standard);
    books.payments.unallocate(part.id, standard);
    const lines = [
      { documentId: b.id, amount: "70.00" },
      { documentId: credit.id, amount: "70.00" },
    ];
    pay("0.00", lines, { accountId: null });
    pay("50.00", [{ documentId: credit.id, amount: "50.00" }], { direction: "out" });
    expect([a, b, credit].map(({ id }) => books.get("documents", id)?.paid)).toEqual(["0.00", "70.00", "120.00"]);
    expect(balance("debtors"), "120 + 120 - 120 + 50").toBe("170.00");
  });

  it("bank payments in a deposit that then holds them, and explain no more of a bank line than there is", () => {
    const one = invoice("1");
    const payment = pay("120.00", [{ documentId: one.id, amount: "120.00" }], { accountId: null });
    expect(balance("held")).toBe("120.00");
    const deposit = books.bank.deposit({ accountId: "bank", date: "2026-11-04", paymentIds: [payment.id] }, standard);
    expect([balance("held"), balance("bank")]).toEqual(["0.00", "120.00"]);
    expect(refused(() => books.payments.undo(payment.id, "void", standard))).toMatchObject([{ code: "deposited" }]);
    books.bank.removeDeposit(deposit.id, standard);
    books.payments.undo(payment.id, "void", standard);
    const line = books.bank.addLine({ accountId: "bank", date: "2026-11-05", amount: "100.00", description: "BACS" });
    const over = () => pay("101.00", [{ documentId: one.id, amount: "101.00" }], { bankLineId: line.id });
    expect(refused(over)).toMatchObject([{ code: "too-much", id: line.id, text: "100.00" }]);
    pay("100.00", [{ documentId: one.id, amount: "100.00" }], { bankLineId: line.id });
    expect(refused(() => books.bank.removeLine(line.id))).toMatchObject([{ code: "in-use" }]);
  });

  it("balance: every kind of record comes to nothing over the chart", () => {
    const one = invoice("1", { currency: "EUR", lines: [{ amount: "33.33", accountId: "sales", taxId: "S" }] });
    books.documents.create("bill", input("B1", { partyId: supplier, lines: [{ amount: "9.99", accountId: "goods" }] }), standard);
    pay("10.00", [{ documentId: one.id, amount: "10.00" }], { currency: "EUR" });
    const cash = { partyId: null, bankAccountId: "bank" };
    books.documents.create("money-in", input("M1", cash), standard);
    const lines = [
      { accountId: "goods", amount: "5.00" },
      { accountId: "bank", amount: "-5.00" },
    ];
    books.bank.journal({ date: "2026-11-02", lines }, standard);
    const odd = [{ accountId: "goods", amount: "5.00" }];
    expect(refused(() => books.bank.journal({ date: "2026-11-02", lines: odd }, standard))).toMatchObject([
      { code: "unbalanced", text: "5.00" },
    ]);
    expect([...books.balances().values()].reduce((sum, value) => sum + value, 0n)).toBe(0n);
  });

  it("keep a draft out of the ledger until it is opened, and hide what is not in the reader's index yet", () => {
    const draft = invoice("1", { status: "draft", lines: [{ amount: "1.00" }] });
    expect(balance("debtors")).toBe("0.00");
    expect(refused(() => books.documents.open(draft.id, standard))).toMatchObject([{ code: "required", line: 0 }]);
    const lines = [{ amount: "1.00", accountId: "sales" }];
    books.documents.change(draft.id, { amounts: "untaxed", lines }, standard);
    books.documents.open(draft.id, standard);
    expect(balance("debtors")).toBe("1.00");
    books.hide(draft.id, books.clock.now() + 30_000);
    expect(books.get("documents", draft.id)).toBeUndefined();
    expect(books.documents.byNumber("1", ["sales-invoice"])).toEqual([]);
  });
});
