import { sql } from "drizzle-orm";
import type { ClientScope, PracticeScope, ScopedDb } from "#db/client.ts";
import { leaseSeconds } from "#db/queries/common/leases.ts";
import type { Reading } from "#db/queries/connections/list-reads.ts";
import { OUTCOMES } from "#db/queries/postings/run-members.ts";
import type { ConnectionSettings } from "#db/schema/clients.ts";
import type { ConnectionOptions, PackageId } from "#lib/connectors/types.ts";

/*
 * `(select app.now())` in a condition is asked once a statement; `app.now()` alone once a row wherever no index answers, ten microseconds each: with 70,000
 * schedules that was a third of the database's time in a night.
 */

/** Rows that staff or a schedule asked for and that a locked period kept back: every night tries them again. */
const LOCKED_BACK = sql`postings.state in ('held', 'rejected') and postings.error_code = 'package.period-locked'`;

/** Reckons the next night of connections that have none yet. @returns how many */
export async function reckonSchedules(db: ScopedDb, _scope: PracticeScope, most: number): Promise<number> {
  const done = await db.execute(sql`
    update night_schedules s set next_at = app.next_night(app.now(), coalesce(s.zone, cl.time_zone), s.hour)
    from clients cl where cl.id = s.client_id
      and s.connection_id in (select connection_id from night_schedules where enabled and next_at is null limit ${most} for update skip locked)`);
  return done.rowCount ?? 0;
}

/**
 * Puts connections whose hour has come in line, each once for its night: one statement, however many. A night is named by its local
 * date, so an hour that comes twice, a clock that goes back and two workers make one run of it.
 * @returns how many fell due; fewer than `most` says that no more are
 */
export async function unsafeEnqueueNight(db: ScopedDb, _scope: PracticeScope, most: number): Promise<number> {
  const began = performance.now();
  const { rows } = await db.execute<{ night_on: string | null; made: number; due: number }>(sql`
    with due as materialized (
      select s.connection_id, s.client_id, coalesce(s.zone, cl.time_zone) as zone, s.hour,
        app.last_night(app.now(), coalesce(s.zone, cl.time_zone), s.hour) as night_on
      from night_schedules s
      join connections c on c.id = s.connection_id and c.state = 'live' and c.module_on
      join clients cl on cl.id = s.client_id
      where s.enabled and s.next_at <= (select app.now()) limit ${most} for update of s skip locked
    ), moved as (
      update night_schedules s set next_at = app.next_night(app.now(), d.zone, d.hour) from due d where s.connection_id = d.connection_id
    ), made as (
      insert into runs (client_id, connection_id, kind, state, started_by, started_at, night_on)
      select client_id, connection_id, 'nightly', 'waiting', 'Nightly run', app.now(), night_on from due
      on conflict (connection_id, night_on) where night_on is not null do nothing returning night_on
    ), counted as (select night_on, count(*)::int as n from made group by 1), kept as (
      insert into nights (night_on, total) select night_on, n from counted
      on conflict (night_on) do update set total = nights.total + excluded.total, ended_at = null
    )
    select night_on::text as night_on, n as made, (select count(*)::int from due) as due from counted
    union all select null, 0, (select count(*)::int from due)`);
  const seconds = (performance.now() - began) / 1000;
  for (const row of rows) {
    if (row.night_on)
      await db.execute(
        sql`update nights set enqueue_seconds = enqueue_seconds + ${seconds}::float8 where night_on = ${row.night_on}::date`,
      );
  }
  return rows[0]?.due ?? 0;
}

/** One connection's part of a night, with its lease already taken. */
export interface ClaimedNight {
  readonly runId: string;
  readonly nightOn: string;
  readonly id: string;
  readonly clientId: string;
  readonly clientSlug: string;
  readonly package: PackageId;
  readonly tenantId: string;
  readonly baseCurrency: string;
  readonly apiUrl: string | null;
  readonly options: ConnectionOptions;
  readonly settings: ConnectionSettings;
  readonly grantId: string | null;
  readonly fence: bigint;
  /** How far each of its streams was read, by the stream's id. */
  readonly readings: ReadonlyMap<string, Reading>;
  readonly eventAt: Date | null;
  readonly tries: number;
  /** Something waits to be sent, or was kept back by a lock. */
  readonly hasWork: boolean;
  /** The package's lists are half a day old: a small practice reads them every night. */
  readonly listsDue: boolean;
  /** They are a week old: every practice does. */
  readonly listsOverdue: boolean;
}

const moment = (value: Date | string | null) => (value === null ? null : new Date(value));

/** Takes up to `most` waiting connections of open nights and their leases, in one statement. */
export async function unsafeClaimNight(
  db: ScopedDb,
  _scope: PracticeScope,
  { owner, most }: { readonly owner: string; readonly most: number },
): Promise<ClaimedNight[]> {
  const { rows } = await db.execute<{
    run_id: string;
    night_on: string;
    id: string;
    client_id: string;
    slug: string;
    package: PackageId;
    tenant_id: string;
    base_currency: string;
    api_url: string | null;
    options: ConnectionOptions;
    settings: ConnectionSettings;
    grant_id: string | null;
    fence: string;
    readings: readonly { stream: string; cursor: string | null; as_of: string | null }[] | null;
    event_at: Date | string | null;
    tries: number;
    has_work: boolean;
    lists_due: boolean;
    lists_overdue: boolean;
  }>(sql`
    with picked as materialized (
      select r.id as run_id, r.connection_id, r.client_id from runs r
      join connections c on c.id = r.connection_id and c.state = 'live' and c.module_on and (c.blocked_until is null or c.blocked_until <= (select app.now()))
      where r.night_on in (select night_on from nights where ended_at is null) and r.state = 'waiting'
        and coalesce((r.detail ->> 'retryAt')::timestamptz <= (select app.now()), true)
        and not exists (select from connection_leases l where l.connection_id = r.connection_id and l.until > clock_timestamp())
      limit ${most} for update of r skip locked
    ), leased as (
      insert into connection_leases as l (connection_id, client_id, owner, fence, until)
      select connection_id, client_id, ${owner}, 1, clock_timestamp() + make_interval(secs => ${leaseSeconds()}) from picked
      on conflict (connection_id) do update set owner = excluded.owner, fence = l.fence + 1, until = excluded.until
        where l.until is null or l.until < clock_timestamp()
      returning connection_id, fence
    )
    update runs r set state = 'running', started_at = app.now(), detail = r.detail || '{"phase":"check"}'
    from picked p join leased l on l.connection_id = p.connection_id
      join connections c on c.id = p.connection_id join clients cl on cl.id = p.client_id
      left join night_schedules s on s.connection_id = p.connection_id
    where r.id = p.run_id
    returning r.id as run_id, r.night_on::text as night_on, c.id, c.client_id, cl.slug, c.package, c.tenant_id, c.base_currency, c.api_url, c.options, c.settings,
      c.grant_id, l.fence, s.event_at,
      (select jsonb_agg(jsonb_build_object('stream', pc.stream, 'cursor', pc.cursor, 'as_of', pc.as_of)) from pull_cursors pc
        where pc.connection_id = c.id) as readings, coalesce((r.detail ->> 'tries')::int, 0) as tries,
      (c.settings ->> 'trigger' = 'nightly' and exists (select from postings where postings.client_id = c.client_id and postings.connection_id = c.id
        and postings.current and postings.panel = 'pending' and postings.state = 'pending'))
      or exists (select from postings where postings.client_id = c.client_id and postings.connection_id = c.id and postings.current
        and postings.panel = 'errors' and ${LOCKED_BACK}) as has_work,
      coalesce(c.lists_as_of < app.now() - interval '12 hours', true) as lists_due,
      coalesce(c.lists_as_of < app.now() - interval '6 days 12 hours', true) as lists_overdue`);
  return rows.map((row) => ({
    runId: row.run_id,
    nightOn: row.night_on,
    id: row.id,
    clientId: row.client_id,
    clientSlug: row.slug,
    package: row.package,
    tenantId: row.tenant_id,
    baseCurrency: row.base_currency,
    apiUrl: row.api_url,
    options: row.options,
    settings: row.settings,
    grantId: row.grant_id,
    fence: BigInt(row.fence),
    readings: new Map(
      (row.readings ?? []).map(({ stream, cursor, as_of }) => [stream, { cursor, asOf: moment(as_of) }] as const),
    ),
    eventAt: moment(row.event_at),
    tries: row.tries,
    hasWork: row.has_work ?? false,
    listsDue: row.lists_due,
    listsOverdue: row.lists_overdue,
  }));
}

/** Prolongs many leases at once; answers those that are still held. */
export async function renewLeases(
  db: ScopedDb,
  _scope: PracticeScope,
  held: readonly { readonly id: string; readonly fence: bigint }[],
): Promise<ReadonlySet<string>> {
  const { rows } = await db.execute<{ id: string }>(sql`
    update connection_leases l set until = clock_timestamp() + make_interval(secs => ${leaseSeconds()})
    from unnest(${sql.param(held.map((one) => one.id))}::uuid[], ${sql.param(held.map((one) => String(one.fence)))}::bigint[]) as h (id, fence)
    where l.connection_id = h.id and l.fence = h.fence and l.until > clock_timestamp() returning l.connection_id as id`);
  return new Set(rows.map((row) => row.id));
}

/** What the check of one connection came to. */
export interface NightOutcome {
  readonly runId: string;
  readonly id: string;
  readonly fence: bigint;
  /** `done`: nothing is left; `work`: the worker goes on with it; `later`: nobody may ask now; `failed`: given up until the next night. */
  readonly state: "done" | "work" | "later" | "failed";
  readonly calls: number;
  readonly bytesIn: number;
  /** The streams that were read, by their ids. */
  readonly read: readonly string[];
  readonly changed: number;
  readonly why?: string;
  readonly retryAt?: Date;
  readonly tries: number;
}

/**
 * Writes the outcomes of a whole chunk and gives its leases back, in one transaction. An outcome whose lease has gone to another
 * writes nothing: that one's run is the other's to end.
 */
export async function saveNightOutcomes(
  db: ScopedDb,
  _scope: PracticeScope,
  outcomes: readonly NightOutcome[],
  began: Date,
): Promise<void> {
  const rows = outcomes.map(({ fence, read, retryAt, ...rest }) => ({
    run_id: rest.runId,
    id: rest.id,
    fence: String(fence),
    state: rest.state,
    calls: rest.calls,
    bytes: rest.bytesIn,
    read,
    changed: rest.changed,
    why: rest.why ?? null,
    retry_at: retryAt?.toISOString() ?? null,
    tries: rest.tries,
  }));
  await db.execute(sql`
    with o as materialized (
      select r.* from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(run_id uuid, id uuid, fence bigint, state text, calls int, bytes bigint,
        read jsonb, changed int, why text, retry_at timestamptz, tries int)
      join connection_leases l on l.connection_id = r.id and l.fence = r.fence and l.until > clock_timestamp()
    ), ended as (
      update runs r set
        state = case o.state when 'done' then 'finished' when 'failed' then 'failed' when 'later' then 'waiting' else 'running' end,
        ended_at = case when o.state in ('done', 'failed') then app.now() end,
        detail = jsonb_strip_nulls(jsonb_build_object('phase', case o.state when 'work' then 'work' end, 'calls', coalesce((r.detail ->> 'calls')::int, 0) + o.calls,
          'bytes', coalesce((r.detail ->> 'bytes')::bigint, 0) + o.bytes, 'changed', coalesce((r.detail ->> 'changed')::int, 0) + o.changed, 'why', o.why, 'retryAt', o.retry_at, 'tries', nullif(o.tries, 0)))
      from o where r.id = o.run_id and r.state = 'running'
      returning r.night_on, o.state, o.calls, o.bytes, o.changed
    ), seen as (
      update connections c set last_sync_at = app.now()
      from o where c.id = o.id and o.state in ('done', 'work') and jsonb_array_length(o.read) > 0
    ), read_to_end as (
      -- A stream that had something was stored as it was read, and is not taken back behind that.
      update pull_cursors pc set as_of = greatest(pc.as_of, ${began}::timestamptz)
      from o cross join lateral jsonb_array_elements_text(o.read) as r(stream)
      where pc.connection_id = o.id and pc.stream = r.stream and o.state in ('done', 'work')
    ), freed as (
      update connection_leases l set until = null, owner = null from o where l.connection_id = o.id and l.fence = o.fence
    )
    update nights n set done = n.done + e.done, failed = n.failed + e.failed, changed = n.changed + e.changed, calls = n.calls + e.calls, bytes_in = n.bytes_in + e.bytes
    from (
      select night_on, count(*) filter (where state in ('done', 'failed'))::int as done, count(*) filter (where state = 'failed')::int as failed,
        count(*) filter (where state = 'done' and changed > 0)::int as changed, sum(calls)::bigint as calls, sum(bytes)::bigint as bytes from ended group by 1
    ) e where n.night_on = e.night_on`);
}

/**
 * Tidies open nights: what a dead worker left half checked waits again, what can no longer be asked has failed, nights with nothing
 * open end, and each gets its forecast once all are in line and a tenth is done, from the pace of the later half of these: while a night is put
 * in line it is slower.
 * @returns how many nights have ended
 */
export async function tidyNights(db: ScopedDb, _scope: PracticeScope): Promise<number> {
  let ended = 0;
  const open = await db.execute<{ night_on: string }>(sql`select night_on::text as night_on from nights where ended_at is null`);
  for (const { night_on } of open.rows) {
    await db.execute(sql`
      update runs r set state = 'waiting', detail = r.detail - 'phase'
      where r.night_on = ${night_on}::date and r.state = 'running' and r.detail ->> 'phase' = 'check'
        and not exists (select from connection_leases l where l.connection_id = r.connection_id and l.until > clock_timestamp())`);
    await takeBackGone(db, night_on);
    await db.execute(sql`
      with gone as (
        update runs r set state = 'failed', ended_at = app.now(), detail = r.detail || jsonb_build_object('why',
          case when c.state = 'lost' then 'The connection is lost: an administrator reconnects it.' when c.state = 'disconnected' then 'It was disconnected.'
            else 'Integration was switched off.' end) || case when r.total = 0 then '{}' else jsonb_build_object('outcomes', ${OUTCOMES}) end
        from connections c where c.id = r.connection_id and r.night_on = ${night_on}::date and r.state in ('waiting', 'running')
          and (c.state <> 'live' or not c.module_on)
          -- What is under way comes to its outcome first.
          and (r.total = 0 or not exists (select from run_members m where m.run_id = r.id and m.outcome is null))
        returning 1
      )
      update nights set done = done + g.n, failed = failed + g.n from (select count(*)::int as n from gone) g where night_on = ${night_on}::date and g.n > 0`);
    const end = await db.execute(sql`
      update nights n set ended_at = app.now() where n.night_on = ${night_on}::date and n.total > 0
        and not exists (select from runs r where r.night_on = n.night_on and r.state in ('waiting', 'running', 'stopping'))
        and not exists (select from night_schedules s join connections c on c.id = s.connection_id and c.state = 'live' and c.module_on
          where s.enabled and s.next_at <= (select app.now()))`);
    ended += end.rowCount ?? 0;
    await db.execute(sql`
      with n as materialized (
        select night_on, total, done from nights where night_on = ${night_on}::date and forecast_at is null and ended_at is null
          and done >= greatest(total / 10, 1) and done < total
          and not exists (select from night_schedules s join connections c on c.id = s.connection_id and c.state = 'live' and c.module_on
            where s.enabled and s.next_at <= (select app.now()))
      ), f as (
        select n.total - n.done as left_over, percentile_disc(0.5) within group (order by r.ended_at) as since, count(*)::float8 / 2 as ended
        from n join runs r on r.night_on = n.night_on and r.ended_at is not null group by n.total, n.done
      )
      update nights set forecast_at = app.now() + (app.now() - f.since) * (f.left_over / f.ended)
      from f where nights.night_on = ${night_on}::date and f.since < app.now() - interval '1 second'`);
  }
  return ended;
}

/** What a night chose and nobody may send any more waits for the next one: as when a run is stopped. */
async function takeBackGone(db: ScopedDb, nightOn: string): Promise<void> {
  const gone = sql`select r.id from runs r join connections c on c.id = r.connection_id
    where r.night_on = ${nightOn}::date and r.total > 0 and r.state in ('waiting', 'running') and (c.state <> 'live' or not c.module_on)`;
  await db.execute(sql`
    update run_members m set outcome = 'stopped', taken = true, ended_at = app.now(), reference = p.reference, party = p.party, currency = p.currency,
      gross_minor = p.gross_minor
    from postings p where m.run_id in (${gone}) and m.outcome is null and not m.taken and p.id = m.posting_id`);
  await db.execute(sql`
    update postings set state = case when continued then 'held' else 'pending' end, run_id = null,
      -- What the package holds half done waits for a person, and goes on from there.
      error_code = case when continued then 'package.unfinished' end, error_detail = case when continued then '{}'::jsonb end,
      retry_at = null, changed_at = app.now()
    where run_id in (${gone}) and current and state = 'queued'`);
}

/** How long a connection's part of a night is kept when it found and sent nothing, in days; the night's own figures stay. */
export const QUIET_DAYS = 92;

/** Forgets, at most `limit` at once, what nights of long ago were for connections without news. @returns how many */
export async function forgetQuietNights(db: ScopedDb, _scope: PracticeScope, limit: number): Promise<number> {
  const { rowCount } = await db.execute(sql`
    delete from runs where id in (
      select id from runs where night_on < (select app.now())::date - ${QUIET_DAYS}::int and state = 'finished' and total = 0
        and coalesce((detail ->> 'changed')::int, 0) = 0 order by night_on limit ${limit})`);
  return rowCount ?? 0;
}

/** A connection's part of the night that is left to the worker; `phase` says how far it is. Null when none is. */
export async function findNightWork(db: ScopedDb, connectionId: string): Promise<{ runId: string; tries: number } | null> {
  const { rows } = await db.execute<{ id: string; tries: number }>(sql`
    select id, coalesce((detail ->> 'tries')::int, 0) as tries from runs
    where connection_id = ${connectionId} and kind = 'nightly' and state = 'running' and detail ->> 'phase' = 'work' and not detail ? 'readAt'
    order by night_on limit 1`);
  return rows[0] ? { runId: rows[0].id, tries: rows[0].tries } : null;
}

/** Calls and bytes that a connection's share of a night took beyond its first look: in its run's detail and in the night's sums. */
export interface NightReads {
  readonly calls: number;
  readonly bytesIn: number;
}

const withReads = ({
  calls,
  bytesIn,
}: NightReads) => sql`jsonb_build_object('calls', coalesce((r.detail ->> 'calls')::int, 0) + ${calls}::int,
  'bytes', coalesce((r.detail ->> 'bytes')::bigint, 0) + ${bytesIn}::bigint)`;

/** The reading is done and what may go is chosen: the run ends with the last of its members. */
export async function markNightQueued(
  db: ScopedDb,
  scope: ClientScope,
  runId: string,
  found: NightReads & { readonly chosen: number; readonly listsChanged: boolean },
): Promise<void> {
  await db.execute(sql`
    with moved as (
      update runs r set detail = detail || ${withReads(found)} || jsonb_build_object('readAt', app.now(),
        'chosen', ${found.chosen}::int, 'listsChanged', ${found.listsChanged}::boolean)
      where id = ${runId} and client_id = ${scope.clientId} returning night_on
    )
    update nights n set calls = n.calls + ${found.calls}::int, bytes_in = n.bytes_in + ${found.bytesIn}::bigint from moved m where n.night_on = m.night_on`);
}

/** A night's work that did not come through: tried again, or given up until the next night after the third time. */
export async function failNightWork(
  db: ScopedDb,
  scope: ClientScope,
  run: NightReads & { readonly runId: string; readonly tries: number },
  why: string,
): Promise<void> {
  const over = run.tries + 1 >= 3;
  await db.execute(sql`
    with moved as (
      update runs r set detail = detail || ${withReads(run)} || jsonb_build_object('tries', ${run.tries + 1}::int, 'why', ${why}::text),
        state = case when ${over} then 'failed' else state end, ended_at = case when ${over} then app.now() end
      where id = ${run.runId} and client_id = ${scope.clientId} and state = 'running' returning night_on
    )
    update nights n set calls = n.calls + ${run.calls}::int, bytes_in = n.bytes_in + ${run.bytesIn}::bigint,
      done = n.done + case when ${over} then 1 else 0 end, failed = n.failed + case when ${over} then 1 else 0 end
    from moved m where n.night_on = m.night_on`);
}

/** Whether a package's webhooks reach us whole, and since when. */
export async function findWebhookState(
  db: ScopedDb,
  packageId: PackageId,
): Promise<{ validAt: Date | null; wholeSince: Date | null } | null> {
  const { rows } = await db.execute<{ valid_at: Date | string | null; whole_since: Date | string | null }>(
    sql`select valid_at, whole_since from webhook_states where package = ${packageId}`,
  );
  const row = rows[0];
  return row ? { validAt: moment(row.valid_at), wholeSince: moment(row.whole_since) } : null;
}

/** Whether a connection's lists are read whole in this night: every night in a small practice, once a week in one of more than `upTo`. */
export async function areListsDue(db: ScopedDb, connectionId: string, upTo: number): Promise<boolean> {
  const { rows } = await db.execute<{ due: boolean }>(sql`
    select coalesce(lists_as_of < app.now() - interval '12 hours' and (lists_as_of < app.now() - interval '6 days 12 hours'
      or (select count(*) from (select 1 from connections where state = 'live' limit ${upTo + 1}) n) <= ${upTo}), true) as due
    from connections where id = ${connectionId}`);
  return rows[0]?.due ?? true;
}

export async function countLiveConnections(db: ScopedDb, _scope: PracticeScope): Promise<number> {
  const { rows } = await db.execute<{ n: number }>(
    sql`select count(*)::int as n from (select 1 from connections where state = 'live' limit 1000) c`,
  );
  return rows[0]?.n ?? 0;
}

/** When a client's connection is asked by itself. */
export interface Schedule {
  readonly enabled: boolean;
  /** Full hour of the local day. */
  readonly hour: number;
  /** IANA; null for the client's own. */
  readonly zone: string | null;
}

/** When a client's night is; null without a connection. `nextAt` is null where it is switched off. */
export async function findSchedule(
  db: ScopedDb,
  scope: ClientScope,
): Promise<(Schedule & { readonly clientZone: string; readonly nextAt: Date | null }) | null> {
  const { rows } = await db.execute<{
    enabled: boolean;
    hour: number;
    zone: string | null;
    next_at: Date | string | null;
    client_zone: string;
  }>(sql`
    select s.enabled, s.hour, s.zone, cl.time_zone as client_zone,
      case when s.enabled then coalesce(s.next_at, app.next_night(app.now(), coalesce(s.zone, cl.time_zone), s.hour)) end as next_at
    from night_schedules s join connections c on c.id = s.connection_id and c.state <> 'disconnected' join clients cl on cl.id = s.client_id
    where s.client_id = ${scope.clientId}`);
  const row = rows[0];
  return row
    ? { enabled: row.enabled, hour: row.hour, zone: row.zone, clientZone: row.client_zone, nextAt: moment(row.next_at) }
    : null;
}

/**
 * Sets a connection's night, from the next one on. A local date whose night has come already has no second one, so a later hour of that
 * date begins on the next.
 * @returns the next night, null where it is switched off; undefined without a connection
 */
export async function saveSchedule(db: ScopedDb, scope: ClientScope, schedule: Schedule): Promise<Date | null | undefined> {
  const { enabled, hour, zone } = schedule;
  const { rows } = await db.execute<{ next_at: Date | string | null }>(sql`
    with own as (
      select c.id, coalesce(${zone}::text, cl.time_zone) as zone from connections c join clients cl on cl.id = c.client_id
      where c.client_id = ${scope.clientId} and c.state <> 'disconnected'
    ), soonest as (select id, zone, app.next_night(app.now(), zone, ${hour}::int) as at from own)
    update night_schedules s set enabled = ${enabled}::boolean, hour = ${hour}::int, zone = ${zone}::text, next_at = case
      when not ${enabled}::boolean then null
      when exists (select from runs r where r.connection_id = n.id and r.night_on = (n.at at time zone n.zone)::date)
        then app.next_night(n.at, n.zone, ${hour}::int)
      else n.at end
    from soonest n where s.connection_id = n.id returning s.next_at`);
  return rows[0] ? moment(rows[0].next_at) : undefined;
}

/**
 * The client's night begins now instead of at its hour: the worker puts it in line with its next look. It is the night that its hour
 * belongs to, and comes once for it.
 */
export async function hurryNight(db: ScopedDb, scope: ClientScope): Promise<void> {
  await db.execute(sql`update night_schedules set next_at = app.now() where client_id = ${scope.clientId} and enabled`);
}

interface NightRow extends Record<string, unknown> {
  night_on: string;
  started_at: Date | string;
  ended_at: Date | string | null;
  total: number;
  done: number;
  changed: number;
  failed: number;
  calls: string;
  bytes_in: string;
  rate: number | null;
  finish_at: Date | string | null;
}

const NIGHT_COLUMNS = sql`night_on::text as night_on, started_at, ended_at, total, done, changed, failed, calls, bytes_in,
  (calls / nullif(extract(epoch from coalesce(ended_at, app.now()) - started_at), 0))::float8 as rate,
  case when ended_at is null and done > 0 then app.now() + (app.now() - started_at) * ((total - done)::float8 / done) end as finish_at`;

const fromNightRow = (row: NightRow) => ({
  nightOn: row.night_on,
  startedAt: new Date(row.started_at),
  endedAt: moment(row.ended_at),
  total: row.total,
  done: row.done,
  changed: row.changed,
  failed: row.failed,
  calls: Number(row.calls),
  bytesIn: Number(row.bytes_in),
  callsPerSecond: row.rate ?? 0,
  finishAt: moment(row.finish_at),
});
export type Night = ReturnType<typeof fromNightRow>;

/** The practice's nights, the latest first, each as it stands now. Times are on the one clock; `finishAt` is foretold while it runs. */
export async function listNights(db: ScopedDb, _scope: PracticeScope, most: number): Promise<Night[]> {
  const { rows } = await db.execute<NightRow>(sql`select ${NIGHT_COLUMNS} from nights order by night_on desc limit ${most}`);
  return rows.map(fromNightRow);
}

/** One night of the practice by its date; null when there was none. */
export async function findPracticeNight(db: ScopedDb, _scope: PracticeScope, nightOn: string): Promise<Night | null> {
  const { rows } = await db.execute<NightRow>(sql`select ${NIGHT_COLUMNS} from nights where night_on = ${nightOn}::date`);
  return rows[0] ? fromNightRow(rows[0]) : null;
}
