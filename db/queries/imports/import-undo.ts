import { type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import type { CodeBefore } from "./import-records.ts";

/** A record that keeps an upload from being undone, and why. */
export interface UndoBlocker {
  readonly kind: string;
  readonly reference: string;
  readonly why: string;
}

export interface UndoCounts {
  readonly documents: { readonly created: number; readonly amended: number };
  readonly contacts: { readonly created: number; readonly amended: number; readonly stay: number };
  readonly products: { readonly created: number; readonly amended: number; readonly stay: number };
  readonly payments: number;
  readonly journals: number;
}

/** Everything that an upload brought or changed and that nothing has changed since. */
const touched = (scope: ClientScope, importId: string): SQL => sql`
  select d.id, d.kind, d.number as reference, d.revision from documents d where d.client_id = ${scope.clientId} and d.import_id = ${importId}
  union all select c.id, case when c.is_customer then 'customer' else 'supplier' end, c.name, c.revision from contacts c
    where c.client_id = ${scope.clientId} and c.import_id = ${importId}
  union all select p.id, 'product', p.reference, p.revision from products p where p.client_id = ${scope.clientId} and p.import_id = ${importId}
  union all select y.id, 'payment', y.record_reference, y.revision from payments y
    where y.client_id = ${scope.clientId} and y.import_id = ${importId} and y.status = 'live'
  union all select j.id, 'journal', j.reference, j.revision from journals j
    where j.client_id = ${scope.clientId} and j.import_id = ${importId} and j.status = 'open'`;

/** Records that the upload brought or changed and that something else changed after it. */
const changedSince = (scope: ClientScope, importId: string): SQL => sql`
  select r.id, r.kind, r.reference from (
    select d.id, d.kind, d.number as reference, d.import_id from documents d where d.client_id = ${scope.clientId}
    union all select c.id, case when c.is_customer then 'customer' else 'supplier' end, c.name, c.import_id from contacts c where c.client_id = ${scope.clientId}
    union all select p.id, 'product', p.reference, p.import_id from products p where p.client_id = ${scope.clientId}
  ) r where exists (
    select from record_events e where e.client_id = ${scope.clientId} and e.record_id = r.id and e.what = 'revised'
      and e.detail ->> 'previousImportId' = ${importId}
      -- An upload that came after this one and was itself undone has put the record back.
      and (r.import_id is distinct from ${importId}::uuid or e.detail ->> 'importId' = ${importId}))`;

/** Holds every posting of what the upload touched until the transaction ends: whoever queues or sends one comes before or after. */
export async function lockTouchedPostings(db: ScopedDb, scope: ClientScope, importId: string): Promise<void> {
  await db.execute(sql`
    select count(*) from (select p.id from postings p where p.client_id = ${scope.clientId}
      and p.record_id in (select t.id from (${touched(scope, importId)}) t) order by p.id for update) held`);
}

/** What keeps the upload from being undone: what was sent, asked for, marked, paid or changed since; with how many there are. */
export async function listUndoBlockers(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  limit: number,
): Promise<{ blockers: UndoBlocker[]; count: number }> {
  const { rows } = await db.execute<{ kind: string; reference: string; why: string; n: number }>(sql`
    with touched as materialized (${touched(scope, importId)}),
    found as (
      select t.kind, t.reference, case
          when p.state = 'queued' or o.posting_id is not null then 'is queued: stop its run first'
          when p.state = 'skipped' then 'is marked as exported'
          else 'was sent' end as why
      from touched t join postings p on p.client_id = ${scope.clientId} and p.record_id = t.id and (t.revision = 1 or p.revision = t.revision)
      left join run_members o on o.posting_id = p.id and o.outcome is null
      where o.posting_id is not null or p.maybe_sent or p.state not in ('pending', 'held', 'skipped') or (p.state = 'skipped' and (t.revision = 1 or not p.changed_since_marked))
        or exists (select from posting_attempts a where a.posting_id = p.id and (t.revision = 1 or a.revision = t.revision))
      union
      select t.kind, t.reference, 'is linked to the package' from touched t
        join external_refs x on x.client_id = ${scope.clientId} and x.record_id = t.id where t.revision = 1
      union
      select t.kind, t.reference, 'is paid or credited by ' || coalesce(y.record_reference, y.reference, 'a payment')
      from touched t join allocations a on a.document_id = t.id join payments y on y.id = a.payment_id
      where y.import_id is distinct from ${importId}::uuid
      union
      select t.kind, t.reference, 'was amended by this file and cannot be put back: correct it by another' from touched t
      where t.kind in ('payment', 'journal') and t.revision > 1
      union
      select c.kind, c.reference, 'was changed since, by another file or by hand' from (${changedSince(scope, importId)}) c
    )
    select kind, reference, why, (count(*) over ())::int as n from found order by kind, reference limit ${limit}`);
  return { blockers: rows.map(({ kind, reference, why }) => ({ kind, reference, why })), count: rows[0]?.n ?? 0 };
}

/** Contacts that the upload made and that something else needs by now. */
const neededContacts = (scope: ClientScope, importId: string): SQL => sql`
  select c.id from contacts c where c.client_id = ${scope.clientId} and c.import_id = ${importId} and c.revision = 1 and (
    exists (select from documents d where d.contact_id = c.id and (d.import_id is distinct from ${importId}::uuid or d.revision > 1))
    or exists (select from document_revisions r join documents d on d.id = r.document_id where r.contact_id = c.id and d.import_id is distinct from ${importId}::uuid)
    or exists (select from payments y where y.contact_id = c.id))`;

const neededProducts = (scope: ClientScope, importId: string): SQL => sql`
  select p.id from products p where p.client_id = ${scope.clientId} and p.import_id = ${importId} and p.revision = 1 and exists (
    select from document_lines l join documents d on d.id = l.document_id
    where l.client_id = ${scope.clientId} and l.product_id = p.id and not (d.import_id = ${importId}::uuid and (d.revision = 1 or l.revision = d.revision)))`;

export async function countUndo(db: ScopedDb, scope: ClientScope, importId: string): Promise<UndoCounts> {
  const mine = sql`client_id = ${scope.clientId} and import_id = ${importId}`;
  const { rows } = await db.execute<Record<"dc" | "da" | "cc" | "ca" | "cs" | "pc" | "pa" | "ps" | "y" | "j", number>>(sql`
    select (select count(*)::int from documents where ${mine} and revision = 1) as dc, (select count(*)::int from documents where ${mine} and revision > 1) as da,
      (select count(*)::int from contacts where ${mine} and revision = 1) as cc, (select count(*)::int from contacts where ${mine} and revision > 1) as ca,
      (select count(*)::int from (${neededContacts(scope, importId)}) n) as cs,
      (select count(*)::int from products where ${mine} and revision = 1) as pc, (select count(*)::int from products where ${mine} and revision > 1) as pa,
      (select count(*)::int from (${neededProducts(scope, importId)}) n) as ps,
      (select count(*)::int from payments where ${mine} and status = 'live') as y,
      (select count(*)::int from journals where ${mine} and status = 'open') as j`);
  const row = rows[0];
  if (!row) throw new Error("the counts were not read");
  return {
    documents: { created: row.dc, amended: row.da },
    contacts: { created: row.cc - row.cs, amended: row.ca, stay: row.cs },
    products: { created: row.pc - row.ps, amended: row.pa, stay: row.ps },
    payments: row.y,
    journals: row.j,
  };
}

export async function listImportedPayments(db: ScopedDb, scope: ClientScope, importId: string): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(
    sql`select id from payments where client_id = ${scope.clientId} and import_id = ${importId} and status = 'live'`,
  );
  return rows.map((row) => row.id);
}

export async function listImportedJournals(db: ScopedDb, scope: ClientScope, importId: string): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(
    sql`select id from journals where client_id = ${scope.clientId} and import_id = ${importId} and status = 'open'`,
  );
  return rows.map((row) => row.id);
}

/** Puts amended records back to the revision before, and takes away those that the upload made. Codes are the caller's. */
export async function undoRecords(db: ScopedDb, scope: ClientScope, importId: string): Promise<void> {
  const client = scope.clientId;
  await db.execute(sql`create temporary table undo_touched on commit drop as ${touched(scope, importId)}`);
  await db.execute(sql`create temporary table undo_before on commit drop as
    select distinct on (t.id) t.id, t.revision, e.detail -> 'before' as before, nullif(e.detail ->> 'previousImportId', '')::uuid as import_id
    from undo_touched t join record_events e on e.client_id = ${client} and e.record_id = t.id and e.what = 'revised' and e.revision = t.revision
      and e.detail ->> 'importId' = ${importId}
    where t.revision > 1 and t.kind not in ('payment', 'journal') order by t.id, e.id`);
  // A row that stands for the amendment alone goes, and the one before it is the current one again.
  await db.execute(sql`
    with gone as (
      delete from postings p using undo_before b where p.client_id = ${client} and p.record_id = b.id and p.revision = b.revision
        and exists (select from postings o where o.connection_id = p.connection_id and o.record_id = p.record_id and o.kind = p.kind and o.revision < p.revision)
      returning p.connection_id, p.record_id, p.kind
    )
    select count(*) from gone`);
  await db.execute(sql`
    update postings p set current = true, changed_at = app.now() from undo_before b
    where p.client_id = ${client} and p.record_id = b.id and not p.current
      and not exists (select from postings o where o.connection_id = p.connection_id and o.record_id = p.record_id and o.kind = p.kind and (o.current or o.revision > p.revision))`);
  await db.execute(sql`
    update documents d set number = r.number, contact_id = r.contact_id, issued_on = r.issued_on, due_on = r.due_on, currency = r.currency,
      net_minor = r.net_minor, tax_minor = r.tax_minor, gross_minor = r.gross_minor, status = r.status, content_sha = coalesce(r.content_sha, '-'),
      country = case when b.before ? 'country' then b.before ->> 'country' else d.country end, import_id = b.import_id, revision = r.revision, changed_at = app.now()
    from undo_before b join document_revisions r on r.document_id = b.id and r.revision = b.revision - 1 where d.client_id = ${client} and d.id = b.id`);
  await db.execute(
    sql`delete from document_lines l using undo_before b where l.client_id = ${client} and l.document_id = b.id and l.revision = b.revision`,
  );
  await db.execute(
    sql`delete from document_revisions r using undo_before b where r.client_id = ${client} and r.document_id = b.id and r.revision = b.revision - 1`,
  );
  const was = (table: "c" | "p", column: string) =>
    sql.raw(`case when b.before ? '${column}' then b.before ->> '${column}' else ${table}.${column} end`);
  const wasBoolean = (column: string) =>
    sql.raw(`case when b.before ? '${column}' then (b.before ->> '${column}')::boolean else c.${column} end`);
  await db.execute(sql`
    with was as (
      select c.id, ${was("c", "name")} as name, ${was("c", "email")} as email, ${was("c", "tax_number")} as tax_number, ${was("c", "country")} as country, ${was("c", "terms")} as terms,
        ${wasBoolean("is_customer")} as is_customer, ${wasBoolean("is_supplier")} as is_supplier, b.import_id, b.revision - 1 as revision
      from undo_before b join contacts c on c.id = b.id and c.client_id = ${client}
    )
    update contacts c set name = w.name, email = w.email, tax_number = w.tax_number, country = w.country, terms = w.terms, is_customer = w.is_customer, is_supplier = w.is_supplier,
      content_sha = encode(sha256(convert_to(concat_ws(E'\\x1f', w.name, coalesce(w.email, ''), w.is_customer, w.is_supplier, w.terms, w.tax_number), 'UTF8')), 'hex'),
      import_id = w.import_id, revision = w.revision, changed_at = app.now()
    from was w where c.id = w.id and c.client_id = ${client}`);
  await db.execute(sql`
    with was as (
      select p.id, ${was("p", "name")} as name, ${was("p", "description")} as description,
        case when b.before ? 'group_id' then (b.before ->> 'group_id')::uuid else p.group_id end as group_id,
        ${was("p", "sales_nominal_code")} as sales, ${was("p", "purchase_nominal_code")} as purchase, ${was("p", "stock_nominal_code")} as stock,
        ${was("p", "tax_code")} as tax, b.import_id, b.revision - 1 as revision
      from undo_before b join products p on p.id = b.id and p.client_id = ${client}
    )
    update products p set name = w.name, description = w.description, group_id = w.group_id, sales_nominal_code = w.sales, purchase_nominal_code = w.purchase,
      stock_nominal_code = w.stock, tax_code = w.tax,
      content_sha = encode(sha256(convert_to(concat_ws(E'\\x1f', w.name, 'd' || w.description, 'g' || w.group_id, 's' || w.sales, 'p' || w.purchase, 'k' || w.stock, 't' || w.tax), 'UTF8')), 'hex'),
      import_id = w.import_id, revision = w.revision, changed_at = app.now()
    from was w where p.id = w.id and p.client_id = ${client}`);
  // Rows that the amendment had taken over wait for the earlier revision again; a pre-check follows.
  await db.execute(sql`
    update postings p set revision = b.revision - 1, state = 'pending', precheck = null, precheck_code = null, precheck_detail = null, lock_choice = null, error_code = null,
      error_detail = null, run_id = null, changed_at = app.now(),
      reference = coalesce(d.number, c.reference, t.reference), party = coalesce(dc.name, c.name, t.name, p.party), issued_on = coalesce(d.issued_on, p.issued_on),
      currency = coalesce(d.currency, p.currency),
      gross_minor = case when d.kind in ('sales-credit-note', 'supplier-credit-note') then -d.gross_minor else coalesce(d.gross_minor, p.gross_minor) end
    from undo_before b left join documents d on d.id = b.id left join contacts dc on dc.id = d.contact_id left join contacts c on c.id = b.id
      left join products t on t.id = b.id
    where p.client_id = ${client} and p.record_id = b.id and p.current and p.revision = b.revision`);

  await db.execute(sql`create temporary table undo_gone on commit drop as
    select t.id from undo_touched t where t.revision = 1 and t.kind not in ('payment', 'journal')
      and t.id not in (${neededContacts(scope, importId)}) and t.id not in (${neededProducts(scope, importId)})`);
  await db.execute(sql`delete from postings p using undo_gone g where p.client_id = ${client} and p.record_id = g.id`);
  await db.execute(sql`delete from document_lines l using undo_gone g where l.client_id = ${client} and l.document_id = g.id`);
  await db.execute(sql`delete from documents d using undo_gone g where d.client_id = ${client} and d.id = g.id`);
  await db.execute(sql`delete from products p using undo_gone g where p.client_id = ${client} and p.id = g.id`);
  await db.execute(sql`delete from contacts c using undo_gone g where c.client_id = ${client} and c.id = g.id`);
}

type CodeFile = "nominal-codes" | "tax-codes" | "product-groups";

/** Codes and groups that the upload made and that something uses by now. */
const usedCodes = (scope: ClientScope, kind: CodeFile): SQL => {
  const mine = sql`client_id = ${scope.clientId}`;
  switch (kind) {
    case "nominal-codes":
      return sql`select nominal_code as code from document_lines where ${mine} union select sales_nominal_code from products where ${mine}
        union select purchase_nominal_code from products where ${mine} union select stock_nominal_code from products where ${mine}
        union select sales_nominal_code from product_groups where ${mine} union select purchase_nominal_code from product_groups where ${mine}
        union select bank_nominal_code from payments where ${mine} union select nominal_code from journal_lines where ${mine}
        union select source_code from mapping_rows where ${mine}`;
    case "tax-codes":
      return sql`select tax_code as code from document_lines where ${mine} union select tax_code from products where ${mine}
        union select tax_code from product_groups where ${mine} union select tax_code from journal_lines where ${mine}
        union select source_code from mapping_rows where ${mine}`;
    case "product-groups":
      return sql`select g.code from product_groups g join products p on p.group_id = g.id where g.client_id = ${scope.clientId}`;
  }
};

/** Which of the codes that an upload made are used by now. */
export async function listUsedCodes(
  db: ScopedDb,
  scope: ClientScope,
  kind: CodeFile,
  codes: readonly string[],
): Promise<string[]> {
  if (codes.length === 0) return [];
  const { rows } = await db.execute<{ code: string }>(sql`
    select distinct u.code from (${usedCodes(scope, kind)}) u where u.code = any(${sql.param([...codes])}::text[]) order by 1`);
  return rows.map((row) => row.code);
}

/** Takes codes away and puts amended ones back as they were. */
export async function undoCodes(
  db: ScopedDb,
  scope: ClientScope,
  kind: CodeFile,
  codes: readonly CodeBefore[],
  stay: readonly string[],
): Promise<void> {
  const table = sql.raw({ "nominal-codes": "nominal_codes", "tax-codes": "tax_codes", "product-groups": "product_groups" }[kind]);
  const gone = codes.filter((one) => one.before === null && !stay.includes(one.reference)).map((one) => one.reference);
  await db.execute(sql`delete from ${table} where client_id = ${scope.clientId} and code = any(${sql.param(gone)}::text[])`);
  const back = JSON.stringify(codes.filter((one) => one.before !== null));
  const from = sql`from jsonb_to_recordset(${back}::jsonb) as b (reference text, before jsonb) where t.client_id = ${scope.clientId} and t.code = b.reference`;
  const was = (name: string) => sql`b.before ->> ${name}`;
  if (kind === "nominal-codes") await db.execute(sql`update ${table} t set name = ${was("name")}, kind = ${was("kind")} ${from}`);
  else if (kind === "tax-codes")
    await db.execute(
      sql`update ${table} t set name = ${was("name")}, rate = ${was("rate")}, kind = ${was("kind")}, side = ${was("side")} ${from}`,
    );
  else
    await db.execute(
      sql`update ${table} t set name = ${was("name")}, sales_nominal_code = ${was("sales")}, purchase_nominal_code = ${was("purchase")}, tax_code = ${was("tax")} ${from}`,
    );
}

/** Committed uploads of the same kind after this one, with what they changed: undone from the last backwards. */
export async function listLaterCodeFiles(db: ScopedDb, scope: ClientScope, importId: string, kind: CodeFile) {
  const { rows } = await db.execute<{ file: string; code: string }>(sql`
    select l.file_name as file, c ->> 'reference' as code from file_imports i
      join file_imports l on l.client_id = i.client_id and l.state = 'committed' and l.committed_at > i.committed_at and l.summary ->> 'kind' = ${kind}
      cross join jsonb_array_elements(coalesce(l.summary -> 'codesBefore', '[]'::jsonb)) c
    where i.client_id = ${scope.clientId} and i.id = ${importId}`);
  return rows;
}
