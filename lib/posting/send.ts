import type { ScopedDb } from "#db/client.ts";
import { noteLockPolicy, readLocks } from "#db/queries/connections/locks.ts";
import { forgetIncoming, insertReadCall, settleUnsent } from "#db/queries/links/linking.ts";
import { HELPER_FIELD, wantHelpers } from "#db/queries/mapping/helpers.ts";
import { insertIntent } from "#db/queries/postings/outcomes.ts";
import { type ClaimedPosting, claimQueued } from "#db/queries/postings/outgoing.ts";
import { holdPosting } from "#db/queries/postings/posting-moves.ts";
import { postingsIn } from "#db/queries/postings/run-members.ts";
import { type AccessToken, callDeadlineMs, PackagePause, sendOnce, withPermit } from "#lib/calling/call.ts";
import { checkpoint, checkpointWithinCall } from "#lib/calling/checkpoint.ts";
import type { Permit } from "#lib/calling/limits.ts";
import { now } from "#lib/clock.ts";
import { familyOf, type Held, type OutgoingDocument, type OutgoingRecord, type RecordKind } from "#lib/common/records.ts";
import { linkEntity, type Message, rulesFor, type SendResult } from "#lib/connectors/types.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { withLogContext } from "#lib/log.ts";
import { decideLock, type LockChoice } from "#lib/model/lock-policy.ts";
import { inPostingSpan } from "#lib/watching/posting-span.ts";
import { changeOf, type HeldNow, readHeld } from "./change.ts";
import { keyDigest, requestSha } from "./idempotency-key.ts";
import { loadRecords } from "./load.ts";
import { type InCall, keep, settleAnswer } from "./outcome.ts";
import { sentToJson } from "./sent-record.ts";
import type { PostingWorld } from "./world.ts";

interface Prepared {
  readonly callId: string;
  readonly message: Message;
  readonly key: string;
  readonly deadlineAt: Date;
  readonly carried: readonly InCall[];
}

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
  const { batch } = rulesFor(world.connector.can, kinds);
  const most = look ? batch : 1;
  const next = await world.inScope((db) => claimQueued(db, world.scope, world.connection.id, kinds, most, which, "look"));
  if (next.length === 0) return false;
  const there = look ? await look(world, next) : null;
  return withPermit(world, { writes: true, kinds, message: null }, async (permit) => {
    checkpoint("P2");
    const token = await world.token();
    const prepared = await world.inScope((db) => prepare(db, world, kinds, token, which, there));
    if (prepared === "all-held") return true;
    if (prepared === null) return false;
    checkpoint("P4");
    await sendPrepared(world, prepared, token, permit);
    seen.sent += prepared.carried.length;
    return true;
  });
}

/** The number by which an answer names a new document; null for other records. */
function markOf(record: OutgoingRecord): string | null {
  return "contactExternalId" in record && "number" in record ? `${record.number.trim()} ${record.contactExternalId}` : null;
}

/** What the package holds already as it is to be: void there before us, or sent before a backup was restored. */
interface Done extends InCall {
  readonly held: Held;
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
async function prepare(
  db: ScopedDb,
  world: PostingWorld,
  kinds: readonly RecordKind[],
  token: AccessToken,
  which: "new" | "held",
  there: HeldNow | null,
): Promise<Prepared | "all-held" | null> {
  // Those that were looked at are among the first; what came in front of them since waits its turn.
  const { usually } = world.connector.can;
  const { batch: atOnce } = rulesFor(world.connector.can, kinds);
  const most = there ? Math.max(atOnce, usually.batch) : atOnce;
  const queued = await claimQueued(db, world.scope, world.connection.id, kinds, most, which);
  const claimed = there ? queued.filter((one) => there.asked.has(one.recordId)) : queued;
  if (claimed.length === 0) return null;
  const loaded = await loadRecords(db, world, claimed);
  const lacking = claimed.filter(({ id }) => {
    const one = loaded.get(id);
    return one !== undefined && "error" in one && one.error.detail.field === HELPER_FIELD;
  });
  // What they name is made first: they stay queued behind it.
  const helpersMade =
    lacking.length === 0 ? 0 : await wantHelpers(db, world.scope, world.connection.id, postingsIn(lacking.map(({ id }) => id)));
  checkpoint("P3");
  const carried: InCall[] = [];
  const marks = new Set<string>();
  const done: Done[] = [];
  const closed = await readLocks(db, world.connection.id);
  const locks = which === "held" ? null : closed;
  const applied: { recordId: string; revision: number; words: string }[] = [];
  for (const posting of claimed) {
    const one = loaded.get(posting.id) ?? { error: new SyncError("internal.unexpected", { subject: "The record is gone" }) };
    if ("error" in one && one.error.detail.field === HELPER_FIELD && helpersMade > 0) continue;
    const held = there?.held.get(posting.recordId);
    const change = !("record" in one)
      ? one
      : which === "held"
        ? changeOf(one.record, held, closed.settings.taxFiledTo ?? null)
        : held
          ? { done: one.record, held }
          : one;
    if ("done" in change) {
      done.push({ posting, record: change.done, held: change.held });
      continue;
    }
    // One answer cannot tell two documents of one supplier with one number apart: the second is sent with the next call.
    const mark = "record" in change && which === "new" ? markOf(change.record) : null;
    if (mark !== null && marks.has(mark)) continue;
    if (mark !== null) marks.add(mark);
    const locked = "record" in change && locks ? underPolicy(change.record, posting.lockChoice ?? null, locks) : null;
    const record = locked && "record" in locked ? locked.record : "record" in change ? change.record : null;
    const error =
      "error" in change ? change.error : locked && "error" in locked ? locked.error : record && world.connector.faultIn(record);
    if (error) await holdPosting(db, world.scope, posting.id, error);
    else if (record) {
      carried.push({ posting, record });
      if (locked && "words" in locked)
        applied.push({ recordId: record.recordId, revision: posting.revision, words: locked.words });
    }
  }
  if (there?.evidence && done.length > 0) await settleDone(db, world, there.evidence, done);
  if (carried.length === 0) return "all-held";
  const batch = { connection: world.connection, records: carried.map((one) => one.record) };
  const digest = keyDigest(
    world.connection.id,
    carried.map((one) => one.posting),
    // The amount of an allocation follows from what was read, like a change.
    which === "held" || kinds.includes("allocation") ? requestSha(world.connector.push.ask(batch, world.connection, "")) : null,
  );
  const key = world.connector.keyOf(digest);
  const message = world.connector.push.ask(batch, world.connection, key);
  const deadlineAt = new Date(now().getTime() + callDeadlineMs(world.connector, "write"));
  const callId = await insertIntent(db, world.scope, {
    connectionId: world.connection.id,
    fence: world.fence,
    message,
    requestSha: requestSha(message),
    idempotencyKey: key,
    tokenVersion: token.version,
    deadlineAt,
    postings: carried.map((one) => ({
      id: one.posting.id,
      revision: one.posting.revision,
      generation: one.posting.generation,
      sent: sentToJson(one.record),
    })),
  });
  await noteLockPolicy(db, world.scope, applied);
  return { callId, message, key, deadlineAt, carried };
}

/**
 * A new document as the choice for its row, or the client's lock policy, lets it go; nothing to say of what is no document, or dated in
 * an open period.
 */
function underPolicy(
  record: OutgoingRecord,
  lockChoice: LockChoice | null,
  { settings, locks }: Awaited<ReturnType<typeof readLocks>>,
): { record: OutgoingDocument; words: string } | { error: SyncError } | null {
  if (!("dueOn" in record)) return null;
  const decision = decideLock({ ...record, lockChoice }, locks, settings.lockPolicy ?? {}, settings.taxPeriods);
  switch (decision.what) {
    case "open":
      return null;
    case "hold":
      return {
        error: new SyncError("package.period-locked", {
          field: "date",
          value: record.issuedOn,
          lockDate: decision.lockDate,
          ...(decision.agreedOn === undefined ? {} : { agreedOn: decision.agreedOn }),
        }),
      };
    case "draft":
      return { record: { ...record, postAs: "draft" }, words: decision.words };
    case "redate":
      return { record: { ...record, issuedOn: decision.issuedOn }, words: decision.words };
  }
}

function sendPrepared(world: PostingWorld, prepared: Prepared, token: AccessToken, permit: Permit): Promise<void> {
  const { callId, carried } = prepared;
  const ids = carried.map((one) => one.posting.id);
  return withLogContext({ callId }, () =>
    inPostingSpan(world, "posting.send", ids, { "greentick.call_id": callId }, () =>
      sendAndSettle(world, prepared, token, permit),
    ),
  );
}

async function sendAndSettle(world: PostingWorld, prepared: Prepared, firstToken: AccessToken, permit: Permit): Promise<void> {
  let token = firstToken;
  let result = await sendWithinLease(world, prepared, token, permit);
  if (result.sent === true) {
    const fault = world.connector.faultOf(result.answer, prepared.message);
    if (fault?.what === "token-expired") {
      // Nothing was written: one refresh, then the same intent once more.
      await world.inScope((db) => keep(db, prepared.callId, world.fence, result));
      token = await world.token(token.version);
      result = await sendWithinLease(world, prepared, token, permit);
    }
  }
  await world.inScope((db) => keep(db, prepared.callId, world.fence, result));
  checkpoint("P7");
  const { retryAt } = await settleAnswer(world, prepared, result, "sending");
  checkpoint("P8");
  // A call that could not be sent is tried again later, and the rows behind it wait too, instead of each being tried now.
  if (result.sent === false && retryAt !== null) throw new PackagePause(retryAt);
}

/** P5: the deadline and the lease are looked at immediately before the bytes leave. */
async function sendWithinLease(world: PostingWorld, prepared: Prepared, token: AccessToken, permit: Permit): Promise<SendResult> {
  if (!world.leaseIsFresh()) return { sent: false, why: "The lease was about to end" };
  checkpoint("P5");
  checkpointWithinCall("P6");
  return sendOnce(world, prepared.message, { idempotencyKey: prepared.key, deadlineAt: prepared.deadlineAt, token, permit });
}
