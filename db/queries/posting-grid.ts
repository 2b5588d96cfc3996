import { and, asc, desc, eq, inArray, isNotNull, isNull, lte, notInArray, or, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { type RecordKind, sideOf } from "#lib/common/records.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { SyncErrorDetail } from "#lib/errors/sync-error.ts";
import type { GridCursor, PanelFilter, PostingSelection, PostingSort } from "#lib/posting/selection.ts";
import type { Panel, PostingState } from "#lib/posting/states.ts";
import type { ScopedDb } from "../client.ts";
import { nominalCodes, taxCodes } from "../schema/operational.ts";
import { postingAttempts, postingCalls, postings } from "../schema/postings.ts";

const p = postings;

/** The text as a LIKE pattern that finds it anywhere, its own wildcards taken as plain characters. */
function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, (character) => `\\${character}`)}%`;
}

/** Rows of Error Feedback that one fix releases carry the same code and value; what is being checked is one cause whatever it said. */
const causeCode = sql<string>`case when ${p.state} = 'unknown' then 'unknown.timeout-after-send'
  else coalesce(${p.errorCode}, case when ${p.state} = 'conflict' then 'unknown.ambiguous-match' else 'internal.unexpected' end) end`;
const causeValue = sql<string>`case when ${p.state} = 'unknown' then ''
  when ${p.errorCode} like 'mapping.%' or ${p.errorCode} = 'source.dependency-missing' then left(coalesce(${p.errorDetail}->>'value', ''), 200)
  when ${p.errorCode} = 'package.refused' then left(coalesce(${p.errorDetail}->'said'->>0, ''), 200)
  else '' end`;
const precheckValue = sql`left(coalesce(${p.precheckDetail}->>'value', ''), 200)`;

/** The condition over `postings` that a panel's filter stands for: current rows of this client alone. */
export function panelWhere(filter: PanelFilter, scope: ClientScope): SQL {
  const conditions: (SQL | undefined)[] = [eq(p.clientId, scope.clientId), sql`${p.current}`, eq(p.panel, filter.panel)];
  if (filter.search) {
    const pattern = containing(filter.search);
    conditions.push(or(sql`${p.reference} ilike ${pattern}`, sql`${p.party} ilike ${pattern}`));
  }
  if (filter.kinds?.length) conditions.push(inArray(p.kind, filter.kinds));
  if (filter.states?.length) conditions.push(inArray(p.state, filter.states));
  if (filter.precheck?.length) {
    const verdicts = filter.precheck.filter((verdict) => verdict !== "none");
    conditions.push(
      or(
        verdicts.length > 0 ? inArray(p.precheck, verdicts) : undefined,
        filter.precheck.includes("none") ? isNull(p.precheck) : undefined,
      ),
    );
  }
  if (filter.draft !== undefined) conditions.push(eq(p.heldAsDraft, filter.draft));
  if (filter.code !== undefined) {
    const inErrors = filter.panel === "errors";
    conditions.push(sql`${inErrors ? causeCode : p.precheckCode} = ${filter.code}`);
    if (filter.value !== undefined) conditions.push(sql`${inErrors ? causeValue : precheckValue} = ${filter.value}`);
  }
  if (filter.runId !== undefined) conditions.push(eq(p.runId, filter.runId));
  return and(...conditions) ?? sql`false`;
}

/**
 * The condition over `postings` that a selection stands for: current rows of this client, and for a filter those alone that were
 * there at its `asOf`. It says nothing of which states an action may take: that is the action's own condition.
 */
export function selectionWhere(selection: PostingSelection, scope: ClientScope): SQL {
  if ("ids" in selection) {
    return and(eq(p.clientId, scope.clientId), sql`${p.current}`, inArray(p.id, selection.ids)) ?? sql`false`;
  }
  return (
    and(
      panelWhere(selection.filter, scope),
      lte(p.createdAt, sql`${selection.asOf}::timestamptz`),
      selection.exceptIds.length > 0 ? notInArray(p.id, selection.exceptIds) : undefined,
    ) ?? sql`false`
  );
}

const KEYS = {
  date: { column: p.issuedOn, type: "date", ties: [p.reference], optional: false },
  number: { column: p.reference, type: "text", ties: [], optional: false },
  party: { column: p.party, type: "text", ties: [], optional: false },
  gross: { column: p.grossMinor, type: "bigint", ties: [], optional: true },
  exported: { column: p.exportedAt, type: "timestamptz", ties: [], optional: true },
  tick: { column: p.state, type: "text", ties: [], optional: false },
} as const satisfies Record<PostingSort, { column: PgColumn; type: string; ties: readonly PgColumn[]; optional: boolean }>;

export interface PostingPageAsk {
  readonly filter: PanelFilter;
  readonly sort: PostingSort;
  readonly direction: "asc" | "desc";
  /** The cursor of the page before; null for the first page. */
  readonly after: GridCursor | null;
  readonly limit: number;
}

const gridFields = {
  id: p.id,
  kind: p.kind,
  state: p.state,
  reference: p.reference,
  party: p.party,
  issuedOn: p.issuedOn,
  currency: p.currency,
  /** Minor units, as text: JSON has no bigint. */
  grossMinor: sql<string | null>`${p.grossMinor}::text`,
  precheck: p.precheck,
  precheckCode: p.precheckCode,
  precheckDetail: p.precheckDetail,
  errorCode: p.errorCode,
  errorDetail: p.errorDetail,
  exportedAt: p.exportedAt,
  exportedHow: p.exportedHow,
  exportedBy: p.exportedBy,
  heldAsDraft: p.heldAsDraft,
  differences: p.differences,
  markReason: p.markReason,
  changedSinceMarked: p.changedSinceMarked,
  externalId: p.externalId,
  retryAt: p.retryAt,
  resolveAfter: p.resolveAfter,
  sentAt: p.sentAt,
  confirmedAt: p.confirmedAt,
  createdAt: p.createdAt,
};

/**
 * One page of a panel by key, never by offset: rows without the sorted value (a product has no gross) come last in either
 * direction, found by a second read of the same index when the first does not fill the page.
 */
export async function listPostings(db: ScopedDb, scope: ClientScope, ask: PostingPageAsk) {
  const { column, type, ties, optional } = KEYS[ask.sort];
  const order = ask.direction === "asc" ? asc : desc;
  const beyond = ask.direction === "asc" ? sql.raw(">") : sql.raw("<");
  const columns: PgColumn[] = [column, ...ties, p.id];
  const where = panelWhere(ask.filter, scope);
  const cursor = ask.after;

  const read = (more: SQL | undefined, by: readonly PgColumn[], limit: number) =>
    db
      .select({ ...gridFields, cursorValue: sql<string | null>`${column}::text` })
      .from(p)
      .where(and(where, more))
      .orderBy(...by.map((one) => order(one)))
      .limit(limit);

  const keyAfter = (): SQL | undefined => {
    if (cursor === null || cursor.value === null) return undefined;
    const values = [
      sql`${cursor.value}::${sql.raw(type)}`,
      ...(ties.length > 0 ? [sql`${cursor.reference}::text`] : []),
      sql`${cursor.id}::uuid`,
    ];
    return sql`(${sql.join(columns, sql`, `)}) ${beyond} (${sql.join(values, sql`, `)})`;
  };

  const wanted = ask.limit + 1;
  const found =
    cursor !== null && cursor.value === null
      ? []
      : await read(and(optional ? isNotNull(column) : undefined, keyAfter()), columns, wanted);
  if (optional && found.length < wanted) {
    const after = cursor !== null && cursor.value === null ? sql`${p.id} ${beyond} ${cursor.id}::uuid` : undefined;
    found.push(...(await read(and(isNull(column), after), [p.id], wanted - found.length)));
  }
  const page = found.slice(0, ask.limit);
  const last = page.at(-1);
  const next: GridCursor | null =
    found.length > ask.limit && last ? { value: last.cursorValue, reference: last.reference, id: last.id } : null;
  return { rows: page.map(({ cursorValue: _, ...row }) => row), next };
}

export type PostingGridRow = Awaited<ReturnType<typeof listPostings>>["rows"][number];

/** Signed gross in minor units, per side and currency: sales and purchases, pounds and euros are never added together. */
export interface SideSum {
  readonly side: "sales" | "purchase" | null;
  readonly currency: string;
  readonly minor: string;
}

function addTo(
  sums: Map<string, { side: SideSum["side"]; currency: string; minor: bigint }>,
  kind: RecordKind,
  currency: string,
  minor: bigint,
) {
  const side = sideOf(kind);
  const key = `${side} ${currency}`;
  const sum = sums.get(key);
  if (sum) sum.minor += minor;
  else sums.set(key, { side, currency, minor });
}

const SIDES = ["sales", "purchase", null] as const;

/** The currency with most at stake first. */
function byWeight(a: { minor: bigint; currency: string }, b: { minor: bigint; currency: string }): number {
  const size = (minor: bigint) => (minor < 0n ? -minor : minor);
  return size(a.minor) === size(b.minor) ? a.currency.localeCompare(b.currency) : size(a.minor) > size(b.minor) ? -1 : 1;
}

function inOrder(sums: Map<string, { side: SideSum["side"]; currency: string; minor: bigint }>): SideSum[] {
  return [...sums.values()]
    .sort((a, b) => SIDES.indexOf(a.side) - SIDES.indexOf(b.side) || byWeight(a, b))
    .map(({ side, currency, minor }) => ({ side, currency, minor: minor.toString() }));
}

/** What a filter finds now: rows, sums, and the moment that a selection of all of them holds on to. */
export async function sumPostings(db: ScopedDb, scope: ClientScope, filter: PanelFilter) {
  const rows = await db
    .select({
      kind: p.kind,
      currency: p.currency,
      count: sql<number>`count(*)::int`,
      minor: sql<string>`coalesce(sum(${p.grossMinor}), 0)::text`,
    })
    .from(p)
    .where(panelWhere(filter, scope))
    .groupBy(p.kind, p.currency);
  const sums = new Map<string, { side: SideSum["side"]; currency: string; minor: bigint }>();
  let count = 0;
  for (const row of rows) {
    count += row.count;
    if (row.currency) addTo(sums, row.kind, row.currency, BigInt(row.minor));
  }
  const moment = await db.execute<{ at: string }>(
    sql`select to_char(app.now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at`,
  );
  return { count, sums: inOrder(sums), asOf: moment.rows[0]?.at ?? new Date(0).toISOString() };
}

export interface PanelTotal {
  readonly count: number;
  readonly sums: readonly SideSum[];
  readonly states: Readonly<Partial<Record<PostingState, number>>>;
  /** Pending rows that pre-check blocked. */
  readonly blocked: number;
}

/** Count, sums and states of the three panels, in one grouped read. */
export async function totalPanels(db: ScopedDb, scope: ClientScope): Promise<Record<Panel, PanelTotal>> {
  const rows = await db
    .select({
      panel: p.panel,
      kind: p.kind,
      state: p.state,
      currency: p.currency,
      count: sql<number>`count(*)::int`,
      blocked: sql<number>`(count(*) filter (where ${p.precheck} = 'blocked'))::int`,
      minor: sql<string>`coalesce(sum(${p.grossMinor}), 0)::text`,
    })
    .from(p)
    .where(and(eq(p.clientId, scope.clientId), sql`${p.current}`))
    .groupBy(p.panel, p.kind, p.state, p.currency);
  const total = (panel: Panel): PanelTotal => {
    const sums = new Map<string, { side: SideSum["side"]; currency: string; minor: bigint }>();
    const states: Partial<Record<PostingState, number>> = {};
    let count = 0;
    let blocked = 0;
    for (const row of rows) {
      if (row.panel !== panel) continue;
      count += row.count;
      blocked += row.blocked;
      states[row.state] = (states[row.state] ?? 0) + row.count;
      if (row.currency) addTo(sums, row.kind, row.currency, BigInt(row.minor));
    }
    return { count, sums: inOrder(sums), states, blocked };
  };
  return { pending: total("pending"), exported: total("exported"), errors: total("errors") };
}

/** Rows of Error Feedback that one fix releases. */
export interface Cause {
  readonly code: string;
  /** What the cause is about (a nominal code, a tax code, a contact, the package's own words), or the empty string. */
  readonly value: string;
  /** The value's own name: "Training" for nominal code 4010. */
  readonly name: string | null;
  readonly count: number;
  readonly parties: number;
  readonly sums: readonly SideSum[];
  /** The kind, when all are of one. */
  readonly kind: RecordKind | null;
  /** Rows held before anything was sent. */
  readonly held: number;
  /** Rows whose outcome is being looked up. */
  readonly checking: number;
  /** Rows that were ever in a call without a clear answer. */
  readonly maybeSent: number;
  /** Of one row alone, or the first by number. */
  readonly sampleId: string;
  readonly sampleReference: string;
  readonly sampleParty: string;
  readonly sampleKind: RecordKind;
  readonly sampleIssuedOn: string;
  readonly sampleDetail: SyncErrorDetail | null;
  /** ISO, UTC: when the last of them was sent, when the first of them is looked up, when the first goes on by itself. */
  readonly sentAt: string | null;
  readonly looksAt: string | null;
  readonly retryAt: string | null;
}

/** Error Feedback by cause, what concerns most rows first; at most `limit` causes. */
export async function listCauses(db: ScopedDb, scope: ClientScope, limit = 50): Promise<Cause[]> {
  const iso = (column: PgColumn, pick: "min" | "max") =>
    sql<string | null>`to_char(${sql.raw(pick)}(${column}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  const first = <Value>(expression: SQL | PgColumn) => sql<Value>`(array_agg(${expression} order by ${p.reference}, ${p.id}))[1]`;
  const rows = await db
    .select({
      code: causeCode.as("cause_code"),
      value: causeValue.as("cause_value"),
      count: sql<number>`count(*)::int`.as("rows"),
      parties: sql<number>`count(distinct nullif(${p.party}, ''))::int`,
      kinds: sql<number>`count(distinct ${p.kind})::int`,
      held: sql<number>`(count(*) filter (where ${p.state} = 'held'))::int`,
      checking: sql<number>`(count(*) filter (where ${p.state} = 'unknown'))::int`,
      maybeSent: sql<number>`(count(*) filter (where ${p.maybeSent}))::int`,
      sampleId: first<string>(sql`${p.id}::text`),
      sampleReference: first<string>(p.reference),
      sampleParty: first<string>(p.party),
      sampleKind: first<RecordKind>(p.kind),
      sampleIssuedOn: first<string>(sql`${p.issuedOn}::text`),
      sampleDetail: first<SyncErrorDetail | null>(p.errorDetail),
      sentAt: iso(p.sentAt, "max"),
      looksAt: iso(p.resolveAfter, "min"),
      retryAt: iso(p.retryAt, "min"),
    })
    .from(p)
    .where(and(eq(p.clientId, scope.clientId), sql`${p.current}`, eq(p.panel, "errors")))
    .groupBy(sql`1`, sql`2`)
    .orderBy(sql`"rows" desc`, sql`1`, sql`2`)
    .limit(limit);
  if (rows.length === 0) return [];

  const amounts = await db
    .select({
      code: causeCode.as("cause_code"),
      value: causeValue.as("cause_value"),
      kind: p.kind,
      currency: p.currency,
      minor: sql<string>`sum(${p.grossMinor})::text`,
    })
    .from(p)
    .where(
      and(
        eq(p.clientId, scope.clientId),
        sql`${p.current}`,
        eq(p.panel, "errors"),
        isNotNull(p.grossMinor),
        isNotNull(p.currency),
      ),
    )
    .groupBy(sql`1`, sql`2`, p.kind, p.currency);
  const sums = new Map<string, Map<string, { side: SideSum["side"]; currency: string; minor: bigint }>>();
  for (const amount of amounts) {
    const key = `${amount.code} ${amount.value}`;
    const own = sums.get(key) ?? new Map<string, { side: SideSum["side"]; currency: string; minor: bigint }>();
    if (amount.currency) addTo(own, amount.kind, amount.currency, BigInt(amount.minor));
    sums.set(key, own);
  }

  const values = [...new Set(rows.filter((row) => row.code.startsWith("mapping.")).map((row) => row.value))];
  const names = new Map<string, string>();
  if (values.length > 0) {
    const codes = await db
      .select({ code: nominalCodes.code, name: nominalCodes.name })
      .from(nominalCodes)
      .where(and(eq(nominalCodes.clientId, scope.clientId), inArray(nominalCodes.code, values)));
    for (const { code, name } of codes) names.set(`account ${code}`, name);
    const taxes = await db
      .select({ code: taxCodes.code, name: taxCodes.name })
      .from(taxCodes)
      .where(and(eq(taxCodes.clientId, scope.clientId), inArray(taxCodes.code, values)));
    for (const { code, name } of taxes) names.set(`tax ${code}`, name);
  }

  return rows.map(({ kinds, ...row }) => ({
    ...row,
    name: names.get(`${row.code.startsWith("mapping.tax") ? "tax" : "account"} ${row.value}`) ?? null,
    kind: kinds === 1 ? row.sampleKind : null,
    sums: inOrder(sums.get(`${row.code} ${row.value}`) ?? new Map()),
  }));
}

/** Of the chosen rows those whose outcome is being looked up, the longest waiting first. */
export async function listUnknown(
  db: ScopedDb,
  scope: ClientScope,
  selection: PostingSelection,
  limit: number,
): Promise<string[]> {
  const found = await db
    .select({ id: p.id })
    .from(p)
    .where(and(selectionWhere(selection, scope), eq(p.state, "unknown")))
    .orderBy(asc(p.resolveAfter), asc(p.id))
    .limit(limit);
  return found.map((row) => row.id);
}

/** One posting with every call it was in, newest first: what the record's card shows. Null when it is not this client's. */
export async function findPostingCard(db: ScopedDb, scope: ClientScope, postingId: string) {
  const [posting] = await db
    .select({
      ...gridFields,
      revision: p.revision,
      recordId: p.recordId,
      panel: p.panel,
      postedAt: p.postedAt,
      maybeSent: p.maybeSent,
      tries: p.tries,
      unknownWhy: p.unknownWhy,
    })
    .from(p)
    .where(and(eq(p.clientId, scope.clientId), eq(p.id, postingId)))
    .limit(1);
  if (!posting) return null;
  const attempts = await db
    .select({
      callId: postingCalls.id,
      operation: postingCalls.operation,
      at: postingCalls.createdAt,
      answeredAt: postingCalls.answeredAt,
      status: postingCalls.status,
      sends: postingCalls.sends,
      callOutcome: postingCalls.outcome,
      why: postingCalls.why,
      outcome: postingAttempts.outcome,
      errorCode: postingAttempts.errorCode,
      errorDetail: postingAttempts.errorDetail,
      externalId: postingAttempts.externalId,
    })
    .from(postingAttempts)
    .innerJoin(postingCalls, eq(postingCalls.id, postingAttempts.callId))
    .where(and(eq(postingAttempts.clientId, scope.clientId), eq(postingAttempts.postingId, postingId)))
    .orderBy(desc(postingCalls.createdAt))
    .limit(50);
  return { ...posting, attempts };
}
export type PostingCard = NonNullable<Awaited<ReturnType<typeof findPostingCard>>>;
