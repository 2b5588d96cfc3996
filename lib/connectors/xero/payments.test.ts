import { describe, expect, it } from "vitest";
import type { Message, PulledPayment, RawAnswer } from "../types.ts";
import { answer, connection } from "./fixtures.ts";
import { pullPayments as pull } from "./payments.ts";
import { pull as pullAny } from "./pull.ts";

const at = (iso: string) => `/Date(${Date.parse(iso)}+0000)/`;
const payment = (id: string, changed: string, over: Record<string, unknown> = {}) => ({
  PaymentID: id,
  PaymentType: "ACCRECPAYMENT",
  Status: "AUTHORISED",
  Date: at("2026-11-05T00:00:00Z"),
  Amount: 24.3,
  BankAmount: 20.5,
  Reference: "BACS",
  Account: { AccountID: "bank" },
  Invoice: {
    InvoiceID: "inv",
    InvoiceNumber: "S-1",
    Type: "ACCREC",
    CurrencyCode: "GBP",
    Contact: { ContactID: "c", Name: "Bank West" },
  },
  UpdatedDateUTC: at(changed),
  ...over,
});

/** One whole reading from `cursor` against a function that plays Xero. */
function reading(cursor: string | null, xero: (message: Message) => RawAnswer) {
  const asked: Message[] = [];
  const payments: PulledPayment[] = [];
  let next = cursor;
  for (let more = true; more && asked.length < 100; ) {
    const request = { connection, stream: "payments" as const, cursor: next };
    const message = pull.ask(request, connection);
    asked.push(message);
    const page = pull.read(message, xero(message), request);
    payments.push(...page.payments);
    next = page.cursor;
    more = page.more;
  }
  return { asked, payments, cursor: next };
}
const only = (plural: string, elements: readonly unknown[]) => (message: Message) =>
  answer(200, message.path.endsWith(`/${plural}`) ? { [plural]: elements } : {});

describe("M53 payments read from Xero", () => {
  // Xero clamps a page size that it does not like; a short page is then no last page.
  it("go on after a page that the server capped at its default, with a count of pages or without", () => {
    const all = Array.from({ length: 130 }, (_, index) => payment(`p${index}`, "2026-11-05T10:00:00Z"));
    for (const counted of [true, false]) {
      const { payments } = reading(null, (message) => {
        const page = Number(message.query.page);
        if (!message.path.endsWith("/Payments")) return answer(200, {});
        const pagination = counted ? { pagination: { page, pageSize: 100, pageCount: 2, itemCount: 130 } } : {};
        return answer(200, { ...pagination, Payments: all.slice((page - 1) * 100, page * 100) });
      });
      expect(new Set(payments.map((one) => one.externalId)).size).toBe(130);
    }
  });

  it("come with company, date, reference, amount, document and side", () => {
    const { asked, payments } = reading(
      null,
      only("Payments", [payment("p1", "2026-11-05T10:00:00Z", { BatchPayment: { BatchPaymentID: "b" } })]),
    );
    expect(asked.map((message) => [message.path, message.headers])).toEqual([
      ["/api.xro/2.0/Payments", {}],
      ["/api.xro/2.0/Overpayments", {}],
      ["/api.xro/2.0/Prepayments", {}],
    ]);
    expect(payments).toEqual([
      {
        externalId: "p1",
        groupExternalId: "b",
        kind: "receipt",
        kindSaid: null,
        status: "live",
        paidOn: "2026-11-05",
        reference: "BACS",
        amountMinor: 2430n,
        currency: "GBP",
        bankAccountExternalId: "bank",
        bankAmount: "20.5",
        contactExternalId: "c",
        contactName: "Bank West",
        documentExternalId: "inv",
        documentNumber: "S-1",
        documentKind: "sales-invoice",
      },
    ]);
  });

  it("P28 tell receipts, bill payments, refunds and deleted ones apart", () => {
    const { payments } = reading(
      null,
      only("Payments", [
        payment("a", "2026-11-05T10:00:00Z", { PaymentType: "ACCPAYPAYMENT", Invoice: { InvoiceID: "i" } }),
        payment("b", "2026-11-05T10:00:01Z", {
          PaymentType: "ARCREDITPAYMENT",
          Invoice: undefined,
          CreditNote: { CreditNoteID: "n", CreditNoteNumber: "CN" },
        }),
        payment("c", "2026-11-05T10:00:02Z", { Status: "DELETED" }),
        payment("d", "2026-11-05T10:00:03Z", { PaymentType: "SOMETHINGNEW", Invoice: undefined }),
      ]),
    );
    expect(payments.map((one) => [one.kind, one.status, one.documentKind])).toEqual([
      ["payment-out", "live", "bill"],
      ["sales-refund", "live", "sales-credit-note"],
      ["receipt", "deleted", "sales-invoice"],
      ["other", "live", "other"],
    ]);
  });

  it("FB8 FB4 are read by their ids, deleted ones among them, and a kind of no name of ours comes by its own word", () => {
    const ids = Array.from({ length: 25 }, (_, index) => `p${index}`);
    const request = { connection: connection, stream: "payments" as const, ids, cursor: null };
    const first = pullAny.ask(request, connection);
    expect(first.query.where?.split(" OR ")).toHaveLength(20);
    expect(first.query.where).toContain('PaymentID==guid("p0")');
    const page = pullAny.read(
      first,
      answer(200, {
        Payments: [
          payment("p0", "2026-11-05T10:00:00Z", { PaymentType: "ARDIRECTDEBIT" }),
          payment("p1", "2026-11-05T10:00:00Z", { Status: "DELETED" }),
          payment("another", "2026-11-05T10:00:00Z"),
        ],
      }),
      request,
    );
    expect(page.payments.map((one) => [one.externalId, one.kind, one.kindSaid, one.status])).toEqual([
      ["p0", "other", "ARDIRECTDEBIT", "live"],
      ["p1", "receipt", null, "deleted"],
    ]);
    expect(page).toMatchObject({ more: true, cursor: "20" });
    const second = pullAny.ask({ ...request, cursor: page.cursor }, connection);
    expect(second.query.where?.split(" OR ")).toHaveLength(5);
    expect(pullAny.read(second, answer(200, { Payments: [] }), { ...request, cursor: page.cursor }).more).toBe(false);
  });

  it("FB11 money on account has its bank account from its bank transaction", () => {
    const request = { connection: connection, stream: "account-banks" as const, cursor: null };
    const message = pullAny.ask(request, connection);
    expect([message.path, message.query.where]).toEqual([
      "/api.xro/2.0/BankTransactions",
      'Type=="RECEIVE-OVERPAYMENT" OR Type=="SPEND-OVERPAYMENT" OR Type=="RECEIVE-PREPAYMENT" OR Type=="SPEND-PREPAYMENT"',
    ]);
    const page = pullAny.read(
      message,
      answer(200, {
        BankTransactions: [
          { BankTransactionID: "t1", OverpaymentID: "o1", BankAccount: { AccountID: "bank" } },
          { BankTransactionID: "t2", PrepaymentID: "p1", BankAccount: { AccountID: "bank" } },
          { BankTransactionID: "t3", BankAccount: { AccountID: "bank" } },
        ],
      }),
      request,
    );
    expect(page.banks).toEqual([
      { externalId: "o1", bankAccountExternalId: "bank" },
      { externalId: "p1", bankAccountExternalId: "bank" },
    ]);
    expect(page.more).toBe(false);
  });

  it("B21 show money on account as such", () => {
    const { payments } = reading(
      null,
      only("Overpayments", [
        {
          OverpaymentID: "o",
          Type: "RECEIVE-OVERPAYMENT",
          Status: "AUTHORISED",
          DateString: "2026-11-05T00:00:00",
          Total: 10,
          CurrencyCode: "EUR",
          Contact: { ContactID: "c", Name: "n" },
        },
      ]),
    );
    expect(payments).toMatchObject([
      {
        externalId: "o",
        kind: "receipt",
        documentKind: "on-account",
        amountMinor: 1000n,
        currency: "EUR",
        documentExternalId: null,
      },
    ]);
  });

  it("P25 are read next time from five minutes before the last change that was seen, and the cursor never goes back", () => {
    const first = reading(null, only("Payments", [payment("a", "2026-11-05T10:00:00Z"), payment("b", "2026-11-05T10:20:00Z")]));
    const second = reading(first.cursor, only("Payments", [payment("a", "2026-11-05T10:16:00Z")]));
    expect(second.asked[0]?.headers).toEqual({ "If-Modified-Since": "2026-11-05T10:15:00" });
    const third = reading(second.cursor, () => answer(304, ""));
    expect(third.asked[0]?.headers).toEqual({ "If-Modified-Since": "2026-11-05T10:15:00" });
    expect(third.cursor).toBe(second.cursor);
  });

  it("P27 are read whole again once a week, since not every change moves its date; after that from the last change again", () => {
    const told = (iso: string, elements: readonly unknown[]) => (message: Message) =>
      answer(200, { DateTimeUTC: at(iso), ...(message.path.endsWith("/Payments") ? { Payments: elements } : {}) });
    const one = payment("a", "2026-11-05T10:00:00Z");
    const first = reading(null, told("2026-11-05T11:00:00Z", [one]));
    const soon = reading(first.cursor, told("2026-11-12T10:59:59Z", []));
    expect(soon.asked.map((message) => message.headers["If-Modified-Since"])).toEqual([
      "2026-11-05T09:55:00",
      undefined,
      undefined,
    ]);
    const late = reading(soon.cursor, told("2026-11-12T11:00:00Z", []));
    expect(late.asked[0]?.headers).toEqual({ "If-Modified-Since": "2026-11-05T09:55:00" });
    const whole = reading(late.cursor, told("2026-11-12T11:15:00Z", [one]));
    expect(whole.asked.map((message) => message.headers)).toEqual([{}, {}, {}]);
    expect(whole.payments).toHaveLength(1);
    const next = reading(whole.cursor, told("2026-11-12T11:30:00Z", []));
    expect(next.asked[0]?.headers).toEqual({ "If-Modified-Since": "2026-11-05T09:55:00" });
  });

  it("P26 skip no row when others move while it pages", () => {
    // 2,500 payments a second apart; after the first page the first 100 of them change and move to the end.
    let rows = Array.from({ length: 2_500 }, (_, n) => ({ id: `p${n}`, changed: Date.parse("2026-11-05T10:00:00Z") + n * 1000 }));
    let calls = 0;
    const { payments, asked } = reading(null, (message) => {
      if (!message.path.endsWith("/Payments")) return answer(200, {});
      const header = message.headers["If-Modified-Since"];
      const from = header === undefined ? 0 : Date.parse(`${header}Z`);
      const page = Number(message.query.page);
      const hits = rows.filter((row) => row.changed > from).sort((a, b) => a.changed - b.changed);
      const answered = answer(200, {
        Payments: hits.slice((page - 1) * 1000, page * 1000).map((row) => payment(row.id, new Date(row.changed).toISOString())),
      });
      calls += 1;
      if (calls === 1) rows = rows.map((row, n) => (n < 100 ? { ...row, changed: Date.parse("2026-11-05T12:00:00Z") + n } : row));
      return answered;
    });
    expect(new Set(payments.map((one) => one.externalId)).size).toBe(2_500);
    expect(asked.length).toBeLessThan(8);
  });

  it("turn the page where more than a thousand changed within one second", () => {
    const rows = Array.from({ length: 2_100 }, (_, n) => payment(`p${n}`, "2026-11-05T10:00:00Z"));
    const { payments } = reading(null, (message) => {
      const page = Number(message.query.page);
      return answer(200, message.path.endsWith("/Payments") ? { Payments: rows.slice((page - 1) * 1000, page * 1000) } : {});
    });
    expect(new Set(payments.map((one) => one.externalId)).size).toBe(2_100);
  });
});
