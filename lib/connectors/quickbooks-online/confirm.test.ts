import { describe, expect, it } from "vitest";
import type { OutgoingRecord } from "#lib/common/records.ts";
import { refTo } from "../contract/records.ts";
import type { ConfirmPage, ConfirmRequest } from "../types.ts";
import { confirm } from "./confirm.ts";
import { aContact, aDocument, aJournal, answer, aPayment, connection } from "./fixtures.ts";

const since = new Date(0);
type Ask = (query: string) => readonly object[];

/** Looks for records, each query answered by `rows`. */
function lookFor(asked: readonly (readonly [OutgoingRecord, string | null])[], rows: Ask) {
  const refs = asked.map(([record, id]) => refTo(record, id));
  const [first] = refs;
  const queries: string[] = [];
  const sightings: ConfirmPage["sightings"][number][] = [];
  let cursor: string | null = null;
  do {
    const request: ConfirmRequest = { connection, kind: first?.kind ?? "bill", refs, since, cursor };
    const message = confirm.ask(request, connection);
    const query = message.query.query ?? message.body ?? "";
    queries.push(query);
    const entity = /FROM (\w+)/.exec(query)?.[1] ?? "";
    const page: ConfirmPage = confirm.read(message, answer(200, { QueryResponse: { [entity]: rows(query) } }), request);
    sightings.push(...page.sightings);
    cursor = page.next;
  } while (cursor !== null && queries.length < 20);
  return { queries, sightings };
}

const there = {
  Id: "1109",
  SyncToken: "0",
  DocNumber: "INV-10023",
  TxnDate: "2026-01-31",
  DueDate: "2026-03-02",
  TotalAmt: 120.0,
  Balance: 120.0,
  CurrencyRef: { value: "GBP" },
  CustomerRef: { value: "58" },
  PrivateNote: "http://localhost:3000/documents/INV-10023",
  TxnTaxDetail: { TotalTax: 20.0 },
  Line: [
    {
      Id: "1",
      Amount: 100.0,
      Description: "Repairs",
      DetailType: "SalesItemLineDetail",
      SalesItemLineDetail: { ItemRef: { value: "12" }, TaxCodeRef: { value: "6" } },
    },
    { Amount: 100.0, DetailType: "SubTotalLineDetail", SubTotalLineDetail: {} },
  ],
};

describe("what is looked for, and how", () => {
  it("a document by its id, its account by the item that stands for it", () => {
    const { queries, sightings } = lookFor([[aDocument(), "1109"]], () => [there]);
    expect(queries).toEqual(["SELECT * FROM Invoice WHERE Id IN ('1109') STARTPOSITION 1 MAXRESULTS 1000"]);
    expect(sightings).toMatchObject([
      {
        externalId: "1109",
        version: "0",
        seen: {
          netMinor: 10_000n,
          taxMinor: 2_000n,
          grossMinor: 12_000n,
          taxOnLines: false,
          status: "authorised",
          dueMinor: 12_000n,
          split: [{ accountExternalId: "79", taxExternalId: "6", netMinor: 10_000n }],
          lines: [{ externalId: "1" }],
        },
      },
    ]);
  });

  it("one without an id by its number, then by our mark among all of its date: a company may number by itself", () => {
    const found = lookFor([[aDocument(), null]], (query) => (query.includes("TxnDate") ? [{ ...there, DocNumber: "1001" }] : []));
    expect(found.queries).toHaveLength(2);
    expect(found.queries[0]).toContain("DocNumber IN ('INV-10023')");
    expect(found.sightings).toMatchObject([{ externalId: "1109", seen: { number: "1001" } }]);
    const absent = lookFor([[aDocument(), null]], () => [{ ...there, DocNumber: "9", PrivateNote: "another's" }]);
    expect(absent.sightings).toEqual([]);
  });

  it("a supplier's number counts with its supplier alone", () => {
    const bill = aDocument({ kind: "bill" });
    const rows = (value: string) =>
      lookFor([[bill, null]], () => [{ ...there, VendorRef: { value }, CustomerRef: undefined, PrivateNote: "" }]);
    expect(rows("58").sightings).toHaveLength(1);
    expect(rows("59").sightings).toEqual([]);
  });

  it("a contact of our name is ours by the reference in its note alone", () => {
    const named = (Notes: string) =>
      lookFor([[aContact({ name: "O'Hara" }), null]], () => [{ Id: "58", DisplayName: "O'Hara", Notes }]);
    expect(named("[ref C-1]").queries[0]).toContain("DisplayName IN ('O\\'Hara') AND Active IN (true,false)");
    expect(named("[ref C-1]").sightings).toMatchObject([{ externalId: "58", seen: { reference: "C-1", status: "active" } }]);
    expect(named("an old customer").sightings).toEqual([]);
    const byId = lookFor([[aContact(), "58"]], () => [{ Id: "58", DisplayName: "Bank West", Notes: "" }]);
    expect(byId.sightings[0]?.seen).not.toHaveProperty("reference");
  });

  it("an item of ours is bound by its id: a new name there does no harm, another account does", () => {
    const helper = {
      kind: "helper",
      helper: "item",
      recordId: "h",
      revision: 1,
      reference: "GT-4000",
      accountExternalId: "79",
    } as const;
    const item = (Name: string) => [{ Id: "12", Name, IncomeAccountRef: { value: "79" }, Active: true }];
    expect(lookFor([[helper, "12"]], () => item("Repairs and parts")).sightings[0]?.seen).toMatchObject({ name: "GT-4000" });
    expect(lookFor([[helper, null]], () => item("GT-4000")).sightings).toHaveLength(1);
    expect(lookFor([[helper, null]], () => item("GT-4001")).sightings).toEqual([]);
  });

  it("payments and journals by our words among those of their date", () => {
    const payment = {
      Id: "77",
      TxnDate: "2026-02-03",
      TotalAmt: 100,
      PrivateNote: "PAY-1 Till 3",
      DepositToAccountRef: { value: "35" },
      CurrencyRef: { value: "GBP" },
      Line: [{ Amount: 100, LinkedTxn: [{ TxnId: "1109", TxnType: "Invoice" }] }],
    };
    const found = lookFor([[aPayment(), null]], () => [payment, { ...payment, Id: "78", PrivateNote: "another" }]);
    expect(found.queries).toEqual(["SELECT * FROM Payment WHERE TxnDate = '2026-02-03' STARTPOSITION 1 MAXRESULTS 1000"]);
    expect(found.sightings).toMatchObject([
      { externalId: "77", seen: { direction: "receipt", documentExternalId: "1109", status: "live" } },
    ]);
    const journal = {
      Id: "90",
      TxnDate: "2026-11-30",
      PrivateNote: "JNL-1 Rent for November\nhttp://localhost:3000/journals/journal-1",
      Line: [{ Amount: 900, JournalEntryLineDetail: { PostingType: "Credit", AccountRef: { value: "33" } } }],
    };
    const seen = lookFor([[aJournal(), null]], () => [journal]).sightings[0]?.seen;
    expect(seen).toMatchObject({
      narration: "JNL-1 Rent for November",
      split: [{ accountExternalId: "33", amountMinor: -90_000n }],
    });
  });

  it("what we voided is voided, or gone where they keep nothing of it", () => {
    const voided = { ...there, TotalAmt: 0, Balance: 0, PrivateNote: "Voided", TxnTaxDetail: { TotalTax: 0 } };
    const held = { externalId: "1109", version: "1", before: null };
    expect(lookFor([[aDocument({ voided: true, held }), "1109"]], () => [voided]).sightings[0]?.seen).toMatchObject({
      status: "voided",
    });
    const bill = aDocument({ kind: "bill", voided: true, held });
    expect(lookFor([[bill, "1109"]], () => []).sightings[0]?.seen).toMatchObject({ status: "deleted" });
    // Of what should stand, absence is for the engine to judge.
    expect(lookFor([[aDocument(), "1109"]], () => []).sightings).toEqual([]);
  });
});

describe("a payment of which a part was moved there", () => {
  it.each([
    ["onto another invoice", [{ Amount: 60, LinkedTxn: [{ TxnId: "1110", TxnType: "Invoice" }] }]],
    ["on account", []],
  ])("%s is one of what still pays our document", (_where, others) => {
    const sent = aPayment();
    const Line = [{ Amount: 40, LinkedTxn: [{ TxnId: "1109", TxnType: "Invoice" }] }, ...others];
    const one = { Id: "77", SyncToken: "1", TxnDate: sent.paidOn, TotalAmt: 100, PrivateNote: sent.packageReference, Line };
    expect(lookFor([[sent, "77"]], () => [one]).sightings).toMatchObject([
      { seen: { documentExternalId: "1109", amountMinor: 4_000n } },
    ]);
  });
});
