import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";

/** A page that is asked for less often than this is closed. About people at screens, so in real time, not on the one clock. */
const PRESENT_SECONDS = 60;
/** A page that is kept open is written no more often than this. */
const AFRESH_SECONDS = 20;

const keyOf = (scope: ClientScope) => `open.${scope.clientId}`;
const NOW = sql`extract(epoch from clock_timestamp())::int`;

/** Notes that a person has a page of the client open; forgets those of theirs that are closed. */
export async function touchPresence(db: ScopedDb, scope: ClientScope, userId: string, page: string): Promise<void> {
  await db.execute(sql`
    insert into user_settings as s (user_id, key, value)
    values (${userId}, ${keyOf(scope)}, jsonb_build_object(${page}::text, ${NOW}))
    on conflict (user_id, key) do update set value = excluded.value || (
      select coalesce(jsonb_object_agg(o.key, o.value), '{}') from jsonb_each(s.value) o
      where o.key <> ${page}::text and o.value::int > ${NOW} - ${PRESENT_SECONDS})
    where coalesce((s.value ->> ${page}::text)::int, 0) <= ${NOW} - ${AFRESH_SECONDS}`);
}

export interface Present {
  readonly userId: string;
  readonly name: string;
  /** Pages that they have open, below `/clients/[client]`: "", "/export", "/documents/…". */
  readonly pages: readonly string[];
}

/** Who else has this client open now, by name. */
export async function listPresent(db: ScopedDb, scope: ClientScope, exceptUserId: string): Promise<Present[]> {
  const { rows } = await db.execute<{ user_id: string; name: string; pages: string[] }>(sql`
    select u.id as user_id, u.name, array_agg(o.key order by o.key) as pages
    from users u join user_settings s on s.user_id = u.id and s.key = ${keyOf(scope)} cross join lateral jsonb_each(s.value) o
    where u.id <> ${exceptUserId} and u.disabled_at is null and o.value::int > ${NOW} - ${PRESENT_SECONDS}
      and (u.role = 'administrator' or exists (select from user_clients c where c.user_id = u.id and c.client_id = ${scope.clientId}))
    group by u.id, u.name order by u.name, u.id`);
  return rows.map((row) => ({ userId: row.user_id, name: row.name, pages: row.pages }));
}
