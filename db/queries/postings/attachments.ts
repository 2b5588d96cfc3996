import { type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import type { DocumentKind } from "#lib/common/records.ts";
import type { SyncError, SyncErrorDetail } from "#lib/errors/sync-error.ts";
import { type CallIntent, insertCall, requireLease } from "./outcomes.ts";

/** What stands in the detail beside the cause: when the file is tried, or looked for, again. ISO 8601. */
interface AttachmentDetail extends SyncErrorDetail {
  readonly retryAt?: string;
}

/** A call under way, or one whose answer was not clear. */
export const UNCLEAR = "unknown.timeout-after-send";

/**
 * Files that may go to this connection's package: their document is there, in all its steps, and
 * nothing says to wait.
 */
const sendable = (connectionId: SQL) => sql`
  attachments a join documents d on d.id = a.document_id
    join external_refs r
      on r.connection_id = ${connectionId} and r.family = 'document' and r.record_id = d.id
    join postings p on p.connection_id = r.connection_id and p.record_id = d.id and p.current
      and p.panel <> 'aside' and not p.continued
  where a.state = 'waiting' and d.status = 'open'`;

const retryAt = sql`(a.error_detail ->> 'retryAt')::timestamptz`;

/** The connections that have a file to send now. */
export const connectionsWithDueAttachments: SQL = sql`
  select r.connection_id from ${sendable(sql`r.connection_id`)}
    and (${retryAt} is null or ${retryAt} <= app.now())`;

/** When the next file falls due, as a subquery: now for one that waits for nothing. */
export const nextAttachment = (connectionId: string): SQL =>
  sql`select min(coalesce(${retryAt}, app.now())) from ${sendable(sql`${connectionId}`)}`;

/** A call that put a file to its document, and whose outcome is not known. */
export interface OpenCall {
  /** Null for one of before calls of files were kept. */
  readonly callId: string | null;
  readonly sentAt: Date;
  readonly deadlineAt: Date | null;
  readonly requestSha: string | null;
  readonly key: string | null;
  readonly tokenVersion: number | null;
  readonly sends: number;
  readonly why: string | null;
  /** Whether any answer came. */
  readonly isAnswered: boolean;
}

export interface AttachmentToSend {
  readonly id: string;
  readonly documentId: string;
  readonly kind: DocumentKind;
  readonly number: string;
  readonly documentExternalId: string;
  readonly fileName: string;
  readonly mediaType: string;
  readonly sha256: string;
  readonly content: Buffer;
  /** Calls before this one. */
  readonly tries: number;
  readonly generation: number;
  /** The call before had no clear answer: what became of it is found out first. */
  readonly open: OpenCall | null;
}

/** The next file that may go, without a claim on it: one worker at a time holds a connection. */
export async function findDueAttachment(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
): Promise<AttachmentToSend | null> {
  const { rows } = await db.execute<{
    id: string;
    document_id: string;
    kind: DocumentKind;
    number: string;
    external_id: string;
    file_name: string;
    media_type: string;
    sha256: string;
    content: Buffer;
    tries: number;
    generation: number;
    error_code: string | null;
    sent_at: string | null;
    call_id: string | null;
    deadline_at: string | null;
    created_at: string | null;
    request_sha: string | null;
    idempotency_key: string | null;
    token_version: number | null;
    sends: number | null;
    why: string | null;
    status: number | null;
  }>(sql`
    with due as (
      select a.id, a.created_at, r.external_id from ${sendable(sql`${connectionId}`)}
        and a.client_id = ${scope.clientId} and (${retryAt} is null or ${retryAt} <= app.now())
      order by a.created_at, a.id limit 1
    )
    select a.id, a.document_id, d.kind, d.number, due.external_id, a.file_name, a.media_type,
      a.sha256, a.content, a.tries, a.generation, a.error_code, a.sent_at, l.call_id,
      l.created_at, l.deadline_at, l.request_sha, l.idempotency_key, l.token_version, l.sends,
      l.why, l.status
    from due join attachments a on a.id = due.id join documents d on d.id = a.document_id
    left join lateral (
      select c.id as call_id, c.created_at, c.deadline_at, c.request_sha, c.idempotency_key,
        c.token_version, c.sends, c.why, c.status
      from posting_attempts t join posting_calls c on c.id = t.call_id
      where t.attachment_id = a.id order by c.created_at desc limit 1
    ) l on true`);
  const row = rows[0];
  if (!row) return null;
  const isOpen = row.error_code === UNCLEAR && row.sent_at !== null;
  return {
    id: row.id,
    documentId: row.document_id,
    kind: row.kind,
    number: row.number,
    documentExternalId: row.external_id,
    fileName: row.file_name,
    mediaType: row.media_type,
    sha256: row.sha256,
    content: row.content,
    tries: row.tries,
    generation: row.generation,
    open: isOpen
      ? {
          callId: row.call_id,
          sentAt: new Date(row.created_at ?? row.sent_at ?? 0),
          deadlineAt: row.deadline_at === null ? null : new Date(row.deadline_at),
          requestSha: row.request_sha,
          key: row.idempotency_key,
          tokenVersion: row.token_version,
          sends: row.sends ?? 1,
          why: row.why,
          isAnswered: row.status !== null,
        }
      : null,
  };
}

interface Fenced {
  readonly connectionId: string;
  readonly fence: bigint;
}

/**
 * P4: writes the intent of putting a file to its document, before any byte leaves. If the worker
 * dies now, the outcome is unclear.
 * @param sent what is kept of the file in the call: never its bytes
 * @returns the call; null where the file was taken back since, or may not go now
 */
export async function insertAttachmentIntent(
  db: ScopedDb,
  scope: ClientScope,
  file: AttachmentToSend,
  intent: Omit<CallIntent, "of"> & { readonly sent: Record<string, unknown> },
): Promise<string | null> {
  await requireLease(db, intent.connectionId, intent.fence);
  const claimed = await db.execute(sql`
    select a.id from ${sendable(sql`${intent.connectionId}`)} and a.id = ${file.id}
      and a.generation = ${file.generation} and a.tries = ${file.tries} for update of a`);
  if (claimed.rowCount !== 1) return null;
  // A file's calls are one conversation: what parts them from others is the file's own id.
  const of = { conversationId: file.id, step: 0 };
  const callId = await insertCall(db, scope, { ...intent, of });
  await db.execute(sql`
    insert into posting_attempts (client_id, call_id, attachment_id, position, revision, generation,
      sent)
    values (${scope.clientId}, ${callId}, ${file.id}, 0, 1, ${file.generation},
      ${JSON.stringify(intent.sent)}::jsonb)`);
  await db.execute(sql`
    update attachments set tries = tries + 1, sent_at = app.now(), error_code = ${UNCLEAR},
      error_detail = '{}'::jsonb
    where id = ${file.id}`);
  return callId;
}

/** What became of a file by one call or one look. */
export type FileOutcome =
  | { readonly to: "sent"; readonly externalId: string; readonly seen?: Record<string, unknown> }
  | { readonly to: "failed"; readonly error: SyncError; readonly outcome: "refused" | "not-sent" }
  /** Certainly not there. `isTry`: it counts among the tries before a person is asked. */
  | {
      readonly to: "again";
      readonly code: string;
      readonly retryAt: Date;
      readonly isTry: boolean;
    }
  /** Not known yet. */
  | { readonly to: "unclear"; readonly retryAt: Date }
  /** Proved absent: the next call is another one. `isLast`: a person is asked first. */
  | { readonly to: "absent"; readonly isLast: boolean }
  /** What became of it cannot be found out: a person is asked, and it stays unclear. */
  | { readonly to: "stuck"; readonly detail: SyncErrorDetail };

/** P8: moves a file by what became of it, and closes its call. */
export async function settleAttachment(
  db: ScopedDb,
  fenced: Fenced,
  id: string,
  callId: string | null,
  result: FileOutcome,
): Promise<void> {
  await requireLease(db, fenced.connectionId, fenced.fence);
  const row = rowOf(result);
  await db.execute(sql`
    update attachments set state = ${row.state}, external_id = ${row.externalId},
      error_code = ${row.code}, error_detail = ${jsonOf(row.detail)}::jsonb,
      tries = tries - ${row.untried ? 1 : 0}, generation = generation + ${row.anew ? 1 : 0},
      sent_at = case when ${row.state} = 'sent' then app.now() else sent_at end
    where id = ${id} and state = 'waiting'`);
  if (callId === null) return;
  const error = result.to === "failed" ? result.error : null;
  await db.execute(sql`
    update posting_attempts set outcome = ${row.outcome}, external_id = ${row.externalId},
      error_code = ${error?.code ?? null}, error_detail = ${jsonOf(error?.detail ?? null)}::jsonb,
      seen = ${jsonOf(result.to === "sent" ? (result.seen ?? null) : null)}::jsonb,
      settled_at = app.now()
    where call_id = ${callId} and attachment_id = ${id}`);
}

const jsonOf = (value: object | null) => (value === null ? null : JSON.stringify(value));

/** How a file and its call stand after it. */
function rowOf(result: FileOutcome) {
  const base = {
    externalId: null as string | null,
    code: null as string | null,
    detail: null as AttachmentDetail | null,
    untried: false,
    anew: false,
  };
  const until = (at: Date) => ({ retryAt: at.toISOString() });
  switch (result.to) {
    case "sent": {
      const outcome = result.seen ? ("found" as const) : ("accepted" as const);
      return { ...base, state: "sent", outcome, externalId: result.externalId };
    }
    case "failed": {
      const { error, outcome } = result;
      const anew = outcome === "refused";
      return { ...base, state: "failed", outcome, code: error.code, detail: error.detail, anew };
    }
    case "again": {
      const { code, isTry } = result;
      const detail = until(result.retryAt);
      return { ...base, state: "waiting", outcome: "not-sent", code, detail, untried: !isTry };
    }
    case "unclear": {
      const detail = until(result.retryAt);
      return { ...base, state: "waiting", outcome: "unknown", code: UNCLEAR, detail };
    }
    case "absent":
      return result.isLast
        ? { ...base, state: "failed", outcome: "absent", code: UNCLEAR, detail: {}, anew: true }
        : { ...base, state: "waiting", outcome: "absent", anew: true };
    case "stuck":
      return { ...base, state: "failed", outcome: "unknown", code: UNCLEAR, detail: result.detail };
  }
}
