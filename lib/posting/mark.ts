import type { ClientScope, ScopedDb } from "#db/client.ts";
import { findIntegration } from "#db/queries/connections/integration.ts";
import { endFinishedRuns } from "#db/queries/connections/sync-work.ts";
import { moveToMarked, moveToUnmarked, moveToWithdrawn } from "#db/queries/postings/posting-moves.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { judgePostings } from "#lib/pending/precheck.ts";
import { releaseStopped } from "#lib/pending/release.ts";
import { type PostingSelection, selectionWhere } from "#lib/pending/selection.ts";
import { refuseUnfinished } from "#lib/pending/unfinished.ts";
import { settleWithheld } from "#lib/pending/withheld.ts";

/**
 * Mark as exported: a row marked here is never sent again, even after an edit, until the mark is undone. This moves it to
 * `skipped`, which no run chooses (`freezeMembers`), which the table of moves lets nobody leave for the queue, and which the last look
 * before bytes leave (`claimQueued`) does not take; `insertMissing` hands the mark to a later revision.
 * @throws {Refusal} without a reason, or when nothing could be marked
 */
export async function markExported(
  db: ScopedDb,
  scope: ClientScope,
  selection: PostingSelection,
  reason: string,
): Promise<{ marked: number }> {
  if (reason.trim() === "") throw new Refusal("Enter a reason.", { field: "reason" });
  const chosen = selectionWhere(selection, scope);
  const marked = await moveToMarked(db, scope, chosen, reason.trim());
  if (marked === 0) await refuseUnfinished(db, scope, chosen);
  if (marked === 0) throw new Refusal("Nothing was marked: these rows are being sent, or are already in the package.");
  return { marked };
}

/** Undoes Mark as exported: the rows are pending again, with a fresh pre-check. */
export async function undoMark(db: ScopedDb, scope: ClientScope, selection: PostingSelection): Promise<{ undone: number }> {
  const chosen = selectionWhere(selection, scope);
  const undone = await moveToUnmarked(db, scope, chosen);
  if (undone === 0) throw new Refusal("Only rows that were marked by hand can be undone; records in the package stay exported.");
  await settleWithheld(db, scope);
  await judgePostings(db, scope, "unjudged");
  // A customer that may be sent again releases the rows that were held for it.
  await releaseStopped(db, scope);
  return { undone };
}

/** Withdraw: takes rows that were asked for and not sent back to Pending Export; a run that has nothing else to do ends with it. */
export async function withdraw(db: ScopedDb, scope: ClientScope, selection: PostingSelection): Promise<{ withdrawn: number }> {
  const chosen = selectionWhere(selection, scope);
  const withdrawn = await moveToWithdrawn(db, scope, chosen);
  if (withdrawn === 0) await refuseUnfinished(db, scope, chosen);
  if (withdrawn === 0) throw new Refusal("Nothing to withdraw: these rows are being sent or have already been sent.");
  await settleWithheld(db, scope);
  const integration = await findIntegration(db, scope);
  if (integration) await endFinishedRuns(db, integration.connectionId);
  return { withdrawn };
}
