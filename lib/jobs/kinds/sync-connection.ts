import { randomUUID } from "node:crypto";
import { IntegrationOffError } from "#db/queries/connections/allowances.ts";
import { endFinishedRuns, findNextDue, findWorkConnection, type WorkConnection } from "#db/queries/connections/sync-work.ts";
import { LeaseLostError } from "#db/queries/postings/outcomes.ts";
import { ConnectionLost, ConnectionStopped, PackagePause, PackageUnavailable } from "#lib/calling/call.ts";
import { checkpoint } from "#lib/calling/checkpoint.ts";
import { now, realMs } from "#lib/clock.ts";
import { jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import { holdLease } from "#lib/jobs/lease.ts";
import { workOn } from "#lib/jobs/time-slice.ts";
import { addLogContext, log, withLogContext } from "#lib/log.ts";
import { postingWorldOf, type WorkerContext } from "#lib/posting/world-of.ts";
import { wakeConnection } from "#lib/queue/queue.ts";

/** After this much real time the connection goes to the back of the queue, so that one client with much to send leaves the others their share. */
const SLICE_MS = 60_000;
/**
 * Works on one connection while its lease holds: settles what is unclear, sends what is queued (contacts and products before documents),
 * reads back what was sent, pulls payments. Ends after a minute, when nothing is due, or when the package allows no call.
 */
export function syncConnection(context: WorkerContext, connectionId: string): Promise<void> {
  return withLogContext({ requestId: randomUUID(), connectionId }, () => sync(context, connectionId));
}

async function sync(context: WorkerContext, connectionId: string): Promise<void> {
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
  checkpoint("P1");
  const world = postingWorldOf(context, connection, lease);
  let until: Date | null = null;
  const began = performance.now();
  try {
    await workOn(world, SLICE_MS);
    // Its minute is over: the connection goes to the back of the queue, and the rest is sent when it comes up again.
    if (performance.now() - began >= SLICE_MS) until = now();
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
  checkpoint("P9");
  // What goes into files goes on after its minute; what a person then brings wakes us.
  if (world.files && until) return wakeAgain(context, connection, until);
  // The next visit wakes us: until then there is nobody to give anything to.
  if (world.isThere && !(await world.isThere())) return endRuns(context, connection);
  await wakeAgain(context, connection, until);
}

async function endRuns(context: WorkerContext, connection: WorkConnection): Promise<void> {
  await context.database.inScope(jobScope(connection.clientId), (db) => endFinishedRuns(db, connection.id));
}

/** Comes back when the next thing is due, or at once when there is work left. */
async function wakeAgain(context: WorkerContext, connection: WorkConnection, pausedUntil: Date | null): Promise<void> {
  const scope = jobScope(connection.clientId);
  await context.database.inScope(scope, async (db) => {
    await endFinishedRuns(db, connection.id);
    const next = await findNextDue(db, connection.id);
    const due = pausedUntil && (!next || pausedUntil > next) ? pausedUntil : next;
    if (due) await wakeConnection(db, connection.id, { afterMs: Math.max(50, realMs(due.getTime() - now().getTime())) });
  });
}
