import type { ScopedDb } from "#db/client.ts";
import { noteLockPolicy, readLocks } from "#db/queries/connections/locks.ts";
import { forgetIncoming, insertReadCall, settleUnsent } from "#db/queries/links/linking.ts";
import { HELPER_FIELD, wantHelpers } from "#db/queries/mapping/helpers.ts";
import { type ClaimedPosting, claimQueued, type Loaded } from "#db/queries/postings/outgoing.ts";
import { holdPosting } from "#db/queries/postings/posting-moves.ts";
import { postingsIn } from "#db/queries/postings/run-members.ts";
import { type AccessToken, withPermit } from "#lib/calling/call.ts";
import { checkpoint } from "#lib/calling/checkpoint.ts";
import { familyOf, type Held, type OutgoingDocument, type OutgoingRecord, type RecordKind } from "#lib/common/records.ts";
import { linkEntity, rulesFor } from "#lib/connectors/types.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { decideLock, type LockChoice } from "#lib/model/lock-policy.ts";
import { changeOf, type HeldNow, readHeld } from "./change.ts";
import { continueRow } from "./continue.ts";
import { draw, followsFromReads, type Reads } from "./conversation.ts";
import { loadRecords } from "./load.ts";
import type { InCall } from "./outcome.ts";
import { commitStep, type Prepared, readOrHold, sendPrepared, type Wanted } from "./send-step.ts";
import { sentToJson } from "./sent-record.ts";
import type { PostingWorld } from "./world.ts";

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
  const most = look ? mostOf(world.connector, kinds) : 1;
  const next = await world.inScope((db) => claimQueued(db, world.scope, world.connection.id, kinds, most, which, "look"));
  if (next.length === 0) return false;
  const there = look ? await look(world, next) : null;
  const reads: Reads = new Map();
  for (;;) {
    const made = await withPermit(world, { writes: true, kinds, message: null }, async (permit) => {
      checkpoint("P2");
      const token = await world.token();
      const prepared = await world.inScope((db) => prepare(db, world, kinds, token, which, there, reads));
      if (prepared === "all-held" || prepared === null || "read" in prepared) return prepared;
      checkpoint("P4");
      const settled = await sendPrepared(world, prepared, token, permit);
      seen.sent += prepared.carried.length;
      return settled;
    });
    if (made === null) return false;
    if (made === "all-held") return true;
    if ("read" in made) {
      if (!(await readOrHold(world, reads, made))) return true;
      continue;
    }
    // What goes on does so before anything new, in the hands of the worker that just had the answer.
    for (const id of made.continued) await continueRow(world, id, { isFresh: true });
    return true;
  }
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

/** Most records of these kinds in one call: of what takes several calls, one. */
const mostOf = ({ can, push }: PostingWorld["connector"], kinds: readonly RecordKind[]): number =>
  kinds.some((kind) => push.inSteps?.includes(kind)) ? 1 : rulesFor(can, kinds).batch;

const lacksHelper = (one: Loaded<OutgoingRecord> | undefined): boolean =>
  one !== undefined && "error" in one && one.error.detail.field === HELPER_FIELD;

/** P4, in one transaction: claims, resolves, holds what cannot go, writes the intent of the rest. */
export async function prepare(
  db: ScopedDb,
  world: PostingWorld,
  kinds: readonly RecordKind[],
  token: AccessToken,
  which: "new" | "held",
  there: HeldNow | null,
  reads: Reads,
): Promise<Prepared | Wanted | "all-held" | null> {
  // Those that were looked at are among the first; what came in front of them since waits its turn.
  const { usually } = world.connector.can;
  const atOnce = mostOf(world.connector, kinds);
  const most = there ? Math.max(atOnce, usually.batch) : atOnce;
  const queued = await claimQueued(db, world.scope, world.connection.id, kinds, most, which);
  const claimed = there ? queued.filter((one) => there.asked.has(one.recordId)) : queued;
  if (claimed.length === 0) return null;
  const loaded = await loadRecords(db, world, claimed);
  // What they name is made first: they stay queued behind it.
  const lacking = claimed.filter(({ id }) => lacksHelper(loaded.get(id))).map(({ id }) => id);
  const helpersMade = lacking.length === 0 ? 0 : await wantHelpers(db, world.scope, world.connection.id, postingsIn(lacking));
  checkpoint("P3");
  const carried: InCall[] = [];
  const marks = new Set<string>();
  const done: Done[] = [];
  const closed = await readLocks(db, world.connection.id);
  const locks = which === "held" ? null : closed;
  const applied: { recordId: string; revision: number; words: string }[] = [];
  for (const posting of claimed) {
    const one = loaded.get(posting.id) ?? { error: new SyncError("internal.unexpected", { subject: "The record is gone" }) };
    if (helpersMade > 0 && lacksHelper(one)) continue;
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
  const drawn = draw(world.connector, batch, [], reads, {
    connectionId: world.connection.id,
    carried: carried.map((one) => one.posting),
    byBytes: followsFromReads(batch.records),
  });
  if (drawn.do === "done") throw new Error("Its connector has nothing to send for it");
  if (drawn.do === "read") return { read: drawn.message, postingIds: carried.map((one) => one.posting.id) };
  const prepared = await commitStep(db, world, { carried, batch, drawn, token });
  await noteLockPolicy(db, world.scope, applied);
  return prepared;
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
