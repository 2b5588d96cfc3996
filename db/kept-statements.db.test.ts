import { sql } from "drizzle-orm";
import { afterAll, expect, it } from "vitest";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { sharedTestDatabase } from "#lib/testing/database.ts";
import { openDatabase, type ScopedDb } from "./client.ts";

const test = await sharedTestDatabase();
/** As the product opens it: the setting that a test's database adds is left out. */
const asProduct = new URL(test.workerUrl);
asProduct.searchParams.delete("options");
// One connection, so that every transaction meets what the one before it left.
const database = openDatabase(asProduct.href, { max: 1 });
afterAll(() => database.close());

const within = <Result>(work: (db: ScopedDb) => Promise<Result>) => database.inScope(jobPracticeScope(), work);
const kept = (like: string) =>
  within(async (db) => {
    const { rows } = await db.execute<{ generic: number; custom: number }>(
      sql`select generic_plans::int as generic, custom_plans::int as custom from pg_prepared_statements
        where statement like ${`%${like}%`} and statement not like '%pg_prepared_statements%'`,
    );
    return rows;
  });

it("a statement that comes again is kept on its connection, and planned for its own values however often it comes", async () => {
  for (let round = 0; round < 10; round += 1) {
    const { rows } = await within((db) => db.execute<{ n: number }>(sql`select ${round}::int as n, 'comes-again' as what`));
    expect(rows).toMatchObject([{ n: round }]);
  }
  expect(await kept("comes-again")).toEqual([{ generic: 0, custom: 9 }]);
});

it("one that comes once is not kept, and one that failed is asked again as ever", async () => {
  await within((db) => db.execute(sql`select ${1}::int as n, 'comes-once' as what`));
  expect(await kept("comes-once")).toEqual([]);
  const divided = (by: number) =>
    within((db) => db.execute<{ n: number }>(sql`select 12 / ${by}::int as n, 'fails-between' as what`));
  for (const by of [1, 2, 0, 0, 3]) {
    if (by === 0) await expect(divided(by)).rejects.toThrow();
    else expect((await divided(by)).rows).toMatchObject([{ n: 12 / by }]);
  }
  expect(await kept("fails-between")).toHaveLength(1);
});
