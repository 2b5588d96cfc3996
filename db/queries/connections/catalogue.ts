import { and, eq, sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import { connections } from "#db/schema/clients.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { PackageAccount, PackageLists, PackageTaxRate } from "#lib/connectors/types.ts";
import { saveLocks } from "./locks.ts";

/** What reading a list changed here. */
export interface ListChange {
  /** New or different. */
  readonly written: number;
  /** No longer in the package's list: kept, since mappings name them, and not active any more. */
  readonly retired: number;
}

/**
 * Takes over the package's accounts in two statements, however many there are. A row that is as it was is not written; `seen_at` is
 * thus when a row last changed, and the list's own "as of" stands on the connection.
 * @param onLines how the package's lines name an account
 */
export async function saveAccounts(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  accounts: readonly PackageAccount[],
  onLines: "id" | "code",
): Promise<ListChange> {
  const column = <Value>(of: (account: PackageAccount) => Value) => sql.param(accounts.map(of));
  const written = await db.execute(sql`
    insert into package_accounts as a (client_id, connection_id, external_id, code, name, type, class, active, is_bank, takes_payments, is_system, currency,
      match_key, by_id, seen_at)
    select ${scope.clientId}::uuid, ${connectionId}::uuid, r.*, ${onLines === "id"}, app.now()
    from unnest(${column((one) => one.externalId)}::text[], ${column((one) => one.code)}::text[], ${column((one) => one.name)}::text[],
      ${column((one) => one.type)}::text[], ${column((one) => one.class)}::text[], ${column((one) => one.active)}::boolean[],
      ${column((one) => one.isBank)}::boolean[], ${column((one) => one.takesPayments)}::boolean[], ${column((one) => one.isSystem)}::boolean[],
      ${column((one) => one.currency)}::text[], ${column((one) => one.matchKey ?? null)}::text[])
      as r (external_id, code, name, type, class, active, is_bank, takes_payments, is_system, currency, match_key)
    on conflict (connection_id, external_id) do update set code = excluded.code, name = excluded.name, type = excluded.type, class = excluded.class,
      active = excluded.active, is_bank = excluded.is_bank, takes_payments = excluded.takes_payments, is_system = excluded.is_system,
      currency = excluded.currency, match_key = excluded.match_key, by_id = excluded.by_id, seen_at = excluded.seen_at
    where (a.code, a.name, a.type, a.class, a.active, a.is_bank, a.takes_payments, a.is_system, a.currency, a.match_key, a.by_id) is distinct from
      (excluded.code, excluded.name, excluded.type, excluded.class, excluded.active, excluded.is_bank, excluded.takes_payments, excluded.is_system, excluded.currency,
        excluded.match_key, excluded.by_id)`);
  const retired = await db.execute(sql`
    update package_accounts set active = false, seen_at = app.now()
    where client_id = ${scope.clientId} and connection_id = ${connectionId} and active
      and external_id <> all (${column((one) => one.externalId)}::text[])`);
  return { written: written.rowCount ?? 0, retired: retired.rowCount ?? 0 };
}

/** As {@link saveAccounts}, for tax rates. */
export async function saveTaxRates(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  rates: readonly PackageTaxRate[],
): Promise<ListChange> {
  const column = <Value>(of: (rate: PackageTaxRate) => Value) => sql.param(rates.map(of));
  const written = await db.execute(sql`
    insert into package_tax_rates as t
      (client_id, connection_id, external_id, code, name, rate, attributes, self_accounts, recovers, active, applies_to, seen_at)
    select ${scope.clientId}::uuid, ${connectionId}::uuid, r.external_id, r.code, r.name, r.rate, r.attributes, r.self_accounts, r.recovers, r.active,
      string_to_array(r.applies_to, ','), app.now()
    from unnest(${column((one) => one.externalId)}::text[], ${column((one) => one.code ?? null)}::text[],
      ${column((one) => one.name)}::text[], ${column((one) => one.rate)}::text[],
      ${column((one) => (one.attributes ? JSON.stringify(one.attributes) : null))}::jsonb[],
      ${column((one) => one.selfAccounts)}::boolean[], ${column((one) => one.recovers ?? null)}::text[],
      ${column((one) => one.active)}::boolean[],
      ${column((one) => [...one.appliesTo].sort().join(","))}::text[]) as r (external_id, code, name, rate, attributes, self_accounts, recovers, active, applies_to)
    on conflict (connection_id, external_id) do update set code = excluded.code, name = excluded.name, rate = excluded.rate,
      attributes = excluded.attributes, self_accounts = excluded.self_accounts,
      recovers = excluded.recovers, active = excluded.active, applies_to = excluded.applies_to, seen_at = excluded.seen_at
    where (t.code, t.name, t.rate, t.attributes, t.self_accounts, t.recovers, t.active, t.applies_to)
      is distinct from (excluded.code, excluded.name, excluded.rate, excluded.attributes, excluded.self_accounts, excluded.recovers, excluded.active, excluded.applies_to)`);
  const retired = await db.execute(sql`
    update package_tax_rates set active = false, seen_at = app.now()
    where client_id = ${scope.clientId} and connection_id = ${connectionId} and active
      and external_id <> all (${column((one) => one.externalId)}::text[])`);
  return { written: written.rowCount ?? 0, retired: retired.rowCount ?? 0 };
}

/** Takes over name, country, base currency and locks; answers whether a lock or the base currency moved. */
export async function saveOrganisation(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  organisation: NonNullable<PackageLists["organisation"]>,
): Promise<boolean> {
  const { rows } = await db.execute<{ moved: boolean; known: boolean }>(sql`
    update connections c set tenant_name = coalesce(nullif(${organisation.name}::text, ''), c.tenant_name), base_currency = ${organisation.baseCurrency},
      country_code = ${organisation.countryCode}, short_code = ${organisation.shortCode}, locks_as_of = app.now(),
      unique_numbers = ${sql.param(organisation.uniqueNumbers ? [...organisation.uniqueNumbers] : null)}::text[]
    from (select id, base_currency, coalesce(locks_as_of, lists_as_of) is not null as known from connections
      where id = ${connectionId} and client_id = ${scope.clientId} for update) o
    where c.id = o.id
    returning o.known, o.base_currency is distinct from c.base_currency as moved`);
  const row = rows[0];
  if (!row) return false;
  const locked = await saveLocks(db, scope, connectionId, organisation.locks, { known: row.known });
  return row.moved || locked;
}

/** Takes over the currencies that the organisation uses; answers whether they changed. */
export async function saveCurrencies(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  currencies: readonly string[],
): Promise<boolean> {
  const sorted = [...new Set(currencies)].sort();
  const moved = await db.execute(sql`
    update connections set currencies = ${sql.param(sorted)}::text[]
    where id = ${connectionId} and client_id = ${scope.clientId} and currencies is distinct from ${sql.param(sorted)}::text[]`);
  return (moved.rowCount ?? 0) > 0;
}

/** Remembers that every list was read whole, as of when the reading began. */
export async function markListsRead(db: ScopedDb, scope: ClientScope, connectionId: string, asOf: Date): Promise<void> {
  await db
    .update(connections)
    .set({ listsAsOf: asOf })
    .where(and(eq(connections.id, connectionId), eq(connections.clientId, scope.clientId)));
}
