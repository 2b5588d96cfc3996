import type { Database } from "#db/client.ts";
import { endGrant, markConnectionLost, unsafeListGrantConnections } from "#db/queries/connections/connections.ts";
import { alertLost } from "#lib/alerts/connection-lost.ts";
import { audit } from "#lib/audit.ts";
import { type ClientScope, jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import type { SyncError } from "#lib/errors/sync-error.ts";
import { log } from "#lib/log.ts";

/** Marks a connection as lost, once: the red bar shows, what is queued stays queued until an administrator reconnects. */
export async function loseConnection(
  database: Database,
  scope: ClientScope,
  connectionId: string,
  error: SyncError,
): Promise<void> {
  const lost = await database.inScope(scope, async (db) => {
    if (!(await markConnectionLost(db, scope, connectionId, reasonOf(error)))) return false;
    await audit(db, scope, {
      action: "connection.lost",
      subject: connectionId,
      detail: { code: error.code, said: error.detail.said },
    });
    await alertLost(db, scope, connectionId);
    return true;
  });
  if (lost) log.warn({ connectionId, reason: error.code }, "connection lost");
}

/** The grant can't be used any more: every client that uses it has lost its connection. */
export async function loseGrant(database: Database, grantId: string, error: SyncError): Promise<void> {
  const practice = jobPracticeScope();
  const used = await database.inScope(practice, async (db) => {
    await endGrant(db, practice, grantId);
    return unsafeListGrantConnections(db, practice, grantId);
  });
  for (const { id, clientId } of used) await loseConnection(database, jobScope(clientId), id, error);
}

function reasonOf(error: SyncError): string {
  switch (error.code) {
    case "connection.scope-missing":
      return "The consent lacks a permission, or the person who gave it lost theirs.";
    case "connection.wrong-tenant":
      return "The consent is for another organisation.";
    default:
      return "The consent has ended or was withdrawn in the package.";
  }
}
