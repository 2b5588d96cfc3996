import { sql } from "drizzle-orm";
import type { PracticeScope, ScopedDb } from "#db/client.ts";
import type { PackageEvents, PackageId } from "#lib/connectors/types.ts";

/** Days for which a package may send an event again. */
const KEPT_DAYS = 32;

/**
 * Keeps what a signed delivery says, each event once, and marks the connections that it is about as changed. A gap in the sequence
 * begins the time of whole reception anew: until then nobody leaves out a read because no event came.
 * @returns events that were new
 */
export async function keepEvents(
  db: ScopedDb,
  _scope: PracticeScope,
  packageId: PackageId,
  { events, first, last }: PackageEvents,
): Promise<number> {
  await db.execute(sql`
    insert into webhook_states as w (package, valid_at, whole_since, last_sequence) values (${packageId}, app.now(), app.now(), ${last}::bigint)
    on conflict (package) do update set valid_at = excluded.valid_at,
      whole_since = case when ${first}::bigint > w.last_sequence + 1 then excluded.whole_since else coalesce(w.whole_since, excluded.whole_since) end,
      last_sequence = greatest(w.last_sequence, excluded.last_sequence)`);
  if (events.length === 0) return 0;
  const column = (of: (event: (typeof events)[number]) => string) => sql.param(events.map(of));
  const { rows } = await db.execute<{ n: number }>(sql`
    with given as (
      select * from unnest(${column((e) => e.tenantId)}::text[], ${column((e) => e.resourceId)}::text[], ${column((e) => e.category)}::text[],
        ${column((e) => e.type)}::text[], ${column((e) => e.at.toISOString())}::timestamptz[]) as u (tenant_id, resource_id, category, type, event_at)
    ), new as (
      insert into webhook_events (package, tenant_id, resource_id, category, type, event_at)
      select ${packageId}, tenant_id, resource_id, category, type, event_at from given order by 2, 3
      on conflict do nothing returning tenant_id
    ), marked as (
      update night_schedules s set event_at = app.now() from connections c
      where c.id = s.connection_id and c.package = ${packageId} and c.state <> 'disconnected' and c.tenant_id in (select tenant_id from new)
    )
    select count(*)::int as n from new`);
  return rows[0]?.n ?? 0;
}

/** Forgets events that can't come again. */
export async function dropOldEvents(db: ScopedDb, _scope: PracticeScope): Promise<void> {
  await db.execute(sql`
    delete from webhook_events where id in (
      select id from webhook_events where received_at < app.now() - make_interval(days => ${KEPT_DAYS}) limit 5000)`);
}
