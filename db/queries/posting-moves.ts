import { type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import type { RunKind } from "#db/schema/work.ts";
import type { SyncError } from "#lib/errors/sync-error.ts";

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

/** A chosen row that is on its way, exported or marked takes nobody along. */
const MAY_GO = sql`postings.state in ('pending', 'held', 'rejected', 'dead') and (postings.state <> 'pending' or postings.aside is null)`;

/** The chosen rows and, of the documents among them, the customers, suppliers and products that are not in the package yet. */
export const withDependencies = (
  scope: ClientScope,
  connectionId: string,
  chosen: SQL,
): SQL => sql`(${chosen}) or postings.id in (
  select dep.id from postings dep
  where dep.client_id = ${scope.clientId} and dep.connection_id = ${connectionId} and dep.current and dep.kind in ('customer', 'supplier', 'product')
    and dep.state in ('pending', 'held', 'rejected', 'dead') and (dep.state <> 'pending' or dep.aside is null)
    -- A change of one that is there goes when it is chosen itself.
    and not exists (select from external_refs r where r.connection_id = ${connectionId} and r.family in ('contact', 'product') and r.record_id = dep.record_id)
    and dep.record_id in (
      select d.contact_id from postings join documents d on d.id = postings.record_id
      where postings.client_id = ${scope.clientId} and postings.current and ${MAY_GO} and (${chosen})
      union
      select l.product_id from postings join document_lines l on l.document_id = postings.record_id and l.revision = postings.revision
      where postings.client_id = ${scope.clientId} and postings.current and ${MAY_GO} and l.product_id is not null and (${chosen})
    )
)`;

export async function insertRun(
  db: ScopedDb,
  scope: ClientScope,
  run: { connectionId: string; kind: RunKind; total?: number; detail?: Record<string, unknown>; traceParent: string | null },
): Promise<{ id: string; number: number }> {
  const made = await db.execute<{ id: string; number: string }>(sql`
    insert into runs (client_id, connection_id, kind, started_by, started_by_user_id, total, detail, trace_parent)
    values (${scope.clientId}, ${run.connectionId}, ${run.kind}, ${scope.actor.label}, ${scope.actor.userId}, ${run.total ?? 0},
      ${JSON.stringify(run.detail ?? {})}::jsonb, ${run.traceParent})
    returning id, number`);
  const row = made.rows[0];
  if (!row) throw new Error("The run was not made");
  return { id: row.id, number: Number(row.number) };
}

export interface Queued {
  readonly queued: number;
  readonly held: number;
  /** Customers, suppliers and products among the queued. */
  readonly dependencies: number;
}

/** Moves judged rows on their way: blocked ones to held with the cause, the others to queued. */
export async function moveToQueue(
  db: ScopedDb,
  scope: ClientScope,
  runId: string,
  from: "upload" | "retry",
  chosen: SQL,
  chosenAlone: SQL,
): Promise<Queued> {
  const states = from === "upload" ? sql`('pending')` : sql`('rejected', 'held', 'dead', 'pending')`;
  const moved = await db.execute<{ state: string; dependency: boolean; n: number }>(sql`
    with moved as (
      update postings set
        state = case when precheck = 'blocked' and state <> 'dead' then 'held' else 'queued' end,
        -- A refusal is kept under its key: the same record asks again under the next generation.
        generation = case when state in ('rejected', 'dead') then generation + 1 else generation end,
        run_id = ${runId}, tries = 0, retry_at = null, changed_at = app.now(),
        error_code = case when precheck = 'blocked' and state <> 'dead' then precheck_code end,
        error_detail = case when precheck = 'blocked' and state <> 'dead' then precheck_detail end
      where client_id = ${scope.clientId} and current and state in ${states} and (state <> 'pending' or aside is null) and (${chosen})
      returning id, state
    )
    select moved.state, not exists (select from postings where postings.id = moved.id and (${chosenAlone})) as dependency, count(*)::int as n
    from moved group by 1, 2`);
  const sum = (test: (row: { state: string; dependency: boolean }) => boolean) =>
    moved.rows.filter(test).reduce((total, row) => total + row.n, 0);
  const result = {
    queued: sum((row) => row.state === "queued"),
    held: sum((row) => row.state === "held"),
    dependencies: sum((row) => row.dependency),
  };
  await db.execute(sql`update runs set total = ${result.queued + result.held} where id = ${runId}`);
  return result;
}

/** Marks unsent rows as exported by hand: they never go until the mark is undone. */
export async function moveToMarked(db: ScopedDb, scope: ClientScope, chosen: SQL, reason: string): Promise<number> {
  const moved = await db.execute(sql`
    update postings set state = 'skipped', mark_reason = ${reason}, exported_at = app.now(), exported_how = 'marked',
      exported_by = ${scope.actor.label}, run_id = null, error_code = null, error_detail = null, changed_at = app.now()
    where client_id = ${scope.clientId} and current and state in ('pending', 'held', 'queued', 'rejected', 'conflict', 'dead') and (${chosen})`);
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

/** Takes back what was asked for and not sent. */
export async function moveToWithdrawn(db: ScopedDb, scope: ClientScope, chosen: SQL): Promise<number> {
  const moved = await db.execute(sql`
    update postings set state = 'pending', error_code = null, error_detail = null, run_id = null, retry_at = null, changed_at = app.now()
    where client_id = ${scope.clientId} and current and state in ('queued', 'held', 'waiting') and (${chosen})`);
  return moved.rowCount ?? 0;
}

/** Has the worker look for one row whose outcome is unknown without waiting for its turn. */
export async function setLookNow(db: ScopedDb, scope: ClientScope, postingId: string): Promise<string | null> {
  const found = await db.execute<{ connection_id: string }>(sql`
    update postings set resolve_after = app.now(), changed_at = app.now()
    where client_id = ${scope.clientId} and id = ${postingId} and state = 'unknown' returning connection_id`);
  return found.rows[0]?.connection_id ?? null;
}

/** Asks a run to stop: what it has not sent goes back to pending, what is under way ends in its own time. */
export async function stopRunRows(
  db: ScopedDb,
  scope: ClientScope,
  runId: string,
): Promise<{ found: boolean; withdrawn: number }> {
  const run = await db.execute(sql`
    update runs set state = 'stopping' where client_id = ${scope.clientId} and id = ${runId} and state = 'running'`);
  if ((run.rowCount ?? 0) === 0) return { found: false, withdrawn: 0 };
  const withdrawn = await db.execute(sql`
    update postings set state = 'pending', error_code = null, error_detail = null, retry_at = null, changed_at = app.now()
    where client_id = ${scope.clientId} and run_id = ${runId} and current and state in ('queued', 'held')`);
  return { found: true, withdrawn: withdrawn.rowCount ?? 0 };
}

/** Whether anything of the client stands in Error Feedback because it was held or refused. */
export async function hasStopped(db: ScopedDb, scope: ClientScope): Promise<boolean> {
  const found = await db.execute(sql`
    select 1 from postings where client_id = ${scope.clientId} and current and panel = 'errors' and state in ('held', 'rejected') limit 1`);
  return (found.rowCount ?? 0) > 0;
}

/** Rows that go by themselves once pre-check passes them: held, or refused for their mapping or for a lock date. */
export const RELEASABLE = sql`(postings.current and postings.precheck in ('ready', 'warning')
  -- What the package said about its own state, and what somebody kept back, only a person's retry asks again.
  and ((postings.state = 'held' and postings.error_code is distinct from 'package.document-state'
      and postings.error_code is distinct from 'rule.before-sending')
    -- Whose name the package holds already, pre-check does not see: a link or another name mends it.
    or (postings.state = 'rejected' and postings.error_code is distinct from 'mapping.entity-unlinked'
      and (postings.error_code like 'mapping.%' or postings.error_code = 'package.period-locked'))))`;

/**
 * After a cause may have gone: what is {@link RELEASABLE} is queued by itself, and with it the customers, suppliers and products that it
 * needs and nobody has sent yet; what is still blocked shows the present cause.
 */
export async function releaseHeld(db: ScopedDb, scope: ClientScope): Promise<number> {
  const released = await db.execute<{ n: number }>(sql`
    with released as (
      update postings set state = 'queued', error_code = null, error_detail = null, retry_at = null, tries = 0,
        generation = case when state = 'rejected' then generation + 1 else generation end, changed_at = app.now()
      where client_id = ${scope.clientId} and ${RELEASABLE}
      returning record_id, revision, run_id, connection_id, kind
    ), needed as (
      select distinct on (party.id) party.id, party.run_id, party.connection_id from (
        select d.contact_id as id, r.run_id, r.connection_id from released r join documents d on d.id = r.record_id
        union all
        select l.product_id, r.run_id, r.connection_id from released r
          join document_lines l on l.document_id = r.record_id and l.revision = r.revision where l.product_id is not null
      ) party order by party.id, party.run_id
    ), along as (
      update postings p set state = 'queued', run_id = n.run_id, tries = 0, retry_at = null, changed_at = app.now()
      from needed n
      where p.client_id = ${scope.clientId} and p.connection_id = n.connection_id and p.record_id = n.id and p.current
        and p.kind in ('customer', 'supplier', 'product') and p.state = 'pending' and p.aside is null and p.precheck in ('ready', 'warning')
        and not exists (select from external_refs x where x.connection_id = n.connection_id and x.family in ('contact', 'product')
          and x.record_id = n.id)
      returning 1
    )
    select count(*)::int as n from released where (select count(*) from along) >= 0`);
  await db.execute(sql`
    update postings set error_code = precheck_code, error_detail = precheck_detail, changed_at = app.now()
    where client_id = ${scope.clientId} and current and state = 'held' and precheck = 'blocked'
      and (error_code, error_detail) is distinct from (precheck_code, precheck_detail)`);
  const count = released.rows[0]?.n ?? 0;
  if (count > 0) {
    await db.execute(sql`
      update runs set state = 'running', ended_at = null where client_id = ${scope.clientId} and state = 'finished'
        and id in (select distinct run_id from postings where client_id = ${scope.clientId} and state = 'queued' and run_id is not null)`);
  }
  return count;
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
  await db.execute(sql`delete from external_refs where client_id = ${scope.clientId} and family = 'product'
    and record_id in (select record_id from postings where ${rows} and state = 'drifted')`);
  const queued = await db.execute(sql`
    update postings set state = 'queued', generation = generation + 1, run_id = ${runId}, external_id = null, differences = null, exported_at = null,
      tries = 0, retry_at = null, changed_at = app.now()
    where ${rows} and state = 'drifted'`);
  return queued.rowCount ?? 0;
}
