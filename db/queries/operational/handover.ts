import { and, asc, desc, eq, isNull, type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { type Handed, handoverFiles, handoverRows } from "#db/schema/handover.ts";

/** What stands in a line, as text; amounts in minor units of the line's currency. */
export interface HandedData extends Record<string, string | null> {
  /** `live`, or `withdrawn` when what was handed over before is no more. */
  readonly status: string;
  readonly kind: string;
  readonly reference: string | null;
  readonly number: string | null;
  readonly package: string | null;
  readonly packageId: string | null;
  readonly date: string | null;
  readonly currency: string | null;
  readonly amountMinor: string | null;
  readonly paymentId: string | null;
  readonly bankNominalCode: string | null;
  readonly documentReference: string | null;
  readonly documentNumber: string | null;
  readonly allocatedMinor: string | null;
}

/**
 * What the operational system should know of this client: where each of its records is in the package, and the payments that were
 * created here from the package, a line for each allocation.
 */
const source = (scope: ClientScope): SQL => sql`
  select 'link' as what, e.record_id as subject_id, jsonb_build_object(
    'status', 'live', 'kind', min(p.kind), 'reference', min(coalesce(d.reference, k.reference, i.reference, y.record_reference, j.reference)),
    'number', min(coalesce(d.number, p.reference)), 'package', c.package, 'packageId', e.external_id, 'date', min(p.issued_on) filter (where e.family in ('document', 'payment', 'journal')),
    'currency', min(p.currency), 'amountMinor', min(p.gross_minor)::text, 'paymentId', null, 'bankNominalCode', null,
    'documentReference', null, 'documentNumber', null, 'allocatedMinor', null) as data
  from external_refs e join connections c on c.id = e.connection_id
  join postings p on p.connection_id = e.connection_id and p.record_id = e.record_id and p.current
  left join documents d on e.family = 'document' and d.id = e.record_id
  left join contacts k on e.family = 'contact' and k.id = e.record_id
  left join products i on e.family = 'product' and i.id = e.record_id
  left join payments y on e.family = 'payment' and y.id = e.record_id
  left join journals j on e.family = 'journal' and j.id = e.record_id
  where e.client_id = ${scope.clientId} and e.family not in ('allocation', 'helper') and c.state <> 'disconnected' and (y.id is null or y.origin = 'operational')
  group by e.id, c.package
  union all
  select 'payment', coalesce(a.id, y.id), jsonb_build_object(
    'status', 'live', 'kind', y.kind, 'reference', null, 'number', y.reference, 'package', c.package, 'packageId', n.external_id, 'date', y.paid_on,
    'currency', y.currency, 'amountMinor', y.amount_minor::text, 'paymentId', y.id::text, 'bankNominalCode', y.bank_nominal_code,
    'documentReference', d.reference, 'documentNumber', d.number, 'allocatedMinor', a.amount_minor::text)
  from payments y left join allocations a on a.payment_id = y.id left join documents d on d.id = a.document_id
  left join incoming_payments n on n.payment_id = y.id and n.client_id = y.client_id left join connections c on c.id = n.connection_id
  where y.client_id = ${scope.clientId} and y.origin = 'package' and y.status = 'live'`;

/** What differs from what was handed over last: new lines, changed ones, and those of before that are no more. */
const offered = (scope: ClientScope): SQL => sql`
  with source as (${source(scope)}),
  latest as (
    select distinct on (what, subject_id) what, subject_id, data from handover_rows
    where client_id = ${scope.clientId} order by what, subject_id, file_number desc
  )
  select s.what, s.subject_id, s.data from source s left join latest l on l.what = s.what and l.subject_id = s.subject_id
  where l.data is distinct from s.data
  union all
  select l.what, l.subject_id, l.data || '{"status": "withdrawn"}' from latest l
  where l.data ->> 'status' = 'live' and not exists (select from source s where s.what = l.what and s.subject_id = l.subject_id)`;

/** How many lines the next file would hold, counted up to `most`. */
export async function countOffered(db: ScopedDb, scope: ClientScope, most: number): Promise<number> {
  const found = await db.execute<{ count: number }>(
    sql`select count(*)::int as count from (select 1 from (${offered(scope)}) o limit ${most}) counted`,
  );
  return found.rows[0]?.count ?? 0;
}

/** Until the transaction ends nobody else makes or acknowledges a file of this client. */
export async function lockHandover(db: ScopedDb, scope: ClientScope): Promise<void> {
  await db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`handover:${scope.clientId}`}, 0))`);
}

/** The file that waits to be acknowledged, if any. */
export async function findOpenFile(db: ScopedDb, scope: ClientScope) {
  const [row] = await db
    .select()
    .from(handoverFiles)
    .where(and(eq(handoverFiles.clientId, scope.clientId), isNull(handoverFiles.acknowledgedAt)));
  return row ?? null;
}

export async function findFile(db: ScopedDb, scope: ClientScope, fileId: string) {
  const [row] = await db
    .select()
    .from(handoverFiles)
    .where(and(eq(handoverFiles.id, fileId), eq(handoverFiles.clientId, scope.clientId)));
  return row ?? null;
}

/** Fixes the next file's lines, at most `most`, in an order of their own; null when there is nothing to tell. Its hash is still to come. */
export async function makeFile(
  db: ScopedDb,
  scope: ClientScope,
  most: number,
): Promise<{ id: string; number: number; rowCount: number } | null> {
  const made = await db.execute<{ id: string; number: number }>(sql`
    insert into handover_files (client_id, number, row_count, sha256, created_by)
    select ${scope.clientId}, coalesce(max(number), 0) + 1, 0, '', ${scope.actor.label} from handover_files where client_id = ${scope.clientId}
    returning id, number`);
  const file = made.rows[0];
  if (!file) throw new Error("The file was not made");
  const filled = await db.execute(sql`
    insert into handover_rows (client_id, file_id, file_number, position, what, subject_id, data)
    select ${scope.clientId}, ${file.id}::uuid, ${file.number}::int, row_number() over (order by o.what, o.data ->> 'date', o.data ->> 'number', o.subject_id), o.what, o.subject_id, o.data
    from (select * from (${offered(scope)}) all_of_it order by what, data ->> 'date', data ->> 'number', subject_id limit ${most}) o`);
  const rowCount = filled.rowCount ?? 0;
  if (rowCount > 0) return { ...file, rowCount };
  await db.delete(handoverFiles).where(eq(handoverFiles.id, file.id));
  return null;
}

export async function saveFileHash(db: ScopedDb, fileId: string, file: { sha256: string; rowCount: number }): Promise<void> {
  await db.update(handoverFiles).set(file).where(eq(handoverFiles.id, fileId));
}

/** The lines of a file in its order. */
export async function listFileRows(
  db: ScopedDb,
  scope: ClientScope,
  fileId: string,
): Promise<readonly { readonly position: number; readonly what: Handed; readonly data: HandedData }[]> {
  const rows = await db
    .select({ position: handoverRows.position, what: handoverRows.what, data: handoverRows.data })
    .from(handoverRows)
    .where(and(eq(handoverRows.fileId, fileId), eq(handoverRows.clientId, scope.clientId)))
    .orderBy(asc(handoverRows.position));
  return rows.map((row) => ({ ...row, data: row.data as HandedData }));
}

/** Notes that the operational system has it; false when that was noted before. */
export async function acknowledge(db: ScopedDb, scope: ClientScope, fileId: string): Promise<boolean> {
  const noted = await db
    .update(handoverFiles)
    .set({ acknowledgedAt: sql`app.now()`, acknowledgedBy: scope.actor.label })
    .where(and(eq(handoverFiles.id, fileId), eq(handoverFiles.clientId, scope.clientId), isNull(handoverFiles.acknowledgedAt)));
  return (noted.rowCount ?? 0) > 0;
}

/** The latest files, newest first. */
export async function listFiles(db: ScopedDb, scope: ClientScope, most: number) {
  return db
    .select()
    .from(handoverFiles)
    .where(eq(handoverFiles.clientId, scope.clientId))
    .orderBy(desc(handoverFiles.number))
    .limit(most);
}
