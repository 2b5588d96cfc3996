import { describe, expect, it } from "vitest";
import type { PulledPage, PullRequest, RawAnswer } from "../types.ts";
import { API, answer, connection, invoiceThere } from "./fixtures.ts";
import { freeagent } from "./index.ts";

const AT = { date: "Mon, 02 Mar 2026 12:00:00 GMT" };
const NEXT = { link: '<x>; rel="next"' };

/** Reads one stream to its end with answers given call by call. */
function pull(stream: string, cursor: string | null, answers: readonly RawAnswer[], over: Partial<PullRequest> = {}) {
  const asked: string[] = [];
  const pages: PulledPage[] = [];
  let at = cursor;
  for (const one of answers) {
    const request: PullRequest = { connection, stream, cursor: at, ...over };
    const message = freeagent.pull.ask(request, connection);
    const { updated_since, page, bank_account } = message.query;
    asked.push([message.path, bank_account, updated_since, page].filter((each) => each !== undefined).join(" "));
    const read = freeagent.pull.read(message, one, request);
    pages.push(read);
    at = read.cursor;
    if (!read.more) break;
  }
  return {
    asked,
    cursor: at,
    pages,
    payments: pages.flatMap((one) => one.payments),
    documents: pages.flatMap((one) => one.documents),
  };
}

describe("what changed in FreeAgent", () => {
  const list = (name: string, rows: readonly object[], headers = {}) => answer(200, { [name]: rows }, { ...AT, ...headers });

  it("of documents: invoices, bills and credit notes, page by page, then from ten minutes before the last change", () => {
    const bill = {
      url: `${API}/v2/bills/2`,
      total_value: "-12.0",
      due_value: "-12.0",
      currency: "GBP",
      status: "Open",
      updated_at: "2026-03-02T11:00:00Z",
    };
    const first = pull("documents", null, [
      list("invoices", [invoiceThere()], NEXT),
      list("invoices", [
        invoiceThere({ url: `${API}/v2/invoices/2`, status: "Paid", due_value: "0.0", updated_at: "2026-03-02T11:30:00Z" }),
      ]),
      list("bills", [bill]),
      list("credit_notes", []),
    ]);
    expect(first.asked).toEqual(["/v2/invoices 1", "/v2/invoices 2", "/v2/bills 1", "/v2/credit_notes 1"]);
    expect(first.documents).toMatchObject([
      { externalId: "/v2/invoices/1", kind: "sales-invoice", grossMinor: 2430n, dueMinor: 2430n, status: "open" },
      { externalId: "/v2/invoices/2", status: "paid", dueMinor: 0n },
      { externalId: "/v2/bills/2", kind: "supplier-credit-note", grossMinor: 1200n },
    ]);
    const later = pull("documents", first.cursor, [list("invoices", []), list("bills", []), list("credit_notes", [])]);
    expect(later.asked).toEqual([
      "/v2/invoices 2026-03-02T11:20:00.000Z 1",
      "/v2/bills 2026-03-02T10:50:00.000Z 1",
      "/v2/credit_notes 1",
    ]);
  });

  it("P27 of everything again after a week, since nothing there tells of what moved no date", () => {
    const empty = (date: string) =>
      ["invoices", "bills", "credit_notes"].map((name) => list(name, name === "invoices" ? [invoiceThere()] : [], { date }));
    const first = pull("documents", null, empty("Mon, 02 Mar 2026 12:00:00 GMT"));
    const week = pull("documents", first.cursor, empty("Tue, 10 Mar 2026 12:00:00 GMT"));
    expect(week.asked[0]).toContain("2026-03-02T09:50");
    expect(pull("documents", week.cursor, empty("Wed, 11 Mar 2026 12:00:00 GMT")).asked[0]).toBe("/v2/invoices 1");
  });

  it("of payments: every bank account's explanations that pay a document", () => {
    const row = (id: number, over: object) => ({
      url: `${API}/v2/bank_transaction_explanations/${id}`,
      bank_transaction: `${API}/v2/bank_transactions/${id}`,
      bank_account: `${API}/v2/bank_accounts/1`,
      dated_on: "2026-03-05",
      gross_value: "120.0",
      description: "x",
      updated_at: "2026-03-05T10:00:00Z",
      ...over,
    });
    const accounts = list("bank_accounts", [
      { url: `${API}/v2/bank_accounts/1`, currency: "GBP" },
      { url: `${API}/v2/bank_accounts/2`, currency: "EUR" },
    ]);
    const rows = [
      row(1, { paid_invoice: `${API}/v2/invoices/1` }),
      row(2, { paid_bill: `${API}/v2/bills/2`, gross_value: "-50.0" }),
      row(3, { category: `${API}/v2/categories/285` }),
      row(4, { paid_invoice: `${API}/v2/invoices/3`, foreign_currency_value: "140.0" }),
    ];
    const { asked, payments, cursor } = pull("payments", null, [
      accounts,
      list("bank_transaction_explanations", rows),
      list("bank_transaction_explanations", []),
    ]);
    expect(asked).toEqual([
      "/v2/bank_accounts 1",
      `/v2/bank_transaction_explanations ${API}/v2/bank_accounts/1 1`,
      `/v2/bank_transaction_explanations ${API}/v2/bank_accounts/2 1`,
    ]);
    expect(payments).toMatchObject([
      { kind: "receipt", documentKind: "sales-invoice", amountMinor: 12_000n, bankAccountExternalId: "/v2/bank_accounts/1" },
      { kind: "payment-out", documentKind: "bill", amountMinor: 5_000n, documentExternalId: "/v2/bills/2" },
      { kind: "other", documentKind: "other", kindSaid: expect.stringContaining("another currency") },
    ]);
    expect(pull("payments", cursor, [accounts, list("bank_transaction_explanations", [])]).asked[1]).toContain(
      "2026-03-05T09:50",
    );
  });

  it("of payments by their ids: one that is gone shows nothing", () => {
    const ids = ["/v2/bank_transaction_explanations/1", "/v2/bank_transaction_explanations/2"];
    const there = answer(200, {
      bank_transaction_explanation: { dated_on: "2026-03-05", gross_value: "1.0", paid_invoice: `${API}/v2/invoices/1` },
    });
    const { payments, asked } = pull("payments", "0", [there, answer(404, {})], { ids });
    expect(asked).toEqual(ids);
    expect(payments).toMatchObject([{ externalId: ids[0], amountMinor: 100n }]);
  });

  it("of contacts: hidden ones too", () => {
    const rows = [
      { url: `${API}/v2/contacts/1`, first_name: "Jo", last_name: "Moss", status: "Hidden", email: "jo@example.com" },
    ];
    const [page] = pull("contacts", null, [list("contacts", rows)]).pages;
    expect(page?.contacts).toMatchObject([
      { externalId: "/v2/contacts/1", name: "Jo Moss", status: "archived", email: "jo@example.com" },
    ]);
  });
});
