import type { ClientScope, ScopedDb } from "#db/client.ts";
import { findLiveConnection, insertRun } from "#db/queries/posting-moves.ts";
import { freezeMembers } from "#db/queries/run-members.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { wakeConnection } from "#lib/jobs/queue.ts";
import { uploadBlockers } from "#lib/setup/checklist.ts";
import { refuseWhenOff } from "#lib/setup/integration-off.ts";
import { currentTraceParent } from "#lib/watching/trace.ts";
import { edge } from "./edge.ts";
import { type PostingSelection, selectionWhere } from "./selection.ts";

export interface UploadQueued {
  readonly runId: string;
  readonly number: number;
  /** Rows that are the run's from this moment on. */
  readonly chosen: number;
}

/**
 * Upload data: freezes the chosen rows, as they are now, as the members of a run, and moves nothing. The worker takes them portion by
 * portion (`take-portion.ts`), with the contacts and products they need; rows that pre-check blocks then go to Error Feedback with the
 * cause. A second click finds nothing to choose.
 * @throws {Refusal} without a connection or before the first-use checklist is done
 */
export async function queueUpload(db: ScopedDb, scope: ClientScope, selection: PostingSelection): Promise<UploadQueued> {
  const connection = await findLiveConnection(db, scope);
  if (!connection) throw new Refusal("Connect the accounting package under Setup first.");
  refuseWhenOff(connection);
  const blockers = await uploadBlockers(db, scope);
  if (blockers.length > 0) throw new Refusal(`Upload is not ready yet: ${blockers.join(" ")}`);
  const run = await insertRun(db, scope, { connectionId: connection.id, kind: "upload", traceParent: currentTraceParent() });
  const chosen = await freezeMembers(
    db,
    scope,
    { id: run.id, connectionId: connection.id },
    "upload",
    selectionWhere(selection, scope),
  );
  if (chosen === 0) throw new Refusal("Nothing to upload: these rows are being sent or already exported.");
  await wakeConnection(db, connection.id, { staff: true });
  edge("P0");
  return { runId: run.id, number: run.number, chosen };
}
