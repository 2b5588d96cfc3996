import { and, asc, eq, inArray, isNotNull, isNull, lte, notInArray, or, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { type RecordKind, sideOf } from "#lib/common/records.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { addUp, type SideSum } from "#lib/common/sums.ts";
import type { SyncErrorDetail } from "#lib/errors/sync-error.ts";
import type { GridCursor, PanelFilter, PostingSelection, PostingSort } from "#lib/posting/selection.ts";
import type { Panel, PostingState } from "#lib/posting/states.ts";
import type { ScopedDb } from "../client.ts";
import { nominalCodes, taxCodes } from "../schema/operational.ts";
import { postings } from "../schema/postings.ts";
import { inIndexOrder } from "./bulk.ts";
import { heldMinor } from "./held-changes.ts";
import { type KeyPart, keyOf, readByKey, type SortKey } from "./keyset.ts";
import { SHOWN_STATE } from "./run-members.ts";
import { containing } from "./text.ts";
import { type ThereNow, thereOf } from "./there.ts";

const p = postings;

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
  if (filter.states?.length) {
    // Only rows that wait are shown in another state than their own.
    const shown = filter.states.some((state) => state === "pending" || state === "queued") ? SHOWN_STATE : p.state;
    conditions.push(inArray(sql`${shown}`, filter.states));
  }
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
  if (filter.runId !== undefined) {
    conditions.push(
      or(
        eq(p.runId, filter.runId),
        sql`exists (select from run_members m where m.posting_id = postings.id and m.run_id = ${filter.runId} and m.outcome is null)`,
      ),
    );
  }
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

const id: KeyPart = { column: p.id, type: "uuid" };
const KEYS: Readonly<Record<PostingSort, SortKey>> = {
  date: { parts: [{ column: p.issuedOn, type: "date" }, { column: p.reference, type: "text" }, id] },
  number: { parts: [{ column: p.reference, type: "text" }, id] },
  party: { parts: [{ column: p.party, type: "text" }, id] },
  gross: { parts: [{ column: p.grossMinor, type: "bigint" }, id], optional: true },
  exported: { parts: [{ column: p.exportedAt, type: "timestamptz" }, id], optional: true },
  tick: { parts: [{ column: p.state, type: "text" }, id] },
};

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
  recordId: p.recordId,
  kind: p.kind,
  /** As people are shown it: what a run has chosen is queued, though its turn has not come. */
  state: sql<PostingState>`${SHOWN_STATE}`,
  reference: p.reference,
  party: p.party,
  issuedOn: p.issuedOn,
  currency: p.currency,
  /** Minor units, as text: JSON has no bigint. */
  grossMinor: sql<string | null>`${p.grossMinor}::text`,
  /** What the package holds of it, where uploading changes that. */
  heldMinor: heldMinor.as("held_minor"),
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
  driftAcceptedBy: p.driftAcceptedBy,
  markReason: p.markReason,
  changedSinceMarked: p.changedSinceMarked,
  externalId: p.externalId,
  retryAt: p.retryAt,
  resolveAfter: p.resolveAfter,
  sentAt: p.sentAt,
  confirmedAt: p.confirmedAt,
  createdAt: p.createdAt,
};

/** One page of a panel by key. */
export async function listPostings(db: ScopedDb, scope: ClientScope, ask: PostingPageAsk) {
  const key = KEYS[ask.sort];
  const where = panelWhere(ask.filter, scope);
  const { after } = ask;
  const tied = key.parts.length > 2;
  const read = () =>
    readByKey(
      key,
      {
        direction: ask.direction,
        limit: ask.limit,
        after: after && (tied ? [after.value, after.reference, after.id] : [after.value, after.id]),
      },
      (more, order, limit) =>
        db
          .select({ ...gridFields, key: keyOf(key) })
          .from(p)
          .where(and(where, more))
          .orderBy(...order)
          .limit(limit),
    );
  // Words that hardly any row has are sought faster through all rows at once than through the index's.
  const page = await (ask.filter.search ? read() : inIndexOrder(db, read));
  const last = page.rows.at(-1);
  const next: GridCursor | null =
    page.next && last ? { value: last.key[0] ?? null, reference: last.reference, id: last.id } : null;
  return { rows: page.rows.map(({ key: _, ...row }) => row), next };
}

export type PostingGridRow = Awaited<ReturnType<typeof listPostings>>["rows"][number];

interface KindWorth {
  readonly kind: RecordKind;
  readonly currency: string | null;
  readonly minor: string;
}

function sumsOf(rows: readonly KindWorth[]): SideSum[] {
  return addUp(
    rows.flatMap(({ kind, currency, minor }) =>
      currency === null ? [] : [{ side: sideOf(kind), currency, minor: BigInt(minor) }],
    ),
  );
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
  const moment = await db.execute<{ at: string }>(
    sql`select to_char(app.now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at`,
  );
  return {
    count: rows.reduce((sum, row) => sum + row.count, 0),
    sums: sumsOf(rows),
    asOf: moment.rows[0]?.at ?? new Date(0).toISOString(),
  };
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
      state: sql<PostingState>`${SHOWN_STATE}`.as("shown_state"),
      currency: p.currency,
      count: sql<number>`count(*)::int`,
      blocked: sql<number>`(count(*) filter (where ${p.precheck} = 'blocked'))::int`,
      minor: sql<string>`coalesce(sum(${p.grossMinor}), 0)::text`,
    })
    .from(p)
    .where(and(eq(p.clientId, scope.clientId), sql`${p.current}`))
    .groupBy(p.panel, p.kind, sql`"shown_state"`, p.currency);
  const total = (panel: Panel): PanelTotal => {
    const own = rows.filter((row) => row.panel === panel);
    const states: Partial<Record<PostingState, number>> = {};
    let count = 0;
    let blocked = 0;
    for (const row of own) {
      count += row.count;
      blocked += row.blocked;
      states[row.state] = (states[row.state] ?? 0) + row.count;
    }
    return { count, sums: sumsOf(own), states, blocked };
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
  /** What the package holds of it; null where it is linked to nothing there. */
  readonly sampleThere: ThereNow | null;
  /** Rows whose record the package holds already: what waits is a change of it. */
  readonly linked: number;
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
      // By the table's name: columns of a select from one table are written without it, and would be those of `r` in there.
      linked: sql<number>`(count(*) filter (where exists (
        select from external_refs r where r.connection_id = postings.connection_id and r.record_id = postings.record_id)))::int`,
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

  const samples = await db
    .select({ id: p.id, there: thereOf(sql`${p}`) })
    .from(p)
    .where(
      inArray(
        p.id,
        rows.filter((row) => row.linked > 0).map((row) => row.sampleId),
      ),
    );
  const there = new Map(samples.map((row) => [row.id, row.there]));

  return rows.map(({ kinds, ...row }) => ({
    ...row,
    sampleThere: there.get(row.sampleId) ?? null,
    name: names.get(`${row.code.startsWith("mapping.tax") ? "tax" : "account"} ${row.value}`) ?? null,
    kind: kinds === 1 ? row.sampleKind : null,
    sums: sumsOf(amounts.filter((amount) => amount.code === row.code && amount.value === row.value)),
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

/** One posting as the record's card shows it; null when it is not this client's. */
export async function findPostingCard(db: ScopedDb, scope: ClientScope, postingId: string) {
  const [posting] = await db
    .select({
      ...gridFields,
      revision: p.revision,
      panel: p.panel,
      postedAt: p.postedAt,
      maybeSent: p.maybeSent,
      tries: p.tries,
      unknownWhy: p.unknownWhy,
      lockChoice: p.lockChoice,
      there: thereOf(sql`${p}`),
    })
    .from(p)
    .where(and(eq(p.clientId, scope.clientId), eq(p.id, postingId)))
    .limit(1);
  return posting ?? null;
}
export type PostingCard = NonNullable<Awaited<ReturnType<typeof findPostingCard>>>;
