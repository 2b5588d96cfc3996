import type { ScopedDb } from "#db/client.ts";
import { findConnection } from "#db/queries/connections/connections.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { isPackage } from "#lib/connectors/cards.ts";
import { connectorFor } from "#lib/connectors/registry.ts";

/** The connector of the client's package. @throws {Refusal} where nothing is connected */
export async function liveConnector(db: ScopedDb, scope: ClientScope) {
  const connection = await findConnection(db, scope);
  if (!connection || !isPackage(connection.package)) throw new Refusal("Connect the accounting package under Setup first.");
  return { connector: connectorFor(connection.package), connection };
}
