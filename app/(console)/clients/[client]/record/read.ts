import "server-only";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { findConflicts } from "#db/queries/export/conflicts.ts";
import { findStanding } from "#db/queries/export/timeline.ts";
import type { ClientRow } from "#lib/auth/scope.ts";
import { packageSite } from "#lib/connections/site.ts";
import { packageName } from "#lib/connectors/cards.ts";
import { diagnose } from "#lib/posting/diagnose.ts";
import { readTimeline } from "#lib/posting/timeline.ts";
import { stoppedCode, type Wording } from "../export/words.ts";

/** What every record's page shows beside the record itself: where it stands in the package, and all that became of it. */
export async function readRecord(db: ScopedDb, scope: ClientScope, client: ClientRow, recordId: string) {
  const site = await packageSite(db, scope);
  const wording: Wording = {
    packageName: site === null ? "the package" : packageName(site.packageId),
    base: `/clients/${client.slug}`,
    locale: client.locale,
    timeZone: client.timeZone,
  };
  const standing = await findStanding(db, scope, recordId);
  const stopped = standing && stoppedCode(standing);
  const conflicts =
    standing === null || stopped === null
      ? null
      : await findConflicts(db, scope, [
          {
            id: standing.postingId,
            code: stopped,
            state: standing.state,
            detail: standing.panel === "errors" ? standing.errorDetail : standing.precheckDetail,
          },
        ]);
  return {
    site,
    wording,
    standing,
    conflicts: conflicts?.get(standing?.postingId ?? "") ?? [],
    diagnosis: await diagnose(db, scope, recordId),
    entries: await readTimeline(db, scope, recordId, client.locale),
  };
}
export type RecordRead = Awaited<ReturnType<typeof readRecord>>;
