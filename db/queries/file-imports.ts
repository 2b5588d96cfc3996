import { and, desc, eq, sql } from "drizzle-orm";
import type { ClientScope, PracticeScope, ScopedDb } from "#db/client.ts";
import { clients } from "#db/schema/clients.ts";
import { fileImports, importProfiles, importSetAside, nominalCodes, taxCodes } from "#db/schema/operational.ts";
import { importFaults } from "#db/schema/staging.ts";
import type { DocumentKind } from "#lib/common/records.ts";
import type { LineFault, ReadLine } from "#lib/operational/read-line.ts";
import type { ImportSummary, KindTotal, SetAsideTotal } from "#lib/operational/summary.ts";

export type FileImportRow = typeof fileImports.$inferSelect;

/** Opens an upload's row; its lines come in another transaction, so that a crash while reading leaves a trace. */
export async function insertFileImport(
  db: ScopedDb,
  scope: ClientScope,
  file: { profileName: string; fileName: string; sha256: string; bytes: number },
): Promise<string> {
  const [row] = await db
    .insert(fileImports)
    .values({
      clientId: scope.clientId,
      ...file,
      state: "reading",
      createdBy: scope.actor.userId,
      createdByName: scope.actor.label,
    })
    .returning({ id: fileImports.id });
  if (!row) throw new Error("the upload's row was not made");
  return row.id;
}

export async function findFileImport(db: ScopedDb, scope: ClientScope, importId: string): Promise<FileImportRow | null> {
  const [row] = await db
    .select()
    .from(fileImports)
    .where(and(eq(fileImports.clientId, scope.clientId), eq(fileImports.id, importId)));
  return row ?? null;
}

/** The upload's row, locked until the transaction ends, so that two commits of one upload are one. */
export async function lockFileImport(db: ScopedDb, scope: ClientScope, importId: string): Promise<FileImportRow | null> {
  const [row] = await db
    .select()
    .from(fileImports)
    .where(and(eq(fileImports.clientId, scope.clientId), eq(fileImports.id, importId)))
    .for("update");
  return row ?? null;
}

/** One upload commits at a time for a client: what is new is judged against what the one before it left. */
export async function lockClientRecords(db: ScopedDb, scope: ClientScope): Promise<void> {
  await db.execute(sql`select pg_advisory_xact_lock(7262, hashtext(${scope.clientId}))`);
}

/** The same bytes under the same profile, already committed: the latest such upload. */
export async function findCommittedTwin(
  db: ScopedDb,
  scope: ClientScope,
  sha256: string,
  profileName: string,
): Promise<FileImportRow | null> {
  const [row] = await db
    .select()
    .from(fileImports)
    .where(
      and(
        eq(fileImports.clientId, scope.clientId),
        eq(fileImports.sha256, sha256),
        eq(fileImports.profileName, profileName),
        eq(fileImports.state, "committed"),
      ),
    )
    .orderBy(desc(fileImports.committedAt))
    .limit(1);
  return row ?? null;
}

export async function saveFileImport(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  change: { state: FileImportRow["state"]; summary?: ImportSummary; lines?: number },
): Promise<void> {
  await db
    .update(fileImports)
    .set({
      state: change.state,
      ...(change.lines === undefined ? {} : { lines: change.lines }),
      ...(change.summary ? { summary: { ...change.summary } } : {}),
      ...(change.state === "committed" ? { committedAt: sql`app.now()` } : {}),
    })
    .where(and(eq(fileImports.clientId, scope.clientId), eq(fileImports.id, importId)));
}

export async function listFileImports(db: ScopedDb, scope: ClientScope, limit: number): Promise<FileImportRow[]> {
  return db
    .select()
    .from(fileImports)
    .where(eq(fileImports.clientId, scope.clientId))
    .orderBy(desc(fileImports.createdAt), desc(fileImports.id))
    .limit(limit);
}

/** Uploads that were never decided on within a day, and those whose reading ended with its process, are discarded. */
export async function discardStale(db: ScopedDb, scope: ClientScope): Promise<void> {
  const { rows } = await db.execute<{ id: string }>(sql`
    update file_imports set state = 'discarded' where client_id = ${scope.clientId} and state in ('reading', 'previewed')
      and created_at < app.now() - interval '1 day' returning id`);
  for (const { id } of rows) await dropStaged(db, scope, id);
}

export async function dropStaged(db: ScopedDb, scope: ClientScope, importId: string): Promise<void> {
  await db.execute(sql`delete from import_lines where client_id = ${scope.clientId} and import_id = ${importId}`);
  await db.execute(sql`delete from import_documents where client_id = ${scope.clientId} and import_id = ${importId}`);
}

/** A client by its slug, for the command line. */
export async function findClientBySlug(db: ScopedDb, _scope: PracticeScope, slug: string) {
  const [row] = await db
    .select({ id: clients.id, name: clients.name, locale: clients.locale })
    .from(clients)
    .where(eq(clients.slug, slug));
  return row ?? null;
}

/** The date it is for the client, on the one clock. */
export async function clientToday(db: ScopedDb, scope: ClientScope): Promise<string> {
  const { rows } = await db.execute<{ today: string }>(
    sql`select (app.now() at time zone time_zone)::date as today from clients where id = ${scope.clientId}`,
  );
  const today = rows[0]?.today;
  if (today === undefined) throw new Error(`there is no client ${scope.clientId}`);
  return today;
}

/** A client's own profile of that name, else the practice's. */
export async function findProfileRow(db: ScopedDb, scope: ClientScope, name: string) {
  const rows = await db
    .select()
    .from(importProfiles)
    .where(
      and(
        eq(importProfiles.name, name),
        sql`(${importProfiles.clientId} = ${scope.clientId} or ${importProfiles.clientId} is null)`,
      ),
    );
  return rows.find((row) => row.clientId !== null) ?? rows[0] ?? null;
}

export async function listProfileRows(db: ScopedDb, scope: ClientScope) {
  return db
    .select()
    .from(importProfiles)
    .where(sql`${importProfiles.clientId} = ${scope.clientId} or ${importProfiles.clientId} is null`)
    .orderBy(importProfiles.title);
}

export async function listCodes(db: ScopedDb, scope: ClientScope) {
  const nominal = await db
    .select({ code: nominalCodes.code })
    .from(nominalCodes)
    .where(eq(nominalCodes.clientId, scope.clientId));
  const tax = await db
    .select({ code: taxCodes.code, rate: taxCodes.rate })
    .from(taxCodes)
    .where(eq(taxCodes.clientId, scope.clientId));
  return { nominal, tax };
}

/** The staged rows have no statistics yet, and a plan that thinks them few would walk them a million times over. */
export async function planForBulk(db: ScopedDb): Promise<void> {
  await db.execute(sql`select set_config('enable_nestloop', 'off', true), set_config('work_mem', '64MB', true)`);
}

/** Appends lines in one statement, a column an array. */
export async function stageLines(db: ScopedDb, scope: ClientScope, importId: string, lines: readonly ReadLine[]): Promise<void> {
  const column = (pick: (line: ReadLine) => string | number | bigint | null) => sql.param(lines.map(pick));
  await db.execute(sql`
    insert into import_lines (client_id, import_id, line_number, kind, reference, number, issued_on, due_on, currency, contact_reference,
      contact_name, contact_email, country, product_reference, description, quantity, unit_price, net_minor, tax_minor, nominal_code,
      tax_code, set_aside, raw)
    select ${scope.clientId}::uuid, ${importId}::uuid, u.* from unnest(
      ${column((l) => l.line)}::int[], ${column((l) => l.kind)}::text[], ${column((l) => l.reference)}::text[],
      ${column((l) => l.number)}::text[], ${column((l) => l.issuedOn)}::date[], ${column((l) => l.dueOn)}::date[],
      ${column((l) => l.currency)}::text[], ${column((l) => l.contactReference)}::text[], ${column((l) => l.contactName)}::text[],
      ${column((l) => l.contactEmail)}::text[], ${column((l) => l.country)}::text[], ${column((l) => l.productReference)}::text[],
      ${column((l) => l.description)}::text[], ${column((l) => l.quantity)}::text[], ${column((l) => l.unitPrice)}::text[],
      ${column((l) => l.netMinor)}::bigint[], ${column((l) => l.taxMinor)}::bigint[], ${column((l) => l.nominalCode)}::text[],
      ${column((l) => l.taxCode)}::text[], ${column((l) => l.setAside)}::text[], ${column((l) => JSON.stringify(l.raw))}::text[]) as u`);
}

export async function insertFaults(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  faults: readonly LineFault[],
): Promise<void> {
  for (let at = 0; at < faults.length; at += 1000) {
    await db
      .insert(importFaults)
      .values(
        faults
          .slice(at, at + 1000)
          .map(({ line, ...fault }) => ({ clientId: scope.clientId, importId, lineNumber: line, ...fault })),
      );
  }
}

export async function listFaults(db: ScopedDb, scope: ClientScope, importId: string, limit: number): Promise<LineFault[]> {
  return db
    .select({
      line: importFaults.lineNumber,
      field: importFaults.field,
      value: importFaults.value,
      rule: importFaults.rule,
      fixer: importFaults.fixer,
    })
    .from(importFaults)
    .where(and(eq(importFaults.clientId, scope.clientId), eq(importFaults.importId, importId)))
    .orderBy(importFaults.lineNumber, importFaults.id)
    .limit(limit);
}

export interface GroupRules {
  readonly creditNoteAmounts: "negative" | "positive" | "either";
  readonly negativeTotalIsCreditNote: boolean;
  readonly zeroDocument: string | null;
  readonly zeroStockAdjustment: string | null;
  /** The contact that stands for none. */
  readonly fallbackReference: string | null;
}

const UNIT = "\u001f";
const RECORD = "\u001e";
const turned = (column: string) =>
  sql.raw(`case when ${column} = '0' then '0' when left(${column}, 1) = '-' then substr(${column}, 2) else '-' || ${column} end`);

/**
 * Puts the staged lines together into documents. Lines of one document may be anywhere in the file; a mere change of their order is no
 * change of the document, so its hash is over them sorted.
 */
export async function groupDocuments(db: ScopedDb, scope: ClientScope, importId: string, rules: GroupRules): Promise<void> {
  const line = (quantity: ReturnType<typeof turned>, sign: string) =>
    sql`concat_ws(${UNIT}, coalesce(product_reference, ''), description, ${quantity}, unit_price, ${sql.raw(sign)}net_minor, ${sql.raw(sign)}tax_minor, nominal_code, tax_code)`;
  const canTurn = sql`(l.kind in ('sales-credit-note', 'supplier-credit-note') or ${rules.negativeTotalIsCreditNote})`;
  await db.execute(sql`
    insert into import_documents (client_id, import_id, line_kind, kind, reference, number, first_line, last_line, line_count, issued_on, due_on,
      currency, contact_reference, country, sign, net_minor, tax_minor, all_negative, heads_differ, content_sha)
    select ${scope.clientId}, ${importId}, line_kind, final_kind, reference, number, first_line, last_line, line_count, issued_on, due_on,
      currency, contact_reference, country, sign, sign * net, sign * tax, all_negative, heads_differ,
      encode(sha256(convert_to(concat_ws(${RECORD}, final_kind, head, case when sign = 1 then as_written else turned end), 'UTF8')), 'hex')
    from (
      select g.*,
        case when ${rules.negativeTotalIsCreditNote} and net + tax < 0 then
          case line_kind when 'sales-invoice' then 'sales-credit-note' when 'bill' then 'supplier-credit-note' else line_kind end
          else line_kind end as final_kind,
        case when ${rules.negativeTotalIsCreditNote} and net + tax < 0 and line_kind in ('sales-invoice', 'bill') then -1
          when line_kind not in ('sales-credit-note', 'supplier-credit-note') then 1
          when ${rules.creditNoteAmounts} = 'negative' then -1
          when ${rules.creditNoteAmounts} = 'either' and net + tax < 0 then -1
          else 1 end as sign
      from (
        select l.kind as line_kind, l.reference, min(l.line_number) as first_line, max(l.line_number) as last_line, count(*)::int as line_count,
          min(l.number) as number, min(l.issued_on) as issued_on, min(l.due_on) as due_on, min(l.currency) as currency,
          min(l.contact_reference) as contact_reference, min(l.country) as country, sum(l.net_minor)::bigint as net,
          sum(l.tax_minor)::bigint as tax, bool_and(left(l.quantity, 1) = '-') as all_negative, min(l.head) as head,
          min(l.head) <> max(l.head) as heads_differ,
          string_agg(l.as_written, ${RECORD} order by l.as_written) as as_written,
          string_agg(l.turned, ${RECORD} order by l.turned) filter (where l.can_turn) as turned
        from (
          select l.line_number, l.kind collate "C" as kind, l.reference collate "C" as reference, l.number, l.issued_on, l.due_on, l.currency,
            l.contact_reference, l.country, l.net_minor, l.tax_minor, l.quantity, ${canTurn} as can_turn,
            concat_ws(${UNIT}, number, issued_on, due_on, currency, contact_reference, coalesce(country, '')) collate "C" as head,
            ${line(sql`quantity`, "")} collate "C" as as_written,
            case when ${canTurn} then ${line(turned("quantity"), "-")} end collate "C" as turned
          from import_lines l where l.client_id = ${scope.clientId} and l.import_id = ${importId} and l.set_aside is null
        ) l
        group by l.kind, l.reference
      ) g
    ) d`);
  if (rules.zeroDocument !== null) {
    // A document that is here already is amended, never set aside: what was sent of it must follow.
    await db.execute(sql`
      update import_documents i set set_aside = case when i.all_negative and i.contact_reference = ${rules.fallbackReference}
          then coalesce(${rules.zeroStockAdjustment}, ${rules.zeroDocument}) else ${rules.zeroDocument} end
      where i.client_id = ${scope.clientId} and i.import_id = ${importId} and i.net_minor = 0 and i.tax_minor = 0
        and not exists (select from documents d where d.client_id = i.client_id and d.kind = i.kind and d.reference = i.reference)`);
  }
}

/** Documents that cannot be: lines that disagree about the head, or a sum on the wrong side of zero. */
export async function listDocumentFaults(db: ScopedDb, scope: ClientScope, importId: string, limit: number) {
  const { rows } = await db.execute<{
    first_line: number;
    number: string;
    kind: DocumentKind;
    line_kind: string;
    field: string | null;
    value: string;
    line: number;
  }>(sql`
    select i.first_line, i.number, i.kind, i.line_kind, x.field, x.value, coalesce(x.line_number, i.first_line) as line
    from import_documents i left join lateral (
      select l.line_number,
        case when l.number <> f.number then 'number' when l.issued_on <> f.issued_on then 'date'
          when l.contact_reference <> f.contact_reference then 'contactReference' when l.currency <> f.currency then 'currency'
          when l.due_on <> f.due_on then 'dueDate' else 'country' end as field,
        case when l.number <> f.number then l.number when l.issued_on <> f.issued_on then l.issued_on::text
          when l.contact_reference <> f.contact_reference then l.contact_reference when l.currency <> f.currency then l.currency
          when l.due_on <> f.due_on then l.due_on::text else coalesce(l.country, '') end as value
      from import_lines f join import_lines l on l.import_id = f.import_id and l.kind = f.kind and l.reference = f.reference
      where i.heads_differ and f.client_id = i.client_id and f.import_id = i.import_id and f.line_number = i.first_line and l.set_aside is null
        and (l.number, l.issued_on, l.due_on, l.currency, l.contact_reference, l.country)
          is distinct from (f.number, f.issued_on, f.due_on, f.currency, f.contact_reference, f.country)
    ) x on true
    where i.client_id = ${scope.clientId} and i.import_id = ${importId} and (i.heads_differ or i.net_minor + i.tax_minor < 0)
    order by 7 limit ${limit}`);
  return rows;
}

/** Says of every staged document whether it is new, amended or unchanged; changes only rows of which it is no longer so. */
export async function judgeDocuments(db: ScopedDb, scope: ClientScope, importId: string): Promise<void> {
  await db.execute(sql`
    update import_documents i set action = j.action, document_id = coalesce(j.id, i.document_id)
    from (
      select s.first_line, d.id, case when d.id is null then 'new' when d.content_sha = s.content_sha then 'unchanged' else 'amended' end as action
      from import_documents s left join documents d on d.client_id = ${scope.clientId} and d.kind = s.kind and d.reference = s.reference
      where s.client_id = ${scope.clientId} and s.import_id = ${importId} and s.set_aside is null
    ) j
    where i.client_id = ${scope.clientId} and i.import_id = ${importId} and i.first_line = j.first_line
      and (i.action is distinct from j.action or (j.id is not null and i.document_id <> j.id))`);
}

/** Counts and worth of the staged documents, by kind and currency. Amounts are decimal integers in minor units. */
export async function sumDocuments(db: ScopedDb, scope: ClientScope, importId: string): Promise<KindTotal[]> {
  const { rows } = await db.execute<
    Record<"kind" | "currency" | "net" | "tax" | "in_file", string> &
      Record<"count" | "lines" | "fresh" | "amended" | "unchanged", number>
  >(sql`
    select kind, currency, count(*)::int as count, sum(line_count)::int as lines, sum(net_minor)::text as net, sum(tax_minor)::text as tax,
      sum(sign * net_minor)::text as in_file, count(*) filter (where action = 'new')::int as fresh,
      count(*) filter (where action = 'amended')::int as amended, count(*) filter (where action = 'unchanged')::int as unchanged
    from import_documents where client_id = ${scope.clientId} and import_id = ${importId} and set_aside is null
    group by kind, currency order by kind, currency`);
  return rows.map((row) => ({
    kind: row.kind as DocumentKind,
    currency: row.currency,
    count: row.count,
    lines: row.lines,
    netMinor: row.net,
    taxMinor: row.tax,
    grossMinor: (BigInt(row.net) + BigInt(row.tax)).toString(),
    inFileMinor: row.in_file,
    new: row.fresh,
    amended: row.amended,
    unchanged: row.unchanged,
  }));
}

/** Lines that become no document, with the reason of the line or of its document. */
const setAsideLines = (scope: ClientScope, importId: string) => sql`
  select l.line_number, l.number, l.currency, l.net_minor, l.description, l.raw, l.set_aside as reason, l.reference
  from import_lines l where l.client_id = ${scope.clientId} and l.import_id = ${importId} and l.set_aside is not null
  union all
  select l.line_number, l.number, l.currency, l.net_minor, l.description, l.raw, i.set_aside, l.reference
  from import_documents i join import_lines l on l.import_id = i.import_id and l.kind = i.line_kind and l.reference = i.reference and l.set_aside is null
  where i.client_id = ${scope.clientId} and i.import_id = ${importId} and i.set_aside is not null and l.client_id = ${scope.clientId}`;

export async function sumSetAside(db: ScopedDb, scope: ClientScope, importId: string): Promise<SetAsideTotal[]> {
  const { rows } = await db.execute<{ reason: string; currency: string; lines: number; documents: number; worth: string }>(sql`
    select reason, currency, count(*)::int as lines, count(distinct reference)::int as documents, sum(net_minor)::text as worth
    from (${setAsideLines(scope, importId)}) s group by reason, currency order by reason, currency`);
  return rows.map(({ worth, ...row }) => ({ ...row, worthMinor: worth }));
}

export async function listStagedSetAside(db: ScopedDb, scope: ClientScope, importId: string, limit: number) {
  const { rows } = await db.execute<{
    line_number: number;
    number: string;
    currency: string;
    net_minor: string;
    description: string;
    reason: string;
  }>(sql`
    select line_number, number, currency, net_minor::text, description, reason from (${setAsideLines(scope, importId)}) s
    order by line_number limit ${limit}`);
  return rows.map((row) => ({
    line: row.line_number,
    number: row.number,
    currency: row.currency,
    worthMinor: row.net_minor,
    description: row.description,
    reason: row.reason,
  }));
}

export async function listStagedDocuments(db: ScopedDb, scope: ClientScope, importId: string, limit: number) {
  const { rows } = await db.execute<{
    kind: DocumentKind;
    number: string;
    issued_on: string;
    contact_reference: string;
    contact_name: string | null;
    currency: string;
    net_minor: string;
    tax_minor: string;
    line_count: number;
    action: "new" | "amended" | "unchanged";
  }>(sql`
    select i.kind, i.number, i.issued_on, i.contact_reference, l.contact_name, i.currency, i.net_minor::text, i.tax_minor::text, i.line_count, i.action
    from import_documents i left join import_lines l on l.client_id = i.client_id and l.import_id = i.import_id and l.line_number = i.first_line
    where i.client_id = ${scope.clientId} and i.import_id = ${importId} and i.set_aside is null order by i.first_line limit ${limit}`);
  return rows.map((row) => ({
    kind: row.kind,
    number: row.number,
    issuedOn: row.issued_on,
    contactReference: row.contact_reference,
    contactName: row.contact_name,
    currency: row.currency,
    netMinor: row.net_minor,
    taxMinor: row.tax_minor,
    lines: row.line_count,
    action: row.action,
  }));
}

export async function countStagedLines(db: ScopedDb, scope: ClientScope, importId: string): Promise<number> {
  const { rows } = await db.execute<{ count: number }>(
    sql`select count(*)::int as count from import_lines where client_id = ${scope.clientId} and import_id = ${importId}`,
  );
  return rows[0]?.count ?? 0;
}

export interface ContactRules {
  readonly nameTemplate: string;
  readonly fallback: { readonly reference: string; readonly name: string } | null;
}

/**
 * The contacts that the staged documents name, as they would stand after the commit: the last document that names a contact gives its
 * name, e-mail and country. What a file leaves blank, and the console's own fields, stay as they are.
 */
const stagedContacts = (scope: ClientScope, importId: string, { nameTemplate, fallback }: ContactRules) => sql`
  select m.*, encode(sha256(convert_to(concat_ws(${UNIT}, m.name, coalesce(m.email, ''), m.is_customer, m.is_supplier, m.terms), 'UTF8')), 'hex') as content_sha
  from (
    select s.contact_reference as reference,
      coalesce(s.contact_name, c.name, case when s.contact_reference = ${fallback?.reference ?? null} then ${fallback?.name ?? null} end,
        replace(${nameTemplate}, '{reference}', s.contact_reference)) as name,
      coalesce(s.contact_email, c.email) as email,
      case when s.contact_reference = ${fallback?.reference ?? null} then null else coalesce(s.country, c.country) end as country,
      s.is_customer or coalesce(c.is_customer, false) as is_customer, s.is_supplier or coalesce(c.is_supplier, false) as is_supplier,
      coalesce(c.terms, case when s.contact_reference = ${fallback?.reference ?? null} then 'cash' else 'account' end) as terms,
      c.id as existing_id, c.content_sha as existing_sha
    from (
      select i.contact_reference, (array_agg(i.country order by i.issued_on desc, i.last_line desc))[1] as country,
        (array_agg(l.contact_name order by i.issued_on desc, i.last_line desc) filter (where l.contact_name is not null))[1] as contact_name,
        (array_agg(l.contact_email order by i.issued_on desc, i.last_line desc) filter (where l.contact_email is not null))[1] as contact_email,
        bool_or(i.kind in ('sales-invoice', 'sales-credit-note')) as is_customer, bool_or(i.kind in ('bill', 'supplier-credit-note')) as is_supplier
      from import_documents i join import_lines l on l.client_id = i.client_id and l.import_id = i.import_id and l.line_number = i.first_line
      where i.client_id = ${scope.clientId} and i.import_id = ${importId} and i.set_aside is null
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

/** Products that the documents' lines name and the client lacks. Lines are no master data: a product that is here stays as it is. */
const missingProducts = (scope: ClientScope, importId: string) => sql`
  select l.product_reference, l.description, count(*) as uses
  from import_documents i join import_lines l on l.import_id = i.import_id and l.kind = i.line_kind and l.reference = i.reference and l.set_aside is null
  where i.client_id = ${scope.clientId} and i.import_id = ${importId} and i.set_aside is null and l.client_id = ${scope.clientId}
    and l.product_reference is not null
    and not exists (select from products p where p.client_id = ${scope.clientId} and p.reference = l.product_reference)
  group by l.product_reference, l.description`;

export async function countProducts(db: ScopedDb, scope: ClientScope, importId: string): Promise<number> {
  const { rows } = await db.execute<{ count: number }>(
    sql`select count(distinct product_reference)::int as count from (${missingProducts(scope, importId)}) p`,
  );
  return rows[0]?.count ?? 0;
}

/** Makes the missing products; the description that most lines use becomes the name. */
export async function insertProducts(db: ScopedDb, scope: ClientScope, importId: string): Promise<number> {
  const made = await db.execute(sql`
    insert into products (client_id, reference, name, content_sha, import_id)
    select distinct on (product_reference) ${scope.clientId}::uuid, product_reference, description,
      encode(sha256(convert_to(description, 'UTF8')), 'hex'), ${importId}::uuid
    from (${missingProducts(scope, importId)}) p
    order by product_reference, (description = product_reference), uses desc, description collate "C"
    on conflict (client_id, reference) do nothing`);
  return made.rowCount ?? 0;
}

export async function insertCodes(
  db: ScopedDb,
  scope: ClientScope,
  codes: {
    nominal: readonly { code: string; name: string; kind: (typeof nominalCodes.$inferInsert)["kind"] }[];
    tax: readonly { code: string; name: string; rate: string }[];
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

/** The codes that the staged documents' lines use. */
export async function listUsedCodes(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
): Promise<{ nominal: string[]; tax: string[] }> {
  const { rows } = await db.execute<{ nominal: string[] | null; tax: string[] | null }>(sql`
    select array_agg(distinct l.nominal_code) as nominal, array_agg(distinct l.tax_code) as tax from (
      select distinct nominal_code, tax_code from import_lines
      where client_id = ${scope.clientId} and import_id = ${importId} and set_aside is null
    ) l`);
  return { nominal: rows[0]?.nominal ?? [], tax: rows[0]?.tax ?? [] };
}

/** Writes new documents and the new revisions of amended ones, heads and lines, and keeps the heads they replace. */
export async function writeDocuments(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
): Promise<{ new: number; amended: number }> {
  const staged = sql`i.client_id = ${scope.clientId} and i.import_id = ${importId}`;
  await db.execute(sql`
    insert into document_revisions (client_id, document_id, revision, number, contact_id, issued_on, due_on, currency, net_minor, tax_minor, gross_minor)
    select d.client_id, d.id, d.revision, d.number, d.contact_id, d.issued_on, d.due_on, d.currency, d.net_minor, d.tax_minor, d.gross_minor
    from import_documents i join documents d on d.id = i.document_id and d.client_id = ${scope.clientId}
    where ${staged} and i.action = 'amended'`);
  const amended = await db.execute(sql`
    update documents d set number = i.number, contact_id = c.id, issued_on = i.issued_on, due_on = i.due_on, currency = i.currency,
      net_minor = i.net_minor, tax_minor = i.tax_minor, gross_minor = i.net_minor + i.tax_minor, country = i.country,
      content_sha = i.content_sha, import_id = ${importId}, revision = d.revision + 1, changed_at = app.now()
    from import_documents i join contacts c on c.client_id = ${scope.clientId} and c.reference = i.contact_reference
    where ${staged} and i.action = 'amended' and d.id = i.document_id and d.client_id = ${scope.clientId}`);
  const fresh = await db.execute(sql`
    insert into documents (id, client_id, kind, reference, number, contact_id, issued_on, due_on, currency, net_minor, tax_minor, gross_minor, country,
      content_sha, import_id)
    select i.document_id, ${scope.clientId}, i.kind, i.reference, i.number, c.id, i.issued_on, i.due_on, i.currency, i.net_minor, i.tax_minor,
      i.net_minor + i.tax_minor, i.country, i.content_sha, ${importId}
    from import_documents i join contacts c on c.client_id = ${scope.clientId} and c.reference = i.contact_reference
    where ${staged} and i.action = 'new'`);
  await db.execute(sql`
    insert into document_lines (client_id, document_id, revision, position, product_id, description, quantity, unit_price, net_minor, tax_minor,
      nominal_code, tax_code)
    select ${scope.clientId}, i.document_id, d.revision, row_number() over (partition by i.document_id order by l.line_number), p.id, l.description,
      case when i.sign = 1 then l.quantity else ${turned("l.quantity")} end, l.unit_price, i.sign * l.net_minor, i.sign * l.tax_minor,
      l.nominal_code, l.tax_code
    from import_documents i
      join documents d on d.id = i.document_id and d.client_id = ${scope.clientId}
      join import_lines l on l.client_id = ${scope.clientId} and l.import_id = i.import_id and l.kind = i.line_kind and l.reference = i.reference
        and l.set_aside is null
      left join products p on p.client_id = ${scope.clientId} and p.reference = l.product_reference
    where ${staged} and i.action in ('new', 'amended')`);
  return { new: fresh.rowCount ?? 0, amended: amended.rowCount ?? 0 };
}

/** Keeps the lines that became no document, each with its reason, its worth and its fields by the file's own headers. */
export async function writeSetAside(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  headers: readonly string[],
): Promise<number> {
  const written = await db.execute(sql`
    insert into import_set_aside (client_id, import_id, line_number, reason, document_number, currency, worth_minor, raw)
    select ${scope.clientId}, ${importId}, s.line_number, s.reason, s.number, s.currency, s.net_minor,
      (select coalesce(jsonb_object_agg(h.name, v.value), '{}'::jsonb) from unnest(${sql.param([...headers])}::text[]) with ordinality as h (name, at)
        join jsonb_array_elements_text(s.raw::jsonb) with ordinality as v (value, at) using (at))
    from (${setAsideLines(scope, importId)}) s`);
  return written.rowCount ?? 0;
}

/** What a committed upload set aside, by line. */
export async function listSetAside(db: ScopedDb, scope: ClientScope, importId: string, limit: number) {
  return db
    .select()
    .from(importSetAside)
    .where(and(eq(importSetAside.clientId, scope.clientId), eq(importSetAside.importId, importId)))
    .orderBy(importSetAside.lineNumber)
    .limit(limit);
}
