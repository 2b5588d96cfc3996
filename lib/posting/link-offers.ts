import type { ScopedDb } from "#db/client.ts";
import { loadNames } from "#db/queries/connections/names.ts";
import { forgetLinked, holdNaming, holdOffered, listToSee, markSeen, type ToSee } from "#db/queries/links/link-offers.ts";
import { insertReadCall, settleUnsent, type UnsentState } from "#db/queries/links/linking.ts";
import { listToOffer, makeOffers, noteOffered } from "#db/queries/links/make-offers.ts";
import { markAccepted } from "#db/queries/postings/drift.ts";
import { audit } from "#lib/audit.ts";
import { exchangeRead } from "#lib/calling/call.ts";
import { now } from "#lib/clock.ts";
import { countWords } from "#lib/common/count-words.ts";
import { familyOf } from "#lib/common/records.ts";
import { foldId } from "#lib/connectors/ids.ts";
import { linkEntity, type Message, type RawAnswer, type Sighting } from "#lib/connectors/types.ts";
import { judgePostings } from "#lib/pending/precheck.ts";
import { pullContacts, pullProducts } from "#lib/pulling/contacts.ts";
import { asLinked } from "./as-linked.ts";
import { findDifferences, type Names } from "./compare.ts";
import { follow } from "./follow-contacts.ts";
import { loadRecords } from "./load.ts";
import { readSightings } from "./read-sightings.ts";
import { sentToJson } from "./sent-record.ts";
import type { PostingWorld } from "./world.ts";

/** Before something new is made, the package's own list is no older than this, in ms on the one clock. */
const FRESH_MS = 60_000;
/** Linked records read in one go. */
const MOST_SEEN = 400;

/**
 * Before the first customer, supplier or product of ours is made in the package, its own are read, and later each time that a new one is
 * to go: what may be ours already is offered to people on Matches, and neither it nor a document that names it is sent before somebody
 * has answered. What has nothing like it there is made. Nothing is linked here: that takes a person.
 * @throws what a read of the package throws: nothing is sent then either
 */
export async function offerLinks(world: PostingWorld): Promise<void> {
  const { database, scope, connection, connector } = world;
  const due = await world.inScope((db) => listToOffer(db, scope, connection.id));
  const began = now();
  let moved = 0;
  for (const { family, queued, changed, asOf } of due) {
    const stale = asOf === null || (queued && began.getTime() - asOf.getTime() > FRESH_MS);
    const reading = { database, scope, connection, connector };
    const read = stale
      ? await (family === "contact" ? pullContacts : pullProducts)({
          ...reading,
          exchange: (exchange, ask) => exchangeRead(world, exchange, ask),
        })
      : 0;
    if (family === "contact" && read > 0) await world.inScope((db) => follow(db, world));
    if (!changed && read === 0) continue;
    moved += await world.inScope((db) => makeOffers(db, scope, connection.id, family));
  }
  if (due.length === 0) return;
  await world.inScope(async (db) => {
    await noteOffered(db, scope, connection.id, began);
    if ((await holdOffered(db, scope, connection.id)) + moved === 0) return;
    await judgePostings(db, scope, "open");
    await holdNaming(db, scope);
  });
}

/**
 * Reads what people linked: equal, it is exported and green; where a name or another field differs the row keeps both, as accepted by who
 * linked it, and nothing there is overwritten. What is not there any more is offered anew.
 * @returns how many were read
 */
export async function seeLinked(world: PostingWorld, goOn: () => boolean): Promise<number> {
  let seen = 0;
  while (goOn()) {
    const rows = await world.inScope((db) => listToSee(db, world.scope, world.connection.id, MOST_SEEN));
    if (rows.length === 0) return seen;
    const names = await world.inScope((db) => loadNames(db, world.connection.id));
    for (const [, group] of Map.groupBy(rows, (one) => one.kind)) await seeGroup(world, group, names, goOn);
    seen += rows.length;
  }
  return seen;
}

async function seeGroup(world: PostingWorld, group: readonly ToSee[], names: Names, goOn: () => boolean): Promise<void> {
  const first = group[0];
  if (!first) return;
  // Several of our records may be linked to one of theirs.
  const open = Map.groupBy(group, (one) => foldId(world.connector, one.externalId));
  const refs = [...open.values()].flatMap(([one]) =>
    one
      ? [
          {
            recordId: one.recordId,
            kind: one.kind,
            reference: one.reference,
            externalId: one.externalId,
            contactExternalId: null,
          },
        ]
      : [],
  );
  for await (const page of readSightings(world, { kind: first.kind, refs, since: new Date(0) })) {
    const found = page.sightings.flatMap((sighting) => {
      const id = foldId(world.connector, sighting.externalId);
      const ours = open.get(id) ?? [];
      open.delete(id);
      return ours.map((one) => ({ one, sighting }));
    });
    if (found.length > 0) await world.inScope((db) => settleSeen(db, world, found, page.evidence, names));
    // A record that the read did not reach is not gone: the next time slice asks for it.
    if (!page.isLast && !goOn()) return;
  }
  await world.inScope((db) => forgetLinked(db, world.scope, world.connection.id, [...open.values()].flat()));
}

async function settleSeen(
  db: ScopedDb,
  world: PostingWorld,
  found: readonly { readonly one: ToSee; readonly sighting: Sighting }[],
  evidence: { readonly message: Message; readonly answer: RawAnswer },
  names: Names,
): Promise<void> {
  const { scope, connection } = world;
  const loaded = await loadRecords(
    db,
    world,
    found.map(({ one }) => ({ ...one, maybeSent: false, tries: 0, externalId: null, voided: false })),
  );
  const callId = await insertReadCall(db, scope, { connectionId: connection.id, fence: world.fence, ...evidence });
  for (const [position, { one, sighting }] of found.entries()) {
    const ours = loaded.get(one.id);
    if (!ours || !("record" in ours)) continue;
    const record = asLinked(ours.record);
    const differences = findDifferences(record, sighting.seen, names);
    const done = await settleUnsent(db, scope, {
      connectionId: connection.id,
      callId,
      position,
      postingId: one.id,
      recordId: one.recordId,
      family: familyOf(one.kind),
      entity: linkEntity(world.connector, one.kind),
      from: one.state as UnsentState,
      externalId: one.externalId,
      version: sighting.version,
      sent: sentToJson(record),
      to: differences.length > 0 ? "drifted" : "confirmed",
      differences,
      how: "linked",
      by: one.by,
      lookAgainAt: null,
      heldAsDraft: false,
    });
    // The person who linked it was shown both.
    if (done && differences.length > 0) await markAccepted(db, { ...scope, actor: { ...scope.actor, label: one.by } }, [one.id]);
  }
  const seen = found.map(({ one }) => one.offerId);
  await markSeen(db, scope, seen);
  await audit(db, scope, {
    action: "posting.links-seen",
    subject: countWords(seen.length, "record"),
    detail: { callId, postingIds: found.map(({ one }) => one.id) },
  });
}
