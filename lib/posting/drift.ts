import type { ClientScope, ScopedDb } from "#db/client.ts";
import { loadNames } from "#db/queries/connections/names.ts";
import { noteCorrections } from "#db/queries/export/corrections.ts";
import { applyDriftFindings, type DriftFinding, type DriftSuspect, listDriftSuspects } from "#db/queries/postings/drift.ts";
import type { Difference } from "#db/schema/postings.ts";
import type { CorrectionKind } from "#db/schema/work.ts";
import type { SeenDocument } from "#lib/common/records.ts";
import type { Sighting } from "#lib/connectors/types.ts";
import { noteOpen } from "#lib/pulling/seen-open.ts";
import { countMismatches } from "#lib/watching/metrics.ts";
import { findDifferences, type Names } from "./compare.ts";
import { NOT_THERE } from "./confirm.ts";
import { isUnexplained, pairOf, readAndFollow, withContacts } from "./follow-contacts.ts";
import { readSightings } from "./read-sightings.ts";
import { sentFromJson } from "./sent-record.ts";
import type { PostingWorld } from "./world.ts";

/** Most documents held against what was sent in one reading: a page of the package's list. */
const MOST = 1_000;

/**
 * Holds exported documents that the package changed since their tick against what was sent: what was edited, voided or deleted there
 * becomes `drifted`, with both versions, and an entry in the corrections log; what is equal again gets its tick back. Which ones to look
 * at is known from the list reads (`pullDocuments`); they are read in batches, so that a quiet client costs no call.
 * @returns how many were looked at
 * @throws what a read of the package throws: `PackagePause`, `PackageUnavailable`, `ConnectionLost`, `SyncError`
 */
export async function findDrift(world: PostingWorld, goOn: () => boolean = () => true): Promise<number> {
  let looked = 0;
  while (goOn()) {
    const suspects = await world.inScope((db) => listDriftSuspects(db, world.scope, world.connection.id, MOST));
    if (suspects.length === 0) break;
    const names = await world.inScope((db) => loadNames(db, world.connection.id));
    for (const [, group] of Map.groupBy(suspects, (one) => one.kind)) await lookAt(world, group, names, goOn);
    looked += suspects.length;
    if (suspects.length < MOST) break;
  }
  return looked;
}

async function lookAt(world: PostingWorld, group: readonly DriftSuspect[], names: Names, goOn: () => boolean): Promise<void> {
  const first = group[0];
  if (!first) return;
  const open = new Map(group.map((one) => [one.recordId, one]));
  const refs = group.map(({ recordId, kind, reference, externalId }) => ({
    recordId,
    kind,
    reference,
    externalId,
    contactExternalId: null,
  }));
  const changes = group.flatMap((one) => (one.changedAt ? [one.changedAt.getTime()] : []));
  const since = new Date(changes.length === group.length ? Math.min(...changes) : 0);
  for await (const page of readSightings(world, { kind: first.kind, refs, since })) {
    const { readAt } = page;
    const pairs = page.sightings.flatMap((sighting) => {
      const suspect = open.get(sighting.recordId);
      return suspect ? [pairOf(sentFromJson(suspect.sent), sighting.seen)] : [];
    });
    let named = await world.inScope((db) => withContacts(db, world.connection.id, names, pairs));
    if (isUnexplained(named, pairs)) {
      // A merge there moves documents: what became of the contacts is read before any of them is called changed.
      await readAndFollow(world);
      named = await world.inScope((db) => withContacts(db, world.connection.id, names, pairs));
    }
    const findings: DriftFinding[] = [];
    const seen: Sighting[] = [];
    for (const sighting of page.sightings) {
      const suspect = open.get(sighting.recordId);
      if (!suspect || sighting.externalId !== suspect.externalId || sighting.seen.family !== "document") continue;
      open.delete(sighting.recordId);
      seen.push(sighting);
      findings.push(findingOf(suspect, sighting.seen, sighting.version, named));
    }
    await save(world, group, findings, { seen, readAt });
    if (open.size === 0) break;
    // A document that the read did not reach is looked at again later, and is not called gone.
    if (!page.isLast && !goOn()) return;
  }
  await save(
    world,
    group,
    [...open.values()].map((one) => findingFor(one, [NOT_THERE(one.reference)], null, null)),
  );
}

function findingOf(suspect: DriftSuspect, seen: SeenDocument, version: string | null, names: Names): DriftFinding {
  return findingFor(suspect, driftOf(suspect, seen, names), version, seen.settledBy ?? null);
}

/** What is ended there differs in that alone: its amounts no longer count. */
function driftOf(suspect: DriftSuspect, seen: SeenDocument, names: Names): Difference[] {
  const differences = findDifferences(sentFromJson(suspect.sent), seen, names);
  return isEnded(seen.status) ? differences.filter((one) => one.field === "Status") : differences;
}

const isEnded = (status: string) => status === "voided" || status === "deleted";

function findingFor(
  suspect: DriftSuspect,
  differences: readonly Difference[],
  version: string | null,
  settledBy: DriftFinding["settledBy"],
): DriftFinding {
  const to = differences.length > 0 ? "drifted" : "confirmed";
  const news = to !== suspect.state || (to === "drifted" && !sameDifferences(differences, suspect.differences));
  return { postingId: suspect.postingId, externalId: suspect.externalId, to, differences, news, version, settledBy };
}

const keyOf = (differences: readonly Difference[]) =>
  JSON.stringify(differences.map(({ field, ours, theirs }) => [field, ours, theirs]).sort());
const sameDifferences = (one: readonly Difference[], other: readonly Difference[]) => keyOf(one) === keyOf(other);

async function save(
  world: PostingWorld,
  group: readonly DriftSuspect[],
  findings: readonly DriftFinding[],
  read: { readonly seen: readonly Sighting[]; readonly readAt: Date } | null = null,
): Promise<void> {
  if (findings.length === 0) return;
  const states = new Map(group.map((one) => [one.postingId, one]));
  const news = await world.inScope(async (db) => {
    const moved = await applyDriftFindings(db, { connectionId: world.connection.id, fence: world.fence }, findings);
    if (read) await noteOpen(db, world.scope, world.connection.id, read.seen, read.readAt);
    await noteCorrections(
      db,
      world.scope,
      findings
        .filter((one) => moved.has(one.postingId))
        .map((one) => ({
          postingId: one.postingId,
          what: correctionOf(one.to, one.differences),
          differences: one.to === "drifted" ? one.differences : (states.get(one.postingId)?.differences ?? []),
        })),
    );
    return moved;
  });
  countMismatches(world.connector.id, findings.filter((one) => one.to === "drifted" && news.has(one.postingId)).length);
}

/** What the corrections log calls it when a record is found so. */
function correctionOf(to: "confirmed" | "drifted", differences: readonly Difference[]): CorrectionKind {
  if (to === "confirmed") return "drift-over";
  if (isGone(differences)) return "drift-gone";
  return isEndedThere(differences) ? "drift-voided" : "drift-edited";
}

const isGone = (differences: readonly Difference[]) => differences.some((one) => one.field === "Record");

/** Whether the package holds it no longer as something that can be changed: voided, deleted, or not there at all. */
export const isEndedThere = (differences: readonly Difference[]): boolean =>
  isGone(differences) || differences.some((one) => one.field === "Status" && isEnded(one.theirs));

/** A look at one row, on request, writes the same log as the look of the night. */
export async function noteLook(
  db: ScopedDb,
  scope: ClientScope,
  look: { postingId: string; from: string; to: string; differences: readonly Difference[] },
): Promise<void> {
  const found = look.to === "drifted" ? "drifted" : "confirmed";
  if (look.from === "posted" || (look.from === "confirmed" && found === "confirmed") || look.to === "posted") return;
  if (look.from === "drifted" && found === "drifted") return;
  await noteCorrections(db, scope, [
    { postingId: look.postingId, what: correctionOf(found, look.differences), differences: look.differences },
  ]);
}
