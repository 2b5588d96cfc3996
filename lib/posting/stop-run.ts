import type { ClientScope, ScopedDb } from "#db/client.ts";
import { stopRunRows } from "#db/queries/posting-moves.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { settleAside } from "./aside.ts";

/** Stops an upload: what was not sent goes back to Pending Export, a call under way ends in its own time and is settled as ever. */
export async function stopRun(db: ScopedDb, scope: ClientScope, runId: string): Promise<{ withdrawn: number }> {
  const { found, withdrawn } = await stopRunRows(db, scope, runId);
  if (!found) throw new Refusal("This run has ended already.");
  if (withdrawn > 0) await settleAside(db, scope);
  return { withdrawn };
}
