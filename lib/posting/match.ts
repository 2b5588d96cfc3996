import type { ScopedDb } from "#db/client.ts";
import { findDatabaseInstance } from "#db/queries/common/database-instance.ts";
import { findReading } from "#db/queries/connections/list-reads.ts";
import { loadNames } from "#db/queries/connections/names.ts";
import { insertReadCall, settleUnsent } from "#db/queries/links/linking.ts";
import {
  ask,
  dropQuestions,
  linkParty,
  listMatchPairs,
  type MatchPair,
  noteMatched,
  offersClosed,
} from "#db/queries/links/matching.ts";
import { hasCreditNotes } from "#db/queries/payments/package-documents.ts";
import { keepQueuedUntil } from "#db/queries/postings/outgoing.ts";
import { holdPosting } from "#db/queries/postings/posting-moves.ts";
import type { Difference } from "#db/schema/postings.ts";
import type { MatchCandidate } from "#db/schema/work.ts";
import { audit } from "#lib/audit.ts";
import { callDeadlineMs, exchangeRead } from "#lib/calling/call.ts";
import { now } from "#lib/clock.ts";
import { DOCUMENT_KINDS, type OutgoingDocument, type RecordKind, type SeenDocument } from "#lib/common/records.ts";
import {
  linkEntity,
  type Message,
  type PackageStream,
  partyEntity,
  type RawAnswer,
  rulesFor,
  type Sighting,
  streamsOf,
} from "#lib/connectors/types.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { judgePostings } from "#lib/pending/precheck.ts";
import { selectionWhere } from "#lib/pending/selection.ts";
import { pullDocuments } from "#lib/pulling/documents.ts";
import { findDifferences, type Names } from "./compare.ts";
import { DRAFT_MS } from "./confirm.ts";
import { pairOf, withContacts } from "./follow-contacts.ts";
import { asItStands, isDraft } from "./link-by-id.ts";
import { offerLinks } from "./link-offers.ts";
import { loadRecords } from "./load.ts";
import { readSightings } from "./read-sightings.ts";
import { sentToJson } from "./sent-record.ts";
import type { PostingWorld } from "./world.ts";

/** Most documents of ours compared in one read. */
const MOST = 500;

/** We store no list of these of the package's: what may be there already is looked up before ours is sent. */
const MONEY: readonly RecordKind[] = ["payment", "journal"];

/** What is known before anything is sent. */
export interface BeforeSending {
  /** Kinds of which nothing new may be sent yet. */
  readonly notYet: readonly RecordKind[];
  /** Calls before this moment may be missing here, because a backup may have been restored; null when that is impossible. */
  readonly forgottenBefore: Date | null;
}

/** What makes two documents the same; the rest (due date, split, status) may differ, and is shown as a difference. */
const DECIDES: ReadonlySet<string> = new Set(["Kind", "Number", "Contact", "Date", "Currency", "Net", "Tax", "Gross"]);

/**
 * Before the first document goes to a package, its own documents are read whole (its credit notes only for a client that has some):
 * what is there already is linked instead of posted again. Later each time slice asks the stored lists alone, so that a document which somebody typed in meanwhile is found as well.
 *
 * A document of ours and one of theirs are the same when kind, number, contact, date, currency, net, tax and gross agree and no other
 * comes into question; then they are linked by that one read. Where it is not sure, a question is put on the Matches screen and ours is
 * held until somebody has answered.
 * @returns null when the time slice ended before the package's documents were read: nothing may be sent then
 * @throws what a read of the package throws: nothing is sent then either
 */
export async function matchBeforeSending(world: PostingWorld, goOn: () => boolean): Promise<BeforeSending | null> {
  const takenTwice = (kind: RecordKind) => !world.connector.can.uniqueNumbers.includes(kind);
  const shared = DOCUMENT_KINDS.filter(takenTwice);
  const { readSince, until, forgottenBefore } = await sinceWhen(world);
  for (const stream of streamsOf(world.connector, "documents", "credit-notes")) {
    const isNeeded = stream.gives.includes("documents") || (await world.inScope((db) => hasCreditNotes(db, world.scope)));
    if (isNeeded && !(await readWhole(world, goOn, stream, readSince))) return null;
  }
  const notYet: readonly RecordKind[] = until === null ? [] : [...shared, ...MONEY.filter(takenTwice)];
  if (until !== null) {
    await world.inScope((db) => keepQueuedUntil(db, world.scope, world.connection.id, notYet, until, "transient.after-start"));
  }
  // First those whose document and contact name both agree. Other contacts are asked about before their documents are compared.
  await matchPairs(world, shared, "agreeing", goOn);
  await offerLinks(world);
  const closed = await world.inScope((db) => offersClosed(db, world.connection.id));
  await matchPairs(world, shared, "all", goOn);
  if (goOn()) await world.inScope((db) => noteMatched(db, world.connection.id, closed));
  return { notYet, forgottenBefore };
}

/** Compares our documents with theirs: those whose contact is linked or has the same name, or all whose contact is not in question. */
async function matchPairs(
  world: PostingWorld,
  shared: readonly RecordKind[],
  which: "agreeing" | "all",
  goOn: () => boolean,
): Promise<void> {
  const most = Math.min(MOST, rulesFor(world.connector.can, shared).readAtOnce);
  while (goOn()) {
    const pairs = await world.inScope((db) => listMatchPairs(db, world.scope, world.connection.id, shared, most, which));
    if (pairs.length === 0) return;
    const names = await world.inScope((db) => loadNames(db, world.connection.id));
    let left = 0;
    for (const [, ofKind] of Map.groupBy(pairs, (one) => one.kind)) {
      left += (await matchKind(world, ofKind, names)).unmapped;
    }
    // A pair that cannot be compared yet remains a pair: asking for it again would loop for ever.
    if (left > 0 || new Set(pairs.map((one) => one.recordId)).size < most) return;
  }
}

/**
 * From when on the package's lists must have been read, and until when nothing new may go whose number the package would take twice.
 * After a restore the package holds what we sent since the backup, and this database doesn't; calls in flight at the crash may
 * still be committed by the package for a while. Only in the first database instance is it certain that no backup was restored.
 */
async function sinceWhen({
  database,
  scope,
  connector,
}: PostingWorld): Promise<{ readSince: Date; until: Date | null; forgottenBefore: Date | null }> {
  const { seenAt, first } = await database.inScope(scope, (db) => findDatabaseInstance(db, scope));
  if (first) return { readSince: seenAt, until: null, forgottenBefore: null };
  const done = new Date(seenAt.getTime() + callDeadlineMs(connector, "write") + connector.can.settleMs);
  return now() < done
    ? { readSince: seenAt, until: done, forgottenBefore: seenAt }
    : { readSince: done, until: null, forgottenBefore: seenAt };
}

/** One of the package's lists of documents from the first to the last, once; later reads go on from where the last one ended. */
async function readWhole(world: PostingWorld, goOn: () => boolean, stream: PackageStream, since: Date): Promise<boolean> {
  const { database, scope, connection, connector } = world;
  for (let first = true; ; first = false) {
    const { asOf } = await database.inScope(scope, (db) => findReading(db, scope, connection.id, stream));
    if (asOf !== null && asOf >= since) return true;
    if (!first && !goOn()) return false;
    await pullDocuments({
      database,
      scope,
      connection,
      connector,
      stream,
      exchange: (exchange, request) => exchangeRead(world, exchange, request),
    });
  }
}

interface Seen {
  readonly pair: MatchPair;
  readonly sighting: Sighting & { readonly seen: SeenDocument };
  readonly evidence: { readonly message: Message; readonly answer: RawAnswer };
}

async function matchKind(world: PostingWorld, pairs: readonly MatchPair[], names: Names): Promise<{ unmapped: number }> {
  const seen = await readAll(world, pairs);
  let unmapped = 0;
  for (const [, own] of Map.groupBy(pairs, (one) => one.recordId)) {
    const found = own.flatMap((pair) => seen.get(keyOf(pair)) ?? []);
    if (found.length === 0) continue;
    // If two of our documents match one package document, a person is asked.
    const sure = found.length === 1 && found[0]?.pair.claimed === 1;
    const outcome = await world.inScope((db) => settle(db, world, found, sure, names));
    if (outcome === "unmapped") unmapped += 1;
  }
  return { unmapped };
}

const keyOf = (pair: MatchPair) => `${pair.recordId}/${pair.theirs.externalId}`;

/** Reads every candidate in full, in batches. */
async function readAll(world: PostingWorld, pairs: readonly MatchPair[]): Promise<Map<string, Seen>> {
  const found = new Map<string, Seen>();
  const byKey = new Map(pairs.map((pair) => [keyOf(pair), pair]));
  const first = pairs[0];
  if (!first) return found;
  // Each package document is read once, however many of ours it may match.
  const asked = [...new Map(pairs.map((pair) => [pair.theirs.externalId, pair])).values()];
  const refs = asked.map((pair) => ({
    recordId: pair.theirs.externalId,
    kind: pair.kind,
    reference: pair.reference,
    externalId: pair.theirs.externalId,
    contactExternalId: null,
  }));
  for await (const page of readSightings(world, { kind: first.kind, refs, since: now() })) {
    for (const sighting of page.sightings) {
      const { seen } = sighting;
      if (seen.family !== "document") continue;
      for (const pair of pairs) {
        if (pair.theirs.externalId !== sighting.externalId || !byKey.has(keyOf(pair))) continue;
        found.set(keyOf(pair), { pair, sighting: { ...sighting, seen }, evidence: page.evidence });
      }
    }
  }
  return found;
}

const folded = (name: string) => name.trim().replace(/\s+/g, " ").toLowerCase();

/** One document of ours with all that may be it: linked, asked about, or left until its codes are mapped. */
async function settle(
  db: ScopedDb,
  world: PostingWorld,
  found: readonly Seen[],
  sure: boolean,
  names: Names,
): Promise<"linked" | "asked" | "unmapped" | "moved-on"> {
  const one = found[0];
  if (!one) return "moved-on";
  const { pair } = one;
  // Names agree: the party is linked first, so that our record can be translated to the package's ids.
  const contact = one.sighting.seen.contactExternalId;
  const agrees =
    folded(pair.company) === folded(pair.theirs.company) &&
    pair.gross === pair.theirs.gross &&
    pair.currency === pair.theirs.currency &&
    pair.issuedOn === pair.theirs.issuedOn;
  if (sure && contact !== null && agrees) {
    await linkParty(db, world.scope, world.connection.id, pair.recordId, contact, partyEntity(world.connector, pair.kind));
  }
  const loaded = (
    await loadRecords(db, world, [{ ...pair, id: pair.postingId, maybeSent: false, tries: 0, externalId: null, voided: false }])
  ).get(pair.postingId);
  const ours = loaded && "record" in loaded ? (asItStands(loaded.record, one.sighting.seen) as OutgoingDocument) : null;
  const pairs = loaded && "record" in loaded ? found.map(({ sighting }) => pairOf(loaded.record, sighting.seen)) : [];
  const named = await withContacts(db, world.connection.id, names, pairs);
  const candidates = found.map(({ pair: { theirs }, sighting: { seen } }): MatchCandidate => {
    const compared = loaded && "record" in loaded ? findDifferences(asItStands(loaded.record, seen), seen, named) : [];
    return { ...theirs, contactExternalId: seen.contactExternalId, differences: compared };
  });
  const differences: readonly Difference[] = candidates[0]?.differences ?? [];
  if (sure && ours && !differences.some((difference) => DECIDES.has(difference.field))) {
    const callId = await insertReadCall(db, world.scope, {
      connectionId: world.connection.id,
      fence: world.fence,
      ...one.evidence,
    });
    const draft = isDraft(one.sighting.seen);
    const to = differences.length > 0 ? "drifted" : draft ? "posted" : "confirmed";
    const done = await settleUnsent(db, world.scope, {
      connectionId: world.connection.id,
      callId,
      position: 0,
      postingId: pair.postingId,
      recordId: pair.recordId,
      family: "document",
      entity: linkEntity(world.connector, pair.kind),
      from: pair.state,
      externalId: one.sighting.externalId,
      version: one.sighting.version,
      sent: sentToJson(ours),
      to,
      differences,
      how: "linked",
      by: world.scope.actor.label,
      lookAgainAt: to === "posted" ? new Date(now().getTime() + DRAFT_MS) : null,
      heldAsDraft: to === "posted",
    });
    if (!done) return "moved-on";
    await dropQuestions(db, world.connection.id, [pair.recordId]);
    await audit(db, world.scope, {
      action: "posting.matched",
      subject: pair.reference,
      detail: { postingId: pair.postingId, externalId: one.sighting.externalId, differences },
    });
    return "linked";
  }
  const why =
    found.length > 1
      ? "several"
      : ours || !sure
        ? "differs"
        : wants(loaded && "error" in loaded ? loaded.error : undefined)
          ? "unmapped"
          : "differs";
  await ask(db, world.scope, world.connection.id, { ...pair, why, candidates });
  const error = new SyncError("source.perhaps-in-package", {
    field: "number",
    value: pair.theirs.number ?? pair.reference,
    subject: pair.theirs.company,
  });
  await holdPosting(db, world.scope, pair.postingId, error);
  await judgePostings(db, world.scope, selectionWhere({ ids: [pair.postingId] }, world.scope));
  return why === "unmapped" ? "unmapped" : "asked";
}

/** Whether only a missing mapping kept our record from being translated to the package's ids. */
const wants = (error: SyncError | undefined) =>
  error?.code.startsWith("mapping.") === true || error?.code === "package.account-without-code";
