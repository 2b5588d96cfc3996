import type { ScopedDb } from "#db/client.ts";
import { findReadingState, openRead } from "#db/queries/incoming-payments.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { wakeConnection } from "#lib/jobs/queue.ts";

/**
 * Asks for payments to be read now. While one such read is open, that one is answered.
 * @throws {Refusal} when the client has no live connection
 */
export async function requestPull(db: ScopedDb, scope: ClientScope): Promise<{ runId: string }> {
  const reading = await findReadingState(db, scope);
  if (reading?.state !== "live") throw new Refusal("Connect the accounting package under Setup first.");
  const runId = await openRead(db, scope, reading.connectionId);
  await wakeConnection(db, reading.connectionId, { staff: true });
  return { runId };
}
