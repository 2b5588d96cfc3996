import { randomUUID } from "node:crypto";
import type { ScopedDb } from "#db/client.ts";
import { insertShapingReads, saveConversation } from "#db/queries/postings/conversations.ts";
import { insertIntent } from "#db/queries/postings/outcomes.ts";
import { holdPosting } from "#db/queries/postings/posting-moves.ts";
import { type AccessToken, callDeadlineMs, PackagePause, sendOnce } from "#lib/calling/call.ts";
import { checkpoint, checkpointWithinCall } from "#lib/calling/checkpoint.ts";
import type { Permit } from "#lib/calling/limits.ts";
import { now } from "#lib/clock.ts";
import type { Batch, Connector, Exchanged, Message, SendResult } from "#lib/connectors/types.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { withLogContext } from "#lib/log.ts";
import { inPostingSpan } from "#lib/watching/posting-span.ts";
import { type Drawn, type Reads, readFor } from "./conversation.ts";
import { requestSha } from "./idempotency-key.ts";
import { type InCall, keep, type Sent, type Settled, settleAnswer } from "./outcome.ts";
import { sentToJson } from "./sent-record.ts";
import type { PostingWorld } from "./world.ts";

/** A step whose intent is committed. */
export interface Prepared extends Sent, Committed {}

/** What has to be read before a step can be asked for, and whose step it is. */
export interface Wanted {
  readonly read: Message;
  readonly postingIds: readonly string[];
}

/** The version of what its code asks for. */
export const versionOf = ({ push }: Pick<Connector, "push">): number => push.version ?? 1;

/**
 * Writes the intent of one step, and before it the reads that shaped it. The first step of a conversation of several begins it: what is
 * asked for is kept, so that every later step follows from the same.
 */
export async function commitStep(
  db: ScopedDb,
  world: PostingWorld,
  step: {
    readonly carried: readonly InCall[];
    readonly batch: Batch;
    readonly drawn: Extract<Drawn, { do: "write" }>;
    readonly token: AccessToken;
    /** The conversation that goes on. */
    readonly conversationId?: string;
    /** How many steps of it are stored. */
    readonly stored?: number;
  },
): Promise<Prepared> {
  const { carried, batch, drawn, token } = step;
  const { at, key, past } = drawn;
  const { message } = drawn.step;
  const [only] = carried;
  const connectionId = world.connection.id;
  let conversationId = step.conversationId ?? null;
  let isInSteps = conversationId !== null;
  if (conversationId === null && only && world.connector.push.inSteps?.includes(only.posting.kind)) {
    if (carried.length > 1) throw new Error("A conversation of several steps carries one record");
    conversationId = await saveConversation(db, world.scope, {
      connectionId,
      postingId: only.posting.id,
      revision: only.posting.revision,
      version: versionOf(world.connector),
      ask: sentToJson(only.record),
    });
    isInSteps = true;
  }
  // Reads alone before one write: what parts its calls from others needs no row of its own.
  if (conversationId === null && at > 0) conversationId = randomUUID();
  if (conversationId !== null) await keepShaping(db, world, { conversationId, past, stored: step.stored ?? 0 });
  const deadlineAt = new Date(now().getTime() + callDeadlineMs(world.connector, "write"));
  const callId = await insertIntent(db, world.scope, {
    connectionId,
    fence: world.fence,
    message,
    requestSha: requestSha(message),
    idempotencyKey: key,
    tokenVersion: token.version,
    deadlineAt,
    of: conversationId === null ? null : { conversationId, step: at },
    postings: carried.map((one) => ({
      id: one.posting.id,
      revision: one.posting.revision,
      generation: one.posting.generation,
      sent: sentToJson(one.record),
    })),
    to: world.files ? "waiting" : "sending",
  });
  return { callId, message, key, deadlineAt, carried, batch, past, isInSteps };
}

/** Keeps the reads that shaped a step, as far as they are not stored. */
export async function keepShaping(
  db: ScopedDb,
  world: PostingWorld,
  {
    conversationId,
    past,
    stored,
  }: { readonly conversationId: string; readonly past: readonly Exchanged[]; readonly stored: number },
): Promise<void> {
  const shaping = past.flatMap((one, place) => {
    const isStored = place < stored || "found" in one;
    return isStored ? [] : { step: place, message: one.message, answer: one.answer };
  });
  await insertShapingReads(db, world.scope, { connectionId: world.connection.id, conversationId, fence: world.fence }, shaping);
}

/** Reads what a step follows from; where the package refuses that, what would have been sent is held with its words. */
export const readOrHold = (world: PostingWorld, reads: Reads, { read, postingIds }: Wanted): Promise<boolean> =>
  orHold(world, postingIds, () => readFor(world, reads, read));

/** Reads for these postings; where the package refuses that, they are held with its words. */
export async function orHold(world: PostingWorld, postingIds: readonly string[], read: () => Promise<void>): Promise<boolean> {
  try {
    await read();
    return true;
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    await world.inScope(async (db) => {
      for (const id of postingIds) await holdPosting(db, world.scope, id, error);
    });
    return false;
  }
}

/** Sends a step whose intent is committed, and applies what becomes of it. */
export function sendPrepared(world: PostingWorld, prepared: Prepared, token: AccessToken, permit: Permit): Promise<Settled> {
  const { callId, carried } = prepared;
  const ids = carried.map((one) => one.posting.id);
  return withLogContext({ callId }, () =>
    inPostingSpan(world, "posting.send", ids, { "greentick.call_id": callId }, () =>
      sendAndSettle(world, prepared, token, permit),
    ),
  );
}

async function sendAndSettle(world: PostingWorld, prepared: Prepared, token: AccessToken, permit: Permit): Promise<Settled> {
  const result = await sendAndKeep(world, prepared, token, permit);
  checkpoint("P7");
  const settled = await settleAnswer(world, prepared, result, "sending");
  checkpoint("P8");
  // A call that could not be sent is tried again later, and the rows behind it wait too, instead of each being tried now.
  if (result.sent === false && settled.retryAt !== null) throw new PackagePause(settled.retryAt);
  return settled;
}

/** A call whose intent is committed, whatever it carries. */
export interface Committed {
  readonly callId: string;
  readonly message: Message;
  readonly key: string;
  readonly deadlineAt: Date;
}

/** P5 to P7: sends a call whose intent is committed, and keeps what came back before anybody reads it. */
export async function sendAndKeep(
  world: PostingWorld,
  call: Committed,
  firstToken: AccessToken,
  permit: Permit,
): Promise<SendResult> {
  let token = firstToken;
  let result = await sendWithinLease(world, call, token, permit);
  if (result.sent === true) {
    const fault = world.connector.faultOf(result.answer, call.message);
    if (fault?.what === "token-expired") {
      // Nothing was written: one refresh, then the same intent once more.
      await world.inScope((db) => keep(db, call.callId, world.fence, result));
      token = await world.token(token.version);
      result = await sendWithinLease(world, call, token, permit);
    }
  }
  await world.inScope((db) => keep(db, call.callId, world.fence, result));
  return result;
}

/** P5: the deadline and the lease are looked at immediately before the bytes leave. */
async function sendWithinLease(world: PostingWorld, call: Committed, token: AccessToken, permit: Permit): Promise<SendResult> {
  if (!world.leaseIsFresh()) return { sent: false, why: "The lease was about to end" };
  checkpoint("P5");
  checkpointWithinCall("P6");
  return sendOnce(world, call.message, { idempotencyKey: call.key, deadlineAt: call.deadlineAt, token, permit });
}
