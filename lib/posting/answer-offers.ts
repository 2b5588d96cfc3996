import type { Database, ScopedDb } from "#db/client.ts";
import { noteCorrections } from "#db/queries/export/corrections.ts";
import { createOffered, type LinkOffer, linkOffered, listOffers, ruleOutOffered } from "#db/queries/links/link-offers.ts";
import { forgetOffered, isCompared, isLargeOffer, makeOffers, type OfferFamily } from "#db/queries/links/make-offers.ts";
import { audit } from "#lib/audit.ts";
import { countWords } from "#lib/common/count-words.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { linkEntity } from "#lib/connectors/types.ts";
import { releaseMended } from "#lib/pending/release.ts";
import { wakeConnection } from "#lib/queue/queue.ts";
import { liveConnector } from "./live-connector.ts";
import { questionHash } from "./question-hash.ts";

/** As many as one click answers, and one screen shows. */
export const MOST_OFFERS = 2_000;

const ANSWERED = "Someone has already answered this, or the package has changed. Look again.";

const COMPARING = "The other matches are being compared again after the last answer. Look again in a moment.";

/**
 * As many of ours, and as many of theirs, are held against each other while a person waits: together some tenths of a second. With more
 * the worker does it in its next time slice, and no list is taken by one click before it has.
 */
export const MOST_COMPARED = 1_500;

async function compareAgain(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  families: ReadonlySet<OfferFamily>,
): Promise<void> {
  for (const family of families) {
    if (await isLargeOffer(db, scope, connectionId, family, MOST_COMPARED)) {
      await forgetOffered(db, scope, connectionId);
      await wakeConnection(db, connectionId, { staff: true });
    } else await makeOffers(db, scope, connectionId, family);
  }
}

/** Names the list that a person looked over: taken only while it is the one that stands. */
export const offersHash = (offers: readonly LinkOffer[]): string =>
  questionHash(offers.map((one) => [one.id, one.candidates[0]?.externalId ?? null]).sort());

/**
 * One click for all sure ones: each is linked with its only candidate. `archived` are those that are sure but for being archived there:
 * they are linked as well, and what names them waits until they are restored.
 * @param hash of what was shown
 * @throws {Refusal} when the list is another by now, or is being made anew
 */
export async function linkAllOffers(
  database: Database,
  scope: ClientScope,
  { group, hash }: { readonly group: "sure" | "archived"; readonly hash: string },
): Promise<{ linked: number }> {
  return database.inScope(scope, async (db) => {
    const { connection } = await liveConnector(db, scope);
    if (!(await isCompared(db, scope, connection.id))) throw new Refusal(COMPARING);
    const offers = await listOffers(db, scope, group, MOST_OFFERS);
    if (offers.length === 0 || offersHash(offers) !== hash) throw new Refusal(ANSWERED);
    return { linked: await linkEach(db, scope, offers, (one) => one.candidates[0]?.externalId ?? null) };
  });
}

/**
 * "Link": this record of ours is that one of theirs.
 * @throws {Refusal} when it was answered meanwhile, is on its way, or the candidate is none of its own
 */
export async function linkOffer(
  database: Database,
  scope: ClientScope,
  answer: { readonly offerId: string; readonly externalId: string },
): Promise<{ name: string }> {
  return database.inScope(scope, async (db) => {
    const offers = await listOffers(db, scope, { ids: [answer.offerId] }, 1);
    const linked = await linkEach(db, scope, offers, () => answer.externalId);
    if (linked !== 1 || !offers[0]) throw new Refusal(ANSWERED);
    return { name: offers[0].name };
  });
}

async function linkEach(
  db: ScopedDb,
  scope: ClientScope,
  offers: readonly LinkOffer[],
  choose: (offer: LinkOffer) => string | null,
): Promise<number> {
  const { connector, connection } = await liveConnector(db, scope);
  const byId = new Map(offers.map((one) => [one.id, one]));
  const linked = await linkOffered(
    db,
    scope,
    offers.flatMap((one) => {
      const externalId = choose(one);
      return externalId === null ? [] : [{ offerId: one.id, externalId, entity: linkEntity(connector, one.kind) }];
    }),
  );
  if (linked.length === 0) return 0;
  await noteCorrections(
    db,
    scope,
    linked.map((one) => {
      const offer = byId.get(one.offerId);
      const theirs = offer?.candidates.find((candidate) => candidate.externalId === one.externalId);
      return {
        postingId: one.postingId,
        what: offer?.what === "merge" ? ("merged-there" as const) : ("linked" as const),
        differences:
          offer && theirs && theirs.name !== offer.name ? [{ field: "Name", ours: offer.name, theirs: theirs.name }] : [],
        note: `Matched to ${theirs?.name ?? "the record"} there.`,
      };
    }),
  );
  await audit(db, scope, {
    action: "match.linked",
    subject: linked.length === 1 ? (offers[0]?.name ?? "") : `${linked.length} records`,
    detail: { links: linked.map((one) => ({ recordId: one.recordId, externalId: one.externalId })) },
  });
  // What is left has fewer to choose among now.
  await compareAgain(db, scope, connection.id, new Set(offers.map((one) => one.family)));
  await releaseMended(db, scope);
  // They are read and ticked by the worker.
  await wakeConnection(db, connection.id, { staff: true });
  return linked.length;
}

/**
 * "Create": none of theirs is ours, so it is made there once it goes.
 * @throws {Refusal} when all were answered meanwhile
 */
export async function createOffers(
  database: Database,
  scope: ClientScope,
  answer: { readonly offerIds: readonly string[] },
): Promise<{ created: number }> {
  return database.inScope(scope, async (db) => {
    const { connection } = await liveConnector(db, scope);
    const postings = await createOffered(db, scope, answer.offerIds);
    if (postings.length === 0) throw new Refusal(ANSWERED);
    await noteCorrections(
      db,
      scope,
      postings.map((postingId) => ({
        postingId,
        what: "not-same" as const,
        differences: [],
        note: "Marked as not in the package.",
      })),
    );
    await audit(db, scope, { action: "match.created", subject: countWords(postings.length, "record"), detail: { postings } });
    await compareAgain(db, scope, connection.id, new Set(["contact", "product"]));
    await releaseMended(db, scope);
    return { created: postings.length };
  });
}

/**
 * "Not this one": the others stay in question. Where it was the only one, ours is made as what has nothing like it there.
 * @throws {Refusal} when it was answered meanwhile
 */
export async function ruleOutOffer(
  database: Database,
  scope: ClientScope,
  answer: { readonly offerId: string; readonly externalId: string },
): Promise<{ name: string }> {
  return database.inScope(scope, async (db) => {
    const { connection } = await liveConnector(db, scope);
    const [offer] = await listOffers(db, scope, { ids: [answer.offerId] }, 1);
    if (!offer || !(await ruleOutOffered(db, scope, answer.offerId, answer.externalId))) throw new Refusal(ANSWERED);
    const theirs = offer.candidates.find((one) => one.externalId === answer.externalId);
    await noteCorrections(db, scope, [
      {
        postingId: offer.postingId,
        what: "not-same",
        differences: [],
        note: `Marked as different from ${theirs?.name ?? "one"} there.`,
      },
    ]);
    await audit(db, scope, { action: "match.ruled-out", subject: offer.name, detail: { ...answer } });
    await compareAgain(db, scope, connection.id, new Set([offer.family]));
    await releaseMended(db, scope);
    return { name: offer.name };
  });
}
