import {
  type AttachmentToSend,
  findDueAttachment,
  markAttachmentSending,
  settleAttachment,
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
  sendOnce,
  withPermit,
} from "#lib/calling/call.ts";
import { now } from "#lib/clock.ts";
import type { Attaching, AttachOutcome } from "#lib/connectors/types.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { keyDigest } from "./idempotency-key.ts";
import type { PostingWorld } from "./world.ts";

/** Tries before a person is asked. */
const MOST_TRIES = 3;
const RETRY_MS = 5_000;
/** How soon an unclear outcome is looked up: most were written and show at once. */
const FIRST_LOOK_MS = 10_000;
/** Before a package that could not be asked is asked again. */
const ASK_AGAIN_MS = 60_000;
const UNCLEAR = "unknown.timeout-after-send";

/**
 * Puts the files that wait to their documents, which the package holds by now. What becomes of a file never touches its document: a
 * refusal stands on the file alone, with a retry, and no outcome of one is an outcome of the other.
 * @throws {PackagePause | ConnectionLost | LeaseLostError}
 */
export async function sendAttachments(world: PostingWorld, goOn: () => boolean): Promise<number> {
  const { attach } = world.connector;
  if (!attach) return 0;
  let sent = 0;
  while (goOn()) {
    const file = await world.inScope((db) => findDueAttachment(db, world.scope, world.connection.id));
    if (!file) break;
    await sendOne(world, attach, file);
    sent += 1;
  }
  return sent;
}

async function sendOne(world: PostingWorld, attach: Attaching, file: AttachmentToSend): Promise<void> {
  try {
    if (file.unclearSince !== null && !(await mayBeSentAgain(world, attach, file, file.unclearSince))) return;
    if (file.tries >= MOST_TRIES && file.unclearSince !== null) return await fail(world, file, new SyncError(UNCLEAR));
    await put(world, attach, file);
  } catch (error) {
    if (error instanceof PackagePause || error instanceof ConnectionLost || error instanceof LeaseLostError) throw error;
    if (error instanceof PackageUnavailable) return await wait(world, file, UNCLEAR, now().getTime() + ASK_AGAIN_MS);
    await fail(world, file, error instanceof SyncError ? error : new SyncError("internal.unexpected"));
  }
}

/**
 * A try without a clear answer is settled by what the package holds: the same name and size is our file. Not there counts only once
 * the package can no longer be at work on the call.
 */
async function mayBeSentAgain(world: PostingWorld, attach: Attaching, file: AttachmentToSend, since: Date): Promise<boolean> {
  const held = await exchangeRead(world, attach.list, file);
  const ours = held.find((one) => one.fileName === file.fileName && one.bytes === file.content.length);
  if (ours) {
    await done(world, file, ours.externalId, true);
    return false;
  }
  const settledAt = new Date(since.getTime() + world.connector.limits.timeoutMs.write + world.connector.can.settleMs);
  if (now() >= settledAt) return true;
  await wait(world, file, UNCLEAR, settledAt.getTime());
  return false;
}

async function put(world: PostingWorld, attach: Attaching, file: AttachmentToSend): Promise<void> {
  const ask = { ...file, bytes: file.content };
  const message = attach.put.ask(ask, world.connection);
  const digest = keyDigest(world.connection.id, [{ recordId: file.id, revision: 1, generation: file.tries + 1 }]);
  let refreshed: number | undefined;
  for (;;) {
    const { token, result } = await withPermit(world, { writes: true, kinds: [], message }, async (permit) => {
      const token = await world.token(refreshed);
      if (!world.leaseIsFresh()) return { token, result: { sent: false, why: "The lease was about to end" } as const };
      await world.inScope((db) => markAttachmentSending(db, fenceOf(world), file.id));
      const result = await sendOnce(world, message, {
        idempotencyKey: world.connector.keyOf(digest),
        deadlineAt: new Date(now().getTime() + callDeadlineMs(world.connector, "write")),
        token,
        permit,
      });
      return { token, result };
    });
    if (result.sent === false) return await later(world, file, "transient.not-sent");
    if (result.sent === "maybe") return await look(world, file);
    const fault = world.connector.faultOf(result.answer, message);
    if (fault?.what === "token-expired" && refreshed === undefined) {
      refreshed = token.version;
      continue;
    }
    if (fault?.what === "rate-limited") {
      const until = (await applyFault(world, fault)) ?? now();
      await wait(world, file, file.unclearSince === null ? "transient.rate-limited" : UNCLEAR, until.getTime());
      throw new PackagePause(until);
    }
    if (fault?.what === "connection-lost" || fault?.what === "token-expired") {
      // Consent to documents may stand without consent to files: that is the file's trouble, and not the connection's.
      if (fault.error.code === "connection.scope-missing") return await fail(world, file, fault.error);
      await later(world, file, fault.error.code);
      await world.onLost(fault.error);
      throw new ConnectionLost(fault.error);
    }
    return await settle(world, file, attach.put.read(message, result.answer, ask));
  }
}

async function settle(world: PostingWorld, file: AttachmentToSend, outcome: AttachOutcome): Promise<void> {
  switch (outcome.status) {
    case "accepted":
      return done(world, file, outcome.externalId, false);
    case "refused":
      return fail(world, file, outcome.error);
    case "unknown":
      return look(world, file);
  }
}

const fenceOf = (world: PostingWorld) => ({ connectionId: world.connection.id, fence: world.fence });

async function done(world: PostingWorld, file: AttachmentToSend, externalId: string, found: boolean): Promise<void> {
  await world.inScope(async (db) => {
    await settleAttachment(db, fenceOf(world), file.id, { state: "sent", externalId });
    await audit(db, world.scope, {
      action: "attachment.sent",
      subject: `${file.number} ${file.fileName}`,
      detail: { externalId, found },
    });
  });
}

async function fail(world: PostingWorld, file: AttachmentToSend, error: SyncError): Promise<void> {
  await world.inScope(async (db) => {
    await settleAttachment(db, fenceOf(world), file.id, { state: "failed", error });
    await audit(db, world.scope, {
      action: "attachment.failed",
      subject: `${file.number} ${file.fileName}`,
      detail: { code: error.code },
    });
  });
}

/** The file was not sent: it is tried again later, a few times, then a person is asked. An earlier unclear try stays unclear. */
async function later(world: PostingWorld, file: AttachmentToSend, code: SyncError["code"]): Promise<void> {
  const tries = file.tries + 1;
  const kept = file.unclearSince === null ? code : UNCLEAR;
  if (tries >= MOST_TRIES) return fail(world, file, new SyncError(kept));
  return wait(world, file, kept, now().getTime() + RETRY_MS * 2 ** tries);
}

/** No clear answer: the package is asked what it holds before anything is sent again. */
async function look(world: PostingWorld, file: AttachmentToSend): Promise<void> {
  return wait(world, file, UNCLEAR, now().getTime() + FIRST_LOOK_MS);
}

async function wait(world: PostingWorld, file: AttachmentToSend, code: SyncError["code"], untilMs: number): Promise<void> {
  const retryAt = new Date(untilMs);
  await world.inScope((db) => settleAttachment(db, fenceOf(world), file.id, { state: "waiting", code, retryAt }));
}
