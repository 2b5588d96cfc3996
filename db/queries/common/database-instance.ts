import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";

export interface DatabaseInstance {
  /** When it was first seen, on the one clock: nothing was sent in it before. */
  readonly seenAt: Date;
  /** Whether the data have known no other instance: then no backup was ever restored. */
  readonly first: boolean;
}

/** Both change when files are put back or a dump is loaded, and the first with every start of the server besides. */
const NOW = sql`pg_postmaster_start_time(), pg_relation_filepath('server_start')`;

/**
 * Identifies this database instance and records it the first time it is seen. After a restore, notes may describe a different
 * history: the package holds what was sent after the backup was taken.
 */
export async function findDatabaseInstance(db: ScopedDb, _scope: ClientScope): Promise<DatabaseInstance> {
  interface Row extends Record<string, unknown> {
    seen_at: string | Date;
    first: boolean;
  }
  const known = await db.execute<Row>(
    sql`select seen_at, first from server_start where (started_at, place) = (${NOW}) and seen_at <= app.now()`,
  );
  // Several processes may see a new instance at once: the first one's row stands and the others read it. The same when the clock was set back.
  const row =
    known.rows[0] ??
    (
      await db.execute<Row>(sql`
        insert into server_start as s (started_at, place, seen_at, first) values (${NOW}, app.now(), false)
        on conflict (id) do update set started_at = excluded.started_at, place = excluded.place,
          first = s.first and (s.started_at, s.place) = (excluded.started_at, excluded.place),
          seen_at = case when (s.started_at, s.place) = (excluded.started_at, excluded.place) then least(s.seen_at, excluded.seen_at)
            else excluded.seen_at end
        returning seen_at, first`)
    ).rows[0];
  if (!row) throw new Error("The database instance could not be recorded");
  return { seenAt: new Date(row.seen_at), first: row.first };
}
