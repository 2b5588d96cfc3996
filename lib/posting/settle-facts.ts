import type { UnknownPosting } from "#db/queries/postings/outcomes.ts";
import { minorDigits } from "#lib/common/money.ts";
import type { Held, OutgoingRecord, SeenRecord } from "#lib/common/records.ts";
import type { CalledConnector, Sighting } from "#lib/connectors/types.ts";
import { findDifferences, isSameRecord, type Names } from "./compare.ts";
import { asItStands } from "./link-by-id.ts";
import { sentFromJson, sentToJson } from "./sent-record.ts";
import type { ChangeFacts, NewFacts, StepFacts } from "./settle-decision.ts";

/** A document of this much or more, in whole units of its currency, is large. */
const LARGE_FROM = 10_000n;

/** A posting of unknown outcome, and what the package was seen to hold under its reference. */
export interface ReadBack {
  readonly posting: UnknownPosting;
  readonly sent: OutgoingRecord;
  readonly sightings: readonly Sighting[];
  readonly names: Names;
  readonly can: Pick<CalledConnector["can"], "settleMs" | "uniqueNumbers">;
  /** When it was read, on the one clock. */
  readonly at: Date;
}

/** When the package can no longer be at work on the posting's last call. */
export const settledAt = ({ posting, can }: Pick<ReadBack, "posting" | "can">): Date =>
  new Date(posting.callDeadlineAt.getTime() + can.settleMs);

/** The package's records that may be the one that was sent as new, and what is known of it. */
export function factsOfNew(read: ReadBack): { facts: NewFacts; matches: readonly Sighting[] } {
  const { posting, sent, names, can, at } = read;
  const matches = matchesOf(sent, read.sightings);
  const only = matches.length === 1 ? matches[0] : undefined;
  const seen = only?.seen;
  const facts: NewFacts = {
    matches: only ? "one" : matches.length === 0 ? "none" : "several",
    isSame: seen !== undefined && isSameRecord(sent, seen),
    isEqual: seen !== undefined && isEqualTo(asItStands(sent, seen), seen, names),
    mark: seen === undefined ? "hidden" : markOn(sent, seen),
    kind: "dueOn" in sent ? "document" : sent.kind === "product" ? "product" : "other",
    sentBefore: posting.maybeSent,
    refused: refusalOf(posting),
    mayBeAtWork: at < settledAt(read),
    refusesRepeats: can.uniqueNumbers.includes(posting.kind),
    isLarge: isLarge(sent),
    wasAbsent: posting.absentLooks !== 0,
  };
  return { facts, matches };
}

/** What is known of a change, and the record there that it was to change. */
export function factsOfChange(read: ReadBack, held: Held): { facts: ChangeFacts; there?: Sighting } {
  const { posting, sightings, at } = read;
  const id = held.externalId.toLowerCase();
  const there = sightings.find((one) => one.externalId.toLowerCase() === id);
  const facts: ChangeFacts = {
    stands: there ? standingOf(read, held, there) : "gone",
    sentBefore: posting.maybeSent,
    refused: posting.errorCode !== null,
    mayBeAtWork: at < settledAt(read),
  };
  return there ? { facts, there } : { facts };
}

function standingOf({ posting, sent, names }: ReadBack, held: Held, there: Sighting): ChangeFacts["stands"] {
  const isAsBefore = isUntouched(posting, held, there, names);
  if (isEqualTo(sent, there.seen, names)) return isAsBefore ? "as both" : "as sent";
  return isAsBefore ? "as before" : "otherwise";
}

/** What is known of a step that says what proves it, and the record there. */
export function factsOfStep(
  read: ReadBack,
  externalId: string,
  proof: (seen: SeenRecord) => boolean,
): { facts: StepFacts; there?: Sighting } {
  const id = externalId.toLowerCase();
  const there = read.sightings.find((one) => one.externalId.toLowerCase() === id);
  const isThere = there !== undefined && !isEnded(there.seen);
  const facts: StepFacts = {
    stands: there && proof(there.seen) ? "shown" : isThere ? "not shown" : "gone",
    refused: read.posting.errorCode !== null,
    mayBeAtWork: read.at < settledAt(read),
  };
  return there ? { facts, there } : { facts };
}

const isEqualTo = (ours: OutgoingRecord, seen: SeenRecord, names: Names): boolean =>
  findDifferences(ours, seen, names).length === 0;

function refusalOf({ errorCode }: UnknownPosting): NewFacts["refused"] {
  if (errorCode === null) return "no";
  return errorCode === "source.duplicate-number" ? "for its number" : "otherwise";
}

/** What stands there counts before what is voided or deleted there. */
function matchesOf(sent: OutgoingRecord, sightings: readonly Sighting[]): readonly Sighting[] {
  const alive = sightings.filter(({ seen }) => !isEnded(seen));
  return withoutOthers(sent, alive.length > 0 ? alive : sightings);
}

/** Whether it was voided or deleted there. */
export const isEnded = (seen: SeenRecord): boolean => "status" in seen && (seen.status === "voided" || seen.status === "deleted");

/**
 * Where the package lets a number stand twice, the very record that was sent beside others of another
 * contact and without our mark is one match: those are somebody else's.
 */
function withoutOthers(sent: OutgoingRecord, sightings: readonly Sighting[]): readonly Sighting[] {
  if (!("url" in sent) || sent.kind === "journal") return sightings;
  const mine = sightings.filter(({ seen }) => isSameRecord(sent, seen) || !carriesOther(sent, seen));
  const matches = mine.filter(({ seen }) => {
    if (seen.family !== "document" || seen.url === sent.url) return true;
    return seen.contactExternalId === sent.contactExternalId;
  });
  const [only, ...others] = matches;
  return only && others.length === 0 && isSameRecord(sent, only.seen) ? matches : mine;
}

function markOn(sent: OutgoingRecord, seen: SeenRecord): NewFacts["mark"] {
  if (sent.kind === "product") return "foreign";
  // Shared by all that name it: whoever made it, the one of its name and account is the one.
  if (sent.kind === "helper") return isSameRecord(sent, seen) ? "ours" : "foreign";
  if (seen.family === "contact") return seen.reference === undefined ? "hidden" : "ours";
  if (seen.family !== "document" || seen.url === null || !("url" in sent)) return "hidden";
  if (seen.url === sent.url) return "ours";
  return carriesOther(sent, seen) ? "other record" : "foreign";
}

type WithUrl = OutgoingRecord & { readonly url: string };

/**
 * Whether a document carries the mark of another record of ours: two bills of one supplier may have
 * one number.
 */
export function carriesOther(sent: WithUrl, seen: SeenRecord): boolean {
  if (seen.family !== "document" || seen.url === null || seen.url === sent.url) return false;
  const [before, after] = sent.url.split(sent.recordId);
  if (before === undefined || after === undefined) return false;
  return seen.url.startsWith(before) && seen.url.endsWith(after);
}

/**
 * Whether the package's record stands as before the change was sent: as it was read then, or as it was
 * last known to be.
 */
function isUntouched(posting: UnknownPosting, held: Held, there: Sighting, names: Names): boolean {
  if (held.before !== null) {
    const isSame = plain(there.seen) === plain(held.before);
    return isSame && (held.version === null || held.version === there.version);
  }
  if (posting.sentBefore === null) return false;
  return isEqualTo(sentFromJson(posting.sentBefore), there.seen, names);
}

/** A record as text with its keys in order: what was stored comes back in another one. */
function plain(seen: SeenRecord): string {
  return JSON.stringify(sentToJson(seen), (_key, value: unknown) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)));
  });
}

function isLarge(sent: OutgoingRecord): boolean {
  if (!("grossMinor" in sent)) return false;
  return sent.grossMinor >= LARGE_FROM * 10n ** BigInt(minorDigits(sent.currency));
}
