import type { ClientScope, ScopedDb } from "#db/client.ts";
import { findLiveConnection, insertRun, withDocuments } from "#db/queries/posting-moves.ts";
import { freezeMembers } from "#db/queries/run-members.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { wakeConnection } from "#lib/jobs/queue.ts";
import { refuseWhenOff } from "#lib/setup/integration-off.ts";
import { currentTraceParent } from "#lib/watching/trace.ts";
import { type PostingSelection, selectionWhere } from "./selection.ts";

export interface RetryQueued {
  readonly runId: string;
  readonly number: number;
  /** Rows that are the run's from this moment on. */
  readonly chosen: number;
}

/**
 * Sends refused, held or given-up rows again, under a new generation where the package refused them: "Retry" and "Export item first",
 * since customers, suppliers and products that they miss go before them, and the document that a payment pays. As in an upload the rows
 * are frozen here, and the worker judges and moves them.
 */
export async function retry(db: ScopedDb, scope: ClientScope, selection: PostingSelection): Promise<RetryQueued> {
  const connection = await findLiveConnection(db, scope);
  if (!connection) throw new Refusal("Connect the accounting package under Setup first.");
  refuseWhenOff(connection);
  const run = await insertRun(db, scope, { connectionId: connection.id, kind: "retry", traceParent: currentTraceParent() });
  const rows = withDocuments(scope, connection.id, selectionWhere(selection, scope));
  const chosen = await freezeMembers(db, scope, { id: run.id, connectionId: connection.id }, "retry", rows);
  if (chosen === 0) throw new Refusal("Nothing to retry: these rows have already changed.");
  await wakeConnection(db, connection.id, { staff: true });
  return { runId: run.id, number: run.number, chosen };
}
