import type { Database, ScopedDb } from "#db/client.ts";
import { loadNames } from "#db/queries/connections/names.ts";
import { applyLook, findPosting } from "#db/queries/links/linking.ts";
import { findLiveConnection, setLookNow } from "#db/queries/postings/posting-moves.ts";
import type { Difference } from "#db/schema/postings.ts";
import { audit } from "#lib/audit.ts";
import { type AppSettings, appSettings } from "#lib/calling/app-settings.ts";
import { PackagePause, PackageUnavailable } from "#lib/calling/call.ts";
import { now } from "#lib/clock.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { refuseWhenOff } from "#lib/connections/integration-off.ts";
import { readForStaff, type StaffWorld } from "#lib/connections/staff-read.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { explainOpen } from "#lib/pulling/open-amounts.ts";
import { noteOpen } from "#lib/pulling/seen-open.ts";
import { wakeConnection } from "#lib/queue/queue.ts";
import { countMismatches } from "#lib/watching/metrics.ts";
import { findDifferences } from "./compare.ts";
import { DRAFT_MS, NOT_THERE } from "./confirm.ts";
import { noteLook } from "./drift.ts";
import { pairOf, withContacts } from "./follow-contacts.ts";
import { isDraft, readOne, sentOf } from "./link-by-id.ts";

/** Look now: has the worker read back one record whose outcome is unknown. Finding nothing yet proves nothing, so it is never a resend. */
export async function lookNow(db: ScopedDb, scope: ClientScope, postingId: string): Promise<void> {
  const connection = await findLiveConnection(db, scope);
  if (connection) refuseWhenOff(connection);
  const connectionId = await setLookNow(db, scope, postingId);
  if (!connectionId) throw new Refusal("The outcome of this row is already known.");
  await wakeConnection(db, connectionId, { staff: true });
}

/** Reads the payments of one document that is open by another amount there; where that does not come through the worker does it. */
async function explainOne(database: Database, scope: ClientScope, world: StaffWorld, documentId: string): Promise<void> {
  try {
    await explainOpen({ ...world, scope, inScope: (run) => database.inScope(scope, run) }, () => true, documentId);
  } catch (error) {
    if (!(error instanceof PackagePause || error instanceof PackageUnavailable || error instanceof SyncError)) throw error;
  }
}

export interface LookAnswer {
  /** `asked`: the worker looks; `not-yet`: sent and not to be seen yet; the others are what was seen. */
  readonly outcome: "asked" | "equal" | "draft" | "differs" | "gone" | "not-yet";
  readonly differences: readonly Difference[];
  /** For the reader. */
  readonly message: string;
}

/**
 * Look now for any row that was sent: reads what the package holds this moment and compares, as for the tick. Green, amber and grey rows
 * take what was seen at once; one whose outcome is unknown is looked up by the worker.
 * @throws {Refusal} for a row of which nothing was sent, and when no read comes through
 */
export async function lookAtRow(
  database: Database,
  scope: ClientScope,
  postingId: string,
  settings: AppSettings = appSettings(),
): Promise<LookAnswer> {
  const posting = await database.inScope(scope, (db) => findPosting(db, scope, postingId));
  if (!posting) throw new Refusal("This row no longer exists: the record has been changed.");
  const { state, externalId } = posting;
  if (state === "unknown") {
    await database.inScope(scope, (db) => lookNow(db, scope, postingId));
    return { outcome: "asked", differences: [], message: `${posting.reference} is being looked up.` };
  }
  if ((state !== "posted" && state !== "confirmed" && state !== "drifted") || externalId === null)
    throw new Refusal(`Nothing of ${posting.reference} is exported, so there is nothing to check.`);
  const sent = sentOf(posting);
  return readForStaff(database, scope, settings, "The row stays as it was", async (world) => {
    const readAt = now();
    const { sighting } = await readOne(world, posting, externalId, sent);
    if (sighting) await database.inScope(scope, (db) => noteOpen(db, scope, world.connection.id, [sighting], readAt));
    if (sighting?.seen.family === "document") await explainOne(database, scope, world, posting.recordId);
    return database.inScope(scope, async (db): Promise<LookAnswer> => {
      const pairs = sighting ? [pairOf(sent, sighting.seen)] : [];
      const names = await withContacts(db, world.connection.id, await loadNames(db, world.connection.id), pairs);
      const name = world.packageName;
      // A list may lag behind its own writes: what was only just sent is not called gone.
      if (!sighting && state === "posted")
        return { outcome: "not-yet", differences: [], message: `${posting.reference} is not in ${name} yet.` };
      const differences = sighting ? findDifferences(sent, sighting.seen, names) : [NOT_THERE(posting.reference)];
      const draft = sighting !== null && differences.length === 0 && isDraft(sighting.seen);
      // A draft is never green, and what was green is no draft unless a person made it one.
      if (draft && state === "confirmed") differences.push({ field: "Status", ours: "authorised", theirs: "draft" });
      const to = differences.length > 0 ? "drifted" : draft ? "posted" : "confirmed";
      const moved = await applyLook(db, scope, {
        postingId,
        from: state,
        to,
        heldAsDraft: to === "posted",
        differences,
        version: sighting?.version ?? null,
        lookAgainAt: to === "posted" ? new Date(now().getTime() + DRAFT_MS) : null,
      });
      if (!moved) throw new Refusal("This row has changed. Look again.");
      await noteLook(db, scope, { postingId, from: state, to, differences });
      if (to === "drifted" && state !== "drifted") countMismatches(world.connector.id, 1);
      await audit(db, scope, {
        action: "posting.looked",
        subject: posting.reference,
        detail: { postingId, from: state, to, differences },
      });
      if (!sighting) return { outcome: "gone", differences, message: `${posting.reference} is no longer in ${name}.` };
      if (differences.length > 0)
        return { outcome: "differs", differences, message: `${posting.reference} differs from ${name}.` };
      return draft
        ? { outcome: "draft", differences, message: `${name} holds ${posting.reference} as a draft.` }
        : { outcome: "equal", differences, message: `${posting.reference} agrees with ${name}.` };
    });
  });
}
