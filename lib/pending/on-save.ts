import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { deleteEmptyRun, findIntegration, tagNewRows } from "#db/queries/connections/integration.ts";
import { insertRun } from "#db/queries/postings/posting-moves.ts";
import { freezeMembers } from "#db/queries/postings/run-members.ts";
import { uploadBlockers } from "#lib/connections/checklist.ts";
import { wakeConnection } from "#lib/queue/queue.ts";
import { currentTraceParent } from "#lib/watching/trace.ts";

export interface OnSaveRun {
  readonly connectionId: string;
  readonly runId: string;
}

/**
 * Where a connection works "on save": the rows just made are given to a run of their own, before anything judges them. Null where it
 * does not, while the integration is off, and as long as Upload data itself is not ready.
 */
export async function beginOnSave(db: ScopedDb, scope: ClientScope): Promise<OnSaveRun | null> {
  const integration = await findIntegration(db, scope);
  if (!integration?.moduleOn || integration.settings.trigger !== "on-save") return null;
  if ((await uploadBlockers(db, scope)).length > 0) return null;
  const run = await insertRun(db, scope, {
    traceParent: currentTraceParent(),
    connectionId: integration.connectionId,
    kind: "upload",
    detail: { trigger: "on-save" },
  });
  await tagNewRows(db, scope, integration.connectionId, run.id);
  return { connectionId: integration.connectionId, runId: run.id };
}

/** Gives the run's rows to the worker once it is known what is withheld; that stays there. */
export async function endOnSave(db: ScopedDb, scope: ClientScope, { connectionId, runId }: OnSaveRun): Promise<void> {
  const chosen = await freezeMembers(db, scope, { id: runId, connectionId }, "upload", sql`postings.run_id = ${runId}`);
  if (chosen === 0) await deleteEmptyRun(db, scope, runId);
  else await wakeConnection(db, connectionId);
}
