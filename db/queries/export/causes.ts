import { type SQL, sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import { array } from "#db/queries/common/bulk.ts";
import { type ThereNow, thereOf } from "#db/queries/links/there.ts";
import { type RecordKind, sideOf } from "#lib/common/records.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { addUp, type SideSum } from "#lib/common/sums.ts";
import type { SyncErrorDetail } from "#lib/errors/sync-error.ts";
import { type Conflict, findConflicts } from "./conflicts.ts";

/** What stops a row of `postings`: of the refusal in Error Feedback, of pre-check elsewhere. What is being checked is one cause whatever it said. */
export const CAUSE_CODE = sql<string>`case when postings.panel <> 'errors' then coalesce(postings.precheck_code, 'internal.unexpected')
  when postings.state = 'unknown' then 'unknown.timeout-after-send'
  else coalesce(postings.error_code, case when postings.state = 'conflict' then 'unknown.ambiguous-match' else 'internal.unexpected' end) end`;

const DETAIL = sql`case when postings.panel = 'errors' then postings.error_detail else postings.precheck_detail end`;
const said = (key: string): SQL => sql`(${DETAIL}) ->> ${sql.raw(`'${key}'`)}`;

/** A tax code is mapped for sales and for purchases apart: one fix releases the rows of one side. */
const OF_SIDE = sql`case ${said("side")} when 'sales' then ' (sales)' when 'purchase' then ' (purchases)' else '' end`;

/**
 * What rows of one code are told apart by, so that one fix releases all of a cause: a code, a contact, a currency, the package's own words.
 * A customer, a product, a tax code and a nominal code may go by one name.
 */
export const CAUSE_VALUE = sql<string>`case when postings.panel = 'errors' and postings.state = 'unknown' then ''
  when ${CAUSE_CODE} in ('mapping.target-archived', 'source.dependency-missing') then left(coalesce(${said("value")}, '')
    || case when ${said("field")} like '%taxCode' then ' (tax)' when ${said("field")} like 'bank%' then ' (bank)'
      when ${said("field")} like '%product%' then ' (product)'
      when ${said("field")} = 'document' then ' (document)' else '' end || ${OF_SIDE}, 200)
  when ${CAUSE_CODE} = 'mapping.new-there' then ''
  when ${CAUSE_CODE} like 'mapping.%' or ${CAUSE_CODE} = 'package.currency-or-feature-off' then left(coalesce(${said("value")}, '') || ${OF_SIDE}, 200)
  when ${CAUSE_CODE} = 'package.refused' then left(coalesce((${DETAIL}) -> 'said' ->> 0, ''), 200)
  else '' end`;

/** One row of a cause, as its headline names it. */
interface CauseRow {
  readonly id: string;
  readonly recordId: string;
  readonly kind: RecordKind;
  readonly reference: string;
  readonly party: string;
  readonly issuedOn: string;
  readonly detail: SyncErrorDetail | null;
  /** The records that stand in its way, as far as they are known. */
  readonly conflicts: readonly Conflict[];
}

/** Rows that one fix releases: of Error Feedback, and on the Overview of what pre-check blocks too. */
export interface Cause {
  readonly code: string;
  /** What the cause is about (a nominal code, a tax code, a contact, the package's own words), or the empty string. */
  readonly value: string;
  /** The value's own name: "Training" for nominal code 4010. */
  readonly name: string | null;
  readonly count: number;
  /** Customers and suppliers of the rows, and their names where there are one or two. */
  readonly parties: number;
  readonly partyNames: readonly string[];
  /** By side and currency, never added up over them. */
  readonly sums: readonly SideSum[];
  /** The kind, when all are of one. */
  readonly kind: RecordKind | null;
  /** Rows held before anything was sent. */
  readonly held: number;
  /** Rows whose outcome is being looked up. */
  readonly checking: number;
  /** Rows that were ever in a call without a clear answer. */
  readonly maybeSent: number;
  /** The first of its rows by number, at least one and at most five. */
  readonly rows: readonly CauseRow[];
  /** Of one row alone, or the first by number. */
  readonly sampleId: string;
  readonly sampleReference: string;
  readonly sampleParty: string;
  readonly sampleKind: RecordKind;
  readonly sampleIssuedOn: string;
  readonly sampleDetail: SyncErrorDetail | null;
  /** What all rows' details say alike: what one row says alone never speaks for others. */
  readonly shared: SyncErrorDetail;
  /** What the package holds of it; null where it is linked to nothing there. */
  readonly sampleThere: ThereNow | null;
  /** Rows whose record the package holds already: what waits is a change of it. */
  readonly linked: number;
  /** ISO, UTC: when the last of them was sent, when the first of them is looked up, when the first goes on by itself. */
  readonly sentAt: string | null;
  readonly looksAt: string | null;
  readonly retryAt: string | null;
}

const NAMED = 5;
/** Of a cause of more rows than this the first alone is named: to sort them all takes longer than a page may. */
const SORTED = 5_000;

/** What all rows of a group say under a key; null where one says nothing or another thing. */
const alike = (
  key: string,
): SQL => sql`case when count(${said(key)}) = count(*) and min((${said(key)}) collate "C") = max((${said(key)}) collate "C")
  then min((${said(key)}) collate "C") end`;

const iso = (expression: SQL): SQL => sql`to_char(${expression} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** A character that stands in no number of a document: it parts the number from the row's id. */
const PARTED = sql.raw("E'\\x01'");

const ERRORS = sql`postings.panel = 'errors'`;
const WAITING = sql`(postings.panel = 'pending' and postings.state = 'pending' and postings.precheck = 'blocked')`;
const WHICH = { errors: ERRORS, waiting: WAITING, blocked: sql`(${ERRORS} or ${WAITING})` };

/**
 * Rows by cause, what concerns most rows first.
 * @param which `errors`: Error Feedback; `waiting`: what pre-check blocks in Pending Export; `blocked`: both
 * @param limit causes at most
 */
export async function listCauses(
  db: ScopedDb,
  scope: ClientScope,
  { which = "errors", limit = 50 }: { readonly which?: keyof typeof WHICH; readonly limit?: number } = {},
): Promise<Cause[]> {
  const rows = sql`postings.client_id = ${scope.clientId} and postings.current and ${WHICH[which]}`;
  const groups = await groupByCause(db, rows, limit);
  if (groups.length === 0) return [];
  const shown = await showRows(db, rows, groups);
  const amounts = await sumByCause(db, rows);
  const names = await namesOfCodes(
    db,
    scope,
    groups.flatMap((group) => (group.code.startsWith("mapping.") && group.shared.value ? [group.shared.value] : [])),
  );
  const conflicts = await findConflicts(
    db,
    scope,
    shown.map((row) => ({ id: row.id, code: row.code, state: row.state, detail: row.detail })),
  );

  return groups.flatMap((group) => {
    const own = shown.filter((row) => row.code === group.code && row.value === group.value);
    const [first] = own;
    // Moved away since the groups were read.
    if (!first) return [];
    const value = group.shared.value ?? null;
    const name = value === null ? null : names.get(`${isTax(group.code, first.detail) ? "tax" : "account"} ${value}`);
    return causeOf(group, [first, ...own.slice(1)], { amounts, conflicts, name: name ?? null });
  });
}

/** Rows of one cause, counted. */
interface Group extends Record<string, unknown> {
  code: string;
  value: string;
  n: number;
  parties: number;
  first_party: string | null;
  last_party: string | null;
  kinds: number;
  held: number;
  checking: number;
  maybe_sent: number;
  linked: number;
  shared: Record<string, string | null>;
  first: string;
  sent_at: string | null;
  looks_at: string | null;
  retry_at: string | null;
}

async function groupByCause(db: ScopedDb, rows: SQL, limit: number): Promise<Group[]> {
  const found = await db.execute<Group>(sql`
    select ${CAUSE_CODE} as code, ${CAUSE_VALUE} as value, count(*)::int as n,
      count(distinct nullif(postings.party, ''))::int as parties, min(nullif(postings.party, '')) as first_party,
      max(nullif(postings.party, '')) as last_party, count(distinct postings.kind)::int as kinds,
      (count(*) filter (where postings.state in ('held', 'pending')))::int as held,
      (count(*) filter (where postings.state = 'unknown'))::int as checking,
      (count(*) filter (where postings.maybe_sent))::int as maybe_sent,
      (count(*) filter (where exists (
        select from external_refs r where r.connection_id = postings.connection_id and r.record_id = postings.record_id)))::int as linked,
      jsonb_build_object('value', ${alike("value")}, 'subject', ${alike("subject")}, 'field', ${alike("field")}, 'side', ${alike("side")}, 'lockDate', ${alike("lockDate")}) as shared,
      split_part(min((postings.reference || ${PARTED} || postings.id) collate "C"), ${PARTED}, 2) as first,
      ${iso(sql`max(postings.sent_at)`)} as sent_at, ${iso(sql`min(postings.resolve_after)`)} as looks_at, ${iso(sql`min(postings.retry_at)`)} as retry_at
    from postings where ${rows} group by 1, 2 order by n desc, 1, 2 limit ${limit}`);
  return found.rows;
}

/** One of a cause's rows that is shown by name. */
interface ShownRow extends Record<string, unknown> {
  id: string;
  code: string;
  value: string;
  record_id: string;
  kind: RecordKind;
  state: string;
  reference: string;
  party: string;
  issued_on: string;
  detail: SyncErrorDetail | null;
  there: ThereNow | null;
}

/** The first rows of each cause; of one that concerns very many only the first, which is found without sorting them. */
async function showRows(db: ScopedDb, rows: SQL, groups: readonly Group[]): Promise<ShownRow[]> {
  const few = groups.filter((group) => group.n <= SORTED);
  const found = await db.execute<ShownRow>(sql`
    with few as materialized (
      select * from unnest(${array(
        few.map((group) => group.code),
        "text",
      )}, ${array(
        few.map((group) => group.value),
        "text",
      )}) as g (code, value)
    ), ranked as (
      select postings.id, row_number() over (partition by ${CAUSE_CODE}, ${CAUSE_VALUE}
        order by (postings.reference || ${PARTED} || postings.id) collate "C") as n
      from postings where ${rows} and (${CAUSE_CODE}, ${CAUSE_VALUE}) in (select code, value from few)
    )
    select postings.id, ${CAUSE_CODE} as code, ${CAUSE_VALUE} as value, postings.record_id, postings.kind, postings.state, postings.reference,
      postings.party, postings.issued_on::text as issued_on, ${DETAIL} as detail, ${thereOf(sql`postings`)} as there
    from postings where postings.id in (select id from ranked where n <= ${NAMED})
      or postings.id = any(${array(
        groups.filter((group) => group.n > SORTED).map((group) => group.first),
        "uuid",
      )})
    order by (postings.reference || ${PARTED} || postings.id) collate "C"`);
  return found.rows;
}

/** What the rows of a cause amount to, by kind and currency. */
interface Amount extends Record<string, unknown> {
  code: string;
  value: string;
  kind: RecordKind;
  currency: string;
  minor: string;
}

async function sumByCause(db: ScopedDb, rows: SQL): Promise<Amount[]> {
  const found = await db.execute<Amount>(sql`
    select ${CAUSE_CODE} as code, ${CAUSE_VALUE} as value, postings.kind, postings.currency, sum(postings.gross_minor)::text as minor
    from postings where ${rows} and postings.gross_minor is not null and postings.currency is not null group by 1, 2, 3, 4`);
  return found.rows;
}

/** @param own the cause's rows that are shown, the first of them as its sample */
function causeOf(
  group: Group,
  own: readonly [ShownRow, ...ShownRow[]],
  known: {
    readonly amounts: readonly Amount[];
    readonly conflicts: Awaited<ReturnType<typeof findConflicts>>;
    readonly name: string | null;
  },
): Cause {
  const [first] = own;
  return {
    code: group.code,
    value: group.value,
    name: known.name,
    count: group.n,
    parties: group.parties,
    partyNames: group.parties > 2 ? [] : [...new Set([group.first_party, group.last_party].filter((one) => one !== null))],
    sums: addUp(
      known.amounts.flatMap(({ code, value: of, kind, currency, minor }) =>
        code === group.code && of === group.value ? [{ side: sideOf(kind), currency, minor: BigInt(minor) }] : [],
      ),
    ),
    kind: group.kinds === 1 ? first.kind : null,
    held: group.held,
    checking: group.checking,
    maybeSent: group.maybe_sent,
    rows: own.map((row) => ({
      id: row.id,
      recordId: row.record_id,
      kind: row.kind,
      reference: row.reference,
      party: row.party,
      issuedOn: row.issued_on,
      detail: row.detail,
      conflicts: known.conflicts.get(row.id) ?? [],
    })),
    sampleId: first.id,
    sampleReference: first.reference,
    sampleParty: first.party,
    sampleKind: first.kind,
    sampleIssuedOn: first.issued_on,
    sampleDetail: first.detail,
    shared: Object.fromEntries(Object.entries(group.shared).filter(([, text]) => text !== null)),
    sampleThere: first.there,
    linked: group.linked,
    sentAt: group.sent_at,
    looksAt: group.looks_at,
    retryAt: group.retry_at,
  };
}

/** How many rows wait in Pending Export and cannot go: pre-check blocks them. */
export async function countBlocked(db: ScopedDb, scope: ClientScope): Promise<number> {
  const { rows } = await db.execute<{ n: number }>(sql`
    select count(*)::int as n from postings where postings.client_id = ${scope.clientId} and postings.current and ${WAITING}`);
  return rows[0]?.n ?? 0;
}

const isTax = (code: string, detail: SyncErrorDetail | null) =>
  code.startsWith("mapping.tax-") ? code !== "mapping.tax-not-allowed-on-account" : detail?.field?.endsWith("taxCode") === true;

/** The names of nominal and tax codes: `account 4010` → "Training". */
async function namesOfCodes(db: ScopedDb, scope: ClientScope, codes: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (codes.length === 0) return new Map();
  const asked = array([...new Set(codes)], "text");
  const { rows } = await db.execute<{ key: string; name: string }>(sql`
    select 'account ' || code as key, name from nominal_codes where client_id = ${scope.clientId} and code = any(${asked})
    union all select 'tax ' || code, name from tax_codes where client_id = ${scope.clientId} and code = any(${asked})`);
  return new Map(rows.map((row) => [row.key, row.name]));
}
