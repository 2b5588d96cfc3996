import { describe, expect, it } from "vitest";
import type { PulledPage, PullRequest } from "../types.ts";
import { answer, connection } from "./fixtures.ts";
import { pull } from "./pull.ts";

const at = (cursor: string | null): PullRequest => ({ connection, stream: "changes", cursor });
const asked = (cursor: string | null) => pull.ask(at(cursor), connection);
const read = (cursor: string | null, body: unknown): PulledPage => pull.read(asked(cursor), answer(200, body), at(cursor));
const invoice = (Id: string, over: object = {}) => ({
  Id,
  SyncToken: "1",
  DocNumber: `N-${Id}`,
  TxnDate: "2026-11-02",
  TotalAmt: 120.0,
  Balance: 20.0,
  CurrencyRef: { value: "GBP" },
  CustomerRef: { value: "58", name: "Bank West" },
  MetaData: { LastUpdatedTime: "2026-11-02T08:00:00-08:00" },
  ...over,
});
const TIME = "2026-11-30T04:05:06.789-08:00";

/** Reads to the end, each list answered empty but for the first. */
function readFirst(): string {
  let cursor: string | null = null;
  for (let calls = 0; calls < 20; calls += 1) {
    const page: PulledPage = read(cursor, { QueryResponse: {}, time: TIME });
    cursor = page.cursor;
    if (!page.more) return cursor;
  }
  throw new Error("It has no end");
}

describe("what changed there, by one cursor", () => {
  it("is read list by list at first, then by its changes from five minutes before that began", () => {
    expect(asked(null).query.query).toContain("FROM Invoice WHERE MetaData.LastUpdatedTime >= '1970-01-01T00:00:00Z'");
    const message = asked(readFirst());
    expect(message.path).toBe("/v3/company/9130347/cdc");
    expect(message.query.changedSince).toBe("2026-11-30T12:00:06.789Z");
    expect(message.query.entities).toBe("Invoice,Bill,CreditMemo,VendorCredit,Payment,BillPayment,Customer,Vendor");
  });

  it("a full page goes on from its last moment, and by its place where all of it is of one moment", () => {
    const full = Array.from({ length: 1000 }, (_, one) => invoice(String(one)));
    const { cursor, more, documents } = read(null, { QueryResponse: { Invoice: full }, time: TIME });
    expect([more, documents.length]).toEqual([true, 1000]);
    expect(asked(cursor).query.query).toContain(">= '2026-11-02T16:00:00.000Z'");
    const again = read(cursor, { QueryResponse: { Invoice: full }, time: TIME });
    expect(asked(again.cursor).query.query).toContain("STARTPOSITION 1001");
  });

  it("changes of all kinds come in one answer, what was deleted and voided among them", () => {
    const body = {
      CDCResponse: [
        {
          QueryResponse: [
            { Invoice: [invoice("1"), { Id: "2", status: "Deleted", domain: "QBO", MetaData: { LastUpdatedTime: TIME } }] },
            { Customer: [{ Id: "58", DisplayName: "Bank West", Notes: "good payer\n[ref C-1]", Active: true }] },
            {
              Payment: [
                {
                  Id: "77",
                  TxnDate: "2026-11-03",
                  TotalAmt: 150,
                  UnappliedAmt: 30,
                  CustomerRef: { value: "58" },
                  DepositToAccountRef: { value: "35" },
                  PaymentRefNum: "TX-1",
                  Line: [
                    { Amount: 100, LinkedTxn: [{ TxnId: "1", TxnType: "Invoice" }] },
                    { Amount: 20, LinkedTxn: [{ TxnId: "3", TxnType: "Invoice" }] },
                  ],
                },
                { Id: "78", TxnDate: "2026-11-03", TotalAmt: 0, PrivateNote: "Voided", Line: [] },
              ],
            },
            {},
          ],
        },
      ],
      time: TIME,
    };
    const page = read(readFirst(), body);
    expect(page.more).toBe(false);
    expect(page.documents).toMatchObject([
      { externalId: "1", kind: "sales-invoice", grossMinor: 12_000n, dueMinor: 2_000n, status: "open", version: "1" },
      { externalId: "2", status: "void" },
    ]);
    expect(page.contacts).toMatchObject([{ externalId: "58", number: "C-1", status: "active" }]);
    expect(page.payments.map((one) => [one.externalId, one.documentExternalId, one.amountMinor, one.status])).toEqual([
      ["77", "1", 10_000n, "live"],
      ["77-3", "3", 2_000n, "live"],
      ["77-rest", null, 3_000n, "live"],
      ["78", null, 0n, "deleted"],
    ]);
  });

  it("changes that were too many, or too long ago, are read list by list from where the last reading ended", () => {
    const many = {
      CDCResponse: [{ QueryResponse: [{ Invoice: Array.from({ length: 1000 }, (_, one) => invoice(String(one))) }] }],
    };
    const cursor = readFirst();
    for (const body of [
      { ...many, time: TIME },
      { CDCResponse: [], time: "2027-02-01T00:00:00Z" },
    ]) {
      const page = read(cursor, body);
      expect(page.more).toBe(true);
      expect(asked(page.cursor).query.query).toContain(
        "FROM Invoice WHERE MetaData.LastUpdatedTime >= '2026-11-30T12:00:06.789Z'",
      );
    }
  });

  it("payments by their ids are looked for among money in and money out", () => {
    const request: PullRequest = { ...at(null), ids: ["77", "90"] };
    expect(pull.ask(request, connection).query.query).toContain("FROM Payment WHERE Id IN ('77','90')");
    const first = pull.read(pull.ask(request, connection), answer(200, { QueryResponse: {} }), request);
    expect(first).toMatchObject({ payments: [], more: true });
    const second = { ...request, cursor: first.cursor };
    expect(pull.ask(second, connection).query.query).toContain("FROM BillPayment");
    expect(pull.read(pull.ask(second, connection), answer(200, { QueryResponse: {} }), second).more).toBe(false);
  });
});

describe("a payment there that credits take part in", () => {
  const settled = (TotalAmt: number, ...lines: readonly (readonly [Amount: number, TxnType: string, TxnId: string])[]) => {
    const Line = lines.map(([Amount, TxnType, TxnId]) => ({ Amount, LinkedTxn: [{ TxnId, TxnType }] }));
    const Payment = [{ Id: "90", TxnDate: "2026-11-03", TotalAmt, CustomerRef: { value: "58" }, Line }];
    return read(readFirst(), { CDCResponse: [{ QueryResponse: [{ Payment }] }], time: TIME }).payments;
  };
  it("is the money that came, and none where none came", () => {
    expect(settled(0, [50, "Invoice", "1"], [50, "CreditMemo", "2"]).filter(({ status }) => status === "live")).toEqual([]);
    expect(settled(80, [100, "Invoice", "1"], [20, "CreditMemo", "2"])).toMatchObject([{ amountMinor: 8_000n, kind: "receipt" }]);
    expect(settled(80, [60, "Invoice", "1"], [40, "Invoice", "3"], [20, "CreditMemo", "2"])).toMatchObject([
      { kind: "other", kindSaid: "payment of several documents together with credits" },
      { kind: "other" },
    ]);
  });
  it("leaves the rest on account, where the package names no rest", () => {
    expect(settled(150, [100, "Invoice", "1"]).map((one) => [one.documentKind, one.amountMinor])).toEqual([
      ["sales-invoice", 10_000n],
      ["on-account", 5_000n],
    ]);
  });
});
