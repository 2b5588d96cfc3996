import type { ClientScope, ScopedDb } from "#db/client.ts";
import {
  findLiveConnection,
  insertRun,
  moveToQueue,
  requeueMissingProducts,
  withDependencies,
  withDocuments,
} from "#db/queries/posting-moves.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { wakeConnection } from "#lib/jobs/queue.ts";
import { refuseWhenOff } from "#lib/setup/integration-off.ts";
import { currentTraceParent } from "#lib/watching/trace.ts";
import { judgePostings } from "./precheck.ts";
import { type PostingSelection, selectionWhere } from "./selection.ts";

export interface RetryQueued {
  readonly runId: string;
  readonly number: number;
  readonly queued: number;
  readonly held: number;
}

/**
 * Sends refused, held or given-up rows again, under a new generation where the package refused them: "Retry" and "Export item first",
 * since customers, suppliers and products that they miss go before them, and the document that a payment pays.
 */
export async function retry(db: ScopedDb, scope: ClientScope, selection: PostingSelection): Promise<RetryQueued> {
  const connection = await findLiveConnection(db, scope);
  if (!connection) throw new Refusal("Connect the accounting package under Setup first.");
  refuseWhenOff(connection);
  const chosen = withDocuments(scope, connection.id, selectionWhere(selection, scope));
  const all = withDependencies(scope, connection.id, chosen);
  const run = await insertRun(db, scope, { connectionId: connection.id, kind: "retry", traceParent: currentTraceParent() });
  await requeueMissingProducts(db, scope, run.id, chosen);
  await judgePostings(db, scope, all);
  const moved = await moveToQueue(db, scope, run.id, "retry", all, chosen);
  if (moved.queued + moved.held === 0) throw new Refusal("Nothing to retry: these rows have moved on already.");
  await wakeConnection(db, connection.id, { staff: true });
  return { runId: run.id, number: run.number, queued: moved.queued, held: moved.held };
}
