import { sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, openDatabase } from "#db/client.ts";
import { postings } from "#db/schema/postings.ts";
import { jobScope } from "#lib/common/scope.ts";
import { type PanelFilter, type PostingSort, readCursor, writeCursor } from "#lib/pending/selection.ts";
import { createTestDatabase } from "#lib/testing/database.ts";
import { rowsRead } from "#lib/testing/rows-read.ts";
import { listCauses } from "./causes.ts";
import { listPostings, selectionWhere, sumPostings, totalPanels } from "./posting-grid.ts";

const CLIENT = "a3f0c8de-0000-4000-8000-000000000001";
const OTHER = "a3f0c8de-0000-4000-8000-000000000002";
const scope = jobScope(CLIENT);
const PENDING: PanelFilter = { panel: "pending" };
const ROWS = 57;

let database: Database;
let superUrl: string;

beforeAll(async () => {
  const made = await createTestDatabase();
  superUrl = made.superUrl;
  const owner = new pg.Client({ connectionString: made.superUrl });
  await owner.connect();
  for (const [client, slug] of [
    [CLIENT, "one"],
    [OTHER, "two"],
  ]) {
    await owner.query("insert into clients (id, slug, name) values ($1, $2, $2)", [client, slug]);
    await owner.query(
      `insert into connections (id, client_id, package, state, tenant_id, tenant_name, connected_by_name, connected_at)
       values ($1, $1, 'xero', 'live', $2, $2, 'test', now())`,
      [client, slug],
    );
    // Many rows share a date, an amount and a name; every seventh has no amount: what breaks ties must be total.
    await owner.query(
      `insert into postings (client_id, connection_id, kind, record_id, revision, state, reference, party, issued_on, currency, gross_minor, created_at)
       select $1, $1, case when n % 7 = 0 then 'customer' when n % 5 = 0 then 'bill' else 'sales-invoice' end, gen_random_uuid(), 1, 'pending',
         'R-' || lpad(n::text, 3, '0'), case when n % 2 = 0 then '50%_Off Ltd' else 'Peak Gifts' end, date '2026-11-01' + n % 4,
         case when n % 7 <> 0 then 'GBP' end, case when n % 7 <> 0 then (n % 3) * 1000 end, '2026-11-20T09:00:00Z'
       from generate_series(1, $2) n`,
      [client, ROWS],
    );
  }
  await owner.end();
  database = openDatabase(made.webUrl, { max: 2 });
});
afterAll(() => database.close());

async function walk(sort: PostingSort, direction: "asc" | "desc", limit: number, folded = false): Promise<string[]> {
  const seen: string[] = [];
  let after: ReturnType<typeof readCursor> = null;
  for (let page = 0; page < ROWS + 1; page += 1) {
    const found = await database.inScope(scope, (db) =>
      listPostings(db, scope, { filter: PENDING, sort, direction, after, limit, folded }),
    );
    seen.push(...found.rows.map((row) => row.reference));
    if (!found.next) return seen;
    after = readCursor(writeCursor(found.next), sort);
    expect(after).not.toBeNull();
  }
  throw new Error("the pages never ended");
}

describe("M52 a panel's pages", () => {
  it.each(["date", "number", "party", "gross", "exported", "tick"] as const)(
    "hold every row once, by %s, up and down",
    async (sort) => {
      for (const direction of ["asc", "desc"] as const) {
        const whole = await walk(sort, direction, 500);
        const small = await walk(sort, direction, 5);
        expect(small).toEqual(whole);
        expect(new Set(whole).size).toBe(ROWS);
      }
    },
  );

  it("put rows without an amount last, whichever way", async () => {
    const without = (n: string) => Number(n.slice(2)) % 7 === 0;
    for (const direction of ["asc", "desc"] as const) {
      const found = await walk("gross", direction, 10);
      expect(found.slice(-8).every(without)).toBe(true);
    }
  });

  it("SP1 read the rows without a sorted value by the list's own index, among many of other clients", async () => {
    const busy = "a3f0c8de-0000-4000-8000-000000000003";
    const owner = new pg.Client({ connectionString: superUrl });
    await owner.connect();
    await owner.query("insert into clients (id, slug, name) values ($1, 'busy', 'busy')", [busy]);
    await owner.query(
      `insert into connections (id, client_id, package, state, tenant_id, tenant_name, connected_by_name, connected_at)
       values ($1, $1, 'xero', 'live', 'busy', 'busy', 'test', now())`,
      [busy],
    );
    await owner.query(
      `insert into postings (client_id, connection_id, kind, record_id, revision, state, reference, party, issued_on, exported_at)
       select $1, $1, 'customer', gen_random_uuid(), 1, 'confirmed', 'B-' || n, 'Busy', date '2026-11-01', case when n % 2 = 0 then now() end
       from generate_series(1, 8000) n`,
      [busy],
    );
    await owner.query("vacuum analyze postings");
    await owner.end();
    const sorts = ["exported", "gross"] as const;
    for (const sort of sorts) {
      const read = await database.inScope(scope, (db) =>
        rowsRead(db, ["postings"], () =>
          listPostings(db, scope, { filter: { panel: "exported" }, sort, direction: "desc", after: null, limit: 60 }),
        ),
      );
      expect(read, sort).toBeLessThan(200);
    }
  });

  it("refuse an address that is none of ours", () => {
    expect(readCursor("nonsense", "date")).toBeNull();
    expect(readCursor(writeCursor({ value: "2026-02-30", reference: "x", id: CLIENT }), "date")).toBeNull();
  });
});

describe("M53 a selection", () => {
  const chosen = (selection: Parameters<typeof selectionWhere>[0]) =>
    database.inScope(
      scope,
      async (db) =>
        (await db.select({ id: postings.id, clientId: postings.clientId }).from(postings).where(selectionWhere(selection, scope)))
          .length,
    );

  it("takes wildcards in the filter as plain characters", async () => {
    const filter = { ...PENDING, search: "50%_o" };
    const totals = await database.inScope(scope, (db) => sumPostings(db, scope, filter));
    expect(totals.count).toBe(Math.floor(ROWS / 2));
    expect((await database.inScope(scope, (db) => sumPostings(db, scope, { ...PENDING, search: "_" }))).count).toBe(totals.count);
  });

  it("by filter leaves out exceptions and rows made after it was chosen", async () => {
    const totals = await database.inScope(scope, (db) => sumPostings(db, scope, PENDING));
    expect(totals.count).toBe(ROWS);
    const first = await database.inScope(scope, (db) =>
      listPostings(db, scope, { filter: PENDING, sort: "date", direction: "asc", after: null, limit: 2 }),
    );
    const exceptIds = first.rows.map((row) => row.id);
    const base = { filter: PENDING, exceptIds, count: ROWS - 2, grossByCurrency: {} };
    expect(await chosen({ ...base, asOf: totals.asOf })).toBe(ROWS - 2);
    expect(await chosen({ ...base, asOf: "2026-11-20T08:59:59Z" })).toBe(0);
  });

  it("by ids never reaches another client's rows", async () => {
    const other = jobScope(OTHER);
    const theirs = await database.inScope(other, (db) =>
      listPostings(db, other, { filter: PENDING, sort: "date", direction: "asc", after: null, limit: 3 }),
    );
    expect(await chosen({ ids: theirs.rows.map((row) => row.id) })).toBe(0);
  });
});

describe("FD12 the rows that go first, folded", () => {
  it.each(["date", "number", "party", "gross"] as const)(
    "FD12 leave every other row on its pages, once, by %s, and stay in totals and selection",
    async (sort) => {
      const [all, folded] = [await walk(sort, "desc", 10), await walk(sort, "desc", 10, true)];
      const first = new Set(Array.from({ length: Math.floor(ROWS / 7) }, (_, n) => `R-${String((n + 1) * 7).padStart(3, "0")}`));
      expect(folded).toEqual(all.filter((reference) => !first.has(reference)));
      const sums = await database.inScope(scope, (db) => sumPostings(db, scope, PENDING));
      expect(sums.count).toBe(ROWS);
    },
  );

  it("FD12 are counted by kind beside the panel's own count, blocked ones apart", async () => {
    const { pending } = await database.inScope(scope, (db) => totalPanels(db, scope));
    expect(pending.kinds.customer).toBe(Math.floor(ROWS / 7));
    expect(Object.values(pending.kinds).reduce((sum, count) => sum + count, 0)).toBe(ROWS);
    expect(pending.blockedFirst).toBe(0);
  });
});

describe("M52 M58 the panels around the rows", () => {
  it("count and sum each side and currency apart", async () => {
    const { pending, exported } = await database.inScope(scope, (db) => totalPanels(db, scope));
    expect(pending.count).toBe(ROWS);
    expect(pending.sums.map((sum) => sum.side)).toEqual(["sales", "purchase"]);
    expect(exported.count).toBe(0);
  });

  it("FB10 gather Error Feedback by cause, with how many of its rows the package holds; the cause's filter finds its rows", async () => {
    await database.inScope(scope, async (db) => {
      // One of the nine, and one that is none of them.
      await db.execute(sql`
        insert into external_refs (client_id, connection_id, family, external_id, record_id, linked_by)
        select client_id, connection_id, 'document', reference, record_id, 'Test' from postings
        where client_id = ${scope.clientId} and reference in ('R-001', 'R-100') and current`);
      await db
        .update(postings)
        .set({ state: "held", errorCode: "mapping.account-missing", errorDetail: { value: "4010", subject: "line 2" } })
        .where(
          selectionWhere(
            {
              filter: { ...PENDING, search: "R-00" },
              exceptIds: [],
              count: 9,
              grossByCurrency: {},
              asOf: "2199-01-01T00:00:00Z",
            },
            scope,
          ),
        );
    });
    const causes = await database.inScope(scope, (db) => listCauses(db, scope));
    expect(causes).toMatchObject([
      { code: "mapping.account-missing", value: "4010", count: 9, held: 9, checking: 0, linked: 1, sampleReference: "R-001" },
    ]);
    const found = await database.inScope(scope, (db) =>
      sumPostings(db, scope, { panel: "errors", code: "mapping.account-missing", value: "4010" }),
    );
    expect(found.count).toBe(9);
    expect(
      (
        await database.inScope(scope, (db) =>
          sumPostings(db, scope, { panel: "errors", code: "mapping.account-missing", value: "4999" }),
        )
      ).count,
    ).toBe(0);
  });
});
