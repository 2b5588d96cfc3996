import type { ScopedDb } from "#db/client.ts";
import { noteLockPolicy } from "#db/queries/connections/locks.ts";
import { forgetIncoming, insertReadCall, settleUnsent } from "#db/queries/links/linking.ts";
import { wantHelpers } from "#db/queries/mapping/helpers.ts";
import { type ClaimedPosting, claimQueued } from "#db/queries/postings/outgoing.ts";
import { holdPosting } from "#db/queries/postings/posting-moves.ts";
import { postingsIn } from "#db/queries/postings/run-members.ts";
import { type AccessToken, withPermit } from "#lib/calling/call.ts";
import { checkpoint } from "#lib/calling/checkpoint.ts";
import { familyOf, type RecordKind } from "#lib/common/records.ts";
import { linkEntity } from "#lib/connectors/types.ts";
import { type HeldNow, readHeld } from "./change.ts";
import { continueRow } from "./continue.ts";
import { draw, followsFromReads, type Reads, refusedBefore } from "./conversation.ts";
import { type Done, makeReady, mostOf } from "./ready.ts";
import { commitStep, type Prepared, readOrHold, sendPrepared, type Wanted } from "./send-step.ts";
import { sentToJson } from "./sent-record.ts";
import type { PostingWorld } from "./world.ts";

/**
 * Sends the next batch of these kinds: permit (P2), intent committed (P4), bytes (P5), evidence committed (P7), outcome (P8).
 * @param which what is new to the package, or changes of what it holds
 * @param look reads what the package holds of them first: changes always, and what is new where it may be there already
 * @returns false when nothing of these kinds is waiting
 * @throws {PackagePause | ConnectionLost | LeaseLostError}
 */
export async function sendNextBatch(
  world: PostingWorld,
  kinds: readonly RecordKind[],
  seen: { sent: number },
  which: "new" | "held" = "new",
  look: ((world: PostingWorld, postings: readonly ClaimedPosting[]) => Promise<HeldNow>) | null = which === "held"
    ? readHeld
    : null,
): Promise<boolean> {
  const most = look ? mostOf(world.connector, kinds) : 1;
  const next = await world.inScope((db) => claimQueued(db, world.scope, world.connection.id, kinds, most, which, "look"));
  if (next.length === 0) return false;
  const there = look ? await look(world, next) : null;
  const reads: Reads = new Map();
  for (;;) {
    const made = await withPermit(world, { writes: true, kinds, message: null }, async (permit) => {
      checkpoint("P2");
      const token = await world.token();
      const prepared = await world.inScope((db) => prepare(db, world, kinds, token, which, there, reads));
      if (prepared === "all-held" || prepared === null || "read" in prepared) return prepared;
      checkpoint("P4");
      const settled = await sendPrepared(world, prepared, token, permit);
      seen.sent += prepared.carried.length;
      return settled;
    });
    if (made === null) return false;
    if (made === "all-held") return true;
    if ("read" in made) {
      if (!(await readOrHold(world, reads, made))) return true;
      continue;
    }
    // What goes on does so before anything new, in the hands of the worker that just had the answer.
    for (const id of made.continued) await continueRow(world, id, { isFresh: true });
    return true;
  }
}

/** The read that saw it is the evidence; the tick still needs a read of its own. */
async function settleDone(db: ScopedDb, world: PostingWorld, evidence: NonNullable<HeldNow["evidence"]>, done: readonly Done[]) {
  const callId = await insertReadCall(db, world.scope, { connectionId: world.connection.id, fence: world.fence, ...evidence });
  for (const [position, { posting, record, held }] of done.entries()) {
    const settled = await settleUnsent(db, world.scope, {
      connectionId: world.connection.id,
      callId,
      position,
      postingId: posting.id,
      recordId: posting.recordId,
      family: familyOf(posting.kind),
      entity: linkEntity(world.connector, posting.kind),
      from: "queued",
      externalId: held.externalId,
      version: held.version,
      sent: sentToJson(record),
      to: "posted",
      differences: [],
      how: "upload",
      by: null,
      lookAgainAt: null,
      heldAsDraft: false,
    });
    // A read of payments may have listed it as somebody else's in the meantime.
    if (settled && posting.kind === "payment") await forgetIncoming(db, world.scope, world.connection.id, held.externalId);
  }
}

/** P4, in one transaction: claims, resolves, holds what cannot go, writes the intent of the rest. */
export async function prepare(
  db: ScopedDb,
  world: PostingWorld,
  kinds: readonly RecordKind[],
  token: AccessToken,
  which: "new" | "held",
  there: HeldNow | null,
  reads: Reads,
): Promise<Prepared | Wanted | "all-held" | null> {
  // Those that were looked at are among the first; what came in front of them since waits its turn.
  const { usually } = world.connector.can;
  const atOnce = mostOf(world.connector, kinds);
  const most = there ? Math.max(atOnce, usually.batch) : atOnce;
  const queued = await claimQueued(db, world.scope, world.connection.id, kinds, most, which);
  const claimed = there ? queued.filter((one) => there.asked.has(one.recordId)) : queued;
  if (claimed.length === 0) return null;
  const { carried, done, refused, lacking, applied } = await makeReady(db, world, claimed, which, there);
  // What they name is made first: they stay queued behind it.
  const waiting = postingsIn(lacking.map(({ posting }) => posting.id));
  const isMade = lacking.length > 0 && (await wantHelpers(db, world.scope, world.connection.id, waiting)) > 0;
  checkpoint("P3");
  for (const { posting, error } of isMade ? refused : [...refused, ...lacking])
    await holdPosting(db, world.scope, posting.id, error);
  if (there?.evidence && done.length > 0) await settleDone(db, world, there.evidence, done);
  if (carried.length === 0) return "all-held";
  const batch = { connection: world.connection, records: carried.map((one) => one.record) };
  const drawn = draw(world.connector, batch, [], reads, {
    connectionId: world.connection.id,
    carried: carried.map((one) => one.posting),
    byBytes: followsFromReads(batch.records),
  });
  if (drawn.do === "done") {
    for (const { one, error } of refusedBefore(drawn.answer, carried)) await holdPosting(db, world.scope, one.posting.id, error);
    return "all-held";
  }
  if (drawn.do === "read") return { read: drawn.message, postingIds: carried.map((one) => one.posting.id) };
  const prepared = await commitStep(db, world, { carried, batch, drawn, token });
  await noteLockPolicy(db, world.scope, applied);
  return prepared;
}
