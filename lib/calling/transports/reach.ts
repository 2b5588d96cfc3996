import type { Database } from "#db/client.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { isDirect } from "#lib/connectors/registry.ts";
import type { CalledConnector, Connector } from "#lib/connectors/types.ts";
import { isVisited, mailboxSender } from "./mailbox.ts";

/** How a worker reaches a package. */
export interface Reach {
  readonly connector: CalledConnector;
  /** Whether anything would be taken now. While it would not, nothing is prepared: rows wait without a lease, for weeks if need be. */
  readonly isThere: () => Promise<boolean>;
}

/** How a worker reaches the package of a connection; null for one that takes files. */
export function reachOf(connector: Connector, database: Database, scope: ClientScope, connectionId: string): Reach | null {
  if (isDirect(connector)) return { connector, isThere: async () => true };
  if (connector.style !== "collected") return null;
  const send = mailboxSender(database, scope, connectionId);
  return {
    connector: { ...connector, requestIdHeader: null, prices: null, send },
    isThere: () => isVisited(database, scope, connectionId),
  };
}
