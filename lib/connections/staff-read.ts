import type { Database } from "#db/client.ts";
import { IntegrationOffError } from "#db/queries/connections/allowances.ts";
import { findConnection } from "#db/queries/connections/connections.ts";
import { findIntegration } from "#db/queries/connections/integration.ts";
import type { AppSettings } from "#lib/calling/app-settings.ts";
import { type CallWorld, ConnectionLost, PackagePause, PackageUnavailable } from "#lib/calling/call.ts";
import { loseConnection } from "#lib/calling/lost.ts";
import { tokenFor } from "#lib/calling/tokens.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { isPackage, packageName } from "#lib/connectors/cards.ts";
import { connectorFor } from "#lib/connectors/registry.ts";
import type { DirectConnector } from "#lib/connectors/types.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { log } from "#lib/log.ts";
import { connectionOf } from "./connection-of.ts";
import { INTEGRATION_OFF, refuseWhenOff } from "./integration-off.ts";

/** A person waits no longer than this, in real ms. */
const PATIENCE_MS = 10_000;

/** Why nobody can wait for an answer, by what carries it. */
const ANSWERS_LATER = {
  collected: "it collects and answers in its own time",
  file: "a person carries files there and back",
} as const;

/** One live connection while a person waits for a read. */
export interface StaffWorld extends CallWorld {
  /** The package's own name, for sentences. */
  readonly packageName: string;
  readonly connector: DirectConnector;
  readonly postAs: "authorised" | "draft";
  readonly lines: "detailed" | "summarised";
}

/**
 * Reads from the client's package while a person waits, under the connection's own limits and for ten seconds at most.
 * @param unchanged what stays as it was when nothing comes of it, for the sentence that says so: "The lists stay as they were"
 * @throws {Refusal} when nothing is connected, the integration is off, the consent is gone, or the package gives no answer in time
 */
export async function readForStaff<Answer>(
  database: Database,
  scope: ClientScope,
  settings: AppSettings,
  unchanged: string,
  read: (world: StaffWorld) => Promise<Answer>,
): Promise<Answer> {
  const connection = await database.inScope(scope, (db) => findConnection(db, scope));
  const integration = await database.inScope(scope, (db) => findIntegration(db, scope));
  if (!connection || !integration || !isPackage(connection.package))
    throw new Refusal("Connect the accounting package under Setup first.");
  refuseWhenOff(integration);
  const name = packageName(connection.package);
  const connector = connectorFor(connection.package);
  if (connector.style !== "direct") throw new Refusal(`${name} can't be read from here: ${ANSWERS_LATER[connector.style]}.`);
  const lost = `The connection to ${name} is lost. An administrator must reconnect it under Setup.`;
  if (connection.state === "lost") throw new Refusal(lost, { code: "connection.token-expired" });
  const world: StaffWorld = {
    database,
    clientId: scope.clientId,
    connector,
    connection: connectionOf(connector, connection, settings.appAt(connection.package).apiUrl),
    token: (refused) =>
      tokenFor(database, connection.id, { settings, ...(refused === undefined ? {} : { force: true, refused }) }),
    onLost: (error) => loseConnection(database, scope, connection.id, error),
    patienceMs: PATIENCE_MS / 2,
    staff: true,
    ...(integration.settings.gapMs === undefined ? {} : { gapMs: integration.settings.gapMs }),
    signal: AbortSignal.timeout(PATIENCE_MS),
    packageName: name,
    postAs: integration.settings.postAs,
    lines: integration.settings.lines ?? "detailed",
  };
  try {
    return await read(world);
  } catch (error) {
    if (error instanceof ConnectionLost) throw new Refusal(lost, { code: "connection.token-expired" });
    if (error instanceof IntegrationOffError) throw new Refusal(INTEGRATION_OFF, { code: "integration-off" });
    if (error instanceof PackagePause) {
      throw new Refusal(`${name} asked us to slow down. ${unchanged}; try again in a minute.`);
    }
    if (error instanceof PackageUnavailable || error instanceof SyncError) {
      log.warn({ connectionId: connection.id, error: error.message }, "a read for staff failed");
      throw new Refusal(`${name} gave no clear answer. ${unchanged}; try again later.`);
    }
    throw error;
  }
}
