import { and, desc, eq, inArray, ne, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { thereOf } from "#db/queries/links/there.ts";
import { connections } from "#db/schema/clients.ts";
import { attachments, fileImports } from "#db/schema/operational.ts";
import { externalRefs, postingAttempts, postingCalls, postings, recordEvents } from "#db/schema/postings.ts";
import { runs } from "#db/schema/work.ts";

/** Most attempts, and most other events, that one record's timeline shows. */
const MOST = 100;

/** Every attempt to send any revision of a record, over all its connections, newest first. */
export async function listRecordAttempts(db: ScopedDb, scope: ClientScope, recordId: string) {
  return db
    .select({
      callId: postingCalls.id,
      connectionId: postingCalls.connectionId,
      kind: postings.kind,
      revision: postingAttempts.revision,
      at: postingCalls.createdAt,
      answeredAt: postingCalls.answeredAt,
      settledAt: postingAttempts.settledAt,
      operation: postingCalls.operation,
      method: sql<string>`${postingCalls.message} ->> 'method'`,
      sends: postingCalls.sends,
      status: postingCalls.status,
      why: postingCalls.why,
      outcome: postingAttempts.outcome,
      externalId: postingAttempts.externalId,
      errorCode: postingAttempts.errorCode,
      errorDetail: postingAttempts.errorDetail,
      mappingVersion: postingAttempts.mappingVersion,
      sent: postingAttempts.sent,
      runId: postingAttempts.runId,
      runNumber: runs.number,
      runKind: runs.kind,
      startedBy: runs.startedBy,
    })
    .from(postings)
    .innerJoin(postingAttempts, eq(postingAttempts.postingId, postings.id))
    .innerJoin(postingCalls, eq(postingCalls.id, postingAttempts.callId))
    .leftJoin(runs, eq(runs.id, postingAttempts.runId))
    .where(and(eq(postings.clientId, scope.clientId), eq(postings.recordId, recordId)))
    .orderBy(desc(postingCalls.createdAt))
    .limit(MOST);
}

/** Every call that put a file to a document, over all its connections, newest first. */
export async function listFileAttempts(db: ScopedDb, scope: ClientScope, documentId: string) {
  return db
    .select({
      callId: postingCalls.id,
      connectionId: postingCalls.connectionId,
      at: postingCalls.createdAt,
      answeredAt: postingCalls.answeredAt,
      settledAt: postingAttempts.settledAt,
      operation: postingCalls.operation,
      sends: postingCalls.sends,
      status: postingCalls.status,
      why: postingCalls.why,
      outcome: postingAttempts.outcome,
      externalId: postingAttempts.externalId,
      errorCode: postingAttempts.errorCode,
      errorDetail: postingAttempts.errorDetail,
      sent: postingAttempts.sent,
    })
    .from(postingAttempts)
    .innerJoin(postingCalls, eq(postingCalls.id, postingAttempts.callId))
    .where(
      and(
        eq(postingAttempts.clientId, scope.clientId),
        sql`${postingAttempts.attachmentId} is not null`,
        sql`${postingAttempts.sent} ->> 'documentId' = ${documentId}`,
      ),
    )
    .orderBy(desc(postingCalls.createdAt))
    .limit(MOST);
}

/** A record's postings, one a revision and connection, newest first: what the last read of each saw. */
export async function listRecordPostings(db: ScopedDb, scope: ClientScope, recordId: string) {
  return db
    .select({
      id: postings.id,
      connectionId: postings.connectionId,
      package: connections.package,
      tenantName: connections.tenantName,
      connectionState: connections.state,
      kind: postings.kind,
      revision: postings.revision,
      current: postings.current,
      state: postings.state,
      panel: postings.panel,
      aside: postings.aside,
      asideWhy: postings.asideWhy,
      errorCode: postings.errorCode,
      errorDetail: postings.errorDetail,
      precheck: postings.precheck,
      precheckCode: postings.precheckCode,
      precheckDetail: postings.precheckDetail,
      confirmedAt: postings.confirmedAt,
      heldAsDraft: postings.heldAsDraft,
      differences: postings.differences,
      noted: postings.noted,
      exportedAt: postings.exportedAt,
      exportedHow: postings.exportedHow,
      exportedBy: postings.exportedBy,
      markReason: postings.markReason,
      changedSinceMarked: postings.changedSinceMarked,
      maybeSent: postings.maybeSent,
      resolveAfter: postings.resolveAfter,
      currency: postings.currency,
    })
    .from(postings)
    .innerJoin(connections, eq(connections.id, postings.connectionId))
    .where(and(eq(postings.clientId, scope.clientId), eq(postings.recordId, recordId)))
    .orderBy(desc(postings.createdAt), desc(postings.revision))
    .limit(MOST);
}

/** What became of a record beside its calls, newest first. */
export async function listRecordEvents(db: ScopedDb, scope: ClientScope, recordId: string) {
  return db
    .select({
      at: recordEvents.at,
      actor: recordEvents.actor,
      what: recordEvents.what,
      revision: recordEvents.revision,
      detail: recordEvents.detail,
    })
    .from(recordEvents)
    .where(and(eq(recordEvents.clientId, scope.clientId), eq(recordEvents.recordId, recordId)))
    .orderBy(desc(recordEvents.id))
    .limit(MOST);
}

/** The package's ids that a record is linked to, over all its connections. */
export async function listRecordLinks(db: ScopedDb, scope: ClientScope, recordId: string) {
  return db
    .select({
      connectionId: externalRefs.connectionId,
      externalId: externalRefs.externalId,
      at: externalRefs.linkedAt,
      by: externalRefs.linkedBy,
    })
    .from(externalRefs)
    .where(and(eq(externalRefs.clientId, scope.clientId), eq(externalRefs.recordId, recordId)))
    .orderBy(desc(externalRefs.linkedAt));
}

/** When a record was made and the file that its present revision came from; null when there is none of this client's. */
export async function findRecordOrigin(db: ScopedDb, scope: ClientScope, recordId: string) {
  const { rows } = await db.execute<{ created_at: string; import_id: string | null; revision: number }>(sql`
    select created_at, import_id, revision from contacts where client_id = ${scope.clientId} and id = ${recordId}
    union all select created_at, import_id, revision from products where client_id = ${scope.clientId} and id = ${recordId}
    union all select created_at, import_id, revision from documents where client_id = ${scope.clientId} and id = ${recordId}
    union all select created_at, import_id, revision from payments where client_id = ${scope.clientId} and id = ${recordId}
    union all select created_at, import_id, revision from journals where client_id = ${scope.clientId} and id = ${recordId}`);
  const row = rows[0];
  return row ? { createdAt: new Date(row.created_at), importId: row.import_id, revision: row.revision } : null;
}

/** Names of these uploads, and who brought them. */
export async function listFileNames(db: ScopedDb, scope: ClientScope, ids: readonly string[]) {
  if (ids.length === 0) return [];
  return db
    .select({ id: fileImports.id, name: fileImports.fileName, by: fileImports.createdByName })
    .from(fileImports)
    .where(and(eq(fileImports.clientId, scope.clientId), inArray(fileImports.id, [...ids])));
}

/** What our own records are called that the package knows by these ids: a contact's name, a document's number. */
export async function nameLinked(db: ScopedDb, scope: ClientScope, externalIds: readonly string[]): Promise<Map<string, string>> {
  if (externalIds.length === 0) return new Map();
  const { rows } = await db.execute<{ external_id: string; name: string }>(sql`
    select r.external_id, coalesce(c.name, d.number) as name from external_refs r
    left join contacts c on r.family = 'contact' and c.id = r.record_id left join documents d on r.family = 'document' and d.id = r.record_id
    where r.client_id = ${scope.clientId} and r.family in ('contact', 'document') and coalesce(c.name, d.number) is not null
      and r.external_id in (${sql.join(
        externalIds.map((id) => sql`${id}`),
        sql`, `,
      )})`);
  return new Map(rows.map((row) => [row.external_id, row.name]));
}

/** Files that belong to a record, without their bytes, newest first. */
export async function listAttachments(db: ScopedDb, scope: ClientScope, documentId: string) {
  return db
    .select({
      id: attachments.id,
      fileName: attachments.fileName,
      mediaType: attachments.mediaType,
      bytes: attachments.bytes,
      state: attachments.state,
      tries: attachments.tries,
      errorCode: attachments.errorCode,
      errorDetail: attachments.errorDetail,
      createdBy: attachments.createdBy,
      createdAt: attachments.createdAt,
      sentAt: attachments.sentAt,
    })
    .from(attachments)
    .where(and(eq(attachments.clientId, scope.clientId), eq(attachments.documentId, documentId)))
    .orderBy(desc(attachments.createdAt), attachments.fileName);
}
export type AttachmentRow = Awaited<ReturnType<typeof listAttachments>>[number];

/** One call's bytes both ways, at most `most` characters of each; null when it is not this client's. */
export async function findCallBytes(db: ScopedDb, scope: ClientScope, callId: string, most: number) {
  const { rows } = await db.execute<{
    message: {
      method: string;
      path: string;
      query: Record<string, string>;
      body: string | null;
      file: { mediaType: string; length: number; sha256: string } | null;
    };
    headers: Record<string, string> | null;
    answer: Buffer | null;
    sent_length: string;
    answer_length: string;
    body_sha: string;
    key: string | null;
  }>(sql`
    select jsonb_build_object('method', message ->> 'method', 'path', message ->> 'path', 'query', message -> 'query',
        'body', left(message ->> 'body', ${most}), 'file', message -> 'file') as message,
      answer_headers as headers, substr(answer, 1, ${most}) as answer, coalesce(length(message ->> 'body'), 0)::text as sent_length,
      coalesce(length(answer), 0)::text as answer_length, 
      encode(sha256(convert_to(coalesce(message ->> 'body', ''), 'UTF8')), 'hex') as body_sha, idempotency_key as key
    from posting_calls where client_id = ${scope.clientId} and id = ${callId}`);
  const row = rows[0];
  if (!row) return null;
  return {
    method: row.message.method,
    path: row.message.path,
    query: row.message.query,
    body: row.message.body,
    /** A file that was the body: its bytes stand with the file. */
    file: row.message.file,
    sentLength: Number(row.sent_length),
    headers: row.headers,
    answer: row.answer?.toString("utf8") ?? null,
    answerLength: Number(row.answer_length),
    sha256: row.message.file?.sha256 ?? row.body_sha,
    key: row.key,
  };
}

/** Where a record stands with the client's connection: its current posting and the package's id of it. Null without either. */
export async function findStanding(db: ScopedDb, scope: ClientScope, recordId: string) {
  const [row] = await db
    .select({
      postingId: postings.id,
      kind: postings.kind,
      reference: postings.reference,
      revision: postings.revision,
      state: postings.state,
      panel: postings.panel,
      aside: postings.aside,
      asideWhy: postings.asideWhy,
      asideBy: postings.asideBy,
      precheck: postings.precheck,
      precheckCode: postings.precheckCode,
      precheckDetail: postings.precheckDetail,
      errorCode: postings.errorCode,
      errorDetail: postings.errorDetail,
      maybeSent: postings.maybeSent,
      resolveAfter: postings.resolveAfter,
      heldAsDraft: postings.heldAsDraft,
      differences: postings.differences,
      driftAcceptedBy: postings.driftAcceptedBy,
      confirmedAt: postings.confirmedAt,
      exportedAt: postings.exportedAt,
      exportedHow: postings.exportedHow,
      exportedBy: postings.exportedBy,
      markReason: postings.markReason,
      changedSinceMarked: postings.changedSinceMarked,
      currency: postings.currency,
      externalId: externalRefs.externalId,
      there: thereOf(sql`${postings}`),
    })
    .from(postings)
    .innerJoin(connections, and(eq(connections.id, postings.connectionId), ne(connections.state, "disconnected")))
    .leftJoin(
      externalRefs,
      and(eq(externalRefs.connectionId, postings.connectionId), eq(externalRefs.recordId, postings.recordId)),
    )
    .where(and(eq(postings.clientId, scope.clientId), eq(postings.recordId, recordId), eq(postings.current, true)))
    .limit(1);
  return row ?? null;
}
export type Standing = NonNullable<Awaited<ReturnType<typeof findStanding>>>;
