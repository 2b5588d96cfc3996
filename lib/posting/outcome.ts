import type { ScopedDb } from "#db/client.ts";
import { recordRefusedLocks } from "#db/queries/connections/locks.ts";
import { applySettlements, type Settlement, saveAnswer } from "#db/queries/postings/outcomes.ts";
import type { ClaimedPosting } from "#db/queries/postings/outgoing.ts";
import { audit } from "#lib/audit.ts";
import { applyFault } from "#lib/calling/call.ts";
import { now } from "#lib/clock.ts";
import { familyOf, type LinkEntity, type OutgoingRecord } from "#lib/common/records.ts";
import { linkEntity, type Message, type PushOutcome, type RawAnswer, type SendResult } from "#lib/connectors/types.ts";
import { SyncError, type SyncErrorDetail } from "#lib/errors/sync-error.ts";
import { log } from "#lib/log.ts";
import { judgePostings } from "#lib/pending/precheck.ts";
import { countPostings } from "#lib/watching/metrics.ts";
import { auditCorrections } from "./change.ts";
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

/** P7: stores the answer as it came, in its own transaction. */
export async function keep(db: ScopedDb, callId: string, fence: bigint, result: SendResult): Promise<void> {
  await saveAnswer(db, callId, fence, {
    answer: result.sent === true ? result.answer : null,
    partial: result.sent === "maybe" ? result.partial : null,
    bytesOut: result.sent === false ? 0 : result.bytesOut,
    bytesIn: result.sent === false ? 0 : result.bytesIn,
    outcome: result.sent === true ? "answered" : result.sent === false ? "not-sent" : "unknown",
    why: result.sent === true ? null : result.why,
  });
}

/** P8: applies what the answer means for each posting, in one transaction with the audit. */
export async function settleAnswer(
  world: PostingWorld,
  call: { callId: string; message: Message; carried: readonly InCall[] },
  result: SendResult,
  from: "sending" | "unknown",
): Promise<{ readonly retryAt: Date | null }> {
  const { outcomes, retryAt, said } = await readOutcomes(world, call, result);
  const settlements = call.carried.map((one) =>
    settlementOf(one, outcomes.get(one.record.recordId), {
      retryAt,
      said: said ?? null,
      from,
      entity: linkEntity(world.connector, one.posting.kind),
    }),
  );
  await world.inScope(async (db) => {
    const counts = await applySettlements(
      db,
      world.scope,
      { connectionId: world.connection.id, fence: world.fence, callId: call.callId, from },
      settlements,
    );
    await auditCorrections(db, world, call.callId, changedIn(call.carried, settlements));
    await recordLocks(db, world, settlements);
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

/** A refusal may name a lock that we had not read: it is recorded, and other rows that it covers are held before they are sent. */
async function recordLocks(db: ScopedDb, world: PostingWorld, settlements: readonly Settlement[]): Promise<void> {
  const named = settlements.flatMap((one) => {
    if (one.to !== "rejected" || one.errorCode !== "package.period-locked") return [];
    const { lockDate, lockFrom, lockKinds } = one.errorDetail;
    return lockDate ? { from: lockFrom ?? null, to: lockDate, ...(lockKinds ? { kinds: lockKinds } : {}) } : [];
  });
  if (await recordRefusedLocks(db, world.scope, world.connection.id, named)) await judgePostings(db, world.scope, "open");
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
): Promise<{ outcomes: ReadonlyMap<string, PushOutcome>; retryAt: Date | null; said?: SyncErrorDetail }> {
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
  const retryAt = await applyFault(world, fault);
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
      // The answer may name the records it refuses and have saved the others: each record is read by itself.
      return { outcomes: read(world, call, result.answer, all), retryAt };
    case "unclear":
      // The package answered, but the answer proves nothing: its words are kept for people to read.
      return { outcomes: all({ status: "unknown", why: fault.why }), retryAt, said: world.connector.saidIn(result.answer) };
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
    // An acceptance that cannot be parsed is not an acceptance: the evidence is stored and the outcome is looked up.
    return all({ status: "unknown", why: "unparsable" });
  }
}

/** Refusals that our own earlier attempt may have caused: only a read-back can tell. */
const MAY_BE_OURS: readonly string[] = ["source.duplicate-number", "mapping.entity-unlinked"];

function settlementOf(
  one: InCall,
  outcome: PushOutcome | undefined,
  {
    retryAt,
    said,
    from,
    entity,
  }: { retryAt: Date | null; said: SyncErrorDetail | null; from: "sending" | "unknown"; entity: LinkEntity },
): Settlement {
  const at = now().getTime();
  const base = { postingId: one.posting.id, recordId: one.posting.recordId, family: familyOf(one.posting.kind), entity };
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
      const datedOn =
        "issuedOn" in one.record ? one.record.issuedOn : "allocatedOn" in one.record ? one.record.allocatedOn : null;
      const detail =
        code === "package.period-locked" && datedOn !== null
          ? { ...outcome.error.detail, field: "date", value: datedOn }
          : outcome.error.detail;
      // After an unclear attempt a refusal proves nothing, however it is worded: the earlier attempt may have succeeded.
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
      // A replay that was refused says nothing about the call before it.
      if (from === "unknown") return { ...base, to: "unknown", why: "not-definite", resolveAfter: new Date(at + FIRST_LOOK_MS) };
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
      return {
        ...base,
        to: "unknown",
        why: outcome.why,
        resolveAfter: new Date(at + FIRST_LOOK_MS),
        ...(said ? { errorDetail: said } : {}),
      };
    default:
      return { ...base, to: "unknown", why: "missing-in-answer", resolveAfter: new Date(at + FIRST_LOOK_MS) };
  }
}
