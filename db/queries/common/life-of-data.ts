import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";

export interface LifeOfData {
  /** When it was first seen, on the one clock: nothing was sent in it before. */
  readonly seenAt: Date;
  /** Whether the data have known no other: then no backup was ever gone back to. */
  readonly first: boolean;
}

/** Both change when files are put back or a dump is loaded, and the first with every start of the server besides. */
const NOW = sql`pg_postmaster_start_time(), pg_relation_filepath('server_start')`;

/**
 * The life of the data that this is, written down when it is met for the first time. What was noted before it may be of another: where a
 * backup was restored, the package holds what was sent after it was taken.
 */
export async function findLifeOfData(db: ScopedDb, _scope: ClientScope): Promise<LifeOfData> {
  interface Row extends Record<string, unknown> {
    seen_at: string | Date;
    first: boolean;
  }
  const known = await db.execute<Row>(
    sql`select seen_at, first from server_start where (started_at, place) = (${NOW}) and seen_at <= app.now()`,
  );
  // Several may meet it at once: the first to write it down is right, and the others read what it wrote. So when the one clock was set back.
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
  if (!row) throw new Error("The life of the data could not be written down");
  return { seenAt: new Date(row.seen_at), first: row.first };
}
