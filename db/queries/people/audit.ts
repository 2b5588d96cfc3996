import { type SQL, sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import { auditEvents } from "#db/schema/work.ts";
import type { PracticeScope, Scope } from "#lib/common/scope.ts";

export interface AuditEntry {
  /** What was done, as `subject.verb`: `export.upload`, `user.disable`, `access.refused`. */
  readonly action: string;
  /** What it was done to: a record's reference, a user's e-mail, a run's number. */
  readonly subject?: string;
  /** Predicate, count and hash of a bulk action; never a secret. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Appends one row in the caller's transaction. The hash chain is the database's work. */
export async function addAuditEvent(db: ScopedDb, scope: Scope, entry: AuditEntry): Promise<void> {
  await db.insert(auditEvents).values({
    clientId: scope.kind === "client" ? scope.clientId : null,
    actorUserId: scope.actor.userId,
    actor: scope.actor.label,
    action: entry.action,
    subject: entry.subject ?? null,
    detail: { ...entry.detail },
  });
}

/** Checks the chain of the scope's client (or of the practice) from its first row: the first broken row's number, or null when whole. */
export async function verifyChain(
  db: ScopedDb,
  scope: Scope,
): Promise<{ rows: number; brokenAt: bigint | null; head: string | null }> {
  const clientId = scope.kind === "client" ? scope.clientId : null;
  const { rows } = await db.execute<{ rows: string; broken_at: string | null; head: string | null }>(sql`
    with chain as (
      select seq, hash, previous_hash,
        coalesce(lag(hash) over (order by seq), ''::bytea) as expected_previous,
        app.audit_hash(previous_hash, seq, client_id, at, actor_user_id, actor, action, subject, detail) as expected
      from audit_events where client_id is not distinct from ${clientId}::uuid
    )
    select count(*)::text as rows,
      (min(seq) filter (where hash <> expected or previous_hash <> expected_previous))::text as broken_at,
      (select encode(hash, 'hex') from chain order by seq desc limit 1) as head
    from chain`);
  const row = rows[0];
  return {
    rows: Number(row?.rows ?? 0),
    brokenAt: row?.broken_at == null ? null : BigInt(row.broken_at),
    head: row?.head ?? null,
  };
}

export interface AuditFilter {
  /** Part of the actor's name or e-mail. */
  readonly person: string;
  /** Part of a client's name, or its whole address; empty for the practice's rows too. */
  readonly client: string;
  /** One action's exact name. */
  readonly action: string;
  /** Part of what stands in the row. */
  readonly words: string;
  /** First and last day, UTC, `YYYY-MM-DD`. */
  readonly from: string;
  readonly to: string;
}

export interface AuditRow {
  readonly seq: string;
  readonly at: Date;
  readonly actor: string;
  readonly action: string;
  readonly subject: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly client_slug: string | null;
  readonly client_name: string | null;
  /** Hex. */
  readonly hash: string;
}

const like = (text: string) => `%${text.trim().replaceAll(/[\\%_]/g, (mark) => `\\${mark}`)}%`;

const ofClients = (client: string) =>
  sql`a.client_id in (select c.id from clients c where c.name ilike ${like(client)} or c.slug = ${client.trim().toLowerCase()})`;

/** Events of the practice and of all its clients that match, newest first, below the row number `before`. */
export async function listAuditEvents(
  db: ScopedDb,
  _scope: PracticeScope,
  filter: AuditFilter,
  { before, limit }: { before: bigint | null; limit: number },
): Promise<readonly AuditRow[]> {
  const when: SQL[] = [sql`true`];
  if (filter.person.trim() !== "") when.push(sql`a.actor ilike ${like(filter.person)}`);
  if (filter.client.trim() !== "") when.push(ofClients(filter.client));
  if (filter.action !== "") when.push(sql`a.action = ${filter.action}`);
  if (filter.words.trim() !== "") {
    when.push(sql`concat_ws(' ', a.actor, a.action, a.subject, a.detail::text) ilike ${like(filter.words)}`);
  }
  if (filter.from !== "") when.push(sql`a.at >= ${filter.from}::date::timestamp at time zone 'UTC'`);
  if (filter.to !== "") when.push(sql`a.at < (${filter.to}::date + 1)::timestamp at time zone 'UTC'`);
  if (before !== null) when.push(sql`a.seq < ${before}`);
  const { rows } = await db.execute<{ [Name in keyof AuditRow]: AuditRow[Name] }>(sql`
    select a.seq::text, a.at, a.actor, a.action, a.subject, a.detail, encode(a.hash, 'hex') as hash,
      c.slug as client_slug, c.name as client_name
    from audit_events a left join clients c on c.id = a.client_id
    where ${sql.join(when, sql` and `)}
    order by a.seq desc limit ${limit}`);
  return rows.map((row) => ({ ...row, at: new Date(row.at) }));
}

/** The names of the actions that ever happened, stepping along the index from one to the next. */
export async function listAuditActions(db: ScopedDb, _scope: PracticeScope): Promise<readonly string[]> {
  const { rows } = await db.execute<{ action: string }>(sql`
    with recursive actions as (
      (select action from audit_events order by action limit 1)
      union all
      select (select a.action from audit_events a where a.action > actions.action order by a.action limit 1)
      from actions where actions.action is not null
    ) select action from actions where action is not null`);
  return rows.map((row) => row.action);
}

export interface ChainState {
  /** Null for the practice's own chain. */
  readonly clientName: string | null;
  readonly clientSlug: string | null;
  readonly rows: number;
  /** The first broken row's number; null when whole. */
  readonly brokenAt: string | null;
  /** The last row's hash, hex. */
  readonly head: string;
}

/** As {@link verifyChain}, for the practice's chain and every client's, or for the clients named: the broken ones first, then by name. */
export async function verifyChains(db: ScopedDb, _scope: PracticeScope, client: string): Promise<readonly ChainState[]> {
  const { rows } = await db.execute<{
    client_name: string | null;
    client_slug: string | null;
    rows: string;
    broken_at: string | null;
    head: string;
  }>(sql`
    with chain as (
      select a.client_id, a.seq, a.hash, a.previous_hash,
        coalesce(lag(a.hash) over (partition by a.client_id order by a.seq), ''::bytea) as expected_previous,
        app.audit_hash(a.previous_hash, a.seq, a.client_id, a.at, a.actor_user_id, a.actor, a.action, a.subject, a.detail) as expected
      from audit_events a where ${client.trim() === "" ? sql`true` : ofClients(client)}
    ), states as (
      select client_id, count(*)::text as rows, max(seq) as last,
        (min(seq) filter (where hash <> expected or previous_hash <> expected_previous))::text as broken_at
      from chain group by client_id
    )
    select c.name as client_name, c.slug as client_slug, s.rows, s.broken_at, encode(h.hash, 'hex') as head
    from states s join audit_events h on h.seq = s.last left join clients c on c.id = s.client_id
    order by s.broken_at is null, c.name nulls first, c.id`);
  return rows.map((row) => ({
    clientName: row.client_name,
    clientSlug: row.client_slug,
    rows: Number(row.rows),
    brokenAt: row.broken_at,
    head: row.head,
  }));
}
