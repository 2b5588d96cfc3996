import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";

/** What is of the server or the running processes, and what says that the practice is a demo. */
const KEPT = ["clock", "server_start", "workers", "practice", "demo_scene"];
/** Another transaction of the running product stood in the way: a deadlock, or a lock that was not to be had in time. */
const IN_THE_WAY = new Set(["40P01", "55P03"]);
const TRIES = 6;

export interface TakenAway {
  readonly clients: number;
  readonly documents: number;
  readonly connections: number;
  readonly people: number;
}

/**
 * Empties the database of a demo, all tables in one transaction: what is left is a practice without clients and people, whose scene has not
 * begun. The audit goes too, which nothing else in the product can do; so it is asked first whether the practice was made as a demo, or the
 * database holds none yet.
 *
 * @param ownerUrl the owner's login: no other may
 * @returns what was there; null, with nothing changed, where this is no demo
 */
export async function takeAwayDemo(ownerUrl: string): Promise<TakenAway | null> {
  for (let tries = 1; ; tries += 1) {
    const client = new pg.Client({ connectionString: ownerUrl, application_name: "greentick demo" });
    await client.connect();
    try {
      return await takeAway(client);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      if (!IN_THE_WAY.has(code) || tries === TRIES) throw error;
      await wait(500);
    } finally {
      await client.end();
    }
  }
}

async function takeAway(client: pg.Client): Promise<TakenAway | null> {
  await client.query("begin");
  await client.query("set local lock_timeout = '5s'");
  await client.query("select set_config('app.all_clients', 'on', true)");
  const { rows: found } = await client.query<{ may: boolean }>(`
    select exists (select from demo_scene)
      or not exists (select from practice) and not exists (select from users) and not exists (select from clients) as may`);
  if (found[0]?.may !== true) {
    await client.query("rollback");
    return null;
  }
  const { rows } = await client.query<TakenAway>(`
    select (select count(*)::int from clients) as clients, (select count(*)::int from documents) as documents,
      (select count(*)::int from connections where state <> 'disconnected') as connections, (select count(*)::int from users) as people`);
  const { rows: tables } = await client.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'public' and tablename <> all($1)",
    [KEPT],
  );
  const names = tables.map(({ name }) => `public.${pg.escapeIdentifier(name)}`);
  // Nobody, the owner included, empties the audit while its trigger stands.
  await client.query("alter table audit_events disable trigger user");
  await client.query(`truncate ${names.join(", ")} restart identity`);
  await client.query("alter table audit_events enable trigger user");
  await client.query("update demo_scene set done = 0, total = 0, ended_at = null, fault = null");
  // The simulator is emptied too: nothing was sent in this database instance before.
  await client.query(`update server_start set started_at = pg_postmaster_start_time(), place = pg_relation_filepath('server_start'),
    seen_at = app.now(), first = true`);
  await client.query("commit");
  return rows[0] ?? null;
}
