import { and, eq, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { UNCLEAR } from "#db/queries/postings/attachments.ts";
import { attachments } from "#db/schema/operational.ts";

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
