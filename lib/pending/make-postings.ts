import type { ClientScope, ScopedDb } from "#db/client.ts";
import { findIntegration, keepTakes } from "#db/queries/connections/integration.ts";
import { hasAmendedParties, insertMissingPostings } from "#db/queries/export/posting-rows.ts";
import { RECORD_KINDS } from "#lib/common/records.ts";
import { isPackage } from "#lib/connectors/cards.ts";
import { connectorFor, hasConnector } from "#lib/connectors/registry.ts";
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
  await keepWhatIsTaken(db, scope);
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

/** No posting is made of a kind that the package has no place for: it would wait for ever, and its documents with it. */
async function keepWhatIsTaken(db: ScopedDb, scope: ClientScope): Promise<void> {
  const integration = await findIntegration(db, scope);
  if (!integration || !isPackage(integration.package) || !hasConnector(integration.package)) return;
  const { push } = connectorFor(integration.package).can;
  const takes = RECORD_KINDS.filter((kind) => push.includes(kind));
  await keepTakes(db, scope, integration.connectionId, takes);
}
