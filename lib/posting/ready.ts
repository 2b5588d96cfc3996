import type { ScopedDb } from "#db/client.ts";
import { readLocks } from "#db/queries/connections/locks.ts";
import { HELPER_FIELD } from "#db/queries/mapping/helpers.ts";
import type { ClaimedPosting, Loaded } from "#db/queries/postings/outgoing.ts";
import type { Held, OutgoingDocument, OutgoingRecord, RecordKind } from "#lib/common/records.ts";
import { type Connector, rulesFor } from "#lib/connectors/types.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { decideLock, type LockChoice } from "#lib/model/lock-policy.ts";
import { type Change, changeOf, type HeldNow } from "./change.ts";
import { type LoadWorld, loadRecords } from "./load.ts";
import type { InCall } from "./outcome.ts";

/** What the package holds already as it is to be: void there before us, or sent before a backup was restored. */
export interface Done extends InCall {
  readonly held: Held;
}

/** A row that is not sent, with the cause. */
interface Refused {
  readonly posting: ClaimedPosting;
  readonly error: SyncError;
}

/** What of some rows would go with the next call. */
export interface Ready {
  readonly carried: readonly InCall[];
  readonly done: readonly Done[];
  readonly refused: readonly Refused[];
  /** They name what the package must hold first, and does not. */
  readonly lacking: readonly Refused[];
  /** They go with a call of their own, after this one. */
  readonly later: readonly ClaimedPosting[];
  /** What a lock policy, or a choice for one row, made of its document. */
  readonly applied: readonly { recordId: string; revision: number; words: string }[];
}

/** Most records of these kinds in one call: of what takes several calls, one. */
export const mostOf = ({ can, push }: Pick<Connector, "can" | "push">, kinds: readonly RecordKind[]): number =>
  kinds.some((kind) => push.inSteps?.includes(kind)) ? 1 : rulesFor(can, kinds).batch;

/** The number by which an answer names a new document; null for other records. */
function markOf(record: OutgoingRecord): string | null {
  return "contactExternalId" in record && "number" in record ? `${record.number.trim()} ${record.contactExternalId}` : null;
}

const lacksHelper = (one: Loaded<OutgoingRecord>): one is { error: SyncError } =>
  "error" in one && one.error.detail.field === HELPER_FIELD;

/**
 * Makes records ready as they would be sent now: mappings resolved, locks obeyed, the connector asked what the package would refuse.
 * It reads alone: nothing is held, linked or written.
 * @param which what is new to the package, or changes of what it holds
 * @param there what was read of them before
 */
export async function makeReady(
  db: ScopedDb,
  world: LoadWorld & { readonly connector: Pick<Connector, "can" | "faultIn"> },
  claimed: readonly ClaimedPosting[],
  which: "new" | "held",
  there: HeldNow | null,
): Promise<Ready> {
  const loaded = await loadRecords(db, world, claimed);
  const closed = await readLocks(db, world.connection.id);
  const locks = which === "held" ? null : closed;
  const carried: InCall[] = [];
  const done: Done[] = [];
  const refused: Refused[] = [];
  const lacking: Refused[] = [];
  const later: ClaimedPosting[] = [];
  const applied: { recordId: string; revision: number; words: string }[] = [];
  const marks = new Set<string>();
  for (const posting of claimed) {
    const one = loaded.get(posting.id) ?? { error: new SyncError("internal.unexpected", { subject: "The record is gone" }) };
    if (lacksHelper(one)) {
      lacking.push({ posting, error: one.error });
      continue;
    }
    const change = changeIn(one, there?.held.get(posting.recordId), which, closed.settings.taxFiledTo ?? null);
    if ("done" in change) {
      done.push({ posting, record: change.done, held: change.held });
      continue;
    }
    // One answer cannot tell two documents of one supplier with one number apart: the second is sent with the next call.
    const mark = "record" in change && which === "new" ? markOf(change.record) : null;
    if (mark !== null && marks.has(mark)) {
      later.push(posting);
      continue;
    }
    if (mark !== null) marks.add(mark);
    const locked = "record" in change && locks ? underPolicy(change.record, posting.lockChoice ?? null, locks) : null;
    const record = locked && "record" in locked ? locked.record : "record" in change ? change.record : null;
    const error =
      "error" in change ? change.error : locked && "error" in locked ? locked.error : record && world.connector.faultIn(record);
    if (error) refused.push({ posting, error });
    else if (record) {
      carried.push({ posting, record });
      if (locked && "words" in locked)
        applied.push({ recordId: record.recordId, revision: posting.revision, words: locked.words });
    }
  }
  return { carried, done, refused, lacking, later, applied };
}

/** What is to be sent of a record, seen what the package holds. */
function changeIn(one: Loaded<OutgoingRecord>, held: Held | undefined, which: "new" | "held", taxFiledTo: string | null): Change {
  if (!("record" in one)) return one;
  if (which === "held") return changeOf(one.record, held, taxFiledTo);
  return held ? { done: one.record, held } : one;
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
