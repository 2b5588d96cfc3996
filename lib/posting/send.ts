import { createHash } from "node:crypto";
import type { ScopedDb } from "#db/client.ts";
import { insertReadCall, settleUnsent } from "#db/queries/linking.ts";
import { heedRefusedLock, noteLockPolicy, readLocks } from "#db/queries/locks.ts";
import { applySettlements, insertIntent, type Settlement, saveAnswer } from "#db/queries/outcomes.ts";
import { type ClaimedPosting, claimQueued } from "#db/queries/outgoing.ts";
import { holdPosting } from "#db/queries/posting-moves.ts";
import { audit } from "#lib/audit.ts";
import { now } from "#lib/clock.ts";
import { familyOf, type Held, type OutgoingDocument, type OutgoingRecord, type RecordKind } from "#lib/common/records.ts";
import type { Message, PushOutcome, RawAnswer, SendResult } from "#lib/connectors/types.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import type { Leave } from "#lib/jobs/limits.ts";
import { log, withLogContext } from "#lib/log.ts";
import { countPostings } from "#lib/watching/metrics.ts";
import { inPostingSpan } from "#lib/watching/posting-span.ts";
import { type AccessToken, callDeadlineMs, heedFault, PackagePause, sendOnce, withLeave } from "./call.ts";
import { auditCorrections, changeOf, type HeldNow, readHeld } from "./change.ts";
import { edge, edgeWithinCall } from "./edge.ts";
import { loadRecords } from "./load.ts";
import { decideLock } from "./lock-policy.ts";
import { judgePostings } from "./precheck.ts";
import { sentToJson } from "./sent-record.ts";
import type { PostingWorld } from "./world.ts";

/** How soon an unclear outcome is first looked up, in ms on the one clock: most were written and show at once. */
const FIRST_LOOK_MS = 10_000;
/** Wait before a record that never left is tried again, in ms, doubled with every try up to a quarter of an hour. */
const RETRY_MS = 5_000;
const RETRY_MOST_MS = 900_000;

/** One posting and its record in a call, in the call's order. */
export interface InCall {
  readonly posting: ClaimedPosting;
  readonly record: OutgoingRecord;
}

/**
 * The key of a call: what it carries decides it, so a repeat of the same has the same key, and nothing else has.
 * @param bytes of a change: they follow from what was read there too, and one key never stands for two requests
 * 52 characters of base32, within Xero's 128.
 */
export function idempotencyKey(
  connectionId: string,
  carried: readonly { recordId: string; revision: number; generation: number }[],
  bytes: string | null = null,
): string {
  const hash = createHash("sha256").update(
    JSON.stringify([
      connectionId,
      carried.map((one) => [one.recordId, one.revision, one.generation]),
      ...(bytes === null ? [] : [bytes]),
    ]),
  );
  const digits = "abcdefghijklmnopqrstuvwxyz234567";
  let bits = 0;
  let value = 0;
  let text = "";
  for (const byte of hash.digest()) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      text += digits[(value >>> (bits - 5)) & 31];
      bits -= 5;
    }
    value &= (1 << bits) - 1;
  }
  return bits > 0 ? text + digits[(value << (5 - bits)) & 31] : text;
}

interface Prepared {
  readonly callId: string;
  readonly message: Message;
  readonly key: string;
  readonly deadlineAt: Date;
  readonly carried: readonly InCall[];
}

/**
 * Sends the next batch of these kinds: leave (P2), intent committed (P4), bytes (P5), evidence committed (P7), outcome (P8).
 * @param which what is new to the package, or changes of what it holds, which are read there first
 * @returns false when nothing of these kinds is waiting
 * @throws {PackagePause | ConnectionLost | LeaseLostError}
 */
export async function sendNextBatch(
  world: PostingWorld,
  kinds: readonly RecordKind[],
  seen: { sent: number },
  which: "new" | "held" = "new",
): Promise<boolean> {
  const most = which === "new" ? 1 : world.connector.can.batchSize;
  const next = await world.inScope((db) => claimQueued(db, world.scope, world.connection.id, kinds, most, which, "look"));
  if (next.length === 0) return false;
  const now = which === "held" ? await readHeld(world, next) : null;
  return withLeave(world, async (leave) => {
    edge("P2");
    const token = await world.token();
    const prepared = await world.inScope((db) => prepare(db, world, kinds, token, now));
    if (prepared === "all-held") return true;
    if (prepared === null) return false;
    edge("P4");
    await sendPrepared(world, prepared, token, leave);
    seen.sent += prepared.carried.length;
    return true;
  });
}

/** A change that somebody made in the package before us: void there already. */
interface Done extends InCall {
  readonly held: Held;
}

/** The read that saw it is the evidence; the tick still needs a read of its own. */
async function settleDone(db: ScopedDb, world: PostingWorld, evidence: NonNullable<HeldNow["evidence"]>, done: readonly Done[]) {
  const callId = await insertReadCall(db, world.scope, { connectionId: world.connection.id, fence: world.fence, ...evidence });
  for (const [position, { posting, record, held }] of done.entries()) {
    await settleUnsent(db, world.scope, {
      connectionId: world.connection.id,
      callId,
      position,
      postingId: posting.id,
      recordId: posting.recordId,
      family: familyOf(posting.kind),
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
  }
}

/** P4, in one transaction: claims, resolves, holds what cannot go, writes the intent of the rest. */
async function prepare(
  db: ScopedDb,
  world: PostingWorld,
  kinds: readonly RecordKind[],
  token: AccessToken,
  there: HeldNow | null,
): Promise<Prepared | "all-held" | null> {
  const which = there ? "held" : "new";
  const queued = await claimQueued(db, world.scope, world.connection.id, kinds, world.connector.can.batchSize, which);
  const claimed = there ? queued.filter((one) => there.asked.has(one.recordId)) : queued;
  if (claimed.length === 0) return null;
  const loaded = await loadRecords(db, world, claimed);
  edge("P3");
  const carried: InCall[] = [];
  const done: Done[] = [];
  const closed = await readLocks(db, world.connection.id);
  const locks = there ? null : closed;
  const applied: { recordId: string; revision: number; words: string }[] = [];
  for (const posting of claimed) {
    const one = loaded.get(posting.id) ?? { error: new SyncError("internal.unexpected", { subject: "The record is gone" }) };
    const change =
      there && "record" in one ? changeOf(one.record, there.held.get(posting.recordId), closed.settings.taxFiledTo ?? null) : one;
    if ("done" in change) {
      done.push({ posting, record: change.done, held: change.held });
      continue;
    }
    const locked = "record" in change && locks ? underPolicy(change.record, locks) : null;
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
  const message = world.connector.push.ask(
    { connection: world.connection, records: carried.map((one) => one.record) },
    world.connection,
  );
  const key = idempotencyKey(
    world.connection.id,
    carried.map((one) => one.posting),
    there ? (message.body ?? "") : null,
  );
  const deadlineAt = new Date(now().getTime() + callDeadlineMs());
  const callId = await insertIntent(db, world.scope, {
    connectionId: world.connection.id,
    fence: world.fence,
    message,
    requestSha: createHash("sha256")
      .update(message.body ?? "")
      .digest("hex"),
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

/** A new document as the client's lock policy lets it go; nothing to say of what is no document, or dated in an open period. */
function underPolicy(
  record: OutgoingRecord,
  { settings, ...locks }: Awaited<ReturnType<typeof readLocks>>,
): { record: OutgoingDocument; words: string } | { error: SyncError } | null {
  if (!("dueOn" in record)) return null;
  const decision = decideLock(record, locks, settings.lockPolicy ?? {}, settings.taxPeriods);
  switch (decision.what) {
    case "open":
      return null;
    case "hold":
      return {
        error: new SyncError("package.period-locked", { field: "date", value: record.issuedOn, lockDate: decision.lockDate }),
      };
    case "draft":
      return { record: { ...record, postAs: "draft" }, words: decision.words };
    case "redate":
      return { record: { ...record, issuedOn: decision.issuedOn }, words: decision.words };
  }
}

function sendPrepared(world: PostingWorld, prepared: Prepared, token: AccessToken, leave: Leave): Promise<void> {
  const { callId, carried } = prepared;
  const ids = carried.map((one) => one.posting.id);
  return withLogContext({ callId }, () =>
    inPostingSpan(world, "posting.send", ids, { "greentick.call_id": callId }, () =>
      sendAndSettle(world, prepared, token, leave),
    ),
  );
}

async function sendAndSettle(world: PostingWorld, prepared: Prepared, firstToken: AccessToken, leave: Leave): Promise<void> {
  let token = firstToken;
  let result = await sendWithinLease(world, prepared, token, leave);
  if (result.sent === true) {
    const fault = world.connector.faultOf(result.answer, prepared.message);
    if (fault?.what === "token-expired") {
      // Nothing was written: one refresh, then the same intent once more.
      await world.inScope((db) => keep(db, prepared.callId, result));
      token = await world.token(token.version);
      result = await sendWithinLease(world, prepared, token, leave);
    }
  }
  await world.inScope((db) => keep(db, prepared.callId, result));
  edge("P7");
  const { retryAt } = await settleAnswer(world, prepared, result, "sending");
  edge("P8");
  // What could not leave waits a while, and so does all behind it: a try is not made again with the next rows.
  if (result.sent === false && retryAt !== null) throw new PackagePause(retryAt);
}

/** P5: the deadline and the lease are looked at immediately before the bytes leave. */
async function sendWithinLease(world: PostingWorld, prepared: Prepared, token: AccessToken, leave: Leave): Promise<SendResult> {
  if (!world.leaseIsFresh()) return { sent: false, why: "The lease was about to end" };
  edge("P5");
  edgeWithinCall("P6");
  return sendOnce(world, prepared.message, { idempotencyKey: prepared.key, deadlineAt: prepared.deadlineAt, token, leave });
}

/** P7: the answer as it came, in a commit of its own. */
export async function keep(db: ScopedDb, callId: string, result: SendResult): Promise<void> {
  await saveAnswer(db, callId, {
    answer: result.sent === true ? result.answer : null,
    partial: result.sent === "maybe" ? result.partial : null,
    bytesOut: result.sent === false ? 0 : result.bytesOut,
    bytesIn: result.sent === false ? 0 : result.bytesIn,
    outcome: result.sent === true ? "answered" : result.sent === false ? "not-sent" : "unknown",
    why: result.sent === true ? null : result.why,
  });
}

/** P8: what the answer means for each posting, in one transaction with the audit. */
export async function settleAnswer(
  world: PostingWorld,
  call: { callId: string; message: Message; carried: readonly InCall[] },
  result: SendResult,
  from: "sending" | "unknown",
): Promise<{ readonly retryAt: Date | null }> {
  const { outcomes, retryAt } = await readOutcomes(world, call, result);
  const settlements = call.carried.map((one) => settlementOf(one, outcomes.get(one.record.recordId), retryAt));
  await world.inScope(async (db) => {
    const counts = await applySettlements(
      db,
      world.scope,
      { connectionId: world.connection.id, fence: world.fence, callId: call.callId, from },
      settlements,
    );
    await auditCorrections(db, world, call.callId, changedIn(call.carried, settlements));
    await heedLocks(db, world, settlements);
    await audit(db, world.scope, {
      action: "posting.sent",
      subject: call.message.operation,
      detail: { callId: call.callId, from, ...counts },
    });
  });
  for (const [at, { to }] of settlements.entries()) {
    countPostings(world.connector.id, call.carried[at]?.posting.kind ?? "", to);
  }
  for (const [outcome, group] of Map.groupBy(settlements, (one) => one.to)) {
    if (outcome === "posted") continue;
    const postingIds = group.map((one) => one.postingId);
    log.info(
      { callId: call.callId, outcome, postingIds, status: result.sent === true ? result.answer.status : null },
      "not posted",
    );
  }
  const waits = settlements.flatMap((one) => (one.to === "queued" && one.retryAt ? [one.retryAt.getTime()] : []));
  return { retryAt: waits.length === 0 ? null : new Date(Math.min(...waits)) };
}

/** A refusal that names a later lock date than we had read: the rest of what it covers is held before it is sent as well. */
async function heedLocks(db: ScopedDb, world: PostingWorld, settlements: readonly Settlement[]): Promise<void> {
  const dates = settlements.flatMap((one) =>
    one.to === "rejected" && one.errorCode === "package.period-locked" && one.errorDetail.lockDate
      ? one.errorDetail.lockDate
      : [],
  );
  const latest = dates.sort().at(-1);
  if (latest !== undefined && (await heedRefusedLock(db, world.connection.id, latest)))
    await judgePostings(db, world.scope, "open");
}

/** Records of the call that the package held already and has changed now. */
export function changedIn<One extends { readonly posting: { readonly id: string }; readonly record: OutgoingRecord }>(
  carried: readonly One[],
  settlements: readonly Settlement[],
): One[] {
  const posted = new Set(settlements.filter((one) => one.to === "posted").map((one) => one.postingId));
  return carried.filter((one) => one.record.held && posted.has(one.posting.id));
}

async function readOutcomes(
  world: PostingWorld,
  call: { message: Message; carried: readonly InCall[] },
  result: SendResult,
): Promise<{ outcomes: ReadonlyMap<string, PushOutcome>; retryAt: Date | null }> {
  const all = (outcome: PushOutcome): ReadonlyMap<string, PushOutcome> =>
    new Map(call.carried.map((one) => [one.record.recordId, outcome]));
  if (result.sent === false)
    return {
      outcomes: all({
        status: "not-sent",
        error: result.until
          ? new SyncError("transient.rate-limited")
          : new SyncError("transient.not-sent", { said: [result.why] }),
      }),
      retryAt: result.until ?? null,
    };
  if (result.sent === "maybe") return { outcomes: all({ status: "unknown", why: result.why }), retryAt: null };
  const fault = world.connector.faultOf(result.answer, call.message);
  if (fault === null) return { outcomes: read(world, call, result.answer, all), retryAt: null };
  const retryAt = await heedFault(world, fault);
  switch (fault.what) {
    case "rate-limited":
      return {
        outcomes: all({ status: "not-sent", error: new SyncError("transient.rate-limited"), limit: fault.limit }),
        retryAt,
      };
    case "token-expired":
    case "connection-lost":
      return { outcomes: all({ status: "not-sent", error: fault.error }), retryAt };
    case "refused":
      // It may name those it refuses and have saved the others: each says for itself.
      return { outcomes: read(world, call, result.answer, all), retryAt };
    case "unclear":
      return { outcomes: all({ status: "unknown", why: fault.why }), retryAt };
  }
}

function read(
  world: PostingWorld,
  call: { message: Message; carried: readonly InCall[] },
  answer: RawAnswer,
  all: (outcome: PushOutcome) => ReadonlyMap<string, PushOutcome>,
): ReadonlyMap<string, PushOutcome> {
  try {
    return world.connector.push.read(call.message, answer, {
      connection: world.connection,
      records: call.carried.map((one) => one.record),
    });
  } catch {
    // A yes that cannot be read is no yes: the evidence is stored, the outcome is looked up.
    return all({ status: "unknown", why: "unparsable" });
  }
}

/** Refusals that may speak of our own earlier attempt: only a read-back can tell. */
const MAY_BE_OURS: readonly string[] = ["source.duplicate-number", "mapping.entity-unlinked"];

function settlementOf(one: InCall, outcome: PushOutcome | undefined, retryAt: Date | null): Settlement {
  const at = now().getTime();
  const base = { postingId: one.posting.id, recordId: one.posting.recordId, family: familyOf(one.posting.kind) };
  switch (outcome?.status) {
    case "accepted": {
      const warning = outcome.warnings[0];
      return {
        ...base,
        to: "posted",
        externalId: outcome.externalId,
        version: outcome.version ?? null,
        found: false,
        ...(warning ? { errorCode: warning.code, errorDetail: warning.detail } : {}),
      };
    }
    case "refused": {
      const { code } = outcome.error;
      // The package names its lock date; which date of ours it means is known here alone.
      const detail =
        code === "package.period-locked" && "issuedOn" in one.record
          ? { ...outcome.error.detail, field: "date", value: one.record.issuedOn }
          : outcome.error.detail;
      // After an unclear attempt a refusal proves nothing, however it is worded: the earlier one may stand there.
      if (one.posting.maybeSent) {
        return {
          ...base,
          to: "unknown",
          why: "refused-after-unclear",
          resolveAfter: new Date(at),
          errorCode: code,
          errorDetail: detail,
        };
      }
      if (!one.record.held && MAY_BE_OURS.includes(code)) {
        return { ...base, to: "unknown", why: "duplicate", resolveAfter: new Date(at), errorCode: code, errorDetail: detail };
      }
      return { ...base, to: "rejected", errorCode: code, errorDetail: detail };
    }
    case "not-sent": {
      const wait = Math.min(RETRY_MS * 2 ** Math.min(one.posting.tries, 8), RETRY_MOST_MS);
      return {
        ...base,
        to: "queued",
        retryAt: outcome.retryAt ?? retryAt ?? new Date(at + wait),
        transient: outcome.error.code !== "transient.rate-limited",
        again: false,
        errorCode: outcome.error.code,
        errorDetail: outcome.error.detail,
      };
    }
    case "unknown":
      return { ...base, to: "unknown", why: outcome.why, resolveAfter: new Date(at + FIRST_LOOK_MS) };
    default:
      return { ...base, to: "unknown", why: "missing-in-answer", resolveAfter: new Date(at + FIRST_LOOK_MS) };
  }
}
