import { findLateAnswer } from "#db/queries/mailbox/messages.ts";
import {
  findReplayable,
  MOST_SENDS,
  markResent,
  noteAnswered,
  postponeLook,
  type ReplayableCall,
  type UnknownPosting,
} from "#db/queries/postings/outcomes.ts";
import { callDeadlineMs, sendOnce, withPermit } from "#lib/calling/call.ts";
import type { Permit } from "#lib/calling/limits.ts";
import { now } from "#lib/clock.ts";
import type { Message, SendResult } from "#lib/connectors/types.ts";
import { carriedAs, type InCall, keep, settleAnswer } from "./outcome.ts";
import { restore } from "./restore.ts";
import { sentFromJson } from "./sent-record.ts";
import type { PostingWorld } from "./world.ts";

/**
 * Sends a call of unknown outcome again, byte for byte under its key, while the package still knows
 * the key: it is done once though it was sent twice, and the answer says for each record what became
 * of it.
 * @param due the call's postings whose look is due
 * @returns whether it was sent again: if not, a read has to settle them
 */
export async function replay(world: PostingWorld, callId: string, due: readonly UnknownPosting[]): Promise<boolean> {
  const first = due[0];
  if (!first) return false;
  const { keys, uniqueNumbers } = world.connector.can;
  if (!keys) return false;
  const stillKnown = () => isKeyKnown(world, first.firstSentAt);
  // A number that the package keeps unique says nothing of what is done to a record that has it: a later step relies on keys alone.
  const isGuarded = due.every((one) => uniqueNumbers.includes(one.kind) && one.externalId === null);
  if (!stillKnown() || !(keys.trusted || isGuarded)) return false;
  // A change is looked up by its id, and never sent again over what somebody may have done since.
  if (due.some((one) => sentFromJson(one.sent).held)) return false;
  if (mayBeUnderWay(first.callDeadlineAt, first.why)) return false;
  const plan = { writes: true, kinds: due.map((one) => one.kind), message: null };
  return withPermit(world, plan, (permit) => replayUnder(world, permit, callId, first, stillKnown));
}

/** Whether the package still knows a key that was first used then. */
function isKeyKnown(world: PostingWorld, firstSentAt: Date): boolean {
  const { keys } = world.connector.can;
  return keys !== null && now().getTime() - firstSentAt.getTime() < keys.windowMs;
}

/** A call that may still be under way is waited for: its deadline, and then some. */
const mayBeUnderWay = (deadlineAt: Date, why: string | null) => now() < deadlineAt && why !== "reset";

/** A stored call that stands for itself, as it was sent. */
interface StoredWrite {
  readonly callId: string;
  readonly message: Message;
  readonly key: string;
  readonly tokenVersion: number | null;
  readonly firstSentAt: Date;
  readonly deadlineAt: Date | null;
  readonly sends: number;
  readonly isAnswered: boolean;
  readonly why: string | null;
}

/**
 * Sends such a call again, byte for byte under its key, while the package still knows the key, and
 * keeps what comes back.
 * @returns null where it may not be sent again: a read has to settle it
 */
export async function resend(
  world: PostingWorld,
  call: StoredWrite,
): Promise<{ readonly deadlineAt: Date; readonly result: SendResult } | null> {
  const { callId, message, key } = call;
  if (call.isAnswered || call.sends >= MOST_SENDS || !isKeyKnown(world, call.firstSentAt)) return null;
  if (call.deadlineAt === null || mayBeUnderWay(call.deadlineAt, call.why)) return null;
  return withPermit(world, { writes: true, kinds: [], message }, async (permit) => {
    const token = await world.token();
    const isBound = world.connector.can.keys?.boundToToken === true;
    if (isBound && token.version !== call.tokenVersion) return null;
    if (!isKeyKnown(world, call.firstSentAt) || !world.leaseIsFresh()) return null;
    const deadlineAt = new Date(now().getTime() + callDeadlineMs(world.connector, "write"));
    await world.inScope((db) => markResent(db, callId, world.fence, world.connection.id, deadlineAt));
    const result = await sendOnce(world, message, { idempotencyKey: key, deadlineAt, token, permit });
    await world.inScope((db) => keep(db, callId, world.fence, result));
    return { deadlineAt, result };
  });
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
  const deadlineAt = new Date(now().getTime() + callDeadlineMs(world.connector, "write"));
  const call = await world.inScope(async (db) => {
    const found = await findReplayable(db, callId);
    if (!found || (world.connector.can.keys?.boundToToken && found.tokenVersion !== token.version)) return null;
    const records = found.postings.map((one) => sentFromJson(one.sent));
    const talk = await restore(db, world, {
      posting: first,
      message: found.message,
      key: found.idempotencyKey,
      records,
    });
    if (talk.isNewer) return null;
    await markResent(db, callId, world.fence, world.connection.id, deadlineAt);
    await postponeLook(
      db,
      found.postings.map((one) => one.id),
      new Date(deadlineAt.getTime() + world.connector.can.settleMs),
      false,
    );
    return { ...found, talk };
  });
  if (!call) return false;
  const result = await sendOnce(world, call.message, { idempotencyKey: call.idempotencyKey, deadlineAt, token, permit });
  await world.inScope((db) => keep(db, callId, world.fence, result));
  const carried = carriedIn(call.postings, first);
  const fault = result.sent === true ? world.connector.faultOf(result.answer, call.message) : null;
  // Under its key the package repeats what it answered the first time, a refusal too: each record
  // says for itself, and is then looked up.
  if (result.sent === true && (fault === null || fault.what === "refused")) {
    await settleAnswer(world, { ...call.talk, callId, carried }, result, "unknown");
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

/** The postings of a stored call, in its order. */
function carriedIn(postings: ReplayableCall["postings"], first: UnknownPosting): InCall[] {
  return postings.map((one) => {
    const record = sentFromJson(one.sent);
    const externalId = one.id === first.id ? first.externalId : null;
    return { record, posting: carriedAs({ ...one, revision: record.revision, externalId }) };
  });
}

/**
 * Settles a call of unknown outcome by the answer that a collecting program brought after its worker
 * had stopped waiting: the package's own word, as good as one in time.
 * @param due the call's postings whose look is due
 * @returns whether there was one: if not, the call is sent again or a read has to settle it
 */
export async function settleByLateAnswer(world: PostingWorld, callId: string, due: readonly UnknownPosting[]): Promise<boolean> {
  const first = due[0];
  if (!first) return false;
  const found = await world.inScope(async (db) => {
    const answer = await findLateAnswer(db, callId);
    const call = answer && (await findReplayable(db, callId));
    if (!call) return null;
    const { message, idempotencyKey: key, postings } = call;
    const records = postings.map((one) => sentFromJson(one.sent));
    return { answer, call, talk: await restore(db, world, { posting: first, message, key, records }) };
  });
  if (!found || found.talk.isNewer) return false;
  const { answer, call, talk } = found;
  const result = { sent: true, answer, bytesOut: 0, bytesIn: Buffer.byteLength(answer.body) } as const;
  const fault = world.connector.faultOf(answer, call.message);
  // An answer that says nothing of the records leaves them to the read-back.
  if (fault !== null && fault.what !== "refused") return false;
  await world.inScope((db) => keep(db, callId, world.fence, result));
  await settleAnswer(world, { ...talk, callId, carried: carriedIn(call.postings, first) }, result, "unknown");
  return true;
}
