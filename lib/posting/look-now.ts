import type { ClientScope, ScopedDb } from "#db/client.ts";
import { findLiveConnection, setLookNow } from "#db/queries/posting-moves.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { wakeConnection } from "#lib/jobs/queue.ts";
import { refuseWhenOff } from "#lib/setup/integration-off.ts";

/** Look now: has the worker read back one record whose outcome is unknown. Finding nothing yet proves nothing, so it is never a resend. */
export async function lookNow(db: ScopedDb, scope: ClientScope, postingId: string): Promise<void> {
  const connection = await findLiveConnection(db, scope);
  if (connection) refuseWhenOff(connection);
  const connectionId = await setLookNow(db, scope, postingId);
  if (!connectionId) throw new Refusal("The outcome of this row is known already.");
  await wakeConnection(db, connectionId, { staff: true });
}
