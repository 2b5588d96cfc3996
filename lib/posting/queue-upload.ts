import type { ClientScope, ScopedDb } from "#db/client.ts";
import { findLiveConnection, insertRun, moveToQueue, withDependencies } from "#db/queries/posting-moves.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { wakeConnection } from "#lib/jobs/queue.ts";
import { uploadBlockers } from "#lib/setup/checklist.ts";
import { refuseWhenOff } from "#lib/setup/integration-off.ts";
import { currentTraceParent } from "#lib/watching/trace.ts";
import { edge } from "./edge.ts";
import { judgePostings } from "./precheck.ts";
import { type PostingSelection, selectionWhere } from "./selection.ts";

export interface UploadQueued {
  readonly runId: string;
  readonly number: number;
  readonly queued: number;
  readonly held: number;
  /** Customers, suppliers and products that go first. */
  readonly dependencies: number;
}

/**
 * Upload data: one statement moves the chosen rows, and the contacts and products they need, from pending on their way; rows that
 * pre-check blocks go to Error Feedback with the cause. A second click finds nothing pending.
 * @throws {Refusal} without a connection or before the first-use checklist is done
 */
export async function queueUpload(db: ScopedDb, scope: ClientScope, selection: PostingSelection): Promise<UploadQueued> {
  const connection = await findLiveConnection(db, scope);
  if (!connection) throw new Refusal("Connect the accounting package under Setup first.");
  refuseWhenOff(connection);
  const blockers = await uploadBlockers(db, scope);
  if (blockers.length > 0) throw new Refusal(`Upload is not ready yet: ${blockers.join(" ")}`);
  const chosen = selectionWhere(selection, scope);
  const all = withDependencies(scope, connection.id, chosen);
  await judgePostings(db, scope, all);
  const run = await insertRun(db, scope, { connectionId: connection.id, kind: "upload", traceParent: currentTraceParent() });
  // A document already on its way or sent is not moved: the chosen rows are those that still wait.
  const moved = await moveToQueue(db, scope, run.id, "upload", all, chosen);
  if (moved.queued + moved.held === 0) throw new Refusal("Nothing to upload: these rows are on their way or exported already.");
  await wakeConnection(db, connection.id, { staff: true });
  edge("P0");
  return { runId: run.id, number: run.number, ...moved };
}
