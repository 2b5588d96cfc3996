import { listLinked } from "#db/queries/links/linking.ts";
import type { ClaimedPosting } from "#db/queries/postings/outgoing.ts";
import { familyOf, type Held, type OutgoingRecord, type SeenRecord } from "#lib/common/records.ts";
import type { Message, RawAnswer, Sighting } from "#lib/connectors/types.ts";
import type { HeldNow } from "./change.ts";
import { isSameRecord } from "./compare.ts";
import { loadRecords } from "./load.ts";
import { readSightings } from "./read-sightings.ts";
import type { PostingWorld } from "./world.ts";

/** Payments and journals are seldom dated further ahead than this. */
const AHEAD_MS = 31 * 86_400_000;

/**
 * Looks for payments and journals that may have been sent before a backup was restored, dated up to a month after that: what stands in
 * the package under our own mark, with the same date and amount, is not sent a second time. One call for forty payments, one for each
 * journal; nothing is read of what is dated later.
 * @param forgottenBefore null looks for all of them, whenever they may have been sent
 */
export function lookFirst(
  forgottenBefore: Date | null,
): (world: PostingWorld, postings: readonly ClaimedPosting[]) => Promise<HeldNow> {
  const upTo = forgottenBefore && new Date(forgottenBefore.getTime() + AHEAD_MS).toISOString().slice(0, 10);
  return async (world, postings) => {
    const asked = new Set(postings.map((one) => one.recordId));
    const held = new Map<string, Held>();
    let evidence: { message: Message; answer: RawAnswer } | null = null;
    const loaded = await world.inScope((db) => loadRecords(db, world, postings));
    const records = postings.flatMap((posting) => {
      const one = loaded.get(posting.id);
      return one && "record" in one && (upTo === null || (datedOn(one.record) ?? "") <= upTo) ? one.record : [];
    });
    const [first] = records;
    if (!first) return { held, asked, evidence };
    const refs = records.map((sent) => ({
      recordId: sent.recordId,
      kind: sent.kind,
      reference: sent.reference,
      externalId: null,
      contactExternalId: null,
      sent,
    }));
    const found: Sighting[] = [];
    for await (const page of readSightings(world, { kind: first.kind, refs, since: new Date(0), standing: true })) {
      evidence = page.evidence;
      found.push(...page.sightings);
    }
    const family = familyOf(first.kind);
    const taken = await world.inScope((db) =>
      listLinked(
        db,
        world.scope,
        world.connection.id,
        family,
        found.map((one) => one.externalId),
      ),
    );
    for (const sent of records) {
      const mine = found.find(
        ({ recordId, externalId, seen }) => recordId === sent.recordId && !taken.has(externalId) && isOurs(sent, seen),
      );
      if (mine) held.set(sent.recordId, { externalId: mine.externalId, version: mine.version, before: mine.seen });
    }
    return { held, asked, evidence };
  };
}

const datedOn = (record: OutgoingRecord) =>
  "paidOn" in record ? record.paidOn : "journalOn" in record ? record.journalOn : null;

/** The same in every field that makes it so, under the mark that we alone write: a payment's reference on its document, a journal's address. */
function isOurs(sent: OutgoingRecord, seen: SeenRecord): boolean {
  if (seen.family === "journal" && (seen.url === null || seen.status === "voided" || seen.status === "deleted")) return false;
  if (seen.family === "payment" && seen.status !== "live") return false;
  return isSameRecord(sent, seen);
}
