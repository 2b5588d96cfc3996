import type { ScopedDb } from "#db/client.ts";
import { loadNames } from "#db/queries/connections/names.ts";
import { contactNames } from "#db/queries/links/follow-contacts.ts";
import { listLinkedToOthers } from "#db/queries/links/linking.ts";
import { ask } from "#db/queries/links/matching.ts";
import {
  applySettlements,
  findReplayable,
  listDueUnknown,
  markResent,
  noteAnswered,
  postponeLook,
  type Settlement,
  type UnknownPosting,
} from "#db/queries/postings/outcomes.ts";
import { audit } from "#lib/audit.ts";
import { callDeadlineMs, sendOnce, withPermit } from "#lib/calling/call.ts";
import type { Permit } from "#lib/calling/limits.ts";
import { now } from "#lib/clock.ts";
import { minorDigits } from "#lib/common/money.ts";
import {
  familyOf,
  type Held,
  type OutgoingDocument,
  type OutgoingRecord,
  type SeenDocument,
  type SeenRecord,
} from "#lib/common/records.ts";
import { linkEntity, type Sighting } from "#lib/connectors/types.ts";
import { countPostings } from "#lib/watching/metrics.ts";
import { inPostingSpan } from "#lib/watching/posting-span.ts";
import { auditCorrections } from "./change.ts";
import { findDifferences, isSameRecord, type Names } from "./compare.ts";
import { withContacts } from "./follow-contacts.ts";
import { asItStands } from "./link-by-id.ts";
import { changedIn, type InCall, keep, settleAnswer } from "./outcome.ts";
import { readSightings } from "./read-sightings.ts";
import { sentFromJson, sentToJson } from "./sent-record.ts";
import type { PostingWorld } from "./world.ts";

/** A second look follows this long after an "absent" where the package itself does not refuse a repeated number. */
const SECOND_LOOK_MS = 600_000;
/** And for any document of this much or more, in whole units of its currency: a large one is never sent again on one absence. */
const SECOND_LOOK_FROM = 10_000n;
const MOST = 400;

/**
 * Settles postings of unknown outcome whose look is due: by sending the same call again under its key while the package still knows it,
 * else by asking what it holds under our reference. Never by a blind resend: an absence counts only once the package can no longer be at
 * work on the call.
 * @param goOn whether the time slice goes on: asked between two calls sent again, and between two readings
 * @returns how many were due; those that were not reached are due still
 */
export async function settleUnknown(world: PostingWorld, goOn: () => boolean = () => true): Promise<number> {
  const due = await world.inScope((db) => listDueUnknown(db, world.connection.id, MOST));
  if (due.length === 0) return 0;
  const replayed = new Set<string>();
  for (const callId of new Set(due.map((one) => one.callId))) {
    if (!goOn()) return due.length;
    const inIt = due.filter((one) => one.callId === callId);
    if (await inPostingSpan(world, "posting.replay", idsOf(inIt), {}, () => replay(world, callId, inIt))) {
      for (const one of due) if (one.callId === callId) replayed.add(one.id);
    }
  }
  const rest = due.filter((one) => !replayed.has(one.id));
  for (const [, group] of Map.groupBy(rest, (one) => one.kind)) {
    const atOnce = world.connector.can.readAtOnce;
    for (let from = 0; from < group.length && goOn(); from += atOnce) {
      const some = group.slice(from, from + atOnce);
      await inPostingSpan(world, "posting.settle", idsOf(some), {}, () => readBack(world, some));
    }
  }
  return due.length;
}

/** As what its link is kept. */
const refOf = ({ connector }: PostingWorld, { kind }: UnknownPosting) => ({
  family: familyOf(kind),
  entity: linkEntity(connector, kind),
});

const idsOf = (postings: readonly UnknownPosting[]) => postings.map((one) => one.id);

async function replay(world: PostingWorld, callId: string, due: readonly UnknownPosting[]): Promise<boolean> {
  const first = due[0];
  if (!first) return false;
  const { keys, uniqueNumbers } = world.connector.can;
  if (!keys) return false;
  const stillKnown = () => now().getTime() - first.firstSentAt.getTime() < keys.windowMs;
  if (!stillKnown() || !(keys.trusted || due.every((one) => uniqueNumbers.includes(one.kind)))) return false;
  // A change is looked up by its id, and never sent again over what somebody may have done there since.
  if (due.some((one) => sentFromJson(one.sent).held)) return false;
  // A call that may still be under way is waited for: its deadline, and then some.
  if (now() < first.callDeadlineAt && first.why !== "reset") return false;
  return withPermit(world, (permit) => replayUnder(world, permit, callId, first, stillKnown));
}

async function replayUnder(
  world: PostingWorld,
  permit: Permit,
  callId: string,
  first: UnknownPosting,
  stillKnown: () => boolean,
): Promise<boolean> {
  const token = await world.token();
  if (!stillKnown() || !world.leaseIsFresh()) return false;
  const deadlineAt = new Date(now().getTime() + callDeadlineMs());
  const call = await world.inScope(async (db) => {
    const found = await findReplayable(db, callId);
    if (!found || (world.connector.can.keys?.boundToToken && found.tokenVersion !== token.version)) return null;
    await markResent(db, callId, world.fence, world.connection.id, deadlineAt);
    await postponeLook(
      db,
      found.postings.map((one) => one.id),
      new Date(deadlineAt.getTime() + world.connector.can.settleMs),
      false,
    );
    return found;
  });
  if (!call) return false;
  const result = await sendOnce(world, call.message, { idempotencyKey: call.idempotencyKey, deadlineAt, token, permit });
  await world.inScope((db) => keep(db, callId, world.fence, result));
  const carried: InCall[] = call.postings.map((one) => {
    const record = sentFromJson(one.sent);
    return {
      record,
      posting: {
        id: one.id,
        kind: one.kind,
        recordId: one.recordId,
        revision: record.revision,
        generation: 0,
        maybeSent: true,
        tries: 0,
        externalId: null,
        voided: false,
      },
    };
  });
  const fault = result.sent === true ? world.connector.faultOf(result.answer, call.message) : null;
  // Under its key the package repeats what it answered the first time, a refusal too: each record says for itself, and is then looked up.
  if (result.sent === true && (fault === null || fault.what === "refused")) {
    await settleAnswer(world, { callId, message: call.message, carried }, result, "unknown");
  } else {
    // Not an answer either: the read-back decides.
    const at = new Date(Math.max(now().getTime(), first.firstSentAt.getTime() + world.connector.can.settleMs));
    const ids = call.postings.map((one) => one.id);
    await world.inScope(async (db) => {
      await postponeLook(db, ids, at, false);
      if (result.sent === true) await noteAnswered(db, ids, world.connector.saidIn(result.answer));
    });
  }
  return true;
}

async function readBack(world: PostingWorld, group: readonly UnknownPosting[]): Promise<void> {
  const first = group[0];
  if (!first) return;
  const sightings = await look(world, group);
  const names = await world.inScope((db) => loadNames(db, world.connection.id));
  const settlements: Settlement[] = [];
  const duplicates: { posting: UnknownPosting; sent: OutgoingDocument; there: Sighting & { seen: SeenDocument } }[] = [];
  const wait: { id: string; until: Date; absent: boolean }[] = [];
  for (const posting of group) {
    const sent = sentFromJson(posting.sent);
    const seen = sightings.filter((one) => one.recordId === posting.recordId);
    const verdict = sent.held
      ? judgeChange(world, posting, sent, sent.held, seen, names)
      : judgeSightings(world, posting, sent, seen, names);
    const duplicate = "until" in verdict || verdict.to !== "rejected" ? null : duplicateOf(posting, sent, seen);
    if (duplicate) duplicates.push(duplicate);
    if ("until" in verdict) wait.push({ id: posting.id, until: verdict.until, absent: verdict.absent });
    else settlements.push(verdict);
  }
  await world.inScope(async (db) => {
    for (const [until, rows] of Map.groupBy(wait, (one) => one.until.getTime())) {
      await postponeLook(
        db,
        rows.map((one) => one.id),
        new Date(until),
        rows[0]?.absent ?? false,
      );
    }
    if (settlements.length === 0) return;
    const counts = await applySettlements(
      db,
      world.scope,
      { connectionId: world.connection.id, fence: world.fence, callId: null, from: "unknown" },
      settlements,
    );
    for (const { posting, sent, there } of duplicates) await askOfDuplicate(db, world, posting, sent, there, names);
    const looked = group.map((one) => ({ posting: one, record: sentFromJson(one.sent) }));
    await auditCorrections(db, world, null, changedIn(looked, settlements));
    await audit(db, world.scope, { action: "posting.settled", subject: first.kind, detail: { looked: group.length, ...counts } });
  });
  for (const { to } of settlements) countPostings(world.connector.id, first.kind, to);
}

/** The document that a refused number stands on, where it is one and none of ours. */
function duplicateOf(posting: UnknownPosting, sent: OutgoingRecord, seen: readonly Sighting[]) {
  const [only, ...others] = seen;
  if (posting.errorCode !== "source.duplicate-number" || !only || others.length > 0 || !("dueOn" in sent)) return null;
  if (only.seen.family !== "document" || carriesOther(sent, only.seen)) return null;
  return { posting, sent, there: { ...only, seen: only.seen } };
}

/** A person is asked whether the document that was typed in there is ours: both stand on Matches, with what differs. */
async function askOfDuplicate(
  db: ScopedDb,
  world: PostingWorld,
  posting: UnknownPosting,
  sent: OutgoingDocument,
  { externalId, seen }: Sighting & { seen: SeenDocument },
  names: Names,
): Promise<void> {
  const { connection, scope } = world;
  const named = await withContacts(db, connection.id, names, [{ ours: sent.contactExternalId, theirs: seen.contactExternalId }]);
  const differences = findDifferences(asItStands(sent, seen), seen, named);
  const [company] = seen.contactExternalId ? (await contactNames(db, connection.id, [seen.contactExternalId])).values() : [];
  await ask(db, scope, connection.id, {
    recordId: posting.recordId,
    kind: posting.kind,
    reference: sent.reference,
    why: "differs",
    candidates: [
      {
        externalId,
        number: seen.number,
        company: company?.name ?? "",
        issuedOn: seen.issuedOn,
        currency: seen.currency,
        gross: seen.grossMinor.toString(),
        due: (seen.dueMinor ?? seen.grossMinor).toString(),
        status: seen.status === "paid" ? "paid" : seen.status === "draft" || seen.status === "submitted" ? "draft" : "open",
        contactExternalId: seen.contactExternalId,
        differences,
      },
    ],
  });
}

async function look(world: PostingWorld, group: readonly UnknownPosting[]): Promise<Sighting[]> {
  const first = group[0];
  if (!first) return [];
  const since = new Date(Math.min(...group.map((one) => one.firstSentAt.getTime())));
  const refs = group.map((posting) => {
    const sent = sentFromJson(posting.sent);
    return {
      recordId: posting.recordId,
      kind: posting.kind,
      reference: sent.reference,
      externalId: sent.held?.externalId ?? null,
      contactExternalId: "contactExternalId" in sent ? sent.contactExternalId : null,
      sent,
    };
  });
  const found: Sighting[] = [];
  for await (const page of readSightings(world, { kind: first.kind, refs, since })) found.push(...page.sightings);
  // What another document of ours is linked to is that one, under whatever number: two bills of a supplier may share theirs.
  const family = familyOf(first.kind);
  const others =
    family === "document"
      ? await world.inScope((db) => listLinkedToOthers(db, world.scope, world.connection.id, family, found))
      : [];
  // Pages may overlap: the same package record seen twice is one match.
  const seen = new Map(found.map((one) => [`${one.recordId} ${one.externalId}`, one]));
  for (const key of others) seen.delete(key);
  return [...seen.values()];
}

/**
 * Where the package lets a number stand twice, the very record that was sent beside others of another contact and without our mark is
 * one match: those are somebody else's.
 */
function withoutOthers(sent: OutgoingRecord, sightings: readonly Sighting[]): readonly Sighting[] {
  if (!("url" in sent) || sent.kind === "journal") return sightings;
  const mine = sightings.filter(({ seen }) => isSameRecord(sent, seen) || !carriesOther(sent, seen));
  const matches = mine.filter(
    ({ seen }) => seen.family !== "document" || seen.contactExternalId === sent.contactExternalId || seen.url === sent.url,
  );
  const [only, ...others] = matches;
  return only && others.length === 0 && isSameRecord(sent, only.seen) ? matches : mine;
}

/** Whether a document carries the mark of another record of ours: two bills of one supplier may have one number. */
function carriesOther(sent: OutgoingRecord & { readonly url: string }, seen: SeenRecord): boolean {
  if (seen.family !== "document" || seen.url === null || seen.url === sent.url) return false;
  const [before, after] = sent.url.split(sent.recordId);
  return before !== undefined && after !== undefined && seen.url.startsWith(before) && seen.url.endsWith(after);
}

/**
 * What a read by id means for a change whose outcome is not known: equal to what was sent, it is done; as it was before, it is sent again
 * once the package can no longer be at work on it; anything else is for a person.
 */
function judgeChange(
  world: PostingWorld,
  posting: UnknownPosting,
  sent: OutgoingRecord,
  held: Held,
  sightings: readonly Sighting[],
  names: Names,
): Settlement | { until: Date; absent: boolean } {
  const base = { postingId: posting.id, recordId: posting.recordId, ...refOf(world, posting) };
  const there = sightings.find((one) => one.externalId.toLowerCase() === held.externalId.toLowerCase());
  const conflict = (subject: string): Settlement => ({
    ...base,
    to: "conflict",
    errorDetail: { value: held.externalId, subject },
  });
  const differences = there ? findDifferences(sent, there.seen, names) : [];
  const untouched = there !== undefined && isUntouched(posting, held, there, names);
  if (there && differences.length === 0 && !untouched) {
    return { ...base, to: "posted", externalId: held.externalId, version: there.version, found: true };
  }
  const settledAt = posting.callDeadlineAt.getTime() + world.connector.can.settleMs;
  if ((untouched || !there) && now().getTime() < settledAt) return { until: new Date(settledAt), absent: false };
  if (posting.errorCode !== null && (untouched || !posting.maybeSent)) {
    return { ...base, to: "rejected", errorCode: posting.errorCode, errorDetail: posting.errorDetail ?? {} };
  }
  if (!there) return conflict("It is no longer there under its id");
  if (untouched) return { ...base, to: "queued", retryAt: null, transient: false, again: true };
  return conflict("It holds neither the change that was sent nor what it held before");
}

/** Whether the package's record stands as it did before the change was sent: as it was read then, or as it was last known to be. */
function isUntouched(posting: UnknownPosting, held: Held, there: Sighting, names: Names): boolean {
  if (held.before !== null) {
    const same = plain(there.seen) === plain(held.before);
    return same && (held.version === null || held.version === there.version);
  }
  return posting.sentBefore !== null && findDifferences(sentFromJson(posting.sentBefore), there.seen, names).length === 0;
}

/** The same record in the same words, whatever order its keys came in: what was stored comes back in another one. */
function plain(seen: SeenRecord): string {
  return JSON.stringify(sentToJson(seen), (_key, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );
}

/** What a read-back means for one posting; or until when to wait. */
function judgeSightings(
  world: PostingWorld,
  posting: UnknownPosting,
  sent: OutgoingRecord,
  sightings: readonly Sighting[],
  names: Names,
): Settlement | { until: Date; absent: boolean } {
  const base = { postingId: posting.id, recordId: posting.recordId, ...refOf(world, posting) };
  const refused = posting.errorCode !== null ? { errorCode: posting.errorCode, errorDetail: posting.errorDetail ?? {} } : null;
  const gone = ({ seen }: Sighting) => "status" in seen && (seen.status === "voided" || seen.status === "deleted");
  const alive = sightings.filter((one) => !gone(one));
  const candidates = withoutOthers(sent, alive.length > 0 ? alive : sightings);
  const match = candidates[0];
  if (match && candidates.length === 1) {
    const ours = isSameRecord(sent, match.seen);
    // A record that we never sent before is ours only by our own mark; contacts carry our reference, which only we write.
    const marked =
      sent.kind !== "product" &&
      (match.seen.family !== "document" || match.seen.url === null || !("url" in sent) || match.seen.url === sent.url);
    const known =
      posting.maybeSent ||
      (match.seen.family === "document" && "url" in sent && match.seen.url === sent.url) ||
      match.seen.family === "contact";
    if (ours && (known || (sent.kind === "product" && refused !== null))) {
      return { ...base, to: "posted", externalId: match.externalId, version: match.version, found: true };
    }
    // Refused for its number, and there under it word for word as ours would be: somebody typed it in by hand.
    const duplicate = duplicateOf(posting, sent, candidates);
    if (duplicate && ours && findDifferences(asItStands(sent, match.seen), match.seen, names).length === 0) {
      return { ...base, to: "posted", externalId: match.externalId, version: match.version, found: true };
    }
    if (refused && !posting.maybeSent) return { ...base, to: "rejected", ...refused };
    return {
      ...base,
      to: "conflict",
      errorDetail: {
        value: match.externalId,
        subject: marked ? "It holds other amounts, another date or another contact" : "It was not sent by us",
      },
    };
  }
  if (candidates.length > 1) {
    if (refused && !posting.maybeSent) return { ...base, to: "rejected", ...refused };
    return {
      ...base,
      to: "conflict",
      errorDetail: {
        value: candidates.map((one) => one.externalId).join(", "),
        subject: `It holds ${candidates.length} of them`,
      },
    };
  }
  if (refused && !posting.maybeSent) return { ...base, to: "rejected", ...refused };
  const settledAt = posting.callDeadlineAt.getTime() + world.connector.can.settleMs;
  if (now().getTime() < settledAt) return { until: new Date(settledAt), absent: false };
  // Seen to be refused, and now seen not to be there: the refusal stands.
  if (refused) return { ...base, to: "rejected", ...refused };
  const twice = !world.connector.can.uniqueNumbers.includes(posting.kind) || isLarge(sent);
  if (twice && posting.absentLooks === 0) {
    return { until: new Date(now().getTime() + SECOND_LOOK_MS), absent: true };
  }
  return { ...base, to: "queued", retryAt: null, transient: false, again: true };
}

function isLarge(sent: OutgoingRecord): boolean {
  return "grossMinor" in sent && sent.grossMinor >= SECOND_LOOK_FROM * 10n ** BigInt(minorDigits(sent.currency));
}
