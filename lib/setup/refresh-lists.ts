import type { Database } from "#db/client.ts";
import { IntegrationOffError } from "#db/queries/allowances.ts";
import { findConnection } from "#db/queries/connections.ts";
import { findIntegration } from "#db/queries/integration.ts";
import { listPackageAccounts, listPackageTaxRates } from "#db/queries/mapping.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { loseConnection } from "#lib/connections/lost.ts";
import { type ConnectionSettings, connectionSettings } from "#lib/connections/settings.ts";
import { tokenFor } from "#lib/connections/tokens.ts";
import { connectorFor, isDirect } from "#lib/connectors/registry.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { log } from "#lib/log.ts";
import { type CallWorld, ConnectionLost, exchangeRead, PackagePause, PackageUnavailable } from "#lib/posting/call.ts";
import { refreshCatalogue } from "#lib/pulling/catalogue.ts";
import { INTEGRATION_OFF, refuseWhenOff } from "./integration-off.ts";
import { isPackage, packageName } from "./packages.ts";

/** A person waits no longer than this, in real ms. */
const PATIENCE_MS = 10_000;

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
  settings: ConnectionSettings = connectionSettings(),
): Promise<ListsRead> {
  const connection = await database.inScope(scope, (db) => findConnection(db, scope));
  if (!connection || !isPackage(connection.package)) throw new Refusal("Connect the accounting package under Setup first.");
  const integration = await database.inScope(scope, (db) => findIntegration(db, scope));
  if (integration) refuseWhenOff(integration);
  const name = packageName(connection.package);
  const connector = connectorFor(connection.package);
  if (!isDirect(connector)) throw new Refusal(`${name} sends its lists by itself.`);
  const lost = `The connection to ${name} is lost. An administrator must reconnect it under Setup.`;
  if (connection.state === "lost") throw new Refusal(lost, { code: "connection.token-expired" });
  const world: CallWorld = {
    database,
    clientId: scope.clientId,
    connector,
    connection: {
      id: connection.id,
      tenantId: connection.tenantId,
      apiUrl: settings.appAt(connection.package).apiUrl,
      baseCurrency: connection.baseCurrency,
    },
    token: (refused) =>
      tokenFor(database, connection.id, { settings, ...(refused === undefined ? {} : { force: true, refused }) }),
    onLost: (error) => loseConnection(database, scope, connection.id, error),
    patienceMs: PATIENCE_MS / 2,
    signal: AbortSignal.timeout(PATIENCE_MS),
  };
  let changed: boolean;
  try {
    const result = await refreshCatalogue({
      database,
      scope,
      connectionId: connection.id,
      connector,
      exchange: (exchange, ask) => exchangeRead(world, exchange, ask),
    });
    changed = result.changed;
  } catch (error) {
    if (error instanceof ConnectionLost) throw new Refusal(lost, { code: "connection.token-expired" });
    if (error instanceof IntegrationOffError) throw new Refusal(INTEGRATION_OFF, { code: "integration-off" });
    if (error instanceof PackagePause) {
      throw new Refusal(`${name} asked us to slow down. The lists stay as they were; try again in a minute.`);
    }
    if (error instanceof PackageUnavailable || error instanceof SyncError) {
      log.warn({ connectionId: connection.id, error: error.message }, "lists were not read");
      throw new Refusal(`${name} gave no clear answer. The lists stay as they were; try again in a while.`);
    }
    throw error;
  }
  const counts = await database.inScope(scope, async (db) => ({
    accounts: (await listPackageAccounts(db, scope, connection.id)).length,
    taxRates: (await listPackageTaxRates(db, scope, connection.id)).length,
  }));
  return {
    ...counts,
    changed,
    message: `${counts.accounts} accounts and ${counts.taxRates} tax rates read${changed ? "" : "; nothing has changed"}.`,
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
