import type { Database } from "#db/client.ts";
import { listPackageAccounts, listPackageTaxRates } from "#db/queries/mapping/mapping.ts";
import { type AppSettings, appSettings } from "#lib/calling/app-settings.ts";
import { exchangeRead } from "#lib/calling/call.ts";
import { countWords } from "#lib/common/count-words.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { readForStaff } from "#lib/connections/staff-read.ts";
import { log } from "#lib/log.ts";
import { refreshCatalogue } from "#lib/pulling/catalogue.ts";

export interface ListsRead {
  readonly accounts: number;
  readonly taxRates: number;
  readonly changed: boolean;
  /** For the reader. */
  readonly message: string;
}

/**
 * Reads accounts, tax rates and lock dates again while a person waits, under the connection's own limits and for ten seconds at most.
 * @throws {Refusal} when nothing is connected, the consent is gone, or the package gives no answer in time
 */
export async function refreshLists(
  database: Database,
  scope: ClientScope,
  settings: AppSettings = appSettings(),
): Promise<ListsRead> {
  const { connectionId, changed } = await readForStaff(database, scope, settings, "The lists are unchanged", async (world) => ({
    connectionId: world.connection.id,
    ...(await refreshCatalogue({
      database,
      scope,
      connectionId: world.connection.id,
      connector: world.connector,
      exchange: (exchange, ask) => exchangeRead(world, exchange, ask),
    })),
  }));
  const counts = await database.inScope(scope, async (db) => ({
    accounts: (await listPackageAccounts(db, scope, connectionId)).length,
    taxRates: (await listPackageTaxRates(db, scope, connectionId)).length,
  }));
  return {
    ...counts,
    changed,
    message: `${countWords(counts.accounts, "account")} and ${countWords(counts.taxRates, "tax rate")} read${changed ? "" : "; nothing has changed"}.`,
  };
}

/** As {@link refreshLists}, right after connecting: the connection stands even when the lists don't come at once. */
export async function readListsNow(database: Database, scope: ClientScope): Promise<void> {
  try {
    await refreshLists(database, scope);
  } catch (error) {
    if (error instanceof Refusal) log.warn({ clientId: scope.clientId, reason: error.message }, "first lists not read");
    else log.error({ clientId: scope.clientId, error }, "first lists not read");
  }
}
