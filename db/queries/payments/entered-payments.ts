import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { isDraftThere, packageReference } from "#db/queries/postings/outgoing-money.ts";
import type { NominalKind } from "#db/schema/operational.ts";
import type { PlainDate } from "#lib/common/dates.ts";
import type { DocumentKind, PaymentKind } from "#lib/common/records.ts";

/** Payments that were entered here, by screen or file: they go to the package. Those that came from it are in payments.ts. */

/** Entries of one client take turns until the transaction ends, so that two never get one reference or spend one open amount twice. */
export async function lockEntries(db: ScopedDb, scope: ClientScope): Promise<void> {
  await db.execute(sql`select pg_advisory_xact_lock(7263, hashtext(${scope.clientId}))`);
}

/** Whether the client's integration is on: a connection that is not disconnected, and not switched off. */
export async function isIntegrationOn(db: ScopedDb, scope: ClientScope): Promise<boolean> {
  const on = await db.execute(
    sql`select 1 from connections where client_id = ${scope.clientId} and state <> 'disconnected' and module_on`,
  );
  return (on.rowCount ?? 0) > 0;
}

/** A document that may be paid, as it stands now, locked. */
export interface PayableDocument {
  readonly id: string;
  readonly kind: DocumentKind;
  readonly number: string;
  readonly contactId: string;
  readonly contactReference: string;
  readonly contactName: string;
  readonly terms: "account" | "cash";
  readonly currency: string;
  readonly openMinor: bigint;
  readonly status: "open" | "void";
  /** The package holds it as a draft. */
  readonly isDraft: boolean;
}

/** The documents with these ids or numbers, locked, always in the same order. */
export async function lockPayable(
  db: ScopedDb,
  scope: ClientScope,
  wanted: { readonly ids: readonly string[]; readonly numbers: readonly string[] },
): Promise<PayableDocument[]> {
  const { rows } = await db.execute<{
    id: string;
    kind: DocumentKind;
    number: string;
    contact_id: string;
    contact_reference: string;
    contact_name: string;
    terms: "account" | "cash";
    currency: string;
    open: string;
    status: "open" | "void";
    is_draft: boolean;
  }>(sql`
    select d.id, d.kind, d.number, c.id as contact_id, c.reference as contact_reference, c.name as contact_name, c.terms, d.currency,
      (d.gross_minor - d.paid_minor - d.settled_minor)::text as open, d.status,
      exists (select from connections cn where cn.client_id = d.client_id and cn.state <> 'disconnected'
        and ${isDraftThere(sql`cn.id`, sql`d.id`)}) as is_draft
    from documents d join contacts c on c.id = d.contact_id
    where d.client_id = ${scope.clientId} and (d.id = any (${sql.param([...wanted.ids])}::uuid[]) or d.number = any (${sql.param([...wanted.numbers])}::text[]))
    order by d.id for update of d`);
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    number: row.number,
    contactId: row.contact_id,
    contactReference: row.contact_reference,
    contactName: row.contact_name,
    terms: row.terms,
    currency: row.currency,
    openMinor: BigInt(row.open),
    status: row.status,
    isDraft: row.is_draft,
  }));
}

/** A payment that was entered before under a reference. */
export interface EnteredBefore {
  readonly id: string;
  readonly recordReference: string;
  readonly contentSha: string | null;
  readonly revision: number;
  readonly status: "live" | "deleted";
  /** Nothing of it ever left, so that it may still be changed. */
  readonly unsent: boolean;
  /** What it holds of its document now. */
  readonly documentId: string | null;
  readonly amountMinor: bigint;
}

/** Nothing of payment `y` ever left. */
export const unsent = sql`not exists (select from postings p where p.record_id = y.id and (p.maybe_sent or p.state not in ('pending', 'held', 'queued', 'rejected', 'skipped', 'dead')))
  and not exists (select from external_refs r where r.family = 'payment' and r.record_id = y.id)`;

export async function findEntered(
  db: ScopedDb,
  scope: ClientScope,
  references: readonly string[],
): Promise<Map<string, EnteredBefore>> {
  const { rows } = await db.execute<{
    id: string;
    reference: string;
    sha: string | null;
    revision: number;
    status: "live" | "deleted";
    unsent: boolean;
    document_id: string | null;
    amount: string;
  }>(sql`
    select y.id, y.record_reference as reference, y.content_sha as sha, y.revision, y.status, ${unsent} as unsent,
      (select a.document_id from allocations a where a.payment_id = y.id limit 1) as document_id, y.amount_minor::text as amount
    from payments y
    where y.client_id = ${scope.clientId} and y.record_reference = any (${sql.param([...references])}::text[]) for update of y`);
  return new Map(
    rows.map((row) => [
      row.reference,
      {
        id: row.id,
        recordReference: row.reference,
        contentSha: row.sha,
        revision: row.revision,
        status: row.status,
        unsent: row.unsent,
        documentId: row.document_id,
        amountMinor: BigInt(row.amount),
      },
    ]),
  );
}

/** The highest number that we gave a record ourselves: PAY-000012 is 12. */
export async function lastOwnNumber(db: ScopedDb, scope: ClientScope, of: "payments" | "journals"): Promise<number> {
  const [table, column, prefix] =
    of === "payments" ? [sql`payments`, sql`record_reference`, "PAY"] : [sql`journals`, sql`reference`, "JNL"];
  const { rows } = await db.execute<{ n: number | null }>(sql`
    select max(substring(${column} from ${`^${prefix}-(\\d{1,9})$`})::int) as n from ${table} where client_id = ${scope.clientId}`);
  return rows[0]?.n ?? 0;
}

/** The client's nominal codes of these codes. */
export async function nominalKinds(
  db: ScopedDb,
  scope: ClientScope,
  codes: readonly string[],
): Promise<Map<string, { name: string; kind: NominalKind }>> {
  const { rows } = await db.execute<{ code: string; name: string; kind: NominalKind }>(sql`
    select code, name, kind from nominal_codes where client_id = ${scope.clientId} and code = any (${sql.param([...codes])}::text[])`);
  return new Map(rows.map((row) => [row.code, { name: row.name, kind: row.kind }]));
}

export interface NewPayment {
  readonly id: string;
  readonly revision: number;
  readonly recordReference: string;
  readonly kind: PaymentKind;
  readonly contactId: string;
  readonly documentId: string;
  readonly bankNominalCode: string;
  readonly paidOn: PlainDate;
  readonly reference: string | null;
  readonly currency: string;
  readonly amountMinor: bigint;
  readonly contentSha: string;
  readonly importId: string | null;
}

/** Writes payments with their one allocation each, and moves their documents' open amounts with them; one of the same id is replaced. */
export async function savePayments(db: ScopedDb, scope: ClientScope, payments: readonly NewPayment[]): Promise<void> {
  if (payments.length === 0) return;
  await releaseAllocations(
    db,
    scope,
    payments.filter((payment) => payment.revision > 1).map((payment) => payment.id),
  );
  const rows = JSON.stringify(payments.map((payment) => ({ ...payment, amountMinor: payment.amountMinor.toString() })));
  await db.execute(sql`
    insert into payments (id, client_id, kind, origin, contact_id, bank_nominal_code, paid_on, reference, currency, amount_minor, record_reference,
      revision, content_sha, import_id, created_by)
    select r.id, ${scope.clientId}, r.kind, 'operational', r."contactId", r."bankNominalCode", r."paidOn", r.reference, r.currency, r."amountMinor",
      r."recordReference", r.revision, r."contentSha", r."importId", ${scope.actor.label}
    from jsonb_to_recordset(${rows}::jsonb) as r(id uuid, kind text, "contactId" uuid, "bankNominalCode" text, "paidOn" date, reference text,
      currency text, "amountMinor" bigint, "recordReference" text, revision int, "contentSha" text, "importId" uuid)
    on conflict (id) do update set kind = excluded.kind, contact_id = excluded.contact_id, bank_nominal_code = excluded.bank_nominal_code,
      paid_on = excluded.paid_on, reference = excluded.reference, currency = excluded.currency, amount_minor = excluded.amount_minor,
      status = 'live', revision = excluded.revision, content_sha = excluded.content_sha, import_id = excluded.import_id, changed_at = app.now()`);
  await db.execute(sql`
    with made as (
      insert into allocations (client_id, payment_id, document_id, amount_minor)
      select ${scope.clientId}, r.id, r."documentId", r."amountMinor"
      from jsonb_to_recordset(${rows}::jsonb) as r(id uuid, "documentId" uuid, "amountMinor" bigint)
      returning document_id, amount_minor
    )
    update documents d set paid_minor = d.paid_minor + m.amount
    from (select document_id, sum(amount_minor)::bigint as amount from made group by 1) m
    where d.client_id = ${scope.clientId} and d.id = m.document_id`);
}

/** Takes payments' allocations off their documents again. */
export async function releaseAllocations(db: ScopedDb, scope: ClientScope, paymentIds: readonly string[]): Promise<void> {
  if (paymentIds.length === 0) return;
  await db.execute(sql`
    with gone as (
      delete from allocations where client_id = ${scope.clientId} and payment_id = any (${sql.param([...paymentIds])}::uuid[]) returning document_id, amount_minor
    )
    update documents d set paid_minor = d.paid_minor - g.amount
    from (select document_id, sum(amount_minor)::bigint as amount from gone group by 1) g
    where d.client_id = ${scope.clientId} and d.id = g.document_id`);
}

/** Marks payments that never left as deleted; answers which. */
export async function setPaymentsDeleted(db: ScopedDb, scope: ClientScope, ids: readonly string[]): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    update payments y set status = 'deleted', changed_at = app.now()
    where y.client_id = ${scope.clientId} and y.id = any (${sql.param([...ids])}::uuid[]) and y.origin = 'operational' and y.status = 'live' and ${unsent}
    returning y.id`);
  return rows.map((row) => row.id);
}

/** References, as the package is given them, of payments whose call has no clear answer yet: a read may see them before we have their id. */
export async function listReferencesUnderWay(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
): Promise<ReadonlySet<string>> {
  const { rows } = await db.execute<{ own: string; words: string | null }>(sql`
    select y.record_reference as own, y.reference as words from postings p join payments y on y.id = p.record_id
    where p.client_id = ${scope.clientId} and p.connection_id = ${connectionId} and p.kind = 'payment' and p.current
      and p.state in ('waiting', 'sending', 'unknown') and y.record_reference is not null`);
  return new Set(rows.map((row) => packageReference(row.own, row.words)));
}

/** Payments of ours that somebody deleted in the package: their rows say so, and stand here until somebody decides. */
export async function markSentGone(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  externalIds: readonly string[],
): Promise<void> {
  if (externalIds.length === 0) return;
  await db.execute(sql`
    update postings p set state = 'drifted', confirmed_at = app.now(), changed_at = app.now(),
      differences = jsonb_build_array(jsonb_build_object('field', 'Status', 'ours', 'live', 'theirs', 'deleted'))
    where p.client_id = ${scope.clientId} and p.connection_id = ${connectionId} and p.kind = 'payment' and p.current
      and p.state in ('posted', 'confirmed') and p.external_id = any (${sql.param([...externalIds])}::text[])`);
}
