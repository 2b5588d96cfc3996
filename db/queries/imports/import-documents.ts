import { randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { now } from "#lib/clock.ts";
import type { DocumentKind } from "#lib/common/records.ts";
import type { KindTotal, SetAsideLine, SetAsideTotal } from "#lib/operational/summary.ts";
import { field, RECORD, UNIT, VOID } from "./import-lines.ts";

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
    // Another customer is another document, whatever else differs; the due date may differ because the date does.
    const order = [4, 0, 1, 3, 2, 5, 6];
    const at = first === null ? undefined : order.find((index) => values[index] !== first.split(UNIT)[index]);
    return {
      firstLine,
      number,
      kind,
      line,
      field: at === undefined ? null : (fields[at] ?? null),
      value: at === undefined ? number : (values[at] ?? ""),
      first: at === undefined ? "" : (first?.split(UNIT)[at] ?? ""),
    };
  });
}

/** Looks at every staged document again; changes only rows of which something else is true by now, and answers how many. */
export async function judgeDocuments(db: ScopedDb, scope: ClientScope, importId: string): Promise<number> {
  const changed = await db.execute(sql`
    update import_documents i set action = case when d.content_sha = i.content_sha then 'unchanged' else 'amended' end, document_id = d.id, set_aside = null
    from documents d
    where i.client_id = ${scope.clientId} and i.import_id = ${importId} and d.client_id = ${scope.clientId} and d.kind = i.kind
      and d.reference = coalesce(i.kept_as, i.reference)
      and (i.document_id <> d.id or i.action is distinct from case when d.content_sha = i.content_sha then 'unchanged' else 'amended' end)`);
  return changed.rowCount ?? 0;
}

/** Counts and amounts of the staged documents, by kind and currency. Amounts are decimal integers in minor units. */
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
export const setAsideLines = (scope: ClientScope, importId: string) => sql`
  select l.line_number, l.reference, l.head, l.content, l.net_minor, l.tax_minor, l.raw, l.set_aside as reason
  from import_lines l where l.client_id = ${scope.clientId} and l.import_id = ${importId} and l.set_aside is not null
  union all
  select l.line_number, l.reference, l.head, l.content, l.net_minor, l.tax_minor, l.raw, i.set_aside
  from import_documents i join import_lines l on l.import_id = i.import_id and l.kind = i.line_kind and l.reference = i.reference and l.set_aside is null
  where i.client_id = ${scope.clientId} and i.import_id = ${importId} and i.set_aside is not null and l.client_id = ${scope.clientId}`;

/** What is set aside: its amount by reason and currency, and its first lines. */
export async function listStagedSetAside(db: ScopedDb, scope: ClientScope, importId: string, limit: number) {
  const { rows } = await db.execute<{
    totals: { reason: string; currency: string; lines: number; documents: number; amount: string; tax: string }[] | null;
    first: { line: number; number: string; currency: string; amount: string; description: string; reason: string }[] | null;
  }>(sql`
    with aside as materialized (${setAsideLines(scope, importId)}),
    totals as (
      select reason, ${field("head", 4)} as currency, count(*)::int as lines, count(distinct reference)::int as documents, sum(net_minor)::text as amount,
        sum(tax_minor)::text as tax
      from aside group by 1, 2 order by 1, 2
    ), first as (
      select line_number as line, ${field("head", 1)} as number, ${field("head", 4)} as currency, net_minor::text as amount,
        ${field("content", 2)} as description, reason
      from aside order by line_number limit ${limit}
    ) select (select json_agg(t) from totals t) as totals, (select json_agg(f) from first f) as first`);
  const totals: SetAsideTotal[] = (rows[0]?.totals ?? []).map(({ amount, tax, ...row }) => ({
    ...row,
    worthMinor: amount,
    taxMinor: tax,
  }));
  const first: SetAsideLine[] = (rows[0]?.first ?? []).map(({ amount, ...row }) => ({ ...row, worthMinor: amount }));
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
