import type { Database, ScopedDb } from "#db/client.ts";
import { loadNames } from "#db/queries/connections/names.ts";
import {
  findLinkedTo,
  findPosting,
  insertReadCall,
  type LinkablePosting,
  settleUnsent,
  type UnsentState,
} from "#db/queries/links/linking.ts";
import type { Difference } from "#db/schema/postings.ts";
import { audit } from "#lib/audit.ts";
import { type AppSettings, appSettings } from "#lib/calling/app-settings.ts";
import { now } from "#lib/clock.ts";
import { familyOf, KIND_LABELS, type OutgoingRecord, type RecordKind, type SeenRecord } from "#lib/common/records.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { readForStaff, type StaffWorld } from "#lib/connections/staff-read.ts";
import { sameId } from "#lib/connectors/ids.ts";
import { linkEntity, type Message, type RawAnswer, type Sighting } from "#lib/connectors/types.ts";
import { errorEntry } from "#lib/errors/catalogue.ts";
import { releaseMended } from "#lib/pending/release.ts";
import { noteOpen } from "#lib/pulling/seen-open.ts";
import { asLinked } from "./as-linked.ts";
import { findDifferences } from "./compare.ts";
import { DRAFT_MS } from "./confirm.ts";
import { pairOf, withContacts } from "./follow-contacts.ts";
import { loadRecords } from "./load.ts";
import { readSightings } from "./read-sightings.ts";
import { sentFromJson, sentToJson } from "./sent-record.ts";

export interface LinkAsk {
  readonly postingId: string;
  /** The package's id, or an address of its screens that holds it. */
  readonly pasted: string;
  /** Links it though it differs: the row then stands as exported and different. */
  readonly accept?: boolean;
}

export interface LinkAnswer {
  /** `differs`: nothing was done; the same with `accept` links it all the same. */
  readonly outcome: "linked" | "linked-draft" | "linked-differing" | "differs";
  readonly externalId: string;
  readonly reference: string;
  readonly differences: readonly Difference[];
  /** For the reader. */
  readonly message: string;
}

const UNLINKED: readonly string[] = ["pending", "held", "rejected", "conflict", "dead", "skipped"];

/**
 * Links a record that was not sent, or whose sending ended in a conflict, to what the package holds under a pasted id: one read under the
 * connection's limits, compared as for the tick. Equal, it is exported and green; different, nothing is done unless `accept` says so.
 * The way out of a conflict, of a change that the package refuses, and of what was typed in there by hand.
 * @throws {Refusal} when the row is on its way or linked to another id, the text holds no id, the package holds no such record or one of
 * another kind, or its record is linked to another of ours, which is named
 */
export async function linkByPackageId(
  database: Database,
  scope: ClientScope,
  { postingId, pasted, accept = false }: LinkAsk,
  settings: AppSettings = appSettings(),
): Promise<LinkAnswer> {
  return readForStaff(database, scope, settings, "Nothing was linked", async (world) => {
    const posting = await database.inScope(scope, (db) => findPosting(db, scope, postingId));
    if (!posting) throw new Refusal("This row no longer exists: the record has been changed.");
    if (posting.kind === "allocation") {
      throw new Refusal("An allocation is not linked. Mark it as exported if it was made there.", { field: "pasted" });
    }
    const externalId = world.connector.idIn(pasted, posting.kind);
    if (externalId === null)
      throw new Refusal(`No id of ${world.packageName} was found in this. Paste the record's id or its address.`, {
        field: "pasted",
      });
    const record = await database.inScope(scope, async (db) => {
      await requireFree(db, world, posting, externalId);
      return ourRecord(db, scope, world, posting, settings);
    });
    const readAt = now();
    const { sighting, evidence } = await readOne(world, posting, externalId, record);
    if (!sighting) throw new Refusal(`${world.packageName} holds no ${label(posting.kind)} under this id.`, { field: "pasted" });
    requireSameKind(world, posting.kind, sighting.seen);
    const draft = isDraft(sighting.seen);
    const compared = asLinked(asItStands(record, sighting.seen));
    return database.inScope(scope, async (db): Promise<LinkAnswer> => {
      const names = await withContacts(db, world.connection.id, await loadNames(db, world.connection.id), [
        pairOf(compared, sighting.seen),
      ]);
      const differences = findDifferences(compared, sighting.seen, names);
      const base = { externalId: sighting.externalId, reference: posting.reference, differences };
      if (differences.length > 0 && !accept) {
        const said = differences.map((one) => `${one.field} ${one.ours} here, ${one.theirs} there`).join("; ");
        return { ...base, outcome: "differs", message: `It differs: ${said}.` };
      }
      const callId = await insertReadCall(db, scope, { connectionId: posting.connectionId, fence: 0n, ...evidence });
      const to = differences.length > 0 ? "drifted" : draft ? "posted" : "confirmed";
      const done = await settleUnsent(db, scope, {
        connectionId: posting.connectionId,
        callId,
        position: 0,
        postingId: posting.id,
        recordId: posting.recordId,
        family: familyOf(posting.kind),
        entity: linkEntity(world.connector, posting.kind),
        from: posting.state as UnsentState,
        externalId: sighting.externalId,
        version: sighting.version,
        sent: sentToJson(compared),
        to,
        differences,
        how: "linked",
        by: scope.actor.label,
        lookAgainAt: to === "posted" ? new Date(now().getTime() + DRAFT_MS) : null,
        heldAsDraft: to === "posted",
      });
      if (!done) throw new Refusal("This row, or what it was to be linked to, has changed. Look again.");
      await noteOpen(db, scope, world.connection.id, [sighting], readAt);
      await audit(db, scope, {
        action: "posting.linked",
        subject: posting.reference,
        detail: { postingId: posting.id, externalId: sighting.externalId, from: posting.state, accepted: differences },
      });
      // What waited for this customer, supplier, product or document may go now.
      await releaseMended(db, scope);
      if (to === "drifted")
        return {
          ...base,
          outcome: "linked-differing",
          message: `${posting.reference} is linked, and differs from what ${world.packageName} holds.`,
        };
      if (to === "posted")
        return {
          ...base,
          outcome: "linked-draft",
          message: `${posting.reference} is linked. ${world.packageName} holds it as a draft.`,
        };
      return {
        ...base,
        outcome: "linked",
        message: `${posting.reference} is linked, and equal to what ${world.packageName} holds.`,
      };
    });
  });
}

const label = (kind: RecordKind) => KIND_LABELS[kind].toLowerCase();

/** @throws {Refusal} unless the row may be linked to this id */
async function requireFree(db: ScopedDb, world: StaffWorld, posting: LinkablePosting, externalId: string): Promise<void> {
  if (posting.continued)
    throw new Refusal(`${posting.reference} is in ${world.packageName} already and not finished there. Press Retry instead.`);
  if (!UNLINKED.includes(posting.state)) {
    throw new Refusal(
      ["queued", "waiting", "sending", "unknown"].includes(posting.state)
        ? `${posting.reference} is being sent. Withdraw it first, or wait for the result.`
        : `${posting.reference} is already exported.`,
    );
  }
  if (posting.externalId !== null && !sameId(world.connector, posting.externalId, externalId))
    throw new Refusal(`${posting.reference} is already linked, to ${posting.externalId} in ${world.packageName}.`, {
      field: "pasted",
    });
  const other = await findLinkedTo(db, posting.connectionId, familyOf(posting.kind), externalId, {
    ignoreCase: world.connector.idsIgnoreCase ?? false,
  });
  if (other && other.recordId !== posting.recordId) {
    const what = other.kind ? `${KIND_LABELS[other.kind]} ${other.reference}` : "another record";
    throw new Refusal(`It is linked to ${what} already.`, { field: "pasted" });
  }
}

async function ourRecord(
  db: ScopedDb,
  scope: ClientScope,
  world: StaffWorld,
  posting: LinkablePosting,
  settings: AppSettings,
): Promise<OutgoingRecord> {
  const loaded = await loadRecords(
    db,
    {
      scope,
      connection: world.connection,
      connector: world.connector,
      postAs: world.postAs,
      lines: world.lines,
      urlOf: (recordId, pages = "documents") => `${settings.appUrl}/clients/${posting.clientSlug}/${pages}/${recordId}`,
    },
    [{ ...posting, maybeSent: false, tries: 0, voided: false }],
  );
  const one = loaded.get(posting.id);
  if (one && "record" in one) return one.record;
  const entry = errorEntry(one?.error.code ?? "internal.unexpected");
  const about = [one?.error.detail.subject, one?.error.detail.value].filter((part) => part !== undefined).join(" ");
  throw new Refusal(`It cannot be compared yet: ${entry.title.toLowerCase()}${about === "" ? "" : ` (${about})`}.`);
}

/** What the package holds under one id now, with the answer that says so. */
export async function readOne(
  world: StaffWorld,
  posting: Pick<LinkablePosting, "recordId" | "kind" | "reference">,
  externalId: string,
  sent: OutgoingRecord,
): Promise<{ sighting: Sighting | null; evidence: { message: Message; answer: RawAnswer } }> {
  const ref = {
    recordId: posting.recordId,
    kind: posting.kind,
    reference: posting.reference,
    externalId,
    contactExternalId: "contactExternalId" in sent ? sent.contactExternalId : null,
    sent,
  };
  let evidence: { message: Message; answer: RawAnswer } | null = null;
  for await (const page of readSightings(world, { kind: posting.kind, refs: [ref], since: new Date(0) })) {
    evidence = page.evidence;
    const sighting = page.sightings.find((one) => sameId(world.connector, one.externalId, externalId));
    if (sighting) return { sighting, evidence };
  }
  if (!evidence) throw new Error("A read without an answer");
  return { sighting: null, evidence };
}

/** @throws {Refusal} when the id is that of another kind of record */
function requireSameKind(world: StaffWorld, kind: RecordKind, seen: SeenRecord): void {
  if (seen.family !== familyOf(kind)) throw new Refusal(`In ${world.packageName} it is no ${label(kind)}.`, { field: "pasted" });
  if (seen.family !== "document" || seen.kind === kind) return;
  const what = seen.kind === "other" ? "another kind of document" : `a ${label(seen.kind)}`;
  throw new Refusal(`In ${world.packageName} it is ${what}, not a ${label(kind)}.`, { field: "pasted" });
}

export const isDraft = (seen: SeenRecord) =>
  seen.family === "document" && (seen.status === "draft" || seen.status === "submitted");

/** Ours as it would stand there: whether the package holds it as a draft is no difference, and never green. */
export function asItStands(record: OutgoingRecord, seen: SeenRecord): OutgoingRecord {
  return "postAs" in record ? { ...record, postAs: isDraft(seen) ? "draft" : "authorised" } : record;
}

/** What a row's own evidence says was sent. @throws {Refusal} where nothing was */
export function sentOf(posting: LinkablePosting): OutgoingRecord {
  if (posting.sent === null) throw new Refusal(`Nothing of ${posting.reference} was sent, so there is nothing to compare.`);
  return sentFromJson(posting.sent);
}
