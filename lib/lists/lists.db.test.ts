import { sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, openDatabase } from "#db/client.ts";
import { listRowsOfRun, listRunPeople } from "#db/queries/export/runs.ts";
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
const HISTORY = "a3f0c8de-0000-4000-8000-000000000013";
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

/** Two hundred runs of one client, one a day: a bill in two of them, thirty invoices in one. `total` counts them here. */
async function makeHistory(owner: pg.Client) {
  await owner.query("insert into clients (id, slug, name) values ($1, 'history', 'history')", [HISTORY]);
  await owner.query(
    `insert into connections (id, client_id, package, state, tenant_id, tenant_name, connected_by_name, connected_at)
     values ($1, $1, 'xero', 'live', 'history', 'History', 'Demo', now())`,
    [HISTORY],
  );
  await owner.query(
    `insert into runs (client_id, connection_id, kind, state, started_by, started_at, total)
     select $1, $1, case when n % 4 = 0 then 'upload' else 'refresh' end, case when n % 10 = 0 then 'failed' else 'finished' end,
       case when n % 4 = 0 then 'Anna <anna@example.test>' else 'Nightly run' end, timestamptz '2026-01-01 09:00Z' + n * interval '1 day', n
     from generate_series(1, 200) n`,
    [HISTORY],
  );
  const run = "(select id from runs where client_id = $1 and total = ";
  await owner.query(
    `insert into postings (client_id, connection_id, kind, record_id, revision, state, reference, party, issued_on, currency, gross_minor, run_id)
     select $1::uuid, $1::uuid, 'bill', gen_random_uuid(), 1, 'confirmed', 'BILL-1', 'Paper Ltd', date '2026-01-05', 'GBP', 1200, ${run} 7)
     union all select $1, $1, 'sales-invoice', gen_random_uuid(), 1, case when n % 10 = 0 then 'rejected' else 'confirmed' end, 'INV-' || n, 'Peak Gifts',
       date '2026-01-01' + n % 3, 'GBP', 1200, ${run} 9) from generate_series(1, 30) n`,
    [HISTORY],
  );
  for (const total of [5, 7]) {
    await owner.query(
      `with made as (insert into posting_calls (client_id, connection_id, operation, message, request_sha, fence, deadline_at)
         values ($1, $1, 'createInvoices', '{}', '-', 1, now()) returning id)
       insert into posting_attempts (client_id, call_id, posting_id, position, revision, generation, run_id, sent)
       select $1, made.id, p.id, 0, 1, 1, ${run} ${total}), '{}' from made, postings p where p.client_id = $1 and p.reference = 'BILL-1'`,
      [HISTORY],
    );
  }
  await owner.query(
    `insert into run_members (client_id, run_id, position, posting_id, revision, connection_id, kind, issued_on, was, taken, outcome, ended_at, reference,
       party, currency, gross_minor)
     select m.client_id, m.run, row_number() over (partition by m.run order by m.reference), m.id, 1, m.connection_id, m.kind, m.issued_on, 'pending', true,
       m.state, now(), m.reference, m.party, m.currency, m.gross_minor
     from (select p.*, p.run_id as run from postings p where p.client_id = $1
       union all select p.*, ${run} 5) from postings p where p.client_id = $1 and p.reference = 'BILL-1') m`,
    [HISTORY],
  );
}

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
  await makeHistory(owner);
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
    await expect(count(list, { q: long })).rejects.toThrow("The filter contains something we cannot use.");
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
    await expect(count(documentsList, { from: "2026-02-30" })).rejects.toThrow("The filter contains something we cannot use.");
  });
});

describe("N33 two hundred runs", () => {
  const scope = jobScope(HISTORY);
  const numbers = async (search: RawSearch) => {
    const seen: number[] = [];
    let after: string | undefined;
    do {
      const found = await database.inScope(scope, (db) => runsList.page(db, scope, { ...search, limit: "30", after }));
      seen.push(...found.rows.map((row) => row.total));
      after = found.next ?? undefined;
    } while (after !== undefined);
    expect((await database.inScope(scope, (db) => runsList.totals(db, scope, search))).count).toBe(seen.length);
    return seen;
  };

  it("N33 are numbered, and filtered by status, person, date and what was in them", async () => {
    const all = await numbers({});
    expect(all).toEqual(Array.from({ length: 200 }, (_, index) => 200 - index));
    expect(await numbers({ state: "failed" })).toHaveLength(20);
    expect(await numbers({ by: "Anna <anna@example.test>" })).toHaveLength(50);
    expect(await numbers({ q: "anna" })).toHaveLength(50);
    expect(await numbers({ from: "2026-03-02", to: "2026-03-02" })).toEqual([60]);
    expect(await numbers({ record: "bill" })).toEqual([7, 5]);
    expect(await numbers({ record: "sales-invoice", by: "Anna <anna@example.test>" })).toEqual([]);
    expect(await database.inScope(scope, (db) => listRunPeople(db, scope))).toEqual(["Anna <anna@example.test>", "Nightly run"]);
  });

  it("N33 one document is found in every run that it stood in, and in the run itself by its number, a page by key", async () => {
    // The bill was sent in the fifth and again in the seventh, under which it stands; the invoice in the ninth alone.
    expect(await numbers({ q: "bill-1" })).toEqual([7, 5]);
    expect(await numbers({ q: "INV-30" })).toEqual([9]);
    expect(await numbers({ q: "INV-3" })).toEqual([9]);
    const of = async (run: number, ask: { search?: string; after?: string | null; limit?: number }) =>
      database.inScope(scope, async (db) => {
        const { rows } = await db.execute<{ id: string }>(
          sql`select id from runs where client_id = ${HISTORY} and total = ${run}`,
        );
        return listRowsOfRun(db, scope, rows[0]?.id ?? "", { search: "", after: null, limit: 50, ...ask });
      });
    expect(await of(5, {})).toMatchObject([{ reference: "BILL-1", later: { number: expect.any(Number) } }]);
    expect(await of(7, {})).toMatchObject([{ reference: "BILL-1", later: null }]);
    expect((await of(9, { search: "inv-30" })).map((row) => row.reference)).toEqual(["INV-30"]);
    const seen: string[] = [];
    for (let after: string | null = null; ; ) {
      const found = await of(9, { after, limit: 7 });
      const page = found.slice(0, 7);
      seen.push(...page.map((row) => row.reference));
      if (found.length <= 7) break;
      after = page.at(-1)?.id ?? null;
    }
    expect(seen).toHaveLength(30);
    expect(new Set(seen).size).toBe(30);
    // What was refused stands first.
    expect(seen.slice(0, 3).toSorted()).toEqual(["INV-10", "INV-20", "INV-30"]);
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
