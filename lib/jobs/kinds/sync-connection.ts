import type { Database } from "#db/client.ts";
import { LeaseLostError } from "#db/queries/outcomes.ts";
import { holdStranded } from "#db/queries/outgoing.ts";
import {
  endFinishedRuns,
  findNextDue,
  findWorkConnection,
  markSynced,
  needsLockDates,
  saveLockDates,
  type WorkConnection,
} from "#db/queries/sync-work.ts";
import { now, realMs } from "#lib/clock.ts";
import type { RecordKind } from "#lib/common/records.ts";
import { jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import { loseConnection } from "#lib/connections/lost.ts";
import { tokenFor } from "#lib/connections/tokens.ts";
import { connectorFor, isDirect } from "#lib/connectors/registry.ts";
import type { PackageLists } from "#lib/connectors/types.ts";
import { env } from "#lib/env.ts";
import { holdLease } from "#lib/jobs/lease.ts";
import { log } from "#lib/log.ts";
import { ConnectionLost, exchangeRead, PackagePause, PackageUnavailable } from "#lib/posting/call.ts";
import { CONFIRM_MOST, confirmPosted } from "#lib/posting/confirm.ts";
import { makePostings } from "#lib/posting/make-postings.ts";
import { afterMappingChange } from "#lib/posting/release.ts";
import { sendNextBatch } from "#lib/posting/send.ts";
import { settleUnknown } from "#lib/posting/settle.ts";
import type { PostingWorld } from "#lib/posting/world.ts";
import { pullDuePayments } from "#lib/pulling/due.ts";
import { wakeConnection } from "../queue.ts";

/** After this much real time the connection goes to the back of the queue, so that one client's mountain leaves others their turn. */
const TURN_MS = 60_000;
/** Calls in flight at once: the package allows five, one is left to staff. */
const LANES = 3;
/** A wait longer than this, in real ms, puts the job back. */
const PATIENCE_MS = 5_000;

const CONTACTS: readonly RecordKind[] = ["customer", "supplier"];
const PRODUCTS: readonly RecordKind[] = ["product"];
const DOCUMENTS: readonly RecordKind[][] = [["sales-invoice"], ["bill"], ["sales-credit-note"], ["supplier-credit-note"]];
const ALL_DOCUMENTS: readonly RecordKind[] = DOCUMENTS.flat();

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
export async function syncConnection(context: SyncContext, connectionId: string): Promise<void> {
  const { database } = context;
  const connection = await database.inScope(jobPracticeScope(), (db) => findWorkConnection(db, jobPracticeScope(), connectionId));
  if (!connection) return;
  const scope = jobScope(connection.clientId);
  const lease = await holdLease(database, connection, context.owner);
  if (!lease) {
    await database.inScope(scope, (db) => wakeConnection(db, connectionId, { afterMs: 2_000 }));
    return;
  }
  const world = worldOf(context, connection, lease);
  let until: Date | null = null;
  try {
    await work(world, connection, context);
  } catch (error) {
    if (error instanceof PackagePause) until = error.until;
    else if (error instanceof PackageUnavailable) until = new Date(now().getTime() + 30_000);
    else if (error instanceof ConnectionLost || error instanceof LeaseLostError)
      log.warn({ connectionId, reason: error.message }, "left a connection");
    else throw error;
  } finally {
    await lease.release();
  }
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

function worldOf(
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
    token: (force) => tokenFor(database, connection.id, { force: force ?? false }),
    onLost: (error) => loseConnection(database, scope, connection.id, error),
    patienceMs: PATIENCE_MS,
    signal: AbortSignal.any([context.stopping, lease.lost]),
    scope,
    fence: lease.fence,
    postAs: connection.settings.postAs,
    urlOf: (documentId) => `${env().APP_URL}/clients/${connection.clientSlug}/documents/${documentId}`,
    leaseIsFresh: lease.isFresh,
    failures: 0,
    inScope: (run) => database.inScope(scope, run),
  };
}

async function work(world: PostingWorld, connection: WorkConnection, context: SyncContext): Promise<void> {
  const began = performance.now();
  const goOn = () => !context.stopping.aborted && !world.signal?.aborted && performance.now() - began < TURN_MS;
  await readLockDates(world, connection);
  let busy = true;
  while (busy && goOn()) {
    busy = false;
    if ((await settleUnknown(world)) > 0) busy = true;
    const contacts = await sendAll(world, [CONTACTS], goOn);
    const products = await sendAll(world, [PRODUCTS], goOn);
    if (contacts + products > 0) await releaseWaiting(world);
    await world.inScope((db) => holdStranded(db, world.scope, world.connection.id));
    const documents = await sendAll(world, DOCUMENTS, goOn, async () => {
      await confirmPosted(world, ALL_DOCUMENTS, CONFIRM_MOST);
    });
    const confirmed = goOn()
      ? (await confirmPosted(world, CONTACTS)) +
        (await confirmPosted(world, PRODUCTS)) +
        (await confirmPosted(world, ALL_DOCUMENTS))
      : 0;
    if (contacts + products + documents + confirmed > 0) busy = true;
    // An amendment that came while its record was on its way gets its turn now.
    await world.inScope((db) => makePostings(db, world.scope));
    await world.inScope((db) => endFinishedRuns(db, world.connection.id));
  }
  if (goOn()) await pullDuePayments(world);
  await world.inScope((db) => markSynced(db, world.connection.id));
}

/** Sends all that is queued of these kinds, a few calls at a time. `between` runs now and then in a lane of its own turn. */
async function sendAll(
  world: PostingWorld,
  groups: readonly (readonly RecordKind[])[],
  goOn: () => boolean,
  between: () => Promise<void> = async () => {},
): Promise<number> {
  const seen = { sent: 0 };
  for (const kinds of groups) {
    let sinceRead = 0;
    const lane = async (first: boolean) => {
      while (goOn()) {
        const before = seen.sent;
        if (!(await sendNextBatch(world, kinds, seen))) return;
        if (!first) continue;
        sinceRead += (seen.sent - before) * LANES;
        if (sinceRead >= CONFIRM_MOST) {
          sinceRead = 0;
          await between();
        }
      }
    };
    const lanes = await Promise.allSettled(Array.from({ length: LANES }, (_, index) => lane(index === 0)));
    const failed = lanes.find((one) => one.status === "rejected");
    if (failed) throw failed.reason;
  }
  return seen.sent;
}

/** Documents held for want of a customer or product that has arrived now go by themselves. */
async function releaseWaiting(world: PostingWorld): Promise<void> {
  await world.inScope((db) => afterMappingChange(db, world.scope));
}

/** Lock dates are read before each run's first document: a call that costs no egress. When they moved, held rows are judged again. */
async function readLockDates(world: PostingWorld, connection: WorkConnection): Promise<void> {
  if (!(await world.inScope((db) => needsLockDates(db, connection.id)))) return;
  let cursor: string | null = null;
  do {
    const lists: PackageLists = await exchangeRead(world, world.connector.discover, cursor);
    const organisation = lists.organisation;
    if (organisation) {
      const moved = await world.inScope((db) => saveLockDates(db, connection.id, organisation));
      if (moved) await world.inScope((db) => afterMappingChange(db, world.scope));
      return;
    }
    cursor = lists.next;
  } while (cursor !== null);
}
