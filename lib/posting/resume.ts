import type { ClientScope, ScopedDb } from "#db/client.ts";
import { resumeConnection } from "#db/queries/allowances.ts";
import { findIntegration } from "#db/queries/integration.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { wakeConnection } from "#lib/jobs/queue.ts";
import { refuseWhenOff } from "#lib/setup/integration-off.ts";

/**
 * Lets a connection go on that stopped after three tries in a row: its rows go on from where they were.
 * @throws {Refusal} without a connection, while the integration is off, or when it has not stopped
 */
export async function resume(db: ScopedDb, scope: ClientScope): Promise<{ connectionId: string }> {
  const integration = await findIntegration(db, scope);
  if (!integration) throw new Refusal("Connect the accounting package under Setup first.");
  refuseWhenOff(integration);
  const { connectionId } = integration;
  if (!(await resumeConnection(db, connectionId)))
    throw new Refusal("It is not stopped: someone has restarted it, or it has recovered.");
  await wakeConnection(db, connectionId, { staff: true });
  return { connectionId };
}
