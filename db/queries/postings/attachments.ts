import { and, eq, type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { attachments } from "#db/schema/operational.ts";
import type { DocumentKind } from "#lib/common/records.ts";
import type { SyncError, SyncErrorDetail } from "#lib/errors/sync-error.ts";
import { requireLease } from "./outcomes.ts";

/** What stands in the detail beside the cause: when the file is tried, or looked for, again. ISO 8601. */
interface AttachmentDetail extends SyncErrorDetail {
  readonly retryAt?: string;
}

/** A call under way, or one whose answer was not clear. */
const UNCLEAR = "unknown.timeout-after-send";

/** Files that may go to this connection's package: their document is there, in all its steps, and nothing says to wait. */
const sendable = (connectionId: SQL) => sql`
  attachments a join documents d on d.id = a.document_id
    join external_refs r on r.connection_id = ${connectionId} and r.family = 'document' and r.record_id = d.id
    join postings p on p.connection_id = r.connection_id and p.record_id = d.id and p.current and p.panel <> 'aside' and not p.continued
  where a.state = 'waiting' and d.status = 'open'`;

const retryAt = sql`(a.error_detail ->> 'retryAt')::timestamptz`;

/** The connections that have a file to send now. */
export const connectionsWithDueAttachments: SQL = sql`
  select r.connection_id from ${sendable(sql`r.connection_id`)} and (${retryAt} is null or ${retryAt} <= app.now())`;

/** When the next file falls due, as a subquery: now for one that waits for nothing. */
export const nextAttachment = (connectionId: string): SQL =>
  sql`select min(coalesce(${retryAt}, app.now())) from ${sendable(sql`${connectionId}`)}`;

export interface AttachmentToSend {
  readonly id: string;
  readonly kind: DocumentKind;
  readonly number: string;
  readonly documentExternalId: string;
  readonly fileName: string;
  readonly mediaType: string;
  readonly content: Buffer;
  /** Tries before this one. */
  readonly tries: number;
  /** The try before had no clear answer, when it was made: the package is asked first. */
  readonly unclearSince: Date | null;
}

/** The next file that may go, without a claim on it: one worker at a time holds a connection. */
export async function findDueAttachment(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
): Promise<AttachmentToSend | null> {
  const { rows } = await db.execute<{
    id: string;
    kind: DocumentKind;
    number: string;
    external_id: string;
    file_name: string;
    media_type: string;
    content: Buffer;
    tries: number;
    error_code: string | null;
    sent_at: string | null;
  }>(sql`
    select a.id, d.kind, d.number, r.external_id, a.file_name, a.media_type, a.content, a.tries, a.error_code, a.sent_at
    from ${sendable(sql`${connectionId}`)} and a.client_id = ${scope.clientId} and (${retryAt} is null or ${retryAt} <= app.now())
    order by a.created_at, a.id limit 1`);
  const row = rows[0];
  if (!row) return null;
  return {
    id: row.id,
    kind: row.kind,
    number: row.number,
    documentExternalId: row.external_id,
    fileName: row.file_name,
    mediaType: row.media_type,
    content: row.content,
    tries: row.tries,
    unclearSince: row.error_code === UNCLEAR && row.sent_at !== null ? new Date(row.sent_at) : null,
  };
}

interface Fenced {
  readonly connectionId: string;
  readonly fence: bigint;
}

/** Records, before any byte is sent, that the file is being sent: if the worker dies now, its outcome is unclear. */
export async function markAttachmentSending(db: ScopedDb, fenced: Fenced, id: string): Promise<void> {
  await requireLease(db, fenced.connectionId, fenced.fence);
  await db.execute(sql`
    update attachments set tries = tries + 1, sent_at = app.now(), error_code = ${UNCLEAR}, error_detail = '{}'::jsonb
    where id = ${id} and state = 'waiting'`);
}

/** What became of one try: there, refused, or again at a later time. */
export async function settleAttachment(
  db: ScopedDb,
  fenced: Fenced,
  id: string,
  to:
    | { readonly state: "sent"; readonly externalId: string }
    | { readonly state: "failed"; readonly error: SyncError }
    | { readonly state: "waiting"; readonly code: string; readonly retryAt: Date },
): Promise<void> {
  await requireLease(db, fenced.connectionId, fenced.fence);
  const detail: AttachmentDetail | null =
    to.state === "failed" ? to.error.detail : to.state === "waiting" ? { retryAt: to.retryAt.toISOString() } : null;
  await db.execute(sql`
    update attachments set state = ${to.state}, external_id = ${to.state === "sent" ? to.externalId : null},
      error_code = ${to.state === "failed" ? to.error.code : to.state === "waiting" ? to.code : null},
      error_detail = ${detail === null ? null : JSON.stringify(detail)}::jsonb,
      sent_at = case when ${to.state} = 'sent' then app.now() else sent_at end
    where id = ${id} and state = 'waiting'`);
}

export interface NewAttachment {
  readonly documentId: string;
  readonly fileName: string;
  readonly mediaType: string;
  readonly sha256: string;
  readonly content: Buffer;
}

/** Keeps a file with its document; null when the very same one is there already. */
export async function insertAttachment(db: ScopedDb, scope: ClientScope, file: NewAttachment): Promise<string | null> {
  const [made] = await db
    .insert(attachments)
    .values({ ...file, clientId: scope.clientId, bytes: file.content.length, createdBy: scope.actor.label })
    .onConflictDoNothing()
    .returning({ id: attachments.id });
  return made?.id ?? null;
}

/** A document's files by name and content, the document locked until the transaction ends; null when it is not this client's. */
export async function lockDocumentFiles(db: ScopedDb, scope: ClientScope, documentId: string) {
  const found = await db.execute<{ status: string }>(
    sql`select status from documents where client_id = ${scope.clientId} and id = ${documentId} for update`,
  );
  const document = found.rows[0];
  if (!document) return null;
  const files = await db
    .select({ fileName: attachments.fileName, sha256: attachments.sha256 })
    .from(attachments)
    .where(and(eq(attachments.clientId, scope.clientId), eq(attachments.documentId, documentId)));
  return { status: document.status, files };
}

/** One file with its bytes; null when it is not this client's. */
export async function findAttachment(db: ScopedDb, scope: ClientScope, id: string) {
  const [row] = await db
    .select({
      documentId: attachments.documentId,
      fileName: attachments.fileName,
      mediaType: attachments.mediaType,
      content: attachments.content,
    })
    .from(attachments)
    .where(and(eq(attachments.clientId, scope.clientId), eq(attachments.id, id)));
  return row ?? null;
}

/** Has a refused file tried again from the beginning; null unless it was refused. */
export async function requeueAttachment(db: ScopedDb, scope: ClientScope, id: string): Promise<{ fileName: string } | null> {
  const found = await db.execute<{ file_name: string }>(sql`
    update attachments set state = 'waiting', tries = 0, error_code = case when error_code = ${UNCLEAR} then error_code end, error_detail = null
    where client_id = ${scope.clientId} and id = ${id} and state = 'failed' returning file_name`);
  return found.rows[0] ? { fileName: found.rows[0].file_name } : null;
}

/** Takes back a file of which nothing was ever sent; null otherwise. */
export async function deleteUnsentAttachment(
  db: ScopedDb,
  scope: ClientScope,
  id: string,
): Promise<{ fileName: string; documentId: string } | null> {
  const gone = await db.execute<{ file_name: string; document_id: string }>(sql`
    delete from attachments where client_id = ${scope.clientId} and id = ${id} and state <> 'sent'
      and (sent_at is null or (state = 'failed' and error_code <> ${UNCLEAR})) returning file_name, document_id`);
  const row = gone.rows[0];
  return row ? { fileName: row.file_name, documentId: row.document_id } : null;
}
