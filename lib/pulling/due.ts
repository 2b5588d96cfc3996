import { findIntegration } from "#db/queries/connections/integration.ts";
import { findReading } from "#db/queries/connections/list-reads.ts";
import { hasCreditNotes } from "#db/queries/payments/package-documents.ts";
import { findReadingState, listOpenReads, markReads } from "#db/queries/payments/payment-reads.ts";
import { exchangeRead, PackageUnavailable } from "#lib/calling/call.ts";
import { now } from "#lib/clock.ts";
import { type PackageStream, streamsOf } from "#lib/connectors/types.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { log } from "#lib/log.ts";
import type { PostingWorld } from "#lib/posting/world.ts";
import { pullDocuments } from "./documents.ts";
import { pullPayments } from "./payments.ts";

/** While work is on, payments are read again after this much time on the one clock. */
const READ_EVERY_MS = 15 * 60_000;

/**
 * Reads payments when staff asked for it, when they were never read, or when the last read is a quarter of an hour old; documents with
 * them, at most one call, and credit notes, where the client has some, at most one more: first, so that a payment's row can say what kind of
 * document it pays. Reads that staff stopped before they began are ended here.
 * @throws what a read of the package throws: `PackagePause`, `PackageUnavailable`, `ConnectionLost`, `SyncError`
 */
export async function pullDuePayments(world: PostingWorld): Promise<void> {
  const { database, scope, connection, connector } = world;
  const due = await database.inScope(scope, async (db) => {
    const reading = await findReadingState(db, scope, connection.id);
    const integration = await findIntegration(db, scope);
    if (reading?.state !== "live" || integration?.settings.direction === "out") return null;
    const open = await listOpenReads(db, scope, connection.id);
    const stopped = open.filter((run) => run.state === "stopping").map((run) => run.id);
    if (stopped.length > 0) await markReads(db, scope, stopped, { state: "stopped" });
    const asked = open.length > stopped.length;
    const payments = asked || (streamsOf(connector, "payments").length > 0 && isOld(reading.asOf));
    const streams: PackageStream[] = [];
    for (const stream of streamsOf(connector, "documents", "credit-notes")) {
      // Payments read their streams to the end, and whatever else these give.
      if (payments && stream.gives.includes("payments")) continue;
      const read = await findReading(db, scope, connection.id, stream);
      const due = stream.gives.includes("documents")
        ? payments || (read.asOf === null && read.cursor !== null)
        : (asked || isOld(read.asOf)) && (await hasCreditNotes(db, scope));
      if (due) streams.push(stream);
    }
    return { payments, streams };
  });
  if (!due) return;
  const options = { database, scope, connection, connector, exchange: exchanger(world) };
  for (const stream of due.streams) {
    try {
      await pullDocuments({ ...options, stream });
    } catch (error) {
      // Documents of others are only counted: trouble with them keeps no payment waiting.
      if (!(error instanceof PackageUnavailable || error instanceof SyncError)) throw error;
      log.warn({ connectionId: connection.id, reason: error.message, stream: stream.id }, "documents were not read");
    }
  }
  if (due.payments) await pullPayments(options);
}

const isOld = (asOf: Date | null) => asOf === null || now().getTime() - asOf.getTime() >= READ_EVERY_MS;

function exchanger(world: PostingWorld): Parameters<typeof pullPayments>[0]["exchange"] {
  return (exchange, ask) => exchangeRead(world, exchange, ask);
}
