import type { Database } from "#db/client.ts";
import type { WorkConnection } from "#db/queries/connections/sync-work.ts";
import { loseConnection } from "#lib/calling/lost.ts";
import { tokenFor } from "#lib/calling/tokens.ts";
import { reachOf } from "#lib/calling/transports/reach.ts";
import { jobScope } from "#lib/common/scope.ts";
import { connectionOf } from "#lib/connections/connection-of.ts";
import { connectorFor } from "#lib/connectors/registry.ts";
import type { CalledConnector, Connector } from "#lib/connectors/types.ts";
import { env, packageSettings } from "#lib/env.ts";
import type { PostingWorld } from "./world.ts";

/** A wait longer than this, in real ms, puts the job back. */
const PATIENCE_MS = 5_000;

/** A program that collects signs in with us, and a file is carried by hand: nothing of the package's stands on these messages. */
const NO_TOKEN = { value: "", version: 1 };

/** What a worker's process gives to each connection that it works on. */
export interface WorkerContext {
  readonly database: Database;
  readonly owner: string;
  /** Aborted when the worker drains. */
  readonly stopping: AbortSignal;
}

/** What working on one connection needs, while `lease` holds. */
export function postingWorldOf(
  context: WorkerContext,
  connection: WorkConnection,
  lease: { fence: bigint; isFresh(): boolean; lost: AbortSignal },
): PostingWorld {
  const scope = jobScope(connection.clientId);
  const { database } = context;
  const known = connectorFor(connection.package);
  const reach = reachOf(known, database, scope, connection.id);
  const { connector, isThere, files } = reach;
  return {
    database,
    clientId: connection.clientId,
    connector: asOrganisationHasIt(connector, connection),
    connection: connectionOf(connector, connection, addressOf(known, connection)),
    isThere,
    ...(files ? { files } : {}),
    token: (refused) =>
      known.style === "direct"
        ? tokenFor(database, connection.id, refused === undefined ? {} : { force: true, refused })
        : Promise.resolve(NO_TOKEN),
    onLost: (error) => loseConnection(database, scope, connection.id, error),
    patienceMs: PATIENCE_MS,
    signal: AbortSignal.any([context.stopping, lease.lost]),
    ...(connection.settings.gapMs === undefined ? {} : { gapMs: connection.settings.gapMs }),
    scope,
    fence: lease.fence,
    postAs: connection.settings.postAs,
    lines: connection.settings.lines ?? "detailed",
    urlOf: (recordId, pages = "documents") => `${env().APP_URL}/clients/${connection.clientSlug}/${pages}/${recordId}`,
    leaseIsFresh: lease.isFresh,
    inScope: (run) => database.inScope(scope, run),
  };
}

/** Where the package answers, unless the connection says where; what collects or takes files has no address that we call. */
const addressOf = ({ style }: Connector, { package: id, apiUrl }: WorkConnection) =>
  style === "direct" && apiUrl === null ? packageSettings(id).apiUrl : "";

/** The connector with what the organisation says of itself in place of what holds for the package. */
function asOrganisationHasIt(
  connector: CalledConnector,
  { uniqueNumbers }: Pick<WorkConnection, "uniqueNumbers">,
): CalledConnector {
  return uniqueNumbers == null ? connector : { ...connector, can: { ...connector.can, uniqueNumbers } };
}
