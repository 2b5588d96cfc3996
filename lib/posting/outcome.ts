import type { ScopedDb } from "#db/client.ts";
import { recordRefusedLocks } from "#db/queries/connections/locks.ts";
import { applySettlements, type Settlement, saveAnswer, type UnknownPosting } from "#db/queries/postings/outcomes.ts";
import type { ClaimedPosting } from "#db/queries/postings/outgoing.ts";
import { audit } from "#lib/audit.ts";
import { applyFault } from "#lib/calling/call.ts";
import { now } from "#lib/clock.ts";
import { familyOf, type LinkEntity, type OutgoingRecord } from "#lib/common/records.ts";
import {
  type Batch,
  type Exchanged,
  linkEntity,
  type Message,
  type PushOutcome,
  type RawAnswer,
  type SendResult,
} from "#lib/connectors/types.ts";
import { SyncError, type SyncErrorDetail } from "#lib/errors/sync-error.ts";
import { log } from "#lib/log.ts";
import { judgePostings } from "#lib/pending/precheck.ts";
import { countPostings } from "#lib/watching/metrics.ts";
import { auditCorrections } from "./change.ts";
import { nextStep } from "./conversation.ts";
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

/** A call that was sent, as a step of what it belongs to. */
export interface Sent {
  readonly callId: string;
  readonly message: Message;
  readonly carried: readonly InCall[];
  readonly batch: Batch;
  /** The steps before it. */
  readonly past: readonly Exchanged[];
  /** Its conversation may write more than once: it is stored, and carries one record. */
  readonly isInSteps: boolean;
}

/** What an answer led to. */
export interface Settled {
  readonly retryAt: Date | null;
  /** Postings whose conversation goes on. */
  readonly continued: readonly string[];
}

/** Accepted, with steps to come. */
export interface GoesOn {
  readonly status: "goes-on";
  readonly externalId: string;
  readonly version: string | null;
}

type Outcomes = ReadonlyMap<string, PushOutcome | GoesOn>;

/** A posting of a call that is looked at again, as it stood in it. */
export function carriedAs(posting: Pick<UnknownPosting, "id" | "kind" | "recordId" | "revision" | "externalId">): ClaimedPosting {
  const { id, kind, recordId, revision, externalId } = posting;
  return { id, kind, recordId, revision, externalId, generation: 0, maybeSent: true, tries: 0, voided: false };
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

/**
 * P8: applies what the answer means for each posting, in one transaction with the audit.
 * @param also what belongs to the same transaction
 */
export async function settleAnswer(
  world: PostingWorld,
  call: Sent,
  result: SendResult,
  from: "sending" | "waiting" | "unknown",
  also: (db: ScopedDb) => Promise<void> = async () => {},
): Promise<Settled> {
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
    await also(db);
  });
  for (const [at, { to }] of settlements.entries()) {
    countPostings(world.connector.id, call.carried[at]?.posting.kind ?? "", to);
  }
  for (const [outcome, group] of Map.groupBy(settlements, (one) => one.to)) {
    if (outcome === "posted" || outcome === "continued") continue;
    const postingIds = group.map((one) => one.postingId);
    log.info(
      { callId: call.callId, outcome, postingIds, status: result.sent === true ? result.answer.status : null },
      "not posted",
    );
  }
  const waits = settlements.flatMap((one) => (one.to === "queued" && one.retryAt ? [one.retryAt.getTime()] : []));
  const continued = settlements.flatMap((one) => (one.to === "continued" ? one.postingId : []));
  return { retryAt: waits.length === 0 ? null : new Date(Math.min(...waits)), continued };
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
  call: Sent,
  result: SendResult,
): Promise<{ outcomes: Outcomes; retryAt: Date | null; said?: SyncErrorDetail }> {
  const all = (outcome: PushOutcome): ReadonlyMap<string, PushOutcome> =>
    new Map(call.carried.map((one) => [one.record.recordId, outcome]));
  if (result.sent === false)
    return {
      outcomes: all({
        status: "not-sent",
        // Held back for the package's limits; a package that collects was not there.
        error:
          result.until && world.connector.style === "direct"
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
  call: Sent,
  answer: RawAnswer,
  all: (outcome: PushOutcome) => ReadonlyMap<string, PushOutcome>,
): Outcomes {
  try {
    return outcomesAfter(world.connector, call, { message: call.message, answer });
  } catch {
    // An acceptance that cannot be parsed is not an acceptance: the evidence is stored and the outcome is looked up.
    return all({ status: "unknown", why: "unparsable" });
  }
}

/**
 * What a step led to: each record's outcome where it was the last; else the conversation goes on.
 * @throws where the connector cannot say
 */
export function outcomesAfter(
  connector: PostingWorld["connector"],
  call: Pick<Sent, "batch" | "past" | "carried" | "isInSteps">,
  exchanged: Exchanged,
): Outcomes {
  const step = nextStep(connector, call.batch, [...call.past, exchanged], "");
  if (step.do === "done") return step.answer;
  const [only, ...others] = call.carried;
  if (!only || others.length > 0 || !call.isInSteps) throw new Error("Only a conversation of one record goes on after a write");
  const externalId = step.held?.externalId ?? only.record.held?.externalId ?? only.posting.externalId;
  if (externalId === null) throw new Error("A conversation goes on with what the package holds, and this one does not say what");
  return new Map([[only.record.recordId, { status: "goes-on", externalId, version: step.held?.version ?? null }]]);
}

/** Refusals that our own earlier attempt may have caused: only a read-back can tell. */
const MAY_BE_OURS: readonly string[] = ["source.duplicate-number", "mapping.entity-unlinked"];

function settlementOf(
  one: InCall,
  outcome: PushOutcome | GoesOn | undefined,
  {
    retryAt,
    said,
    from,
    entity,
  }: { retryAt: Date | null; said: SyncErrorDetail | null; from: "sending" | "waiting" | "unknown"; entity: LinkEntity },
): Settlement {
  const at = now().getTime();
  const base = { postingId: one.posting.id, recordId: one.posting.recordId, family: familyOf(one.posting.kind), entity };
  switch (outcome?.status) {
    case "goes-on":
      return { ...base, to: "continued", externalId: outcome.externalId, version: outcome.version, found: false };
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
      // A replay that was refused says nothing about the call before it, and a file may be imported yet.
      if (from !== "sending") return { ...base, to: "unknown", why: "not-definite", resolveAfter: new Date(at + FIRST_LOOK_MS) };
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
