import { type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { array } from "#db/queries/common/bulk.ts";
import type { Difference } from "#db/schema/postings.ts";
import type { RecordKind } from "#lib/common/records.ts";
import type { SettledBy } from "#lib/common/settled.ts";
import { requireLease } from "./outcomes.ts";
import { moveAsMembers } from "./run-members.ts";

/** An exported document that the package may hold otherwise than it was last seen. */
export interface DriftSuspect {
  readonly postingId: string;
  readonly recordId: string;
  readonly kind: RecordKind;
  readonly reference: string;
  readonly externalId: string;
  readonly state: "confirmed" | "drifted";
  /** The differences that stand, where it is drifted. */
  readonly differences: readonly Difference[];
  /** As it was last known to be taken. */
  readonly sent: unknown;
  /** When the package last changed it, where it says. */
  readonly changedAt: Date | null;
}

/**
 * Documents of ours that list reads showed as new or changed since they were last held against what was sent. What is not linked, not
 * ticked yet, or shown as it was when it got its tick needs no look, and is put by; a draft that changed is looked at at once by the tick.
 */
export async function listDriftSuspects(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  most: number,
): Promise<DriftSuspect[]> {
  await db.execute(sql`
    update postings p set retry_at = null
    from package_documents d
    where d.connection_id = ${connectionId} and d.client_id = ${scope.clientId} and d.look_due
      and p.connection_id = d.connection_id and p.external_id = d.external_id and p.current and p.state = 'posted' and p.held_as_draft`);
  await db.execute(sql`
    update package_documents d set look_due = false
    where d.connection_id = ${connectionId} and d.client_id = ${scope.clientId} and d.look_due
      and not exists (
        select from external_refs r join postings p on p.connection_id = r.connection_id and p.record_id = r.record_id and p.current
        where r.connection_id = d.connection_id and r.family = 'document' and r.external_id = d.external_id
          and p.state in ('confirmed', 'drifted')
          and (d.version is null or r.version is distinct from d.version or d.status = 'void'
            or (d.number, d.issued_on, d.currency, d.gross_minor) is distinct from (p.reference, p.issued_on, p.currency, abs(p.gross_minor))))`);
  const { rows } = await db.execute<{
    id: string;
    record_id: string;
    kind: RecordKind;
    reference: string;
    external_id: string;
    state: "confirmed" | "drifted";
    differences: readonly Difference[] | null;
    sent: unknown;
    changed_at: string | Date | null;
  }>(sql`
    select p.id, p.record_id, p.kind, p.reference, d.external_id, p.state, p.differences, a.sent, d.changed_at
    from package_documents d
    join external_refs r on r.connection_id = d.connection_id and r.family = 'document' and r.external_id = d.external_id
    join postings p on p.connection_id = r.connection_id and p.record_id = r.record_id and p.current and p.state in ('confirmed', 'drifted')
    cross join lateral (
      select b.sent from posting_attempts b join posting_calls c on c.id = b.call_id
      where b.posting_id = p.id and b.outcome in ('accepted', 'found') order by c.created_at desc limit 1
    ) a
    where d.connection_id = ${connectionId} and d.client_id = ${scope.clientId} and d.look_due
    order by p.kind, d.external_id limit ${most}`);
  return rows.map((row) => ({
    postingId: row.id,
    recordId: row.record_id,
    kind: row.kind,
    reference: row.reference,
    externalId: row.external_id,
    state: row.state,
    differences: row.differences ?? [],
    sent: row.sent,
    changedAt: row.changed_at === null ? null : new Date(row.changed_at),
  }));
}

/** What a read said of one of them. */
export interface DriftFinding {
  readonly postingId: string;
  readonly externalId: string;
  readonly to: "confirmed" | "drifted";
  readonly differences: readonly Difference[];
  /** Whether the row has to change: a look that finds what was known moves nothing. */
  readonly news: boolean;
  readonly version: string | null;
  readonly settledBy: readonly SettledBy[] | null;
}

/** Moves rows by what was found, notes what settled them, and takes them off the list of what is to be looked at. */
export async function applyDriftFindings(
  db: ScopedDb,
  context: { readonly connectionId: string; readonly fence: bigint },
  findings: readonly DriftFinding[],
): Promise<ReadonlySet<string>> {
  await requireLease(db, context.connectionId, context.fence);
  const rows = JSON.stringify(
    findings.map((one) => ({
      id: one.postingId,
      external_id: one.externalId,
      found: one.to,
      differences: one.differences,
      news: one.news,
      version: one.version,
      settled_by: one.settledBy,
    })),
  );
  const given = sql`jsonb_to_recordset(${rows}::jsonb) as r(id uuid, external_id text, found text, differences jsonb, news boolean, version text, settled_by jsonb)`;
  const moved = await db.execute<{ id: string }>(sql`
    update postings p set state = r.found, confirmed_at = app.now(), changed_at = app.now(), drift_accepted_at = null, drift_accepted_by = null,
      differences = case when r.found = 'drifted' then r.differences end
    from ${given} where p.id = r.id and p.current and p.state in ('confirmed', 'drifted') and r.news returning p.id`);
  await db.execute(sql`
    update external_refs e set version = r.version from ${given}
    where e.connection_id = ${context.connectionId} and e.family = 'document' and e.external_id = r.external_id and r.version is not null`);
  await db.execute(sql`
    update package_documents d set look_due = false, settled_by = coalesce(r.settled_by, d.settled_by) from ${given}
    where d.connection_id = ${context.connectionId} and d.external_id = r.external_id`);
  return new Set(moved.rows.map((row) => row.id));
}

/** One drifted row, for whoever decides about it; locked. */
export interface DriftedRow {
  readonly id: string;
  readonly connectionId: string;
  readonly reference: string;
  readonly kind: RecordKind;
  readonly differences: readonly Difference[];
  readonly accepted: boolean;
}

/** The chosen rows that differ from what the package holds, locked. */
export async function lockDrifted(db: ScopedDb, scope: ClientScope, postingIds: readonly string[]): Promise<DriftedRow[]> {
  const { rows } = await db.execute<{
    id: string;
    connection_id: string;
    reference: string;
    kind: RecordKind;
    differences: readonly Difference[] | null;
    accepted: boolean;
  }>(sql`
    select id, connection_id, reference, kind, differences, drift_accepted_at is not null as accepted from postings
    where client_id = ${scope.clientId} and current and state = 'drifted' and id = any(${array(postingIds, "uuid")}) for update`);
  return rows.map((row) => ({
    id: row.id,
    connectionId: row.connection_id,
    reference: row.reference,
    kind: row.kind,
    differences: row.differences ?? [],
    accepted: row.accepted,
  }));
}

/** One chosen row that differs, with what decides whether ours may be sent over it. */
export interface DriftChoice {
  readonly id: string;
  readonly kind: RecordKind;
  readonly reference: string;
  readonly party: string;
  readonly issuedOn: string | null;
  readonly currency: string | null;
  /** Signed minor units as text; null where the record has no amount. */
  readonly grossMinor: string | null;
  readonly differences: readonly Difference[];
  readonly acceptedBy: string | null;
  /** Of its document there, as last read; all null where no read showed it. */
  readonly there: {
    readonly status: string | null;
    readonly issuedOn: string | null;
    readonly grossMinor: string | null;
    readonly dueMinor: string | null;
    readonly currency: string | null;
  };
}

/** The rows of a condition over `postings` that differ, by number; locked, where they are about to be decided. */
export async function listDriftChoices(
  db: ScopedDb,
  scope: ClientScope,
  where: SQL,
  limit: number,
  lock: boolean,
): Promise<DriftChoice[]> {
  const { rows } = await db.execute<{
    id: string;
    kind: RecordKind;
    reference: string;
    party: string;
    issued_on: string | null;
    currency: string | null;
    gross_minor: string | null;
    differences: readonly Difference[] | null;
    accepted_by: string | null;
    there: DriftChoice["there"] | null;
  }>(sql`
    select postings.id, postings.kind, postings.reference, postings.party, postings.issued_on::text, postings.currency,
      postings.gross_minor::text, postings.differences,
      case when postings.drift_accepted_at is not null then coalesce(postings.drift_accepted_by, '') end as accepted_by,
      (select jsonb_build_object('status', k.status, 'issuedOn', k.issued_on, 'grossMinor', k.gross_minor::text, 'dueMinor', k.due_minor::text,
        'currency', k.currency)
       from package_documents k where k.connection_id = postings.connection_id and k.client_id = ${scope.clientId}
         and k.external_id = postings.external_id) as there
    from postings where postings.client_id = ${scope.clientId} and postings.current and postings.state = 'drifted' and ${where}
    order by postings.reference, postings.id limit ${limit} ${lock ? sql`for update of postings` : sql``}`);
  const unknown = { status: null, issuedOn: null, grossMinor: null, dueMinor: null, currency: null };
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    reference: row.reference,
    party: row.party,
    issuedOn: row.issued_on,
    currency: row.currency,
    grossMinor: row.gross_minor,
    differences: row.differences ?? [],
    acceptedBy: row.accepted_by,
    there: row.there ?? unknown,
  }));
}

/** Numbers of rows by id, for whoever has to name rows that no longer differ. */
export async function namePostings(
  db: ScopedDb,
  scope: ClientScope,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await db.execute<{ id: string; reference: string }>(sql`
    select id, reference from postings where client_id = ${scope.clientId} and id = any(${array(ids, "uuid")})`);
  return new Map(rows.map((row) => [row.id, row.reference]));
}

/** Lets what the package holds stand as it is. */
export async function markAccepted(db: ScopedDb, scope: ClientScope, postingIds: readonly string[]): Promise<void> {
  await db.execute(sql`
    update postings set drift_accepted_at = app.now(), drift_accepted_by = ${scope.actor.label}, changed_at = app.now()
    where client_id = ${scope.clientId} and state = 'drifted' and drift_accepted_at is null and id = any(${array(postingIds, "uuid")})`);
}

/**
 * Queues drifted rows to be sent again: a change of what is there by its id; where it is ended there, the link is taken away, so that it
 * goes as a new one.
 * @param ended of these rows, those that the package holds no longer as a live document
 */
export async function queueAgain(
  db: ScopedDb,
  scope: ClientScope,
  runId: string,
  postingIds: readonly string[],
  ended: readonly string[],
): Promise<number> {
  await db.execute(sql`
    delete from external_refs e using postings p
    where p.client_id = ${scope.clientId} and p.id = any(${array(ended, "uuid")}) and e.connection_id = p.connection_id and e.record_id = p.record_id`);
  return moveAsMembers(
    db,
    scope,
    runId,
    sql`postings.state = 'drifted' and postings.id = any(${array(postingIds, "uuid")})`,
    sql`state = 'queued', generation = generation + 1, tries = 0, retry_at = null, differences = null,
      external_id = case when id = any(${array(ended, "uuid")}) then null else external_id end, drift_accepted_at = null, drift_accepted_by = null,
      exported_at = null, exported_how = null, exported_by = null, error_code = null, error_detail = null`,
  );
}
