import { sql } from "drizzle-orm";
import type { PracticeScope, ScopedDb } from "#db/client.ts";
import type { ConnectionState } from "#db/schema/clients.ts";

/** When the newest migration that the database has was written, in ms since 1970; 0 for an empty one. */
export async function newestMigration(db: ScopedDb): Promise<number> {
  const there = await db.execute(sql`select 1 where to_regclass('drizzle.__drizzle_migrations') is not null`);
  if (there.rowCount === 0) return 0;
  const found = await db.execute<{ at: string | null }>(
    sql`select max(created_at)::text as at from drizzle.__drizzle_migrations`,
  );
  return Number(found.rows[0]?.at ?? 0);
}

export interface Standing {
  readonly unknown: number;
  /** Seconds since the oldest of them was sent, on the one clock. */
  readonly unknownAge: number;
  /** Wake-ups that could be taken now, and for how many real seconds the oldest could have been. */
  readonly queueReady: number;
  readonly queueOldest: number;
  readonly connections: readonly { readonly provider: string; readonly state: ConnectionState | "off"; readonly count: number }[];
  /** Seconds since the live connection that was read longest ago was read, on the one clock. */
  readonly cursorLag: number;
}

/** What stands in the tables now, over all clients: each part reads a partial index of what is under way, or the connections once. */
export async function unsafeReadStanding(db: ScopedDb, _scope: PracticeScope): Promise<Standing> {
  const unknown = await db.execute<{ count: number; age: string | null }>(sql`
    select count(*)::int as count, extract(epoch from app.now() - min(coalesce(sent_at, changed_at))) as age from postings where state = 'unknown'`);
  const queue = await db.execute<{ count: number; age: string | null }>(sql`
    select count(*)::int as count, extract(epoch from clock_timestamp() - min(start_after)) as age
    from pgboss.job where name = 'sync-connection' and state < 'active' and start_after <= clock_timestamp()`);
  const connections = await db.execute<{
    provider: string;
    state: ConnectionState | "off";
    count: number;
    lag: string | null;
  }>(sql`
    select package as provider, case when state = 'live' and not module_on then 'off' else state end as state, count(*)::int as count,
      extract(epoch from app.now() - min(k.as_of) filter (where state = 'live' and module_on)) as lag
    from connections left join (
      select connection_id, min(as_of) as as_of from pull_cursors where gives && '{payments,documents}' group by 1
    ) k on k.connection_id = connections.id group by 1, 2`);
  return {
    unknown: unknown.rows[0]?.count ?? 0,
    unknownAge: Math.max(0, Number(unknown.rows[0]?.age ?? 0)),
    queueReady: queue.rows[0]?.count ?? 0,
    queueOldest: Math.max(0, Number(queue.rows[0]?.age ?? 0)),
    connections: connections.rows.map(({ provider, state, count }) => ({ provider, state, count })),
    cursorLag: Math.max(0, ...connections.rows.map((row) => Number(row.lag ?? 0))),
  };
}

/**
 * How a bucket that all tenants share stands: for how long, in ms on the one clock, what was taken from it keeps it from being full, and
 * whether a 429 or its breaker blocks it.
 */
export async function findBucket(db: ScopedDb, bucket: string): Promise<{ unfilledMs: number; blocked: boolean }> {
  const found = await db.execute<{ ms: string | null; blocked: boolean | null }>(sql`
    select extract(epoch from greatest(full_at - app.now(), interval '0')) * 1000 as ms, blocked_until > app.now() as blocked
    from rate_buckets where scope = ${bucket}`);
  return { unfilledMs: Number(found.rows[0]?.ms ?? 0), blocked: found.rows[0]?.blocked ?? false };
}

/**
 * Checks the next `most` rows of the audit, of whichever chain, after row `after`: its own hash, and that it follows the row before it.
 * @returns where to go on (0: from the start, as the end was reached) and the first row that is broken
 */
export async function unsafeCheckAudit(
  db: ScopedDb,
  _scope: PracticeScope,
  after: bigint,
  most: number,
): Promise<{ next: bigint; brokenAt: bigint | null }> {
  const found = await db.execute<{ last: string | null; count: number; broken: string | null }>(sql`
    with part as (select * from audit_events where seq > ${after} order by seq limit ${most}),
    checked as (
      select a.seq, a.hash = app.audit_hash(a.previous_hash, a.seq, a.client_id, a.at, a.actor_user_id, a.actor, a.action, a.subject, a.detail)
        and a.previous_hash = coalesce(
          case when a.client_id is null then (select b.hash from audit_events b where b.client_id is null and b.seq < a.seq order by b.seq desc limit 1)
            else (select b.hash from audit_events b where b.client_id = a.client_id and b.seq < a.seq order by b.seq desc limit 1) end, ''::bytea) as whole
      from part a
    )
    select max(seq)::text as last, count(*)::int as count, (min(seq) filter (where not whole))::text as broken from checked`);
  const row = found.rows[0];
  const broken = row?.broken ?? null;
  return {
    next: row && row.count === most && row.last !== null ? BigInt(row.last) : 0n,
    brokenAt: broken === null ? null : BigInt(broken),
  };
}

/** The traces that the runs of these postings began in, each once. */
export async function listTraceParents(db: ScopedDb, postingIds: readonly string[]): Promise<string[]> {
  if (postingIds.length === 0) return [];
  const found = await db.execute<{ trace_parent: string }>(sql`
    select r.trace_parent from runs r where r.trace_parent is not null and r.id in (
      select p.run_id from postings p where p.id in (select value::uuid from jsonb_array_elements_text(${JSON.stringify(postingIds)}::jsonb)))
    order by r.number limit 20`);
  return found.rows.map((row) => row.trace_parent);
}
