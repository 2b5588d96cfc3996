import { sql } from "drizzle-orm";
import type { PracticeScope, ScopedDb } from "#db/client.ts";

export interface WorkerBeat {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly startedAt: Date;
  readonly seenAt: Date;
  readonly state: "running" | "stopped" | "silent";
}

export interface QueueDepth {
  /** Wake-ups that a worker may take now, that wait for their time, and that are being worked on. */
  readonly ready: number;
  readonly later: number;
  readonly active: number;
  /** Seconds of real time that the oldest of the ready ones has waited; null when none is. */
  readonly oldestSeconds: number | null;
}

export interface DeadLetter {
  readonly id: string;
  readonly connectionId: string;
  readonly clientSlug: string | null;
  readonly clientName: string | null;
  readonly at: Date;
  readonly said: string | null;
}

const date = (value: Date | string) => new Date(value);

/** Workers of the last week, those that run first. All moments are real time. */
export async function listWorkers(db: ScopedDb, _scope: PracticeScope): Promise<WorkerBeat[]> {
  const { rows } = await db.execute<{
    id: string;
    host: string;
    pid: number;
    started_at: Date | string;
    seen_at: Date | string;
    state: WorkerBeat["state"];
  }>(sql`
    select id, host, pid, started_at, seen_at,
      case when stopping_at is not null then 'stopped' when seen_at > clock_timestamp() - interval '30 seconds' then 'running' else 'silent' end as state
    from workers order by (stopping_at is null and seen_at > clock_timestamp() - interval '30 seconds') desc, seen_at desc limit 50`);
  return rows.map((row) => ({
    id: row.id,
    host: row.host,
    pid: row.pid,
    startedAt: date(row.started_at),
    seenAt: date(row.seen_at),
    state: row.state,
  }));
}

/** How many wake-ups stand in a queue. */
export async function queueDepth(db: ScopedDb, _scope: PracticeScope, queue: string): Promise<QueueDepth> {
  const { rows } = await db.execute<{ ready: number; later: number; active: number; oldest: number | null }>(sql`
    select count(*) filter (where state < 'active' and start_after <= clock_timestamp())::int as ready,
      count(*) filter (where state < 'active' and start_after > clock_timestamp())::int as later,
      count(*) filter (where state = 'active')::int as active,
      extract(epoch from clock_timestamp() - min(start_after) filter (where state < 'active' and start_after <= clock_timestamp()))::float8 as oldest
    from pgboss.job where name = ${queue} and state <= 'active'`);
  const row = rows[0];
  return { ready: row?.ready ?? 0, later: row?.later ?? 0, active: row?.active ?? 0, oldestSeconds: row?.oldest ?? null };
}

/** Wake-ups given up after all their tries, newest first. */
export async function listDeadLetters(db: ScopedDb, _scope: PracticeScope, queue: string, most: number): Promise<DeadLetter[]> {
  const { rows } = await db.execute<{
    id: string;
    connection_id: string;
    slug: string | null;
    name: string | null;
    at: Date | string;
    said: string | null;
  }>(sql`
    select j.id, j.data ->> 'connectionId' as connection_id, cl.slug, cl.name, j.created_on as at,
      left(coalesce(j.output ->> 'message', j.output ->> 'value'), 500) as said
    from pgboss.job j left join connections c on c.id = (j.data ->> 'connectionId')::uuid left join clients cl on cl.id = c.client_id
    where j.name = ${queue} and j.state < 'active' order by j.created_on desc, j.id limit ${most}`);
  return rows.map((row) => ({
    id: row.id,
    connectionId: row.connection_id,
    clientSlug: row.slug,
    clientName: row.name,
    at: date(row.at),
    said: row.said,
  }));
}

/** Takes a dead letter out of its queue; answers its connection, null when it is no longer there. */
export async function takeDeadLetter(db: ScopedDb, _scope: PracticeScope, queue: string, id: string): Promise<string | null> {
  const { rows } = await db.execute<{ connection_id: string }>(
    sql`delete from pgboss.job where name = ${queue} and id = ${id} and state < 'active' returning data ->> 'connectionId' as connection_id`,
  );
  return rows[0]?.connection_id ?? null;
}

/** A wake-up that waits for the connection is due at once, and before others: a person waits for it. Answers whether there is one. */
export async function hurryWakeUp(db: ScopedDb, queue: string, connectionId: string, priority: number): Promise<boolean> {
  const hurried = await db.execute(sql`
    update pgboss.job set priority = greatest(priority, ${priority}), start_after = least(start_after, clock_timestamp())
    where name = ${queue} and singleton_key = ${connectionId} and state = 'created'`);
  return (hurried.rowCount ?? 0) > 0;
}
