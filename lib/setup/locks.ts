import type { ScopedDb } from "#db/client.ts";
import { findIntegration, lockIntegration, saveIntegration } from "#db/queries/connections/integration.ts";
import { answerLockMove, countUnsent, type LockMove, listLockMoves, readLocks } from "#db/queries/connections/locks.ts";
import { now } from "#lib/clock.ts";
import { dateIn, isPlainDate } from "#lib/common/dates.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { closeWarning, type ExpectedClose, type LockPolicies, type TaxPeriods } from "#lib/model/lock-policy.ts";
import { releaseMended } from "#lib/pending/release.ts";

export interface LockSettings {
  readonly lockPolicy: LockPolicies;
  readonly taxPeriods: TaxPeriods;
  readonly taxFiledTo: string | null;
  readonly close: ExpectedClose | null;
}

/**
 * Sets what becomes of documents with a locked date, the tax periods, and the close that is expected. What was held for its lock is judged
 * by it at once.
 * @throws {Refusal} without a connection, and for what is no date
 */
export async function setLocks(db: ScopedDb, scope: ClientScope, settings: LockSettings): Promise<{ released: number }> {
  const { taxFiledTo, close } = settings;
  if (taxFiledTo !== null && !isPlainDate(taxFiledTo)) throw new Refusal("This is not a date.", { field: "taxFiledTo" });
  if (close && !isPlainDate(close.periodTo))
    throw new Refusal("Enter the last day that the lock will cover.", { field: "periodTo" });
  if (close && !isPlainDate(close.closesOn)) throw new Refusal("Enter when the lock is expected.", { field: "closesOn" });
  if (close && close.closesOn <= close.periodTo) {
    throw new Refusal("A period is locked after its last day.", { field: "closesOn" });
  }
  const integration = await lockIntegration(db, scope);
  if (!integration) throw new Refusal("Connect the accounting package first.");
  await saveIntegration(db, scope, integration.connectionId, { settings });
  const { released } = await releaseMended(db, scope);
  return { released };
}

/** What is to be told about locks now. */
export interface LockNews {
  /** Unsent documents of a period that is about to be locked. */
  readonly close: { readonly unsent: number; readonly periodTo: string; readonly closesOn: string; readonly days: number } | null;
  /** Moves that want attention: opened and not put back, or moved on over unsent documents. */
  readonly moves: readonly LockMove[];
}

/** The warning before a close, and the moves of the lock that want attention, for one client. */
export async function lockNews(db: ScopedDb, scope: ClientScope, timeZone: string): Promise<LockNews> {
  const integration = await findIntegration(db, scope);
  if (!integration) return { close: null, moves: [] };
  const { settings, locks } = await readLocks(db, integration.connectionId);
  const due = closeWarning(settings.close, locks, dateIn(timeZone, now()));
  const unsent = due && settings.close ? await countUnsent(db, scope, settings.close.periodTo) : 0;
  return {
    close: due && settings.close && unsent > 0 ? { ...settings.close, ...due, unsent } : null,
    moves: await listLockMoves(db, scope),
  };
}

/**
 * Notes who moved the lock, since the package does not tell, or that it stays where it is.
 * @throws {Refusal} when that was said already
 */
export async function answerMove(
  db: ScopedDb,
  scope: ClientScope,
  moveId: string,
  answer: "i-moved-it" | "stays",
): Promise<void> {
  if (!(await answerLockMove(db, scope, moveId, answer)))
    throw new Refusal("This has already been answered, or the lock date was set back.");
}
