import { sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import { column } from "#db/queries/common/bulk.ts";

/** The integration was switched off: nobody calls the package until it is on again. */
export class IntegrationOffError extends Error {
  constructor() {
    super("The integration is switched off");
    this.name = "IntegrationOffError";
  }
}

/** The rows of `rate_buckets` that one call is counted in. */
export interface BucketKeys {
  readonly tenant: string;
  readonly app: string;
}

/** One window of a bucket: the package's figure, and how long a call counts in it. */
export interface WindowAsked {
  readonly calls: number;
  /** On the one clock, with the margin. */
  readonly lengthMs: number;
  /** Counted by parts of the bucket's length; else call by call. */
  readonly byPart: boolean;
  /** What is said when it is full. */
  readonly why: "second" | "minute" | "hour" | "day" | "errors";
}

/** A row of `rate_buckets` that a call is counted in. */
export interface BucketCounted {
  /** Its name; `{tenant}` stands for the tenant's own, `{user}` for the consent by which the connection is reached. */
  readonly scope: string;
  /** The tenant's own, with its breaker and the place kept for people. */
  readonly isTenants: boolean;
  /** Not the calls are counted, but their answers with one of these statuses; none: the calls. */
  readonly statuses: readonly number[];
  /** Length of its parts in seconds; 0 without a window that is counted by them. */
  readonly partS: number;
  /** Shortest first. */
  readonly windows: readonly WindowAsked[];
}

export interface PermitAsked extends BucketKeys {
  readonly connectionId: string;
  readonly staff: boolean;
  /** Names the place taken by a call that goes alone. */
  readonly owner: string;
  /**
   * It takes the one place of its tenant that stands in the database: a person's call, any call where there is a gap between calls, or
   * where the package takes one at a time.
   */
  readonly alone: boolean;
  /** In the order in which they are locked; the tenant's is one of them. */
  readonly buckets: readonly BucketCounted[];
  readonly staffShare: number;
  readonly gapMs: number;
  /** The longest that a place is held by a process that died, in ms on the one clock. */
  readonly slotMs: number;
  /** Calls of the tenant that were answered since it was asked last, for the breaker. */
  readonly answered: number;
  /** Tokens wanted from the app's bucket; 0 where one is in hand. */
  readonly chunk: number;
  readonly intervalMs: number;
  readonly burst: number;
  readonly appAnswered: number;
}

export interface PermitTaken {
  /** Null with `why` null: the call may be made now. */
  readonly until: Date | null;
  readonly why: string | null;
  readonly tokens: number;
  /** The one call that a breaker lets through: what becomes of it is told at once. */
  readonly probe: boolean;
  /** Failed tries in a row so far. */
  readonly tries: number;
}

/**
 * One call's permit, from all of its tenant's limits and its share of the app's at once. A block by the package's own 429 comes first.
 * @throws {IntegrationOffError} while the integration is switched off
 */
export async function takePermit(db: ScopedDb, asked: PermitAsked): Promise<PermitTaken> {
  const [taken] = await takePermits(db, [asked]);
  if (!taken) throw new Error("The limits gave no answer");
  if (taken.why === "off") throw new IntegrationOffError();
  return taken;
}

/**
 * Permits for many calls in one statement, each as if it had asked alone; `why` is `off` where the integration is switched off. Two
 * processes that ask for several tenants at once take their rows in one order (of consents, then of tenants), and ask for no tokens of the
 * app with them (`leaseTokens` before): so neither waits for a row that the other keeps.
 * @returns in the order of `asked`
 */
export async function takePermits(db: ScopedDb, asked: readonly PermitAsked[]): Promise<PermitTaken[]> {
  // Names of consents are known to the database alone, and most packages count nothing by them.
  const byUser = asked.some((one) => one.buckets.some(({ scope }) => scope.includes("{user}")));
  // One value for all of it: a column for each would be planned anew with every call, and takes longer than the permit.
  // What calls of one package and kind have in common goes once.
  const commons = new Map<string, number>();
  const calls = asked.map((one, n) => {
    const common = JSON.stringify(commonOf(one));
    const at = commons.get(common) ?? commons.size;
    commons.set(common, at);
    const { connectionId, tenant, staff, owner, alone, answered, chunk } = one;
    return { n, common: at, connection_id: connectionId, tenant, staff, owner, alone, answered, chunk, gap_s: one.gapMs / 1000 };
  });
  const { rows } = await db.execute<PermitRow & { n: number; o_tries: number }>(sql`
    select a.n, l.* from (
      select a.*, w.* from jsonb_to_recordset(${JSON.stringify(calls)}::jsonb) as a(n integer, common integer, connection_id uuid, tenant text,
        staff boolean, owner text, alone boolean, answered integer, chunk integer, gap_s float8)
      join (
        select ordinality - 1 as at, w.* from jsonb_array_elements(${`[${[...commons.keys()].join()}]`}::jsonb) with ordinality as e(one, ordinality)
        cross join lateral jsonb_to_record(e.one) as w(app text, scopes text[], own integer, counted boolean[], parts integer[], logged float8[],
          kept float8[], of_bucket integer[], calls integer[], lengths float8[], by_part boolean[], whys text[], staff_share float8, slot_s float8,
          interval_s float8, burst float8, app_answered integer)
      ) w on w.at = a.common
      ${byUser ? sql`left join connections c on c.id = a.connection_id order by c.grant_id, a.tenant` : sql`order by a.tenant`}
    ) a
    cross join lateral app.take_permit(a.connection_id, a.tenant, a.scopes, a.own, a.counted, a.parts, a.logged, a.kept, a.of_bucket, a.calls,
      a.lengths, a.by_part, a.whys, a.app, a.staff, a.owner, a.alone, a.staff_share, make_interval(secs => a.gap_s),
      make_interval(secs => a.slot_s), a.answered, a.chunk, make_interval(secs => a.interval_s), a.burst, a.app_answered) l`);
  const taken: PermitTaken[] = [];
  for (const row of rows) taken[row.n] = { ...leased(row), tries: row.o_tries };
  return taken;
}

/** What a call has in common with others: its buckets, and all their windows with the number of the bucket of each. */
function commonOf({ buckets, ...one }: PermitAsked) {
  const windows = buckets.flatMap((bucket, at) => bucket.windows.map((window) => ({ ...window, bucket: at + 1 })));
  return {
    app: one.app,
    scopes: buckets.map(({ scope }) => scope),
    own: buckets.findIndex(({ isTenants }) => isTenants) + 1,
    counted: buckets.map(({ statuses }) => statuses.length === 0),
    parts: buckets.map(({ partS }) => partS),
    logged: buckets.map((bucket) => longest(bucket, false)),
    kept: buckets.map((bucket) => longest(bucket, true)),
    of_bucket: windows.map(({ bucket }) => bucket),
    calls: windows.map(({ calls }) => calls),
    lengths: windows.map(({ lengthMs }) => lengthMs / 1000),
    by_part: windows.map(({ byPart }) => byPart),
    whys: windows.map(({ why }) => why),
    staff_share: one.staffShare,
    slot_s: one.slotMs / 1000,
    interval_s: one.intervalMs / 1000,
    burst: one.burst,
    app_answered: one.appAnswered,
  };
}

/** For how many seconds a bucket keeps what it counts call by call, or by parts. */
function longest({ windows }: BucketCounted, byPart: boolean): number {
  return Math.max(0, ...windows.filter((one) => one.byPart === byPart).map(({ lengthMs }) => lengthMs / 1000));
}

/** Counts an answer in the buckets of its status, locked in the order in which permits lock them. */
export async function countAnswer(
  db: ScopedDb,
  connectionId: string,
  tenant: string,
  buckets: readonly BucketCounted[],
): Promise<void> {
  await db.execute(sql`
    select app.count_answer(${connectionId}, b.scope, b.part, b.kept) from (
      select * from unnest(${column(buckets, "text", ({ scope }) => scope.replace("{tenant}", tenant))},
        ${column(buckets, "integer", ({ partS }) => partS)}, ${column(buckets, "float8", (one) => longest(one, true))}) with ordinality as b(scope, part, kept, n) order by n) b`);
}

/** Tokens of the app's minute for calls that are about to be made, at most `chunk`; with `until`, none before that moment. */
export async function leaseTokens(
  db: ScopedDb,
  asked: Pick<PermitAsked, "app" | "chunk" | "intervalMs" | "burst" | "staffShare" | "appAnswered">,
): Promise<Omit<PermitTaken, "tries">> {
  const { rows } = await db.execute<PermitRow>(sql`
    select * from app.lease_tokens(${asked.app}, false, ${asked.chunk}, ${ms(asked.intervalMs)}, ${asked.burst}, ${asked.staffShare}, ${asked.appAnswered})`);
  const row = rows[0];
  if (!row) throw new Error("The limits gave no answer");
  return leased(row);
}

type PermitRow = { o_until: Date | string | null; o_why: string | null; o_tokens: number; o_probe: boolean };

function leased(row: PermitRow): Omit<PermitTaken, "tries"> {
  return { until: row.o_until === null ? null : new Date(row.o_until), why: row.o_why, tokens: row.o_tokens, probe: row.o_probe };
}

/**
 * A call that was permitted is not made: it does not count in hours and days. Where the permit is `fresh` its place in the minute is free
 * again too: the newest moment goes, which is later than the one given back by no more than that, and the caller sees to it that this is
 * well within the margin.
 * @param unused when the permit was asked for, on the one clock
 */
export async function giveBack(
  db: ScopedDb,
  connectionId: string,
  tenant: string,
  buckets: readonly BucketCounted[],
  unused: { readonly since: Date; readonly fresh: boolean },
): Promise<void> {
  const counted = buckets.filter(({ statuses }) => statuses.length === 0);
  const since = unused.since.getTime() / 1_000;
  // A part that has ended since is left as it is: the call would be taken from the wrong one.
  await db.execute(sql`
    with b as (
      select r.scope, floor(${since}::float8 / nullif(a.part, 0))::int as part
      from unnest(${column(counted, "text", ({ scope }) => scope.replace("{tenant}", tenant))}, ${column(counted, "integer", ({ partS }) => partS)}) with ordinality
        as a(scope, part, n)
      left join connections c on c.id = ${connectionId}
      join rate_buckets r on r.scope = replace(a.scope, '{user}', coalesce(c.grant_id, ${connectionId}::uuid)::text)
      order by a.n for update of r)
    update rate_buckets r set
      taken_at = case when ${unused.fresh} then r.taken_at[:cardinality(r.taken_at) - 1] else r.taken_at end,
      hour_calls = case when b.part is null then r.hour_calls
        else r.hour_calls[:cardinality(r.hour_calls) - 1] || greatest(0, r.hour_calls[cardinality(r.hour_calls)] - 1) end
    from b where r.scope = b.scope and (b.part is null or r.hours[cardinality(r.hours)] = b.part)`);
}

/** Raises a tenant's count of the day to `calls`, in the present hour, where it stands lower. */
export async function countDayUpTo(db: ScopedDb, tenant: string, calls: number): Promise<void> {
  await db.execute(sql`
    update rate_buckets set hour_calls = hour_calls[:cardinality(hour_calls) - 1]
      || hour_calls[cardinality(hour_calls)] + ${calls}::int - (select sum(n)::int from unnest(hour_calls) n)
    where scope = ${tenant} and cardinality(hour_calls) > 0 and (select sum(n) from unnest(hour_calls) n) < ${calls}`);
}

/** The call that held the tenant's one place has ended. */
export async function releaseSlot(db: ScopedDb, tenant: string, owner: string): Promise<void> {
  await db.execute(
    sql`update rate_buckets set slot_owner = null, slot_until = null, free_at = app.now() where scope = ${tenant} and slot_owner = ${owner}`,
  );
}

/**
 * A call did not get through: it goes into the breakers of its connection and of the app, and unless one of them is open it is a failed try
 * of the connection where `counts` says so; the third in a row stops it.
 */
export async function noteFailure(
  db: ScopedDb,
  connectionId: string,
  keys: BucketKeys,
  failure: { readonly answered: number; readonly appAnswered: number; readonly counts: boolean; readonly code: string },
): Promise<{ readonly open: boolean; readonly tries: number; readonly stopped: boolean }> {
  const { rows } = await db.execute<{ o_open: boolean; o_tries: number | null; o_stopped: boolean | null }>(sql`
    select * from app.note_failure(${connectionId}, ${keys.tenant}, ${keys.app}, ${failure.answered}, ${failure.appAnswered}, ${failure.counts}, ${failure.code})`);
  return { open: rows[0]?.o_open ?? false, tries: rows[0]?.o_tries ?? 0, stopped: rows[0]?.o_stopped ?? false };
}

/** The package answered after failed tries, or to a breaker's one call: all of that is over. */
export async function noteAnswer(db: ScopedDb, connectionId: string, keys: BucketKeys): Promise<void> {
  await db.execute(sql`select app.note_answer(${connectionId}, ${keys.tenant}, ${keys.app})`);
}

/** One token from a bucket that fills at a steady pace: null, or the moment from which there is one. */
export async function takePaced(
  db: ScopedDb,
  scope: string,
  pace: { readonly intervalMs: number; readonly burst: number },
): Promise<Date | null> {
  const { rows } = await db.execute<{ at: Date | string | null }>(
    sql`select app.take_paced(${scope}, ${ms(pace.intervalMs)}, ${pace.burst}) as at`,
  );
  const at = rows[0]?.at;
  return at ? new Date(at) : null;
}

/** Obeys a 429: nobody calls for this connection before `forMs` from now. */
export async function blockConnection(db: ScopedDb, connectionId: string, forMs: number, reason: string): Promise<void> {
  await db.execute(sql`
    update connections set blocked_until = greatest(blocked_until, app.now() + make_interval(secs => ${forMs / 1000})), blocked_reason = ${reason}
    where id = ${connectionId}`);
}

/** Obeys a 429 over the whole app: no connection of the package is called before `forMs` from now. */
export async function blockApp(db: ScopedDb, app: string, forMs: number): Promise<void> {
  await db.execute(sql`
    insert into rate_buckets as b (scope, blocked_until, blocked_reason) values (${app}, app.now() + make_interval(secs => ${forMs / 1000}), 'app')
    on conflict (scope) do update set blocked_until = greatest(b.blocked_until, excluded.blocked_until), blocked_reason = 'app'`);
}

/** A person lets a connection that stopped after three tries go on: its rows are due at once. Answers whether it had stopped. */
export async function resumeConnection(db: ScopedDb, connectionId: string): Promise<boolean> {
  const resumed = await db.execute(sql`
    update connections set failed_tries = 0, stopped_at = null, stopped_reason = null where id = ${connectionId} and stopped_at is not null`);
  if ((resumed.rowCount ?? 0) === 0) return false;
  await db.execute(sql`
    update postings set retry_at = null, tries = 0, changed_at = app.now()
    where connection_id = ${connectionId} and state = 'queued' and error_code in ('transient.not-sent', 'transient.server-error') and retry_at > app.now()`);
  return true;
}

const ms = (milliseconds: number) => sql`make_interval(secs => ${milliseconds / 1000})`;
