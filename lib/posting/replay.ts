import { findLateAnswer } from "#db/queries/mailbox/messages.ts";
import {
  findReplayable,
  markResent,
  noteAnswered,
  postponeLook,
  type ReplayableCall,
  type UnknownPosting,
} from "#db/queries/postings/outcomes.ts";
import { callDeadlineMs, sendOnce, withPermit } from "#lib/calling/call.ts";
import type { Permit } from "#lib/calling/limits.ts";
import { now } from "#lib/clock.ts";
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
  const stillKnown = () => now().getTime() - first.firstSentAt.getTime() < keys.windowMs;
  // A number that the package keeps unique says nothing of what is done to a record that has it: a later step relies on keys alone.
  const isGuarded = due.every((one) => uniqueNumbers.includes(one.kind) && one.externalId === null);
  if (!stillKnown() || !(keys.trusted || isGuarded)) return false;
  // A change is looked up by its id, and never sent again over what somebody may have done since.
  if (due.some((one) => sentFromJson(one.sent).held)) return false;
  // A call that may still be under way is waited for: its deadline, and then some.
  if (now() < first.callDeadlineAt && first.why !== "reset") return false;
  const plan = { writes: true, kinds: due.map((one) => one.kind), message: null };
  return withPermit(world, plan, (permit) => replayUnder(world, permit, callId, first, stillKnown));
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
