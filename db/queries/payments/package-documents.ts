import { type SQL, sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import { array, column } from "#db/queries/common/bulk.ts";
import type { DocumentKind, SeenDocument } from "#lib/common/records.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { SettledBy } from "#lib/common/settled.ts";
import type { SideSum } from "#lib/common/sums.ts";
import type { PulledDocument } from "#lib/connectors/types.ts";
import { APART } from "./open-apart.ts";
import { shownConnection } from "./payment-reads.ts";

/** Whether the client has credit notes at all: without one of ours, theirs are no business of ours, and no call is spent on them. */
export async function hasCreditNotes(db: ScopedDb, scope: ClientScope): Promise<boolean> {
  const found = await db.execute(sql`
    select 1 from documents where client_id = ${scope.clientId} and kind in ('sales-credit-note', 'supplier-credit-note') limit 1`);
  return found.rowCount === 1;
}

/**
 * Keeps documents as a list read showed them, each once; one that is as it was writes nothing, and what a later read showed stays. What is
 * open on those of ours is held against it. Answers how many are new or changed.
 * @param readAt when the read began
 */
export async function upsertPackageDocuments(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  documents: readonly PulledDocument[],
  readAt: Date,
): Promise<number> {
  const rows = [...new Map(documents.map((document) => [document.externalId, document])).values()];
  if (rows.length === 0) return 0;
  const written = await db.execute(sql`
    insert into package_documents as p
      (client_id, connection_id, external_id, kind, number, company, contact_external_id, issued_on, currency, gross_minor, due_minor, status,
        status_said, changed_at, version, credited_minor, paid_minor, look_due, read_at)
    select ${scope.clientId}, ${connectionId}, u.*, ${readAt.toISOString()}::timestamptz
    from unnest(
      ${column(rows, "text", (d) => d.externalId)}, ${column(rows, "text", (d) => d.kind)}, ${column(rows, "text", (d) => d.number)},
      ${column(rows, "text", (d) => d.company ?? "")}, ${column(rows, "text", (d) => d.contactExternalId)}, ${column(rows, "date", (d) => d.issuedOn)}, ${column(rows, "text", (d) => d.currency)},
      ${column(rows, "bigint", (d) => d.grossMinor.toString())}, ${column(rows, "bigint", (d) => d.dueMinor.toString())},
      ${column(rows, "text", (d) => d.status)}, ${column(rows, "text", (d) => d.statusSaid ?? null)},
      ${column(rows, "timestamptz", (d) => d.changedAt?.toISOString() ?? null)},
      ${column(rows, "text", (d) => d.version)}, ${column(rows, "bigint", (d) => d.creditedMinor?.toString() ?? null)},
      ${column(rows, "bigint", (d) => d.paidMinor?.toString() ?? null)}, ${column(rows, "bool", () => "true")}
    ) as u (external_id, kind, number, company, contact_external_id, issued_on, currency, gross, due, status, status_said, changed_at, version,
      credited, paid, look_due)
    on conflict (connection_id, external_id) do update set
      kind = excluded.kind, number = excluded.number, company = excluded.company, contact_external_id = excluded.contact_external_id,
      issued_on = excluded.issued_on, currency = excluded.currency, status_said = excluded.status_said,
      gross_minor = excluded.gross_minor, due_minor = excluded.due_minor, status = excluded.status, changed_at = excluded.changed_at, version = excluded.version,
      credited_minor = excluded.credited_minor, paid_minor = excluded.paid_minor, look_due = true, seen_at = app.now(), read_at = excluded.read_at
    where (p.kind, p.number, p.company, p.contact_external_id, p.issued_on, p.currency, p.gross_minor, p.due_minor, p.status, p.status_said, p.version,
        p.credited_minor, p.paid_minor) is distinct from
      (excluded.kind, excluded.number, excluded.company, excluded.contact_external_id, excluded.issued_on, excluded.currency, excluded.gross_minor, excluded.due_minor,
        excluded.status, excluded.status_said, excluded.version, excluded.credited_minor, excluded.paid_minor)
      and ${NOT_OLDER}`);
  await noteThere(
    db,
    scope,
    connectionId,
    rows.map((one) => one.externalId),
  );
  return written.rowCount ?? 0;
}

/** A page that was read earlier and stored later takes nothing back. */
const NOT_OLDER = sql`coalesce(excluded.changed_at >= p.changed_at, true)`;

/** A document as one read showed it whole. */
export interface SeenThere {
  readonly externalId: string;
  readonly version: string | null;
  readonly changedAt: Date | null;
  readonly seen: SeenDocument;
}

/**
 * Keeps what a read of whole documents showed of what is open on them and what settled the rest, and holds ours against it: the read for
 * the tick, for a change, of what changed there, or that somebody asked for. A document of which nothing is paid on either side is left to
 * the list read.
 * @param readAt when the read began
 */
export async function noteSeen(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  documents: readonly SeenThere[],
  readAt: Date,
): Promise<void> {
  const rows = [...new Map(documents.map((one) => [one.externalId, one])).values()].filter(
    (one) => one.seen.dueMinor !== undefined,
  );
  if (rows.length === 0) return;
  const status = ({ seen }: SeenThere): PulledDocument["status"] =>
    seen.status === "voided" || seen.status === "deleted"
      ? "void"
      : seen.status === "draft" || seen.status === "submitted"
        ? "draft"
        : seen.status === "paid"
          ? "paid"
          : "open";
  const lastPaid = ({ seen }: SeenThere) =>
    (seen.payments ?? [])
      .flatMap(({ paidOn }) => paidOn ?? [])
      .toSorted()
      .at(-1) ?? null;
  await db.execute(sql`
    with u as (
      select * from unnest(
        ${column(rows, "text", (d) => d.externalId)}, ${column(rows, "text", (d) => d.seen.kind)}, ${column(rows, "text", (d) => d.seen.number)},
        ${column(rows, "text", (d) => d.seen.contactExternalId)}, ${column(rows, "date", (d) => d.seen.issuedOn)},
        ${column(rows, "text", (d) => d.seen.currency)}, ${column(rows, "bigint", (d) => d.seen.grossMinor.toString())},
        ${column(rows, "bigint", (d) => d.seen.dueMinor?.toString() ?? null)}, ${column(rows, "text", status)},
        ${column(rows, "text", (d) => d.seen.statusSaid ?? null)}, ${column(rows, "timestamptz", (d) => d.changedAt?.toISOString() ?? null)},
        ${column(rows, "text", (d) => d.version)}, ${column(rows, "bigint", (d) => d.seen.creditedMinor?.toString() ?? null)},
        ${column(rows, "bigint", (d) => d.seen.paidMinor?.toString() ?? null)}, ${column(rows, "date", lastPaid)},
        ${column(rows, "jsonb", (d) => (d.seen.settledBy ? JSON.stringify(d.seen.settledBy) : null))}
      ) as u (external_id, kind, number, contact_external_id, issued_on, currency, gross, due, status, status_said, changed_at, version, credited,
        paid, last_paid_on, settled_by)
    )
    insert into package_documents as p
      (client_id, connection_id, external_id, kind, number, company, contact_external_id, issued_on, currency, gross_minor, due_minor, status,
        status_said, changed_at, version, credited_minor, paid_minor, last_paid_on, settled_by, read_at)
    select ${scope.clientId}, ${connectionId}, u.external_id, u.kind, u.number, '', u.contact_external_id, u.issued_on, u.currency, u.gross, u.due,
      u.status, u.status_said, u.changed_at, u.version, u.credited, u.paid, u.last_paid_on, u.settled_by, ${readAt.toISOString()}::timestamptz
    from u
    where u.status not in ('open', 'paid') or u.status_said is not null or u.due <> u.gross
      or exists (select from package_documents k where k.connection_id = ${connectionId} and k.external_id = u.external_id)
      or exists (
        select from external_refs r join documents d on d.id = r.record_id
        where r.connection_id = ${connectionId} and r.family = 'document' and r.external_id = u.external_id and d.client_id = ${scope.clientId}
          and (d.paid_minor <> 0 or d.settled_minor <> 0 or d.there_minor is not null))
    on conflict (connection_id, external_id) do update set
      kind = excluded.kind, number = excluded.number, contact_external_id = excluded.contact_external_id, issued_on = excluded.issued_on,
      currency = excluded.currency, gross_minor = excluded.gross_minor, due_minor = excluded.due_minor, status = excluded.status,
      status_said = excluded.status_said, changed_at = excluded.changed_at, version = coalesce(excluded.version, p.version),
      credited_minor = excluded.credited_minor, paid_minor = excluded.paid_minor, last_paid_on = excluded.last_paid_on,
      settled_by = coalesce(excluded.settled_by, p.settled_by), read_at = greatest(p.read_at, excluded.read_at)
    where ${NOT_OLDER}`);
  await noteThere(
    db,
    scope,
    connectionId,
    rows.map((one) => one.externalId),
  );
}

/**
 * Notes on ours what is open on theirs and what settled theirs by other means than payments of ours or of Import, as last read: credit
 * notes, overpayments, prepayments, write-offs, and payments of a kind that stays there. What nothing accounts for is none of them: it is
 * a difference, and the document is put down to be explained.
 * @param externalIds those that a read showed, or that were linked or paid since
 */
export async function noteThere(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  externalIds: readonly string[],
): Promise<void> {
  if (externalIds.length === 0) return;
  const ids = array([...new Set(externalIds)], "text");
  await db.execute(sql`
    update documents d set settled_minor = s.settled, there_minor = s.there
    from package_documents p
    join external_refs r on r.connection_id = p.connection_id and r.family = 'document' and r.external_id = p.external_id
    cross join lateral (
      select case when p.status in ('open', 'paid') then least(p.gross_minor, ${CREDITED} + ${KEPT_THERE}) else 0 end as settled,
        case when p.status in ('open', 'paid') then p.due_minor end as there
    ) s
    where p.connection_id = ${connectionId} and p.client_id = ${scope.clientId} and p.external_id = any(${ids})
      and d.client_id = ${scope.clientId} and d.id = r.record_id and (d.settled_minor, d.there_minor) is distinct from (s.settled, s.there)`);
  await db.execute(sql`
    update package_documents p set open_due = true
    from external_refs r join documents d on d.id = r.record_id
    where p.connection_id = ${connectionId} and p.client_id = ${scope.clientId} and p.external_id = any(${ids}) and not p.open_due
      and r.connection_id = p.connection_id and r.family = 'document' and r.external_id = p.external_id and d.client_id = ${scope.clientId} and ${APART}`);
  await db.execute(notedLeft(scope, connectionId, ids));
}

/**
 * What is left of a correction, by the last reads of its credit note and of the document that was corrected: open work until both are nil.
 * What the package holds unpaid stands in no row of its own; what is void there has nothing open.
 */
const notedLeft = (scope: ClientScope, connectionId: string, ids: SQL): SQL => {
  const open = (documentId: SQL, gross: SQL) => sql`coalesce((
    select case when p.status in ('open', 'paid') then p.due_minor else 0 end
    from external_refs e join package_documents p on p.connection_id = e.connection_id and p.external_id = e.external_id
    where e.connection_id = ${connectionId} and e.family = 'document' and e.record_id = ${documentId}), ${gross})`;
  return sql`
    update reissues r set credit_left_minor = s.credit, still_open_minor = s.open
    from (
      select c.id, ${open(sql`c.credit_note_id`, sql`n.gross_minor`)} as credit, ${open(sql`c.document_id`, sql`n.gross_minor`)} as open
      from reissues c join documents n on n.id = c.credit_note_id
      where c.client_id = ${scope.clientId} and c.connection_id = ${connectionId} and exists (
        select from external_refs e where e.connection_id = ${connectionId} and e.family = 'document' and e.external_id = any(${ids})
          and e.record_id in (c.credit_note_id, c.document_id))
    ) s
    where r.id = s.id and (r.credit_left_minor, r.still_open_minor) is distinct from (s.credit, s.open)`;
};

/** Credited on the package's document `p` there: as it says, or what its last whole read named. */
const CREDITED = sql`coalesce(p.credited_minor, (
  select sum((one ->> 'amount')::bigint) from jsonb_array_elements(p.settled_by) one), 0)::bigint`;

/** Paid on `p` by payments of a kind that stays there. */
const KEPT_THERE = sql`coalesce((
  select sum(l.amount_minor) from incoming_payment_lines l join incoming_payments h on h.id = l.incoming_payment_id and h.kind = 'other'
  where l.connection_id = p.connection_id and l.document_external_id = p.external_id and l.status = 'live'), 0)::bigint`;

/**
 * Live documents of the shown connection that are linked to none of ours, with ours of the same kind and number that is linked to nothing.
 * The number is folded before the join: under row-level security a condition with `lower` in it would keep out of the index.
 */
const unlinked = (scope: ClientScope) => sql`
  with theirs as materialized (
    select p.*, lower(p.number) as folded from package_documents p
    where p.client_id = ${scope.clientId} and p.connection_id = ${shownConnection(scope)} and p.status <> 'void'
      and not exists (select from external_refs r where r.connection_id = p.connection_id and r.family = 'document' and r.external_id = p.external_id)
  )
  select p.*, (
    select d.id from documents d
    where d.client_id = ${scope.clientId} and d.number_folded collate "C" = p.folded collate "C" and d.kind = p.kind
      and not exists (select from external_refs o where o.connection_id = p.connection_id and o.family = 'document' and o.record_id = d.id)
    order by d.issued_on desc limit 1) as match_id
  from theirs p`;

/** Documents that are only in the package. Amounts by side and currency, never added over them. */
export interface NotOurs {
  readonly count: number;
  readonly amounts: readonly SideSum[];
  /** Those whose number is that of one of ours that was never linked: counted apart. */
  readonly possible: { readonly count: number; readonly amounts: readonly SideSum[] };
}

/** How many documents are only in the package, and what they are worth (gross, minor units). */
export async function totalNotOurs(db: ScopedDb, scope: ClientScope): Promise<NotOurs> {
  const { rows } = await db.execute<{ side: SideSum["side"]; currency: string; possible: boolean; n: number; minor: string }>(sql`
    select case when u.kind in ('sales-invoice', 'sales-credit-note') then 'sales' when u.kind in ('bill', 'supplier-credit-note') then 'purchase' end as side,
      u.currency, u.match_id is not null as possible, count(*)::int as n, sum(u.gross_minor)::bigint as minor
    from (${unlinked(scope)}) u group by 1, 2, 3 order by 1 desc nulls last, 2`);
  const of = (possible: boolean) => {
    const own = rows.filter((row) => row.possible === possible);
    return {
      count: own.reduce((sum, { n }) => sum + n, 0),
      amounts: own.map(({ side, currency, minor }) => ({ side, currency, minor })),
    };
  };
  return { ...of(false), possible: of(true) };
}

/** One document that is only in the package. Amounts are minor units as text: they cross to the browser. */
export interface PackageDocument {
  readonly externalId: string;
  readonly kind: DocumentKind | "other";
  readonly number: string | null;
  readonly company: string;
  readonly issuedOn: string | null;
  readonly currency: string;
  readonly grossMinor: string;
  readonly dueMinor: string;
  /** Ours of the same kind and number, linked to nothing: perhaps the same. */
  readonly possibleMatchId: string | null;
}

/** The documents that are only in the package: those that may be ours first, then the latest. */
export async function listNotOurs(db: ScopedDb, scope: ClientScope, limit: number): Promise<PackageDocument[]> {
  const { rows } = await db.execute<{
    external_id: string;
    kind: PackageDocument["kind"];
    number: string | null;
    company: string;
    issued_on: string | null;
    currency: string;
    gross: string;
    due: string;
    match_id: string | null;
  }>(sql`
    select u.external_id, u.kind, u.number, u.company, u.issued_on::text as issued_on, u.currency, u.gross_minor as gross, u.due_minor as due, u.match_id
    from (${unlinked(scope)}) u order by (u.match_id is null), u.issued_on desc nulls last, u.external_id limit ${limit}`);
  return rows.map((row) => ({
    externalId: row.external_id,
    kind: row.kind,
    number: row.number,
    company: row.company,
    issuedOn: row.issued_on,
    currency: row.currency,
    grossMinor: row.gross,
    dueMinor: row.due,
    possibleMatchId: row.match_id,
  }));
}

/** How a document of ours stands in the package, as last read there. Minor units of its currency. */
export interface DocumentThere {
  /** What is still owed on it there. */
  readonly dueMinor: bigint;
  /** What settled it there beside payments, as the last read of the whole document said; empty where nothing did, or none was read. */
  readonly settledBy: readonly SettledBy[];
  /** When a list read last showed a change of it. */
  readonly seenAt: Date;
}

/** How the package's document that this one is linked to stands there; null when none was read. */
export async function findThere(db: ScopedDb, scope: ClientScope, documentId: string): Promise<DocumentThere | null> {
  const { rows } = await db.execute<{ due: string; settled_by: readonly SettledBy[] | null; seen_at: string | Date }>(sql`
    select p.due_minor as due, p.settled_by, p.seen_at
    from external_refs r
    join package_documents p on p.connection_id = r.connection_id and p.external_id = r.external_id
    where r.client_id = ${scope.clientId} and r.connection_id = ${shownConnection(scope)} and r.family = 'document' and r.record_id = ${documentId}
      and p.status in ('open', 'paid')`);
  const row = rows[0];
  return row ? { dueMinor: BigInt(row.due), settledBy: row.settled_by ?? [], seenAt: new Date(row.seen_at) } : null;
}
