import { type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { postedNominal, stockJoins } from "#db/queries/mapping/posted-nominal.ts";
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
export const lockReissuable = (db: ScopedDb, scope: ClientScope, postingId: string): Promise<Reissuable | null> =>
  reissuable(db, scope, postingId, sql`for update of p`);

/** The same for a screen, which locks nothing. */
export const findReissuable = (db: ScopedDb, scope: ClientScope, postingId: string): Promise<Reissuable | null> =>
  reissuable(db, scope, postingId, sql``);

async function reissuable(db: ScopedDb, scope: ClientScope, postingId: string, lock: SQL): Promise<Reissuable | null> {
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
    where p.client_id = ${scope.clientId} and p.id = ${postingId} and p.current and not p.continued
      and p.kind in ('sales-invoice', 'bill') and (p.state in ('held', 'rejected') and p.error_code in ('package.document-state', 'package.period-locked')
        or p.state = 'pending' and p.precheck_code = 'package.period-locked')
      and exists (select from external_refs r where r.connection_id = p.connection_id and r.family = 'document' and r.record_id = p.record_id)
    ${lock}`);
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
interface Amounts {
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

/** A line's amounts by the code they post to. Minor units; a credit is not negative here. */
interface PostedShare {
  readonly nominalCode: string;
  readonly nominalName: string | null;
  readonly netMinor: bigint;
  readonly taxMinor: bigint;
}

/** One revision of a document as a plan of a correction needs it. */
export interface RevisionFacts {
  readonly contactId: string;
  readonly contactName: string;
  readonly currency: string;
  readonly grossMinor: bigint;
  readonly taxMinor: bigint;
  readonly shares: readonly PostedShare[];
}

/** One revision's head, and its lines summed by nominal code; null for no document of the client's */
export async function findRevision(
  db: ScopedDb,
  scope: ClientScope,
  documentId: string,
  revision: number,
): Promise<RevisionFacts | null> {
  const { rows } = await db.execute<{
    kind: RecordKind;
    contact_id: string;
    contact_name: string;
    currency: string;
    gross: string;
    tax: string;
  }>(sql`
    select d.kind, c.id as contact_id, c.name as contact_name, coalesce(o.currency, d.currency) as currency,
      coalesce(o.gross_minor, d.gross_minor)::text as gross, coalesce(o.tax_minor, d.tax_minor)::text as tax
    from documents d left join document_revisions o on o.document_id = d.id and o.revision = ${revision}
    join contacts c on c.id = coalesce(o.contact_id, d.contact_id)
    where d.client_id = ${scope.clientId} and d.id = ${documentId}`);
  const head = rows[0];
  if (!head) return null;
  const shares = await db.execute<{ code: string; name: string | null; net: string; tax: string }>(sql`
    select x.code, n.name, x.net::text as net, x.tax::text as tax from (
      select ${postedNominal(scope, sql`${head.kind}`)} as code, sum(l.net_minor)::bigint as net, sum(l.tax_minor)::bigint as tax, min(l.position) as at
      from document_lines l ${stockJoins(scope)}
      where l.client_id = ${scope.clientId} and l.document_id = ${documentId} and l.revision = ${revision} group by 1
    ) x left join nominal_codes n on n.client_id = ${scope.clientId} and n.code = x.code order by x.at`);
  return {
    contactId: head.contact_id,
    contactName: head.contact_name,
    currency: head.currency,
    grossMinor: BigInt(head.gross),
    taxMinor: BigInt(head.tax),
    shares: shares.rows.map((row) => ({
      nominalCode: row.code,
      nominalName: row.name,
      netMinor: BigInt(row.net),
      taxMinor: BigInt(row.tax),
    })),
  };
}

/** How much is open on a document in the package and what paid or credited the rest, as last read. Minor units. */
export interface OpenThere {
  readonly dueMinor: bigint;
  readonly paidMinor: bigint | null;
  readonly creditedMinor: bigint | null;
  /** When the read began; null where nothing was ever read of it, and all of it counts as open. */
  readonly readAt: Date | null;
  /** Payments of it that stand there, as far as they were read. */
  readonly payments: readonly { readonly paidOn: string; readonly reference: string | null; readonly amountMinor: bigint }[];
}

export async function findOpenThere(
  db: ScopedDb,
  scope: ClientScope,
  documentId: string,
  grossMinor: bigint,
): Promise<OpenThere> {
  const { rows } = await db.execute<{
    due: string | null;
    paid: string | null;
    credited: string | null;
    read_at: string | Date | null;
    payments: { on: string; reference: string | null; amount: string }[] | null;
  }>(sql`
    select case when p.status in ('open', 'paid') then p.due_minor else 0 end::text as due, p.paid_minor::text as paid, p.credited_minor::text as credited,
      p.read_at, (
        select jsonb_agg(jsonb_build_object('on', m.paid_on, 'reference', m.reference, 'amount', m.amount::text) order by m.paid_on, m.reference) from (
          select h.paid_on, h.reference, l.amount_minor as amount from incoming_payment_lines l join incoming_payments h on h.id = l.incoming_payment_id
          where l.connection_id = e.connection_id and l.document_external_id = e.external_id and l.status = 'live'
          union all
          select y.paid_on, coalesce(y.record_reference, y.reference), a.amount_minor from allocations a
          join payments y on y.id = a.payment_id and y.status = 'live' and y.origin = 'operational'
          where a.document_id = e.record_id
            and exists (select from external_refs x where x.connection_id = e.connection_id and x.family = 'payment' and x.record_id = y.id)
        ) m) as payments
    from external_refs e
    join connections c on c.id = e.connection_id and c.state <> 'disconnected'
    left join package_documents p on p.connection_id = e.connection_id and p.external_id = e.external_id
    where e.client_id = ${scope.clientId} and e.family = 'document' and e.record_id = ${documentId}`);
  const row = rows[0];
  const read = row?.read_at != null;
  return {
    dueMinor: read ? BigInt(row?.due ?? "0") : grossMinor,
    paidMinor: row?.paid == null ? null : BigInt(row.paid),
    creditedMinor: row?.credited == null ? null : BigInt(row.credited),
    readAt: row?.read_at ? new Date(row.read_at) : null,
    payments: (row?.payments ?? []).map((one) => ({
      paidOn: one.on,
      reference: one.reference,
      amountMinor: BigInt(one.amount),
    })),
  };
}

/** Keeps a correction and what is to be allocated of its credit note, and answers the allocations' ids. */
export async function insertReissue(
  db: ScopedDb,
  scope: ClientScope,
  made: {
    readonly connectionId: string;
    readonly documentId: string;
    readonly sentRevision: number;
    readonly creditNoteId: string;
    readonly reissueId: string | null;
    readonly allocations: readonly {
      readonly documentId: string;
      readonly reference: string;
      readonly allocatedOn: string;
      readonly currency: string;
      readonly amountMinor: bigint;
    }[];
  },
): Promise<string[]> {
  const inserted = await db.execute<{ id: string }>(sql`
    insert into reissues (client_id, connection_id, document_id, sent_revision, credit_note_id, reissue_id, made_by)
    values (${scope.clientId}, ${made.connectionId}, ${made.documentId}, ${made.sentRevision}, ${made.creditNoteId}, ${made.reissueId},
      ${scope.actor.label}) returning id`);
  const reissueId = inserted.rows[0]?.id;
  if (reissueId === undefined) throw new Error("The correction was not kept");
  const ids: string[] = [];
  for (const one of made.allocations) {
    const { rows } = await db.execute<{ id: string }>(sql`
      insert into credit_allocations (client_id, reissue_id, document_id, reference, allocated_on, currency, amount_minor)
      values (${scope.clientId}, ${reissueId}, ${one.documentId}, ${one.reference}, ${one.allocatedOn}::date, ${one.currency},
        ${one.amountMinor.toString()}::bigint) returning id`);
    ids.push(...rows.map((row) => row.id));
  }
  return ids;
}
