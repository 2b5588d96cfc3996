import type { ScopedDb } from "#db/client.ts";
import { noteCorrections } from "#db/queries/corrections.ts";
import { loadNames } from "#db/queries/names.ts";
import type { ClaimedPosting } from "#db/queries/outgoing.ts";
import { audit } from "#lib/audit.ts";
import { formatDate } from "#lib/common/dates.ts";
import { formatMoney } from "#lib/common/money.ts";
import { familyOf, type Held, type OutgoingDocument, type OutgoingRecord } from "#lib/common/records.ts";
import type { Message, RawAnswer } from "#lib/connectors/types.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { findDifferences } from "./compare.ts";
import { pairOf, withContacts } from "./follow-contacts.ts";
import { readSightings } from "./read-sightings.ts";
import { noteOpen } from "./seen-open.ts";
import type { PostingWorld } from "./world.ts";

/** What the package holds of records that are to be changed there, read just before, with the last answer that said so. */
export interface HeldNow {
  /** By record id; a record that was asked for and is not in it was not found. */
  readonly held: ReadonlyMap<string, Held>;
  readonly asked: ReadonlySet<string>;
  readonly evidence: { message: Message; answer: RawAnswer } | null;
}

/**
 * Reads what the package holds under the ids that we know: a document's lines must be named by their ids, and nobody's payment or
 * approval is to be overwritten. Products carry neither, and are not read.
 */
export async function readHeld(world: PostingWorld, postings: readonly ClaimedPosting[]): Promise<HeldNow> {
  const held = new Map<string, Held>();
  const asked = new Set(postings.map((one) => one.recordId));
  let evidence: HeldNow["evidence"] = null;
  const first = postings[0];
  if (!first) return { held, asked, evidence };
  const family = familyOf(first.kind);
  if (family !== "contact" && family !== "document") {
    for (const one of postings) {
      if (one.externalId !== null) held.set(one.recordId, { externalId: one.externalId, version: null, before: null });
    }
    return { held, asked, evidence };
  }
  const refs = postings.map((one) => ({
    recordId: one.recordId,
    kind: one.kind,
    reference: "",
    externalId: one.externalId,
    contactExternalId: null,
  }));
  for await (const page of readSightings(world, { kind: first.kind, refs, since: new Date(0) })) {
    evidence = page.evidence;
    for (const { recordId, externalId, version, seen } of page.sightings)
      held.set(recordId, { externalId, version, before: seen });
    if (family === "document")
      await world.inScope((db) => noteOpen(db, world.scope, world.connection.id, page.sightings, page.readAt));
  }
  return { held, asked, evidence };
}

/** A record as it may be changed there; why it may not; or that there is nothing left to do. */
export type Change = { record: OutgoingRecord } | { error: SyncError } | { done: OutgoingRecord; held: Held };

/**
 * Whether what the package holds may be changed to this record: not when it is paid, part paid, voided or deleted there. That is said
 * before anything is sent, since a package lets some of it through in silence.
 * @param filedTo the last day of a tax period whose return was filed: what stands there on or before it is not changed either
 */
export function changeOf(record: OutgoingRecord, held: Held | undefined, filedTo: string | null = null): Change {
  const state = (said: string) => new SyncError("package.document-state", { value: record.reference, said: [said] });
  if (!held) return { error: state("The package no longer holds it under the id that it was exported with.") };
  const changed: OutgoingRecord = { ...record, held };
  const before = held.before;
  if (before?.family !== "document" || !isDocument(changed)) return { record: changed };
  const ended = before.status === "voided" || before.status === "deleted";
  if (changed.voided && ended) return { done: changed, held };
  if (ended) return { error: state(`It is ${before.status} there.`) };
  if (before.status === "paid") return { error: state("It is paid there.") };
  const settled = before.settledMinor ?? 0n;
  if (settled !== 0n) return { error: state(`${formatMoney(settled, before.currency)} of it is paid or credited there.`) };
  if (filedTo !== null && before.issuedOn !== null && before.issuedOn <= filedTo && before.status === "authorised") {
    return {
      error: state(`The tax return up to ${formatDate(filedTo)} is filed, and it is dated ${formatDate(before.issuedOn)} there.`),
    };
  }
  if (before.status === "other")
    return {
      error: state(
        before.statusSaid
          ? `Its status there is ${before.statusSaid}, which is none that we know.`
          : "Its status there is none that we know.",
      ),
    };
  // It stays as it is there: a draft a draft, what somebody approved approved.
  return { record: { ...changed, postAs: before.status === "authorised" ? "authorised" : "draft" } };
}

const isDocument = (record: OutgoingRecord): record is OutgoingDocument => "dueOn" in record;

/** The corrections log: each change of what the package held, with what stood there before. */
export async function auditCorrections(
  db: ScopedDb,
  world: PostingWorld,
  callId: string | null,
  changed: readonly { readonly posting: { readonly id: string }; readonly record: OutgoingRecord }[],
): Promise<void> {
  if (changed.length === 0) return;
  const names = await loadNames(db, world.connection.id);
  for (const { posting, record } of changed) {
    const before = record.held?.before;
    const named = before ? await withContacts(db, world.connection.id, names, [pairOf(record, before)]) : names;
    const changes = before ? findDifferences(record, before, named) : [];
    const voided = "voided" in record && record.voided === true;
    await noteCorrections(db, world.scope, [{ postingId: posting.id, what: voided ? "voided" : "edited", differences: changes }]);
    await audit(db, world.scope, {
      action: "posting.corrected",
      subject: record.reference,
      detail: {
        callId,
        postingId: posting.id,
        externalId: record.held?.externalId,
        voided,
        changes,
      },
    });
  }
}
