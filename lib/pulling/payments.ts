import type { Database } from "#db/client.ts";
import { findReading } from "#db/queries/connections/list-reads.ts";
import { lackBank, setBanks } from "#db/queries/payments/incoming-payments.ts";
import { findReadingState, listOpenReads, markReads } from "#db/queries/payments/payment-reads.ts";
import { ConnectionLost, PackageUnavailable } from "#lib/calling/call.ts";
import { now } from "#lib/clock.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { type Connection, type Connector, type Exchange, type PulledPage, streamsOf } from "#lib/connectors/types.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { log } from "#lib/log.ts";
import { keepPage } from "./streams.ts";

export interface PullPaymentsOptions {
  readonly database: Database;
  readonly scope: ClientScope;
  readonly connection: Connection;
  readonly connector: Pick<Connector, "pull" | "streams">;
  /** Sends one call under the connection's lease, limits and tokens. */
  readonly exchange: <Ask, Answer>(exchange: Exchange<Ask, Answer>, ask: Ask) => Promise<Answer>;
  /** Money on account is left to the weekly sweep. */
  readonly light?: boolean;
}

export interface PullPaymentsResult {
  readonly pages: number;
  /** Payments that the package gave; the overlap with the last read is among them. */
  readonly read: number;
  /** Movements that are new or changed. */
  readonly changed: number;
  /** False when staff stopped it, or another reader has gone on from the same cursor. */
  readonly whole: boolean;
}

/**
 * Reads the package's payments since the last read into `incoming_payments`, each page and its cursor in one transaction: what was
 * read stays read, whenever it ends. Payments of one receipt make one row; documents are matched by their link to the package and by
 * nothing else. Reads that staff asked for before it began are marked as it goes and ended with it.
 *
 * @throws what `exchange` throws; reads stay open when the package will answer later, and are marked failed when it won't
 */
export async function pullPayments({
  database,
  scope,
  connection,
  connector,
  exchange,
  light = false,
}: PullPaymentsOptions): Promise<PullPaymentsResult> {
  const began = now();
  const streams = streamsOf(connector, "payments");
  const runIds = await database.inScope(scope, async (db) => {
    if (!(await findReadingState(db, scope, connection.id)))
      throw new Error(`connection ${connection.id} is not one of client ${scope.clientId}`);
    return (await listOpenReads(db, scope, connection.id)).map((run) => run.id);
  });
  let pages = 0;
  let read = 0;
  const changed = new Set<string>();
  const result = (whole: boolean): PullPaymentsResult => ({ pages, read, changed: changed.size, whole });
  const progress = () => ({ total: read, detail: { pages, read, changed: changed.size } });
  if (streams.length === 0) {
    // The package tells us of no payments: there is nothing to wait for.
    await database.inScope(scope, (db) => markReads(db, scope, runIds, { ...progress(), state: "finished" }));
    return result(true);
  }
  try {
    for (const [at, stream] of streams.entries()) {
      const isLast = at === streams.length - 1;
      let { cursor } = await database.inScope(scope, (db) => findReading(db, scope, connection.id, stream));
      for (let more = true; more; ) {
        const request = { connection, stream: stream.id, cursor, ...(light ? { light } : {}) };
        const page = await exchange(connector.pull, request);
        const before = cursor;
        const kept = await database.inScope(scope, (db) =>
          keepPage(db, scope, connection.id, { stream, page, from: before, began }),
        );
        // Another reader has gone on from the same cursor: what this page held is its to store.
        if (!kept) return result(false);
        pages += 1;
        read += page.payments.length;
        for (const id of kept.payments) changed.add(id);
        cursor = page.cursor;
        more = page.more;
        const ends = !more && isLast;
        const stopped = await database.inScope(scope, async (db) => {
          const open = await listOpenReads(db, scope, connection.id);
          const stopping = !ends && runIds.length > 0 && open.some((run) => runIds.includes(run.id) && run.state === "stopping");
          const state = ends ? "finished" : stopping ? "stopped" : undefined;
          await markReads(db, scope, runIds, { ...progress(), ...(state ? { state } : {}) });
          return stopping;
        });
        if (stopped) return result(false);
        if (more && page.cursor === before)
          throw new Error(`the package's ${stream.id} go on and on from ${JSON.stringify(before)}`);
      }
    }
    await nameBanks({ database, scope, connection, connector, exchange }, [...changed]);
    return result(true);
  } catch (error) {
    const lasting = error instanceof ConnectionLost ? error.error : error;
    if (lasting instanceof SyncError && !isTransient(lasting)) {
      const { total, detail } = progress();
      const said = { code: lasting.code, title: lasting.message };
      await database.inScope(scope, (db) =>
        markReads(db, scope, runIds, { state: "failed", total, detail: { ...detail, ...said } }),
      );
    }
    throw error;
  }
}

/** One that the package gets over by itself: the read goes on from its cursor. */
function isTransient(error: SyncError): boolean {
  return error.code.startsWith("transient.");
}

/**
 * Money on account says where it lies in its bank transaction alone, in some packages: read once for what is new, and trouble with it keeps
 * no payment waiting.
 */
async function nameBanks(
  { database, scope, connection, connector, exchange }: PullPaymentsOptions,
  changed: readonly string[],
): Promise<void> {
  const streams = streamsOf(connector, "account-banks").filter(({ gives }) => !gives.includes("payments"));
  if (streams.length === 0 || !(await database.inScope(scope, (db) => lackBank(db, scope, changed)))) return;
  try {
    for (const stream of streams) {
      let cursor: string | null = null;
      do {
        const page: PulledPage = await exchange(connector.pull, { connection, stream: stream.id, cursor });
        await database.inScope(scope, (db) => setBanks(db, scope, connection.id, page.banks ?? []));
        cursor = page.more ? page.cursor : null;
      } while (cursor !== null);
    }
  } catch (error) {
    if (!(error instanceof PackageUnavailable || error instanceof SyncError)) throw error;
    log.warn({ connectionId: connection.id, reason: error.message }, "bank accounts of money on account were not read");
  }
}
