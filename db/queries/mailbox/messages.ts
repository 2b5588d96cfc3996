import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import type { MailboxState } from "#db/schema/mailbox.ts";
import type { Message, RawAnswer } from "#lib/connectors/types.ts";
import { isPresent } from "./visits.ts";

/** Lays a message down for the program to take. */
export async function layDown(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  one: {
    readonly message: Message;
    readonly idempotencyKey: string | null;
    readonly takeUntil: Date;
    readonly answerUntil: Date;
  },
): Promise<string> {
  const laid = await db.execute<{ id: string }>(sql`
    insert into mailbox_messages (client_id, connection_id, message, idempotency_key, take_until, answer_until)
    values (${scope.clientId}, ${connectionId}, ${JSON.stringify(one.message)}::json,
      ${one.idempotencyKey}, ${one.takeUntil.toISOString()}, ${one.answerUntil.toISOString()})
    returning id`);
  const row = laid.rows[0];
  if (!row) throw new Error("A message was not laid down");
  return row.id;
}

/** How a message stands, for the worker that waits for it. */
export interface MailboxNow {
  readonly state: MailboxState;
  readonly answer: RawAnswer | null;
  /** Somebody is there who may take it, or has taken it. */
  readonly isVisited: boolean;
}

/** Null when the message is gone. */
export async function findMessage(db: ScopedDb, messageId: string): Promise<MailboxNow | null> {
  const found = await db.execute<Answered & { state: MailboxState; visited: boolean }>(sql`
    select m.state, m.status, m.answer_headers, m.answer,
      exists (select from collector_visits v
        where v.connection_id = m.connection_id and ${isPresent}) as visited
    from mailbox_messages m where m.id = ${messageId}`);
  const row = found.rows[0];
  if (!row) return null;
  return { state: row.state, answer: answerOf(row), isVisited: row.visited };
}

interface Answered extends Record<string, unknown> {
  readonly status: number | null;
  readonly answer_headers: Record<string, string> | null;
  readonly answer: Buffer | null;
}

function answerOf(row: Answered): RawAnswer | null {
  if (row.status === null) return null;
  return {
    status: row.status,
    headers: row.answer_headers ?? {},
    body: row.answer?.toString("utf8") ?? "",
  };
}

/** Takes a message back that nobody has taken. @returns false when somebody has: it may be done */
export async function withdrawMessage(db: ScopedDb, messageId: string): Promise<boolean> {
  const gone = await db.execute(sql`delete from mailbox_messages where id = ${messageId} and state = 'ready'`);
  return (gone.rowCount ?? 0) === 1;
}

/** A message in the hands of a visit. */
export interface TakenMessage {
  readonly id: string;
  readonly message: Message;
  readonly idempotencyKey: string | null;
}

/**
 * Hands the oldest message that waits to a visit, once: a compare-and-set under the visit that is open on the connection. What this
 * visit took before and did not answer is lost.
 */
export async function takeMessage(db: ScopedDb, visitId: string, connectionId: string): Promise<TakenMessage | null> {
  await db.execute(sql`
    update mailbox_messages set state = 'lost' where visit_id = ${visitId} and state = 'taken'`);
  const taken = await db.execute<{
    id: string;
    message: Message;
    idempotency_key: string | null;
  }>(sql`
    update mailbox_messages m set state = 'taken', visit_id = ${visitId}, taken_at = app.now()
    where m.state = 'ready'
      and exists (select from collector_visits v
        where v.id = ${visitId} and v.connection_id = m.connection_id and v.ended_at is null)
      and m.id = (
        select id from mailbox_messages
        where connection_id = ${connectionId} and state = 'ready' and take_until > app.now()
        order by created_at, id limit 1 for update skip locked)
    returning m.id, m.message, m.idempotency_key`);
  const row = taken.rows[0];
  return row ? { id: row.id, message: row.message, idempotencyKey: row.idempotency_key } : null;
}

/**
 * Stores what a visit brought for the message that it took last, though the visit or the wait for it may have ended since: it is what
 * the package said.
 * @returns the connection; null when the visit had taken nothing that is open
 */
export async function storeAnswer(db: ScopedDb, visitId: string, answer: RawAnswer): Promise<string | null> {
  const stored = await db.execute<{ connection_id: string }>(sql`
    update mailbox_messages m set state = 'answered', answered_at = app.now(),
      status = ${answer.status}, answer_headers = ${JSON.stringify(answer.headers)}::jsonb,
      answer = ${Buffer.from(answer.body, "utf8")}
    where m.state in ('taken', 'lost') and m.id = (
      select id from mailbox_messages where visit_id = ${visitId}
      order by taken_at desc, id desc limit 1 for update)
    returning m.connection_id`);
  return stored.rows[0]?.connection_id ?? null;
}

/** The answer to a writing call that got none in time; null where none has come. */
export async function findLateAnswer(db: ScopedDb, callId: string): Promise<RawAnswer | null> {
  const found = await db.execute<Answered>(sql`
    select m.status, m.answer_headers, m.answer
    from posting_calls c
    join mailbox_messages m on m.connection_id = c.connection_id
      and m.idempotency_key = c.idempotency_key
    where c.id = ${callId} and c.status is null and m.state = 'answered'
    order by m.answered_at limit 1`);
  const row = found.rows[0];
  return row ? answerOf(row) : null;
}

/**
 * Forgets what nobody waits for any more: messages of calls that are settled, and reads. A writing call without an answer keeps its
 * message, however old: the answer may still come.
 */
export async function forgetSettledMessages(db: ScopedDb, connectionId: string): Promise<void> {
  await db.execute(sql`
    delete from mailbox_messages m where m.connection_id = ${connectionId} and m.state in ('answered', 'lost')
      and (m.idempotency_key is null or exists (
        select from posting_calls c where c.connection_id = m.connection_id
          and c.idempotency_key = m.idempotency_key and c.status is not null))`);
}

/** Whether a message waits to be taken. */
export async function hasReady(db: ScopedDb, connectionId: string): Promise<boolean> {
  const found = await db.execute(sql`
    select 1 from mailbox_messages
    where connection_id = ${connectionId} and state = 'ready' and take_until > app.now() limit 1`);
  return found.rowCount !== 0;
}
