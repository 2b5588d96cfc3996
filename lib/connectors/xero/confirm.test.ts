import { describe, expect, it } from "vitest";
import type { ConfirmRequest, Message, PushedRef, RawAnswer, Sighting } from "../types.ts";
import { confirm } from "./confirm.ts";
import { ACCOUNT, answer, aRef, CONTACT, connection } from "./fixtures.ts";

const since = new Date("2026-11-21T10:00:00Z");
const requestOf = (refs: readonly PushedRef[], over: Partial<ConfirmRequest> = {}): ConfirmRequest => ({
  connection,
  kind: refs[0]?.kind ?? "sales-invoice",
  refs,
  since,
  cursor: null,
  ...over,
});
const held = (number: string, over: Record<string, unknown> = {}) => ({
  InvoiceID: `id-${number}`,
  InvoiceNumber: number,
  Type: "ACCREC",
  Contact: { ContactID: CONTACT },
  Date: "/Date(1793577600000+0000)/",
  DateString: "2026-11-02T00:00:00",
  DueDate: "/Date(1796169600000+0000)/",
  CurrencyCode: "GBP",
  Status: "AUTHORISED",
  LineAmountTypes: "Exclusive",
  SubTotal: 20.25,
  TotalTax: 4.05,
  Total: 24.3,
  AmountPaid: 5,
  AmountDue: 19.3,
  LineItems: [
    {
      LineItemID: "l1",
      Description: "Widget",
      AccountID: ACCOUNT,
      AccountCode: "200",
      TaxType: "OUTPUT2",
      LineAmount: 20.25,
      TaxAmount: 4.05,
    },
  ],
  ...over,
});

/** Runs a whole confirmation against a function that plays Xero; answers what was asked and what was seen. */
function run(request: ConfirmRequest, xero: (message: Message) => RawAnswer): { asked: Message[]; seen: Sighting[] } {
  const asked: Message[] = [];
  const seen: Sighting[] = [];
  let cursor: string | null = null;
  do {
    const at: ConfirmRequest = { ...request, cursor };
    const message = confirm.ask(at, connection);
    asked.push(message);
    const page = confirm.read(message, xero(message), at);
    seen.push(...page.sightings);
    cursor = page.next;
  } while (cursor !== null && asked.length < 500);
  return { asked, seen };
}
const listOf = (message: Message, name: string) => (message.query[name] ?? "").split(",");
const many = (count: number, over: Partial<PushedRef> = {}) =>
  Array.from({ length: count }, (_, n) => aRef({ reference: `S-${n}`, externalId: `id-S-${n}`, ...over }));

describe("reading back what Xero holds", () => {
  it("sees a document in neutral words: dates as dates, money to the penny, split by account and tax code", () => {
    const { seen } = run(requestOf([aRef()]), () =>
      answer(200, { Invoices: [held("S-1001", { Url: "http://localhost:3000/documents/1" })] }),
    );
    expect(seen).toEqual([
      {
        recordId: "record-S-1001",
        externalId: "id-S-1001",
        version: null,
        changedAt: null,
        seen: {
          family: "document",
          kind: "sales-invoice",
          number: "S-1001",
          dueMinor: 1930n,
          paidMinor: 500n,
          creditedMinor: 0n,
          contactExternalId: CONTACT,
          issuedOn: "2026-11-02",
          dueOn: "2026-12-02",
          settledBy: [],
          currency: "GBP",
          status: "authorised",
          netMinor: 2025n,
          taxMinor: 405n,
          grossMinor: 2430n,
          split: [{ accountExternalId: ACCOUNT, accountCode: "200", taxExternalId: "OUTPUT2", netMinor: 2025n, taxMinor: 405n }],
          settledMinor: 500n,
          lines: [
            { externalId: "l1", description: "Widget", accountExternalId: ACCOUNT, taxExternalId: "OUTPUT2", netMinor: 2025n },
          ],
          url: "http://localhost:3000/documents/1",
        },
      },
    ]);
  });

  it("FB4 says what is open on a document, what paid it and what was credited, and makes up nothing that Xero does not say", () => {
    const open = (over: Record<string, unknown>) => {
      const { seen } = run(requestOf([aRef()]), () => answer(200, { Invoices: [held("S-1001", over)] }));
      const one = seen[0]?.seen;
      if (one?.family !== "document") throw new Error("no document");
      const { dueMinor, paidMinor, creditedMinor, payments } = one;
      return { dueMinor, paidMinor, creditedMinor, payments };
    };
    const Payments = [
      { PaymentID: "P1", Date: "/Date(1795478400000+0000)/", Amount: 5 },
      { PaymentID: "P2", Amount: 1, Status: "DELETED" },
    ];
    expect(open({ AmountDue: 13.2, AmountPaid: 5, AmountCredited: 6.1, Payments })).toEqual({
      dueMinor: 1320n,
      paidMinor: 500n,
      creditedMinor: 610n,
      payments: [{ externalId: "P1", paidOn: "2026-11-24", amountMinor: 500n }],
    });
    // What is neither due nor paid was credited, by Xero's own sum; without what was paid nothing follows.
    expect(open({ AmountDue: 13.2, AmountPaid: 5, AmountCredited: undefined })).toMatchObject({ creditedMinor: 610n });
    expect(open({ AmountDue: 13.2, AmountPaid: undefined, AmountCredited: undefined }).creditedMinor).toBeUndefined();
  });

  it("FB8 a status that is none we know is told by its own word", () => {
    const { seen } = run(requestOf([aRef()]), () => answer(200, { Invoices: [held("S-1001", { Status: "ONHOLD" })] }));
    expect(seen[0]?.seen).toMatchObject({ status: "other", statusSaid: "ONHOLD" });
  });

  it("sums lines of one account and tax code, takes tax out of inclusive lines, and knows an account by its code alone", () => {
    const lines = [
      { AccountCode: "200", TaxType: "OUTPUT2", LineAmount: 24.3, TaxAmount: 4.05 },
      { AccountCode: "200", TaxType: "OUTPUT2", LineAmount: 12, TaxAmount: 2 },
      { AccountCode: "201", TaxType: "OUTPUT2", LineAmount: 1.2, TaxAmount: 0.2 },
    ];
    const { seen } = run(requestOf([aRef()]), () =>
      answer(200, { Invoices: [held("S-1001", { LineAmountTypes: "Inclusive", LineItems: lines })] }),
    );
    expect(seen[0]?.seen).toMatchObject({
      split: [
        { accountExternalId: null, accountCode: "200", netMinor: 3025n, taxMinor: 605n },
        { accountExternalId: null, accountCode: "201", netMinor: 100n, taxMinor: 20n },
      ],
    });
  });

  it("settles a whole unknown batch of forty with one call by number, over all time and whoever made them", () => {
    const refs = Array.from({ length: 40 }, (_, n) => aRef({ reference: `S-${n}` }));
    const { asked, seen } = run(requestOf(refs), (message) =>
      answer(200, {
        Invoices: listOf(message, "InvoiceNumbers")
          .reverse()
          .map((number) => held(number)),
      }),
    );
    expect(asked).toHaveLength(1);
    expect(asked[0]?.query).not.toHaveProperty("createdByMyApp");
    expect(asked[0]?.headers).toEqual({});
    expect(seen).toHaveLength(40);
  });

  it("P15 shows both when two stand under one number", () => {
    const { seen } = run(requestOf([aRef()]), () =>
      answer(200, { Invoices: [held("S-1001"), held("S-1001", { InvoiceID: "another" })] }),
    );
    expect(seen.map((one) => one.externalId)).toEqual(["id-S-1001", "another"]);
  });

  it("P16 shows a sales number that is held by another contact, and passes another supplier's bill by", () => {
    const other = { Contact: { ContactID: "other" } };
    expect(run(requestOf([aRef()]), () => answer(200, { Invoices: [held("S-1001", other)] })).seen).toHaveLength(1);
    const bill = aRef({ kind: "bill" });
    const { asked, seen } = run(requestOf([bill]), () =>
      answer(200, { Invoices: [held("S-1001", { Type: "ACCPAY", ...other }), held("S-1001")] }),
    );
    expect(asked[0]?.query).toMatchObject({ InvoiceNumbers: "S-1001", ContactIDs: CONTACT });
    expect(seen).toEqual([]);
  });

  it("asks for a number with a comma in it by a filter, since a list would break it in two", () => {
    const { asked } = run(requestOf([aRef({ reference: 'A,"1"' }), aRef({ reference: "B" })]), () =>
      answer(200, { Invoices: [] }),
    );
    expect(asked.map((message) => message.query.InvoiceNumbers ?? message.query.where)).toEqual([
      "B",
      'InvoiceNumber=="A,\\"1\\""',
    ]);
  });

  it("keeps the address short enough, however long the numbers are", () => {
    const refs = Array.from({ length: 40 }, (_, n) => aRef({ reference: `${"N".repeat(250)}${n}` }));
    const { asked } = run(requestOf(refs), () => answer(200, { Invoices: [] }));
    expect(asked.length).toBeGreaterThan(1);
    for (const message of asked) expect(message.query.InvoiceNumbers?.length).toBeLessThan(3_500);
  });

  it("reads many by pages of what changed since five minutes before the first was sent", () => {
    const refs = many(2_500);
    const { asked, seen } = run(requestOf(refs), (message) => {
      const page = Number(message.query.page);
      const numbers = refs.slice((page - 1) * 1000, page * 1000).map((ref) => ref.reference);
      return answer(200, {
        pagination: { page, pageSize: 1000, pageCount: 3, itemCount: 2500 },
        Invoices: numbers.map((number) => held(number)),
      });
    });
    expect(asked).toHaveLength(3);
    expect(asked[0]?.query).toMatchObject({ page: "1", pageSize: "1000", createdByMyApp: "true", unitdp: "4" });
    expect(asked[0]?.headers).toEqual({ "If-Modified-Since": "2026-11-21T09:55:00" });
    expect(new Set(seen.map((one) => one.recordId)).size).toBe(2_500);
  });

  it("P25 calls nothing absent because of a clock: what the pages lack is asked for by its id", () => {
    const refs = many(50);
    const { asked, seen } = run(requestOf(refs), (message) => {
      if (message.query.IDs === undefined) return answer(200, { Invoices: [] });
      return answer(200, {
        Invoices: listOf(message, "IDs")
          .filter((id) => id !== "id-S-7")
          .map((id) => held(id.slice(3))),
      });
    });
    expect(asked.map((message) => (message.query.IDs === undefined ? "window" : listOf(message, "IDs").length))).toEqual([
      "window",
      40,
      10,
    ]);
    expect(seen).toHaveLength(49);
  });

  it("stops reading pages when asking for what is left takes fewer calls", () => {
    const refs = many(60);
    const { asked } = run(requestOf(refs), (message) =>
      answer(200, {
        pagination: { page: 1, pageCount: 40 },
        Invoices: listOf(message, "IDs")
          .filter((id) => id !== "")
          .map((id) => held(id.slice(3))),
      }),
    );
    expect(asked.filter((message) => message.query.createdByMyApp === "true")).toHaveLength(1);
  });

  it("asks for a few credit notes by their ids, and takes 404 for absent", () => {
    const refs = [
      aRef({ kind: "sales-credit-note", reference: "C-1", externalId: "id-1" }),
      aRef({ kind: "sales-credit-note", reference: "C-2", externalId: "id-2" }),
    ];
    const { asked, seen } = run(requestOf(refs), (message) =>
      message.path.endsWith("id-1")
        ? answer(200, { CreditNotes: [{ ...held("x"), CreditNoteID: "id-1", CreditNoteNumber: "C-1", Type: "ACCRECCREDIT" }] })
        : answer(404, ""),
    );
    expect(asked.map((message) => message.path)).toEqual(["/api.xro/2.0/CreditNotes/id-1", "/api.xro/2.0/CreditNotes/id-2"]);
    expect(seen.map((one) => one.recordId)).toEqual(["record-C-1"]);
  });

  it("asks for a credit note of unknown outcome by its number over all time", () => {
    const { asked, seen } = run(requestOf([aRef({ kind: "supplier-credit-note", reference: "C-1" })]), () =>
      answer(200, { CreditNotes: [{ ...held("x"), CreditNoteID: "id-1", CreditNoteNumber: "C-1", Type: "ACCPAYCREDIT" }] }),
    );
    expect(asked[0]?.query).toMatchObject({ where: 'CreditNoteNumber=="C-1"', page: "1", unitdp: "4" });
    expect(seen).toHaveLength(1);
  });

  it("P19 finds contacts by our reference, archived and merged ones too", () => {
    const { asked, seen } = run(requestOf([aRef({ kind: "customer", reference: "C-1" })]), () =>
      answer(200, {
        Contacts: [
          { ContactID: "x", ContactNumber: "C-1", Name: "Bank West", ContactStatus: "ARCHIVED", MergedToContactID: "y" },
        ],
      }),
    );
    expect(asked[0]?.query).toMatchObject({ where: 'ContactNumber=="C-1"', includeArchived: "true" });
    expect(seen[0]?.seen).toEqual({
      family: "contact",
      reference: "C-1",
      name: "Bank West",
      email: null,
      taxNumber: null,
      status: "archived",
      mergedInto: "y",
    });
  });

  it("finds items in the list of what changed, then by code", () => {
    const refs = Array.from({ length: 12 }, (_, n) => aRef({ kind: "product", reference: `I-${n}`, contactExternalId: null }));
    const { asked, seen } = run(requestOf(refs), (message) =>
      answer(200, {
        Items:
          message.query.where === undefined
            ? refs.slice(0, 11).map((ref) => ({ ItemID: ref.reference, Code: ref.reference, Name: "n" }))
            : [],
      }),
    );
    expect(asked.map((message) => message.query)).toEqual([{ unitdp: "4" }, { unitdp: "4", where: 'Code=="I-11"' }]);
    expect(seen).toHaveLength(11);
  });

  it("P28 keeps what it does not know as other, and a number with blanks is the same number", () => {
    const { seen } = run(requestOf([aRef({ reference: " S-1 " })]), () =>
      answer(200, { Invoices: [held("S-1", { Status: "HELD_FOR_REVIEW" })] }),
    );
    expect(seen[0]?.seen).toMatchObject({ status: "other" });
  });
});
