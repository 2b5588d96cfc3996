import {
  type AttachmentToSend,
  type FileOutcome,
  findDueAttachment,
  insertAttachmentIntent,
  type OpenCall,
  settleAttachment,
  UNCLEAR,
} from "#db/queries/postings/attachments.ts";
import { LeaseLostError } from "#db/queries/postings/outcomes.ts";
import { audit } from "#lib/audit.ts";
import {
  applyFault,
  ConnectionLost,
  callDeadlineMs,
  exchangeRead,
  PackagePause,
  PackageUnavailable,
  withPermit,
} from "#lib/calling/call.ts";
import { checkpoint } from "#lib/calling/checkpoint.ts";
import { now } from "#lib/clock.ts";
import type { Attaching, AttachOutcome, FileToAttach, Message, SendResult } from "#lib/connectors/types.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { log, withLogContext } from "#lib/log.ts";
import { keyDigest, requestSha } from "./idempotency-key.ts";
import { resend } from "./replay.ts";
import { type Committed, sendAndKeep } from "./send-step.ts";
import type { PostingWorld } from "./world.ts";

/** Tries before a person is asked. */
const MOST_TRIES = 3;
const RETRY_MS = 5_000;
/** How soon an unclear outcome is looked up: most were written and show at once. */
const FIRST_LOOK_MS = 10_000;
/** Before a package that could not be asked is asked again. */
const ASK_AGAIN_MS = 60_000;

/**
 * Puts the files that wait to their documents, which the package holds by now. Each file is a
 * conversation of its own, by the protocol of all writes: an intent before its bytes leave, its
 * answer kept before it is read, and what got no clear answer settled before it is sent again. What
 * becomes of a file never touches its document.
 * @throws {PackagePause | PackageUnavailable | ConnectionLost | LeaseLostError}
 */
export async function sendAttachments(world: PostingWorld, goOn: () => boolean): Promise<number> {
  const { attach } = world.connector;
  if (!attach) return 0;
  let moved = 0;
  while (goOn()) {
    const file = await world.inScope((db) => findDueAttachment(db, world.scope, world.connection.id));
    if (!file) break;
    if (file.open) await settleOpen(world, attach, file, file.open);
    else await put(world, attach, file);
    moved += 1;
  }
  return moved;
}

/** What is asked for, from what is stored: with the same key always the same bytes. */
function askOf(file: AttachmentToSend, key: string): FileToAttach {
  const { kind, documentExternalId, fileName, mediaType, content } = file;
  return { kind, documentExternalId, fileName, mediaType, bytes: content, key };
}

/** The message for a file; the error where its connector cannot make one. */
function draw(world: PostingWorld, attach: Attaching, ask: FileToAttach): Message | SyncError {
  try {
    return attach.put.ask(ask, world.connection);
  } catch (error) {
    if (error instanceof SyncError) return error;
    log.error({ fileName: ask.fileName, reason: String(error) }, "a file cannot be asked for");
    return new SyncError("internal.unexpected");
  }
}

/** A message as it is stored: of the file its hash, since its bytes stand with the file already. */
function kept({ file, ...message }: Message, sha256: string) {
  if (!file) return message;
  return { ...message, file: { mediaType: file.mediaType, length: file.bytes.byteLength, sha256 } };
}

/** Sends a file: permit (P2), intent (P4), bytes (P5), evidence (P7), outcome (P8). */
async function put(world: PostingWorld, attach: Attaching, file: AttachmentToSend): Promise<void> {
  const carried = [{ recordId: file.id, revision: 1, generation: file.generation }];
  const key = world.connector.keyOf(keyDigest(world.connection.id, carried));
  const ask = askOf(file, key);
  const message = draw(world, attach, ask);
  if (message instanceof SyncError) {
    return settle(world, file, null, { to: "failed", error: message, outcome: "not-sent" });
  }
  await withPermit(world, { writes: true, kinds: [], message }, async (permit) => {
    checkpoint("P2");
    const token = await world.token();
    const deadlineAt = new Date(now().getTime() + callDeadlineMs(world.connector, "write"));
    const { content, kind, fileName, mediaType, sha256, documentId, documentExternalId } = file;
    const size = content.length;
    const callId = await world.inScope((db) =>
      insertAttachmentIntent(db, world.scope, file, {
        connectionId: world.connection.id,
        fence: world.fence,
        message: kept(message, sha256),
        requestSha: requestSha(message),
        idempotencyKey: key,
        tokenVersion: token.version,
        deadlineAt,
        sent: { kind, documentId, documentExternalId, fileName, mediaType, size, sha256 },
      }),
    );
    if (callId === null) return;
    checkpoint("P4");
    const call = { callId, message, key, deadlineAt };
    await withLogContext({ callId }, async () => {
      const result = await sendAndKeep(world, call, token, permit);
      checkpoint("P7");
      await settleResult(world, attach, { file, ask, call, isFirst: true }, result);
      checkpoint("P8");
    });
  });
}

/** A call that got an answer, or none. */
interface Put {
  readonly file: AttachmentToSend;
  readonly ask: FileToAttach;
  readonly call: Committed;
  /** Under its key for the first time. After an unclear one only an acceptance says anything. */
  readonly isFirst: boolean;
}

/** P8: applies what came back of a call. */
async function settleResult(
  world: PostingWorld,
  attach: Attaching,
  { file, ask, call, isFirst }: Put,
  result: SendResult,
): Promise<void> {
  const apply = (outcome: FileOutcome) => settle(world, file, call.callId, outcome);
  const look = () => apply({ to: "unclear", retryAt: inMs(FIRST_LOOK_MS) });
  if (result.sent === "maybe") return look();
  if (result.sent === false) {
    if (!isFirst) return look();
    // Held back for the package's limits: that is no try.
    if (!result.until) return apply(notSent(file, "transient.not-sent"));
    await apply({ to: "again", code: "transient.rate-limited", retryAt: result.until, isTry: false });
    throw new PackagePause(result.until);
  }
  const fault = world.connector.faultOf(result.answer, call.message);
  if (fault?.what === "rate-limited") {
    const until = (await applyFault(world, fault)) ?? now();
    await (isFirst
      ? apply({ to: "again", code: "transient.rate-limited", retryAt: until, isTry: false })
      : apply({ to: "unclear", retryAt: until }));
    throw new PackagePause(until);
  }
  if (fault?.what === "connection-lost" || fault?.what === "token-expired") {
    const { error } = fault;
    // Consent to documents may stand without consent to files: that is the file's trouble, and not the connection's.
    if (isFirst && error.code === "connection.scope-missing") {
      return apply({ to: "failed", error, outcome: "not-sent" });
    }
    await (isFirst ? apply(notSent(file, error.code)) : look());
    await world.onLost(error);
    throw new ConnectionLost(error);
  }
  const outcome = outcomeOf(attach, ask, call.message, result.answer);
  if (outcome.status === "accepted") {
    return apply({ to: "sent", externalId: outcome.externalId });
  }
  if (outcome.status === "refused" && isFirst) {
    return apply({ to: "failed", error: outcome.error, outcome: "refused" });
  }
  return look();
}

/** An acceptance that cannot be read is none: it is kept, and looked up. */
function outcomeOf(
  attach: Attaching,
  ask: FileToAttach,
  message: Message,
  answer: Extract<SendResult, { sent: true }>["answer"],
): AttachOutcome {
  try {
    return attach.put.read(message, answer, ask);
  } catch {
    return { status: "unknown", why: "unparsable" };
  }
}

/** Certainly not sent: again later, a few times, then a person is asked. */
function notSent(file: AttachmentToSend, code: SyncError["code"]): FileOutcome {
  const tries = file.tries + 1;
  if (tries >= MOST_TRIES) {
    return { to: "failed", error: new SyncError(code), outcome: "not-sent" };
  }
  return { to: "again", code, retryAt: inMs(RETRY_MS * 2 ** tries), isTry: true };
}

const inMs = (ms: number) => new Date(now().getTime() + ms);

/**
 * Settles a call without a clear answer: it is sent again, byte for byte under its key, where the
 * package's keys are trusted, else looked for. The same name and size there is our file. Not there
 * counts only once the package can no longer be at work on the call.
 */
async function settleOpen(world: PostingWorld, attach: Attaching, file: AttachmentToSend, open: OpenCall): Promise<void> {
  const apply = (outcome: FileOutcome) => settle(world, file, open.callId, outcome);
  try {
    if (await replayed(world, attach, file, open)) return;
    const held = await exchangeRead(world, attach.list, askOf(file, open.key ?? ""));
    const ours = held.find((one) => one.fileName === file.fileName && one.bytes === file.content.length);
    if (ours) return await apply({ to: "sent", externalId: ours.externalId, seen: { ...ours } });
    const { limits, can } = world.connector;
    const deadline = open.deadlineAt?.getTime() ?? open.sentAt.getTime() + limits.timeoutMs.write;
    const settledAt = new Date(deadline + can.settleMs);
    if (now() < settledAt) return await apply({ to: "unclear", retryAt: settledAt });
    await apply({ to: "absent", isLast: file.tries >= MOST_TRIES });
  } catch (error) {
    if (error instanceof PackagePause || error instanceof ConnectionLost || error instanceof LeaseLostError) {
      throw error;
    }
    if (error instanceof SyncError) return apply({ to: "stuck", detail: error.detail });
    if (!(error instanceof PackageUnavailable)) {
      log.error({ fileName: file.fileName, reason: String(error) }, "a file was not looked for");
    }
    await apply({ to: "unclear", retryAt: inMs(ASK_AGAIN_MS) });
  }
}

/** Sends an open call again, where that is safe. @returns whether it was sent */
async function replayed(world: PostingWorld, attach: Attaching, file: AttachmentToSend, open: OpenCall): Promise<boolean> {
  const { callId, key } = open;
  // A file's name guards nothing: a second one may stand beside the first.
  if (callId === null || key === null || !world.connector.can.keys?.trusted) return false;
  const ask = askOf(file, key);
  const message = draw(world, attach, ask);
  // The stored bytes, or none: code that would ask otherwise looks instead.
  if (message instanceof SyncError || requestSha(message) !== open.requestSha) return false;
  const sent = await resend(world, { ...open, callId, key, message, firstSentAt: open.sentAt });
  if (!sent) return false;
  const resent = { callId, key, message, deadlineAt: sent.deadlineAt };
  await settleResult(world, attach, { file, ask, call: resent, isFirst: false }, sent.result);
  return true;
}

/** Applies an outcome in one transaction with the audit. */
async function settle(world: PostingWorld, file: AttachmentToSend, callId: string | null, result: FileOutcome): Promise<void> {
  const fenced = { connectionId: world.connection.id, fence: world.fence };
  await world.inScope(async (db) => {
    await settleAttachment(db, fenced, file.id, callId, result);
    const subject = `${file.number} ${file.fileName}`;
    if (result.to === "sent") {
      const detail = { externalId: result.externalId, found: result.seen !== undefined, callId };
      await audit(db, world.scope, { action: "attachment.sent", subject, detail });
      return;
    }
    const isLast = result.to === "absent" && result.isLast;
    const code = result.to === "failed" ? result.error.code : UNCLEAR;
    if (result.to === "failed" || result.to === "stuck" || isLast) {
      await audit(db, world.scope, { action: "attachment.failed", subject, detail: { code, callId } });
    }
  });
}
