import { type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import type { RunKind } from "#db/schema/work.ts";
import type { SyncError } from "#lib/errors/sync-error.ts";
import { endWaiting, HAS_OPEN_MEMBER, moveAsMembers, postingsIn, type TakingRun } from "./run-members.ts";

/** The moves that staff and rules make, each one statement over a condition on `postings`: a double click finds nothing left to move. */

export interface LiveConnection {
  readonly id: string;
  readonly package: string;
  readonly state: "live" | "lost";
  /** Off: nobody calls the package, rows keep their state. */
  readonly moduleOn: boolean;
}

/** The client's connection, held against a disconnect until the transaction ends. */
export async function findLiveConnection(db: ScopedDb, scope: ClientScope): Promise<LiveConnection | null> {
  const found = await db.execute<{ id: string; package: string; state: "live" | "lost"; module_on: boolean }>(
    sql`select id, package, state, module_on from connections where client_id = ${scope.clientId} and state <> 'disconnected' for share`,
  );
  const row = found.rows[0];
  return row ? { id: row.id, package: row.package, state: row.state, moduleOn: row.module_on } : null;
}

/** The chosen rows and, of the payments among them, the documents that are not in the package yet. */
export const withDocuments = (scope: ClientScope, connectionId: string, chosen: SQL): SQL => sql`(${chosen}) or postings.id in (
  select doc.id from postings doc
  where doc.client_id = ${scope.clientId} and doc.connection_id = ${connectionId} and doc.current
    and doc.kind in ('sales-invoice', 'bill', 'sales-credit-note', 'supplier-credit-note')
    and doc.state in ('pending', 'held', 'rejected', 'dead') and (doc.state <> 'pending' or doc.aside is null)
    and not exists (select from external_refs r where r.connection_id = ${connectionId} and r.family = 'document' and r.record_id = doc.record_id)
    and doc.record_id in (
      select a.document_id from postings join allocations a on a.payment_id = postings.record_id
      where postings.client_id = ${scope.clientId} and postings.current and postings.kind = 'payment' and (${chosen})
    )
)`;

/** A chosen row that is on its way, exported or marked brings no customer, supplier or product along. */
export const MAY_GO = sql`postings.state in ('pending', 'held', 'rejected', 'dead') and (postings.state <> 'pending' or postings.aside is null)`;

/**
 * The customers, suppliers and products that chosen documents need and the package does not hold: they go along. A retry takes those that
 * were held or refused, too. What the run has moved before, and somebody took back or the package refused, does not come again with each
 * portion.
 */
export async function listAlong(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  run: TakingRun,
  chosen: SQL,
): Promise<string[]> {
  const states = run.kind === "retry" ? sql`('pending', 'held', 'rejected', 'dead')` : sql`('pending')`;
  const { rows } = await db.execute<{ id: string }>(sql`
    with needed as materialized (
      select d.contact_id as id from postings join documents d on d.id = postings.record_id
      where postings.client_id = ${scope.clientId} and postings.current and ${MAY_GO} and (${chosen})
      union
      select l.product_id from postings join document_lines l on l.document_id = postings.record_id and l.revision = postings.revision
      where postings.client_id = ${scope.clientId} and postings.current and ${MAY_GO} and l.product_id is not null and (${chosen})
    )
    select postings.id from needed join postings on postings.record_id = needed.id
    where postings.client_id = ${scope.clientId} and postings.connection_id = ${connectionId} and postings.current
      and postings.kind in ('customer', 'supplier', 'product') and postings.state in ${states} and (postings.state <> 'pending' or postings.aside is null)
      and postings.run_id is distinct from ${run.id} and not ${HAS_OPEN_MEMBER}
      -- A change of one that is there goes when it is chosen itself.
      and not exists (select from external_refs r where r.connection_id = ${connectionId} and r.family in ('contact', 'product') and r.record_id = postings.record_id)
    order by postings.id`);
  return rows.map((row) => row.id);
}

export async function insertRun(
  db: ScopedDb,
  scope: ClientScope,
  run: { connectionId: string; kind: RunKind; detail?: Record<string, unknown>; traceParent: string | null },
): Promise<{ id: string; number: number }> {
  const made = await db.execute<{ id: string; number: string }>(sql`
    insert into runs (client_id, connection_id, kind, started_by, started_by_user_id, detail, trace_parent)
    values (${scope.clientId}, ${run.connectionId}, ${run.kind}, ${scope.actor.label}, ${scope.actor.userId},
      ${JSON.stringify(run.detail ?? {})}::jsonb, ${run.traceParent})
    returning id, number`);
  const row = made.rows[0];
  if (!row) throw new Error("The run was not made");
  return { id: row.id, number: Number(row.number) };
}

/** Marks unsent rows as exported by hand: they never go until the mark is undone. */
export async function moveToMarked(db: ScopedDb, scope: ClientScope, chosen: SQL, reason: string): Promise<number> {
  const moved = await db.execute(sql`
    update postings set state = 'skipped', mark_reason = ${reason}, exported_at = app.now(), exported_how = 'marked',
      exported_by = ${scope.actor.label}, run_id = null, error_code = null, error_detail = null, changed_at = app.now()
    where client_id = ${scope.clientId} and current and not continued
      and state in ('pending', 'held', 'queued', 'rejected', 'conflict', 'dead') and (${chosen})`);
  return moved.rowCount ?? 0;
}

/** Undoes the mark: the rows wait in Pending Export again. */
export async function moveToUnmarked(db: ScopedDb, scope: ClientScope, chosen: SQL): Promise<number> {
  const moved = await db.execute(sql`
    update postings set state = 'pending', mark_reason = null, exported_at = null, exported_how = null, exported_by = null,
      changed_since_marked = false, precheck = null, changed_at = app.now()
    where client_id = ${scope.clientId} and current and state = 'skipped' and (${chosen})`);
  return moved.rowCount ?? 0;
}

/** Takes back what was asked for and not sent: members whose turn has not come, first, so that none of them is moved meanwhile; then rows. */
export async function moveToWithdrawn(db: ScopedDb, scope: ClientScope, chosen: SQL): Promise<number> {
  const ended = await endWaiting(db, scope, sql`postings.state = 'pending' and (${chosen})`, "withdrawn");
  const moved = await db.execute(sql`
    update postings set state = 'pending', error_code = null, error_detail = null, run_id = null, retry_at = null, changed_at = app.now()
    where client_id = ${scope.clientId} and current and state in ('queued', 'held') and not continued and (${chosen})`);
  return ended + (moved.rowCount ?? 0);
}

/** Has the worker look for one row whose outcome is unknown without waiting for its turn. */
export async function setLookNow(db: ScopedDb, scope: ClientScope, postingId: string): Promise<string | null> {
  const found = await db.execute<{ connection_id: string }>(sql`
    update postings set resolve_after = app.now(), changed_at = app.now()
    where client_id = ${scope.clientId} and id = ${postingId} and state = 'unknown' returning connection_id`);
  return found.rows[0]?.connection_id ?? null;
}

/**
 * Asks a run to stop: members whose turn has not come are left out, what it has not sent goes back to pending, what is under way ends in
 * its own time. Null where it does not run.
 */
export async function stopRunRows(
  db: ScopedDb,
  scope: ClientScope,
  runId: string,
): Promise<{ connectionId: string; withdrawn: number } | null> {
  const run = await db.execute<{ connection_id: string }>(sql`
    update runs set state = 'stopping' where client_id = ${scope.clientId} and id = ${runId} and state = 'running' returning connection_id`);
  const connectionId = run.rows[0]?.connection_id;
  if (connectionId === undefined) return null;
  const ended = await endWaiting(db, scope, sql`m.run_id = ${runId}`, "stopped");
  const withdrawn = await db.execute(sql`
    update postings set state = 'pending', error_code = null, error_detail = null, run_id = null, retry_at = null, changed_at = app.now()
    where client_id = ${scope.clientId} and run_id = ${runId} and current and state in ('queued', 'held') and not continued`);
  return { connectionId, withdrawn: ended + (withdrawn.rowCount ?? 0) };
}

/** Whether anything of the client stands in Error Feedback because it was held or refused. */
export async function hasStopped(db: ScopedDb, scope: ClientScope): Promise<boolean> {
  const found = await db.execute(sql`
    select 1 from postings where client_id = ${scope.clientId} and current and panel = 'errors' and state in ('held', 'rejected') limit 1`);
  return (found.rowCount ?? 0) > 0;
}

/** What pre-check passes now of what was held, and of what the package refused for its mapping or for a lock date. */
const RELEASABLE = sql`(postings.precheck in ('ready', 'warning')
  -- What the package said about its own state, and what somebody kept back, only a person's retry asks again.
  and ((postings.state = 'held' and not postings.continued and postings.error_code is distinct from 'package.document-state'
      and postings.error_code is distinct from 'rule.before-sending')
    -- Pre-check does not see that the package already has a contact of this name: a link or another name solves it.
    or (postings.state = 'rejected' and postings.error_code is distinct from 'mapping.entity-unlinked'
      and (postings.error_code like 'mapping.%' or postings.error_code = 'package.period-locked'))))`;

const RELEASED = sql`state = 'queued', error_code = null, error_detail = null, retry_at = null, tries = 0,
  generation = case when state = 'rejected' then generation + 1 else generation end`;

/** An id that no run has: none of the released rows' runs has moved what goes along with them. */
const NO_RUN: TakingRun = { id: "00000000-0000-0000-0000-000000000000", kind: "upload", takenTo: 0 };

/**
 * After a cause may have gone: held rows that pre-check passes now go to queued by themselves, and so do rows that the package refused
 * for their mapping or for a lock date, and with them the customers, suppliers and products that they need and nobody has sent yet;
 * those still blocked show the present cause. A row goes on in its run while that is under way. One whose run has ended stands under a
 * run of its own, or under the night that is at work: what ended stays as it was.
 * @param only rows that may be released at all, where one person chose for some
 */
export async function releaseHeld(
  db: ScopedDb,
  scope: ClientScope,
  traceParent: string | null = null,
  only: SQL = sql`true`,
): Promise<number> {
  const releasable = sql`(${RELEASABLE} and (${only}))`;
  const { rows } = await db.execute<{ id: string; connection_id: string | null; night: boolean }>(sql`
    select id, connection_id, kind = 'nightly' and detail ->> 'phase' = 'work' as night from runs
    where client_id = ${scope.clientId} and state = 'running' and connection_id is not null order by started_at, number for key share`);
  const open = sql.param(rows.map((run) => run.id));
  const parties = new Map<string, string[]>();
  const waiting = await db.execute<{ connection_id: string }>(
    sql`select distinct connection_id from postings where client_id = ${scope.clientId} and current and ${releasable}`,
  );
  for (const { connection_id } of waiting.rows)
    parties.set(connection_id, await listAlong(db, scope, connection_id, NO_RUN, releasable));
  const gone = await db.execute<{ connection_id: string; run_id: string }>(sql`
    with gone as (
      update postings set ${RELEASED}, changed_at = app.now()
      where client_id = ${scope.clientId} and current and ${releasable} and run_id = any (${open}::uuid[]) and run_position is not null
        and not ${HAS_OPEN_MEMBER}
      returning connection_id, run_id
    )
    select connection_id, run_id from gone`);
  await db.execute(sql`
    update postings set error_code = precheck_code, error_detail = precheck_detail, changed_at = app.now()
    where client_id = ${scope.clientId} and current and state = 'held' and precheck = 'blocked' and not continued and (${only})
      and (error_code, error_detail) is distinct from (precheck_code, precheck_detail)`);
  const left = await db.execute<{ connection_id: string }>(sql`
    select distinct connection_id from postings where client_id = ${scope.clientId} and current and ${releasable} and not ${HAS_OPEN_MEMBER}`);
  const runs = new Map(gone.rows.map((row) => [row.connection_id, row.run_id]));
  let released = gone.rows.length;
  for (const { connection_id } of left.rows) {
    const night = rows.find((run) => run.night && run.connection_id === connection_id);
    const run =
      night ??
      (await insertRun(db, scope, { connectionId: connection_id, kind: "retry", detail: { trigger: "released" }, traceParent }));
    runs.set(connection_id, run.id);
    released += await moveAsMembers(
      db,
      scope,
      run.id,
      sql`postings.connection_id = ${connection_id} and ${releasable}`,
      RELEASED,
    );
  }
  for (const [connectionId, runId] of runs) {
    const ids = parties.get(connectionId) ?? [];
    const along = sql`${postingsIn(ids)} and postings.state = 'pending' and postings.precheck in ('ready', 'warning')`;
    if (ids.length > 0) await moveAsMembers(db, scope, runId, along, sql`state = 'queued', tries = 0, retry_at = null`);
  }
  return released;
}

/** Rows held for what another document is: one of the same number, the one that a payment pays. A change of that one mends them. */
export const HELD_BY_ANOTHER = sql`(postings.state = 'held' and postings.error_code in ('source.already-in-package',
  'source.dependency-missing', 'source.document-void', 'package.payment-too-large'))`;

/** Whether any such row stands. */
export async function hasHeldByAnother(db: ScopedDb, scope: ClientScope): Promise<boolean> {
  const found = await db.execute(sql`
    select 1 from postings where client_id = ${scope.clientId} and current and panel = 'errors' and ${HELD_BY_ANOTHER} limit 1`);
  return (found.rowCount ?? 0) > 0;
}

/** Whether rows stand that were held or refused for a lock date and that pre-check passes now. */
export async function hasUnlocked(db: ScopedDb, scope: ClientScope): Promise<boolean> {
  const found = await db.execute(sql`
    select 1 from postings where client_id = ${scope.clientId} and current and panel = 'errors' and error_code = 'package.period-locked'
      and ${RELEASABLE} and not ${HAS_OPEN_MEMBER} limit 1`);
  return (found.rowCount ?? 0) > 0;
}

/** Holds queued rows that pre-check now blocks for a lock date, before any of them is sent. @returns how many */
export async function holdLocked(db: ScopedDb, scope: ClientScope): Promise<number> {
  const held = await db.execute(sql`
    update postings set state = 'held', error_code = precheck_code, error_detail = precheck_detail, retry_at = null, changed_at = app.now()
    where client_id = ${scope.clientId} and current and state = 'queued' and not continued
      and precheck = 'blocked' and precheck_code = 'package.period-locked'`);
  return held.rowCount ?? 0;
}

/** Holds one queued row that cannot go, with its cause. */
export async function holdPosting(db: ScopedDb, scope: ClientScope, postingId: string, error: SyncError): Promise<void> {
  await db.execute(sql`
    update postings set state = 'held', error_code = ${error.code}, error_detail = ${JSON.stringify(error.detail)}::jsonb, changed_at = app.now()
    where client_id = ${scope.clientId} and id = ${postingId} and state = 'queued'`);
}

/**
 * A product that the package said it does not have, though we had sent it: its link is void, and it is queued to be made again. The
 * chosen rows are the refused documents that name it.
 */
export async function requeueMissingProducts(db: ScopedDb, scope: ClientScope, runId: string, chosen: SQL): Promise<number> {
  const missing = sql`
    select pr.id from products pr where pr.client_id = ${scope.clientId} and lower(pr.reference) in (
      select lower(postings.error_detail ->> 'value') from postings
      where postings.client_id = ${scope.clientId} and postings.current and postings.state = 'rejected'
        and postings.error_code = 'source.dependency-missing' and (${chosen}))`;
  const rows = sql`client_id = ${scope.clientId} and current and kind = 'product' and record_id in (${missing})`;
  await db.execute(sql`update postings set state = 'drifted', confirmed_at = app.now(),
    differences = jsonb_build_array(jsonb_build_object('field', 'Record', 'ours', reference, 'theirs', 'not there'))
    where ${rows} and state in ('posted', 'confirmed')`);
  // The old link ends here, and what it was is kept: one more id of the same record is then no second copy of it.
  await db.execute(sql`
    insert into corrections (client_id, connection_id, actor, what, kind, record_id, posting_id, reference, party, differences, note)
    select client_id, connection_id, ${scope.actor.label}, 'sent-again', kind, record_id, id, reference, party,
      jsonb_build_array(jsonb_build_object('field', 'Record', 'ours', reference, 'theirs', 'not there')),
      'The link to ' || coalesce(external_id, 'it') || ' ended: it is no longer there, and is made anew.'
    from postings where ${rows} and state = 'drifted'`);
  await db.execute(sql`delete from external_refs where client_id = ${scope.clientId} and family = 'product'
    and record_id in (select record_id from postings where ${rows} and state = 'drifted')`);
  return moveAsMembers(
    db,
    scope,
    runId,
    sql`${rows} and state = 'drifted'`,
    sql`state = 'queued', generation = generation + 1, external_id = null, differences = null, exported_at = null, tries = 0, retry_at = null`,
  );
}
