import type { ClientScope, ScopedDb } from "#db/client.ts";
import { hasAmendedParties, insertMissingPostings } from "#db/queries/export/posting-rows.ts";
import { beginOnSave, endOnSave } from "./on-save.ts";
import { judgePostings } from "./precheck.ts";
import { releaseHeldByAnother, releaseStopped } from "./release.ts";
import { settleWithheld } from "./withheld.ts";

/**
 * Gives every record of the client that has none yet a posting for the live connection, and every amended record one for its new
 * revision; withholds what does not go now, and runs pre-check over what is new. Where the client works "on save" the new rows are
 * queued by themselves. Called after an import, after connecting, and after an outcome is known.
 *
 * A record that was marked as exported stays so, with "changed since marked"; one whose outcome is still open waits for it.
 */
export async function makePostings(db: ScopedDb, scope: ClientScope): Promise<{ made: number }> {
  const made = await insertMissingPostings(db, scope);
  if (made > 0) {
    const onSave = await beginOnSave(db, scope);
    await settleWithheld(db, scope);
    const mended = await hasAmendedParties(db, scope);
    await judgePostings(db, scope, "unjudged");
    // A customer or product that was put right lets go what was held for it; documents are judged by it in either case.
    if (mended && (await releaseStopped(db, scope)).released === 0) await judgePostings(db, scope, "open");
    if (!mended) await releaseHeldByAnother(db, scope);
    if (onSave) await endOnSave(db, scope, onSave);
  }
  return { made };
}
