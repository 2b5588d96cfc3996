import type { ScopedDb } from "#db/client.ts";
import { findIntegration } from "#db/queries/connections/integration.ts";
import { findReadingState, openRead, stopReads } from "#db/queries/payments/payment-reads.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { refuseWhenOff } from "#lib/connections/integration-off.ts";
import { ONE_WAY } from "#lib/connections/one-way.ts";
import { wakeConnection } from "#lib/queue/queue.ts";

/**
 * Asks for payments to be read now. While one such read is open, that one is answered.
 * @throws {Refusal} when the client has no live connection, when the integration is off, and over a one-way connection
 */
export async function requestPull(db: ScopedDb, scope: ClientScope): Promise<{ runId: string }> {
  const reading = await findReadingState(db, scope);
  if (reading?.state !== "live") throw new Refusal("Connect the accounting package under Setup first.");
  const integration = await findIntegration(db, scope);
  if (integration) refuseWhenOff(integration);
  if (integration?.settings.direction === "out") throw new Refusal(ONE_WAY, { code: "one-way" });
  const runId = await openRead(db, scope, reading.connectionId);
  await wakeConnection(db, reading.connectionId, { staff: true });
  return { runId };
}

/**
 * Stops the read of payments that is under way: it ends after the page being read, and what was read stays.
 * @throws {Refusal} when none is under way
 */
export async function stopPull(db: ScopedDb, scope: ClientScope): Promise<{ stopped: number }> {
  const stopped = await stopReads(db, scope);
  if (stopped.length === 0) throw new Refusal("No read of payments is under way.");
  return { stopped: stopped.length };
}
