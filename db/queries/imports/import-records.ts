import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import type { RecordFile } from "#lib/operational/read-record.ts";

const UNIT = "\u001f";

/**
 * What the staged records of one kind would make of the client's: one row each, with `is` saying new, amended or unchanged. What a file
 * leaves blank, and the console's own fields, stay as they are.
 */
function judged(scope: ClientScope, importId: string, kind: RecordFile) {
  const staged = sql`(select l.line_number, l.reference, l.content::jsonb as v from import_lines l
    where l.client_id = ${scope.clientId} and l.import_id = ${importId} and l.set_aside is null) s`;
  const code = (name: string) => sql`s.v ->> ${name}`;
  switch (kind) {
    case "nominal-codes":
      return sql`select s.line_number, s.reference, s.v ->> 'name' as name, s.v ->> 'kind' as kind,
          case when n.id is null then 'new' when (n.name, n.kind) is distinct from (s.v ->> 'name', s.v ->> 'kind') then 'amended' else 'unchanged' end as "is",
          jsonb_build_object('name', n.name, 'kind', n.kind) as before
        from ${staged} left join nominal_codes n on n.client_id = ${scope.clientId} and n.code = s.reference`;
    case "tax-codes":
      return sql`select s.line_number, s.reference, s.v ->> 'name' as name, s.v ->> 'rate' as rate,
          coalesce(s.v ->> 'taxKind', t.kind) as kind, coalesce(s.v ->> 'side', t.side) as side,
          case when t.id is null then 'new' when t.name <> s.v ->> 'name' or t.rate::numeric <> (s.v ->> 'rate')::numeric
            or (t.kind, t.side) is distinct from (coalesce(s.v ->> 'taxKind', t.kind), coalesce(s.v ->> 'side', t.side))
            then 'amended' else 'unchanged' end as "is",
          jsonb_build_object('name', t.name, 'rate', t.rate, 'kind', t.kind, 'side', t.side) as before
        from ${staged} left join tax_codes t on t.client_id = ${scope.clientId} and t.code = s.reference`;
    case "product-groups":
      return sql`select m.*, case when m.id is null then 'new' when m.had is distinct from jsonb_build_array(m.name, m.sales, m.purchase, m.tax) then 'amended' else 'unchanged' end as "is",
          jsonb_build_object('name', m.had ->> 0, 'sales', m.had ->> 1, 'purchase', m.had ->> 2, 'tax', m.had ->> 3) as before
        from (select s.line_number, s.reference, s.v ->> 'name' as name, coalesce(${code("sales")}, g.sales_nominal_code) as sales,
            coalesce(${code("purchase")}, g.purchase_nominal_code) as purchase, coalesce(${code("tax")}, g.tax_code) as tax, g.id,
            jsonb_build_array(g.name, g.sales_nominal_code, g.purchase_nominal_code, g.tax_code) as had
          from ${staged} left join product_groups g on g.client_id = ${scope.clientId} and g.code = s.reference) m`;
    case "customers":
    case "suppliers":
      return sql`select m.*, case when m.id is null then 'new' when m.had_sha <> m.content_sha or m.had_country is distinct from m.country then 'amended' else 'unchanged' end as "is"
        from (select e.*, encode(sha256(convert_to(concat_ws(${UNIT}, e.name, coalesce(e.email, ''), e.is_customer, e.is_supplier, e.terms, e.tax_number), 'UTF8')), 'hex') as content_sha
          from (select s.line_number, s.reference, s.v ->> 'name' as name, coalesce(${code("email")}, c.email) as email,
              coalesce(${code("taxNumber")}, c.tax_number) as tax_number,
              coalesce(${code("country")}, c.country) as country, ${kind === "customers"} or coalesce(c.is_customer, false) as is_customer,
              ${kind === "suppliers"} or coalesce(c.is_supplier, false) as is_supplier, coalesce(${code("terms")}, c.terms, 'account') as terms,
              c.id, c.content_sha as had_sha, c.country as had_country
            from ${staged} left join contacts c on c.client_id = ${scope.clientId} and c.reference = s.reference) e) m`;
    case "products":
      return sql`select m.*, case when m.id is null then 'new' when m.had is distinct from jsonb_build_array(m.name, m.description, m.group_id, m.sales, m.purchase, m.stock, m.tax)
            then 'amended' else 'unchanged' end as "is",
          encode(sha256(convert_to(concat_ws(${UNIT}, m.name, 'd' || m.description, 'g' || m.group_id, 's' || m.sales, 'p' || m.purchase, 'k' || m.stock, 't' || m.tax), 'UTF8')), 'hex') as content_sha
        from (select s.line_number, s.reference, s.v ->> 'name' as name, coalesce(${code("description")}, p.description) as description,
            coalesce(g.id, p.group_id) as group_id, coalesce(${code("sales")}, p.sales_nominal_code) as sales,
            coalesce(${code("purchase")}, p.purchase_nominal_code) as purchase, coalesce(${code("stock")}, p.stock_nominal_code) as stock,
            coalesce(${code("tax")}, p.tax_code) as tax, p.id,
            jsonb_build_array(p.name, p.description, p.group_id, p.sales_nominal_code, p.purchase_nominal_code, p.stock_nominal_code, p.tax_code) as had
          from ${staged} left join products p on p.client_id = ${scope.clientId} and p.reference = s.reference
            left join product_groups g on g.client_id = ${scope.clientId} and g.code = ${code("group")}) m`;
  }
}

export interface RecordCounts {
  readonly new: number;
  readonly amended: number;
  readonly unchanged: number;
}

export async function countRecords(db: ScopedDb, scope: ClientScope, importId: string, kind: RecordFile): Promise<RecordCounts> {
  const { rows } = await db.execute<Record<"fresh" | "amended" | "unchanged", number>>(sql`
    select count(*) filter (where "is" = 'new')::int as fresh, count(*) filter (where "is" = 'amended')::int as amended,
      count(*) filter (where "is" = 'unchanged')::int as unchanged from (${judged(scope, importId, kind)}) j`);
  return { new: rows[0]?.fresh ?? 0, amended: rows[0]?.amended ?? 0, unchanged: rows[0]?.unchanged ?? 0 };
}

export interface FirstRecord {
  readonly reference: string;
  readonly name: string;
  readonly action: "new" | "amended" | "unchanged";
}

export async function listFirstRecords(db: ScopedDb, scope: ClientScope, importId: string, kind: RecordFile, limit: number) {
  const { rows } = await db.execute<{ reference: string; name: string; action: FirstRecord["action"] }>(sql`
    select j.reference, j.name, j."is" as action from (${judged(scope, importId, kind)}) j order by j.line_number limit ${limit}`);
  return rows;
}

/** Lines that name a record a second time, each with the line that named it first. */
export async function listDoubledRecords(db: ScopedDb, scope: ClientScope, importId: string, limit: number) {
  const { rows } = await db.execute<{ line: number; reference: string; first: number }>(sql`
    select line, reference, first from (
      select l.line_number as line, l.reference, min(l.line_number) over (partition by l.reference) as first from import_lines l
      where l.client_id = ${scope.clientId} and l.import_id = ${importId} and l.set_aside is null) d
    where line > first order by line limit ${limit}`);
  return rows;
}

/** What a code or group was before an upload changed it; null for one that the upload made. */
export interface CodeBefore {
  readonly reference: string;
  readonly before: Readonly<Record<string, string | null>> | null;
}

/** The codes or groups that a commit is about to make or change: they keep no revisions of their own. */
export async function listCodesBefore(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  kind: RecordFile,
): Promise<CodeBefore[]> {
  const { rows } = await db.execute<{ reference: string; before: CodeBefore["before"] }>(sql`
    select j.reference, case when j."is" = 'amended' then j.before end as before from (${judged(scope, importId, kind)}) j
    where j."is" <> 'unchanged' order by j.reference`);
  return rows;
}

/** Writes the new and the amended records of one kind. */
export async function writeRecords(db: ScopedDb, scope: ClientScope, importId: string, kind: RecordFile): Promise<void> {
  const from = sql`(${judged(scope, importId, kind)}) j where j."is" <> 'unchanged' order by j.reference`;
  const client = sql`${scope.clientId}::uuid`;
  switch (kind) {
    case "nominal-codes":
      await db.execute(sql`insert into nominal_codes (client_id, code, name, kind) select ${client}, j.reference, j.name, j.kind from ${from}
        on conflict (client_id, code) do update set name = excluded.name, kind = excluded.kind`);
      return;
    case "tax-codes":
      await db.execute(sql`insert into tax_codes (client_id, code, name, rate, kind, side, said_at, said_by)
        select ${client}, j.reference, j.name, j.rate, j.kind, j.side,
          case when coalesce(j.kind, j.side) is not null then app.now() end,
          case when coalesce(j.kind, j.side) is not null then ${scope.actor.label}::text end
        from ${from}
        on conflict (client_id, code) do update set name = excluded.name, rate = excluded.rate, kind = excluded.kind, side = excluded.side,
          said_at = case when (tax_codes.kind, tax_codes.side) is distinct from (excluded.kind, excluded.side)
            then excluded.said_at else tax_codes.said_at end,
          said_by = case when (tax_codes.kind, tax_codes.side) is distinct from (excluded.kind, excluded.side)
            then excluded.said_by else tax_codes.said_by end`);
      return;
    case "product-groups":
      await db.execute(sql`insert into product_groups (client_id, code, name, sales_nominal_code, purchase_nominal_code, tax_code)
        select ${client}, j.reference, j.name, j.sales, j.purchase, j.tax from ${from}
        on conflict (client_id, code) do update set name = excluded.name, sales_nominal_code = excluded.sales_nominal_code,
          purchase_nominal_code = excluded.purchase_nominal_code, tax_code = excluded.tax_code`);
      return;
    case "customers":
    case "suppliers":
      await db.execute(sql`insert into contacts (client_id, reference, name, email, tax_number, country, is_customer, is_supplier, terms, content_sha, import_id)
        select ${client}, j.reference, j.name, j.email, j.tax_number, j.country, j.is_customer, j.is_supplier, j.terms, j.content_sha, ${importId}::uuid from ${from}
        on conflict (client_id, reference) do update set name = excluded.name, email = excluded.email, tax_number = excluded.tax_number, country = excluded.country,
          is_customer = excluded.is_customer, is_supplier = excluded.is_supplier, terms = excluded.terms, content_sha = excluded.content_sha,
          import_id = excluded.import_id, revision = contacts.revision + 1, changed_at = app.now()`);
      return;
    case "products":
      await db.execute(sql`insert into products (client_id, reference, name, description, group_id, sales_nominal_code, purchase_nominal_code,
          stock_nominal_code, tax_code, content_sha, import_id)
        select ${client}, j.reference, j.name, j.description, j.group_id, j.sales, j.purchase, j.stock, j.tax, j.content_sha, ${importId}::uuid from ${from}
        on conflict (client_id, reference) do update set name = excluded.name, description = excluded.description, group_id = excluded.group_id,
          sales_nominal_code = excluded.sales_nominal_code, purchase_nominal_code = excluded.purchase_nominal_code,
          stock_nominal_code = excluded.stock_nominal_code, tax_code = excluded.tax_code, content_sha = excluded.content_sha,
          import_id = excluded.import_id, revision = products.revision + 1, changed_at = app.now()`);
  }
}

export async function listGroupCodes(db: ScopedDb, scope: ClientScope): Promise<string[]> {
  const { rows } = await db.execute<{ code: string }>(sql`select code from product_groups where client_id = ${scope.clientId}`);
  return rows.map((row) => row.code);
}

/** The staged records of an upload as the file has them, in its order. */
export async function listStagedRecords(db: ScopedDb, scope: ClientScope, importId: string) {
  const { rows } = await db.execute<{ line: number; reference: string; values: Record<string, string | null> }>(sql`
    select line_number as line, reference, content::jsonb as values from import_lines
    where client_id = ${scope.clientId} and import_id = ${importId} and set_aside is null order by line_number`);
  return rows;
}
