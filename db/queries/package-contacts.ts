import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import type { PulledContact } from "#lib/connectors/types.ts";
import { column } from "./bulk.ts";

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
