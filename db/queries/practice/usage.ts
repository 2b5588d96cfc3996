import { sql } from "drizzle-orm";
import type { ClientScope, PracticeScope, ScopedDb } from "#db/client.ts";

/** Calls of one connection on one day (UTC). */
export interface CallCount {
  readonly connectionId: string;
  readonly clientId: string;
  readonly package: string;
  /** YYYY-MM-DD. */
  readonly on: string;
  readonly calls: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Bytes in that the package counts against its price. */
  readonly egress: number;
}

/** Adds calls to what stands for their connections, and to what their apps have used. A connection that is gone counts for its app alone. */
export async function saveCallCounts(db: ScopedDb, _scope: PracticeScope, counts: readonly CallCount[]): Promise<void> {
  const rows = counts.map((count) => ({ ...count, connection: count.connectionId, client: count.clientId }));
  await db.execute(sql`
    with given as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as g(connection uuid, client uuid, package text, "on" date, calls int,
        "bytesIn" bigint, "bytesOut" bigint, egress bigint)
    ), kept as (
      insert into call_counts as c (connection_id, client_id, "on", calls, bytes_in, bytes_out, egress)
      select g.connection, g.client, g."on", g.calls, g."bytesIn", g."bytesOut", g.egress from given g
      where exists (select from connections x where x.id = g.connection) order by g.connection, g."on"
      on conflict (connection_id, "on") do update set calls = c.calls + excluded.calls, bytes_in = c.bytes_in + excluded.bytes_in,
        bytes_out = c.bytes_out + excluded.bytes_out, egress = c.egress + excluded.egress
    )
    insert into app_call_counts as a (package, "on", calls, bytes_in, bytes_out, egress)
    select package, "on", sum(calls), sum("bytesIn"), sum("bytesOut"), sum(egress) from given group by 1, 2 order by 1, 2
    on conflict (package, "on") do update set calls = a.calls + excluded.calls, bytes_in = a.bytes_in + excluded.bytes_in,
      bytes_out = a.bytes_out + excluded.bytes_out, egress = a.egress + excluded.egress, counted_at = app.now()`);
}

/** Drops what is known of connections by day before a day. */
export async function forgetCallCounts(db: ScopedDb, _scope: PracticeScope, before: string): Promise<void> {
  await db.execute(sql`delete from call_counts where "on" < ${before}::date`);
}

export interface AppDay {
  /** YYYY-MM-DD, UTC. */
  readonly on: string;
  readonly calls: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly egress: number;
  readonly countedAt: Date;
}

/** What an app used from a day on, a row a day, the latest first. */
export async function listAppDays(db: ScopedDb, _scope: PracticeScope, packageId: string, from: string): Promise<AppDay[]> {
  const { rows } = await db.execute<{
    on: string;
    calls: string;
    bytes_in: string;
    bytes_out: string;
    egress: string;
    counted_at: Date | string;
  }>(sql`
    select "on"::text as "on", calls, bytes_in, bytes_out, egress, counted_at from app_call_counts
    where package = ${packageId} and "on" >= ${from}::date order by "on" desc limit 62`);
  return rows.map((row) => ({
    on: row.on,
    calls: Number(row.calls),
    bytesIn: Number(row.bytes_in),
    bytesOut: Number(row.bytes_out),
    egress: Number(row.egress),
    countedAt: new Date(row.counted_at),
  }));
}

/** Connections that a package counts: those with a consent that holds. */
export async function countConnectionsOf(db: ScopedDb, _scope: PracticeScope, packageId: string): Promise<number> {
  const { rows } = await db.execute<{ n: number }>(
    sql`select count(*)::int as n from connections where package = ${packageId} and state = 'live'`,
  );
  return rows[0]?.n ?? 0;
}

/** What a client's connections used from a day on. */
export async function sumClientCalls(db: ScopedDb, scope: ClientScope, from: string) {
  const { rows } = await db.execute<{ calls: number; bytes_in: string; today: number }>(sql`
    select coalesce(sum(calls), 0)::int as calls, coalesce(sum(bytes_in), 0)::bigint as bytes_in,
      coalesce(sum(calls) filter (where "on" = (app.now() at time zone 'UTC')::date), 0)::int as today
    from call_counts where client_id = ${scope.clientId} and "on" >= ${from}::date`);
  const row = rows[0];
  return { calls: row?.calls ?? 0, bytesIn: Number(row?.bytes_in ?? 0), today: row?.today ?? 0 };
}
