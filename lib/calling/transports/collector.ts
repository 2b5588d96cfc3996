import type { Database } from "#db/client.ts";
import { findLeaseOwner } from "#db/queries/common/leases.ts";
import { forgetSettledMessages, hasReady, storeAnswer, type TakenMessage, takeMessage } from "#db/queries/mailbox/messages.ts";
import { endVisit, insertVisit, lockOpenVisit, noteSeen, noteWorked } from "#db/queries/mailbox/visits.ts";
import { now } from "#lib/clock.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { RawAnswer } from "#lib/connectors/types.ts";
import { wakeConnection } from "#lib/queue/queue.ts";

/** A visit that was not heard of for so long has ended, whatever it was about, in ms on the one clock: the ticket of a visit lasts no longer. */
const SILENT_MS = 30 * 60_000;
/** Another machine may begin a visit once the one before was not heard of for so long, and the package is at work on nothing of its. */
const QUIET_MS = 2 * 60_000;
/** A worker that was woken has so long, in ms on the one clock, before the visit ends for want of work. */
const WAKING_MS = 15_000;

/** What the program is told when it asks for work. */
export type Work =
  | ({ readonly what: "message" } & TakenMessage)
  /** A worker is preparing more. */
  | { readonly what: "wait" }
  | { readonly what: "nothing" }
  /** The visit has ended; the program signs in anew. */
  | { readonly what: "over" };

/**
 * Begins a visit, and wakes the connection's worker. One machine at a time: while another's visit is at work the answer is `busy`. The
 * same machine, which can hold one visit alone, takes over at once: what its visit before had taken may have been done, and is settled
 * before anything else goes.
 * @param machine as the program names it
 * @returns the visit's id, to be shown at each step
 */
export async function beginVisit(
  database: Database,
  scope: ClientScope,
  connectionId: string,
  machine: string,
): Promise<{ readonly visitId: string } | "busy" | "no connection"> {
  return database.inScope(scope, async (db) => {
    const open = await lockOpenVisit(db, scope, connectionId);
    if (open === "no connection") return open;
    if (open) {
      const at = now().getTime();
      const silent = at - open.seenAt.getTime();
      const isWorking = silent < QUIET_MS || (open.busyUntil !== null && open.busyUntil.getTime() > at);
      if (machine !== open.machine && isWorking && silent < SILENT_MS) return "busy";
      await endVisit(db, open.id, machine === open.machine ? "another" : "silent");
    }
    await forgetSettledMessages(db, connectionId);
    const visitId = await insertVisit(db, scope, connectionId, machine);
    await wakeConnection(db, connectionId);
    return { visitId };
  });
}

/** The next message for a visit, which is then in its hands: its answer is the next thing that it brings. */
export async function collect(database: Database, scope: ClientScope, visitId: string): Promise<Work> {
  return database.inScope(scope, async (db) => {
    const visit = await noteSeen(db, visitId);
    if (visit === null) return { what: "over" };
    const { connectionId } = visit;
    const taken = await takeMessage(db, visitId, connectionId);
    if (taken) {
      await noteWorked(db, visitId);
      return { what: "message", ...taken };
    }
    const isWorking =
      now().getTime() - visit.workedAt.getTime() < WAKING_MS ||
      (await findLeaseOwner(db, connectionId)) !== null ||
      (await hasReady(db, connectionId));
    return { what: isWorking ? "wait" : "nothing" };
  });
}

/**
 * Stores an answer, without the connection's lease, and wakes the worker. What a visit brings that has ended since is stored too.
 * @returns false when the visit had taken nothing that is open
 */
export async function deliver(database: Database, scope: ClientScope, visitId: string, answer: RawAnswer): Promise<boolean> {
  return database.inScope(scope, async (db) => {
    await noteWorked(db, visitId);
    const connectionId = await storeAnswer(db, visitId, answer);
    if (connectionId === null) return false;
    await wakeConnection(db, connectionId);
    return true;
  });
}

/** Ends a visit at the program's goodbye. */
export async function leave(database: Database, scope: ClientScope, visitId: string): Promise<void> {
  await database.inScope(scope, (db) => endVisit(db, visitId, "goodbye"));
}
