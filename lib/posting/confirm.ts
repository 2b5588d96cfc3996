import { loadNames } from "#db/queries/connections/names.ts";
import { applyFindings, type Finding, listUnconfirmed, type PostedPosting } from "#db/queries/postings/outcomes.ts";
import type { Difference } from "#db/schema/postings.ts";
import { now } from "#lib/clock.ts";
import type { RecordKind } from "#lib/common/records.ts";
import type { Sighting } from "#lib/connectors/types.ts";
import { noteOpen } from "#lib/pulling/seen-open.ts";
import { countMismatches, countPostings } from "#lib/watching/metrics.ts";
import { inPostingSpan } from "#lib/watching/posting-span.ts";
import { noteInSpan } from "#lib/watching/trace.ts";
import { readSettled } from "./allocate.ts";
import { findDifferences, findNoted, type Names } from "./compare.ts";
import { pairOf, withContacts } from "./follow-contacts.ts";
import { readSightings } from "./read-sightings.ts";
import { sentFromJson } from "./sent-record.ts";
import type { PostingWorld } from "./world.ts";

/** Most records asked about at once: one page of the package's lists. */
export const CONFIRM_MOST = 1_000;
/** Waits before a record that was accepted and not seen is looked for again; a list may lag behind its own writes. */
const LOOK_AGAIN_MS: readonly number[] = [15_000, 60_000, 300_000];
/** How often a draft is looked at, to see whether it was approved. */
export const DRAFT_MS = 3_600_000;

/** The difference of a record that the package no longer holds. */
export const NOT_THERE = (reference: string): Difference => ({ field: "Record", ours: reference, theirs: "not there" });

/**
 * Earns the green tick: asks the package again, independently of the answer to the push, and compares to the penny.
 * @param least fewer than these are left for later
 * @param goOn whether the time slice goes on: asked between the pages of a reading
 * @returns how many records were asked about
 */
export async function confirmPosted(
  world: PostingWorld,
  kinds: readonly RecordKind[],
  { least = 1, goOn = () => true }: { readonly least?: number; readonly goOn?: () => boolean } = {},
): Promise<number> {
  const posted = await world.inScope((db) => listUnconfirmed(db, world.connection.id, kinds, CONFIRM_MOST));
  if (posted.length < least) return 0;
  const names = await world.inScope((db) => loadNames(db, world.connection.id));
  for (const [kind, group] of Map.groupBy(posted, (one) => one.kind)) {
    const ids = group.map((one) => one.id);
    await inPostingSpan(world, "posting.confirm", ids, { "greentick.kind": kind }, () =>
      confirmGroup(world, kind, group, names, goOn),
    );
    if (!goOn()) break;
  }
  return posted.length;
}

async function confirmGroup(
  world: PostingWorld,
  kind: RecordKind,
  group: readonly PostedPosting[],
  names: Names,
  goOn: () => boolean,
): Promise<void> {
  const refs = group.map((posting) => {
    const sent = sentFromJson(posting.sent);
    return {
      recordId: posting.recordId,
      kind: posting.kind,
      reference: sent.reference,
      externalId: posting.externalId,
      contactExternalId: "contactExternalId" in sent ? sent.contactExternalId : null,
      sent,
    };
  });
  const since = new Date(Math.min(...group.map((one) => one.sentAt.getTime())));
  const open = new Map(group.map((one) => [one.recordId, one]));
  for await (const page of readSightings(world, { kind, refs, since })) {
    await confirmPage(world, kind, open, page, names);
    if (open.size === 0) break;
    // A record that the read did not reach is neither seen nor absent: the next time slice asks for it.
    if (!page.isLast && !goOn()) return;
  }
  const absent = [...open.values()].map((posting): Finding => {
    const wait = LOOK_AGAIN_MS[posting.absentLooks];
    if (wait !== undefined) {
      return {
        id: posting.id,
        to: "absent",
        version: null,
        differences: [],
        noted: [],
        lookAgainAt: new Date(now().getTime() + wait),
      };
    }
    return {
      id: posting.id,
      to: "drifted",
      version: null,
      differences: [NOT_THERE(posting.reference)],
      noted: [],
      lookAgainAt: null,
    };
  });
  if (absent.length > 0) await save(world, kind, absent);
  if (kind === "allocation")
    await readSettled(
      world,
      group.map((one) => one.recordId),
    );
}

/**
 * Gives the tick, or the difference, to those of these records that a read shows; the others are left as they are.
 * @param open by record; those that were seen are taken out
 */
export async function confirmPage(
  world: PostingWorld,
  kind: RecordKind,
  open: Map<string, PostedPosting>,
  page: { readonly sightings: readonly Sighting[]; readonly readAt: Date },
  names: Names,
): Promise<void> {
  const { readAt } = page;
  const pairs = page.sightings.flatMap((sighting) => {
    const posting = open.get(sighting.recordId);
    return posting ? [pairOf(sentFromJson(posting.sent), sighting.seen)] : [];
  });
  const named = pairs.every((pair) => pair.ours === pair.theirs)
    ? names
    : await world.inScope((db) => withContacts(db, world.connection.id, names, pairs));
  const findings: Finding[] = [];
  const seen: Sighting[] = [];
  for (const sighting of page.sightings) {
    const posting = open.get(sighting.recordId);
    if (!posting || sighting.externalId !== posting.externalId) continue;
    open.delete(sighting.recordId);
    seen.push(sighting);
    findings.push(findingOf(posting, sighting, named));
  }
  if (findings.length > 0) await save(world, kind, findings, { seen, readAt });
}

function findingOf(posting: PostedPosting, sighting: Sighting, names: Names): Finding {
  const sent = sentFromJson(posting.sent);
  const differences = findDifferences(sent, sighting.seen, names);
  const base = { id: posting.id, version: sighting.version, differences, noted: findNoted(sent, sighting.seen) };
  if (differences.length > 0) return { ...base, to: "drifted", lookAgainAt: null };
  const draft = sighting.seen.family === "document" && (sighting.seen.status === "draft" || sighting.seen.status === "submitted");
  return draft
    ? { ...base, to: "draft", lookAgainAt: new Date(now().getTime() + DRAFT_MS) }
    : { ...base, to: "confirmed", lookAgainAt: null };
}

async function save(
  world: PostingWorld,
  kind: RecordKind,
  findings: readonly Finding[],
  read: { readonly seen: readonly Sighting[]; readonly readAt: Date } | null = null,
): Promise<void> {
  await world.inScope(async (db) => {
    await applyFindings(db, { connectionId: world.connection.id, fence: world.fence }, findings);
    // The tick is about what the document says; its open amount is compared with ours separately.
    if (read) await noteOpen(db, world.scope, world.connection.id, read.seen, read.readAt);
  });
  const provider = world.connector.id;
  for (const [to, group] of Map.groupBy(findings, (one) => one.to)) {
    if (to === "confirmed" || to === "drifted") countPostings(provider, kind, to, group.length);
    noteInSpan(to === "confirmed" ? "tick" : to, group.length);
    if (to === "drifted") countMismatches(provider, group.length);
  }
}
