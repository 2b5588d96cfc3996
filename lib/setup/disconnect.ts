import type { Database } from "#db/client.ts";
import {
  deleteUnusedGrant,
  findConnection,
  findGrantOf,
  markDisconnected,
  unsafeListGrantConnections,
} from "#db/queries/connections/connections.ts";
import { queuedCount } from "#db/queries/connections/setup.ts";
import { audit } from "#lib/audit.ts";
import { type AppSettings, appSettings } from "#lib/calling/app-settings.ts";
import { ConnectionLost, PackageUnavailable } from "#lib/calling/call.ts";
import { revokeTokens } from "#lib/calling/oauth.ts";
import { tokenFor } from "#lib/calling/tokens.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { type ClientScope, jobPracticeScope } from "#lib/common/scope.ts";
import { grantPlace, unseal } from "#lib/common/secrets.ts";
import { consentOf } from "#lib/connectors/registry.ts";
import type { PackageId } from "#lib/connectors/types.ts";
import { log } from "#lib/log.ts";

export interface Disconnected {
  readonly tenantName: string;
  /** Items that were asked for and not sent yet: they stop, and go on after a reconnect to the same organisation. */
  readonly stopped: number;
  /** Whether the whole grant was ended at the package, since no other client used it. */
  readonly revoked: boolean;
}

/**
 * Disconnects a client: removes this organisation's connection in the package, ends the grant there when no other client uses it,
 * and deletes its tokens here. Mappings, links and history stay, and a reconnect to the same organisation takes them up again.
 *
 * @throws {Refusal} when nothing is connected, or the package cannot be reached: then nothing was changed
 */
export async function disconnect(
  database: Database,
  scope: ClientScope,
  settings: AppSettings = appSettings(),
): Promise<Disconnected> {
  const practice = jobPracticeScope(scope.actor);
  const connection = await database.inScope(scope, (db) => findConnection(db, scope));
  if (!connection) throw new Refusal("This client is not connected.");
  const packageId = connection.package as PackageId;
  const consent = consentOf(packageId);
  const app = settings.appAt(packageId);

  if (connection.remoteConnectionId !== null && consent.removeTenant !== null) {
    try {
      const { value } = await tokenFor(database, connection.id, { settings });
      await consent.removeTenant(value, connection.remoteConnectionId, { ...app, apiUrl: connection.apiUrl ?? app.apiUrl });
    } catch (error) {
      // Without consent there is nothing left to remove there.
      if (!(error instanceof ConnectionLost)) {
        log.warn(
          { connectionId: connection.id, error: error instanceof PackageUnavailable ? error.error.detail : error },
          "not disconnected",
        );
        throw new Refusal(`${consent.name} could not be reached, so nothing was changed. Try again later.`);
      }
    }
  }

  const grant = await database.inScope(practice, (db) => findGrantOf(db, practice, connection.id));
  const stopped = await database.inScope(scope, async (db) => {
    const waiting = await queuedCount(db, scope, connection.id);
    if (await markDisconnected(db, scope, connection.id)) {
      await audit(db, scope, {
        action: "connection.disconnect",
        subject: connection.tenantName,
        detail: { package: packageId, tenantId: connection.tenantId, stopped: waiting },
      });
    }
    return waiting;
  });

  let revoked = false;
  if (grant) {
    const refreshToken =
      grant.refresh === null ? null : unseal(grant.refresh, grantPlace(grant.id, "refresh_token_sealed"), settings.keys);
    const unused = await database.inScope(practice, async (db) => {
      if ((await unsafeListGrantConnections(db, practice, grant.id)).length > 0) return false;
      return deleteUnusedGrant(db, practice, grant.id);
    });
    if (unused && refreshToken !== null) {
      // The tokens are gone here and the organisation is gone there: a failure leaves a grant that reaches nothing of ours.
      await revokeTokens(packageId, app, refreshToken).then(
        () => {
          revoked = true;
        },
        () => log.warn({ connectionId: connection.id }, "the grant could not be revoked in the package"),
      );
    }
  }
  return { tenantName: connection.tenantName, stopped, revoked };
}
