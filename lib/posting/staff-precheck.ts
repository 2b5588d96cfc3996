import type { Database } from "#db/client.ts";
import type { Verdicts } from "#db/queries/checks/precheck.ts";
import { findLocksRead } from "#db/queries/connections/sync-work.ts";
import { type AppSettings, appSettings } from "#lib/calling/app-settings.ts";
import { exchangeRead } from "#lib/calling/call.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { readForStaff } from "#lib/connections/staff-read.ts";
import { judgePostings } from "#lib/pending/precheck.ts";
import { type PostingSelection, selectionWhere } from "#lib/pending/selection.ts";
import { refreshCatalogue } from "#lib/pulling/catalogue.ts";

export interface StaffPrecheck extends Verdicts {
  readonly locks: {
    /** ISO, UTC: when the lock dates that it judged by were read; null where they never were. */
    readonly asOf: string | null;
    /** Why they could not be read now, as a sentence; null where they were, or were less than a minute old. */
    readonly failed: string | null;
  };
}

/**
 * Pre-check as staff ask for it, over a selection or over everything pending: lock dates and accounts are read first, at most once a
 * minute, so that it foretells what the engine does. When the package gives no answer, what is known is judged by, and said with its
 * time. It sends nothing: what a lock that moved back sets free goes in the worker's next time slice.
 */
export async function precheckForStaff(
  database: Database,
  scope: ClientScope,
  selection: PostingSelection | null,
  settings: AppSettings = appSettings(),
): Promise<StaffPrecheck> {
  const before = await database.inScope(scope, (db) => findLocksRead(db, scope));
  const failed = before?.old ? await readAgain(database, scope, settings) : null;
  return database.inScope(scope, async (db) => {
    const verdicts = await judgePostings(db, scope, selection === null ? "open" : selectionWhere(selection, scope));
    const read = await findLocksRead(db, scope);
    return { ...verdicts, locks: { asOf: read?.asOf?.toISOString() ?? null, failed } };
  });
}

/** Why nothing could be read, or null. */
async function readAgain(database: Database, scope: ClientScope, settings: AppSettings): Promise<string | null> {
  try {
    await readForStaff(database, scope, settings, "Lock dates are as last read", (world) =>
      refreshCatalogue({
        database,
        scope,
        connectionId: world.connection.id,
        connector: world.connector,
        exchange: (exchange, ask) => exchangeRead(world, exchange, ask),
        only: "accounts",
        release: false,
      }),
    );
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}
