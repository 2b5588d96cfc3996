import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import type { Difference } from "#db/schema/postings.ts";
import type { RecordKind } from "#lib/common/records.ts";
import type { PostingState } from "#lib/model/states.ts";

/** Keeps an export of the package's books. @returns null when it is here already */
export async function insertReadBack(
  db: ScopedDb,
  scope: ClientScope,
  one: { readonly connectionId: string; readonly fileName: string; readonly bytes: Uint8Array; readonly sha256: string },
): Promise<string | null> {
  const { rows } = await db.execute<{ id: string }>(sql`
    insert into read_backs (client_id, connection_id, file_name, bytes, sha256, uploaded_by)
    values (${scope.clientId}, ${one.connectionId}, ${one.fileName}, ${Buffer.from(one.bytes)}, ${one.sha256}, ${scope.actor.label})
    on conflict (connection_id, sha256) do nothing returning id`);
  return rows[0]?.id ?? null;
}

/** Whether an export waits to be read. */
export async function hasUnworked(db: ScopedDb, connectionId: string): Promise<boolean> {
  const found = await db.execute(
    sql`select 1 from read_backs where connection_id = ${connectionId} and worked_at is null limit 1`,
  );
  return found.rowCount !== 0;
}

/** The oldest export that no worker has read. */
export async function findUnworked(
  db: ScopedDb,
  connectionId: string,
): Promise<{ readonly id: string; readonly bytes: Buffer; readonly at: Date } | null> {
  const { rows } = await db.execute<{ id: string; bytes: Buffer; created_at: string }>(sql`
    select id, bytes, created_at from read_backs where connection_id = ${connectionId} and worked_at is null
    order by created_at, id limit 1`);
  const row = rows[0];
  return row ? { id: row.id, bytes: row.bytes, at: new Date(row.created_at) } : null;
}

export async function markWorked(db: ScopedDb, readBackId: string, seen: number): Promise<void> {
  await db.execute(sql`update read_backs set worked_at = app.now(), seen = ${seen} where id = ${readBackId}`);
}

/** A posting that was in a file somebody has had, and that an export may show. */
export interface ReadRow {
  readonly id: string;
  readonly kind: RecordKind;
  readonly recordId: string;
  readonly revision: number;
  readonly state: PostingState;
  /** The package's id of it, where that is known. */
  readonly externalId: string | null;
  /** Of its last file that somebody has had: what was asked for, as of which revision, and since when it may be there. */
  readonly sent: unknown;
  readonly sentRevision: number;
  readonly handedAt: Date;
}

/**
 * All that an export may show and that is not settled for good: what waits or is unclear, what was posted, and what was taken back and
 * may have been imported all the same. Of what has its tick too: it may be there twice.
 */
export async function listToRead(db: ScopedDb, connectionId: string): Promise<ReadRow[]> {
  const { rows } = await db.execute<{
    id: string;
    kind: RecordKind;
    record_id: string;
    revision: number;
    state: PostingState;
    external_id: string | null;
    sent: unknown;
    sent_revision: number;
    handed_at: string;
  }>(sql`
    select p.id, p.kind, p.record_id, p.revision, p.state, p.external_id, a.sent, a.revision as sent_revision, a.handed_at
    from postings p cross join lateral (
      select b.sent, b.revision, f.handed_at from posting_attempts b join batch_files f on f.call_id = b.call_id
      where b.posting_id = p.id and f.handed_at is not null order by f.number desc limit 1
    ) a
    where p.connection_id = ${connectionId} and p.current and p.drift_accepted_at is null
      and p.state in ('pending', 'held', 'queued', 'waiting', 'unknown', 'posted', 'confirmed', 'rejected')
    order by p.kind, p.issued_on, p.id`);
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    recordId: row.record_id,
    revision: row.revision,
    state: row.state,
    externalId: row.external_id,
    sent: row.sent,
    sentRevision: row.sent_revision,
    handedAt: new Date(row.handed_at),
  }));
}

/**
 * What an export shows was imported, though nobody said so: its outcome is no longer waited for.
 * @returns those that are unclear now, held until the transaction ends
 */
export async function imported(db: ScopedDb, postingIds: readonly string[]): Promise<ReadonlySet<string>> {
  const ids = sql`${sql.param([...postingIds])}::uuid[]`;
  await db.execute(sql`
    update postings set state = 'unknown', unknown_why = 'not-definite', resolve_after = app.now(), changed_at = app.now()
    where id = any (${ids}) and state = 'waiting'`);
  const { rows } = await db.execute<{ id: string }>(sql`
    select id from postings where id = any (${ids}) and state = 'unknown' for update`);
  return new Set(rows.map((row) => row.id));
}

/** The file that a posting waits in and that nobody has had yet; null where there is none. */
export async function findReadyFileOf(
  db: ScopedDb,
  postingId: string,
): Promise<{ readonly id: string; readonly callId: string } | null> {
  const { rows } = await db.execute<{ id: string; call_id: string }>(sql`
    select f.id, f.call_id from postings p
    join posting_attempts a on a.posting_id = p.id and a.generation = p.generation
    join batch_files f on f.call_id = a.call_id and f.state = 'ready'
    where p.id = ${postingId} and p.state = 'waiting' for update of f`);
  const row = rows[0];
  return row ? { id: row.id, callId: row.call_id } : null;
}

/** Links a record to what an export shows of an earlier version of it: whatever goes later is a change of that. */
export async function linkSeen(
  db: ScopedDb,
  scope: ClientScope,
  link: {
    readonly connectionId: string;
    readonly family: string;
    readonly entity: string;
    readonly externalId: string;
    readonly recordId: string;
    readonly version: string | null;
  },
): Promise<void> {
  await db.execute(sql`
    insert into external_refs (client_id, connection_id, family, entity, external_id, record_id, version, linked_by)
    values (${scope.clientId}, ${link.connectionId}, ${link.family}, ${link.entity}, ${link.externalId}, ${link.recordId},
      ${link.version}, ${scope.actor.label})
    on conflict do nothing`);
}

/** What the package holds more than once, though it was posted once: a difference for people, whether it has its tick or not. */
export async function driftTwice(db: ScopedDb, postingId: string, difference: Difference): Promise<void> {
  await db.execute(sql`
    update postings set state = 'drifted', differences = ${JSON.stringify([difference])}::jsonb, confirmed_at = app.now(),
      retry_at = null, changed_at = app.now()
    where id = ${postingId} and state in ('posted', 'confirmed')`);
}
