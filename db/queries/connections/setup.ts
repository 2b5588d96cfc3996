import { and, eq, sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import { HAS_OPEN_MEMBER } from "#db/queries/postings/run-members.ts";
import { connections, oauthStates } from "#db/schema/clients.ts";
import { runs } from "#db/schema/work.ts";
import type { ClientScope, PracticeScope } from "#lib/common/scope.ts";
import { listLocks } from "./locks.ts";

/** Whether anything was ever uploaded over this connection. */
export async function hasUploaded(db: ScopedDb, scope: ClientScope, connectionId: string): Promise<boolean> {
  const found = await db
    .select({ id: runs.id })
    .from(runs)
    .where(and(eq(runs.clientId, scope.clientId), eq(runs.connectionId, connectionId), eq(runs.kind, "upload")))
    .limit(1);
  return found.length > 0;
}

export interface SetupPast {
  /** Any connection, whatever became of it. */
  readonly connected: boolean;
  /** The package of the latest. */
  readonly package: string | null;
  readonly disconnectedAt: Date | null;
  readonly listsRead: boolean;
  readonly uploaded: boolean;
  /** Of the connection that is shown: a date is set, or somebody decided that everything syncs. */
  readonly startChosen: boolean;
}

/** What was ever done for this client: facts that nothing takes away again. */
export async function setupPast(db: ScopedDb, scope: ClientScope): Promise<SetupPast> {
  const { rows } = await db.execute<{
    package: string | null;
    disconnected_at: string | Date | null;
    lists_read: boolean | null;
    uploaded: boolean | null;
    start_chosen: boolean | null;
  }>(sql`
    select c.package, c.disconnected_at, c.start_on is not null or coalesce((c.settings ->> 'startChosen')::boolean, false) as start_chosen,
      (select bool_or(o.lists_as_of is not null) from connections o where o.client_id = ${scope.clientId}) as lists_read,
      exists (select from runs r where r.client_id = ${scope.clientId} and r.kind = 'upload') as uploaded
    from connections c where c.client_id = ${scope.clientId}
    order by (c.state = 'disconnected'), c.connected_at desc limit 1`);
  const row = rows[0];
  const ended = row?.disconnected_at ?? null;
  return {
    connected: row !== undefined,
    package: row?.package ?? null,
    disconnectedAt: ended === null ? null : new Date(ended),
    listsRead: row?.lists_read === true,
    uploaded: row?.uploaded === true,
    startChosen: row?.start_chosen === true,
  };
}

/** How many items a disconnect stops: asked for and not sent yet. */
export async function queuedCount(db: ScopedDb, scope: ClientScope, connectionId: string): Promise<number> {
  const { rows } = await db.execute<{ n: number }>(sql`
    select count(*)::int as n from postings where client_id = ${scope.clientId} and connection_id = ${connectionId}
      and (state in ('queued', 'waiting', 'sending') or (state = 'pending' and ${HAS_OPEN_MEMBER}))`);
  return rows[0]?.n ?? 0;
}

/** The client's last few runs. */
export async function lastRuns(db: ScopedDb, scope: ClientScope, limit: number) {
  return db
    .select({
      id: runs.id,
      number: runs.number,
      kind: runs.kind,
      state: runs.state,
      startedBy: runs.startedBy,
      startedAt: runs.startedAt,
      endedAt: runs.endedAt,
      total: runs.total,
    })
    .from(runs)
    .where(eq(runs.clientId, scope.clientId))
    .orderBy(sql`${runs.startedAt} desc`)
    .limit(limit);
}

/** When a worker was last heard of (real time, as the database tells it), and whether that is recent enough to be alive. */
export async function workerHealth(db: ScopedDb): Promise<{ alive: boolean; seenAt: Date | null }> {
  const { rows } = await db.execute<{ seen_at: Date | string | null; alive: boolean | null }>(
    sql`select max(seen_at) as seen_at, max(seen_at) filter (where stopping_at is null) > clock_timestamp() - interval '30 seconds' as alive from workers`,
  );
  const seen = rows[0]?.seen_at ?? null;
  return { alive: rows[0]?.alive ?? false, seenAt: seen === null ? null : new Date(seen) };
}

/** The client's latest connection, live, lost or disconnected, as Setup shows it; null when there never was one. */
export async function findConnectionCard(db: ScopedDb, scope: ClientScope) {
  const c = connections;
  const [row] = await db
    .select({
      id: c.id,
      package: c.package,
      state: c.state,
      tenantName: c.tenantName,
      connectedByName: c.connectedByName,
      connectedAt: c.connectedAt,
      lostAt: c.lostAt,
      lostReason: c.lostReason,
      disconnectedAt: c.disconnectedAt,
      settings: c.settings,
      baseCurrency: c.baseCurrency,
    })
    .from(c)
    .where(eq(c.clientId, scope.clientId))
    .orderBy(sql`(${c.state} = 'disconnected')`, sql`${c.connectedAt} desc`)
    .limit(1);
  return row ? { ...row, locks: await listLocks(db, row.id) } : null;
}

/** Which client an authorisation was begun for, whatever has become of it since; null for a state that is none of ours. */
export async function unsafeFindClientOfState(db: ScopedDb, _scope: PracticeScope, stateSha: string): Promise<string | null> {
  const [row] = await db.select({ clientId: oauthStates.clientId }).from(oauthStates).where(eq(oauthStates.stateSha, stateSha));
  return row?.clientId ?? null;
}
