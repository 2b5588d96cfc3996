import { type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import type { DocumentsRead } from "#lib/connectors/types.ts";

/** Lists of the package that are read from where the last read ended. */
export type ListRead = DocumentsRead | "contacts" | "products";

export interface Reading {
  /** Opaque outside the connector. */
  readonly cursor: string | null;
  /** When the last read that came to the end began. */
  readonly asOf: Date | null;
}

const COLUMNS: Readonly<Record<ListRead, { readonly cursor: SQL; readonly asOf: SQL }>> = {
  documents: { cursor: sql`documents_cursor`, asOf: sql`documents_as_of` },
  "credit-notes": { cursor: sql`credit_notes_cursor`, asOf: sql`credit_notes_as_of` },
  contacts: { cursor: sql`contacts_cursor`, asOf: sql`contacts_as_of` },
  products: { cursor: sql`products_cursor`, asOf: sql`products_as_of` },
};

/** How far a list was read from a connection. */
export async function findReading(db: ScopedDb, scope: ClientScope, connectionId: string, what: ListRead): Promise<Reading> {
  const { cursor, asOf } = COLUMNS[what];
  const { rows } = await db.execute<{ cursor: string | null; as_of: string | Date | null }>(
    sql`select ${cursor} as cursor, ${asOf} as as_of from connections where id = ${connectionId} and client_id = ${scope.clientId}`,
  );
  const row = rows[0];
  return { cursor: row?.cursor ?? null, asOf: row?.as_of ? new Date(row.as_of) : null };
}

/** Stores the page's cursor, and the moment when the page was the last one; false when another reader has moved it since `from`. */
export async function advanceReading(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  what: ListRead,
  page: { readonly from: string | null; readonly to: string; readonly asOf: Date | null },
): Promise<boolean> {
  const { cursor, asOf } = COLUMNS[what];
  const moved = await db.execute(sql`
    update connections set ${cursor} = ${page.to}, ${asOf} = coalesce(${page.asOf?.toISOString() ?? null}::timestamptz, ${asOf})
    where id = ${connectionId} and client_id = ${scope.clientId} and ${cursor} is not distinct from ${page.from}::text`);
  return moved.rowCount === 1;
}
