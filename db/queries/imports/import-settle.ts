import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import type { DocumentKind } from "#lib/common/records.ts";
import { COMMENT, FAULTY, field, type StagedAmounts, stagedHashes, VOID } from "./import-lines.ts";

/** A figure of a whole document, as its lines bear it. Minor units. */
export interface BornFigure {
  readonly least: bigint;
  readonly most: bigint;
  readonly sum: bigint;
  /** Lines that bear it. */
  readonly count: number;
  /** The first of them. */
  readonly line: number;
}

/** One document put together from its staged lines, beside what the file says of it. Minor units, signed as the file has them. */
export interface UnsettledDocument {
  readonly kind: DocumentKind;
  readonly reference: string;
  readonly number: string;
  readonly currency: string;
  readonly firstLine: number;
  readonly lines: number;
  readonly net: bigint;
  readonly tax: bigint;
  /** Tax of its lines by their codes' rates. */
  readonly taxByRate: bigint;
  /** Lines with a tax of the file's, what it comes to, what their rates give, and the least and the most of it. */
  readonly given: {
    readonly count: number;
    readonly tax: bigint;
    readonly byRate: bigint;
    readonly least: bigint;
    readonly most: bigint;
  };
  readonly said: { readonly net: BornFigure | null; readonly tax: BornFigure | null; readonly gross: BornFigure | null };
}

/** Whether lines between a document's own say that a page came again: most that stand apart have a line that stands more than once. */
const KEPT_TOGETHER = sql`count(*) filter (where apart and most > 1) >= count(*) filter (where apart and most = 1)`;

/** A document of which every line stands in its file more than once. */
export interface TwiceStanding {
  readonly number: string;
  readonly firstLine: number;
  readonly lastLine: number;
  /** How many such documents there are. */
  readonly documents: number;
}

/**
 * The first document whose every line stands more than once, with other lines between, or any such where all documents of the file are
 * so: a page that was exported twice, rows that were pasted twice, a query that met each line twice. Null where there is none, and where
 * the file keeps no document together: there lines between tell nothing.
 */
export async function findTwice(db: ScopedDb, scope: ClientScope, importId: string): Promise<TwiceStanding | null> {
  const { rows } = await db.execute<{ number: string; first_line: number; last_line: number; documents: number }>(sql`
    with document as materialized (
      select i.line_kind, i.reference, i.number, i.first_line, i.last_line, i.action, i.line_count,
        i.last_line - i.first_line + 1 > i.line_count as apart
      from import_documents i where i.client_id = ${scope.clientId} and i.import_id = ${importId} and i.set_aside is null and i.content_sha <> ${VOID}
    ), every as (select bool_and(line_count > 1) and count(*) > 1 as repeats, count(*) as documents from document),
    same as (
      select d.line_kind, d.reference, count(*) as times from document d, every e, import_lines l
      where d.line_count > 1 and (d.apart or e.repeats) and l.client_id = ${scope.clientId} and l.import_id = ${importId}
        and l.kind = d.line_kind and l.reference = d.reference and l.set_aside is null
      group by d.line_kind, d.reference, l.hash_a, l.hash_b
    ), seen as (
      select d.*, s.least, s.most from document d join (
        select line_kind, reference, min(times) as least, max(times) as most from same group by line_kind, reference
      ) s using (line_kind, reference)
    ), kept as (select ${KEPT_TOGETHER} as together from seen),
    twice as (select seen.*, count(*) over () as found from seen where least > 1)
    select t.number, t.first_line, t.last_line, count(*) over ()::int as documents from twice t, every e, kept
    where ((t.apart and kept.together) or (e.repeats and t.found = e.documents)) and t.action in ('new', 'amended') order by t.first_line limit 1`);
  const [first] = rows;
  if (!first) return null;
  return { number: first.number, firstLine: first.first_line, lastLine: first.last_line, documents: first.documents };
}

/** As {@link findTwice}, of journals: each of their lines is a leg. */
export async function findJournalsTwice(db: ScopedDb, scope: ClientScope, importId: string): Promise<TwiceStanding | null> {
  const { rows } = await db.execute<{ number: string; first_line: number; last_line: number; documents: number }>(sql`
    with same as (
      select l.reference, count(*) as times, min(l.line_number) as first_line, max(l.line_number) as last_line
      from import_lines l where l.client_id = ${scope.clientId} and l.import_id = ${importId} and l.kind = 'journals' and l.set_aside is null
      group by l.reference, l.content
    ), journal as (
      select reference, min(times) > 1 as repeats, max(times) as most, min(first_line) as first_line, max(last_line) as last_line,
        max(last_line) - min(first_line) + 1 > sum(times) as apart
      from same group by reference
    ), every as (select bool_and(repeats) and count(*) > 1 as repeats, ${KEPT_TOGETHER} as together from journal)
    select j.reference as number, j.first_line, j.last_line, count(*) over ()::int as documents from journal j, every e
    where j.repeats and ((j.apart and e.together) or e.repeats) order by j.first_line limit 1`);
  const [first] = rows;
  return first
    ? { number: first.number, firstLine: first.first_line, lastLine: first.last_line, documents: first.documents }
    : null;
}

const at = (part: number) => field("l.said", part);
const figure = (part: number) => sql`nullif(${at(part)}, '')::bigint`;

/** Places of the columns that no profile knows, behind what is kept of every line. */
const FIRST_OTHER = 8;

/**
 * Documents whose file says something of the whole, or whose lines' tax is not what their codes give; those that agree in everything are not
 * among them.
 */
export async function listUnsettled(db: ScopedDb, scope: ClientScope, importId: string): Promise<UnsettledDocument[]> {
  const born = (name: string, part: number) => sql`
    min(${figure(part)}) as ${sql.raw(`${name}_least`)}, max(${figure(part)}) as ${sql.raw(`${name}_most`)},
    sum(${figure(part)}) as ${sql.raw(`${name}_sum`)}, count(${figure(part)})::int as ${sql.raw(`${name}_count`)},
    min(l.line_number) filter (where ${at(part)} <> '') as ${sql.raw(`${name}_line`)}`;
  const given = sql`${at(5)} = '1'`;
  const { rows } = await db.execute<Record<string, string | number | null>>(sql`
    select s.* from (
      select l.kind, l.reference, min(${field("l.head", 1)}) as number, min(${field("l.head", 4)}) as currency, min(l.line_number) as first_line,
        count(*)::int as lines, sum(l.net_minor) as net, sum(l.tax_minor) as tax, sum(${figure(4)}) as by_rate,
        count(*) filter (where ${given})::int as given_count, sum(l.tax_minor) filter (where ${given}) as given_tax,
        sum(${figure(4)}) filter (where ${given}) as given_by_rate, min(l.tax_minor) filter (where ${given}) as given_least,
        max(l.tax_minor) filter (where ${given}) as given_most,
        ${born("net", 1)}, ${born("tax", 2)}, ${born("gross", 3)}
      from import_lines l
      where l.client_id = ${scope.clientId} and l.import_id = ${importId} and l.set_aside is null and l.said is not null
      group by l.kind, l.reference
    ) s
    where not exists (
        select from import_lines f where f.client_id = ${scope.clientId} and f.import_id = ${importId} and f.set_aside = ${FAULTY}
          and ((f.kind = s.kind and f.reference = s.reference) or (f.reference = '' and ${field("f.head", 1)} = s.number)))
      and (abs(coalesce(s.given_tax, 0) - coalesce(s.given_by_rate, 0)) > 1
      or (s.net_count > 0 and (s.net_least <> s.net_most or s.net_least <> s.net))
      or (s.tax_count > 0 and (s.tax_least <> s.tax_most or s.tax_least <> s.tax))
      or (s.gross_count > 0 and (s.gross_least <> s.gross_most or s.gross_least <> s.net + s.tax)))
    order by s.first_line`);
  return rows.map((row) => {
    const minor = (name: string) => BigInt(row[name] ?? 0);
    const figureOf = (name: string): BornFigure | null =>
      Number(row[`${name}_count`]) === 0
        ? null
        : {
            least: minor(`${name}_least`),
            most: minor(`${name}_most`),
            sum: minor(`${name}_sum`),
            count: Number(row[`${name}_count`]),
            line: Number(row[`${name}_line`]),
          };
    return {
      kind: String(row.kind) as DocumentKind,
      reference: String(row.reference),
      number: String(row.number),
      currency: String(row.currency),
      firstLine: Number(row.first_line),
      lines: Number(row.lines),
      net: minor("net"),
      tax: minor("tax"),
      taxByRate: minor("by_rate"),
      given: {
        count: Number(row.given_count),
        tax: minor("given_tax"),
        byRate: minor("given_by_rate"),
        least: minor("given_least"),
        most: minor("given_most"),
      },
      said: { net: figureOf("net"), tax: figureOf("tax"), gross: figureOf("gross") },
    };
  });
}

/** One staged line of a document that is to be settled. */
export interface SettledLine extends StagedAmounts {
  readonly line: number;
  readonly kind: string;
  readonly reference: string;
  readonly taxByRate: bigint;
  readonly taxGiven: boolean;
  readonly slack: bigint;
}

/** The lines of some documents, by their order in the file. */
export async function listSettledLines(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  documents: readonly { readonly kind: string; readonly reference: string }[],
): Promise<SettledLine[]> {
  const { rows } = await db.execute<
    Record<"kind" | "reference" | "content" | "net" | "tax" | "by_rate" | "given" | "slack", string> & {
      line: number;
      turns: boolean;
    }
  >(sql`
    select l.line_number as line, l.kind, l.reference, l.content, l.net_minor::text as net, l.tax_minor::text as tax, ${at(4)} as by_rate,
      ${at(5)} as given, ${at(6)} as slack, l.turned_a is not null as turns
    from import_lines l
      join unnest(${sql.param(documents.map((one) => one.kind))}::text[], ${sql.param(documents.map((one) => one.reference))}::text[])
        as d (kind, reference) on d.kind = l.kind and d.reference = l.reference
    where l.client_id = ${scope.clientId} and l.import_id = ${importId} and l.set_aside is null and l.said is not null
    order by l.line_number`);
  return rows.map((row) => ({
    line: row.line,
    kind: row.kind,
    reference: row.reference,
    content: row.content,
    netMinor: BigInt(row.net),
    taxMinor: BigInt(row.tax),
    taxByRate: BigInt(row.by_rate),
    taxGiven: row.given === "1",
    slack: BigInt(row.slack),
    mayTurn: row.turns,
  }));
}

/** Gives staged lines other amounts, and the hashes that go with them. */
export async function changeStagedAmounts(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  lines: readonly (StagedAmounts & { readonly line: number })[],
): Promise<void> {
  const hashes = lines.map(stagedHashes);
  const bigints = (values: readonly (bigint | null)[]) =>
    sql`${sql.param(values.map((one) => one?.toString() ?? null))}::bigint[]`;
  await db.execute(sql`
    update import_lines l set net_minor = n.net, tax_minor = n.tax, hash_a = n.hash_a, hash_b = n.hash_b, turned_a = n.turned_a, turned_b = n.turned_b
    from unnest(${sql.param(lines.map((one) => one.line))}::int[], ${bigints(lines.map((one) => one.netMinor))},
      ${bigints(lines.map((one) => one.taxMinor))}, ${bigints(hashes.map((one) => one.hash[0]))}, ${bigints(hashes.map((one) => one.hash[1]))},
      ${bigints(hashes.map((one) => one.turned?.[0] ?? null))}, ${bigints(hashes.map((one) => one.turned?.[1] ?? null))})
      as n (line, net, tax, hash_a, hash_b, turned_a, turned_b)
    where l.client_id = ${scope.clientId} and l.import_id = ${importId} and l.line_number = n.line`);
}

/** Lines of words whose document has no other line: nobody can tell what it comes to. */
export async function listWordsAlone(db: ScopedDb, scope: ClientScope, importId: string, limit: number) {
  const { rows } = await db.execute<{ line: number; number: string }>(sql`
    select min(l.line_number) as line, min(${field("l.head", 1)}) as number from import_lines l
    where l.client_id = ${scope.clientId} and l.import_id = ${importId} and l.set_aside = ${COMMENT}
      and not exists (select from import_lines o where o.client_id = ${scope.clientId} and o.import_id = ${importId} and o.kind = l.kind
        and o.reference = l.reference and o.set_aside is distinct from ${COMMENT})
    group by l.kind, l.reference order by 1 limit ${limit}`);
  return rows;
}

/** Lines with a discount that neither a total of their own nor one of their document proves. */
export async function countUnprovenDiscounts(db: ScopedDb, scope: ClientScope, importId: string) {
  const { rows } = await db.execute<{ lines: number; first: number | null }>(sql`
    select count(*)::int as lines, min(l.line_number) as first from import_lines l
    where l.client_id = ${scope.clientId} and l.import_id = ${importId} and l.set_aside is null and ${at(7)} = '1'
      and not exists (select from import_lines o where o.client_id = ${scope.clientId} and o.import_id = ${importId} and o.kind = l.kind
        and o.reference = l.reference and o.said is not null and (${field("o.said", 1)} <> '' or ${field("o.said", 3)} <> ''))`);
  return { lines: rows[0]?.lines ?? 0, first: rows[0]?.first ?? 0 };
}

/** Which figure of each document an unknown column repeats, on every one of them; null where it is none. */
export async function findRepeated(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  place: number,
): Promise<"net" | "tax" | "gross" | null> {
  const value = figure(FIRST_OTHER + place);
  const repeats = (whole: string) =>
    sql.raw(`bool_and(
    (d.least = d.most and abs(d.least) = abs(${whole})) or (d.count = d.lines and abs(d.sum) = abs(${whole})))`);
  const { rows } = await db.execute<{ net: boolean | null; tax: boolean | null; gross: boolean | null }>(sql`
    select ${repeats("d.net")} as net, ${repeats("d.tax")} as tax, ${repeats("d.net + d.tax")} as gross
    from (
      select sum(l.net_minor) as net, sum(l.tax_minor) as tax, min(${value}) as least, max(${value}) as most, sum(${value}) as sum,
        count(${value}) as count, count(*) as lines
      from import_lines l
      where l.client_id = ${scope.clientId} and l.import_id = ${importId} and l.set_aside is null and l.said is not null
      group by l.kind, l.reference
    ) d where d.count > 0`);
  const [row] = rows;
  return row?.gross ? "gross" : row?.net ? "net" : row?.tax ? "tax" : null;
}

/** Credit notes some of whose lines are above zero and some below, with what they come to as written and with every line a credit. */
export async function listMixedCredits(db: ScopedDb, scope: ClientScope, importId: string) {
  const { rows } = await db.execute<
    Record<"number" | "currency" | "net" | "tax" | "all_net" | "all_tax" | "said", string | null> & { line: number }
  >(sql`
    select min(l.line_number) as line, min(${field("l.head", 1)}) as number, min(${field("l.head", 4)}) as currency,
      abs(sum(l.net_minor))::text as net, abs(sum(l.tax_minor))::text as tax, sum(abs(l.net_minor))::text as all_net,
      sum(abs(l.tax_minor))::text as all_tax,
      coalesce(max(abs(nullif(${at(3)}, '')::bigint)), max(abs(nullif(${at(1)}, '')::bigint)) + abs(sum(l.tax_minor)))::text as said
    from import_lines l
    where l.client_id = ${scope.clientId} and l.import_id = ${importId} and l.set_aside is null
      and l.kind in ('sales-credit-note', 'supplier-credit-note')
    group by l.kind, l.reference
    having bool_or(l.net_minor > 0) and bool_or(l.net_minor < 0)
    order by 1`);
  return rows.map((row) => ({
    line: row.line,
    number: row.number ?? "",
    currency: row.currency ?? "",
    asWritten: BigInt(row.net ?? 0) + BigInt(row.tax ?? 0),
    eachLine: BigInt(row.all_net ?? 0) + BigInt(row.all_tax ?? 0),
    said: row.said === null ? null : BigInt(row.said),
  }));
}
