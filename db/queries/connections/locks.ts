import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import type { ConnectionSettings } from "#db/schema/clients.ts";
import type { Locks } from "#lib/model/lock-policy.ts";

/** Unsent documents: what a lock can still catch. */
const UNSENT_DOCUMENTS = sql.raw(
  "p.current and p.kind in ('sales-invoice', 'bill', 'sales-credit-note', 'supplier-credit-note') and p.state in ('pending', 'held', 'queued', 'rejected') and (p.state <> 'pending' or p.aside is null)",
);

/** Lock dates as last read, and what the client's settings make of them. */
export async function readLocks(db: ScopedDb, connectionId: string): Promise<Locks & { readonly settings: ConnectionSettings }> {
  const { rows } = await db.execute<{ period: string | null; year: string | null; settings: ConnectionSettings }>(sql`
    select period_lock_on::text as period, year_lock_on::text as year, settings from connections where id = ${connectionId}`);
  const row = rows[0];
  return {
    periodLockOn: row?.period ?? null,
    yearLockOn: row?.year ?? null,
    settings: row?.settings ?? { postAs: "authorised" },
  };
}

/**
 * Notes that a lock date moved, with the unsent documents that it catches. A lock moved back is a reminder to put it back until it is as
 * far on again. The connection's dates must be the new ones already.
 */
export async function noteLockMove(
  db: ScopedDb,
  connectionId: string,
  before: { readonly periodLockOn: string | null; readonly yearLockOn: string | null },
): Promise<void> {
  await db.execute(sql`
    with m as (
      select c.id, c.client_id, greatest(${before.periodLockOn}::date, ${before.yearLockOn}::date) as was, greatest(c.period_lock_on, c.year_lock_on) as now
      from connections c where c.id = ${connectionId}
    ), ended as (
      update lock_moves l set ended_at = app.now() from m
      where l.connection_id = m.id and l.ended_at is null and m.now is not null
        and (l.locked_before is null or m.now >= l.locked_before) and (l.locked_now is null or l.locked_now < l.locked_before)
    )
    insert into lock_moves (client_id, connection_id, locked_before, locked_now, caught)
    select m.client_id, m.id, m.was, m.now, (
      select count(*)::int from postings p
      where p.connection_id = m.id and ${UNSENT_DOCUMENTS} and p.issued_on <= m.now and (m.was is null or p.issued_on > m.was))
    from m where m.was is distinct from m.now`);
}

/** Takes over a lock date that a refusal named, where the one we knew was older. Answers whether it was news. */
export async function recordRefusedLock(db: ScopedDb, connectionId: string, lockDate: string): Promise<boolean> {
  const before = await db.execute<{ period: string | null; year: string | null }>(sql`
    select period_lock_on::text as period, year_lock_on::text as year from connections where id = ${connectionId} for update`);
  const moved = await db.execute(sql`
    update connections set period_lock_on = ${lockDate}::date
    where id = ${connectionId} and coalesce(greatest(period_lock_on, year_lock_on) < ${lockDate}::date, true)`);
  if (moved.rowCount !== 1) return false;
  await noteLockMove(db, connectionId, {
    periodLockOn: before.rows[0]?.period ?? null,
    yearLockOn: before.rows[0]?.year ?? null,
  });
  return true;
}

/** A line of the records' timelines: which policy was applied to which document, in its own words. */
export async function noteLockPolicy(
  db: ScopedDb,
  scope: ClientScope,
  applied: readonly { readonly recordId: string; readonly revision: number; readonly words: string }[],
): Promise<void> {
  if (applied.length === 0) return;
  await db.execute(sql`
    insert into record_events (client_id, record_id, revision, actor, what, detail)
    select ${scope.clientId}, r.record_id, r.revision, ${scope.actor.label}, 'lock-policy', jsonb_build_object('reason', r.words)
    from jsonb_to_recordset(${JSON.stringify(
      applied.map((one) => ({ record_id: one.recordId, revision: one.revision, words: one.words })),
    )}::jsonb) as r(record_id uuid, revision int, words text)
    where not exists (select from record_events e where e.record_id = r.record_id and e.what = 'lock-policy' and e.revision = r.revision
      and e.detail ->> 'reason' = r.words)`);
}

export interface LockMove {
  readonly id: string;
  readonly seenAt: Date;
  readonly before: string | null;
  readonly now: string | null;
  readonly caught: number;
  readonly movedBy: string | null;
  /** Moved back, so that what was closed is open. */
  readonly opened: boolean;
}

/** Moves of the lock that still want attention: one moved back and not put back, or moved on over unsent documents in the last month. */
export async function listLockMoves(db: ScopedDb, scope: ClientScope): Promise<LockMove[]> {
  const { rows } = await db.execute<{
    id: string;
    seen_at: string | Date;
    was: string | null;
    now: string | null;
    caught: number;
    moved_by: string | null;
    opened: boolean;
  }>(sql`
    select l.id, l.seen_at, l.locked_before::text as was, l.locked_now::text as now, l.caught, l.moved_by,
      l.locked_before is not null and (l.locked_now is null or l.locked_now < l.locked_before) as opened
    from lock_moves l join connections c on c.id = l.connection_id and c.state <> 'disconnected'
    where l.client_id = ${scope.clientId} and l.ended_at is null
      and ((l.locked_before is not null and (l.locked_now is null or l.locked_now < l.locked_before))
        or (l.caught > 0 and l.seen_at > app.now() - interval '30 days' and l.locked_now = greatest(c.period_lock_on, c.year_lock_on)))
    order by l.seen_at desc limit 10`);
  return rows.map((row) => ({
    id: row.id,
    seenAt: new Date(row.seen_at),
    before: row.was,
    now: row.now,
    caught: row.caught,
    movedBy: row.moved_by,
    opened: row.opened,
  }));
}

/** Unsent documents dated on or before a day and after another. */
export async function countUnsent(db: ScopedDb, scope: ClientScope, to: string, after: string | null): Promise<number> {
  const { rows } = await db.execute<{ n: number }>(sql`
    select count(*)::int as n from postings p join connections c on c.id = p.connection_id and c.state <> 'disconnected'
    where p.client_id = ${scope.clientId} and ${UNSENT_DOCUMENTS} and p.issued_on <= ${to}::date
      and (${after}::date is null or p.issued_on > ${after}::date)`);
  return rows[0]?.n ?? 0;
}

/** Says who moved a lock, or that it stays as it is; answers whether the move was still open. */
export async function answerLockMove(
  db: ScopedDb,
  scope: ClientScope,
  moveId: string,
  answer: "i-moved-it" | "stays",
): Promise<boolean> {
  const done = await db.execute(
    answer === "i-moved-it"
      ? sql`update lock_moves set moved_by = ${scope.actor.label} where client_id = ${scope.clientId} and id = ${moveId} and ended_at is null and moved_by is null`
      : sql`update lock_moves set ended_at = app.now(), ended_by = ${scope.actor.label} where client_id = ${scope.clientId} and id = ${moveId} and ended_at is null`,
  );
  return done.rowCount === 1;
}
