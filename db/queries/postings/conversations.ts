import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import type { Message, RawAnswer } from "#lib/connectors/types.ts";
import { requireLease } from "./outcomes.ts";
import { type ClaimedPosting, type ClaimedRow, claimedOf } from "./outgoing.ts";

/** A read that shaped what is written after it. */
export interface ShapingRead {
  readonly step: number;
  readonly message: Message;
  readonly answer: RawAnswer;
}

/** What begins a conversation: kept as it is, whatever becomes of the records and lists meanwhile. */
export interface Beginning {
  readonly connectionId: string;
  readonly postingId: string;
  readonly revision: number;
  readonly version: number;
  readonly ask: Record<string, unknown>;
}

/**
 * Keeps what a conversation asks for. It belongs to one sending: where the first step was refused
 * or proved absent, or staff send an exported record again, it begins anew. Then the record as it is
 * now takes the place of what was asked for, and a new id parts its calls from those of before.
 * @returns its id
 */
export async function saveConversation(db: ScopedDb, scope: ClientScope, begun: Beginning): Promise<string> {
  const saved = await db.execute<{ id: string }>(sql`
    insert into conversations (client_id, connection_id, posting_id, revision, version, ask)
    values (${scope.clientId}, ${begun.connectionId}, ${begun.postingId}, ${begun.revision},
      ${begun.version}, ${JSON.stringify(begun.ask)}::json)
    on conflict (posting_id, revision) do update set id = excluded.id,
      version = excluded.version, ask = excluded.ask, created_at = excluded.created_at
    returning id`);
  const id = saved.rows[0]?.id;
  if (!id) throw new Error("The conversation was not written");
  return id;
}

/** One call of a conversation, as it is kept. */
export interface StoredCall {
  readonly callId: string;
  readonly step: number;
  readonly writes: boolean;
  readonly message: Message;
  readonly key: string;
  readonly answer: RawAnswer | null;
  /** What became of it; null for a read, and while it is open. */
  readonly outcome: string | null;
  /** What a read showed, where one settled it. */
  readonly seen: unknown;
}

export interface StoredConversation {
  readonly id: string;
  readonly version: number;
  readonly ask: unknown;
  /** By step, the latest of each first. */
  readonly calls: readonly StoredCall[];
}

/** The conversation of one posting's revision, with all its calls; null where it has none. */
export async function findConversation(db: ScopedDb, postingId: string, revision: number): Promise<StoredConversation | null> {
  const found = await db.execute<{
    id: string;
    version: number;
    ask: unknown;
  }>(sql`
    select id, version, ask from conversations
    where posting_id = ${postingId} and revision = ${revision}`);
  const row = found.rows[0];
  return row ? { ...row, calls: await listCalls(db, row.id) } : null;
}

/** The calls of one conversation, by step, the latest of each first. */
export async function listCalls(db: ScopedDb, conversationId: string): Promise<StoredCall[]> {
  const { rows } = await db.execute<{
    id: string;
    step: number;
    writes: boolean;
    message: Message;
    idempotency_key: string | null;
    status: number | null;
    answer_headers: Record<string, string> | null;
    answer: Buffer | null;
    outcome: string | null;
    seen: unknown;
  }>(sql`
    select c.id, c.step, c.writes, c.message, c.idempotency_key, c.status, c.answer_headers,
      c.answer, a.outcome, a.seen
    from posting_calls c left join posting_attempts a on a.call_id = c.id and a.position = 0
    where c.conversation_id = ${conversationId} order by c.step, c.created_at desc`);
  return rows.map((row) => ({
    callId: row.id,
    step: row.step,
    writes: row.writes,
    message: row.message,
    key: row.idempotency_key ?? "",
    answer:
      row.status === null
        ? null
        : {
            status: row.status,
            headers: row.answer_headers ?? {},
            body: row.answer?.toString("utf8") ?? "",
          },
    outcome: row.outcome,
    seen: row.seen,
  }));
}

/** Keeps reads that shape a write, in the transaction of its intent and before it. */
export async function insertShapingReads(
  db: ScopedDb,
  scope: ClientScope,
  of: { connectionId: string; conversationId: string; fence: bigint },
  reads: readonly ShapingRead[],
): Promise<void> {
  for (const { step, message, answer } of reads) {
    await db.execute(sql`
      insert into posting_calls (client_id, connection_id, conversation_id, step, writes, operation,
        message, request_sha, fence, deadline_at, sends, answered_at, status, answer_headers, answer,
        bytes_in, outcome)
      values (${scope.clientId}, ${of.connectionId}, ${of.conversationId}, ${step}, false,
        ${message.operation}, ${JSON.stringify(message)}::json, '', ${of.fence}, app.now(), 1,
        app.now(), ${answer.status}, ${JSON.stringify(answer.headers)}::jsonb,
        ${Buffer.from(answer.body, "utf8")}, ${Buffer.byteLength(answer.body)}, 'answered')`);
  }
}

/**
 * Keeps that a read showed a step to be done before it was sent: the step stands as if it had been
 * sent and found.
 */
export async function insertFoundStep(
  db: ScopedDb,
  scope: ClientScope,
  found: {
    readonly connectionId: string;
    readonly fence: bigint;
    readonly conversationId: string;
    readonly step: number;
    readonly message: Message;
    readonly requestSha: string;
    readonly key: string;
    readonly postingId: string;
    readonly sent: Record<string, unknown>;
    readonly externalId: string;
    readonly seen: Record<string, unknown>;
  },
): Promise<string> {
  await requireLease(db, found.connectionId, found.fence);
  const call = await db.execute<{ id: string }>(sql`
    insert into posting_calls (client_id, connection_id, conversation_id, step, operation, message,
      request_sha, idempotency_key, fence, deadline_at, outcome, why)
    values (${scope.clientId}, ${found.connectionId}, ${found.conversationId}, ${found.step},
      ${found.message.operation}, ${JSON.stringify(found.message)}::json, ${found.requestSha},
      ${found.key}, ${found.fence}, app.now(), 'not-sent', 'A read showed that it was done')
    returning id`);
  const callId = call.rows[0]?.id;
  if (!callId) throw new Error("The step was not written");
  await db.execute(sql`
    insert into posting_attempts (client_id, call_id, posting_id, position, revision, generation,
      run_id, sent, outcome, external_id, seen, settled_at)
    select client_id, ${callId}, id, 0, revision, generation, run_id,
      ${JSON.stringify(found.sent)}::jsonb, 'found', ${found.externalId},
      ${JSON.stringify(found.seen)}::jsonb, app.now()
    from postings where client_id = ${scope.clientId} and id = ${found.postingId}`);
  return callId;
}

/**
 * A row whose next step may be made now, the oldest document first. What newer code began is left
 * to newer code.
 * @param version of this connector's code
 */
export async function findContinued(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  version: number,
): Promise<string | null> {
  const { rows } = await db.execute<{ id: string }>(sql`
    select p.id from postings p
    join conversations c on c.posting_id = p.id and c.revision = p.revision
    where p.client_id = ${scope.clientId} and p.connection_id = ${connectionId} and p.continued
      and p.current and p.state = 'queued' and (p.retry_at is null or p.retry_at <= app.now())
      and c.version <= ${version}
    order by p.issued_on, p.id limit 1`);
  return rows[0]?.id ?? null;
}

/** That row, locked until the transaction ends; null when it has moved on, or another has it. */
export async function lockContinued(
  db: ScopedDb,
  scope: ClientScope,
  postingId: string,
): Promise<(ClaimedPosting & { readonly externalId: string }) | null> {
  const { rows } = await db.execute<ClaimedRow & { external_id: string }>(sql`
    select id, kind, record_id, revision, generation, maybe_sent, tries, external_id from postings
    where client_id = ${scope.clientId} and id = ${postingId} and continued and current
      and state = 'queued' for update skip locked`);
  const row = rows[0];
  return row ? { ...claimedOf(row), externalId: row.external_id } : null;
}

/** Whether a conversation of the connection is under way: half done, or its outcome not known yet. */
export async function hasOpenConversation(db: ScopedDb, connectionId: string): Promise<boolean> {
  const found = await db.execute(sql`
    select 1 from postings p
    where p.connection_id = ${connectionId} and p.current and (p.continued
      or (p.state in ('sending', 'unknown') and exists (select from conversations c where c.posting_id = p.id)))
    limit 1`);
  return found.rowCount !== 0;
}

/** Chosen rows that the package holds half done, by their numbers. */
export async function listContinued(
  db: ScopedDb,
  scope: ClientScope,
  which: ReturnType<typeof sql>,
  most: number,
): Promise<string[]> {
  const { rows } = await db.execute<{ reference: string }>(sql`
    select reference from postings
    where client_id = ${scope.clientId} and current and continued and (${which})
    order by reference limit ${most}`);
  return rows.map((row) => row.reference);
}
