import { type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { array } from "#db/queries/common/bulk.ts";
import type { PackageStream, StreamGives } from "#lib/connectors/types.ts";

export interface Reading {
  /** Opaque outside the connector. */
  readonly cursor: string | null;
  /** When the last read that came to the end began. */
  readonly asOf: Date | null;
}

/** Since when all that a connection was read of one thing is as it is known: null while one of its streams was never read to the end. */
export const readAsOfSql = (connectionId: SQL, gives: StreamGives): SQL => sql`(
  select case when bool_and(pc.as_of is not null) then min(pc.as_of) end from pull_cursors pc
  where pc.connection_id = ${connectionId} and ${sql.raw(`'${gives}'`)} = any (pc.gives))`;

/** How far a stream of a connection was read. */
export async function findReading(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  stream: Pick<PackageStream, "id">,
): Promise<Reading> {
  const { rows } = await db.execute<{ cursor: string | null; as_of: string | Date | null }>(sql`
    select cursor, as_of from pull_cursors
    where connection_id = ${connectionId} and client_id = ${scope.clientId} and stream = ${stream.id}`);
  const row = rows[0];
  return { cursor: row?.cursor ?? null, asOf: row?.as_of ? new Date(row.as_of) : null };
}

/** Stores the page's cursor, and the moment when the page was the last one; false when another reader has moved it since `from`. */
export async function advanceReading(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  stream: PackageStream,
  page: { readonly from: string | null; readonly to: string; readonly asOf: Date | null },
): Promise<boolean> {
  // Only a read from the start may be the first to write: a cursor that is gone since is not put back.
  const moved = await db.execute(sql`
    insert into pull_cursors as pc (connection_id, client_id, stream, gives, cursor, as_of)
    select c.id, c.client_id, ${stream.id}, ${array(stream.gives, "text")}, ${page.to}, ${page.asOf?.toISOString() ?? null}::timestamptz
    from connections c where c.id = ${connectionId} and c.client_id = ${scope.clientId} and (${page.from}::text is null
      or exists (select from pull_cursors o where o.connection_id = c.id and o.stream = ${stream.id}))
    on conflict (connection_id, stream) do update
      set cursor = excluded.cursor, as_of = coalesce(excluded.as_of, pc.as_of), gives = excluded.gives
      where pc.cursor is not distinct from ${page.from}::text`);
  return moved.rowCount === 1;
}
