import { type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { isLockedSql, lockedDaysSql, lockedToSql } from "#db/queries/common/locks-sql.ts";
import { DOCUMENT_KINDS, type RecordKind } from "#lib/common/records.ts";
import type { LockChoice } from "#lib/model/lock-policy.ts";
import { HAS_OPEN_MEMBER, postingsIn } from "./run-members.ts";

/** Kinds that a lock policy is about. */
const DOCUMENTS = sql.raw(`(${DOCUMENT_KINDS.map((kind) => `'${kind}'`).join(", ")})`);

/**
 * New documents whose date the package has locked and that nobody has on their way: held or refused for the lock, or waiting in Pending
 * Export. A change of what the package holds, a void document, a payment or a journal takes no other date and is no draft.
 */
const LOCKED = sql`postings.current and postings.kind in ${DOCUMENTS}
  and (postings.state in ('held', 'rejected') and postings.error_code = 'package.period-locked'
    or postings.state = 'pending' and postings.aside is null)
  and not ${HAS_OPEN_MEMBER}
  and ${isLockedSql(sql`postings.connection_id`, sql`postings.kind`, sql`postings.issued_on`)}
  and exists (select from documents d where d.id = postings.record_id and d.revision = postings.revision and d.status <> 'void')
  and not exists (select from external_refs r where r.connection_id = postings.connection_id and r.family = 'document'
    and r.record_id = postings.record_id)`;

/** One document of the question. Amounts are signed minor units as text. */
export interface LockedRow {
  readonly id: string;
  readonly revision: number;
  readonly kind: RecordKind;
  readonly reference: string;
  readonly party: string;
  readonly issuedOn: string;
  readonly currency: string;
  readonly grossMinor: string;
  readonly netMinor: string;
  readonly taxMinor: string;
  /** It was asked for: without its lock it goes at once. */
  readonly asked: boolean;
  /** The last locked day of those that its date lies in. */
  readonly lockedTo: string;
}

/** The chosen rows that a choice about the lock can be made for, by date and number; locked until the transaction ends. */
export async function listLocked(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  chosen: SQL,
  most: number,
): Promise<LockedRow[]> {
  const { rows } = await db.execute<{
    id: string;
    revision: number;
    kind: RecordKind;
    reference: string;
    party: string;
    issued_on: string;
    currency: string;
    gross: string;
    net: string;
    tax: string;
    asked: boolean;
    locked_to: string;
  }>(sql`
    with locked_days as materialized (${lockedDaysSql(connectionId, DOCUMENT_KINDS)}),
    mine as materialized (
      select postings.id from postings
      where postings.client_id = ${scope.clientId} and postings.connection_id = ${connectionId} and (${chosen}) and ${LOCKED}
      for update of postings
    )
    select p.id, p.revision, p.kind, p.reference, p.party, p.issued_on::text as issued_on, d.currency, p.gross_minor::text as gross,
      (d.net_minor * s.sign)::text as net, (d.tax_minor * s.sign)::text as tax, p.state <> 'pending' as asked,
      ${lockedToSql(sql`locked_days`, sql`p.kind`, sql`p.issued_on`)}::text as locked_to
    from mine join postings p on p.id = mine.id join documents d on d.id = p.record_id
    cross join lateral (select case when p.kind in ('sales-credit-note', 'supplier-credit-note') then -1 else 1 end as sign) s
    order by p.issued_on, p.reference, p.id limit ${most}`);
  return rows.map(({ issued_on, gross, net, tax, locked_to, ...row }) => ({
    ...row,
    issuedOn: issued_on,
    lockedTo: locked_to,
    grossMinor: gross,
    netMinor: net,
    taxMinor: tax,
  }));
}

/** How many rows are chosen at all. */
export async function countChosen(db: ScopedDb, scope: ClientScope, chosen: SQL): Promise<number> {
  const { rows } = await db.execute<{ n: number }>(
    sql`select count(*)::int as n from postings where postings.client_id = ${scope.clientId} and postings.current and (${chosen})`,
  );
  return rows[0]?.n ?? 0;
}

/** Remembers a choice on each of these rows, and says so in their records' timelines. */
export async function saveLockChoices(
  db: ScopedDb,
  scope: ClientScope,
  rows: readonly { readonly id: string; readonly choice: LockChoice; readonly words: string }[],
): Promise<void> {
  await db.execute(sql`
    with named as (
      select r.id, r.choice, r.words from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, choice jsonb, words text)),
    kept as (
      update postings p set lock_choice = named.choice, changed_at = app.now()
      from named where p.client_id = ${scope.clientId} and p.id = named.id
      returning p.record_id, p.revision, named.words
    )
    insert into record_events (client_id, record_id, revision, actor, what, detail)
    select ${scope.clientId}, record_id, revision, ${scope.actor.label}, 'lock-choice', jsonb_build_object('reason', words) from kept`);
}

/** Chosen rows with a choice, of which nothing has left. */
const UNDOABLE = sql`postings.current and postings.lock_choice is not null and postings.state in ('pending', 'held', 'queued', 'rejected')`;

/** The rows whose choice can be taken back, locked until the transaction ends. */
export async function listChosenLocks(db: ScopedDb, scope: ClientScope, chosen: SQL): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(
    sql`select postings.id from postings where postings.client_id = ${scope.clientId} and (${chosen}) and ${UNDOABLE} for update of postings`,
  );
  return rows.map((row) => row.id);
}

/** Forgets the choice of these rows; the timelines keep that there was one. */
export async function forgetLockChoice(db: ScopedDb, scope: ClientScope, ids: readonly string[], words: string): Promise<void> {
  await db.execute(sql`
    with gone as (
      update postings set lock_choice = null, changed_at = app.now()
      where postings.client_id = ${scope.clientId} and ${postingsIn(ids)}
      returning record_id, revision
    )
    insert into record_events (client_id, record_id, revision, actor, what, detail)
    select ${scope.clientId}, record_id, revision, ${scope.actor.label}, 'lock-choice', jsonb_build_object('reason', ${words}::text) from gone`);
}
