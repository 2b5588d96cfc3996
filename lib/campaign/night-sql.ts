import { sql } from "drizzle-orm";
import type { PracticeScope, ScopedDb } from "#db/client.ts";

/** Makes a client and a live connection for each organisation, all under one consent, each read to its end and with lists of that moment. */
export async function seedNightClients(
  db: ScopedDb,
  _scope: PracticeScope,
  seed: {
    readonly grant: { readonly id: string; readonly sealed: string };
    readonly tenants: readonly string[];
    readonly cursors: { readonly documents: string; readonly payments: string };
    readonly at: string;
  },
): Promise<void> {
  await db.execute(sql`
    insert into grants (id, package, access_token_sealed, access_expires_at)
    values (${seed.grant.id}, 'xero', ${seed.grant.sealed}, ${seed.at}::timestamptz + interval '30 days')`);
  await db.execute(sql`
    with tenant as (select t, n from unnest(${sql.param([...seed.tenants])}::text[]) with ordinality as u (t, n)), made as (
      insert into clients (slug, name) select 'night-' || n, 'Night ' || n from tenant returning id, slug
    )
    insert into connections (client_id, package, state, tenant_id, tenant_name, grant_id, connected_by_name, connected_at, lists_as_of, locks_as_of)
    select m.id, 'xero', 'live', t.t, 'Night ' || t.n, ${seed.grant.id}, 'Bench', ${seed.at}::timestamptz, ${seed.at}::timestamptz, ${seed.at}::timestamptz
    from tenant t join made m on m.slug = 'night-' || t.n`);
  await db.execute(sql`
    insert into pull_cursors (connection_id, client_id, stream, gives, cursor, as_of)
    select c.id, c.client_id, s.stream, array[s.stream], s.cursor, ${seed.at}::timestamptz
    from connections c cross join (values ('documents', ${seed.cursors.documents}), ('payments', ${seed.cursors.payments})) as s(stream, cursor)
    where c.grant_id = ${seed.grant.id}`);
}

/** The last night as a whole; seconds are those of the one clock. */
export async function findNight(db: ScopedDb, _scope: PracticeScope) {
  const { rows } = await db.execute<{
    total: number;
    done: number;
    calls: string;
    ended: boolean;
    seconds: number;
    enqueue: number;
    error: number | null;
  }>(sql`
    select total, done, calls, ended_at is not null as ended, extract(epoch from coalesce(ended_at, app.now()) - started_at)::float8 as seconds,
      enqueue_seconds as enqueue, abs(extract(epoch from forecast_at - ended_at) / nullif(extract(epoch from ended_at - started_at), 0))::float8 as error
    from nights order by night_on desc limit 1`);
  const open = await db.execute<{ n: number }>(sql`select count(*)::int as n from night_schedules where next_at is null`);
  const row = rows[0];
  return {
    total: row?.total ?? 0,
    done: row?.done ?? 0,
    calls: Number(row?.calls ?? 0),
    ended: row?.ended ?? false,
    seconds: row?.seconds ?? 0,
    enqueueSeconds: row?.enqueue ?? 0,
    forecastError: row?.error ?? 1,
    unreckoned: open.rows[0]?.n ?? 0,
  };
}

/** Rows that are not as they must be: one finished run for each connection, and of each changed one just its payments and documents. */
export async function countNightWrong(
  db: ScopedDb,
  _scope: PracticeScope,
  { connections, changed, each }: { readonly connections: number; readonly changed: readonly string[]; readonly each: number },
): Promise<number> {
  const { rows } = await db.execute<{ wrong: number }>(sql`
    with ours as (select id, tenant_id = any(${sql.param([...changed])}::text[]) as changed from connections where tenant_name like 'Night %'),
    seen as (
      select o.id, o.changed, (select count(*) from runs r where r.connection_id = o.id and r.night_on is not null and r.state = 'finished') as runs,
        (select count(*) from runs r where r.connection_id = o.id and r.night_on is not null) as all_runs,
        (select count(*) from incoming_payments i where i.connection_id = o.id) as payments,
        (select count(*) from package_documents d where d.connection_id = o.id) as documents
      from ours o
    )
    select (count(*) filter (where runs <> 1 or all_runs <> 1 or payments <> case when changed then ${each}::int else 0 end
      or documents <> case when changed then ${each}::int else 0 end) + abs(count(*) - ${connections}::int))::int as wrong from seen`);
  return rows[0]?.wrong ?? -1;
}
