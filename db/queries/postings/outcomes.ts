import { type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { holdsLease } from "#db/queries/common/leases.ts";
import { notePaid } from "#db/queries/payments/open-apart.ts";
import { noteThere } from "#db/queries/payments/package-documents.ts";
import type { Difference } from "#db/schema/postings.ts";
import type { LinkEntity, RecordKind, RefFamily } from "#lib/common/records.ts";
import type { Message, RawAnswer, UnknownReason } from "#lib/connectors/types.ts";
import type { SyncErrorDetail } from "#lib/errors/sync-error.ts";
import type { PostingState } from "#lib/model/states.ts";

/** Another worker holds the connection now: this one must write nothing more. */
export class LeaseLostError extends Error {
  constructor() {
    super("The lease on the connection has gone to another worker");
    this.name = "LeaseLostError";
  }
}

/** @throws {LeaseLostError} unless the fence is still ours; the row stays locked until the transaction ends */
export async function requireLease(db: ScopedDb, connectionId: string, fence: bigint): Promise<void> {
  if (!(await holdsLease(db, connectionId, fence))) throw new LeaseLostError();
}

/** What is kept of one call that may write, before its bytes leave. */
export interface CallIntent {
  readonly connectionId: string;
  readonly fence: bigint;
  /** As it is stored: of a message that is a file, all but the file's bytes. */
  readonly message: Pick<Message, "operation">;
  readonly requestSha: string;
  readonly idempotencyKey: string;
  readonly tokenVersion: number;
  readonly deadlineAt: Date;
  /** Its place in a conversation of several steps; null for a call that is a whole one. */
  readonly of: { readonly conversationId: string; readonly step: number } | null;
}

interface Intent extends CallIntent {
  readonly postings: readonly { id: string; revision: number; generation: number; sent: Record<string, unknown> }[];
  /** What becomes of its postings: a call is sent at once, a file waits for a person. */
  readonly to: "sending" | "waiting";
}

/** Writes a call that is about to be sent, in the transaction of what it carries. */
export async function insertCall(db: ScopedDb, scope: ClientScope, intent: CallIntent): Promise<string> {
  const call = await db.execute<{ id: string }>(sql`
    insert into posting_calls (client_id, connection_id, conversation_id, step, operation, message, request_sha, idempotency_key, fence,
      token_version, deadline_at, sends)
    values (${scope.clientId}, ${intent.connectionId}, ${intent.of?.conversationId ?? null}, ${intent.of?.step ?? 0},
      ${intent.message.operation}, ${JSON.stringify(intent.message)}::json, ${intent.requestSha}, ${intent.idempotencyKey}, ${intent.fence},
      ${intent.tokenVersion}, ${intent.deadlineAt}, 1)
    returning id`);
  const callId = call.rows[0]?.id;
  if (!callId) throw new Error("The call was not written");
  return callId;
}

/** P4: writes the intent, one call and one attempt a posting, and moves the postings on. It is committed before any byte leaves. */
export async function insertIntent(db: ScopedDb, scope: ClientScope, intent: Intent): Promise<string> {
  await requireLease(db, intent.connectionId, intent.fence);
  const callId = await insertCall(db, scope, intent);
  const rows = intent.postings.map((posting, position) => ({
    posting_id: posting.id,
    position,
    revision: posting.revision,
    generation: posting.generation,
    sent: posting.sent,
  }));
  await db.execute(sql`
    insert into posting_attempts (client_id, call_id, posting_id, position, revision, generation, run_id, mapping_version, sent)
    select ${scope.clientId}, ${callId}, r.posting_id, r.position, r.revision, r.generation, p.run_id, c.mapping_version, r.sent
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(posting_id uuid, position int, revision int, generation int, sent jsonb)
    join postings p on p.id = r.posting_id join connections c on c.id = p.connection_id`);
  const moved = await db.execute(sql`
    update postings set state = ${intent.to}, sent_at = app.now(), changed_at = app.now(), error_code = null, error_detail = null
    where id = any (${uuids(intent.postings.map((posting) => posting.id))}) and state = 'queued'`);
  if (moved.rowCount !== intent.postings.length) throw new LeaseLostError();
  return callId;
}

/** Records one more send of the same bytes under the same key, with its new deadline, before it is sent. */
export async function markResent(
  db: ScopedDb,
  callId: string,
  fence: bigint,
  connectionId: string,
  deadlineAt: Date,
): Promise<void> {
  await requireLease(db, connectionId, fence);
  await db.execute(
    sql`update posting_calls set sends = sends + 1, deadline_at = ${deadlineAt}, fence = ${fence} where id = ${callId}`,
  );
}

/**
 * P7: stores the answer as it came, before it is parsed. A worker that lost the lease during the call may store its late answer only while
 * the call has none: an answer that the next worker has acted on is never replaced.
 */
export async function saveAnswer(
  db: ScopedDb,
  callId: string,
  fence: bigint,
  result: {
    answer: RawAnswer | null;
    partial: string | null;
    bytesOut: number;
    bytesIn: number;
    outcome: "answered" | "not-sent" | "unknown";
    why: string | null;
  },
): Promise<void> {
  const body = result.answer?.body ?? result.partial;
  await db.execute(sql`
    update posting_calls set answered_at = app.now(), status = ${result.answer?.status ?? null},
      answer_headers = ${result.answer ? JSON.stringify(result.answer.headers) : null}::jsonb,
      answer = ${body === null || body === undefined ? null : Buffer.from(body, "utf8")},
      outcome = ${result.outcome}, why = ${result.why}
    where id = ${callId} and (fence = ${fence} or status is null)`);
  await db.execute(
    sql`update posting_calls set bytes_out = bytes_out + ${result.bytesOut}, bytes_in = bytes_in + ${result.bytesIn} where id = ${callId}`,
  );
}

/** What became of one posting in a call or a read-back. */
export type Settlement = {
  readonly postingId: string;
  readonly recordId: string;
  readonly family: RefFamily;
  readonly entity: LinkEntity;
} & (
  | {
      readonly to: "posted";
      readonly externalId: string;
      readonly version: string | null;
      readonly found: boolean;
      readonly errorCode?: string;
      readonly errorDetail?: SyncErrorDetail;
    }
  /** Accepted, with steps to come: linked, and not exported before the last of them. `seen`: what a read showed, where one settled it. */
  | {
      readonly to: "continued";
      readonly externalId: string;
      readonly version: string | null;
      readonly found: boolean;
      readonly seen?: Record<string, unknown>;
    }
  | { readonly to: "rejected"; readonly errorCode: string; readonly errorDetail: SyncErrorDetail }
  /** Certainly not written. `again`: a new generation, after a proven absence. */
  | {
      readonly to: "queued";
      readonly retryAt: Date | null;
      readonly transient: boolean;
      readonly again: boolean;
      readonly errorCode?: string;
      readonly errorDetail?: SyncErrorDetail;
    }
  | {
      readonly to: "unknown";
      readonly why: UnknownReason | "refused-after-unclear" | "duplicate";
      readonly resolveAfter: Date;
      readonly errorCode?: string;
      readonly errorDetail?: SyncErrorDetail;
    }
  | { readonly to: "conflict"; readonly errorDetail: SyncErrorDetail }
);

/**
 * P8: moves postings out of `from` by what became of them, links what was accepted, and closes the attempts. A link that another
 * record holds already makes that posting a conflict instead: nothing is linked twice.
 * @returns how many moved, by state
 */
export async function applySettlements(
  db: ScopedDb,
  scope: ClientScope,
  context: {
    connectionId: string;
    fence: bigint;
    callId: string | null;
    from: Extract<PostingState, "sending" | "waiting" | "unknown" | "queued">;
  },
  settlements: readonly Settlement[],
): Promise<Record<string, number>> {
  await requireLease(db, context.connectionId, context.fence);
  const linked = await linkAccepted(db, scope, context.connectionId, settlements);
  const rows = settlements.map((settlement) => toRow(settlement, linked));
  const moved = await db.execute<{ id: string; state: string }>(sql`
    update postings p set
      -- Of what the package holds half done there is nothing to choose: it is for a person, with its cause.
      state = case when p.continued and r.state = 'conflict' then ${context.from === "queued" ? "held" : "rejected"} else r.state end,
      continued = r.continued or (p.continued and r.state <> 'posted'),
      external_id = coalesce(r.external_id, p.external_id),
      posted_at = case when r.state = 'posted' then app.now() else p.posted_at end,
      exported_at = case when r.state = 'posted' then app.now() else p.exported_at end,
      exported_how = case when r.state = 'posted' then coalesce((select case when u.kind in ('upload', 'retry') then 'upload' else 'nightly' end from runs u where u.id = p.run_id), 'upload') else p.exported_how end,
      exported_by = case when r.state = 'posted' then (select u.started_by from runs u where u.id = p.run_id) else p.exported_by end,
      error_code = case when r.keep_error then coalesce(r.error_code, p.error_code) else r.error_code end,
      error_detail = case when r.keep_error then coalesce(r.error_detail, p.error_detail) else r.error_detail end,
      unknown_why = case when r.state = 'unknown' then r.why end,
      resolve_after = case when r.state = 'unknown' then r.resolve_after end,
      absent_looks = 0,
      -- What a step wrote is known by now: of the next one nothing was sent.
      maybe_sent = (p.maybe_sent and not r.continued) or (r.state = 'unknown' and r.why <> 'duplicate'),
      generation = p.generation + case when r.again then 1 else 0 end,
      tries = case when r.state = 'queued' and r.transient then p.tries + 1 when r.state = 'posted' or r.continued then 0 else p.tries end,
      retry_at = r.retry_at,
      changed_at = app.now()
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, state text, external_id text, error_code text, error_detail jsonb, keep_error boolean,
      why text, resolve_after timestamptz, again boolean, transient boolean, retry_at timestamptz, continued boolean)
    where p.id = r.id and p.state = ${context.from}
    returning p.id, p.state`);
  const outcomes = rows.map((row) => ({ ...row, outcome: row.outcome }));
  await db.execute(sql`
    update posting_attempts a set outcome = r.outcome, external_id = r.external_id, error_code = r.error_code, error_detail = r.error_detail,
      seen = coalesce(r.seen, a.seen), settled_at = app.now()
    from jsonb_to_recordset(${JSON.stringify(outcomes)}::jsonb) as r(id uuid, outcome text, external_id text, error_code text, error_detail jsonb, seen jsonb)
    where a.posting_id = r.id and a.call_id = ${
      context.callId === null
        ? sql`(select b.call_id from posting_attempts b join posting_calls c on c.id = b.call_id where b.posting_id = r.id order by c.created_at desc limit 1)`
        : sql`${context.callId}`
    }`);
  const counts: Record<string, number> = {};
  const continued = new Set(rows.filter((row) => row.continued).map((row) => row.id));
  for (const row of moved.rows) {
    const to = continued.has(row.id) ? "continued" : row.state;
    counts[to] = (counts[to] ?? 0) + 1;
  }
  return counts;
}

/** Keeps a read as the evidence that a record stands there as it was to be. */
export async function noteFoundDone(
  db: ScopedDb,
  scope: ClientScope,
  found: { callId: string; postingId: string; sent: Record<string, unknown>; externalId: string },
): Promise<void> {
  await db.execute(sql`
    insert into posting_attempts (client_id, call_id, posting_id, position, revision, generation, run_id, sent, outcome, external_id, settled_at)
    select client_id, ${found.callId}, id, 0, revision, generation, run_id, ${JSON.stringify(found.sent)}::jsonb, 'found',
      ${found.externalId}, app.now()
    from postings where client_id = ${scope.clientId} and id = ${found.postingId}`);
}

async function linkAccepted(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  settlements: readonly Settlement[],
): Promise<ReadonlySet<string>> {
  const accepted = settlements.flatMap((settlement) =>
    settlement.to === "posted" || settlement.to === "continued"
      ? [
          {
            record_id: settlement.recordId,
            family: settlement.family,
            entity: settlement.entity,
            external_id: settlement.externalId,
            version: settlement.version,
          },
        ]
      : [],
  );
  if (accepted.length === 0) return new Set();
  await db.execute(sql`
    insert into external_refs (client_id, connection_id, family, entity, external_id, record_id, version, linked_by)
    select ${scope.clientId}, ${connectionId}, r.family, r.entity, r.external_id, r.record_id, r.version, ${scope.actor.label}
    from jsonb_to_recordset(${JSON.stringify(accepted)}::jsonb)
      as r(family text, entity text, external_id text, record_id uuid, version text)
    on conflict do nothing`);
  const documents = accepted.flatMap((one) => (one.family === "document" ? one.external_id : []));
  await noteThere(db, scope, connectionId, documents);
  await notePaid(
    db,
    scope,
    connectionId,
    settlements.flatMap((one) => (one.to === "posted" && one.family === "payment" ? one.recordId : [])),
  );
  const held = await db.execute<{ record_id: string }>(sql`
    select e.record_id from external_refs e
    join jsonb_to_recordset(${JSON.stringify(accepted)}::jsonb) as r(family text, external_id text, record_id uuid)
      on e.connection_id = ${connectionId} and e.family = r.family and e.external_id = r.external_id and e.record_id = r.record_id`);
  return new Set(held.rows.map((row) => row.record_id));
}

function toRow(settlement: Settlement, linked: ReadonlySet<string>) {
  const base = {
    id: settlement.postingId,
    state: settlement.to as string,
    external_id: null as string | null,
    error_code: null as string | null,
    error_detail: null as SyncErrorDetail | null,
    keep_error: false,
    why: null as string | null,
    resolve_after: null as string | null,
    again: false,
    transient: false,
    retry_at: null as string | null,
    continued: false,
    seen: null as Record<string, unknown> | null,
    outcome: "unknown" as "accepted" | "refused" | "not-sent" | "unknown" | "found" | "absent" | "conflict",
  };
  switch (settlement.to) {
    case "continued":
    case "posted":
      if (!linked.has(settlement.recordId)) {
        return {
          ...base,
          state: "conflict",
          outcome: "conflict" as const,
          external_id: null,
          error_code: "unknown.ambiguous-match",
          error_detail: {
            value: settlement.externalId,
            candidates: [settlement.externalId],
            subject: "The package's record is linked to another of ours",
          },
        };
      }
      if (settlement.to === "continued") {
        return {
          ...base,
          state: "queued",
          external_id: settlement.externalId,
          continued: true,
          seen: settlement.seen ?? null,
          outcome: settlement.found ? ("found" as const) : ("accepted" as const),
        };
      }
      return {
        ...base,
        external_id: settlement.externalId,
        error_code: settlement.errorCode ?? null,
        error_detail: settlement.errorDetail ?? null,
        outcome: settlement.found ? ("found" as const) : ("accepted" as const),
      };
    case "rejected":
      return { ...base, error_code: settlement.errorCode, error_detail: settlement.errorDetail, outcome: "refused" as const };
    case "queued":
      return {
        ...base,
        again: settlement.again,
        transient: settlement.transient,
        retry_at: settlement.retryAt?.toISOString() ?? null,
        error_code: settlement.errorCode ?? null,
        error_detail: settlement.errorDetail ?? null,
        outcome: settlement.again ? ("absent" as const) : ("not-sent" as const),
      };
    case "unknown":
      return {
        ...base,
        why: settlement.why,
        resolve_after: settlement.resolveAfter.toISOString(),
        keep_error: true,
        error_code: settlement.errorCode ?? null,
        error_detail: settlement.errorDetail ?? null,
      };
    case "conflict":
      return {
        ...base,
        error_code: "unknown.ambiguous-match",
        error_detail: settlement.errorDetail,
        outcome: "conflict" as const,
      };
  }
}

export interface UnknownPosting {
  readonly id: string;
  readonly kind: RecordKind;
  readonly recordId: string;
  readonly reference: string;
  readonly why: string;
  readonly absentLooks: number;
  readonly maybeSent: boolean;
  readonly revision: number;
  /** The package's id of it, where a step before made it there. */
  readonly externalId: string | null;
  readonly errorCode: string | null;
  readonly errorDetail: SyncErrorDetail | null;
  readonly callId: string;
  /** The conversation of several steps that the call was a part of, and its place there. */
  readonly of: { readonly conversationId: string; readonly step: number } | null;
  readonly sent: unknown;
  /** What the package was last known to hold of the record before this revision was sent; null for a new one. */
  readonly sentBefore: unknown;
  readonly firstSentAt: Date;
  readonly callDeadlineAt: Date;
}

/** Postings of unknown outcome whose look is due, with the last call they were in. */
export const listDueUnknown = (db: ScopedDb, connectionId: string, most: number): Promise<UnknownPosting[]> =>
  listUnknown(db, sql`p.connection_id = ${connectionId} and p.resolve_after <= app.now()`, most);

/** Those of these postings whose outcome is unknown, with the last call they were in. */
export const listUnknownOf = (db: ScopedDb, postingIds: readonly string[]): Promise<UnknownPosting[]> =>
  listUnknown(db, sql`p.id = any (${sql.param([...postingIds])}::uuid[])`, postingIds.length);

async function listUnknown(db: ScopedDb, which: SQL, most: number): Promise<UnknownPosting[]> {
  const rows = await db.execute<{
    id: string;
    kind: RecordKind;
    record_id: string;
    reference: string;
    unknown_why: string | null;
    absent_looks: number;
    maybe_sent: boolean;
    revision: number;
    external_id: string | null;
    conversation_id: string | null;
    step: number;
    error_code: string | null;
    error_detail: SyncErrorDetail | null;
    call_id: string;
    sent: unknown;
    sent_before: unknown;
    created_at: string;
    deadline_at: string;
  }>(sql`
    select p.id, p.kind, p.record_id, p.reference, p.unknown_why, p.absent_looks, p.maybe_sent, p.error_code, p.error_detail,
      p.revision, case when p.continued then p.external_id end as external_id,
      a.call_id, a.conversation_id, a.step, a.sent, a.created_at, a.deadline_at,
      (select b.sent from postings q join posting_attempts b on b.posting_id = q.id join posting_calls c on c.id = b.call_id
        where q.connection_id = p.connection_id and q.record_id = p.record_id and q.kind = p.kind and q.id <> p.id
          and b.outcome in ('accepted', 'found') order by c.created_at desc limit 1) as sent_before
    from postings p
    cross join lateral (
      select b.call_id, b.sent, c.created_at, c.deadline_at, c.conversation_id, c.step
      from posting_attempts b join posting_calls c on c.id = b.call_id
      where b.posting_id = p.id order by c.created_at desc limit 1
    ) a
    where p.state = 'unknown' and ${which}
    order by p.resolve_after, p.id limit ${most}`);
  return rows.rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    recordId: row.record_id,
    reference: row.reference,
    why: row.unknown_why ?? "worker-died",
    absentLooks: row.absent_looks,
    maybeSent: row.maybe_sent,
    revision: row.revision,
    externalId: row.external_id,
    of: row.conversation_id === null ? null : { conversationId: row.conversation_id, step: row.step },
    errorCode: row.error_code,
    errorDetail: row.error_detail,
    callId: row.call_id,
    sent: row.sent,
    sentBefore: row.sent_before,
    firstSentAt: new Date(row.created_at),
    callDeadlineAt: new Date(row.deadline_at),
  }));
}

/** A call as it was sent. */
export async function findCall(db: ScopedDb, callId: string): Promise<{ message: Message; key: string }> {
  const { rows } = await db.execute<{ message: Message; idempotency_key: string | null }>(
    sql`select message, idempotency_key from posting_calls where id = ${callId}`,
  );
  const row = rows[0];
  if (!row) throw new Error("The call is gone");
  return { message: row.message, key: row.idempotency_key ?? "" };
}

/** How often the same bytes may leave under one key. */
export const MOST_SENDS = 3;

export interface ReplayableCall {
  readonly id: string;
  readonly message: Message;
  readonly idempotencyKey: string;
  readonly tokenVersion: number;
  readonly postings: readonly { id: string; kind: RecordKind; recordId: string; sent: unknown }[];
}

/**
 * A call that may be sent again under its key: no answer came, every posting of it is still unknown for that reason, and it was not
 * sent again before. Null otherwise.
 */
export async function findReplayable(db: ScopedDb, callId: string): Promise<ReplayableCall | null> {
  const call = await db.execute<{ id: string; message: Message; idempotency_key: string; token_version: number }>(sql`
    select id, message, idempotency_key, token_version from posting_calls c
    where id = ${callId} and sends < ${MOST_SENDS} and status is null and idempotency_key is not null
      and not exists (
        select from posting_attempts a join postings p on p.id = a.posting_id
        where a.call_id = c.id and (p.state <> 'unknown' or p.unknown_why not in ('timeout', 'reset', 'worker-died')
          or exists (select from posting_attempts b join posting_calls d on d.id = b.call_id where b.posting_id = p.id and d.created_at > c.created_at)))`);
  const row = call.rows[0];
  if (!row) return null;
  const attempts = await db.execute<{ id: string; kind: RecordKind; record_id: string; sent: unknown }>(sql`
    select p.id, p.kind, p.record_id, a.sent from posting_attempts a join postings p on p.id = a.posting_id
    where a.call_id = ${callId} order by a.position for update of p`);
  return {
    id: row.id,
    message: row.message,
    idempotencyKey: row.idempotency_key,
    tokenVersion: row.token_version,
    postings: attempts.rows.map((one) => ({ id: one.id, kind: one.kind, recordId: one.record_id, sent: one.sent })),
  };
}

/** Leaves unknown postings where they are and says when to look again. */
export async function postponeLook(
  db: ScopedDb,
  postingIds: readonly string[],
  resolveAfter: Date,
  absent: boolean,
): Promise<void> {
  if (postingIds.length === 0) return;
  await db.execute(sql`
    update postings set resolve_after = ${resolveAfter}, absent_looks = absent_looks + ${absent ? 1 : 0}, changed_at = app.now()
    where id = any (${uuids(postingIds)}) and state = 'unknown'`);
}

/** Stores the package's own words about postings whose outcome its answer left open: for people to read; nothing is decided by them. */
export async function noteAnswered(db: ScopedDb, postingIds: readonly string[], said: SyncErrorDetail): Promise<void> {
  if (postingIds.length === 0) return;
  await db.execute(sql`
    update postings set error_detail = ${JSON.stringify(said)}::jsonb, changed_at = app.now()
    where id = any (${uuids(postingIds)}) and state = 'unknown' and error_code is null`);
}

export interface PostedPosting {
  readonly id: string;
  readonly kind: RecordKind;
  readonly recordId: string;
  readonly reference: string;
  readonly externalId: string;
  readonly absentLooks: number;
  readonly sentAt: Date;
  readonly sent: unknown;
}

/** Posted and not yet seen by an independent read, oldest first. */
export async function listUnconfirmed(
  db: ScopedDb,
  connectionId: string,
  kinds: readonly RecordKind[],
  most: number,
): Promise<PostedPosting[]> {
  const rows = await db.execute<{
    id: string;
    kind: RecordKind;
    record_id: string;
    reference: string;
    external_id: string;
    absent_looks: number;
    sent_at: string;
    sent: unknown;
  }>(sql`
    select p.id, p.kind, p.record_id, p.reference, p.external_id, p.absent_looks, coalesce(p.sent_at, p.posted_at) as sent_at, a.sent
    from postings p
    cross join lateral (
      select b.sent from posting_attempts b join posting_calls c on c.id = b.call_id
      where b.posting_id = p.id and b.outcome in ('accepted', 'found') order by c.created_at desc limit 1
    ) a
    where p.connection_id = ${connectionId} and p.state = 'posted' and p.current and p.external_id is not null
      and p.kind in (${sql.join(
        kinds.map((kind) => sql`${kind}`),
        sql`, `,
      )}) and (p.retry_at is null or p.retry_at <= app.now())
    order by p.issued_on, p.id limit ${most}`);
  return rows.rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    recordId: row.record_id,
    reference: row.reference,
    externalId: row.external_id,
    absentLooks: row.absent_looks,
    sentAt: new Date(row.sent_at),
    sent: row.sent,
  }));
}

/** What an independent read said of one posted record. */
export interface Finding {
  readonly id: string;
  readonly to: "confirmed" | "drifted" | "draft" | "absent";
  readonly version: string | null;
  readonly differences: readonly Difference[];
  /** What the package reckons itself: shown, and no difference. */
  readonly noted: readonly Difference[];
  /** For `draft` and `absent`: when to look again. */
  readonly lookAgainAt: Date | null;
}

/** Gives the tick, or the difference; what was not seen yet, or is held as a draft, is looked at again later. */
export async function applyFindings(
  db: ScopedDb,
  context: { connectionId: string; fence: bigint },
  findings: readonly Finding[],
): Promise<void> {
  await requireLease(db, context.connectionId, context.fence);
  const rows = findings.map((finding) => ({
    id: finding.id,
    found: finding.to,
    differences: finding.differences,
    noted: finding.noted.length > 0 ? finding.noted : null,
    version: finding.version,
    look_again_at: finding.lookAgainAt?.toISOString() ?? null,
  }));
  await db.execute(sql`
    with r as (select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, found text, differences jsonb, noted jsonb, version text, look_again_at timestamptz)),
    moved as (
      update postings p set
        state = case r.found when 'confirmed' then 'confirmed' when 'drifted' then 'drifted' else p.state end,
        confirmed_at = case when r.found in ('confirmed', 'drifted') then app.now() else p.confirmed_at end,
        held_as_draft = r.found = 'draft',
        differences = case when r.found = 'drifted' then r.differences end, noted = r.noted,
        absent_looks = case when r.found = 'absent' then p.absent_looks + 1 else 0 end,
        retry_at = r.look_again_at, changed_at = app.now()
      from r where p.id = r.id and p.state = 'posted'
      returning p.connection_id, p.record_id, r.version
    )
    update external_refs e set version = moved.version from moved
    where e.connection_id = moved.connection_id and e.record_id = moved.record_id and moved.version is not null`);
}

/** The sweep: what is still sending after its deadline becomes unknown, and is due to be looked up at once. */
export async function sweepOverdue(db: ScopedDb): Promise<number> {
  const swept = await db.execute(sql`
    update postings p set state = 'unknown', unknown_why = 'worker-died', resolve_after = app.now(), maybe_sent = true, changed_at = app.now()
    where p.state = 'sending' and not exists (
      select from posting_attempts a join posting_calls c on c.id = a.call_id
      where a.posting_id = p.id and a.generation = p.generation and c.deadline_at >= app.now())`);
  return swept.rowCount ?? 0;
}

const uuids = (list: readonly string[]) =>
  sql`array[${sql.join(
    list.map((id) => sql`${id}::uuid`),
    sql`, `,
  )}]::uuid[]`;
