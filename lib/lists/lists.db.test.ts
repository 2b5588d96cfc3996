import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, openDatabase } from "#db/client.ts";
import { jobScope } from "#lib/common/scope.ts";
import { createTestDatabase } from "#lib/testing/database.ts";
import { customersList, suppliersList } from "./contacts.ts";
import { documentsList } from "./documents.ts";
import { journalsList } from "./journals.ts";
import { incomingList, panelList } from "./panels.ts";
import { paymentsList } from "./payments.ts";
import { productsList } from "./products.ts";
import { runsList } from "./runs.ts";
import type { ListReader, ListSource, RawSearch } from "./source.ts";

const CLIENT = "a3f0c8de-0000-4000-8000-000000000011";
const OTHER = "a3f0c8de-0000-4000-8000-000000000012";
const scope = jobScope(CLIENT);
const ROWS = 41;

const LISTS: Readonly<Record<string, ListSource<unknown>>> = {
  customers: customersList,
  suppliers: suppliersList,
  products: productsList,
  documents: documentsList,
  payments: paymentsList,
  journals: journalsList,
  runs: runsList,
};

let database: Database;

beforeAll(async () => {
  const made = await createTestDatabase();
  const owner = new pg.Client({ connectionString: made.superUrl });
  await owner.connect();
  for (const [client, slug] of [
    [CLIENT, "one"],
    [OTHER, "two"],
  ]) {
    await owner.query("insert into clients (id, slug, name) values ($1, $2, $2)", [client, slug]);
    // Names, days and amounts tie, and some differ by capitals alone: what breaks ties must be total.
    await owner.query(
      `insert into contacts (client_id, reference, name, is_customer, is_supplier, content_sha)
       select $1, $2 || '-' || n, (array['50%_Off Ltd', 'Peak Gifts', 'peak gifts', 'Ångström \\ Co', 'zebra'])[1 + n % 5], true, true, '-'
       from generate_series(1, $3) n`,
      [client, slug, ROWS],
    );
    await owner.query(
      `insert into products (client_id, reference, name, content_sha)
       select $1, (case when n % 2 = 0 then 'p-' else 'P-' end) || n, 'Mug ' || n % 3, '-' from generate_series(1, $2) n`,
      [client, ROWS],
    );
    await owner.query(
      `insert into documents (client_id, kind, reference, number, contact_id, issued_on, due_on, currency, net_minor, tax_minor, gross_minor, content_sha)
       select $1, case when n % 4 = 0 then 'sales-credit-note' else 'sales-invoice' end, 'D-' || n, 'D-' || n,
         (select id from contacts where client_id = $1 and name = 'zebra' limit 1), date '2026-11-01' + n % 3, '2026-12-01', 'GBP', 1000, 200, 1200, '-'
       from generate_series(1, $2) n`,
      [client, ROWS],
    );
    await owner.query(
      `insert into payments (client_id, kind, origin, bank_nominal_code, paid_on, reference, currency, amount_minor, record_reference, created_by)
       select $1, case when n % 4 = 0 then 'sales-refund' else 'receipt' end, 'operational', '1200', date '2026-11-01' + n % 3, 'Till', 'GBP', 1200, 'PAY-' || n, 'Demo staff'
       from generate_series(1, $2) n`,
      [client, ROWS],
    );
    await owner.query(
      `insert into journals (client_id, reference, narration, journal_on, currency, debit_minor, content_sha, created_by)
       select $1, 'JNL-' || n, 'Accrual', date '2026-11-01' + n % 3, 'GBP', 1200, '-', 'Demo staff' from generate_series(1, $2) n`,
      [client, ROWS],
    );
    await owner.query(
      `insert into runs (client_id, kind, state, started_by, started_at)
       select $1, 'upload', 'finished', 'Demo staff', '2026-11-20T09:00:00.123456Z'::timestamptz + (n % 6) * interval '1 microsecond' from generate_series(1, $2) n`,
      [client, ROWS],
    );
  }
  await owner.end();
  database = openDatabase(made.webUrl, { max: 2 });
});
afterAll(() => database.close());

const idOf = (row: unknown): string => String((row as { id: string }).id);

async function walk(list: ListSource<unknown>, search: RawSearch): Promise<string[]> {
  const seen: string[] = [];
  let after: string | undefined;
  for (let page = 0; page <= ROWS; page += 1) {
    const found = await database.inScope(scope, (db) => list.page(db, scope, { ...search, limit: "7", after }));
    seen.push(...found.rows.map(idOf));
    if (found.next === null) return seen;
    after = found.next;
  }
  throw new Error("the pages never ended");
}

const count = (list: ListSource<unknown>, search: RawSearch) => database.inScope(scope, (db) => list.totals(db, scope, search));
const page = (list: ListSource<unknown>, search: RawSearch) => database.inScope(scope, (db) => list.page(db, scope, search));

describe.each(Object.entries(LISTS))("the list of %s", (_, list) => {
  it.each(list.sorts)("holds every row of its own client once, by %s", async (sort) => {
    const seen = await walk(list, { sort });
    expect(new Set(seen).size).toBe(ROWS);
    expect(seen.length).toBe(ROWS);
    expect((await count(list, {})).count).toBe(ROWS);
    const back = sort.endsWith(".asc") ? sort.replace(".asc", ".desc") : sort.replace(".desc", ".asc");
    expect(await walk(list, { sort: back })).toEqual(seen.toReversed());
  });

  // The wildcards of SQL are characters like any other to whoever types them; all that comes is bound, and capped.
  it.each(["%", "_", "\\", "%%%", "'; drop table contacts; --", '"', "$1"])(
    "B29 takes %j in a filter as plain characters",
    async (q) => {
      const all = await count(list, {});
      const found = await count(list, { q });
      expect(found.count).toBeLessThan(all.count);
      expect((await walk(list, { q })).length).toBe(found.count);
    },
  );

  it("B29 refuses 10,000 characters in a filter, an order and a cursor, and forged cursors, in words", async () => {
    const long = "x".repeat(10_000);
    for (const search of [
      { q: "\u0000" },
      { q: long },
      { sort: long },
      { after: long },
      { after: btoa('["x","y"]') },
      { limit: "1000000" },
      { sort: "constructor.asc" },
    ]) {
      await expect(page(list, search), JSON.stringify(search).slice(0, 60)).rejects.toThrow(
        /cannot use|no such order|not one of ours|page holds/,
      );
    }
    await expect(count(list, { q: long })).rejects.toThrow("The filter holds something we cannot use.");
    expect(list.tidy({ q: long, sort: long, nonsense: "1" })).toEqual({});
  });
});

describe("the list of documents", () => {
  it("narrows by type, state and days, and takes credit notes off what it sums", async () => {
    expect(await count(documentsList, {})).toEqual({
      count: ROWS,
      sums: [{ side: "sales", currency: "GBP", minor: String((31 - 10) * 1200) }],
    });
    expect((await count(documentsList, { kind: "sales-credit-note" })).count).toBe(10);
    expect((await count(documentsList, { state: "void" })).count).toBe(0);
    expect((await count(documentsList, { from: "2026-11-02", to: "2026-11-02" })).count).toBe(14);
    await expect(count(documentsList, { from: "2026-02-30" })).rejects.toThrow("The filter holds something we cannot use.");
  });
});

const PANELS: readonly (readonly [string, ListReader<unknown>])[] = [
  ["Pending Export", panelList("pending")],
  ["Error Feedback", panelList("errors")],
  ["Import", incomingList],
];

describe.each(PANELS)("the rows of %s", (_, list) => {
  it("B29 are filtered by bound words: wildcards find what has them, and no statement is what was typed", async () => {
    for (const search of ["%", "_", "\\", "'; drop table postings; --"]) {
      const totals = await database.inScope(scope, (db) => list.totals(db, scope, { search }));
      expect(totals.count, search).toBe(0);
      expect((await database.inScope(scope, (db) => list.page(db, scope, { search }))).rows, search).toEqual([]);
    }
  });

  it("B29 are not read for 10,000 characters, a forged cursor or a limit beyond reason", async () => {
    const long = "x".repeat(10_000);
    for (const search of [
      { search: long },
      { search: "\u0000" },
      { after: long },
      { after: btoa('["x","y","z"]') },
      { limit: "100000" },
    ]) {
      await expect(
        database.inScope(scope, (db) => list.page(db, scope, search)),
        JSON.stringify(search).slice(0, 60),
      ).rejects.toThrow(/cannot use|not one of ours/);
    }
  });
});
