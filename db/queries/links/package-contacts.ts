import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { column } from "#db/queries/common/bulk.ts";
import type { PulledContact, PulledProduct } from "#lib/connectors/types.ts";

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
    insert into package_contacts as p (client_id, connection_id, external_id, name, number, account_number, email, tax_number, status, merged_into, changed_at)
    select ${scope.clientId}, ${connectionId}, u.*
    from unnest(
      ${column(rows, "text", (c) => c.externalId)}, ${column(rows, "text", (c) => c.name)}, ${column(rows, "text", (c) => c.number)},
      ${column(rows, "text", (c) => c.accountNumber ?? null)}, ${column(rows, "text", (c) => c.email ?? null)},
      ${column(rows, "text", (c) => c.taxNumber ?? null)},
      ${column(rows, "text", (c) => c.status)}, ${column(rows, "text", (c) => c.mergedInto)},
      ${column(rows, "timestamptz", (c) => c.changedAt?.toISOString() ?? null)}
    ) as u (external_id, name, number, account_number, email, tax_number, status, merged_into, changed_at)
    on conflict (connection_id, external_id) do update set name = excluded.name, number = excluded.number,
      account_number = excluded.account_number, email = excluded.email, tax_number = excluded.tax_number, status = excluded.status,
      merged_into = excluded.merged_into, changed_at = excluded.changed_at, seen_at = app.now(),
      name_before = case when p.name <> excluded.name then coalesce(p.name_before, p.name) else p.name_before end,
      status_before = case when p.status <> excluded.status then coalesce(p.status_before, p.status) else p.status_before end
    where (p.name, p.number, p.account_number, p.email, p.tax_number, p.status, p.merged_into) is distinct from (excluded.name, excluded.number,
      excluded.account_number, excluded.email, excluded.tax_number, excluded.status, excluded.merged_into)`);
  return written.rowCount ?? 0;
}

/** The same of products. */
export async function upsertPackageProducts(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  products: readonly PulledProduct[],
): Promise<number> {
  const rows = [...new Map(products.map((product) => [product.externalId, product])).values()];
  if (rows.length === 0) return 0;
  const written = await db.execute(sql`
    insert into package_products as p (client_id, connection_id, external_id, code, name)
    select ${scope.clientId}, ${connectionId}, u.*
    from unnest(
      ${column(rows, "text", (one) => one.externalId)}, ${column(rows, "text", (one) => one.code)}, ${column(rows, "text", (one) => one.name)}
    ) as u (external_id, code, name)
    on conflict (connection_id, external_id) do update set code = excluded.code, name = excluded.name, seen_at = app.now()
    where (p.code, p.name) is distinct from (excluded.code, excluded.name)`);
  return written.rowCount ?? 0;
}
