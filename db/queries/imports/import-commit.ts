import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { nominalCodes, taxCodes } from "#db/schema/operational.ts";
import type { TaxKind, TaxSide } from "#lib/tax/kinds.ts";
import { setAsideLines } from "./import-documents.ts";
import { field, UNIT, VOID } from "./import-lines.ts";

export interface ContactRules {
  readonly nameTemplate: string;
  readonly fallback: { readonly reference: string; readonly name: string } | null;
}

/**
 * The contacts that the staged documents name, as they would stand after the commit: the last document that names a contact gives its
 * name, e-mail and country. What a file leaves blank, and the console's own fields, stay as they are.
 */
const stagedContacts = (scope: ClientScope, importId: string, { nameTemplate, fallback }: ContactRules) => sql`
  select m.*, encode(sha256(convert_to(concat_ws(${UNIT}, m.name, coalesce(m.email, ''), m.is_customer, m.is_supplier, m.terms, m.tax_number), 'UTF8')), 'hex') as content_sha
  from (
    select s.contact_reference as reference,
      coalesce(s.contact_name, c.name, case when s.contact_reference = ${fallback?.reference ?? null} then ${fallback?.name ?? null} end,
        replace(${nameTemplate}, '{reference}', s.contact_reference)) as name,
      coalesce(s.contact_email, c.email) as email, c.tax_number,
      case when s.contact_reference = ${fallback?.reference ?? null} then null else coalesce(s.country, c.country) end as country,
      s.is_customer or coalesce(c.is_customer, false) as is_customer, s.is_supplier or coalesce(c.is_supplier, false) as is_supplier,
      coalesce(c.terms, case when s.contact_reference = ${fallback?.reference ?? null} then 'cash' else 'account' end) as terms,
      c.id as existing_id, c.content_sha as existing_sha
    from (
      select i.contact_reference, (array_agg(i.country order by i.issued_on desc, i.last_line desc))[1] as country,
        (array_agg(i.contact_name order by i.issued_on desc, i.last_line desc) filter (where i.contact_name is not null))[1] as contact_name,
        (array_agg(i.contact_email order by i.issued_on desc, i.last_line desc) filter (where i.contact_email is not null))[1] as contact_email,
        bool_or(i.kind in ('sales-invoice', 'sales-credit-note')) as is_customer, bool_or(i.kind in ('bill', 'supplier-credit-note')) as is_supplier
      from import_documents i where i.client_id = ${scope.clientId} and i.import_id = ${importId} and i.set_aside is null
        and i.content_sha <> ${VOID}
      group by i.contact_reference
    ) s left join contacts c on c.client_id = ${scope.clientId} and c.reference = s.contact_reference
  ) m`;

export async function countContacts(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  rules: ContactRules,
): Promise<{ new: number; amended: number }> {
  const { rows } = await db.execute<{ fresh: number; amended: number }>(sql`
    select count(*) filter (where existing_id is null)::int as fresh,
      count(*) filter (where existing_sha <> content_sha)::int as amended from (${stagedContacts(scope, importId, rules)}) c`);
  return { new: rows[0]?.fresh ?? 0, amended: rows[0]?.amended ?? 0 };
}

export async function upsertContacts(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  rules: ContactRules,
): Promise<{ new: number; amended: number }> {
  const { rows } = await db.execute<{ fresh: number; amended: number }>(sql`
    with moved as (
      insert into contacts (client_id, reference, name, email, country, is_customer, is_supplier, terms, content_sha, import_id)
      select ${scope.clientId}, reference, name, email, country, is_customer, is_supplier, terms, content_sha, ${importId}
      from (${stagedContacts(scope, importId, rules)}) s
      on conflict (client_id, reference) do update set name = excluded.name, email = excluded.email, country = excluded.country,
        is_customer = excluded.is_customer, is_supplier = excluded.is_supplier, terms = excluded.terms, content_sha = excluded.content_sha,
        import_id = excluded.import_id, revision = contacts.revision + 1, changed_at = app.now()
      where contacts.content_sha is distinct from excluded.content_sha
      returning revision
    ) select count(*) filter (where revision = 1)::int as fresh, count(*) filter (where revision > 1)::int as amended from moved`);
  return { new: rows[0]?.fresh ?? 0, amended: rows[0]?.amended ?? 0 };
}

/** Lines of documents, those of documents that are set aside or voided left out. */
const documentLines = (scope: ClientScope, importId: string) => sql`
  import_lines l where l.client_id = ${scope.clientId} and l.import_id = ${importId} and l.set_aside is null
    and not exists (
      select from import_documents i where i.client_id = ${scope.clientId} and i.import_id = ${importId} and (i.set_aside is not null or i.content_sha = ${VOID})
        and i.line_kind = l.kind and i.reference = l.reference
    )`;

/** What the staged documents' lines use: nominal codes, tax codes, and how many products that the client lacks. */
export async function listUses(db: ScopedDb, scope: ClientScope, importId: string) {
  const { rows } = await db.execute<{ nominal: string[] | null; tax: string[] | null; products: number }>(sql`
    with used as materialized (
      select ${field("l.content", 1)} as product, ${field("l.content", 5)} as nominal, ${field("l.content", 6)} as tax
      from ${documentLines(scope, importId)} group by 1, 2, 3
    )
    select (select array_agg(distinct nominal) from used) as nominal, (select array_agg(distinct tax) from used) as tax,
      (select count(distinct product)::int from used where product <> ''
        and not exists (select from products p where p.client_id = ${scope.clientId} and p.reference = used.product)) as products`);
  return { nominal: rows[0]?.nominal ?? [], tax: rows[0]?.tax ?? [], products: rows[0]?.products ?? 0 };
}

/**
 * Makes the products that the documents' lines name and the client lacks; the description that most lines use becomes the name. Lines
 * are no master data: a product that is here stays as it is.
 */
export async function insertProducts(db: ScopedDb, scope: ClientScope, importId: string): Promise<number> {
  const made = await db.execute(sql`
    insert into products (client_id, reference, name, content_sha, import_id)
    select distinct on (product) ${scope.clientId}::uuid, product, description, encode(sha256(convert_to(description, 'UTF8')), 'hex'), ${importId}::uuid
    from (
      select ${field("l.content", 1)} as product, ${field("l.content", 2)} as description, count(*) as uses
      from ${documentLines(scope, importId)} group by 1, 2
    ) s
    where product <> '' and not exists (select from products p where p.client_id = ${scope.clientId} and p.reference = s.product)
    order by product, (description = product), uses desc, description collate "C"
    on conflict (client_id, reference) do nothing`);
  return made.rowCount ?? 0;
}

export async function insertCodes(
  db: ScopedDb,
  scope: ClientScope,
  codes: {
    nominal: readonly { code: string; name: string; kind: (typeof nominalCodes.$inferInsert)["kind"] }[];
    tax: readonly { code: string; name: string; rate: string; kind?: TaxKind | undefined; side?: TaxSide | undefined }[];
  },
): Promise<void> {
  const clientId = scope.clientId;
  if (codes.nominal.length > 0)
    await db
      .insert(nominalCodes)
      .values(codes.nominal.map((code) => ({ clientId, ...code })))
      .onConflictDoNothing();
  if (codes.tax.length > 0)
    await db
      .insert(taxCodes)
      .values(codes.tax.map((code) => ({ clientId, ...code })))
      .onConflictDoNothing();
}

/** Writes new documents and the new revisions of amended and voided ones, heads and lines, and keeps the heads they replace. */
export async function writeDocuments(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
): Promise<{ new: number; amended: number }> {
  const staged = sql`i.client_id = ${scope.clientId} and i.import_id = ${importId}`;
  await db.execute(sql`
    insert into document_revisions (client_id, document_id, revision, number, contact_id, issued_on, due_on, currency, net_minor, tax_minor, gross_minor,
      status, content_sha, import_id)
    select d.client_id, d.id, d.revision, d.number, d.contact_id, d.issued_on, d.due_on, d.currency, d.net_minor, d.tax_minor, d.gross_minor,
      d.status, d.content_sha, d.import_id
    from import_documents i join documents d on d.id = i.document_id and d.client_id = ${scope.clientId}
    where ${staged} and i.action = 'amended'`);
  const amended = await db.execute(sql`
    update documents d set number = i.number, contact_id = c.id, issued_on = i.issued_on, due_on = i.due_on, currency = i.currency,
      net_minor = i.net_minor, tax_minor = i.tax_minor, gross_minor = i.net_minor + i.tax_minor, country = i.country, status = 'open',
      content_sha = i.content_sha, import_id = ${importId}, revision = d.revision + 1, changed_at = app.now()
    from import_documents i join contacts c on c.client_id = ${scope.clientId} and c.reference = i.contact_reference
    where ${staged} and i.action = 'amended' and i.content_sha <> ${VOID} and d.id = i.document_id and d.client_id = ${scope.clientId}`);
  // Who voids a document changes nothing else of it.
  const voided = await db.execute(sql`
    update documents d set status = 'void', content_sha = i.content_sha, import_id = ${importId}, revision = d.revision + 1, changed_at = app.now()
    from import_documents i
    where ${staged} and i.action = 'amended' and i.content_sha = ${VOID} and d.id = i.document_id and d.client_id = ${scope.clientId}`);
  await db.execute(sql`
    insert into document_lines (client_id, document_id, revision, position, product_id, description, quantity, unit_price, net_minor, tax_minor,
      nominal_code, tax_code)
    select l.client_id, l.document_id, d.revision, l.position, l.product_id, l.description, l.quantity, l.unit_price, l.net_minor, l.tax_minor,
      l.nominal_code, l.tax_code
    from import_documents i join documents d on d.id = i.document_id and d.client_id = ${scope.clientId}
      join document_lines l on l.document_id = d.id and l.revision = d.revision - 1
    where ${staged} and i.action = 'amended' and i.content_sha = ${VOID}`);
  // Once an id is known it decides, also of what came before without one.
  await db.execute(sql`
    update documents d set source_id = i.source_id from import_documents i
    where ${staged} and i.source_id is not null and i.action in ('amended', 'unchanged') and d.id = i.document_id
      and d.client_id = ${scope.clientId} and d.source_id is null`);
  const fresh = await db.execute(sql`
    insert into documents (id, client_id, kind, reference, source_id, again_of, number, contact_id, issued_on, due_on, currency, net_minor, tax_minor, gross_minor, country,
      content_sha, import_id, created_at, changed_at)
    select i.document_id, ${scope.clientId}, i.kind, coalesce(i.kept_as, i.reference), i.source_id, i.again_of, i.number, c.id, i.issued_on, i.due_on, i.currency, i.net_minor, i.tax_minor,
      i.net_minor + i.tax_minor, i.country, i.content_sha, ${importId}, (select app.now()), (select app.now())
    from import_documents i join contacts c on c.client_id = ${scope.clientId} and c.reference = i.contact_reference
    where ${staged} and i.action = 'new' order by i.document_id`);
  await db.execute(sql`
    insert into document_lines (client_id, document_id, revision, position, product_id, description, quantity, unit_price, net_minor, tax_minor,
      nominal_code, tax_code)
    select ${scope.clientId}, s.document_id, s.revision, row_number() over (partition by s.document_id order by s.line_number), s.product_id,
      ${field("s.content", 2)},
      case when s.sign = 1 or s.quantity = '0' then s.quantity when left(s.quantity, 1) = '-' then substr(s.quantity, 2) else '-' || s.quantity end,
      ${field("s.content", 4)}, s.sign * s.net_minor, s.sign * s.tax_minor, ${field("s.content", 5)}, ${field("s.content", 6)}
    from (
      select i.document_id, case when i.action = 'new' then 1 else d.revision end as revision, i.sign, l.line_number, l.content, l.net_minor, l.tax_minor,
        ${field("l.content", 3)} as quantity, p.id as product_id
      from import_documents i
        join import_lines l on l.client_id = ${scope.clientId} and l.import_id = i.import_id and l.kind = i.line_kind and l.reference = i.reference
          and l.set_aside is null
        left join documents d on i.action = 'amended' and d.id = i.document_id and d.client_id = ${scope.clientId}
        left join products p on p.client_id = ${scope.clientId} and p.reference = ${field("l.content", 1)}
      where ${staged} and i.action in ('new', 'amended') and i.content_sha <> ${VOID}
    ) s`);
  return { new: fresh.rowCount ?? 0, amended: (amended.rowCount ?? 0) + (voided.rowCount ?? 0) };
}

/** Keeps the lines that became no document, each with its reason, its amount and its fields by the file's own headers. */
export async function writeSetAside(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  headers: readonly string[],
): Promise<number> {
  const written = await db.execute(sql`
    insert into import_set_aside (client_id, import_id, line_number, reason, document_number, currency, worth_minor, raw)
    select ${scope.clientId}, ${importId}, s.line_number, s.reason, ${field("s.head", 1)}, ${field("s.head", 4)}, s.net_minor,
      case when s.raw is null then jsonb_build_object('number', ${field("s.head", 1)}, 'date', ${field("s.head", 2)}, 'contact', ${field("s.head", 5)},
        'country', ${field("s.head", 6)}, 'product', ${field("s.content", 1)}, 'description', ${field("s.content", 2)},
        'quantity', ${field("s.content", 3)}, 'unit price', ${field("s.content", 4)})
      else (select coalesce(jsonb_object_agg(h.name, v.value), '{}'::jsonb) from unnest(${sql.param([...headers])}::text[]) with ordinality as h (name, at)
        join jsonb_array_elements_text(s.raw::jsonb) with ordinality as v (value, at) using (at)) end
    from (${setAsideLines(scope, importId)}) s`);
  return written.rowCount ?? 0;
}
