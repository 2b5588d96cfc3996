import { sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";

/**
 * Runs bulk statements without nested-loop joins. Rows that were inserted a moment ago have no statistics yet, so the planner takes
 * thousands of them for one and joins them in loops: 12,000 documents took minutes so and take a second by hash.
 */
export async function inBulk<T>(db: ScopedDb, work: () => Promise<T>): Promise<T> {
  await db.execute(sql`select set_config('enable_nestloop', 'off', true)`);
  const result = await work();
  await db.execute(sql`select set_config('enable_nestloop', 'on', true)`);
  return result;
}
