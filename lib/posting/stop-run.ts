import type { ClientScope, ScopedDb } from "#db/client.ts";
import { endFinishedRuns } from "#db/queries/connections/sync-work.ts";
import { stopRunRows } from "#db/queries/postings/posting-moves.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { settleWithheld } from "#lib/pending/withheld.ts";

/**
 * Stops an upload: what was not sent goes back to Pending Export, a call under way ends in its own time and is settled as ever. Where none is
 * under way the run ends at once, though the package may let nobody call it for hours.
 * @throws {Refusal} for a run that has ended
 */
export async function stopRun(db: ScopedDb, scope: ClientScope, runId: string): Promise<{ withdrawn: number }> {
  const stopped = await stopRunRows(db, scope, runId);
  if (stopped === null) throw new Refusal("This run has already ended.");
  const { connectionId, withdrawn } = stopped;
  if (withdrawn > 0) await settleWithheld(db, scope);
  await endFinishedRuns(db, connectionId);
  return { withdrawn };
}
