import { sql } from "drizzle-orm";
import type { ClientScope, PracticeScope, ScopedDb } from "#db/client.ts";
import { isPresent } from "#db/queries/mailbox/visits.ts";
import { connectionsWithDueAttachments, nextAttachment } from "#db/queries/postings/attachments.ts";
import { CONNECTIONS_WITH_MEMBERS, OUTCOMES } from "#db/queries/postings/run-members.ts";
import type { ConnectionSettings } from "#db/schema/clients.ts";
import { POSTING_KINDS, type RecordKind } from "#lib/common/records.ts";
import type { ConnectionOptions, PackageId } from "#lib/connectors/types.ts";

export interface WorkConnection {
  readonly id: string;
  readonly clientId: string;
  readonly clientSlug: string;
  readonly package: PackageId;
  readonly tenantId: string;
  readonly baseCurrency: string;
  readonly apiUrl: string | null;
  readonly options: ConnectionOptions;
  readonly settings: ConnectionSettings;
  /** Kinds whose numbers this organisation keeps unique, where it says so itself; of no use where nothing is sent. */
  readonly uniqueNumbers?: readonly RecordKind[] | null;
}

/** A connection that is live and switched on: one that is lost, disconnected or off is left alone, and its rows stay queued. */
export async function findWorkConnection(
  db: ScopedDb,
  _scope: PracticeScope,
  connectionId: string,
): Promise<WorkConnection | null> {
  const found = await db.execute<{
    id: string;
    client_id: string;
    slug: string;
    package: PackageId;
    tenant_id: string;
    base_currency: string;
    api_url: string | null;
    options: ConnectionOptions;
    settings: ConnectionSettings;
    unique_numbers: RecordKind[] | null;
  }>(sql`
    select c.id, c.client_id, cl.slug, c.package, c.tenant_id, c.base_currency, c.api_url, c.options, c.settings, c.unique_numbers
    from connections c join clients cl on cl.id = c.client_id where c.id = ${connectionId} and c.state = 'live' and c.module_on and c.stopped_at is null`);
  const row = found.rows[0];
  return row
    ? {
        id: row.id,
        clientId: row.client_id,
        clientSlug: row.slug,
        package: row.package,
        tenantId: row.tenant_id,
        baseCurrency: row.base_currency,
        apiUrl: row.api_url,
        options: row.options,
        settings: row.settings,
        uniqueNumbers: row.unique_numbers,
      }
    : null;
}

/** Rows that a worker can do something about now. */
const DUE = sql`(
  (p.state = 'queued' and p.current and (p.retry_at is null or p.retry_at <= app.now()))
  or (p.state = 'posted' and p.current and (p.retry_at is null or p.retry_at <= app.now()))
  or (p.state = 'unknown' and p.resolve_after <= app.now())
)`;

/** The kinds of record of which something stands in this state on the connection: a look into the index for each, however many rows. */
export async function kindsInState(
  db: ScopedDb,
  connectionId: string,
  state: "queued" | "posted",
): Promise<ReadonlySet<RecordKind>> {
  const found = await db.execute<{ kind: RecordKind }>(sql`
    select k.kind from unnest(${sql.param([...POSTING_KINDS])}::text[]) as k(kind)
    where exists (select from postings p where p.connection_id = ${connectionId} and p.state = ${state} and p.kind = k.kind)`);
  return new Set(found.rows.map((row) => row.kind));
}

/** Packages that we don't call. */
export interface Uncalled {
  /** Those that collect: of theirs only what runs have chosen, while their program is not there. */
  readonly collecting: readonly string[];
  /** Those that take files: what runs have chosen, what goes into a file, and what a person brought. */
  readonly filing: readonly string[];
}

/** What a person brought of a package that takes files, and no worker has worked through. */
const BROUGHT = sql`select connection_id from batch_files where state = 'answered' and applied_at is null
  union select connection_id from read_backs where worked_at is null`;

/** Live connections that have work due and that nobody holds: what a lost wake-up left behind. */
export async function unsafeListDueConnections(
  db: ScopedDb,
  _scope: PracticeScope,
  most: number,
  { collecting, filing }: Uncalled = { collecting: [], filing: [] },
): Promise<string[]> {
  const due = await db.execute<{ id: string }>(sql`
    with recursive open as (
      -- Steps from connection to connection along the index of open rows: what it costs grows with the work there is, not with the clients.
      (select connection_id as id from postings where state in ('queued', 'sending', 'unknown', 'posted', 'held') order by connection_id limit 1)
      union all
      select (select p.connection_id from postings p where p.state in ('queued', 'sending', 'unknown', 'posted', 'held') and p.connection_id > open.id
        order by p.connection_id limit 1)
      from open where open.id is not null
    ), looks as (
      -- What a reading showed as changed is held against what was sent, a minute after the last time slice at the earliest.
      (select connection_id as id from package_documents where look_due order by connection_id limit 1)
      union all
      select (select d.connection_id from package_documents d where d.look_due and d.connection_id > looks.id order by d.connection_id limit 1)
      from looks where looks.id is not null
    ), opens as (
      -- So is what is open there by another amount than here.
      (select connection_id as id from package_documents where open_due order by connection_id limit 1)
      union all
      select (select d.connection_id from package_documents d where d.open_due and d.connection_id > opens.id order by d.connection_id limit 1)
      from opens where opens.id is not null
    ), found as (
      select o.id from (select id from looks union select id from opens) o
      join connections l on l.id = o.id and l.last_sync_at < app.now() - interval '1 minute'
      union
      select open.id from open where open.id is not null and exists (select from postings p
        where p.connection_id = open.id and p.state in ('queued', 'sending', 'unknown', 'posted', 'held') and ${DUE})
      union
      select r.connection_id from runs r where r.connection_id is not null and r.state in ('running', 'stopping') and (r.state = 'stopping'
        or (r.kind not in ('upload', 'retry', 'nightly') and not r.detail ? 'readAt')
        or (r.kind = 'nightly' and r.detail ->> 'phase' = 'work' and not r.detail ? 'readAt'))
      union
      ${CONNECTIONS_WITH_MEMBERS}
      union
      ${BROUGHT}
      union
      ${connectionsWithDueAttachments}
    )
    select c.id from found join connections c on c.id = found.id
    where c.state = 'live' and c.module_on and c.stopped_at is null and (c.blocked_until is null or c.blocked_until <= app.now())
      and not exists (select from rate_buckets b where b.scope = c.package || ':app' and b.blocked_until > app.now())
      and not exists (select from connection_leases l where l.connection_id = c.id and l.until > clock_timestamp())
      ${
        collecting.length === 0
          ? sql``
          : sql`and (not c.package = any (${sql.param([...collecting])}::text[])
              or exists (select from collector_visits v where v.connection_id = c.id and ${isPresent})
              or c.id in (${CONNECTIONS_WITH_MEMBERS}))`
      }
      ${
        filing.length === 0
          ? sql``
          : sql`and (not c.package = any (${sql.param([...filing])}::text[])
              or c.id in (${CONNECTIONS_WITH_MEMBERS}) or c.id in (${BROUGHT})
              -- What names something that waits in a file stays queued as long: only what was queued just now may want a file.
              or exists (select from postings p where p.connection_id = c.id and p.current and p.state = 'queued'
                and p.changed_at > app.now() - interval '10 minutes' and ${DUE}))`
      }
    limit ${most}`);
  return due.rows.map((row) => row.id);
}

/** When the next thing of this connection falls due on the one clock, or null when nothing waits. */
export async function findNextDue(db: ScopedDb, connectionId: string): Promise<Date | null> {
  const found = await db.execute<{ at: string | null }>(sql`
    select least(
      (select min(retry_at) from postings where connection_id = ${connectionId} and state in ('queued', 'posted') and current and retry_at > app.now()),
      (select min(resolve_after) from postings where connection_id = ${connectionId} and state = 'unknown'),
      (${nextAttachment(connectionId)})
    ) as at`);
  const at = found.rows[0]?.at;
  return at ? new Date(at) : null;
}

/**
 * Ends runs of postings that have nothing left to take, to send, to look up or to see; their members' outcomes are their figures from then
 * on. Runs that move no postings are ended by those who do their work.
 */
export async function endFinishedRuns(db: ScopedDb, connectionId: string): Promise<void> {
  // Held first, and looked at by the next statement: whoever gives a run another member meanwhile is waited for, and seen.
  const open = await db.execute<{ id: string }>(
    sql`select id from runs where connection_id = ${connectionId} and state in ('running', 'stopping') order by id for update`,
  );
  if (open.rows.length === 0) return;
  await db.execute(sql`
    with ended as (
    update runs r set state = case when r.state = 'stopping' then 'stopped' else 'finished' end, ended_at = app.now(),
      detail = r.detail || jsonb_build_object('outcomes', ${OUTCOMES})
    where r.connection_id = ${connectionId} and r.id = any (${sql.param(open.rows.map((run) => run.id))}::uuid[]) and r.state in ('running', 'stopping')
      and (r.kind in ('upload', 'retry') or (r.kind in ('synchronise', 'nightly') and (r.detail ? 'readAt' or r.state = 'stopping')))
      and not exists (select from postings p where p.run_id = r.id and p.state in ('queued', 'waiting', 'sending', 'unknown'))
      and not exists (select from postings p where p.run_id = r.id and p.state = 'posted' and p.retry_at is null)
      and not exists (select from run_members m where m.run_id = r.id and m.outcome is null)
    returning r.night_on
    )
    update nights n set done = n.done + 1, changed = n.changed + 1 from ended e where n.night_on = e.night_on`);
}

/** Lock dates are read again at most this often where no run has begun since. */
const LOCKS_STAND = sql`interval '1 minute'`;

/**
 * Whether lock dates are to be read before anything goes: `run`, since one began after they were read; `minute`, since one has a portion
 * before it or documents stand queued, and they are a minute old; null where they stand.
 */
export async function needsLockDates(db: ScopedDb, connectionId: string): Promise<"run" | "minute" | null> {
  const { rows } = await db.execute<{ why: "run" | "minute" | null }>(sql`
    select case
      when exists (select from runs r where r.connection_id = c.id and r.kind in ('upload', 'retry', 'synchronise') and r.state = 'running'
        and (c.locks_as_of is null or r.started_at > c.locks_as_of)) then 'run'
      -- While calls do not get through, what waits has the next try.
      when c.failed_tries = 0 and (c.locks_as_of is null or c.locks_as_of < app.now() - ${LOCKS_STAND}) and (
        c.id in (${CONNECTIONS_WITH_MEMBERS})
        or exists (select from postings p where p.connection_id = c.id and p.state = 'queued' and p.current
          and p.kind in ('sales-invoice', 'bill', 'sales-credit-note', 'supplier-credit-note', 'payment', 'journal')
          and (p.retry_at is null or p.retry_at <= app.now()))) then 'minute' end as why
    from connections c where c.id = ${connectionId}`);
  return rows[0]?.why ?? null;
}

/** When the lock dates of the client's connection were last read, and whether that is a minute ago; null without a connection. */
export async function findLocksRead(
  db: ScopedDb,
  scope: ClientScope,
): Promise<{ readonly asOf: Date | null; readonly old: boolean } | null> {
  const { rows } = await db.execute<{ at: string | Date | null; old: boolean }>(sql`
    select greatest(locks_as_of, lists_as_of) as at, coalesce(locks_as_of < app.now() - ${LOCKS_STAND}, true) as old
    from connections where client_id = ${scope.clientId} and state <> 'disconnected'`);
  const row = rows[0];
  return row ? { asOf: row.at === null ? null : new Date(row.at), old: row.old } : null;
}

export async function markSynced(db: ScopedDb, connectionId: string): Promise<void> {
  await db.execute(sql`update connections set last_sync_at = app.now() where id = ${connectionId}`);
}

/** The one clock's setting for SQL: `app.now()` follows it; null for real time. */
export async function saveClock(db: ScopedDb, setting: { realAt: Date; virtualAt: Date; scale: number } | null): Promise<void> {
  if (setting === null) {
    await db.execute(sql`delete from clock`);
    return;
  }
  await db.execute(sql`
    insert into clock (id, real_at, virtual_at, scale) values (1, ${setting.realAt}, ${setting.virtualAt}, ${setting.scale})
    on conflict (id) do update set real_at = excluded.real_at, virtual_at = excluded.virtual_at, scale = excluded.scale`);
}
