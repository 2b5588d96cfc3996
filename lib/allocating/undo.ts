import type { ScopedDb } from "#db/client.ts";
import { type CreatedRow, listCreated } from "#db/queries/payments/incoming-grid.ts";
import { listMovements, saveStandings } from "#db/queries/payments/incoming-payments.ts";
import { findReadingState, lockIncoming } from "#db/queries/payments/payment-reads.ts";
import { forgetPayments, takeBackPayments } from "#db/queries/payments/payments.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { addUp, type SideSum } from "#lib/common/sums.ts";
import type { IncomingSelection } from "./selection.ts";
import { standingOf } from "./standing.ts";

/** A payment that cannot be taken back, and why. */
interface UndoRefusal {
  readonly id: string;
  readonly company: string;
  readonly reference: string | null;
  readonly sentence: string;
}

/** What an undo touches: shown before it is done, and answered after. */
export interface UndoReach {
  readonly payments: number;
  /** By side and currency, refunds negative. */
  readonly amounts: readonly SideSum[];
  /** Documents that are open again by what the payments had settled. */
  readonly documents: number;
  readonly refused: number;
  /** The first of them. */
  readonly refusals: readonly UndoRefusal[];
}

const SHOWN_REFUSALS = 10;

/** Says what undoing Create & allocate for these rows would touch, and what stands in its way. Changes nothing. */
export async function previewUndo(db: ScopedDb, scope: ClientScope, selection: IncomingSelection): Promise<UndoReach> {
  return reachOf(await listCreated(db, scope, selection, false));
}

/**
 * Takes back our payments of the chosen rows with their allocations, all in the caller's transaction: balances of document, contact and
 * bank go back, and the rows wait to be created again. The package is not touched. A payment that something follows stays.
 */
export async function undoCreate(db: ScopedDb, scope: ClientScope, selection: IncomingSelection): Promise<UndoReach> {
  const reading = await findReadingState(db, scope);
  if (!reading) return reachOf([]);
  await lockIncoming(db, reading.connectionId);
  const chosen = await listCreated(db, scope, selection, true);
  const reach = reachOf(chosen);
  const free = chosen.filter((row) => whyNot(row) === null);
  const paymentIds = free.map((row) => row.paymentId);
  await takeBackPayments(db, scope, paymentIds);
  await forgetPayments(db, scope, paymentIds);
  const movements = await listMovements(
    db,
    scope,
    free.map((row) => row.id),
  );
  await saveStandings(
    db,
    scope,
    movements.map((movement) => ({ id: movement.id, amountMinor: null, standing: standingOf(movement) })),
  );
  return reach;
}

function reachOf(rows: readonly CreatedRow[]): UndoReach {
  const refusals = rows.flatMap((row) => {
    const sentence = whyNot(row);
    return sentence === null ? [] : [{ id: row.id, company: row.company, reference: row.reference, sentence }];
  });
  const free = rows.filter((row) => whyNot(row) === null);
  return {
    payments: free.length,
    amounts: addUp(free.map((row) => ({ side: row.side, currency: row.currency, minor: row.amountMinor }))),
    documents: new Set(free.flatMap((row) => row.documentIds)).size,
    refused: refusals.length,
    refusals: refusals.slice(0, SHOWN_REFUSALS),
  };
}

/** What follows on the payment and so keeps it; null when nothing does. */
function whyNot(row: CreatedRow): string | null {
  if (row.sent) return "This payment has been exported since.";
  const [first, ...others] = row.amended;
  if (first === undefined) return null;
  return `${[first, ...others].join(", ")} ${others.length > 0 ? "were" : "was"} amended or voided after the payment was allocated to ${others.length > 0 ? "them" : "it"}.`;
}
