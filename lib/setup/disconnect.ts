import type { Database } from "#db/client.ts";
import { findConnection, findGrantOf, markDisconnected } from "#db/queries/connections/connections.ts";
import { queuedCount } from "#db/queries/connections/setup.ts";
import { audit } from "#lib/audit.ts";
import { type AppSettings, appSettings } from "#lib/calling/app-settings.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { type ClientScope, jobPracticeScope } from "#lib/common/scope.ts";
import { endCollector } from "#lib/connections/kinds/collector.ts";
import { endGrantThere, removeThere } from "#lib/connections/kinds/oauth.ts";

export interface Disconnected {
  readonly tenantName: string;
  /** Items that were asked for and not sent yet: they stop, and go on after a reconnect to the same organisation. */
  readonly stopped: number;
  /** Whether the whole grant was ended at the package, since no other client used it. */
  readonly revoked: boolean;
}

/**
 * Disconnects a client: removes this organisation's connection in the package, ends the grant there when no other client uses it,
 * and deletes its tokens, or what its program signed in with, here. Mappings, links and history stay, and a reconnect to the same
 * organisation takes them up again.
 *
 * @throws {Refusal} when nothing is connected, or the package cannot be reached: then nothing was changed
 */
export async function disconnect(database: Database, scope: ClientScope, given?: AppSettings): Promise<Disconnected> {
  const practice = jobPracticeScope(scope.actor);
  const connection = await database.inScope(scope, (db) => findConnection(db, scope));
  if (!connection) throw new Refusal("This client is not connected.");
  // Without tokens of the package's none of our app's settings are needed.
  const settings = () => given ?? appSettings();
  if (connection.grantId !== null) await removeThere(database, connection, settings());
  const grant = await database.inScope(practice, (db) => findGrantOf(db, practice, connection.id));
  const stopped = await database.inScope(scope, async (db) => {
    const waiting = await queuedCount(db, scope, connection.id);
    await endCollector(db, scope, connection.id);
    if (await markDisconnected(db, scope, connection.id)) {
      await audit(db, scope, {
        action: "connection.disconnect",
        subject: connection.tenantName,
        detail: { package: connection.package, tenantId: connection.tenantId, stopped: waiting },
      });
    }
    return waiting;
  });
  const revoked = grant !== null && (await endGrantThere(database, scope, connection.id, grant, settings()));
  return { tenantName: connection.tenantName, stopped, revoked };
}
