import type { ScopedDb } from "#db/client.ts";
import { loadNames } from "#db/queries/connections/names.ts";
import { insertReadCall } from "#db/queries/links/linking.ts";
import {
  findContinued,
  findConversation,
  insertFoundStep,
  lockContinued,
  type StoredConversation,
} from "#db/queries/postings/conversations.ts";
import { applySettlements, noteFoundDone, requireLease } from "#db/queries/postings/outcomes.ts";
import { holdPosting } from "#db/queries/postings/posting-moves.ts";
import { audit } from "#lib/audit.ts";
import { type AccessToken, withPermit } from "#lib/calling/call.ts";
import { checkpoint } from "#lib/calling/checkpoint.ts";
import { familyOf, type OutgoingRecord, type RecordKind } from "#lib/common/records.ts";
import { type Exchanged, linkEntity, type Message, type RawAnswer, type Sighting } from "#lib/connectors/types.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { log } from "#lib/log.ts";
import { countPostings } from "#lib/watching/metrics.ts";
import { auditCorrections } from "./change.ts";
import { findDifferences } from "./compare.ts";
import { askedOf, behind, type Drawn, draw, isAsStored, type Reads, sightingToJson } from "./conversation.ts";
import { requestSha } from "./idempotency-key.ts";
import { outcomesAfter, type Settled } from "./outcome.ts";
import { readSightings } from "./read-sightings.ts";
import { commitStep, keepShaping, type Prepared, readOrHold, sendPrepared, versionOf } from "./send-step.ts";
import { sentToJson } from "./sent-record.ts";
import { isEnded } from "./settle-facts.ts";
import type { PostingWorld } from "./world.ts";

/** What the package shows of a record under its id; null when it is no longer there. */
interface Look {
  readonly sighting: Sighting | null;
  readonly evidence: { readonly message: Message; readonly answer: RawAnswer } | null;
}

/** What was read for the step to come. */
interface Known {
  readonly reads: Reads;
  /** Before this step it was looked at; undefined while it was not. */
  look: { readonly at: number; readonly there: Look } | null;
  /** This worker had the answer to the step before a moment ago: there is nothing to look at. */
  isFresh: boolean;
}

/** What there is to do about one row. */
type Plan =
  | {
      readonly do: "send";
      readonly kind: RecordKind;
      readonly message: Message;
      readonly commit: (token: AccessToken) => Promise<Prepared>;
    }
  | { readonly do: "read"; readonly read: Message }
  | { readonly do: "look"; readonly record: OutgoingRecord; readonly externalId: string; readonly at: number }
  /** A step was found done: the next one is planned. */
  | { readonly do: "again" }
  /** It has moved on, or stands still for a person. */
  | { readonly do: "nothing" };

/**
 * Makes the next steps of what the package holds half done, before any new work: after a crash, a
 * pause, or a person's retry. Rows that newer code began are left to newer code.
 * @returns how many rows it went on with
 * @throws {PackagePause | ConnectionLost | LeaseLostError}
 */
export async function continueAll(world: PostingWorld, goOn: () => boolean): Promise<number> {
  const { push } = world.connector;
  if (!push.inSteps || push.inSteps.length === 0) return 0;
  const { scope, connection } = world;
  const version = versionOf(world.connector);
  const tried = new Set<string>();
  for (;;) {
    if (!goOn()) return tried.size;
    const id = await world.inScope((db) => findContinued(db, scope, connection.id, version));
    // One that somebody else holds at this moment has its turn later.
    if (id === null || tried.has(id)) return tried.size;
    tried.add(id);
    await continueRow(world, id, { isFresh: false });
  }
}

/**
 * Goes on with one row until its conversation ends, or its next step gets no clear answer. Where
 * this worker did not have the last answer itself, the package is asked first whether it shows the
 * step already: somebody may have made it there, or a worker that was killed.
 */
export async function continueRow(
  world: PostingWorld,
  postingId: string,
  { isFresh }: { readonly isFresh: boolean },
): Promise<void> {
  const known: Known = { reads: new Map(), look: null, isFresh };
  for (;;) {
    const plan = await world.inScope((db) => planNext(db, world, postingId, known));
    switch (plan.do) {
      case "nothing":
        return;
      case "again":
        continue;
      case "read":
        if (!(await readOrHold(world, known.reads, { read: plan.read, postingIds: [postingId] }))) return;
        continue;
      case "look":
        known.look = { at: plan.at, there: await lookAt(world, plan.record, plan.externalId) };
        continue;
      case "send": {
        const settled = await sendNext(world, postingId, known, plan);
        if (!settled?.continued.includes(postingId)) return;
        known.reads.clear();
        known.look = null;
        known.isFresh = true;
      }
    }
  }
}

/** Plans once more under a permit, commits the intent and sends it. */
async function sendNext(
  world: PostingWorld,
  postingId: string,
  known: Known,
  { kind, message }: Extract<Plan, { do: "send" }>,
): Promise<Settled | null> {
  return withPermit(world, { writes: true, kinds: [kind], message }, async (permit) => {
    checkpoint("P2");
    const token = await world.token();
    const prepared = await world.inScope(async (db) => {
      const plan = await planNext(db, world, postingId, known);
      return plan.do === "send" ? plan.commit(token) : null;
    });
    if (!prepared) return null;
    checkpoint("P4");
    return sendPrepared(world, prepared, token, permit);
  });
}

/** One row that goes on, with all that is stored of it. */
interface Standing {
  readonly posting: NonNullable<Awaited<ReturnType<typeof lockContinued>>>;
  readonly stored: StoredConversation;
  readonly asked: ReturnType<typeof askedOf>;
  readonly past: readonly Exchanged[];
}

async function planNext(db: ScopedDb, world: PostingWorld, postingId: string, known: Known): Promise<Plan> {
  const posting = await lockContinued(db, world.scope, postingId);
  const stored = posting && (await findConversation(db, posting.id, posting.revision));
  if (!posting || !stored) return { do: "nothing" };
  await requireLease(db, world.connection.id, world.fence);
  checkpoint("P3");
  const asked = askedOf(stored, world.connection);
  const steps = attempt(posting.id, () => behind(stored.calls));
  if (!steps) return stop(db, world, posting.id, new SyncError("internal.steps-changed"));
  const past = steps.map((one) => one.exchanged);
  const standing: Standing = { posting, stored, asked, past };
  if (!isAsStored(world.connector, asked.batch, steps)) return planChanged(db, world, standing, known);
  const drawn = attempt(posting.id, () =>
    draw(world.connector, asked.batch, past, known.reads, {
      connectionId: world.connection.id,
      carried: [posting],
      byBytes: true,
    }),
  );
  if (!drawn) return planChanged(db, world, standing, known);
  if (drawn.do === "read") return { do: "read", read: drawn.message };
  if (drawn.do === "done") return planDone(db, world, standing, drawn.answer.get(posting.recordId), null);
  if (!known.isFresh) {
    const found = await planLook(db, world, standing, drawn, known);
    if (found) return found;
  }
  const commit = (token: AccessToken) =>
    commitStep(db, world, {
      carried: [{ posting, record: asked.record }],
      batch: asked.batch,
      drawn,
      token,
      conversationId: stored.id,
      stored: past.length,
    });
  return { do: "send", kind: posting.kind, message: drawn.step.message, commit };
}

/** What the connector makes of what is stored; null where it breaks on it: that stops one row, and no connection. */
function attempt<T>(postingId: string, make: () => T): T | null {
  try {
    return make();
  } catch (error) {
    log.error({ postingId, reason: String(error) }, "a conversation leads nowhere");
    return null;
  }
}

/** What a look at the record says before a step is made; null where the step is to be made. */
async function planLook(
  db: ScopedDb,
  world: PostingWorld,
  standing: Standing,
  drawn: Extract<Drawn, { do: "write" }>,
  known: Known,
): Promise<Plan | null> {
  const { posting, stored, asked } = standing;
  const { at, key, step } = drawn;
  if (known.look?.at !== at) return { do: "look", record: asked.record, externalId: posting.externalId, at };
  const { sighting } = known.look.there;
  // The proof first: a step that voids or deletes is done by what ended the record.
  if (!sighting || !step.proof?.(sighting.seen)) {
    return !sighting || isEnded(sighting.seen) ? stop(db, world, posting.id, goneError(asked.record)) : null;
  }
  const exchanged: Exchanged = { message: step.message, found: sighting };
  const carried = [{ posting, record: asked.record }];
  const call = { batch: asked.batch, carried, past: drawn.past, isInSteps: true };
  const after = attempt(posting.id, () => outcomesAfter(world.connector, call, exchanged));
  if (!after) return stop(db, world, posting.id, new SyncError("internal.steps-changed"));
  await keepShaping(db, world, { conversationId: stored.id, past: drawn.past, stored: standing.past.length });
  const callId = await insertFoundStep(db, world.scope, {
    connectionId: world.connection.id,
    fence: world.fence,
    conversationId: stored.id,
    step: at,
    message: step.message,
    requestSha: requestSha(step.message),
    key,
    postingId: posting.id,
    sent: sentToJson(asked.record),
    externalId: sighting.externalId,
    seen: sightingToJson(sighting),
  });
  const outcome = after.get(posting.recordId);
  return outcome?.status === "goes-on" ? { do: "again" } : planDone(db, world, standing, outcome, callId);
}

/** The conversation ends without another call. */
async function planDone(
  db: ScopedDb,
  world: PostingWorld,
  { posting, asked }: Standing,
  outcome: ReturnType<typeof outcomesAfter> extends ReadonlyMap<string, infer One> ? One | undefined : never,
  callId: string | null,
): Promise<Plan> {
  if (outcome?.status !== "accepted") {
    const error = outcome?.status === "refused" ? outcome.error : new SyncError("package.unfinished");
    return stop(db, world, posting.id, error);
  }
  await applySettlements(db, world.scope, { connectionId: world.connection.id, fence: world.fence, callId, from: "queued" }, [
    {
      to: "posted",
      postingId: posting.id,
      recordId: posting.recordId,
      family: familyOf(posting.kind),
      entity: linkEntity(world.connector, posting.kind),
      externalId: outcome.externalId,
      version: outcome.version ?? null,
      found: callId !== null,
    },
  ]);
  await audit(db, world.scope, {
    action: "posting.settled",
    subject: asked.record.reference,
    detail: { postingId: posting.id, from: "queued", found: callId !== null },
  });
  if (asked.record.held) await auditCorrections(db, world, callId, [{ posting, record: asked.record }]);
  countPostings(world.connector.id, posting.kind, "posted");
  return { do: "nothing" };
}

/**
 * This code would have asked for it otherwise. What comes next would follow from something that
 * never was, so it is for a person; where one has completed it in the package, it is done.
 */
async function planChanged(db: ScopedDb, world: PostingWorld, standing: Standing, known: Known): Promise<Plan> {
  const { posting, asked, past } = standing;
  const at = past.length;
  if (known.look?.at !== at) return { do: "look", record: asked.record, externalId: posting.externalId, at };
  const { sighting, evidence } = known.look.there;
  const names = await loadNames(db, world.connection.id);
  if (!sighting || !evidence || findDifferences(asked.record, sighting.seen, names).length > 0)
    return stop(db, world, posting.id, new SyncError("internal.steps-changed"));
  const { externalId, version } = sighting;
  const callId = await insertReadCall(db, world.scope, {
    connectionId: world.connection.id,
    fence: world.fence,
    ...evidence,
  });
  await noteFoundDone(db, world.scope, { callId, postingId: posting.id, sent: sentToJson(asked.record), externalId });
  const done = { status: "accepted", externalId, warnings: [], ...(version === null ? {} : { version }) } as const;
  return planDone(db, world, standing, done, callId);
}

/** Leaves it to a person, with the cause: their retry goes on from here. */
async function stop(db: ScopedDb, world: PostingWorld, postingId: string, error: SyncError): Promise<Plan> {
  await holdPosting(db, world.scope, postingId, error);
  return { do: "nothing" };
}

/** What a person reads when a record ended in the package between two steps. */
export const goneError = (record: OutgoingRecord): SyncError =>
  new SyncError("package.document-state", {
    value: record.reference,
    said: ["The package no longer holds it under the id that it was made with, or it is ended there."],
  });

async function lookAt(world: PostingWorld, record: OutgoingRecord, externalId: string): Promise<Look> {
  const refs = [
    {
      recordId: record.recordId,
      kind: record.kind,
      reference: record.reference,
      externalId,
      contactExternalId: "contactExternalId" in record ? record.contactExternalId : null,
      sent: record,
    },
  ];
  let evidence: Look["evidence"] = null;
  for await (const page of readSightings(world, { kind: record.kind, refs, since: new Date(0) })) {
    evidence = page.evidence;
    const sighting = page.sightings.find((one) => one.recordId === record.recordId);
    // As it is linked: a package may show an id in another case.
    if (sighting) return { sighting: { ...sighting, externalId }, evidence };
  }
  return { sighting: null, evidence };
}
