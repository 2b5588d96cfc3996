import { hash, randomBytes } from "node:crypto";
import { and, desc, eq, sql } from "drizzle-orm";
import type { ClientScope, PracticeScope, ScopedDb } from "#db/client.ts";
import { clients } from "#db/schema/clients.ts";
import { fileImports, importSetAside, nominalCodes, taxCodes } from "#db/schema/operational.ts";
import { importFaults } from "#db/schema/staging.ts";
import { now } from "#lib/clock.ts";
import type { DocumentKind } from "#lib/common/records.ts";
import type { FaultyLine, LineFault, ReadLine } from "#lib/operational/read-line.ts";
import type { ReadRecord } from "#lib/operational/read-record.ts";
import type { ImportSummary, KindTotal, SetAsideLine, SetAsideTotal } from "#lib/operational/summary.ts";

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

/** The same bytes, already committed, whatever they were called: the latest such upload, those under the same profile first. */
export async function findCommittedTwin(
  db: ScopedDb,
  scope: ClientScope,
  file: { readonly sha256: string; readonly profileName: string; readonly sheet: string | null },
): Promise<FileImportRow | null> {
  const [row] = await db
    .select()
    .from(fileImports)
    .where(
      and(
        eq(fileImports.clientId, scope.clientId),
        eq(fileImports.sha256, file.sha256),
        eq(fileImports.state, "committed"),
        sql`${fileImports.summary} ->> 'sheet' is not distinct from ${file.sheet}::text`,
      ),
    )
    .orderBy(desc(eq(fileImports.profileName, file.profileName)), desc(fileImports.committedAt))
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

/** Marks a committed upload as taken back, by whom and when. */
export async function saveUndone(db: ScopedDb, scope: ClientScope, importId: string): Promise<void> {
  await db
    .update(fileImports)
    .set({ state: "undone", undoneAt: sql`app.now()`, undoneBy: scope.actor.label })
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

/** Uploads that nobody decided on within a day, and those whose reading ended with its process, are discarded; a refused one stays to be read. */
export async function discardStale(db: ScopedDb, scope: ClientScope): Promise<void> {
  const { rows } = await db.execute<{ id: string }>(sql`
    with stale as (
      update file_imports set state = 'discarded' where client_id = ${scope.clientId} and state in ('reading', 'previewed')
        and created_at < app.now() - interval '1 day' returning id
    )
    select id from stale union all
    select i.id from file_imports i where i.client_id = ${scope.clientId} and i.state = 'refused' and i.created_at < app.now() - interval '1 day'
      and exists (select from import_lines l where l.import_id = i.id)`);
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

const UNIT = "\u001f";
const RECORD = "\u001e";
const GROUP = "\u001d";

/** Turns a decimal string's sign round. */
function negated(quantity: string): string {
  return quantity === "0" ? "0" : quantity.startsWith("-") ? quantity.slice(1) : `-${quantity}`;
}

function hashOf(text: string): string {
  const digest = hash("sha256", text, "buffer");
  return `${digest.readBigInt64BE(0)}${GROUP}${digest.readBigInt64BE(8)}`;
}

/** One line as a row of text: its fields hold no control character but a line break, so that parting it by some is safe. */
function packed(line: ReadLine): string {
  const { kind, reference, netMinor, taxMinor, productReference, description, quantity, unitPrice, nominalCode, taxCode } = line;
  const head = `${line.number}${UNIT}${line.issuedOn}${UNIT}${line.dueOn}${UNIT}${line.currency}${UNIT}${line.contactReference}${UNIT}${line.country ?? ""}${line.isVoid ? `${UNIT}void` : ""}`;
  const before = `${productReference ?? ""}${UNIT}${description}${UNIT}`;
  const after = `${UNIT}${unitPrice}${UNIT}${nominalCode}${UNIT}${taxCode}`;
  const content = `${before}${quantity}${after}`;
  const turned = line.mayTurn ? hashOf(`${before}${negated(quantity)}${after}${UNIT}${-netMinor}${UNIT}${-taxMinor}`) : GROUP;
  const raw = line.setAside !== null || line.isVoid || netMinor === 0n ? JSON.stringify(line.raw) : "";
  return [
    `${line.line}${GROUP}${kind}${GROUP}${reference}${GROUP}${head}${GROUP}${content}${GROUP}${netMinor}${GROUP}${taxMinor}`,
    hashOf(`${content}${UNIT}${netMinor}${UNIT}${taxMinor}`),
    turned,
    `${line.contactName ?? ""}${GROUP}${line.contactEmail ?? ""}${GROUP}${line.setAside ?? ""}${GROUP}${raw}`,
  ].join(GROUP);
}

/** What stands for a reason while nobody has decided about a faulty line. */
const FAULTY = "has a fault";

/** A faulty line, kept so that it can be left out with its worth. */
function packedFaulty({ line, kind, reference, number, currency, netMinor, raw }: FaultyLine): string {
  const safe = (text: string) => withoutControls(text).slice(0, 255);
  const head = `${safe(number)}${UNIT}${UNIT}${UNIT}${safe(currency)}${UNIT}${UNIT}`;
  const content = `${UNIT}${UNIT}${UNIT}${UNIT}${UNIT}`;
  const fields = [line, kind, safe(reference), head, content, netMinor, 0, 0, 0, "", "", "", "", FAULTY];
  return [...fields, JSON.stringify(raw.map(withoutControls))].join(GROUP);
}

function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters part the fields of a staged line
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");
}

/** A record that stands for itself: its values are the line's content. */
function packedRecord({ line, kind, reference, name, values, raw }: ReadRecord): string {
  const fields = [line, kind, reference, "", JSON.stringify({ ...values, name }), 0, 0, 0, 0, "", "", "", "", ""];
  return [...fields, JSON.stringify(raw)].join(GROUP);
}

/** One line as the text that {@link stageLines} takes: made while the file is read, so that a batch is small. */
export function packedForStaging(read: ReadLine | ReadRecord | FaultyLine): string {
  if ("faults" in read) return packedFaulty(read);
  return "values" in read ? packedRecord(read) : packed(read);
}

/** Appends lines in one statement, handed over as one text that the database takes apart: a fifth of the work of an array a column. */
export async function stageLines(db: ScopedDb, scope: ClientScope, importId: string, lines: readonly string[]): Promise<void> {
  const part = (at: number) => sql.raw(`split_part(t, E'\\x1d', ${at})`);
  const optional = (at: number) => sql`nullif(${part(at)}, '')`;
  await db.execute(sql`
    insert into import_lines (client_id, import_id, line_number, kind, reference, head, content, net_minor, tax_minor, hash_a, hash_b,
      turned_a, turned_b, contact_name, contact_email, set_aside, raw)
    select ${scope.clientId}::uuid, ${importId}::uuid, ${part(1)}::int, ${part(2)}, ${part(3)}, ${part(4)}, ${part(5)}, ${part(6)}::bigint,
      ${part(7)}::bigint, ${part(8)}::bigint, ${part(9)}::bigint, ${optional(10)}::bigint, ${optional(11)}::bigint, ${optional(12)},
      ${optional(13)}, ${optional(14)}, ${optional(15)}
    from string_to_table(${lines.join(RECORD)}, ${RECORD}) as t`);
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

/** What stands for the content of a document that was voided: there is nothing else to compare. */
const VOID = "void";

export interface GroupRules {
  readonly creditNoteAmounts: "negative" | "positive" | "either";
  readonly negativeTotalIsCreditNote: boolean;
  readonly zeroDocument: string | null;
  readonly zeroStockAdjustment: string | null;
  /** The contact that stands for none. */
  readonly fallbackReference: string | null;
}

/**
 * The first twenty digits of ids that grow with time (UUID version 7, RFC 9562), a counter to follow: a hundred thousand documents and their
 * lines then go to the end of their indexes, where random ids would touch every page of them.
 */
function growingIds(): string {
  const chance = randomBytes(4);
  const half = (at: number, mark: number) => ((chance.readUInt16BE(at) & 0x0fff) | mark).toString(16);
  return `${now().getTime().toString(16).padStart(12, "0")}${half(0, 0x7000)}${half(2, 0x8000)}`;
}

/** One field of a staged line's `head` or `content`. */
const field = (column: string, at: number) => sql.raw(`split_part(${column}, E'\\x1f', ${at})`);

/**
 * Puts the staged lines together into documents, and says of each whether it is new, amended or unchanged. Lines of one document may be
 * anywhere in the file; a mere change of their order is no change of the document.
 */
export async function groupDocuments(db: ScopedDb, scope: ClientScope, importId: string, rules: GroupRules): Promise<void> {
  // Sorting every line first, as a planner without statistics would, costs twice what gathering them by hash does.
  await db.execute(sql`select set_config('enable_sort', 'off', true)`);
  const voided = sql`${field("f.head", 7)} = 'void'`;
  const zero = sql`d.id is null and f.net = 0 and f.tax = 0 and ${rules.zeroDocument}::text is not null`;
  await db.execute(sql`
    insert into import_documents (client_id, import_id, line_kind, kind, reference, number, first_line, last_line, line_count, issued_on, due_on,
      currency, contact_reference, contact_name, contact_email, country, sign, net_minor, tax_minor, heads_differ, content_sha, set_aside,
      action, document_id)
    select ${scope.clientId}, ${importId}, f.line_kind, f.kind, f.reference, ${field("f.head", 1)}, f.first_line, f.last_line, f.line_count,
      ${field("f.head", 2)}::date, ${field("f.head", 3)}::date, ${field("f.head", 4)}, ${field("f.head", 5)}, f.contact_name, f.contact_email,
      nullif(${field("f.head", 6)}, ''), f.sign, f.sign * f.net, f.sign * f.tax, f.heads_differ, f.content_sha,
      -- A document that is here already is amended, never set aside: what was sent of it must follow.
      case when ${voided} and d.id is null then 'void in the file, and never here'
        when ${zero} then case when f.all_negative and ${field("f.head", 5)} = ${rules.fallbackReference}
        then coalesce(${rules.zeroStockAdjustment}, ${rules.zeroDocument}) else ${rules.zeroDocument} end end,
      case when ${zero} or (${voided} and d.id is null) then null when d.id is null then 'new' when d.content_sha = f.content_sha then 'unchanged' else 'amended' end,
      coalesce(d.id, (${growingIds()} || lpad(to_hex(row_number() over ()), 12, '0'))::uuid)
    from (
      select s.*, case when ${field("s.head", 7)} = 'void' then ${VOID} else encode(sha256(convert_to(concat_ws(${RECORD}, s.kind, s.head, s.line_count,
          case when s.sign = 1 then s.hash_a else s.turned_a end, case when s.sign = 1 then s.hash_b else s.turned_b end), 'UTF8')), 'hex') end as content_sha
      from (
        select g.*,
          case when ${rules.negativeTotalIsCreditNote} and net + tax < 0 then
            case line_kind when 'sales-invoice' then 'sales-credit-note' when 'bill' then 'supplier-credit-note' else line_kind end
            else line_kind end as kind,
          case when ${rules.negativeTotalIsCreditNote} and net + tax < 0 and line_kind in ('sales-invoice', 'bill') then -1
            when line_kind not in ('sales-credit-note', 'supplier-credit-note') then 1
            when ${rules.creditNoteAmounts} = 'negative' then -1
            when ${rules.creditNoteAmounts} = 'either' and net + tax < 0 then -1
            else 1 end as sign
        from (
          select l.kind as line_kind, l.reference, min(l.line_number) as first_line, max(l.line_number) as last_line, count(*)::int as line_count,
            min(l.head collate "C") as head, min(l.head collate "C") <> max(l.head collate "C") as heads_differ,
            sum(l.net_minor)::bigint as net, sum(l.tax_minor)::bigint as tax, bool_and(left(${field("l.content", 3)}, 1) = '-') as all_negative,
            max(l.contact_name) as contact_name, max(l.contact_email) as contact_email,
            sum(l.hash_a) as hash_a, sum(l.hash_b) as hash_b, sum(l.turned_a) as turned_a, sum(l.turned_b) as turned_b
          from import_lines l where l.client_id = ${scope.clientId} and l.import_id = ${importId} and l.set_aside is null
          group by l.kind, l.reference
        ) g
      ) s
    ) f left join documents d on d.client_id = ${scope.clientId} and d.kind = f.kind and d.reference = f.reference`);
  await db.execute(sql`select set_config('enable_sort', 'on', true)`);
}

/** Documents that cannot be: lines that disagree about the head, or a sum on the wrong side of zero. */
export async function listDocumentFaults(db: ScopedDb, scope: ClientScope, importId: string, limit: number) {
  const { rows } = await db.execute<{
    first_line: number;
    number: string;
    kind: DocumentKind;
    line: number;
    head: string;
    first_head: string | null;
  }>(sql`
    select i.first_line, i.number, i.kind, l.line_number as line, l.head, f.head as first_head
    from import_documents i
      join import_lines f on f.client_id = i.client_id and f.import_id = i.import_id and f.line_number = i.first_line
      join import_lines l on l.client_id = i.client_id and l.import_id = i.import_id and l.kind = i.line_kind and l.reference = i.reference
        and l.set_aside is null and l.head <> f.head
    where i.client_id = ${scope.clientId} and i.import_id = ${importId} and i.heads_differ
    union all
    select i.first_line, i.number, i.kind, i.first_line, '', null from import_documents i
    where i.client_id = ${scope.clientId} and i.import_id = ${importId} and not i.heads_differ and i.net_minor + i.tax_minor < 0
      and i.content_sha <> ${VOID}
    order by 4 limit ${limit}`);
  const fields = ["number", "date", "dueDate", "currency", "contactReference", "country", "status"] as const;
  return rows.map(({ first_line: firstLine, number, kind, line, head, first_head: first }) => {
    const values = head.split(UNIT);
    // The due date may differ because the date does: what a person would put right is named first.
    const order = [0, 1, 4, 3, 2, 5, 6];
    const at = first === null ? undefined : order.find((index) => values[index] !== first.split(UNIT)[index]);
    return {
      firstLine,
      number,
      kind,
      line,
      field: at === undefined ? null : (fields[at] ?? null),
      value: at === undefined ? number : (values[at] ?? ""),
    };
  });
}

/** Looks at every staged document again; changes only rows of which something else is true by now, and answers how many. */
export async function judgeDocuments(db: ScopedDb, scope: ClientScope, importId: string): Promise<number> {
  const changed = await db.execute(sql`
    update import_documents i set action = case when d.content_sha = i.content_sha then 'unchanged' else 'amended' end, document_id = d.id, set_aside = null
    from documents d
    where i.client_id = ${scope.clientId} and i.import_id = ${importId} and d.client_id = ${scope.clientId} and d.kind = i.kind
      and d.reference = i.reference
      and (i.document_id <> d.id or i.action is distinct from case when d.content_sha = i.content_sha then 'unchanged' else 'amended' end)`);
  return changed.rowCount ?? 0;
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
  select l.line_number, l.reference, l.head, l.content, l.net_minor, l.raw, l.set_aside as reason
  from import_lines l where l.client_id = ${scope.clientId} and l.import_id = ${importId} and l.set_aside is not null
  union all
  select l.line_number, l.reference, l.head, l.content, l.net_minor, l.raw, i.set_aside
  from import_documents i join import_lines l on l.import_id = i.import_id and l.kind = i.line_kind and l.reference = i.reference and l.set_aside is null
  where i.client_id = ${scope.clientId} and i.import_id = ${importId} and i.set_aside is not null and l.client_id = ${scope.clientId}`;

/** What is set aside: its worth by reason and currency, and its first lines. */
export async function listStagedSetAside(db: ScopedDb, scope: ClientScope, importId: string, limit: number) {
  const { rows } = await db.execute<{
    totals: { reason: string; currency: string; lines: number; documents: number; worth: string }[] | null;
    first: { line: number; number: string; currency: string; worth: string; description: string; reason: string }[] | null;
  }>(sql`
    with aside as materialized (${setAsideLines(scope, importId)}),
    totals as (
      select reason, ${field("head", 4)} as currency, count(*)::int as lines, count(distinct reference)::int as documents, sum(net_minor)::text as worth
      from aside group by 1, 2 order by 1, 2
    ), first as (
      select line_number as line, ${field("head", 1)} as number, ${field("head", 4)} as currency, net_minor::text as worth,
        ${field("content", 2)} as description, reason
      from aside order by line_number limit ${limit}
    ) select (select json_agg(t) from totals t) as totals, (select json_agg(f) from first f) as first`);
  const totals: SetAsideTotal[] = (rows[0]?.totals ?? []).map(({ worth, ...row }) => ({ ...row, worthMinor: worth }));
  const first: SetAsideLine[] = (rows[0]?.first ?? []).map(({ worth, ...row }) => ({ ...row, worthMinor: worth }));
  return { totals, first };
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
    select i.kind, i.number, i.issued_on, i.contact_reference, i.contact_name, i.currency, i.net_minor::text, i.tax_minor::text, i.line_count, i.action
    from import_documents i where i.client_id = ${scope.clientId} and i.import_id = ${importId} and i.set_aside is null order by i.first_line limit ${limit}`);
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
  const fresh = await db.execute(sql`
    insert into documents (id, client_id, kind, reference, number, contact_id, issued_on, due_on, currency, net_minor, tax_minor, gross_minor, country,
      content_sha, import_id, created_at, changed_at)
    select i.document_id, ${scope.clientId}, i.kind, i.reference, i.number, c.id, i.issued_on, i.due_on, i.currency, i.net_minor, i.tax_minor,
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

/**
 * Sets aside every line with a fault, and with it the other lines of its document: an invoice without one of its lines would be another
 * invoice. Answers how many lines; the documents are to be put together again.
 */
export async function leaveOutFaulty(db: ScopedDb, scope: ClientScope, importId: string, reason: string): Promise<number> {
  const out = await db.execute(sql`
    with faulty as (
      select l.line_number, l.kind, l.reference from import_lines l
      where l.client_id = ${scope.clientId} and l.import_id = ${importId} and exists (
        select from import_faults f where f.client_id = ${scope.clientId} and f.import_id = ${importId} and f.line_number = l.line_number)
    )
    update import_lines l set set_aside = ${reason}
    where l.client_id = ${scope.clientId} and l.import_id = ${importId} and (l.set_aside is null or l.set_aside = ${FAULTY}) and (
      l.line_number in (select line_number from faulty)
      or exists (select from faulty f where f.reference <> '' and f.kind = l.kind and f.reference = l.reference and l.head <> ''))`);
  await db.execute(sql`delete from import_documents where client_id = ${scope.clientId} and import_id = ${importId}`);
  return out.rowCount ?? 0;
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
    select ${scope.clientId}, ${importId}, s.line_number, s.reason, ${field("s.head", 1)}, ${field("s.head", 4)}, s.net_minor,
      case when s.raw is null then jsonb_build_object('number', ${field("s.head", 1)}, 'date', ${field("s.head", 2)}, 'contact', ${field("s.head", 5)},
        'country', ${field("s.head", 6)}, 'product', ${field("s.content", 1)}, 'description', ${field("s.content", 2)},
        'quantity', ${field("s.content", 3)}, 'unit price', ${field("s.content", 4)})
      else (select coalesce(jsonb_object_agg(h.name, v.value), '{}'::jsonb) from unnest(${sql.param([...headers])}::text[]) with ordinality as h (name, at)
        join jsonb_array_elements_text(s.raw::jsonb) with ordinality as v (value, at) using (at)) end
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
