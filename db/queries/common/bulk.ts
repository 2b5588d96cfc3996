import { type SQL, sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";

/** A list as one parameter of a statement. */
export const array = (values: readonly unknown[], type: string): SQL => sql`${sql.param(values)}::${sql.raw(type)}[]`;

/** One column of a bulk statement's `unnest`. */
export const column = <Row>(rows: readonly Row[], type: string, of: (row: Row) => unknown): SQL => array(rows.map(of), type);

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

/**
 * Runs reads of one page in the order of the index that serves it. The planner takes the condition of row-level security and our own on
 * the same client for two, expects a hundredth of the rows, and would rather fetch and sort all that is left: a page near the end of a
 * long list cost 75 ms so, with 10,000 rows left, and 1 ms by the index.
 */
export async function inIndexOrder<T>(db: ScopedDb, work: () => Promise<T>): Promise<T> {
  await db.execute(sql`select set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true)`);
  const result = await work();
  await db.execute(sql`select set_config('enable_sort', 'on', true), set_config('enable_bitmapscan', 'on', true)`);
  return result;
}

/**
 * Runs a read that steps along indexes, each step a few rows. Beside row-level security the planner takes the rows of one client for far
 * fewer or far more than they are, and would rather read a table whole and join it by hash.
 */
export async function alongIndexes<T>(db: ScopedDb, work: () => Promise<T>): Promise<T> {
  await db.execute(sql`select set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
    set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)`);
  const result = await work();
  await db.execute(sql`select set_config('enable_hashjoin', 'on', true), set_config('enable_mergejoin', 'on', true),
    set_config('enable_seqscan', 'on', true), set_config('enable_bitmapscan', 'on', true)`);
  return result;
}

/**
 * Runs a statement whose joins stand in the order in which they are to be made, from a few rows outward. The planner would weigh every
 * other order first: a pre-check of ten documents takes 30 ms so instead of 40, nearly all of it planning.
 */
export async function inWrittenOrder<T>(db: ScopedDb, work: () => Promise<T>): Promise<T> {
  await db.execute(sql`select set_config('join_collapse_limit', '1', true), set_config('from_collapse_limit', '1', true)`);
  const result = await work();
  await db.execute(sql`select set_config('join_collapse_limit', '8', true), set_config('from_collapse_limit', '8', true)`);
  return result;
}
