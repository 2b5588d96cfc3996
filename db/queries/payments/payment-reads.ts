import { type SQL, sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import { array } from "#db/queries/common/bulk.ts";
import { readAsOfSql } from "#db/queries/connections/list-reads.ts";
import type { ClientScope } from "#lib/common/scope.ts";

/** The connection whose payments the Import screen shows: the live one, else the last. */
export const shownConnection = (scope: ClientScope): SQL => sql`(
  select c.id from connections c where c.client_id = ${scope.clientId}
  order by (c.state <> 'disconnected') desc, c.connected_at desc limit 1)`;

/** Reading and creating on one connection take turns, until the transaction ends. */
export async function lockIncoming(db: ScopedDb, connectionId: string): Promise<void> {
  await db.execute(sql`select pg_advisory_xact_lock(7262, hashtext(${connectionId}))`);
}

export interface ReadingState {
  readonly connectionId: string;
  readonly state: "live" | "lost" | "disconnected";
  /** When the last whole read began. */
  readonly asOf: Date | null;
}

/** How far payments were read from the connection that the screen shows; null when there never was one. */
export async function findReadingState(db: ScopedDb, scope: ClientScope, connectionId?: string): Promise<ReadingState | null> {
  const { rows } = await db.execute<{
    id: string;
    state: ReadingState["state"];
    as_of: string | Date | null;
  }>(sql`
    select id, state, ${readAsOfSql(sql`connections.id`, "payments")} as as_of from connections
    where client_id = ${scope.clientId} and id = ${connectionId === undefined ? shownConnection(scope) : sql`${connectionId}`}`);
  const row = rows[0];
  if (!row) return null;
  return { connectionId: row.id, state: row.state, asOf: row.as_of === null ? null : new Date(row.as_of) };
}

export interface ReadingRun {
  readonly id: string;
  readonly number: number;
  readonly state: "running" | "stopping" | "stopped" | "finished" | "failed";
  readonly startedAt: Date;
  readonly detail: Record<string, unknown>;
}

/** Reads of this connection that were asked for and are not done. */
export async function listOpenReads(db: ScopedDb, scope: ClientScope, connectionId: string): Promise<ReadingRun[]> {
  return listReads(db, scope, sql`connection_id = ${connectionId} and state in ('running', 'stopping') and not ${SYNCHRONISED}`);
}

/** The read that was asked for last, done or not. */
export async function findLatestRead(db: ScopedDb, scope: ClientScope): Promise<ReadingRun | null> {
  return (await listReads(db, scope, sql`connection_id = ${shownConnection(scope)}`))[0] ?? null;
}

/** A "Synchronise now" whose reading is done: it goes on until its records have arrived. */
const SYNCHRONISED = sql.raw("(kind = 'synchronise' and detail ? 'readAt')");

async function listReads(db: ScopedDb, scope: ClientScope, which: SQL): Promise<ReadingRun[]> {
  const { rows } = await db.execute<{
    id: string;
    number: string;
    state: ReadingRun["state"];
    at: string | Date;
    detail: Record<string, unknown>;
  }>(sql`
    select id, number, case when ${SYNCHRONISED} then 'finished' else state end as state, started_at as at, detail from runs
    where client_id = ${scope.clientId} and (kind = 'import-payments' or (kind = 'synchronise' and not detail ? 'oneWay')) and ${which}
    order by started_at desc, id desc limit 50`);
  return rows.map((row) => ({
    id: row.id,
    number: Number(row.number),
    state: row.state,
    startedAt: new Date(row.at),
    detail: row.detail,
  }));
}

/** Asks for a read; one that is open already answers instead of a second. */
export async function openRead(db: ScopedDb, scope: ClientScope, connectionId: string): Promise<string> {
  await lockIncoming(db, connectionId);
  const [open] = await listReads(db, scope, sql`connection_id = ${connectionId} and state = 'running' and not ${SYNCHRONISED}`);
  if (open) return open.id;
  return insertRun(db, scope, connectionId, { kind: "import-payments", state: "running", total: 0, detail: {} });
}

/** Asks open reads of the shown connection to stop; answers their ids. They end after the page that is being read. */
export async function stopReads(db: ScopedDb, scope: ClientScope): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    update runs set state = 'stopping'
    where client_id = ${scope.clientId} and connection_id = ${shownConnection(scope)} and kind = 'import-payments' and state = 'running'
    returning id`);
  return rows.map((row) => row.id);
}

/** Says how far open reads are, and ends them where `state` is an end. */
export async function markReads(
  db: ScopedDb,
  scope: ClientScope,
  runIds: readonly string[],
  mark: {
    readonly state?: "finished" | "stopped" | "failed";
    readonly total?: number;
    readonly detail?: Record<string, unknown>;
  },
): Promise<void> {
  const state = mark.state ?? null;
  const detail = mark.detail ? JSON.stringify(mark.detail) : null;
  await db.execute(sql`
    update runs set total = case when kind = 'synchronise' then total else coalesce(${mark.total ?? null}::int, total) end,
      detail = case when kind = 'synchronise' then detail || coalesce(${detail}::jsonb, '{}')
          || case when ${state}::text is null then '{}' else jsonb_build_object('readAt', app.now()) end
        else coalesce(${detail}::jsonb, detail) end,
      state = case when kind = 'synchronise' then state else coalesce(${state}::text, state) end,
      ended_at = case when kind = 'synchronise' or ${state}::text is null then ended_at else app.now() end
    where client_id = ${scope.clientId} and id = any(${array(runIds, "uuid")}) and state in ('running', 'stopping')`);
}

/** Writes a run; one that is not running has ended with the transaction. */
export async function insertRun(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  run: {
    readonly kind: "import-payments" | "allocate";
    readonly state: "running" | "finished";
    readonly total: number;
    readonly detail: Record<string, unknown>;
  },
): Promise<string> {
  const { rows } = await db.execute<{ id: string }>(sql`
    insert into runs (client_id, connection_id, kind, state, started_by, started_by_user_id, ended_at, total, detail)
    values (${scope.clientId}, ${connectionId}, ${run.kind}, ${run.state}, ${scope.actor.label}, ${scope.actor.userId},
      ${run.state === "running" ? null : sql`app.now()`}, ${run.total}, ${JSON.stringify(run.detail)}::jsonb)
    returning id`);
  const id = rows[0]?.id;
  if (id === undefined) throw new Error("a run was not written");
  return id;
}
