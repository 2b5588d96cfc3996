import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { array } from "#db/queries/common/bulk.ts";
import { isLockedSql, lockedDaysSql } from "#db/queries/common/locks-sql.ts";
import type { ConnectionSettings } from "#db/schema/clients.ts";
import type { RecordKind } from "#lib/common/records.ts";
import { DATED_KINDS, lockedTo, type PackageLock } from "#lib/model/lock-policy.ts";

/** Unsent documents: what a lock can still catch. */
const UNSENT_DOCUMENTS = sql.raw(
  "p.current and p.kind in ('sales-invoice', 'bill', 'sales-credit-note', 'supplier-credit-note') and p.state in ('pending', 'held', 'queued', 'rejected') and (p.state <> 'pending' or p.aside is null)",
);

/** The package's locks as last read, and what the client's settings make of them. */
export async function readLocks(
  db: ScopedDb,
  connectionId: string,
): Promise<{ readonly locks: readonly PackageLock[]; readonly settings: ConnectionSettings }> {
  return { locks: await listLocks(db, connectionId), settings: await readSettings(db, connectionId) };
}

/** What the client has set about this connection. */
export async function readSettings(db: ScopedDb, connectionId: string): Promise<ConnectionSettings> {
  const { rows } = await db.execute<{ settings: ConnectionSettings }>(
    sql`select settings from connections where id = ${connectionId}`,
  );
  return rows[0]?.settings ?? { postAs: "authorised" };
}

/** The package's locks as last read, the latest first. */
export async function listLocks(db: ScopedDb, connectionId: string): Promise<PackageLock[]> {
  const { rows } = await db.execute<{ label: string; from: string | null; to: string; kinds: RecordKind[] | null }>(sql`
    select label, from_on::text as "from", to_on::text as "to", kinds from package_locks where connection_id = ${connectionId}
    order by to_on desc, label, from_on nulls first`);
  return rows.map(({ kinds, ...lock }) => ({ ...lock, ...(kinds === null ? {} : { kinds }) }));
}

/**
 * Takes over the package's locks, and notes what moved where they had been read before; answers whether any did. The connection's row
 * keeps two readers apart.
 */
export async function saveLocks(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  locks: readonly PackageLock[],
  { known }: { readonly known: boolean },
): Promise<boolean> {
  await db.execute(sql`select from connections where id = ${connectionId} and client_id = ${scope.clientId} for update`);
  const before = await listLocks(db, connectionId);
  const given = sql`jsonb_to_recordset(${JSON.stringify(locks)}::jsonb) as g(label text, "from" date, "to" date, kinds text[])`;
  const isSame = sql`l.connection_id = ${connectionId} and l.label = g.label and l.to_on = g."to"
    and l.from_on is not distinct from g."from" and l.kinds is not distinct from g.kinds`;
  const gone = await db.execute(sql`
    delete from package_locks l where l.client_id = ${scope.clientId} and l.connection_id = ${connectionId}
      and not exists (select from ${given} where ${isSame})`);
  const come = await db.execute(sql`
    insert into package_locks (client_id, connection_id, label, from_on, to_on, kinds)
    select ${scope.clientId}, ${connectionId}, g.label, g."from", g."to", g.kinds from ${given}
    where not exists (select from package_locks l where ${isSame})`);
  if ((gone.rowCount ?? 0) + (come.rowCount ?? 0) === 0) return false;
  if (known) await noteLockMove(db, scope, connectionId, before);
  return true;
}

/**
 * Notes each stretch of days that was closed, with the unsent documents that it catches, or opened: that is a reminder to close it again
 * until all of it is locked once more. The table must hold the new locks already.
 */
async function noteLockMove(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  before: readonly PackageLock[],
): Promise<void> {
  const all = array(DATED_KINDS, "text");
  await db.execute(sql`
    with was as (
      select k.kind, range_agg(daterange(g."from", g."to", '[]')) as days
      from jsonb_to_recordset(${JSON.stringify(before)}::jsonb) as g("from" date, "to" date, kinds text[])
      cross join lateral unnest(coalesce(g.kinds, ${all})) as k(kind) group by k.kind
    ), present as (${lockedDaysSql(connectionId, DATED_KINDS)}),
    moved as (
      select kind, coalesce(n.days, '{}') as days, coalesce(n.days, '{}') - coalesce(w.days, '{}') as closed,
        coalesce(w.days, '{}') - coalesce(n.days, '{}') as opened
      from unnest(${all}) as k(kind) left join was w using (kind) left join present n using (kind)
    ), stretches as (
      select kind, false as opened, d as days from moved, unnest(closed) d union all select kind, true, d from moved, unnest(opened) d
    ), ended as (
      update lock_moves l set ended_at = app.now()
      where l.connection_id = ${connectionId} and l.ended_at is null and ${WAS_OPENED}
        and not exists (
          select from moved m where m.kind = any (coalesce(l.kinds, ${all}))
            and not m.days @> daterange(l.locked_now, l.locked_before, '(]'))
    )
    insert into lock_moves (client_id, connection_id, locked_before, locked_now, kinds, caught)
    select ${scope.clientId}, ${connectionId}, case when s.opened then upper(s.days) else lower(s.days) end - 1,
      case when s.opened then lower(s.days) else upper(s.days) end - 1,
      case when count(*) < cardinality(${all}) then array_agg(s.kind order by s.kind) end, (
        select count(*)::int from postings p
        where p.client_id = ${scope.clientId} and p.connection_id = ${connectionId} and ${UNSENT_DOCUMENTS} and not s.opened
          and p.kind = any (array_agg(s.kind)) and s.days @> p.issued_on)
    from stretches s group by s.opened, s.days`);
}

/** A lock moved back, or taken away: days are open that were closed. */
const WAS_OPENED = sql.raw("(l.locked_before is not null and (l.locked_now is null or l.locked_now < l.locked_before))");

/** The label of a lock that a refusal named, until the package's own are read again. */
const REFUSED_LABEL = "Period";

/** Takes over the locks that refusals named, where the ones we knew do not cover them. Answers whether any was news. */
export async function recordRefusedLocks(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  refused: readonly Omit<PackageLock, "label">[],
): Promise<boolean> {
  if (refused.length === 0) return false;
  await db.execute(sql`select from connections where id = ${connectionId} and client_id = ${scope.clientId} for update`);
  const before = await listLocks(db, connectionId);
  let after = before;
  for (const { from, to, kinds } of refused) {
    if ((kinds ?? DATED_KINDS).every((kind) => lockedTo(after, kind, to) !== null)) continue;
    const isEarlier = (lock: PackageLock) =>
      lock.label === REFUSED_LABEL && lock.from === from && lock.to < to && `${lock.kinds}` === `${kinds}`;
    after = [...after.filter((lock) => !isEarlier(lock)), { label: REFUSED_LABEL, from, to, ...(kinds ? { kinds } : {}) }];
  }
  return saveLocks(db, scope, connectionId, after, { known: true });
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
  /** Kinds of record that it is about; null for all. */
  readonly kinds: readonly RecordKind[] | null;
}

/** A kind whose days a move is about: they move together. */
const FIRST_KIND = sql.raw("coalesce(l.kinds[1], 'sales-invoice')");

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
    kinds: RecordKind[] | null;
  }>(sql`
    select l.id, l.seen_at, l.locked_before::text as was, l.locked_now::text as now, l.caught, l.moved_by,
      ${WAS_OPENED} as opened, l.kinds
    from lock_moves l join connections c on c.id = l.connection_id and c.state <> 'disconnected'
    where l.client_id = ${scope.clientId} and l.ended_at is null
      and (${WAS_OPENED}
        or (l.caught > 0 and l.seen_at > app.now() - interval '30 days'
          and ${isLockedSql(sql`c.id`, FIRST_KIND, sql`l.locked_now`)} and not ${isLockedSql(sql`c.id`, FIRST_KIND, sql`l.locked_now + 1`)}))
    order by l.seen_at desc limit 10`);
  return rows.map((row) => ({
    id: row.id,
    seenAt: new Date(row.seen_at),
    before: row.was,
    now: row.now,
    caught: row.caught,
    movedBy: row.moved_by,
    opened: row.opened,
    kinds: row.kinds,
  }));
}

/** Unsent documents dated on or before a day whose own date is not locked yet. */
export async function countUnsent(db: ScopedDb, scope: ClientScope, to: string): Promise<number> {
  const { rows } = await db.execute<{ n: number }>(sql`
    select count(*)::int as n from postings p join connections c on c.id = p.connection_id and c.state <> 'disconnected'
    where p.client_id = ${scope.clientId} and ${UNSENT_DOCUMENTS} and p.issued_on <= ${to}::date
      and not ${isLockedSql(sql`c.id`, sql`p.kind`, sql`p.issued_on`)}`);
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
