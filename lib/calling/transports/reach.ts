import type { Database } from "#db/client.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { CalledConnector, Connector, Files, SendResult } from "#lib/connectors/types.ts";
import { isVisited, mailboxSender } from "./mailbox.ts";

/** How a worker reaches a package. */
export interface Reach {
  readonly connector: CalledConnector;
  /** Whether anything would be taken now. While it would not, nothing is prepared: rows wait without a lease, for weeks if need be. */
  readonly isThere: () => Promise<boolean>;
  /** Where batches become files that a person carries; left out where they are sent. */
  readonly files?: Files;
}

/** How a worker reaches the package of a connection. */
export function reachOf(connector: Connector, database: Database, scope: ClientScope, connectionId: string): Reach {
  switch (connector.style) {
    case "direct":
      return { connector, isThere: async () => true };
    case "collected":
      return {
        connector: { ...connector, requestIdHeader: null, prices: null, send: mailboxSender(database, scope, connectionId) },
        isThere: () => isVisited(database, scope, connectionId),
      };
    case "file":
      return {
        connector: { ...connector, requestIdHeader: null, prices: null, send: async () => nobodyToAsk() },
        isThere: async () => false,
        files: connector.files,
      };
  }
}

const nobodyToAsk = (): SendResult => ({ sent: false, why: "It takes files, and answers nothing by itself" });
