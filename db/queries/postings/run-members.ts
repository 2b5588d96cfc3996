import { type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import type { RunKind } from "#db/schema/work.ts";

/*
 * A run keeps its members: the request freezes them and moves nothing, the worker takes them portion by portion, and the trigger
 * `postings_followed` writes what became of each in the transaction that made it so.
 */

/** The row was chosen, and the run that chose it has not done with it: shown and counted as on its way, whatever its own state. */
export const HAS_OPEN_MEMBER: SQL = sql`exists (select from run_members m where m.posting_id = postings.id and m.outcome is null)`;

/** The state that people are shown: a row that waits for its portion is queued. */
export const SHOWN_STATE: SQL = sql`case when postings.state = 'pending' and ${HAS_OPEN_MEMBER} then 'queued' else postings.state end`;

/** The order in which kinds go: what others need first. */
const SEND_ORDER = sql`case postings.kind when 'customer' then 1 when 'supplier' then 1 when 'product' then 2 when 'sales-invoice' then 3 when 'bill' then 4
  when 'sales-credit-note' then 5 when 'supplier-credit-note' then 6 when 'payment' then 7 when 'journal' then 8 else 9 end`;

/** What may be chosen: rows that wait and are not withheld; where a retry asks, those that were held, refused or given up too. */
const mayBeChosen = (from: "upload" | "retry"): SQL =>
  sql`(postings.state = 'pending' and postings.aside is null${from === "retry" ? sql` or postings.state in ('rejected', 'held', 'dead')` : sql``})`;

const isTaken = (error: unknown): boolean =>
  error instanceof Error &&
  ("code" in error ? error.code === UNIQUE_VIOLATION : error.cause instanceof Error && isTaken(error.cause));

const UNIQUE_VIOLATION = "23505";

/** Chosen by an earlier click, and changed or withheld since: it makes room for the row as it is now. */
async function closeStale(db: ScopedDb, scope: ClientScope): Promise<void> {
  await db.execute(sql`
    update run_members m set outcome = case when p.revision <> m.revision then 'amended' else 'set-aside' end, taken = true, ended_at = app.now(),
      reference = p.reference, party = p.party
    from postings p where m.client_id = ${scope.clientId} and m.outcome is null and not m.taken and p.id = m.posting_id
      and (p.revision <> m.revision or (p.state = 'pending' and p.aside is not null))`);
}

/**
 * The request: freezes the chosen rows as the run's members, in the order in which they are to go, as they stand at this moment. Nothing
 * is moved, judged or sent. A row that a run has before it already is left to that one.
 * @returns how many were chosen: the run's total
 */
export async function freezeMembers(
  db: ScopedDb,
  scope: ClientScope,
  run: { readonly id: string; readonly connectionId: string },
  from: "upload" | "retry",
  chosen: SQL,
): Promise<number> {
  await closeStale(db, scope);
  // 100,000 rows are put in order in memory, not in files.
  await db.execute(sql`select set_config('work_mem', '64MB', true)`);
  const insert = (onConflict: SQL) => sql`
    insert into run_members (client_id, run_id, position, posting_id, revision, connection_id, kind, issued_on, was)
    select postings.client_id, ${run.id}::uuid, (select coalesce(max(position), 0) from run_members where run_id = ${run.id} and position > 0)
      + row_number() over (order by ${SEND_ORDER}, postings.issued_on, postings.id), postings.id, postings.revision, postings.connection_id, postings.kind,
      postings.issued_on, postings.state
    from postings
    where postings.client_id = ${scope.clientId} and postings.connection_id = ${run.connectionId} and postings.current and ${mayBeChosen(from)}
      and (${chosen}) and not ${HAS_OPEN_MEMBER} ${onConflict}`;
  // Checking each row for a conflict first takes a fifth of the time. A conflict needs two clicks at once: then the statement runs again.
  const made = await db
    .transaction((tx) => tx.execute(insert(sql``)))
    .catch((error: unknown) => {
      if (!isTaken(error)) throw error;
      return db.execute(insert(sql`on conflict (posting_id) where outcome is null do nothing`));
    });
  const count = made.rowCount ?? 0;
  if (count > 0) await db.execute(sql`update runs set total = total + ${count} where id = ${run.id}`);
  return count;
}

/**
 * Gives rows to a run in the transaction that moves them: what goes along with others, what is released or sent again. A row that a run
 * has before it already is left to that one.
 * @param moves what is set beside the run, with `postings` to speak of
 * @returns how many
 */
export async function moveAsMembers(db: ScopedDb, scope: ClientScope, runId: string, which: SQL, moves: SQL): Promise<number> {
  const moved = await db.execute(sql`
    with held as materialized (
      select postings.id from postings where postings.client_id = ${scope.clientId} and postings.current and (${which}) and not ${HAS_OPEN_MEMBER}
      for update of postings
    ), chosen as (
      select p.id, p.revision, p.connection_id, p.kind, p.issued_on, p.state, row_number() over (order by p.issued_on, p.id) as n
      from held join postings p on p.id = held.id
    ), made as (
      insert into run_members (client_id, run_id, position, posting_id, revision, connection_id, kind, issued_on, was, taken)
      select ${scope.clientId}::uuid, ${runId}::uuid, (select least(coalesce(min(position), 0), 0) from run_members where run_id = ${runId}) - n, id,
        revision, connection_id, kind, issued_on, state, true from chosen
      on conflict (posting_id) where outcome is null do nothing
      returning posting_id, position
    ), counted as (
      update runs set total = total + (select count(*) from made) where id = ${runId} and exists (select from made)
    )
    update postings set run_id = ${runId}, run_position = made.position, changed_at = app.now(), ${moves}
    from made where postings.id = made.posting_id`);
  return moved.rowCount ?? 0;
}

/** What the package holds half done was let go once, and is judged no more. */
const BLOCKED = sql`(precheck = 'blocked' and state <> 'dead' and not continued)`;

/** Where pre-check blocks a row it waits in Error Feedback with the cause; else it is on its way. */
export const JUDGED = sql`state = case when ${BLOCKED} then 'held' else 'queued' end,
  -- A refusal is kept under its key: the same record asks again under the next generation.
  generation = case when state in ('rejected', 'dead') then generation + 1 else generation end,
  tries = 0, retry_at = null, error_code = case when ${BLOCKED} then precheck_code end,
  error_detail = case when ${BLOCKED} then precheck_detail end`;

/** The members of `r` by outcome: what an ended run keeps as its figures. */
export const OUTCOMES = sql`(select coalesce(jsonb_object_agg(o.outcome, o.n), '{}') from (
  select m.outcome, count(*) as n from run_members m where m.run_id = r.id and m.outcome is not null group by 1) o)`;

/** Outcomes of what the package holds by a run's doing. */
export const SENT = sql`('posted', 'confirmed', 'drifted', 'linked')`;

/** How many records the run `r` sent. */
export const SENT_BY_RUN = sql`(case when r.detail ? 'outcomes'
  then (select coalesce(sum(o.value::int), 0)::int from jsonb_each_text(r.detail -> 'outcomes') o where o.key in ${SENT})
  else (select count(*)::int from run_members m where m.run_id = r.id and m.outcome in ${SENT}) end)`;

/** A run that has members to take. */
export interface TakingRun {
  readonly id: string;
  readonly kind: RunKind;
  /** Members up to here are on their way or have ended. */
  readonly takenTo: number;
}

/** Members of `r` that wait for their portion. */
const waiting = sql`(select from run_members m where m.run_id = r.id and m.position > r.taken_to and m.outcome is null and not m.taken)`;

/** Runs that have members to take, as a part of a larger question. */
export const CONNECTIONS_WITH_MEMBERS: SQL = sql`
  select r.connection_id from runs r where r.connection_id is not null and r.state = 'running' and exists ${waiting}`;

/** The connection's oldest run with members to take; null when none has. */
export async function findTakingRun(db: ScopedDb, connectionId: string): Promise<TakingRun | null> {
  const { rows } = await db.execute<{ id: string; kind: RunKind; taken_to: number }>(sql`
    select r.id, r.kind, r.taken_to from runs r where r.connection_id = ${connectionId} and r.state = 'running' and exists ${waiting}
    order by r.started_at, r.number limit 1`);
  const row = rows[0];
  return row ? { id: row.id, kind: row.kind, takenTo: row.taken_to } : null;
}

/** Members of one portion, locked with their rows until the transaction ends. */
export interface Portion {
  readonly run: TakingRun;
  readonly positions: readonly number[];
  readonly postingIds: readonly string[];
}

/**
 * Takes the next members in their order, with their rows. A row that another transaction is changing is skipped and comes with a later
 * portion, so that nothing waits for a lock here.
 */
export async function claimMembers(db: ScopedDb, run: TakingRun, most: number): Promise<Portion> {
  const { rows } = await db.execute<{ position: number; posting_id: string }>(sql`
    with next as (
      select m.position from run_members m join postings p on p.id = m.posting_id
      where m.run_id = ${run.id} and m.position > ${run.takenTo} and m.outcome is null and not m.taken
      order by m.position limit ${most} for update of p, m skip locked
    )
    update run_members m set taken = true from next where m.run_id = ${run.id} and m.position = next.position
    returning m.position, m.posting_id`);
  await db.execute(sql`
    update runs set taken_to = coalesce(
      (select min(m.position) - 1 from run_members m where m.run_id = ${run.id} and m.position > ${run.takenTo} and m.outcome is null and not m.taken),
      (select max(m.position) from run_members m where m.run_id = ${run.id}), 0)
    where id = ${run.id}`);
  return { run, positions: rows.map((row) => row.position), postingIds: rows.map((row) => row.posting_id) };
}

/** Rows of these ids. */
export const postingsIn = (ids: readonly string[]): SQL => sql`postings.id = any (${sql.param([...ids])}::uuid[])`;

export interface PortionMoved {
  readonly queued: number;
  readonly held: number;
}

/**
 * The only statement that moves a portion's judged rows, and only those that are still what was chosen. Blocked ones go to held with
 * the cause, the others to queued. A row that has changed since ends its membership with that outcome, and is not moved.
 */
export async function movePortion(db: ScopedDb, scope: ClientScope, { run, positions }: Portion): Promise<PortionMoved> {
  const these = sql`m.run_id = ${run.id} and m.position = any (${sql.param([...positions])}::int[]) and m.outcome is null`;
  const moved = await db.execute<{ state: string; n: number }>(sql`
    with moved as (
      update postings set run_id = ${run.id}, run_position = m.position, changed_at = app.now(), ${JUDGED}
      from run_members m
      where ${these} and postings.id = m.posting_id and postings.client_id = ${scope.clientId} and postings.connection_id = m.connection_id
        and postings.current
        -- Still what was chosen.
        and postings.state = m.was
        and postings.revision = m.revision
        and (postings.state <> 'pending' or postings.aside is null)
      returning postings.state
    )
    select state, count(*)::int as n from moved group by 1`);
  await db.execute(sql`
    update run_members m set ended_at = app.now(), reference = p.reference, party = p.party, outcome = case
        when p.revision <> m.revision or not p.current then 'amended' when p.aside is not null then 'set-aside'
        when p.state = 'skipped' and p.mark_reason is null then 'linked' when p.state in ('pending', 'queued', 'waiting', 'sending') then 'withdrawn'
        else p.state end
    from postings p
    where ${these} and p.id = m.posting_id and (p.run_id, p.run_position) is distinct from (m.run_id, m.position)`);
  const count = (state: string) => moved.rows.find((row) => row.state === state)?.n ?? 0;
  return { queued: count("queued"), held: count("held") };
}

/** Ends the membership of chosen rows whose turn has not come, and of a whole run's with its words. @returns how many */
export async function endWaiting(
  db: ScopedDb,
  scope: ClientScope,
  which: SQL,
  outcome: "withdrawn" | "stopped",
): Promise<number> {
  const ended = await db.execute(sql`
    update run_members m set outcome = ${outcome}, taken = true, ended_at = app.now(), reference = postings.reference, party = postings.party,
      currency = postings.currency, gross_minor = postings.gross_minor
    from postings where m.client_id = ${scope.clientId} and m.outcome is null and not m.taken and postings.id = m.posting_id and (${which})`);
  return ended.rowCount ?? 0;
}
