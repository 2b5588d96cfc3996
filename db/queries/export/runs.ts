import { and, desc, eq, gte, ilike, inArray, lt, or, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { ScopedDb } from "#db/client.ts";
import { type KeysetAsk, keyOf, readByKey, type SortKey, withoutKeys } from "#db/queries/common/keyset.ts";
import { containing } from "#db/queries/common/text.ts";
import { MEMBER_OUTCOMES, type MemberOutcome, type RunKind, runMembers, runs } from "#db/schema/work.ts";
import type { RecordKind } from "#lib/common/records.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { PostingState } from "#lib/model/states.ts";

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
type RunStep = "contacts" | "products" | "documents" | "payments";

/** What a run did: its members by outcome, whatever process did it. Once it has ended they stand still. */
interface RunCounts {
  /** Its members: rows that were chosen, and what went along with them. */
  readonly total: number;
  /** Members with an outcome; what is being checked counts as done for the bar. */
  readonly done: number;
  readonly outcomes: Readonly<Partial<Record<MemberOutcome | "open", number>>>;
  /** Rows that a run asked for before members were kept, and that left no trace of what became of them. */
  readonly untraced: number;
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

const STEPS: readonly RunStep[] = ["contacts", "products", "documents", "payments"];
const family = sql<RunStep>`case when ${runMembers.kind} in ('customer','supplier') then 'contacts' when ${runMembers.kind} = 'product' then 'products'
  when ${runMembers.kind} in ('payment', 'allocation') then 'payments' else 'documents' end`;

/** What an ended run's figures were: `endFinishedRuns` keeps them, so that a list of runs counts no members. */
const frozen = z.partialRecord(z.enum(MEMBER_OUTCOMES), z.number());

type Counted = Pick<RunRow, "id" | "total" | "state" | "detail">;

async function countsOf(db: ScopedDb, scope: ClientScope, wanted: readonly Counted[]): Promise<Map<string, RunCounts>> {
  const found = new Map<string, RunCounts>();
  const open = wanted.filter((run) => run.total > 0 && run.detail.outcomes === undefined);
  const rows =
    open.length === 0
      ? []
      : await db
          .select({
            runId: runMembers.runId,
            outcome: runMembers.outcome,
            family: family.as("family"),
            count: sql<number>`count(*)::int`,
          })
          .from(runMembers)
          .where(
            and(
              eq(runMembers.clientId, scope.clientId),
              inArray(
                runMembers.runId,
                open.map((run) => run.id),
              ),
            ),
          )
          .groupBy(runMembers.runId, runMembers.outcome, sql`"family"`);
  for (const run of wanted) {
    const own = rows.filter((row) => row.runId === run.id);
    const outcomes: Partial<Record<MemberOutcome | "open", number>> =
      run.detail.outcomes === undefined ? {} : { ...frozen.parse(run.detail.outcomes) };
    for (const row of own) outcomes[row.outcome ?? "open"] = (outcomes[row.outcome ?? "open"] ?? 0) + row.count;
    const askedFor = Number(run.detail.askedFor ?? 0);
    found.set(run.id, {
      total: run.total,
      done: run.total - (outcomes.open ?? 0),
      outcomes,
      untraced: Math.max(0, askedFor - run.total),
      step: STEPS.find((step) => own.some((row) => row.family === step && row.outcome === null)) ?? null,
    });
  }
  return found;
}

const NO_COUNTS: RunCounts = { total: 0, done: 0, outcomes: {}, untraced: 0, step: null };

async function withCounts<Run extends Counted>(db: ScopedDb, scope: ClientScope, found: readonly Run[]) {
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

/** One run with its counts; null when it is not this client's. */
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

/** Runs in which the record of this number stood: a member that is open, or has its outcome; each is asked by its own index. */
const stoodIn = (scope: ClientScope, reference: string): SQL => {
  const of = (outcome: SQL) => sql`select m.run_id from postings p join run_members m on m.posting_id = p.id and ${outcome}
    where p.client_id = ${scope.clientId} and p.reference in (${reference}, upper(${reference}))`;
  return sql`${runs.id} in (${of(sql`m.outcome is null`)} union all ${of(sql`m.outcome is not null`)})`;
};

const heldKind = (kind: RecordKind): SQL =>
  sql`exists (select from run_members m where m.run_id = ${runs.id} and m.kind = ${kind})`;

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

/** A page of the client's runs, each with its counts. */
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

/** A member as it left the run; while it has not, as its row stands now. */
const asItLeft = sql`(
  select m.position, m.posting_id, m.kind, m.issued_on, m.outcome, m.error_code, p.id as row_id, p.record_id, p.run_id as row_run,
    coalesce(m.reference, p.reference, '') as reference, coalesce(m.party, p.party, '') as party,
    case when m.reference is null then p.currency else m.currency end as currency,
    case when m.reference is null then p.gross_minor else m.gross_minor end as gross_minor, p.state
  from run_members m left join postings p on p.id = m.posting_id`;

/** What the package holds of it by this run's doing, or was seen to hold. */
const FINE = sql`(outcome is not null and outcome in ('posted', 'confirmed', 'linked'))`;

/** A run's members by kind and currency, and those of them that the package was seen to hold as they were sent. */
export async function sumRun(db: ScopedDb, scope: ClientScope, runId: string) {
  const { rows } = await db.execute<{
    kind: RecordKind;
    currency: string | null;
    count: number;
    gross: string;
    seen: number;
    seen_gross: string;
  }>(sql`
    select kind, currency, count(*)::int as count, coalesce(sum(gross_minor), 0)::text as gross,
      (count(*) filter (where outcome = 'confirmed'))::int as seen,
      coalesce(sum(gross_minor) filter (where outcome = 'confirmed'), 0)::text as seen_gross
    from ${asItLeft} where m.client_id = ${scope.clientId} and m.run_id = ${runId}) m group by kind, currency order by kind, currency`);
  return rows.map((row) => ({
    kind: row.kind,
    currency: row.currency,
    count: row.count,
    grossMinor: row.gross,
    seen: row.seen,
    seenMinor: row.seen_gross,
  }));
}

export interface RunMemberRow {
  readonly id: string;
  readonly kind: RecordKind;
  /** Null while the run has not done with it. */
  readonly outcome: MemberOutcome | null;
  /** How the row stands on its way, while it has no outcome. */
  readonly state: PostingState | null;
  readonly reference: string;
  readonly party: string;
  readonly issuedOn: string;
  readonly currency: string | null;
  /** Minor units as text. */
  readonly grossMinor: string | null;
  readonly errorCode: string | null;
}

interface MemberColumns extends Record<string, unknown> {
  posting_id: string;
  kind: RecordKind;
  outcome: MemberOutcome | null;
  state: PostingState | null;
  reference: string;
  party: string;
  issued_on: string;
  currency: string | null;
  gross_minor: string | null;
  error_code: string | null;
}

const fromMember = (row: MemberColumns): RunMemberRow => ({
  id: row.posting_id,
  kind: row.kind,
  outcome: row.outcome,
  state: row.outcome === null ? (row.state === "pending" ? "queued" : row.state) : null,
  reference: row.reference,
  party: row.party,
  issuedOn: row.issued_on,
  currency: row.currency,
  grossMinor: row.gross_minor,
  errorCode: row.error_code,
});

/** A run's members, as they left it: what needs someone first, then the latest by date; at most `limit`. */
export async function listRunRows(db: ScopedDb, scope: ClientScope, runId: string, limit: number): Promise<RunMemberRow[]> {
  const { rows } = await db.execute<MemberColumns>(sql`
    select posting_id, kind, outcome, state, reference, party, issued_on::text as issued_on, currency, gross_minor::text as gross_minor, error_code
    from ${asItLeft} where m.client_id = ${scope.clientId} and m.run_id = ${runId}) m
    order by ${FINE}, m.issued_on desc, reference, position limit ${limit}`);
  return rows.map(fromMember);
}

export interface RunRowsAsk {
  /** Part of a number or of a name. */
  readonly search: string;
  /** The id of the last row of the page before. */
  readonly after: string | null;
  readonly limit: number;
}

/**
 * A page of a run's members, what needs someone first, then the newest. One that a later run has taken up names that run. One row more
 * than asked says that there is more.
 */
export async function listRowsOfRun(db: ScopedDb, scope: ClientScope, runId: string, { search, after, limit }: RunRowsAsk) {
  const { rows } = await db.execute<
    MemberColumns & { record_id: string | null; later_run: string | null; later_number: string | null }
  >(sql`
    with ranked as (
      select m.*, ${FINE} as fine, -(m.issued_on - date '2000-01-01') as age
      from ${asItLeft} where m.client_id = ${scope.clientId} and m.run_id = ${runId}) m
      ${search === "" ? sql`` : sql`where m.reference ilike ${containing(search)} or m.party ilike ${containing(search)}`}
    ), seen as (select * from ranked where posting_id = ${after}::uuid)
    select r.posting_id, r.kind, r.outcome, r.state, r.reference, r.party, r.issued_on::text as issued_on, r.currency, r.gross_minor::text as gross_minor,
      r.error_code, r.record_id, l.id as later_run, l.number as later_number
    from ranked r left join runs l on l.id = r.row_run and l.id <> ${runId} and l.started_at > (select started_at from runs where id = ${runId})
    where ${after}::uuid is null or exists (select from seen s where (r.fine, r.age, r.reference, r.posting_id) > (s.fine, s.age, s.reference, s.posting_id))
    order by r.fine, r.age, r.reference, r.posting_id limit ${limit + 1}`);
  return rows.map((row) => ({
    ...fromMember(row),
    recordId: row.record_id,
    later: row.later_run === null ? null : { id: row.later_run, number: Number(row.later_number) },
  }));
}
