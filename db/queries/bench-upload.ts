import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";

/** The floor of Upload data: as few columns as name a chosen row, one unique index, in its order. By the owner. */
export const NARROW: readonly string[] = [
  `create table narrow_floor (client_id uuid not null, run_id uuid not null, position integer not null, posting_id uuid not null, revision integer not null,
    connection_id uuid not null, kind text not null, issued_on date not null)`,
  "create unique index narrow_floor_key on narrow_floor (run_id, position)",
  "grant all on narrow_floor to public",
];

/** Writes a client's waiting rows into it. @returns how many */
export async function insertNarrow(db: ScopedDb, scope: ClientScope): Promise<number> {
  const made = await db.execute(sql`
    insert into narrow_floor (client_id, run_id, position, posting_id, revision, connection_id, kind, issued_on)
    select p.client_id, p.connection_id, row_number() over (order by p.issued_on, p.id), p.id, p.revision, p.connection_id, p.kind, p.issued_on
    from postings p where p.client_id = ${scope.clientId} and p.current and p.panel = 'pending'`);
  return made.rowCount ?? 0;
}

/** The process of the database that this transaction is in. */
export async function backendOf(db: ScopedDb): Promise<number> {
  const { rows } = await db.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
  return rows[0]?.pid ?? 0;
}
