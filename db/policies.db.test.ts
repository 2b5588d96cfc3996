import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import { onServer } from "#lib/testing/connections.ts";
import { createTestDatabase } from "#lib/testing/database.ts";
import { openDatabase, schema } from "./client.ts";

const test = await createTestDatabase();
const database = openDatabase(test.webUrl);
afterAll(() => database.close());

const practice = jobPracticeScope();

interface TableRow extends Record<string, unknown> {
  readonly name: string;
  readonly forced: boolean;
  readonly policies: number;
}

const tablesWithClient = () =>
  database.inScope(practice, async (db) => {
    const found = await db.execute<TableRow>(sql`
      select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as forced,
        (select count(*)::int from pg_policy p where p.polrelid = c.oid) as policies
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'public' and c.relkind in ('r', 'p') and (c.relname = 'clients' or exists (
        select from pg_attribute a where a.attrelid = c.oid and a.attname = 'client_id' and not a.attisdropped))
      order by 1`);
    return found.rows;
  });

describe("row-level security", () => {
  it("I10 every table that has a client_id carries a policy that binds its owner too", async () => {
    const tables = await tablesWithClient();
    expect(tables.length).toBeGreaterThan(20);
    expect(tables.filter((table) => !table.forced || table.policies === 0).map((table) => table.name)).toEqual([]);
  });

  it("I10 without a scope no such table shows a row, and another client's scope shows none of this one's", async () => {
    const [one, other] = [randomUUID(), randomUUID()];
    for (const id of [one, other]) {
      await database.inScope(jobScope(id), (db) => db.insert(schema.clients).values({ id, slug: id, name: "Client" }));
      await database.inScope(jobScope(id), (db) =>
        db.insert(schema.nominalCodes).values({ clientId: id, code: "4000", name: "Sales", kind: "sales" }),
      );
    }
    for (const table of await tablesWithClient()) {
      const { rows } = await database.pool.query<{ n: number }>(`select count(*)::int as n from ${table.name}`);
      expect(`${table.name} ${rows[0]?.n}`).toBe(`${table.name} 0`);
    }
    const seen = await database.inScope(jobScope(one), (db) =>
      db.select({ clientId: schema.nominalCodes.clientId }).from(schema.nominalCodes),
    );
    expect(seen).toEqual([{ clientId: one }]);
  });

  it("I10 a row cannot be written into another client", async () => {
    const [one, other] = [randomUUID(), randomUUID()];
    await database.inScope(jobScope(other), (db) => db.insert(schema.clients).values({ id: other, slug: other, name: "Client" }));
    await expect(
      database.inScope(jobScope(one), (db) =>
        db.insert(schema.nominalCodes).values({ clientId: other, code: "4000", name: "Sales", kind: "sales" }),
      ),
    ).rejects.toThrow();
  });
});

it("D01 a connection that the server ends between two statements of a transaction fails that transaction, and not the process", async () => {
  const work = database.inScope(practice, async (db) => {
    const { rows } = await db.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
    await onServer(test.superUrl, async (client) => {
      await client.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
      await expect
        .poll(() => client.query("select 1 from pg_stat_activity where pid = $1", [rows[0]?.pid]).then((found) => found.rowCount))
        .toBe(0);
    });
    return db.execute(sql`select 1`);
  });
  await expect(work).rejects.toThrow();
  expect((await tablesWithClient()).length).toBeGreaterThan(20);
});
