import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { array } from "#db/queries/common/bulk.ts";
import type { DocumentKind } from "#lib/common/records.ts";
import { RECORD_ID } from "#lib/model/record-id.ts";
import { VOID } from "./import-lines.ts";

const staged = (scope: ClientScope, importId: string) => sql`i.client_id = ${scope.clientId} and i.import_id = ${importId}`;
const isSales = (kind: string) => sql.raw(`${kind} in ('sales-invoice', 'sales-credit-note')`);
/** The reference that a document has without an id of its own: a sales number, a supplier's reference and number. */
const byNumber = sql`case when ${isSales("i.kind")} then i.number else i.contact_reference || '/' || i.number end`;
const action = sql`case when d.content_sha = i.content_sha then 'unchanged' else 'amended' end`;
/** What parts the number from what tells two documents of one number apart. */
const APART = "\u00b7";

/** Whether staged document `i` may be the document `d` by what both say: of one customer, and not of another date and other amounts. */
const mayBeSame = sql`c.reference = i.contact_reference and (d.issued_on = i.issued_on
  or ((d.currency, d.net_minor, d.tax_minor) = (i.currency, i.net_minor, i.tax_minor)
    and extract(year from d.issued_on) = extract(year from i.issued_on)))`;

/**
 * Finds the document that each staged one is, where its reference alone does not tell: by the operational system's own id of the record,
 * under whatever number, and among several of one number by content, date and year.
 */
export async function matchDocuments(db: ScopedDb, scope: ClientScope, importId: string): Promise<void> {
  const here = staged(scope, importId);
  const named = await db.execute(sql`
    update import_documents i set source_id = substr(i.reference, ${RECORD_ID.length + 1}), kept_as = ${byNumber}
    where ${here} and left(i.reference, ${RECORD_ID.length}) = ${RECORD_ID}`);
  if ((named.rowCount ?? 0) > 0) {
    await db.execute(sql`
      update import_documents i set document_id = d.id, kept_as = d.reference, again_of = d.again_of, set_aside = null, action = ${action}
      from documents d
      where ${here} and i.source_id is not null and d.client_id = ${scope.clientId} and d.kind = i.kind and d.source_id = i.source_id`);
    // What came before its id was known is the same document where customer, and date or amounts, say so.
    await db.execute(sql`
      update import_documents i set document_id = d.id, set_aside = null, action = ${action}
      from documents d join contacts c on c.id = d.contact_id
      where ${here} and i.action = 'new' and i.source_id is not null and d.client_id = ${scope.clientId} and d.kind = i.kind
        and d.reference = i.kept_as and d.source_id is null and (${mayBeSame} or i.content_sha = ${VOID})`);
    // Another id under a number that is here is another document; so are two ids of one number within the file.
    await db.execute(sql`
      update import_documents i set kept_as = i.kept_as || ${APART} || i.source_id, again_of = i.kept_as
      where ${here} and i.action = 'new' and i.source_id is not null and (
        exists (select from documents d where d.client_id = ${scope.clientId} and d.kind = i.kind and d.reference = i.kept_as)
        or exists (select from import_documents o where o.client_id = i.client_id and o.import_id = i.import_id and o.kind = i.kind
          and o.kept_as = i.kept_as and o.first_line < i.first_line))`);
  }
  await db.execute(sql`
    update import_documents i set document_id = b.id, kept_as = b.reference, again_of = b.again_of,
      action = case when b.content_sha = i.content_sha then 'unchanged' else 'amended' end
    from (
      select distinct on (i.first_line) i.first_line, d.id, d.reference, d.again_of, d.content_sha
      from import_documents i join documents d on d.client_id = ${scope.clientId} and d.kind = i.kind
        and (d.reference = i.reference or d.again_of = i.reference)
      where ${here} and i.source_id is null and i.action in ('amended', 'unchanged') and i.reference in (
        select again_of from documents where client_id = ${scope.clientId} and again_of is not null)
      order by i.first_line, (d.content_sha = i.content_sha) desc, (d.issued_on = i.issued_on) desc,
        (extract(year from d.issued_on) = extract(year from i.issued_on)) desc, abs(d.issued_on - i.issued_on), d.id
    ) b
    where ${here} and i.first_line = b.first_line`);
}

/** A staged document whose number is here already, for what may be another document. Amounts are decimal integers in minor units. */
export interface NumberAgain {
  readonly line: number;
  readonly kind: DocumentKind;
  readonly number: string;
  readonly contactReference: string;
  readonly contactName: string;
  readonly issuedOn: string;
  readonly currency: string;
  readonly grossMinor: string;
  readonly here: {
    readonly number: string;
    readonly contactReference: string;
    readonly contactName: string;
    readonly issuedOn: string;
    readonly currency: string;
    readonly grossMinor: string;
  };
}

/**
 * Documents that would be amended though they seem to be others: of another number or customer, or of another date and other amounts or
 * another year. What its own id names is not among them.
 */
export async function listNumbersAgain(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  limit: number,
): Promise<NumberAgain[]> {
  const { rows } = await db.execute<{
    line: number;
    kind: DocumentKind;
    number: string;
    contact: string;
    name: string;
    issued_on: string;
    currency: string;
    gross: string;
    here_number: string;
    here_contact: string;
    here_name: string;
    here_on: string;
    here_currency: string;
    here_gross: string;
  }>(sql`
    select i.first_line as line, i.kind, i.number, i.contact_reference as contact, coalesce(i.contact_name, c.name) as name, i.issued_on::text as issued_on,
      i.currency, (i.net_minor + i.tax_minor)::text as gross, d.number as here_number, c.reference as here_contact, c.name as here_name, d.issued_on::text as here_on,
      d.currency as here_currency, d.gross_minor::text as here_gross
    from import_documents i join documents d on d.id = i.document_id and d.client_id = ${scope.clientId}
      join contacts c on c.id = d.contact_id
    where ${staged(scope, importId)} and i.action = 'amended' and i.source_id is null
      and ((i.number <> d.number and i.reference <> ${byNumber})
        or case when i.content_sha = ${VOID} then c.reference <> i.contact_reference else not (${mayBeSame}) end)
    order by i.first_line limit ${limit}`);
  return rows.map((row) => ({
    line: row.line,
    kind: row.kind,
    number: row.number,
    contactReference: row.contact,
    contactName: row.name,
    issuedOn: row.issued_on,
    currency: row.currency,
    grossMinor: row.gross,
    here: {
      number: row.here_number,
      contactReference: row.here_contact,
      contactName: row.here_name,
      issuedOn: row.here_on,
      currency: row.here_currency,
      grossMinor: row.here_gross,
    },
  }));
}

/**
 * Documents of one file that have one number, customer and date under several ids or references: then the column may number the lines, or
 * name a customer's order.
 */
export async function listSplitNumbers(db: ScopedDb, scope: ClientScope, importId: string, limit: number) {
  const own = await db.execute(sql`
    select from import_documents i where ${staged(scope, importId)} and i.reference <> ${byNumber} limit 1`);
  if ((own.rowCount ?? 0) === 0) return [];
  const { rows } = await db.execute<{ line: number; number: string; first: number; has_id: boolean }>(sql`
    select line, number, first, has_id from (
      select i.first_line as line, i.number, bool_or(i.source_id is not null) over same as has_id, min(i.first_line) over same as first
      from import_documents i where ${staged(scope, importId)} and i.set_aside is null
      window same as (partition by i.kind, i.number,
        case when ${isSales("i.kind")} then '' else i.contact_reference || i.issued_on end)) s
    where line > first order by line limit ${limit}`);
  return rows.map(({ has_id: hasId, ...row }) => ({ ...row, hasId }));
}

/** Takes staged documents for others than those that have their numbers: they are new, beside them. */
export async function takeAsOthers(db: ScopedDb, scope: ClientScope, importId: string, lines: readonly number[]): Promise<void> {
  await db.execute(sql`
    update import_documents i set action = 'new', document_id = gen_random_uuid(), again_of = i.reference,
      kept_as = case when exists (select from documents d where d.client_id = ${scope.clientId} and d.kind = i.kind
          and d.reference = i.reference || ${APART} || i.issued_on)
        then i.reference || ${APART} || i.issued_on || ${APART} || i.first_line || ${APART} || left(i.import_id::text, 8)
        else i.reference || ${APART} || i.issued_on end
    where ${staged(scope, importId)} and i.first_line = any (${array(lines, "int")})`);
}

/** A customer or supplier that a file would make, and one that is here and may be the same. */
export interface LikeContact {
  readonly reference: string;
  readonly name: string | null;
  readonly line: number;
  readonly documents: number;
  readonly here: { readonly reference: string; readonly name: string };
}

/** References as people retype them: without case, leading zeros, blanks and punctuation. */
const foldedReference = (reference: string) =>
  sql.raw(`ltrim(regexp_replace(lower(${reference}), '[^[:alnum:]]', '', 'g'), '0')`);
const foldedName = (name: string) => sql.raw(`regexp_replace(lower(trim(${name})), '[[:space:][:punct:]]+', ' ', 'g')`);

/** References of one file: there only case, blanks and leading zeros are what a spreadsheet or a typist changes. */
const sameReference = (reference: string) => sql.raw(`ltrim(lower(regexp_replace(${reference}, '[[:space:]]', '', 'g')), '0')`);

/** New contacts of a file whose reference or name is one's that is here under another reference, or whose reference the file writes two ways. */
export async function listLikeContacts(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  fallback: string | null,
  limit: number,
): Promise<LikeContact[]> {
  const { rows } = await db.execute<{
    reference: string;
    name: string | null;
    line: number;
    documents: number;
    here: string;
    here_name: string;
  }>(sql`
    with fresh as materialized (
      select i.contact_reference as reference, max(i.contact_name) as name, min(i.first_line) as line, count(*)::int as documents
      from import_documents i left join contacts c on c.client_id = ${scope.clientId} and c.reference = i.contact_reference
      where ${staged(scope, importId)} and i.action is not null and c.id is null and i.contact_reference is distinct from ${fallback}::text
      group by i.contact_reference
    )
    select * from (select distinct on (f.reference) f.reference, f.name, f.line, f.documents, c.reference as here, c.name as here_name
    from fresh f join contacts c on c.client_id = ${scope.clientId} and c.reference is distinct from ${fallback}::text
      and (${foldedReference("c.reference")} = ${foldedReference("f.reference")} or ${foldedName("c.name")} = ${foldedName("f.name")})
    order by f.reference, (${foldedReference("c.reference")} = ${foldedReference("f.reference")}) desc, c.reference) known
    union all
    select * from (select distinct on (f.reference) f.reference, f.name, f.line, f.documents, o.reference as here, coalesce(o.name, o.reference)
    from fresh f join fresh o on ${sameReference("o.reference")} = ${sameReference("f.reference")} and o.line < f.line
    where ${sameReference("f.reference")} <> '' and not exists (
      select from contacts c where c.client_id = ${scope.clientId} and c.reference is distinct from ${fallback}::text
        and (${foldedReference("c.reference")} = ${foldedReference("f.reference")} or ${foldedName("c.name")} = ${foldedName("f.name")}))
    order by f.reference, o.line) within
    order by reference limit ${limit}`);
  return rows.map(({ here, here_name, ...row }) => ({ ...row, here: { reference: here, name: here_name } }));
}

/** A customer or supplier under whose reference a file has several names. */
export interface NamedTwice {
  readonly reference: string;
  /** Each of them once. */
  readonly names: readonly string[];
  /** That of its latest document, which a commit takes. */
  readonly latest: string;
  /** Where the first document of another name stands. */
  readonly line: number;
}

/** Contacts of a file that bear several names in it, however alike they may be. */
export async function listNamedTwice(db: ScopedDb, scope: ClientScope, importId: string, limit: number): Promise<NamedTwice[]> {
  const { rows } = await db.execute<{ reference: string; names: string[]; latest: string; line: number }>(sql`
    select m.reference, array_agg(distinct i.contact_name) as names,
      (array_agg(i.contact_name order by i.issued_on desc, i.last_line desc))[1] as latest,
      min(i.first_line) filter (where i.contact_name <> m.name) as line
    from (
      select i.contact_reference as reference, min(i.contact_name) as name from import_documents i
      where ${staged(scope, importId)} and i.action is not null group by i.contact_reference
      having min(i.contact_name) <> max(i.contact_name)
    ) m join import_documents i on ${staged(scope, importId)} and i.contact_reference = m.reference
    where i.action is not null and i.contact_name is not null
    group by m.reference order by line limit ${limit}`);
  return rows;
}

/** Takes the documents of a new contact for one's that is here. */
export async function takeAsContact(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  contact: { readonly reference: string; readonly here: string },
): Promise<void> {
  await db.execute(sql`
    update import_documents i set contact_reference = ${contact.here}, contact_name = null
    where ${staged(scope, importId)} and i.contact_reference = ${contact.reference}`);
}

/** An amended document that the package holds: sending it changes it there. */
export interface HeldChange {
  readonly kind: DocumentKind;
  readonly number: string;
  readonly currency: string;
  readonly beforeMinor: string;
  readonly afterMinor: string;
  readonly beforeOn: string;
  readonly afterOn: string;
}

/** How many of the amended documents the package holds, and the first of them. */
export async function listHeldChanges(db: ScopedDb, scope: ClientScope, importId: string, limit: number) {
  const { rows } = await db.execute<{
    kind: DocumentKind;
    number: string;
    currency: string;
    before_minor: string;
    after_minor: string;
    before_on: string;
    after_on: string;
    count: number;
  }>(sql`
    select i.kind, i.number, i.currency, d.gross_minor::text as before_minor,
      case when i.content_sha = ${VOID} then '0' else (i.net_minor + i.tax_minor)::text end as after_minor,
      d.issued_on::text as before_on, i.issued_on::text as after_on, count(*) over ()::int as count
    from import_documents i join documents d on d.id = i.document_id and d.client_id = ${scope.clientId}
    where ${staged(scope, importId)} and i.action = 'amended' and exists (
      select from external_refs r where r.client_id = ${scope.clientId} and r.family = 'document' and r.record_id = d.id)
    order by i.first_line limit ${limit}`);
  const first: HeldChange[] = rows.map((row) => ({
    kind: row.kind,
    number: row.number,
    currency: row.currency,
    beforeMinor: row.before_minor,
    afterMinor: row.after_minor,
    beforeOn: row.before_on,
    afterOn: row.after_on,
  }));
  return { count: rows[0]?.count ?? 0, first };
}
