import { listsAreDue } from "#db/queries/catalogue.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { log } from "#lib/log.ts";
import { exchangeRead, PackageUnavailable } from "#lib/posting/call.ts";
import type { PostingWorld } from "#lib/posting/world.ts";
import { refreshCatalogue } from "./catalogue.ts";

/**
 * Reads accounts, tax rates, currencies and lock dates anew once a night, at the first work after two o'clock in the client's own zone.
 * A package that has trouble with its lists keeps the old ones and nothing else waits for them; the next work tries again.
 * @throws what a read of the package throws beside that: `PackagePause`, `ConnectionLost`
 */
export async function refreshDueLists(world: PostingWorld): Promise<void> {
  if (!(await world.inScope((db) => listsAreDue(db, world.scope, world.connection.id)))) return;
  try {
    await refreshCatalogue({
      database: world.database,
      scope: world.scope,
      connectionId: world.connection.id,
      connector: world.connector,
      exchange: (exchange, ask) => exchangeRead(world, exchange, ask),
    });
  } catch (error) {
    if (!(error instanceof PackageUnavailable || error instanceof SyncError)) throw error;
    log.warn({ connectionId: world.connection.id, reason: error.message }, "lists were not read in the night");
  }
}
