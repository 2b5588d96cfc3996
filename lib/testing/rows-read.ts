import { sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";

/**
 * How many rows of the tables `work` reads, by index or not: what a plan costs, whatever the machine is busy with. Rows that are read
 * and then thrown away by a filter count.
 */
export async function rowsRead(db: ScopedDb, tables: readonly string[], work: () => Promise<unknown>): Promise<number> {
  const read = async () => {
    const { rows } = await db.execute<{ n: number }>(sql`
      select coalesce(sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)), 0)::int as n from pg_stat_xact_user_tables
      where relname in (${sql.join(
        tables.map((table) => sql`${table}`),
        sql`, `,
      )})`);
    return rows[0]?.n ?? 0;
  };
  const before = await read();
  await work();
  return (await read()) - before;
}
