import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";

/**
 * The floor of Upload data: the columns that name a chosen row, one unique index in the order in which rows are claimed, written in that
 * order. By the owner.
 */
export const NARROW: readonly string[] = [
  `create table narrow_floor (client_id uuid not null, run_id uuid not null, posting_id uuid not null, revision integer not null,
    connection_id uuid not null, kind text not null, issued_on date not null, outcome text)`,
  "create unique index narrow_floor_key on narrow_floor (run_id, kind, issued_on, posting_id)",
  "grant all on narrow_floor to public",
];

/** Writes a client's waiting rows into it. @returns how many */
export async function insertNarrow(db: ScopedDb, scope: ClientScope): Promise<number> {
  const made = await db.execute(sql`
    insert into narrow_floor (client_id, run_id, posting_id, revision, connection_id, kind, issued_on)
    select p.client_id, p.connection_id, p.id, p.revision, p.connection_id, p.kind, p.issued_on
    from postings p where p.client_id = ${scope.clientId} and p.current and p.panel = 'pending' order by p.kind, p.issued_on, p.id`);
  return made.rowCount ?? 0;
}

/** The process of the database that this transaction is in. */
export async function backendOf(db: ScopedDb): Promise<number> {
  const { rows } = await db.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
  return rows[0]?.pid ?? 0;
}
