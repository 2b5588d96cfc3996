import type { ScopedDb } from "#db/client.ts";
import { listReferencesUnderWay, markSentGone } from "#db/queries/payments/entered-payments.ts";
import {
  linkDocuments,
  listMovements,
  listPaidThere,
  listSentPaymentIds,
  listStoredRows,
  type StoredRow,
  saveStandings,
  upsertIncoming,
} from "#db/queries/payments/incoming-payments.ts";
import { noteThere } from "#db/queries/payments/package-documents.ts";
import { takeBackPayments } from "#db/queries/payments/payments.ts";
import { createExact } from "#lib/allocating/exact.ts";
import { isOvertaken, standingOf } from "#lib/allocating/standing.ts";
import { audit } from "#lib/audit.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { PulledPayment } from "#lib/connectors/types.ts";
import { groupPayments } from "./group.ts";

/** An audit event names so many payments; it counts them all. */
const MOST_NAMED = 100;

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
  const stored = await listStoredRows(
    db,
    scope,
    connectionId,
    theirs.flatMap(({ partOf }) => partOf ?? []),
  );
  const known = new Map(stored.map(({ partOf, head }) => [partOf, head]));
  const { heads, lines } = groupPayments([...theirs, ...rowsGone(theirs, stored)], known);
  const changed = await upsertIncoming(db, scope, connectionId, heads, lines);
  await restand(db, scope, changed);
  await noteThere(db, scope, connectionId, await listPaidThere(db, scope, changed));
  return new Set(changed);
}

/** Rows that a payment had, and has no more: it was deleted, or pays other documents now. */
function rowsGone(theirs: readonly PulledPayment[], stored: readonly StoredRow[]): PulledPayment[] {
  const given = new Set(theirs.map(({ externalId }) => externalId));
  const byWhole = new Map(theirs.map((one) => [one.partOf, one]));
  return stored.flatMap(({ partOf, externalId }) => {
    const one = byWhole.get(partOf);
    return one && !given.has(externalId) ? [{ ...one, externalId, status: "deleted" as const }] : [];
  });
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

/**
 * What follows once all payments were read: those whose documents were linked meanwhile stand by them, and those that agree in everything
 * are created and allocated where the client wants it. Answers the movements that changed. The caller holds `lockIncoming`.
 */
export async function settlePayments(db: ScopedDb, scope: ClientScope, connectionId: string): Promise<readonly string[]> {
  const linked = await linkDocuments(db, scope, connectionId);
  await restand(db, scope, linked);
  await noteThere(db, scope, connectionId, await listPaidThere(db, scope, linked));
  await createExact(db, scope, connectionId);
  return linked;
}
