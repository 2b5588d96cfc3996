import "server-only";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { findStanding } from "#db/queries/timeline.ts";
import type { ClientRow } from "#lib/auth/scope.ts";
import { packageSite } from "#lib/connections/site.ts";
import { diagnose } from "#lib/posting/diagnose.ts";
import { readTimeline } from "#lib/posting/timeline.ts";
import { packageName } from "#lib/setup/packages.ts";
import type { Wording } from "../export/words.ts";

/** What every record's page shows beside the record itself: where it stands in the package, and all that became of it. */
export async function readRecord(db: ScopedDb, scope: ClientScope, client: ClientRow, recordId: string) {
  const site = await packageSite(db, scope);
  const wording: Wording = {
    packageName: site === null ? "the package" : packageName(site.packageId),
    base: `/clients/${client.slug}`,
    locale: client.locale,
    timeZone: client.timeZone,
  };
  return {
    site,
    wording,
    standing: await findStanding(db, scope, recordId),
    diagnosis: await diagnose(db, scope, recordId),
    entries: await readTimeline(db, scope, recordId, client.locale),
  };
}
export type RecordRead = Awaited<ReturnType<typeof readRecord>>;
