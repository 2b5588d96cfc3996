import { findReadingState, listOpenReads } from "#db/queries/incoming-payments.ts";
import { findIntegration } from "#db/queries/integration.ts";
import { now } from "#lib/clock.ts";
import { exchangeRead } from "#lib/posting/call.ts";
import type { PostingWorld } from "#lib/posting/world.ts";
import { pullPayments } from "./payments.ts";

/** While work is on, payments are read again after this much time on the one clock. */
const READ_EVERY_MS = 15 * 60_000;

/**
 * Reads payments when staff asked for it, when they were never read, or when the last read is a quarter of an hour old.
 * @throws what a read of the package throws: `PackagePause`, `PackageUnavailable`, `ConnectionLost`, `SyncError`
 */
export async function pullDuePayments(world: PostingWorld): Promise<void> {
  const { database, scope, connection, connector } = world;
  const due = await database.inScope(scope, async (db) => {
    const reading = await findReadingState(db, scope, connection.id);
    const integration = await findIntegration(db, scope);
    if (reading?.state !== "live" || integration?.settings.direction === "out") return false;
    if (reading.asOf === null || now().getTime() - reading.asOf.getTime() >= READ_EVERY_MS) return true;
    return (await listOpenReads(db, scope, connection.id)).length > 0;
  });
  if (!due) return;
  await pullPayments({ database, scope, connection, connector, exchange: (exchange, ask) => exchangeRead(world, exchange, ask) });
}
