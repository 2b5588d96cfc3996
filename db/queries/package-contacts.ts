import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import type { PulledContact } from "#lib/connectors/types.ts";
import { column } from "./bulk.ts";

/** How far contacts were read from a connection; opaque outside the connector. */
export async function findContactsCursor(db: ScopedDb, scope: ClientScope, connectionId: string): Promise<string | null> {
  const { rows } = await db.execute<{ cursor: string | null }>(
    sql`select contacts_cursor as cursor from connections where id = ${connectionId} and client_id = ${scope.clientId}`,
  );
  return rows[0]?.cursor ?? null;
}

/** Stores the page's cursor, and the moment when the page was the last one; false when another reader has moved it since `from`. */
export async function advanceContactsCursor(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  page: { readonly from: string | null; readonly to: string; readonly asOf: Date | null },
): Promise<boolean> {
  const moved = await db.execute(sql`
    update connections set contacts_cursor = ${page.to}, contacts_as_of = coalesce(${page.asOf?.toISOString() ?? null}::timestamptz, contacts_as_of)
    where id = ${connectionId} and client_id = ${scope.clientId} and contacts_cursor is not distinct from ${page.from}::text`);
  return moved.rowCount === 1;
}

/** Keeps contacts as a list read showed them; one that is as it was writes nothing. Answers how many are new or changed. */
export async function upsertPackageContacts(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  contacts: readonly PulledContact[],
): Promise<number> {
  const rows = [...new Map(contacts.map((contact) => [contact.externalId, contact])).values()];
  if (rows.length === 0) return 0;
  const written = await db.execute(sql`
    insert into package_contacts as p (client_id, connection_id, external_id, name, number, status, merged_into, changed_at)
    select ${scope.clientId}, ${connectionId}, u.*
    from unnest(
      ${column(rows, "text", (c) => c.externalId)}, ${column(rows, "text", (c) => c.name)}, ${column(rows, "text", (c) => c.number)},
      ${column(rows, "text", (c) => c.status)}, ${column(rows, "text", (c) => c.mergedInto)},
      ${column(rows, "timestamptz", (c) => c.changedAt?.toISOString() ?? null)}
    ) as u (external_id, name, number, status, merged_into, changed_at)
    on conflict (connection_id, external_id) do update set name = excluded.name, number = excluded.number, status = excluded.status,
      merged_into = excluded.merged_into, changed_at = excluded.changed_at, seen_at = app.now()
    where (p.name, p.number, p.status, p.merged_into) is distinct from (excluded.name, excluded.number, excluded.status, excluded.merged_into)`);
  return written.rowCount ?? 0;
}
