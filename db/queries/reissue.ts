import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import type { RecordKind } from "#lib/common/records.ts";

/** An amended or voided document that the package holds and does not let us change any more. */
export interface Reissuable {
  readonly postingId: string;
  readonly documentId: string;
  readonly kind: RecordKind;
  readonly number: string;
  readonly revision: number;
  /** The revision that the package holds. */
  readonly sentRevision: number;
  readonly voided: boolean;
}

/** The row as it may be credited and reissued, locked; null where it is none of that kind. */
export async function lockReissuable(db: ScopedDb, scope: ClientScope, postingId: string): Promise<Reissuable | null> {
  const { rows } = await db.execute<{
    id: string;
    record_id: string;
    kind: RecordKind;
    number: string;
    revision: number;
    sent_revision: number | null;
    voided: boolean;
  }>(sql`
    select p.id, p.record_id, p.kind, d.number, p.revision, d.status = 'void' as voided,
      (select max(a.revision) from postings q join posting_attempts a on a.posting_id = q.id and a.outcome in ('accepted', 'found')
        where q.connection_id = p.connection_id and q.record_id = p.record_id and q.kind = p.kind and a.revision < p.revision) as sent_revision
    from postings p join documents d on d.id = p.record_id and d.client_id = p.client_id
    where p.client_id = ${scope.clientId} and p.id = ${postingId} and p.current and p.kind in ('sales-invoice', 'bill')
      and (p.state in ('held', 'rejected') and p.error_code in ('package.document-state', 'package.period-locked')
        or p.state = 'pending' and p.precheck_code = 'package.period-locked')
      and exists (select from external_refs r where r.connection_id = p.connection_id and r.family = 'document' and r.record_id = p.record_id)
    for update of p`);
  const row = rows[0];
  if (!row || row.sent_revision === null) return null;
  return {
    postingId: row.id,
    documentId: row.record_id,
    kind: row.kind,
    number: row.number,
    revision: row.revision,
    sentRevision: row.sent_revision,
    voided: row.voided,
  };
}

/** Net, tax and gross, minor units as text: they cross to the browser. */
export interface Amounts {
  readonly netMinor: string;
  readonly taxMinor: string;
  readonly grossMinor: string;
}

/** What the package was sent of a document that was amended since, beside what it is now. */
export interface AmendedSince {
  readonly number: string;
  readonly currency: string;
  readonly sent: Amounts;
  readonly now: Amounts;
}

/** The amounts that the package took last of a document that has a later revision; null where it has none, or was voided. */
export async function findAmended(db: ScopedDb, scope: ClientScope, documentId: string): Promise<AmendedSince | null> {
  const { rows } = await db.execute<{ number: string; currency: string; was: Amounts; is: Amounts }>(sql`
    select d.number, d.currency,
      jsonb_build_object('netMinor', o.net_minor::text, 'taxMinor', o.tax_minor::text, 'grossMinor', o.gross_minor::text) as was,
      jsonb_build_object('netMinor', d.net_minor::text, 'taxMinor', d.tax_minor::text, 'grossMinor', d.gross_minor::text) as is
    from documents d
    join document_revisions o on o.document_id = d.id and o.currency = d.currency and o.revision = (
      select max(a.revision) from postings q join posting_attempts a on a.posting_id = q.id and a.outcome in ('accepted', 'found')
      join connections c on c.id = q.connection_id and c.state <> 'disconnected'
      where q.client_id = d.client_id and q.record_id = d.id and a.revision < d.revision)
    where d.client_id = ${scope.clientId} and d.id = ${documentId} and d.status = 'open'`);
  const row = rows[0];
  return row ? { number: row.number, currency: row.currency, sent: row.was, now: row.is } : null;
}

/** Makes a document of one revision of another, under a number of its own, and answers its id. */
export async function copyDocument(
  db: ScopedDb,
  scope: ClientScope,
  copy: {
    readonly of: string;
    readonly revision: number;
    readonly kind: RecordKind;
    readonly number: string;
    readonly issuedOn: string;
  },
): Promise<string> {
  const made = await db.execute<{ id: string }>(sql`
    insert into documents (client_id, kind, reference, number, contact_id, issued_on, due_on, currency, net_minor, tax_minor, gross_minor, country, content_sha)
    select d.client_id, ${copy.kind}, ${copy.number}, ${copy.number}, coalesce(o.contact_id, d.contact_id), ${copy.issuedOn}::date,
      greatest(coalesce(o.due_on, d.due_on), ${copy.issuedOn}::date), coalesce(o.currency, d.currency), coalesce(o.net_minor, d.net_minor),
      coalesce(o.tax_minor, d.tax_minor), coalesce(o.gross_minor, d.gross_minor), d.country, 'reissue'
    from documents d left join document_revisions o on o.document_id = d.id and o.revision = ${copy.revision}
    where d.client_id = ${scope.clientId} and d.id = ${copy.of}
    on conflict do nothing returning id`);
  const id = made.rows[0]?.id;
  if (!id) return "";
  await db.execute(sql`
    insert into document_lines (client_id, document_id, revision, position, product_id, description, quantity, unit_price, net_minor, tax_minor, nominal_code, tax_code)
    select l.client_id, ${id}, 1, l.position, l.product_id, l.description, l.quantity, l.unit_price, l.net_minor, l.tax_minor, l.nominal_code, l.tax_code
    from document_lines l where l.client_id = ${scope.clientId} and l.document_id = ${copy.of} and l.revision = ${copy.revision}`);
  return id;
}

/** The rows of records that were just made. */
export async function postingsOf(db: ScopedDb, scope: ClientScope, recordIds: readonly string[]): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    select id from postings where client_id = ${scope.clientId} and current and record_id = any(${sql.param([...recordIds])}::uuid[])`);
  return rows.map((row) => row.id);
}
