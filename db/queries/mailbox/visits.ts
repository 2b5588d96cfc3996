import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import type { VisitEnd } from "#db/schema/mailbox.ts";

/** Whether a visit's program is there: it comes by every few seconds while it has nothing in its hands. */
export const isPresent = sql.raw("v.ended_at is null and v.seen_at > app.now() - interval '2 minutes'");

/** The visit that is open on a connection. */
export interface OpenVisit {
  readonly id: string;
  readonly machine: string;
  readonly seenAt: Date;
  /** The package may be at work on a message that it took, until this moment. */
  readonly busyUntil: Date | null;
}

/** The connection's row is locked, so that two programs which sign in at once come one after the other. */
export async function lockOpenVisit(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
): Promise<OpenVisit | null | "no connection"> {
  const locked = await db.execute(sql`
    select id from connections
    where id = ${connectionId} and client_id = ${scope.clientId} and state = 'live'
    for update`);
  if (locked.rowCount === 0) return "no connection";
  const found = await db.execute<{
    id: string;
    machine: string;
    seen_at: string;
    busy_until: string | null;
  }>(sql`
    select v.id, v.machine, v.seen_at,
      (select max(m.answer_until) from mailbox_messages m
        where m.visit_id = v.id and m.state = 'taken') as busy_until
    from collector_visits v where v.connection_id = ${connectionId} and v.ended_at is null`);
  const row = found.rows[0];
  if (!row) return null;
  return {
    id: row.id,
    machine: row.machine,
    seenAt: new Date(row.seen_at),
    busyUntil: row.busy_until === null ? null : new Date(row.busy_until),
  };
}

export async function insertVisit(db: ScopedDb, scope: ClientScope, connectionId: string, machine: string): Promise<string> {
  const made = await db.execute<{ id: string }>(sql`
    insert into collector_visits (client_id, connection_id, machine)
    values (${scope.clientId}, ${connectionId}, ${machine}) returning id`);
  const row = made.rows[0];
  if (!row) throw new Error("A visit was not noted");
  return row.id;
}

/** Ends a visit: what it took and did not answer may have been done, and is looked up. */
export async function endVisit(db: ScopedDb, visitId: string, how: VisitEnd): Promise<void> {
  await db.execute(sql`
    update collector_visits set ended_at = app.now(), ended_how = ${how}
    where id = ${visitId} and ended_at is null`);
  await db.execute(sql`
    update mailbox_messages set state = 'lost' where visit_id = ${visitId} and state = 'taken'`);
}

/**
 * Notes that the program was heard of.
 * @returns its connection, and when it last took or brought something; null when the visit has ended
 */
export async function noteSeen(
  db: ScopedDb,
  visitId: string,
): Promise<{ readonly connectionId: string; readonly workedAt: Date } | null> {
  const seen = await db.execute<{ connection_id: string; worked_at: string }>(sql`
    update collector_visits set seen_at = app.now() where id = ${visitId} and ended_at is null
    returning connection_id, worked_at`);
  const row = seen.rows[0];
  return row ? { connectionId: row.connection_id, workedAt: new Date(row.worked_at) } : null;
}

/** Notes that the program has taken or brought something. */
export async function noteWorked(db: ScopedDb, visitId: string): Promise<void> {
  await db.execute(sql`
    update collector_visits set worked_at = app.now(), seen_at = app.now()
    where id = ${visitId} and ended_at is null`);
}

/** Whether the program that collects is there now. */
export async function hasVisitor(db: ScopedDb, connectionId: string): Promise<boolean> {
  const found = await db.execute(sql`
    select 1 from collector_visits v where v.connection_id = ${connectionId} and ${isPresent}`);
  return found.rowCount !== 0;
}

/** When the program that collects for the client was last heard of; null where it never came. */
export async function findLastVisit(
  db: ScopedDb,
  scope: ClientScope,
): Promise<{ readonly seenAt: Date; readonly isThere: boolean } | null> {
  const { rows } = await db.execute<{ seen_at: string; there: boolean }>(sql`
    select v.seen_at, ${isPresent} as there from collector_visits v
    join connections c on c.id = v.connection_id and c.state <> 'disconnected'
    where v.client_id = ${scope.clientId} order by v.seen_at desc limit 1`);
  const row = rows[0];
  return row ? { seenAt: new Date(row.seen_at), isThere: row.there } : null;
}
