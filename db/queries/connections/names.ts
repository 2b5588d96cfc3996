import { sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import type { Names } from "#lib/posting/compare.ts";

/** An id that says nothing to a reader, where a package's code ("NONE") says something. */
const isId = (text: string) => /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i.test(text);

/** Names for the package's ids, for differences that people read. Contacts are few a page, so they are named by our own reference. */
export async function loadNames(db: ScopedDb, connectionId: string): Promise<Names> {
  const accounts = await db.execute<{ external_id: string; code: string | null; name: string }>(
    sql`select external_id, code, name from package_accounts where connection_id = ${connectionId}`,
  );
  const rates = await db.execute<{ external_id: string; name: string }>(
    sql`select external_id, name from package_tax_rates where connection_id = ${connectionId}`,
  );
  const byId = new Map(accounts.rows.map((row) => [row.external_id, row.code ? `${row.code} ${row.name}` : row.name]));
  const byCode = new Map(accounts.rows.flatMap((row) => (row.code ? [[row.code, row.external_id] as const] : [])));
  const rateNames = new Map(rates.rows.map((row) => [row.external_id, row.name]));
  return {
    account: (id) => byId.get(id) ?? (isId(id) ? "an account that is not on the list" : id),
    accountIdByCode: (code) => byCode.get(code) ?? null,
    taxRate: (id) => rateNames.get(id) ?? (isId(id) ? "a tax rate that is not on the list" : id),
    contact: (id) => id,
  };
}
