import type { ClaimedPosting } from "#db/queries/outgoing.ts";
import { type Allocatable, type DocumentThere, listAllocatable, noteAllocatable } from "#db/queries/outgoing-allocations.ts";
import { moveToMarked } from "#db/queries/posting-moves.ts";
import { now } from "#lib/clock.ts";
import type { PlainDate } from "#lib/common/dates.ts";
import type { SeenDocument } from "#lib/common/records.ts";
import type { Sighting } from "#lib/connectors/types.ts";
import { planAllocations } from "./allocation-plan.ts";
import type { HeldNow } from "./change.ts";
import { readSightings } from "./read-sightings.ts";
import { noteOpen } from "./seen-open.ts";
import { selectionWhere } from "./selection.ts";
import { sendNextBatch } from "./send.ts";
import type { PostingWorld } from "./world.ts";

/**
 * Sends what is queued of allocations, one after the other: what is open on all documents of the correction is read just before each, and
 * decides its amount. One with nothing to allocate is ended, and says so.
 * @returns how many were sent or ended
 */
export async function sendAllocations(world: PostingWorld, goOn: () => boolean): Promise<number> {
  const seen = { sent: 0 };
  let ended = 0;
  const look = async (_world: PostingWorld, postings: readonly ClaimedPosting[]): Promise<HeldNow> => {
    const asked = await lookAtOpen(world, postings);
    ended += postings.length - asked.size;
    return { held: new Map(), asked, evidence: null };
  };
  while (goOn()) {
    const before = ended;
    if (!(await sendNextBatch(world, ["allocation"], seen, "new", look)) && ended === before) break;
  }
  return seen.sent + ended;
}

/** Reads what is open and fixes the amounts; answers the rows that have one. */
async function lookAtOpen(world: PostingWorld, postings: readonly ClaimedPosting[]): Promise<Set<string>> {
  const asked = new Set<string>();
  const corrections = await world.inScope((db) =>
    listAllocatable(
      db,
      world.scope,
      world.connection.id,
      postings.map((one) => one.recordId),
    ),
  );
  for (const correction of corrections) {
    const { corrected, creditNote, reissue } = correction;
    const readAt = now();
    // The credit note last: what somebody allocates there meanwhile makes less of it, never more.
    const seen = new Map<string, SeenDocument>();
    for (const one of [corrected, ...(reissue ? [reissue] : []), creditNote]) {
      const there = await readOne(world, one);
      if (there) seen.set(one.recordId, there);
    }
    const allowed = allowedOf(correction, seen);
    await world.inScope(async (db) => {
      if (allowed) return await noteAllocatable(db, world.scope, correction.allocationId, { ...allowed, readAt });
      const to = (correction.isToReissue ? reissue : corrected)?.number ?? "";
      const why = `Nothing was left to allocate to ${to} when it was read in the package.`;
      await moveToMarked(db, world.scope, selectionWhere({ ids: [correction.postingId] }, world.scope), why);
    });
    if (allowed) asked.add(correction.allocationId);
  }
  return asked;
}

/** What may go by what was read, and the day it will carry there, the later of both documents'; null where nothing may. */
function allowedOf(
  correction: Allocatable,
  seen: ReadonlyMap<string, SeenDocument>,
): { readonly amountMinor: bigint; readonly allocatedOn: PlainDate } | null {
  const credit = seen.get(correction.creditNote.recordId);
  const to = correction.isToReissue ? correction.reissue : correction.corrected;
  const there = to && seen.get(to.recordId);
  if (credit?.status !== "authorised" || credit.currency !== correction.currency || !there) return null;
  const open = (one: DocumentThere | null): bigint | null => {
    const document = one && seen.get(one.recordId);
    if (document?.status !== "authorised") return null;
    // Packages allocate within one customer or supplier, and one currency.
    if (document.currency !== credit.currency || document.contactExternalId !== credit.contactExternalId) return null;
    return document.dueMinor ?? null;
  };
  const plan = planAllocations({
    creditMinor: credit.dueMinor ?? 0n,
    correctedMinor: open(correction.corrected) ?? 0n,
    reissueMinor: open(correction.reissue),
  });
  const amountMinor = correction.isToReissue ? plan.toReissueMinor : plan.toCorrectedMinor;
  const allocatedOn = [credit.issuedOn, there.issuedOn]
    .filter((day) => day !== null)
    .toSorted()
    .at(-1);
  return amountMinor > 0n && allocatedOn !== undefined ? { amountMinor, allocatedOn } : null;
}

async function readOne(world: PostingWorld, document: DocumentThere): Promise<SeenDocument | null> {
  const { recordId, kind, number, externalId } = document;
  const refs = [{ recordId, kind, reference: number, externalId, contactExternalId: null }];
  const sightings: Sighting[] = [];
  const readAt = now();
  for await (const page of readSightings(world, { kind, refs, since: new Date(0) })) {
    sightings.push(...page.sightings);
    if (sightings.length > 0) break;
  }
  await world.inScope((db) => noteOpen(db, world.scope, world.connection.id, sightings, readAt));
  const seen = sightings.find((one) => one.externalId === externalId)?.seen;
  return seen?.family === "document" ? seen : null;
}

/** After a tick: what is open now on all documents of these allocations is read, so that what is left of a correction is known. */
export async function readSettled(world: PostingWorld, allocationIds: readonly string[]): Promise<void> {
  const corrections = await world.inScope((db) => listAllocatable(db, world.scope, world.connection.id, allocationIds));
  const documents = new Map(
    corrections.flatMap(({ corrected, reissue, creditNote }) =>
      [corrected, reissue, creditNote].flatMap((one) => (one ? [[one.recordId, one] as const] : [])),
    ),
  );
  for (const one of documents.values()) await readOne(world, one);
}
