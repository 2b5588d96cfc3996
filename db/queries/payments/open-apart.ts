import { type SQL, sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import { array } from "#db/queries/common/bulk.ts";
import { readAsOfSql } from "#db/queries/connections/list-reads.ts";
import type { DocumentKind } from "#lib/common/records.ts";
import { sideOf } from "#lib/common/records.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { addUp, type SideSum } from "#lib/common/sums.ts";
import { shownConnection } from "./payment-reads.ts";

/**
 * Open here = open there. What a read showed as open stands on the document itself (`there_minor`), so that the few that are apart are
 * found by an index of their own; what explains the rest is reckoned when it is looked at, and so is never out of date.
 */

/** The document `d` is open here and there, by different amounts. */
export const APART = sql`d.status = 'open' and d.there_minor <> d.gross_minor - d.paid_minor - d.settled_minor`;

/**
 * A document that is open by one amount here and by another there. Minor units of its currency, as text: they cross to the browser.
 * `theirs - ours = content + toGo - waiting + unexplained`, to the penny.
 */
export interface OpenApart {
  readonly documentId: string;
  readonly externalId: string;
  readonly kind: DocumentKind;
  readonly number: string;
  readonly company: string;
  readonly issuedOn: string;
  readonly currency: string;
  readonly oursMinor: string;
  readonly theirsMinor: string;
  /** The document itself has another gross there: it was amended here, or edited there. */
  readonly contentMinor: string;
  /** Paid here by payments that the package does not hold yet, or no longer. */
  readonly toGoMinor: string;
  /** Paid there by payments that were read and are not created here: they stand in Import, each with its reason. */
  readonly waitingMinor: string;
  /** What nothing accounts for. */
  readonly unexplainedMinor: string;
  /** Of `toGo`, what went after the document was last read there: a read of it settles that. */
  readonly sinceMinor: string;
  /** ISO: when the read began that showed it so. */
  readonly readAt: string;
}

type Row = {
  id: string;
  external_id: string;
  kind: DocumentKind;
  number: string;
  company: string;
  issued_on: string;
  currency: string;
  ours: string;
  theirs: string;
  content: string;
  to_go: string;
  since: string;
  waiting: string;
  unexplained: string;
  read_at: string | Date;
};

/**
 * Documents that are apart, with what explains it. A payment of ours counts as there once it was linked before the last read of the
 * document began, and still stands there; one of the package's counts as here once it was created.
 */
const apart = (scope: ClientScope, connection: SQL, which: SQL): SQL => sql`
  select d.id, p.external_id, d.kind, d.number, k.name as company, d.issued_on::text as issued_on, d.currency, o.ours::text as ours,
    p.due_minor::text as theirs, (p.gross_minor - d.gross_minor)::text as content, g.amount::text as to_go, g.since::text as since, w.amount::text as waiting,
    (p.due_minor - o.ours - (p.gross_minor - d.gross_minor) - g.amount + w.amount)::text as unexplained, p.read_at, p.open_due, p.open_asked
  from documents d
  join contacts k on k.id = d.contact_id
  join external_refs r on r.connection_id = ${connection} and r.family = 'document' and r.record_id = d.id
  join package_documents p on p.connection_id = r.connection_id and p.external_id = r.external_id and p.status in ('open', 'paid')
  cross join (
    select ${readAsOfSql(connection, "documents")} as documents, ${readAsOfSql(connection, "credit-notes")} as credit_notes) lists
  cross join lateral (select d.gross_minor - d.paid_minor - d.settled_minor as ours) o
  cross join lateral (
    select coalesce(sum(a.amount_minor), 0)::bigint as amount,
      coalesce(sum(a.amount_minor) filter (where x.record_id is not null and not t.gone), 0)::bigint as since
    from allocations a
    join payments m on m.id = a.payment_id and m.status = 'live' and m.origin = 'operational'
    left join external_refs x on x.connection_id = p.connection_id and x.family = 'payment' and x.record_id = m.id
    left join postings s on s.connection_id = p.connection_id and s.record_id = m.id and s.current and s.kind = 'payment'
    cross join lateral (select coalesce(s.state = 'drifted' and (s.differences @> '[{"field":"Status","theirs":"deleted"}]'
      or s.differences @> '[{"field":"Record"}]'), false) as gone) t
    where a.document_id = d.id and (x.record_id is null or t.gone or x.linked_at >= greatest(p.read_at,
      case when d.kind in ('sales-invoice', 'bill') then lists.documents else lists.credit_notes end))
  ) g
  cross join lateral (
    select coalesce(sum(l.amount_minor), 0)::bigint as amount from incoming_payment_lines l
    join incoming_payments h on h.id = l.incoming_payment_id and h.kind <> 'other'
    left join payments m on m.id = h.payment_id and m.status = 'live'
    where l.connection_id = p.connection_id and l.document_external_id = p.external_id and l.status = 'live' and m.id is null
  ) w
  where d.client_id = ${scope.clientId} and ${APART} and p.due_minor <> o.ours and ${which}`;

const toApart = (row: Row): OpenApart => ({
  documentId: row.id,
  externalId: row.external_id,
  kind: row.kind,
  number: row.number,
  company: row.company,
  issuedOn: row.issued_on,
  currency: row.currency,
  oursMinor: row.ours,
  theirsMinor: row.theirs,
  contentMinor: row.content,
  toGoMinor: row.to_go,
  sinceMinor: row.since,
  waitingMinor: row.waiting,
  unexplainedMinor: row.unexplained,
  readAt: new Date(row.read_at).toISOString(),
});

/** Whichever of these documents are open by another amount there. */
export async function findOpenApart(db: ScopedDb, scope: ClientScope, documentIds: readonly string[]): Promise<OpenApart[]> {
  if (documentIds.length === 0) return [];
  const { rows } = await db.execute<Row>(apart(scope, shownConnection(scope), sql`d.id = any(${array(documentIds, "uuid")})`));
  return rows.map(toApart);
}

/** Documents whose open amounts nothing explains, the largest difference of each currency first. */
export async function listOpenDifferences(db: ScopedDb, scope: ClientScope, limit: number): Promise<OpenApart[]> {
  const { rows } = await db.execute<Row>(sql`
    select * from (${apart(scope, shownConnection(scope), sql`true`)}) x where x.unexplained <> '0'
    order by x.currency, abs(x.unexplained::bigint) desc, x.number, x.id limit ${limit}`);
  return rows.map(toApart);
}

/** Work that open amounts make. */
export interface OpenDifferences {
  /** Documents whose open amount there differs from ours by something that nothing explains. */
  readonly count: number;
  /** What is not explained, theirs less ours, by side and currency: minor units as text. Amounts of both signs are not set off. */
  readonly amounts: readonly SideSum[];
  /** Documents that are apart and explained whole: their payments wait in Import or have still to go. */
  readonly explained: number;
}

/** How many documents are open by another amount in the package, and what of it is not explained. One look into a partial index. */
export async function countOpenDifferences(db: ScopedDb, scope: ClientScope): Promise<OpenDifferences> {
  const { rows } = await db.execute<{ kind: DocumentKind; currency: string; open: number; explained: number; minor: string }>(sql`
    select kind, currency, (count(*) filter (where unexplained <> '0'))::int as open, (count(*) filter (where unexplained = '0'))::int as explained,
      coalesce(sum(abs(unexplained::bigint)), 0)::text as minor
    from (${apart(scope, shownConnection(scope), sql`true`)}) x group by 1, 2`);
  return {
    count: rows.reduce((sum, row) => sum + row.open, 0),
    explained: rows.reduce((sum, row) => sum + row.explained, 0),
    amounts: addUp(
      rows.flatMap((row) =>
        row.minor === "0" ? [] : [{ side: sideOf(row.kind), currency: row.currency, minor: BigInt(row.minor) }],
      ),
    ),
  };
}

/** Payments of ours that have just been taken there: their documents are read again, so that what is open on them is known. */
export async function notePaid(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  paymentIds: readonly string[],
): Promise<void> {
  if (paymentIds.length === 0) return;
  await db.execute(sql`
    update package_documents p set open_due = true
    from allocations a join external_refs r on r.connection_id = ${connectionId} and r.family = 'document' and r.record_id = a.document_id
    where a.client_id = ${scope.clientId} and a.payment_id = any(${array(paymentIds, "uuid")})
      and p.connection_id = r.connection_id and p.external_id = r.external_id and not p.open_due`);
}

/** A document whose open amounts are to be explained, with the payments that are known of it. */
export interface OpenSuspect extends OpenApart {
  /** Payments of the package that are held as live here, by its ids: those of Import, and ours that went there. */
  readonly known: readonly { readonly externalId: string; readonly amountMinor: string }[];
}

/**
 * Takes documents off the list of what is to be explained where something explains them, or where their payments were read for just these
 * amounts before; answers those that are left, at most so many.
 * @param again those of this document though they were read before
 */
export async function listOpenSuspects(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  most: number,
  again: string | null = null,
): Promise<OpenSuspect[]> {
  const which = again === null ? sql`p.open_due` : sql`d.id = ${again}::uuid`;
  const found = apart(scope, sql`${connectionId}`, which);
  if (again === null) {
    await db.execute(sql`
      update package_documents p set open_due = false
      where p.connection_id = ${connectionId} and p.client_id = ${scope.clientId} and p.open_due and not exists (
        select from (${found}) x where x.external_id = p.external_id and (x.unexplained <> '0' or x.since <> '0')
          and x.open_asked is distinct from x.theirs || ' ' || x.ours || ' ' || x.unexplained)`);
  }
  const { rows } = await db.execute<Row & { known: OpenSuspect["known"] | null }>(sql`
    select x.*, (
      select jsonb_agg(jsonb_build_object('externalId', one.external_id, 'amountMinor', one.amount::text)) from (
        select l.external_id, l.amount_minor as amount from incoming_payment_lines l
        where l.connection_id = ${connectionId} and l.document_external_id = x.external_id and l.status = 'live'
        union all
        select e.external_id, a.amount_minor from allocations a join payments m on m.id = a.payment_id and m.status = 'live' and m.origin = 'operational'
        join external_refs e on e.connection_id = ${connectionId} and e.family = 'payment' and e.record_id = m.id
        where a.document_id = x.id
      ) one) as known
    from (${found}) x where x.unexplained <> '0' or x.since <> '0' order by x.kind, x.external_id limit ${most}`);
  return rows.map((row) => ({ ...toApart(row), known: row.known ?? [] }));
}

/** Notes for which amounts these documents' payments were read: until one of them changes, nobody asks again. */
export async function markOpenAsked(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  externalIds: readonly string[],
): Promise<void> {
  if (externalIds.length === 0) return;
  const ids = array(externalIds, "text");
  await db.execute(sql`
    update package_documents p set open_due = false,
      open_asked = (select x.theirs || ' ' || x.ours || ' ' || x.unexplained
        from (${apart(scope, sql`${connectionId}`, sql`p.external_id = any(${ids})`)}) x where x.external_id = p.external_id)
    where p.connection_id = ${connectionId} and p.client_id = ${scope.clientId} and p.external_id = any(${ids})`);
}
