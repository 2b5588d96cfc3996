import { and, desc, eq, gte, ilike, inArray, lt, or, type SQL, sql } from "drizzle-orm";
import type { RecordKind } from "#lib/common/records.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { PostingState } from "#lib/posting/states.ts";
import type { ScopedDb } from "../client.ts";
import { postings } from "../schema/postings.ts";
import { type RunKind, runs } from "../schema/work.ts";
import { type KeysetAsk, keyOf, readByKey, type SortKey, withoutKeys } from "./keyset.ts";
import { containing } from "./text.ts";

const fields = {
  id: runs.id,
  number: runs.number,
  kind: runs.kind,
  state: runs.state,
  startedBy: runs.startedBy,
  startedAt: runs.startedAt,
  endedAt: runs.endedAt,
  total: runs.total,
  detail: runs.detail,
  createdAt: runs.startedAt,
  /** On the one clock, so that a clock that runs faster shows as it counts. */
  elapsedMs: sql<number>`least(2000000000, greatest(0, extract(epoch from coalesce(${runs.endedAt}, app.now()) - ${runs.startedAt}) * 1000))::int`,
};
export type RunStep = "contacts" | "products" | "documents" | "payments";

/** A run's postings by state: what it has done so far, whatever process did it. */
export interface RunCounts {
  /** Rows asked for: those that later runs took over are counted as moved on. */
  readonly total: number;
  /** Rows with an outcome, or taken back; what is being checked counts as done for the bar. */
  readonly done: number;
  readonly states: Readonly<Partial<Record<PostingState, number>>>;
  readonly movedOn: number;
  /** What is going now: contacts first, then products, then documents. Null when nothing waits. */
  readonly step: RunStep | null;
}

type RunRow = typeof runs.$inferSelect;

export interface RunProgress
  extends Pick<RunRow, "id" | "number" | "kind" | "state" | "startedBy" | "startedAt" | "endedAt" | "total" | "detail"> {
  readonly createdAt: Date;
  readonly elapsedMs: number;
  readonly counts: RunCounts;
}

const OPEN: readonly PostingState[] = ["queued", "waiting", "sending"];
const STEPS: readonly RunStep[] = ["contacts", "products", "documents", "payments"];
const family = sql<RunStep>`case when ${postings.kind} in ('customer','supplier') then 'contacts' when ${postings.kind} = 'product' then 'products'
  when ${postings.kind} = 'payment' then 'payments' else 'documents' end`;

async function countsOf(
  db: ScopedDb,
  scope: ClientScope,
  wanted: readonly { id: string; total: number }[],
): Promise<Map<string, RunCounts>> {
  const found = new Map<string, RunCounts>();
  if (wanted.length === 0) return found;
  const rows = await db
    .select({ runId: postings.runId, state: postings.state, family: family.as("family"), count: sql<number>`count(*)::int` })
    .from(postings)
    .where(
      and(
        eq(postings.clientId, scope.clientId),
        inArray(
          postings.runId,
          wanted.map((run) => run.id),
        ),
      ),
    )
    .groupBy(postings.runId, postings.state, sql`"family"`);
  for (const run of wanted) {
    const own = rows.filter((row) => row.runId === run.id);
    const states: Partial<Record<PostingState, number>> = {};
    let seen = 0;
    let open = 0;
    for (const row of own) {
      states[row.state] = (states[row.state] ?? 0) + row.count;
      seen += row.count;
      if (OPEN.includes(row.state)) open += row.count;
    }
    const total = Math.max(run.total, seen);
    found.set(run.id, {
      total,
      done: total - open,
      states,
      movedOn: total - seen,
      step: STEPS.find((step) => own.some((row) => row.family === step && OPEN.includes(row.state))) ?? null,
    });
  }
  return found;
}

const NO_COUNTS: RunCounts = { total: 0, done: 0, states: {}, movedOn: 0, step: null };

async function withCounts<Run extends { id: string; total: number }>(db: ScopedDb, scope: ClientScope, found: readonly Run[]) {
  const counts = await countsOf(db, scope, found);
  return found.map((run) => ({ ...run, counts: counts.get(run.id) ?? NO_COUNTS }));
}

async function findLatest(db: ScopedDb, scope: ClientScope, where: SQL | undefined): Promise<RunProgress | null> {
  const found = await db
    .select(fields)
    .from(runs)
    .where(and(eq(runs.clientId, scope.clientId), where))
    .orderBy(desc(runs.startedAt), desc(runs.id))
    .limit(1);
  return (await withCounts(db, scope, found))[0] ?? null;
}

/** The upload, retry or Synchronise now that is under way, the latest first; null when none is. */
export async function findOpenRun(db: ScopedDb, scope: ClientScope): Promise<RunProgress | null> {
  return findLatest(
    db,
    scope,
    and(inArray(runs.state, ["running", "stopping"]), inArray(runs.kind, ["upload", "retry", "synchronise"])),
  );
}

/** One run with its counts as they are now; null when it is not this client's. */
export async function findRun(db: ScopedDb, scope: ClientScope, runId: string): Promise<RunProgress | null> {
  return findLatest(db, scope, eq(runs.id, runId));
}

export interface RunsFilter {
  /** Part of the name of who started it, the run's number, or the number of a record that stood in it. */
  readonly q?: string | undefined;
  /** Who started it, as the run has it. */
  readonly by?: string | undefined;
  /** Only runs in which a record of this kind stood. */
  readonly record?: RecordKind | undefined;
  readonly kind?: RunKind | undefined;
  readonly state?: RunRow["state"] | undefined;
  /** First and last day of its start, UTC. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export const RUN_KEYS = {
  started: {
    parts: [
      { column: runs.startedAt, type: "timestamptz" },
      { column: runs.id, type: "uuid" },
    ],
  },
} as const satisfies Record<string, SortKey>;

/** Runs in which the record of this number stood: as it stands now, and by each call that it was in. */
const stoodIn = (scope: ClientScope, reference: string): SQL => sql`${runs.id} in (
  select p.run_id from postings p where p.client_id = ${scope.clientId} and p.reference in (${reference}, upper(${reference}))
  union all select a.run_id from postings p join posting_attempts a on a.posting_id = p.id
  where p.client_id = ${scope.clientId} and p.reference in (${reference}, upper(${reference})))`;

const heldKind = (kind: RecordKind): SQL => sql`(exists (select from postings p where p.run_id = ${runs.id} and p.kind = ${kind})
  or exists (select from posting_attempts a join postings p on p.id = a.posting_id where a.run_id = ${runs.id} and p.kind = ${kind}))`;

function runsWhere(scope: ClientScope, { q, kind, state, by, record, from, to }: RunsFilter): SQL | undefined {
  return and(
    eq(runs.clientId, scope.clientId),
    kind && eq(runs.kind, kind),
    state && eq(runs.state, state),
    by ? eq(runs.startedBy, by) : undefined,
    from ? gte(runs.startedAt, sql`${from}::date::timestamp at time zone 'UTC'`) : undefined,
    to ? lt(runs.startedAt, sql`(${to}::date + 1)::timestamp at time zone 'UTC'`) : undefined,
    q ? or(ilike(runs.startedBy, containing(q)), sql`${runs.number}::text = ${q}`, stoodIn(scope, q)) : undefined,
    record && heldKind(record),
  );
}

/** So many of the latest runs are looked at for who started them. */
const LATEST = 2_000;

/** Who started the latest runs, by name. */
export async function listRunPeople(db: ScopedDb, scope: ClientScope): Promise<string[]> {
  const { rows } = await db.execute<{ started_by: string }>(sql`
    select distinct started_by from (select started_by from runs where client_id = ${scope.clientId} order by started_at desc limit ${LATEST}) latest
    order by started_by limit 100`);
  return rows.map((row) => row.started_by);
}

/** A page of the client's runs, each with its counts as they are now. */
export async function listRuns(db: ScopedDb, scope: ClientScope, filter: RunsFilter, key: SortKey, ask: KeysetAsk) {
  const page = await readByKey(key, ask, (more, order, limit) =>
    db
      .select({ ...fields, key: keyOf(key) })
      .from(runs)
      .where(and(runsWhere(scope, filter), more))
      .orderBy(...order)
      .limit(limit),
  );
  const { rows, next } = withoutKeys(page);
  return { rows: await withCounts(db, scope, rows), next };
}

export async function countRuns(db: ScopedDb, scope: ClientScope, filter: RunsFilter): Promise<number> {
  return db.$count(runs, runsWhere(scope, filter));
}

/** A run's rows by kind and currency, and those of them that the package was seen to hold as they were sent. */
export async function sumRun(db: ScopedDb, scope: ClientScope, runId: string) {
  const seen = sql`${postings.state} = 'confirmed'`;
  return db
    .select({
      kind: postings.kind,
      currency: postings.currency,
      count: sql<number>`count(*)::int`,
      grossMinor: sql<string>`coalesce(sum(${postings.grossMinor}), 0)::text`,
      seen: sql<number>`(count(*) filter (where ${seen}))::int`,
      seenMinor: sql<string>`coalesce(sum(${postings.grossMinor}) filter (where ${seen}), 0)::text`,
    })
    .from(postings)
    .where(and(eq(postings.clientId, scope.clientId), eq(postings.runId, runId)))
    .groupBy(postings.kind, postings.currency)
    .orderBy(postings.kind, postings.currency);
}

/** The rows that a run took, as it left them; the latest `limit` by number. */
export async function listRunRows(db: ScopedDb, scope: ClientScope, runId: string, limit: number) {
  return db
    .select({
      id: postings.id,
      kind: postings.kind,
      state: postings.state,
      reference: postings.reference,
      party: postings.party,
      issuedOn: postings.issuedOn,
      currency: postings.currency,
      grossMinor: sql<string | null>`${postings.grossMinor}::text`,
      errorCode: postings.errorCode,
    })
    .from(postings)
    .where(and(eq(postings.clientId, scope.clientId), eq(postings.runId, runId)))
    .orderBy(sql`${postings.state} in ('posted','confirmed'), ${postings.issuedOn} desc, ${postings.reference}`)
    .limit(limit);
}

export interface RunRowsAsk {
  /** Part of a number or of a name. */
  readonly search: string;
  /** The id of the last row of the page before. */
  readonly after: string | null;
  readonly limit: number;
}

/**
 * A page of the rows that stood in a run, what needs someone first, then the newest. A row that a later run has taken over names that
 * run. One row more than asked says that there is more.
 */
export async function listRowsOfRun(db: ScopedDb, scope: ClientScope, runId: string, { search, after, limit }: RunRowsAsk) {
  const { rows } = await db.execute<{
    id: string;
    kind: RecordKind;
    record_id: string;
    state: PostingState;
    reference: string;
    party: string;
    issued_on: string;
    currency: string | null;
    gross_minor: string | null;
    error_code: string | null;
    later_run: string | null;
    later_number: string | null;
  }>(sql`
    with ranked as (
      select p.*, (p.run_id is not distinct from ${runId}::uuid) as here, p.state in ('posted', 'confirmed') as fine from postings p
      where p.client_id = ${scope.clientId} and p.id in (
        select id from postings where run_id = ${runId} union select posting_id from posting_attempts where run_id = ${runId})
        ${search === "" ? sql`` : sql`and (p.reference ilike ${containing(search)} or p.party ilike ${containing(search)})`}
    ), seen as (select * from ranked where id = ${after}::uuid)
    select r.id, r.kind, r.record_id, r.state, r.reference, r.party, r.issued_on::text as issued_on, r.currency, r.gross_minor::text as gross_minor,
      r.error_code, case when not r.here then l.id end as later_run, case when not r.here then l.number end as later_number
    from ranked r left join runs l on l.id = r.run_id and not r.here
    where ${after}::uuid is null or exists (select from seen s where
      (r.fine, -(r.issued_on - date '2000-01-01'), r.reference, r.id) > (s.fine, -(s.issued_on - date '2000-01-01'), s.reference, s.id))
    order by r.fine, r.issued_on desc, r.reference, r.id limit ${limit + 1}`);
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    recordId: row.record_id,
    state: row.state,
    reference: row.reference,
    party: row.party,
    issuedOn: row.issued_on,
    currency: row.currency,
    grossMinor: row.gross_minor,
    errorCode: row.error_code,
    later: row.later_run === null ? null : { id: row.later_run, number: Number(row.later_number) },
  }));
}
