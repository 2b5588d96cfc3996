import type { Database, ScopedDb } from "#db/client.ts";
import { listReferencesUnderWay, markSentGone } from "#db/queries/payments/entered-payments.ts";
import {
  lackBank,
  linkDocuments,
  listMovements,
  listPaidThere,
  listSentPaymentIds,
  saveStandings,
  setBanks,
  upsertIncoming,
} from "#db/queries/payments/incoming-payments.ts";
import { noteThere } from "#db/queries/payments/package-documents.ts";
import {
  advancePaymentsCursor,
  findReadingState,
  listOpenReads,
  lockIncoming,
  markReads,
  setPaymentsAsOf,
} from "#db/queries/payments/payment-reads.ts";
import { takeBackPayments } from "#db/queries/payments/payments.ts";
import { createExact } from "#lib/allocating/exact.ts";
import { isOvertaken, standingOf } from "#lib/allocating/standing.ts";
import { audit } from "#lib/audit.ts";
import { ConnectionLost, PackageUnavailable } from "#lib/calling/call.ts";
import { now } from "#lib/clock.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { Connection, Connector, Exchange, PulledPage, PulledPayment } from "#lib/connectors/types.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { log } from "#lib/log.ts";
import { groupPayments } from "./group.ts";

export interface PullPaymentsOptions {
  readonly database: Database;
  readonly scope: ClientScope;
  readonly connection: Connection;
  readonly connector: Pick<Connector, "pull">;
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
  const { start, runIds } = await database.inScope(scope, async (db) => ({
    start: await findReadingState(db, scope, connection.id),
    runIds: (await listOpenReads(db, scope, connection.id)).map((run) => run.id),
  }));
  if (!start) throw new Error(`connection ${connection.id} is not one of client ${scope.clientId}`);
  let cursor = start.cursor;
  let pages = 0;
  let read = 0;
  const changed = new Set<string>();
  const result = (whole: boolean): PullPaymentsResult => ({ pages, read, changed: changed.size, whole });
  const progress = () => ({ total: read, detail: { pages, read, changed: changed.size } });
  try {
    for (;;) {
      const page = await exchange(connector.pull, { connection, what: "payments", cursor, ...(light ? { light } : {}) });
      const before = cursor;
      const stored = await database.inScope(scope, async (db) => {
        await lockIncoming(db, connection.id);
        if (!(await advancePaymentsCursor(db, scope, connection.id, before, page.cursor))) return null;
        const ids = await storePayments(db, scope, connection.id, page.payments);
        if (!page.more) {
          const linked = await linkDocuments(db, scope, connection.id);
          await restand(db, scope, linked);
          await setPaymentsAsOf(db, scope, connection.id, began);
          await noteThere(db, scope, connection.id, await listPaidThere(db, scope, linked));
          for (const id of linked) ids.add(id);
          await createExact(db, scope, connection.id);
        }
        return ids;
      });
      // Another reader has gone on from the same cursor: what this page held is its to store.
      if (!stored) return result(false);
      pages += 1;
      read += page.payments.length;
      for (const id of stored) changed.add(id);
      cursor = page.cursor;
      const stopped = await database.inScope(scope, async (db) => {
        const open = await listOpenReads(db, scope, connection.id);
        const stopping =
          page.more && runIds.length > 0 && open.some((run) => runIds.includes(run.id) && run.state === "stopping");
        const state = page.more ? (stopping ? "stopped" : undefined) : "finished";
        await markReads(db, scope, runIds, { ...progress(), ...(state ? { state } : {}) });
        return stopping;
      });
      if (stopped) return result(false);
      if (!page.more) {
        await nameBanks({ database, scope, connection, connector, exchange }, [...changed]);
        return result(true);
      }
      if (page.cursor === before) throw new Error(`the package's payments go on and on from ${JSON.stringify(before)}`);
    }
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

/** An audit event names so many payments; it counts them all. */
const MOST_NAMED = 100;

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
  if (!(await database.inScope(scope, (db) => lackBank(db, scope, changed)))) return;
  let cursor: string | null = null;
  try {
    do {
      const page: PulledPage = await exchange(connector.pull, { connection, what: "account-banks", cursor });
      await database.inScope(scope, (db) => setBanks(db, scope, connection.id, page.banks ?? []));
      cursor = page.more ? page.cursor : null;
    } while (cursor !== null);
  } catch (error) {
    if (!(error instanceof PackageUnavailable || error instanceof SyncError)) throw error;
    log.warn({ connectionId: connection.id, reason: error.message }, "bank accounts of money on account were not read");
  }
}

/**
 * Keeps payments as the package gave them, and says of each movement where it stands; the documents that they pay are held against ours.
 * Answers the movements that are new or changed. The caller holds `lockIncoming`.
 */
export async function storePayments(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  payments: readonly PulledPayment[],
): Promise<Set<string>> {
  const ids = payments.flatMap((payment) =>
    payment.groupExternalId === null ? payment.externalId : [payment.externalId, payment.groupExternalId],
  );
  const sent = await listSentPaymentIds(db, scope, connectionId, ids);
  await markSentGone(
    db,
    scope,
    connectionId,
    payments.flatMap((payment) => (payment.status === "deleted" && sent.has(payment.externalId) ? payment.externalId : [])),
  );
  const underWay = await listReferencesUnderWay(db, scope, connectionId);
  // What we sent never shows in Import: by its link, or by our own reference while the answer of its call is not clear.
  const theirs = payments.filter(
    (payment) =>
      !sent.has(payment.externalId) && !sent.has(payment.groupExternalId ?? "") && !underWay.has(payment.reference ?? ""),
  );
  const { heads, lines } = groupPayments(theirs);
  const changed = await upsertIncoming(db, scope, connectionId, heads, lines);
  await restand(db, scope, changed);
  await noteThere(db, scope, connectionId, await listPaidThere(db, scope, changed));
  return new Set(changed);
}

/**
 * Says of each movement where it stands now. Where the package's payment has gone or changed since ours was created, ours is taken
 * back first: balances of document, contact and bank follow, and the audit keeps what it was.
 */
async function restand(db: ScopedDb, scope: ClientScope, incomingIds: readonly string[]): Promise<void> {
  if (incomingIds.length === 0) return;
  let movements = await listMovements(db, scope, incomingIds);
  const overtaken = movements.filter(isOvertaken);
  if (overtaken.length > 0) {
    const payments = await takeBackPayments(
      db,
      scope,
      overtaken.flatMap(({ paymentId }) => paymentId ?? []),
    );
    await audit(db, scope, {
      action: "import.taken-back",
      detail: { count: payments.length, payments: payments.slice(0, MOST_NAMED), why: "deleted or changed in the package" },
    });
    movements = await listMovements(db, scope, incomingIds);
  }
  await saveStandings(
    db,
    scope,
    movements.map((movement) => ({
      id: movement.id,
      amountMinor: movement.live > 0 ? movement.liveMinor : null,
      standing: standingOf(movement),
    })),
  );
}
