import type { ScopedDb } from "#db/client.ts";
import { loadNames } from "#db/queries/connections/names.ts";
import { listLinkedToOthers } from "#db/queries/links/linking.ts";
import {
  applySettlements,
  findCall,
  listDueUnknown,
  postponeLook,
  type Settlement,
  type UnknownPosting,
} from "#db/queries/postings/outcomes.ts";
import { audit } from "#lib/audit.ts";
import { now } from "#lib/clock.ts";
import { decide } from "#lib/common/decision-table.ts";
import { familyOf, type Held, type RecordKind, type SeenRecord } from "#lib/common/records.ts";
import { linkEntity, type PushOutcome, rulesFor, type Sighting } from "#lib/connectors/types.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { log } from "#lib/log.ts";
import { countPostings } from "#lib/watching/metrics.ts";
import { inPostingSpan } from "#lib/watching/posting-span.ts";
import { askAboutDuplicate, type Duplicate, duplicateOf } from "./ask-about-duplicate.ts";
import { auditCorrections } from "./change.ts";
import type { Names } from "./compare.ts";
import { goneError } from "./continue.ts";
import { sightingToJson } from "./conversation.ts";
import { carriedAs, changedIn, type GoesOn, outcomesAfter } from "./outcome.ts";
import { readSightings } from "./read-sightings.ts";
import { replay, settleByLateAnswer } from "./replay.ts";
import { type Restored, restore } from "./restore.ts";
import { sentFromJson } from "./sent-record.ts";
import { SENT_AS_CHANGE, SENT_AS_NEW, SENT_AS_STEP } from "./settle-decision.ts";
import { factsOfChange, factsOfNew, factsOfStep, type ReadBack, settledAt } from "./settle-facts.ts";
import type { PostingWorld } from "./world.ts";

/** How long after a first look that found nothing a second one follows, where one absence does not prove enough. */
const SECOND_LOOK_MS = 600_000;
const MOST = 400;

/**
 * Settles calls that got no clear answer and whose waiting time is over: sends the same call again under its key while the package still
 * knows that, else asks what it holds under our reference and lets the two tables of `settle-decision.ts` decide. "Not there" counts only
 * after the call's deadline and the package's settle delay: nothing is sent again blindly.
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
    if (await inPostingSpan(world, "posting.replay", idsOf(inIt), {}, () => again(world, callId, inIt))) {
      for (const one of due) if (one.callId === callId) replayed.add(one.id);
    }
  }
  const rest = due.filter((one) => !replayed.has(one.id));
  for (const [kind, group] of Map.groupBy(rest, (one) => one.kind)) {
    const { readAtOnce: atOnce } = rulesFor(world.connector.can, [kind]);
    for (let from = 0; from < group.length && goOn(); from += atOnce) {
      const some = group.slice(from, from + atOnce);
      await inPostingSpan(world, "posting.settle", idsOf(some), {}, () => readBack(world, some));
    }
  }
  return due.length;
}

async function again(world: PostingWorld, callId: string, due: readonly UnknownPosting[]): Promise<boolean> {
  if (world.connector.style === "collected" && (await settleByLateAnswer(world, callId, due))) return true;
  return replay(world, callId, due);
}

const idsOf = (postings: readonly UnknownPosting[]) => postings.map((one) => one.id);

async function readBack(world: PostingWorld, group: readonly UnknownPosting[]): Promise<void> {
  const first = group[0];
  if (!first) return;
  const sightings = await look(world, group);
  const { names, talks } = await world.inScope(async (db) => ({
    names: await loadNames(db, world.connection.id),
    talks: await restoreTalks(db, world, group),
  }));
  const verdicts = judgeAll(world, group, { sightings, names, talks });
  await world.inScope((db) => applyVerdicts(db, world, group, verdicts));
  for (const { to } of verdicts.settlements) countPostings(world.connector.id, first.kind, to);
}

/**
 * Settles postings of unknown outcome by what an export shows of them, in one transaction with what made them so.
 * @param group of one kind, each with a sighting
 */
export async function settleSeen(
  db: ScopedDb,
  world: PostingWorld,
  group: readonly UnknownPosting[],
  found: readonly Sighting[],
): Promise<void> {
  const first = group[0];
  if (!first) return;
  const sightings = without(found, await linkedToOthers(db, world, first.kind, found));
  const names = await loadNames(db, world.connection.id);
  await applyVerdicts(db, world, group, judgeAll(world, group, { sightings, names, talks: new Map() }));
}

/** What a read means for each of a group. */
interface Verdicts {
  readonly settlements: readonly Settlement[];
  readonly duplicates: readonly Duplicate[];
  readonly waits: readonly Wait[];
  readonly names: Names;
}

function judgeAll(
  world: PostingWorld,
  group: readonly UnknownPosting[],
  {
    sightings,
    names,
    talks,
  }: { readonly sightings: readonly Sighting[]; readonly names: Names; readonly talks: ReadonlyMap<string, Restored> },
): Verdicts {
  const at = now();
  const settlements: Settlement[] = [];
  const duplicates: Duplicate[] = [];
  const waits: Wait[] = [];
  for (const posting of group) {
    const seen = sightings.filter((one) => one.recordId === posting.recordId);
    const read = { posting, sent: sentFromJson(posting.sent), sightings: seen, names, can: world.connector.can, at };
    const verdict = judge(world, read, talks.get(posting.id) ?? null);
    if ("until" in verdict) {
      waits.push(verdict);
      continue;
    }
    settlements.push(verdict);
    const duplicate = verdict.to === "rejected" ? duplicateOf(read) : null;
    if (duplicate) duplicates.push(duplicate);
  }
  return { settlements, duplicates, waits, names };
}

async function applyVerdicts(
  db: ScopedDb,
  world: PostingWorld,
  group: readonly UnknownPosting[],
  { settlements, duplicates, waits, names }: Verdicts,
): Promise<void> {
  for (const [, same] of Map.groupBy(waits, ({ until, absent }) => `${until.getTime()} ${absent}`)) {
    const [wait] = same;
    const ids = same.map((one) => one.postingId);
    if (wait) await postponeLook(db, ids, wait.until, wait.absent);
  }
  if (settlements.length === 0) return;
  const counts = await applySettlements(
    db,
    world.scope,
    { connectionId: world.connection.id, fence: world.fence, callId: null, from: "unknown" },
    settlements,
  );
  for (const duplicate of duplicates) await askAboutDuplicate(db, world, duplicate, names);
  const looked = group.map((one) => ({ posting: one, record: sentFromJson(one.sent) }));
  await auditCorrections(db, world, null, changedIn(looked, settlements));
  await audit(db, world.scope, {
    action: "posting.settled",
    subject: group[0]?.kind ?? "",
    detail: { looked: group.length, ...counts },
  });
}

/** The posting stays unknown, and is looked at again then. */
interface Wait {
  readonly postingId: string;
  readonly until: Date;
  /** It was seen to be absent when the package could no longer be at work on it. */
  readonly absent: boolean;
}

/** The conversations of several steps that these calls are steps of, by posting. */
async function restoreTalks(
  db: ScopedDb,
  world: PostingWorld,
  group: readonly UnknownPosting[],
): Promise<ReadonlyMap<string, Restored>> {
  const talks = new Map<string, Restored>();
  for (const posting of group) {
    if (posting.of === null) continue;
    const { message, key } = await findCall(db, posting.callId);
    const talk = await restore(db, world, { posting, message, key, records: [sentFromJson(posting.sent)] });
    if (talk.isInSteps) talks.set(posting.id, talk);
  }
  return talks;
}

/** What a read means: of a step of a conversation what comes after it too. */
function judge(world: PostingWorld, read: ReadBack, talk: Restored | null): Settlement | Wait {
  const { posting, sent, at } = read;
  const later: Wait = { postingId: posting.id, until: new Date(at.getTime() + SECOND_LOOK_MS), absent: false };
  if (talk?.isNewer) return later;
  const isLater = posting.externalId !== null;
  // Of a later step only its proof says anything, and only code that asks for it as it was asked for knows the proof.
  if (talk && isLater && !talk.step?.proof) {
    if (at < settledAt(read)) return { ...later, until: settledAt(read) };
    const error = new SyncError("internal.steps-changed");
    return { ...baseOf(world, read), to: "rejected", errorCode: error.code, errorDetail: error.detail };
  }
  const proof = talk?.step?.proof;
  const verdict = proof
    ? judgeStep(world, read, posting.externalId ?? sent.held?.externalId ?? null, proof)
    : sent.held
      ? judgeChange(world, read, sent.held)
      : judgeNew(world, read);
  if (!talk || "until" in verdict || verdict.to !== "posted") return verdict;
  return afterFound(world, read, talk, verdict.externalId) ?? later;
}

/** What follows a step that a read showed to be done; null where the connector cannot say. */
function afterFound(world: PostingWorld, read: ReadBack, talk: Restored, externalId: string): Settlement | null {
  const { posting, sent, sightings } = read;
  const id = externalId.toLowerCase();
  const seen = sightings.find((one) => one.externalId.toLowerCase() === id);
  if (!seen) throw new Error("Found by a record that was not seen");
  // As it is linked: a package may show an id in another case.
  const there = { ...seen, externalId };
  const carried = [{ record: sent, posting: carriedAs(posting) }];
  let outcome: PushOutcome | GoesOn | undefined;
  try {
    outcome = outcomesAfter(world.connector, { ...talk, carried }, { message: talk.message, found: there }).get(sent.recordId);
  } catch (error) {
    log.error({ postingId: posting.id, reason: String(error) }, "a step that was found leads nowhere");
    return null;
  }
  const base = baseOf(world, read);
  if (outcome?.status === "goes-on") {
    return {
      ...base,
      to: "continued",
      externalId: there.externalId,
      version: there.version,
      found: true,
      seen: sightingToJson(there),
    };
  }
  return outcome?.status === "accepted" ? found(base, there) : null;
}

/** What a read by its id means for a step that says what proves it: what `SENT_AS_STEP` says. */
function judgeStep(
  world: PostingWorld,
  read: ReadBack,
  externalId: string | null,
  proof: (seen: SeenRecord) => boolean,
): Settlement | Wait {
  const base = baseOf(world, read);
  if (externalId === null) return judgeNew(world, read);
  const { facts, there } = factsOfStep(read, externalId, proof);
  switch (decide(SENT_AS_STEP, facts).outcome) {
    case "done":
      return found(base, there && { ...there, externalId });
    case "wait":
      return { ...base, until: settledAt(read), absent: false };
    case "gone": {
      const error = goneError(read.sent);
      return { ...base, to: "rejected", errorCode: error.code, errorDetail: error.detail };
    }
    case "rejected":
      return refusal(base, read);
    case "send again":
      return sendAgain(base);
  }
}

/** What a read means for a posting that was sent as new: what `SENT_AS_NEW` says. */
function judgeNew(world: PostingWorld, read: ReadBack): Settlement | Wait {
  const base = baseOf(world, read);
  const { facts, matches } = factsOfNew(read);
  const conflict = (subject: string): Settlement => {
    const candidates = matches.map((one) => one.externalId);
    return { ...base, to: "conflict", errorDetail: { value: candidates.join(", "), candidates, subject } };
  };
  const outcome = decide(SENT_AS_NEW, facts).outcome;
  switch (outcome) {
    case "posted":
      return found(base, matches[0]);
    case "rejected":
      return refusal(base, read);
    case "wait":
      return { ...base, until: settledAt(read), absent: false };
    case "second look":
      return { ...base, until: new Date(read.at.getTime() + SECOND_LOOK_MS), absent: true };
    case "send again":
      return sendAgain(base);
    case "conflict: differs":
      return conflict("It holds other amounts, another date or another contact");
    case "conflict: not ours":
      return conflict("It was not sent by us");
    case "conflict: several":
      return conflict(`It holds ${matches.length} of them`);
  }
}

/** What a read by its id means for a change: what `SENT_AS_CHANGE` says. */
function judgeChange(world: PostingWorld, read: ReadBack, held: Held): Settlement | Wait {
  const base = baseOf(world, read);
  const { facts, there } = factsOfChange(read, held);
  const conflict = (subject: string): Settlement => {
    return { ...base, to: "conflict", errorDetail: { value: held.externalId, candidates: [held.externalId], subject } };
  };
  const outcome = decide(SENT_AS_CHANGE, facts).outcome;
  switch (outcome) {
    case "posted":
      return found(base, there && { ...there, externalId: held.externalId });
    case "rejected":
      return refusal(base, read);
    case "wait":
      return { ...base, until: settledAt(read), absent: false };
    case "send again":
      return sendAgain(base);
    case "conflict: gone":
      return conflict("It is no longer there under its id");
    case "conflict: otherwise":
      return conflict("It holds neither the change that was sent nor what it held before");
  }
}

type Base = Pick<Settlement, "postingId" | "recordId" | "family" | "entity">;

/** The posting, and as what its link is kept. */
const baseOf = ({ connector }: PostingWorld, { posting }: ReadBack): Base => ({
  postingId: posting.id,
  recordId: posting.recordId,
  family: familyOf(posting.kind),
  entity: linkEntity(connector, posting.kind),
});

function found(base: Base, match: Pick<Sighting, "externalId" | "version"> | undefined): Settlement {
  if (!match) throw new Error("Settled as posted by a record that was not seen");
  return { ...base, to: "posted", externalId: match.externalId, version: match.version, found: true };
}

function refusal(base: Base, { posting }: ReadBack): Settlement {
  if (posting.errorCode === null) throw new Error("Settled as refused without a refusal");
  return { ...base, to: "rejected", errorCode: posting.errorCode, errorDetail: posting.errorDetail ?? {} };
}

const sendAgain = (base: Base): Settlement => ({ ...base, to: "queued", retryAt: null, transient: false, again: true });

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
      externalId: posting.externalId ?? sent.held?.externalId ?? null,
      contactExternalId: "contactExternalId" in sent ? sent.contactExternalId : null,
      sent,
    };
  });
  const found: Sighting[] = [];
  for await (const page of readSightings(world, { kind: first.kind, refs, since })) found.push(...page.sightings);
  return without(found, await world.inScope((db) => linkedToOthers(db, world, first.kind, found)));
}

/**
 * What is linked to another of ours is not a candidate: two bills of a supplier may share a number, and where a package keeps no
 * reference of ours two payments may be alike in all that it shows. A contact alone may be both customer and supplier.
 */
async function linkedToOthers(
  db: ScopedDb,
  world: PostingWorld,
  kind: RecordKind,
  found: readonly Sighting[],
): Promise<readonly string[]> {
  const family = familyOf(kind);
  const isOfOne = family === "document" || family === "payment" || family === "allocation";
  return isOfOne ? listLinkedToOthers(db, world.scope, world.connection.id, family, found) : [];
}

/** Pages may overlap: the same package record seen twice is one match. */
function without(found: readonly Sighting[], others: readonly string[]): Sighting[] {
  const seen = new Map(found.map((one) => [`${one.recordId} ${one.externalId}`, one]));
  for (const key of others) seen.delete(key);
  return [...seen.values()];
}
