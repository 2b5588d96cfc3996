import { randomUUID } from "node:crypto";
import type { Database } from "#db/client.ts";
import { IntegrationOffError } from "#db/queries/allowances.ts";
import { LeaseLostError } from "#db/queries/outcomes.ts";
import { endFinishedRuns, findNextDue, findWorkConnection, type WorkConnection } from "#db/queries/sync-work.ts";
import { now, realMs } from "#lib/clock.ts";
import { jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import { loseConnection } from "#lib/connections/lost.ts";
import { tokenFor } from "#lib/connections/tokens.ts";
import { connectorFor, isDirect } from "#lib/connectors/registry.ts";
import { env } from "#lib/env.ts";
import { holdLease } from "#lib/jobs/lease.ts";
import { addLogContext, log, withLogContext } from "#lib/log.ts";
import { ConnectionLost, ConnectionStopped, PackagePause, PackageUnavailable } from "#lib/posting/call.ts";
import { edge } from "#lib/posting/edge.ts";
import { workOn } from "#lib/posting/work.ts";
import type { PostingWorld } from "#lib/posting/world.ts";
import { wakeConnection } from "../queue.ts";

/** After this much real time the connection goes to the back of the queue, so that one client's mountain leaves others their turn. */
const TURN_MS = 60_000;
/** A wait longer than this, in real ms, puts the job back. */
const PATIENCE_MS = 5_000;

export interface SyncContext {
  readonly database: Database;
  readonly owner: string;
  /** Aborted when the worker drains. */
  readonly stopping: AbortSignal;
}

/**
 * Works on one connection while its lease holds: settles what is unclear, sends what is queued (contacts and products before documents),
 * reads back what was sent, pulls payments. Leaves by itself after a minute, when nothing is due, or when the package allows no call.
 */
export function syncConnection(context: SyncContext, connectionId: string): Promise<void> {
  return withLogContext({ requestId: randomUUID(), connectionId }, () => sync(context, connectionId));
}

async function sync(context: SyncContext, connectionId: string): Promise<void> {
  const { database } = context;
  const connection = await database.inScope(jobPracticeScope(), (db) => findWorkConnection(db, jobPracticeScope(), connectionId));
  if (!connection) return;
  const scope = jobScope(connection.clientId);
  addLogContext({ clientId: connection.clientId });
  const lease = await holdLease(database, connection, context.owner);
  if (!lease) {
    await database.inScope(scope, (db) => wakeConnection(db, connectionId, { afterMs: 2_000 }));
    return;
  }
  edge("P1");
  const world = postingWorldOf(context, connection, lease);
  let until: Date | null = null;
  const began = performance.now();
  try {
    await workOn(world, TURN_MS);
    // Its minute is over: to the back of the queue, and what is left goes on from there.
    if (performance.now() - began >= TURN_MS) until = now();
  } catch (error) {
    if (error instanceof ConnectionStopped) log.warn({ connectionId, reason: error.message }, "stopped after three tries");
    else if (error instanceof PackagePause) until = error.until;
    else if (error instanceof PackageUnavailable) until = new Date(now().getTime() + 30_000);
    else if (error instanceof ConnectionLost || error instanceof LeaseLostError || error instanceof IntegrationOffError)
      log.warn({ connectionId, reason: error.message }, "left a connection");
    else throw error;
  } finally {
    await lease.release();
  }
  edge("P9");
  await wakeAgain(context, connection, until);
}

/** Comes back when the next thing is due, or at once when there is work left. */
async function wakeAgain(context: SyncContext, connection: WorkConnection, pausedUntil: Date | null): Promise<void> {
  const scope = jobScope(connection.clientId);
  await context.database.inScope(scope, async (db) => {
    await endFinishedRuns(db, connection.id);
    const next = await findNextDue(db, connection.id);
    const due = pausedUntil && (!next || pausedUntil > next) ? pausedUntil : next;
    if (due) await wakeConnection(db, connection.id, { afterMs: Math.max(50, realMs(due.getTime() - now().getTime())) });
  });
}

/** What working on one connection needs, while `lease` holds. */
export function postingWorldOf(
  context: SyncContext,
  connection: WorkConnection,
  lease: { fence: bigint; isFresh(): boolean; lost: AbortSignal },
): PostingWorld {
  const connector = connectorFor(connection.package);
  if (!isDirect(connector)) throw new Error(`${connector.name} is not called by this worker`);
  const scope = jobScope(connection.clientId);
  const { database } = context;
  return {
    database,
    clientId: connection.clientId,
    connector,
    connection: {
      id: connection.id,
      tenantId: connection.tenantId,
      apiUrl: env().XERO_API_URL,
      baseCurrency: connection.baseCurrency,
    },
    token: (refused) => tokenFor(database, connection.id, refused === undefined ? {} : { force: true, refused }),
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
