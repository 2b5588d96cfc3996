import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, openDatabase } from "#db/client.ts";
import { clients } from "#db/schema/clients.ts";
import { audit } from "#lib/audit.ts";
import { type ClientScope, jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import { onServer } from "#lib/testing/connections.ts";
import { createTestDatabase, type TestDatabase } from "#lib/testing/database.ts";
import { verifyChain } from "./audit.ts";

const practice = jobPracticeScope({ userId: null, label: "Test" });
let testDatabase: TestDatabase;
let database: Database;
let one: ClientScope;
let two: ClientScope;

const write = (scope: ClientScope, action: string) =>
  database.inScope(scope, (db) => audit(db, scope, { action, detail: { n: 1 } }));
const check = (scope: ClientScope) => database.inScope(scope, (db) => verifyChain(db, scope));

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase(testDatabase.webUrl, { max: 4 });
  const made = await database.inScope(practice, (db) =>
    db
      .insert(clients)
      .values([
        { slug: "one", name: "One" },
        { slug: "two", name: "Two" },
      ])
      .returning({ id: clients.id }),
  );
  const [first, second] = made;
  if (!first || !second) throw new Error("The clients were not made");
  one = jobScope(first.id);
  two = jobScope(second.id);
});
afterAll(() => database.close());

describe("the audit", () => {
  it("is one unbroken chain a client, whoever writes at the same time", async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => write(n % 2 === 0 ? one : two, `test.${n}`)));
    expect(await check(one)).toMatchObject({ rows: 10, brokenAt: null });
    expect(await check(two)).toMatchObject({ rows: 10, brokenAt: null });
  });

  it("leaves no trace of what was rolled back, and no gap in the chain", async () => {
    const failed = database.inScope(one, async (db) => {
      await audit(db, one, { action: "test.undone" });
      throw new Error("no");
    });
    await expect(failed).rejects.toThrow("no");
    await write(one, "test.after");
    expect(await check(one)).toMatchObject({ rows: 11, brokenAt: null });
  });

  it("can be neither changed nor deleted nor emptied by the web's login", async () => {
    for (const table of ["audit_events", "record_events", "corrections"]) {
      for (const change of [`update ${table} set actor = 'x'`, `delete from ${table}`, `truncate ${table}`])
        await expect(database.pool.query(change), change).rejects.toThrow(/permission denied|append only/);
    }
  });

  it("shows the first row that somebody changed behind its back", async () => {
    const tampered = await onServer(testDatabase.superUrl, async (client) => {
      await client.query("alter table audit_events disable trigger audit_events_fixed");
      const { rows } = await client.query(
        "update audit_events set detail = '{\"n\": 2}' where seq = (select seq from audit_events where client_id = $1 order by seq offset 4 limit 1) returning seq",
        [one.clientId],
      );
      await client.query("alter table audit_events enable trigger audit_events_fixed");
      return BigInt(rows[0].seq);
    });
    expect((await check(one)).brokenAt).toBe(tampered);
    expect(await check(two)).toMatchObject({ brokenAt: null });
  });
});
