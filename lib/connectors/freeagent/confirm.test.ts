import { describe, expect, it } from "vitest";
import type { ConfirmRequest, PushedRef, RawAnswer, Sighting } from "../types.ts";
import {
  API,
  aContact,
  aJournal,
  anAllocation,
  anInvoice,
  answer,
  aPayment,
  aRef,
  connection,
  invoiceThere,
} from "./fixtures.ts";
import { freeagent } from "./index.ts";

const { confirm } = freeagent;

/** Reads back with answers given call by call; what was asked, and what was seen. */
function readBack(refs: readonly PushedRef[], answers: readonly RawAnswer[], over: Partial<ConfirmRequest> = {}) {
  const kind = refs[0]?.kind ?? "sales-invoice";
  const request: ConfirmRequest = { connection, kind, refs, since: new Date("2026-03-02T10:00:00Z"), cursor: null, ...over };
  const asked: string[] = [];
  const seen: Sighting[] = [];
  let cursor: string | null = null;
  for (const one of answers) {
    const here: ConfirmRequest = { ...request, cursor };
    const message = confirm.ask(here, connection);
    asked.push(`${message.path}?${Object.entries(message.query).map((pair) => pair.join("="))}`);
    const page = confirm.read(message, one, here);
    seen.push(...page.sightings);
    cursor = page.next;
    if (cursor === null) break;
  }
  return { asked, seen, next: cursor };
}
const one = (over: Record<string, unknown> = {}) => answer(200, { invoice: invoiceThere(over) });
const many = (rows: readonly unknown[], headers = {}) => answer(200, { invoices: rows }, headers);
const known = (over: Partial<PushedRef> = {}) => aRef({ externalId: "/v2/invoices/1", ...over });

describe("reading back what FreeAgent holds", () => {
  it("asks for a few by their ids, and reads amounts and split from text", () => {
    const { asked, seen, next } = readBack([known()], [one()]);
    expect(asked).toEqual(["/v2/invoices/1?"]);
    expect(next).toBeNull();
    expect(seen).toMatchObject([
      {
        externalId: "/v2/invoices/1",
        version: "2026-03-02T10:00:00Z",
        seen: {
          kind: "sales-invoice",
          number: "OP-10045",
          contactExternalId: "/v2/contacts/70",
          dueOn: "2026-04-01",
          status: "authorised",
          netMinor: 2025n,
          taxMinor: 405n,
          grossMinor: 2430n,
          dueMinor: 2430n,
          settledMinor: 0n,
          split: [{ accountExternalId: "/v2/categories/001", taxExternalId: "taxable-20", netMinor: 2025n, taxMinor: 405n }],
          lines: [{ externalId: "/v2/invoice_items/11" }],
        },
      },
    ]);
  });

  it("reads many by pages of what changed, and by id what no page showed whole", () => {
    const refs = [1, 2, 3, 4, 5].map((n) => known({ recordId: `r${n}`, externalId: `/v2/invoices/${n}` }));
    const row = (n: number, over = {}) => invoiceThere({ url: `${API}/v2/invoices/${n}`, ...over });
    const bare = { invoice_items: [{ description: "x", item_type: "Hours", price: "0.0", quantity: "0.0" }] };
    const { asked, seen } = readBack(refs, [
      many([row(1), row(2)], { link: '<https://api.freeagent.com/v2/invoices?page=2>; rel="next"' }),
      many([row(3), row(4, bare)], { link: "" }),
      one({ url: `${API}/v2/invoices/4` }),
      answer(404, {}),
    ]);
    expect(asked).toEqual([
      "/v2/invoices?view=all,updated_since=2026-03-02T09:55:00.000Z,nested_invoice_items=true,page=1,per_page=100",
      "/v2/invoices?view=all,updated_since=2026-03-02T09:55:00.000Z,nested_invoice_items=true,page=2,per_page=100",
      "/v2/invoices/4?",
      "/v2/invoices/5?",
    ]);
    expect(seen.map((each) => each.recordId)).toEqual(["r1", "r2", "r3", "r4"]);
  });

  it("finds what has no id by our number and contact, and sees two of them", () => {
    const rows = [
      invoiceThere(),
      invoiceThere({ url: `${API}/v2/invoices/2` }),
      invoiceThere({ contact: `${API}/v2/contacts/9` }),
    ];
    expect(readBack([aRef()], [many(rows)]).seen.map((each) => each.externalId)).toEqual(["/v2/invoices/1", "/v2/invoices/2"]);
    expect(readBack([aRef({ reference: "OP-1" })], [many(rows)]).seen).toEqual([]);
  });

  it.each([
    ["Draft", "draft"],
    ["Overdue", "authorised"],
    ["Zero Value", "authorised"],
    ["Paid", "paid"],
    ["Refunded", "paid"],
    ["Brand New", "other"],
  ])("P28 takes %s for %s", (said, status) => {
    expect(readBack([known()], [one({ status: said })]).seen[0]?.seen).toMatchObject({ status });
  });

  it("sees the VAT that FreeAgent reckons by the line", () => {
    const { seen } = readBack([known()], [one({ sales_tax_value: "4.06", total_value: "24.31" })]);
    expect(seen[0]?.seen).toMatchObject({ taxMinor: 406n, grossMinor: 2431n });
  });

  it("a bill's amounts have signs that differ, and one with a negative total is a supplier's credit note", () => {
    const bill = (total: string, item: object = {}) =>
      answer(200, {
        bill: {
          url: `${API}/v2/bills/3`,
          reference: "B-1",
          total_value: total,
          net_value: "-83.33",
          sales_tax_value: "-16.67",
          due_value: total,
          status: "Open",
          bill_items: [
            {
              url: `${API}/v2/bill_items/31`,
              category: `${API}/v2/categories/285`,
              total_value: total,
              sales_tax_rate: "20.0",
              ...item,
            },
          ],
        },
      });
    const ref = aRef({ kind: "bill", externalId: "/v2/bills/3" });
    const split = { accountExternalId: "/v2/categories/285", taxExternalId: "taxable-20", netMinor: 8333n, taxMinor: 1667n };
    expect(readBack([ref], [bill("100.0")]).seen[0]?.seen).toMatchObject({
      kind: "bill",
      netMinor: 8333n,
      taxMinor: 1667n,
      grossMinor: 10_000n,
      split: [split],
    });
    expect(readBack([ref], [bill("-100.0")]).seen[0]?.seen).toMatchObject({ kind: "supplier-credit-note", grossMinor: 10_000n });
    const manual = readBack([ref], [bill("100.0", { manual_sales_tax_amount: "16.66" })]).seen[0]?.seen;
    expect(manual).toMatchObject({ split: [{ netMinor: 8334n, taxMinor: 1666n }] });
  });

  it("what we took away there is seen to be deleted, and nothing else that is missing", () => {
    const voided = anInvoice({ voided: true, lines: [] });
    const gone = readBack([known({ sent: voided })], [answer(404, {})]).seen;
    expect(gone).toMatchObject([{ externalId: "/v2/invoices/1", seen: { status: "deleted" } }]);
    expect(readBack([known({ sent: anInvoice() })], [answer(404, {})]).seen).toEqual([]);
  });

  it("a contact without an id is one of its name that was made since, for ours stands on none", () => {
    const row = (id: number, created_at: string) => ({
      url: `${API}/v2/contacts/${id}`,
      organisation_name: " Orchard  Ltd",
      created_at,
      status: id === 3 ? "Hidden" : "Active",
    });
    const rows = [row(1, "2026-01-01T00:00:00Z"), row(2, "2026-03-02T10:00:01Z"), row(3, "2026-03-02T10:00:02Z")];
    const { seen } = readBack([aRef({ kind: "customer", sent: aContact() })], [answer(200, { contacts: rows })]);
    expect(seen).toMatchObject([
      { externalId: "/v2/contacts/2", seen: { status: "active" } },
      { externalId: "/v2/contacts/3", seen: { status: "archived" } },
    ]);
    expect(seen[0]?.seen).not.toHaveProperty("reference");
  });

  it("a payment is found on its bank account by document, date and amount; only words of ours are told", () => {
    const row = (id: number, over: object = {}) => ({
      url: `${API}/v2/bank_transaction_explanations/${id}`,
      bank_account: `${API}/v2/bank_accounts/1`,
      dated_on: "2026-03-05",
      gross_value: "120.0",
      description: "PAY-1 Till 3",
      paid_invoice: `${API}/v2/invoices/1`,
      ...over,
    });
    const ref = aRef({ kind: "payment", sent: aPayment() });
    const rows = [
      row(1),
      row(2, { gross_value: "12.0" }),
      row(3, { paid_invoice: `${API}/v2/invoices/9` }),
      row(4, { dated_on: "2026-03-06" }),
    ];
    const { asked, seen } = readBack([ref], [answer(200, { bank_transaction_explanations: rows })]);
    expect(asked[0]).toContain(`bank_account=${API}/v2/bank_accounts/1`);
    expect(seen).toMatchObject([
      {
        externalId: "/v2/bank_transaction_explanations/1",
        seen: { direction: "receipt", packageReference: "PAY-1 Till 3", amountMinor: 12_000n },
      },
    ]);
    const own = readBack([ref], [answer(200, { bank_transaction_explanations: [row(1, { description: "Invoice OP-10045" })] })]);
    expect(own.seen[0]?.seen).not.toHaveProperty("packageReference");
  });

  it("a journal is found by our tag, an allocation by its documents and amount", () => {
    const journal = {
      url: `${API}/v2/journal_sets/12`,
      tag: "greentick-journal-1",
      description: "JNL-1 Rent for March",
      dated_on: "2026-03-31",
      journal_entries: [{ category: `${API}/v2/categories/285`, debit_value: "900.0" }],
    };
    const sent = aJournal();
    const found = readBack([aRef({ recordId: "journal-1", kind: "journal", sent })], [answer(200, { journal_sets: [journal] })]);
    expect(found.asked[0]).toContain("tag=greentick-journal-1");
    expect(found.seen).toMatchObject([{ externalId: "/v2/journal_sets/12", seen: { url: sent.url, status: "posted" } }]);
    const set = {
      url: `${API}/v2/credit_note_reconciliations/2`,
      gross_value: "100.0",
      invoice: `${API}/v2/invoices/1`,
      credit_note: `${API}/v2/credit_notes/5`,
    };
    const ref = aRef({ kind: "allocation", sent: anAllocation() });
    expect(readBack([ref], [answer(200, { credit_note_reconciliations: [set] })]).seen).toMatchObject([
      { externalId: "/v2/credit_note_reconciliations/2", seen: { amountMinor: 10_000n, documentExternalId: "/v2/invoices/1" } },
    ]);
  });
});
