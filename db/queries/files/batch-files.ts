import { type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import type { BatchFileState } from "#db/schema/files.ts";
import type { RecordKind } from "#lib/common/records.ts";
import type { Message, RawAnswer } from "#lib/connectors/types.ts";

/** The next file's number: whoever asks holds the connection's lease. */
export async function nextFileNumber(db: ScopedDb, connectionId: string): Promise<number> {
  const { rows } = await db.execute<{ n: number }>(
    sql`select coalesce(max(number), 0) + 1 as n from batch_files where connection_id = ${connectionId}`,
  );
  return rows[0]?.n ?? 1;
}

/** Keeps a file beside the intent that it stands for, in the same transaction. */
export async function insertBatchFile(
  db: ScopedDb,
  scope: ClientScope,
  file: {
    readonly connectionId: string;
    readonly callId: string;
    readonly number: number;
    readonly name: string;
    readonly mediaType: string;
    readonly bytes: Uint8Array;
    readonly sha256: string;
    readonly records: number;
  },
): Promise<void> {
  await db.execute(sql`
    insert into batch_files (client_id, connection_id, number, call_id, file_name, media_type, bytes, sha256, records)
    values (${scope.clientId}, ${file.connectionId}, ${file.number}, ${file.callId}, ${file.name}, ${file.mediaType},
      ${Buffer.from(file.bytes)}, ${file.sha256}, ${file.records})`);
}

/** A file as it stands. */
export interface FileNow {
  readonly id: string;
  readonly connectionId: string;
  readonly callId: string;
  readonly number: number;
  readonly state: BatchFileState;
  readonly isApplied: boolean;
  readonly handed: { readonly at: Date; readonly by: string } | null;
  readonly answered: { readonly at: Date; readonly by: string } | null;
  readonly takenBack: { readonly at: Date; readonly by: string } | null;
}

interface FileRow extends Record<string, unknown> {
  readonly id: string;
  readonly connection_id: string;
  readonly call_id: string;
  readonly number: number;
  readonly state: BatchFileState;
  readonly applied_at: string | null;
  readonly handed_at: string | null;
  readonly handed_by: string | null;
  readonly answered_at: string | null;
  readonly answered_by: string | null;
  readonly taken_back_at: string | null;
  readonly taken_back_by: string | null;
}

const FILE_COLUMNS = sql.raw(
  `id, connection_id, call_id, number, state, applied_at, handed_at, handed_by, answered_at, answered_by, taken_back_at, taken_back_by`,
);

const whoWhen = (at: string | null, by: string | null) => (at === null ? null : { at: new Date(at), by: by ?? "" });

const fileOf = (row: FileRow): FileNow => ({
  id: row.id,
  connectionId: row.connection_id,
  callId: row.call_id,
  number: row.number,
  state: row.state,
  isApplied: row.applied_at !== null,
  handed: whoWhen(row.handed_at, row.handed_by),
  answered: whoWhen(row.answered_at, row.answered_by),
  takenBack: whoWhen(row.taken_back_at, row.taken_back_by),
});

/** A file of the client, held until the transaction ends: of two people who do something with it, the second sees what the first did. */
export async function lockFile(db: ScopedDb, scope: ClientScope, fileId: string): Promise<FileNow | null> {
  const { rows } = await db.execute<FileRow>(sql`
    select ${FILE_COLUMNS} from batch_files where client_id = ${scope.clientId} and id = ${fileId} for update`);
  const row = rows[0];
  return row ? fileOf(row) : null;
}

/** Counts a download, notes who had the first, and gives the bytes; the caller has looked at the file's state under its lock. */
export async function handOutFile(
  db: ScopedDb,
  scope: ClientScope,
  fileId: string,
): Promise<{ readonly name: string; readonly mediaType: string; readonly bytes: Buffer; readonly handOuts: number }> {
  const { rows } = await db.execute<{ file_name: string; media_type: string; bytes: Buffer; hand_outs: number }>(sql`
    update batch_files set hand_outs = hand_outs + 1, state = case when state = 'ready' then 'handed' else state end,
      handed_at = coalesce(handed_at, app.now()), handed_by = coalesce(handed_by, ${scope.actor.label})
    where id = ${fileId} and state in ('ready', 'handed')
    returning file_name, media_type, bytes, hand_outs`);
  const row = rows[0];
  if (!row) throw new Error("A file was handed out that may not be");
  return { name: row.file_name, mediaType: row.media_type, bytes: row.bytes, handOuts: row.hand_outs };
}

/** Stores what a person says of the import: the evidence, before anybody reads it. @returns false unless the file waits for an answer */
export async function answerFile(db: ScopedDb, scope: ClientScope, fileId: string, answer: RawAnswer): Promise<boolean> {
  const answered = await db.execute<{ call_id: string }>(sql`
    update batch_files set state = 'answered', answered_at = app.now(), answered_by = ${scope.actor.label}
    where client_id = ${scope.clientId} and id = ${fileId} and state = 'handed' returning call_id`);
  const callId = answered.rows[0]?.call_id;
  if (callId === undefined) return false;
  const body = Buffer.from(answer.body, "utf8");
  await db.execute(sql`
    update posting_calls set answered_at = app.now(), status = ${answer.status},
      answer_headers = ${JSON.stringify(answer.headers)}::jsonb, answer = ${body}, outcome = 'answered', bytes_in = ${body.byteLength}
    where id = ${callId}`);
  return true;
}

/** A posting in a file. */
export interface InFile {
  readonly id: string;
  readonly kind: RecordKind;
  readonly recordId: string;
  readonly revision: number;
  readonly generation: number;
  readonly maybeSent: boolean;
  readonly tries: number;
  readonly sent: unknown;
  /** It waits for what became of the file. */
  readonly isWaiting: boolean;
}

/** A file whose answer no worker has worked through. */
export interface UnappliedFile {
  readonly id: string;
  readonly number: number;
  readonly callId: string;
  readonly message: Message;
  readonly answer: RawAnswer;
  /** In the file's order. */
  readonly rows: readonly InFile[];
}

/** The connection's files that were answered and not worked through, by their numbers. */
export async function listUnapplied(db: ScopedDb, connectionId: string): Promise<UnappliedFile[]> {
  const { rows } = await db.execute<{
    id: string;
    number: number;
    call_id: string;
    message: Message;
    status: number;
    answer_headers: Record<string, string> | null;
    answer: Buffer | null;
  }>(sql`
    select f.id, f.number, f.call_id, c.message, c.status, c.answer_headers, c.answer
    from batch_files f join posting_calls c on c.id = f.call_id
    where f.connection_id = ${connectionId} and f.state = 'answered' and f.applied_at is null order by f.number`);
  const files: UnappliedFile[] = [];
  for (const row of rows) {
    files.push({
      id: row.id,
      number: row.number,
      callId: row.call_id,
      message: row.message,
      answer: { status: row.status, headers: row.answer_headers ?? {}, body: row.answer?.toString("utf8") ?? "" },
      rows: await listInFile(db, row.call_id),
    });
  }
  return files;
}

/** The postings of a file, in its order. */
export async function listInFile(db: ScopedDb, callId: string): Promise<InFile[]> {
  const { rows } = await db.execute<{
    id: string;
    kind: RecordKind;
    record_id: string;
    revision: number;
    generation: number;
    maybe_sent: boolean;
    tries: number;
    sent: unknown;
    waiting: boolean;
  }>(sql`
    select p.id, p.kind, p.record_id, a.revision, a.generation, p.maybe_sent, p.tries, a.sent,
      p.state = 'waiting' and p.generation = a.generation as waiting
    from posting_attempts a join postings p on p.id = a.posting_id where a.call_id = ${callId} order by a.position`);
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    recordId: row.record_id,
    revision: row.revision,
    generation: row.generation,
    maybeSent: row.maybe_sent,
    tries: row.tries,
    sent: row.sent,
    isWaiting: row.waiting,
  }));
}

/** Notes that a worker has moved a file's rows by its answer. */
export async function markApplied(db: ScopedDb, fileId: string): Promise<void> {
  await db.execute(sql`update batch_files set applied_at = app.now() where id = ${fileId} and state = 'answered'`);
}

/** Takes a file back as a whole: it is not handed out again. What becomes of its rows is the next statement's. */
export async function markTakenBack(db: ScopedDb, scope: ClientScope, fileId: string): Promise<void> {
  await db.execute(sql`
    update batch_files set state = 'taken-back', taken_back_at = app.now(), taken_back_by = ${scope.actor.label}
    where id = ${fileId} and state in ('ready', 'handed')`);
}

/**
 * Moves the rows of a file that nothing became of back to Pending Export, under a new generation: what is asked for anew is a new
 * sending. What was said of some of them stays as it is.
 * @returns how many
 */
export async function returnRows(db: ScopedDb, callId: string): Promise<number> {
  const open = sql`p.id in (select a.posting_id from posting_attempts a where a.call_id = ${callId} and a.generation = p.generation)`;
  const anew = sql`generation = p.generation + 1, maybe_sent = false, unknown_why = null, resolve_after = null, absent_looks = 0,
    error_code = null, error_detail = null, retry_at = null, sent_at = null, changed_at = app.now()`;
  await db.execute(sql`
    update posting_attempts a set outcome = 'absent', settled_at = app.now() from postings p
    where a.call_id = ${callId} and p.id = a.posting_id and p.generation = a.generation and p.state in ('waiting', 'unknown')`);
  // The table of moves has a row of unknown outcome queued first.
  const unclear = await db.execute<{ id: string }>(sql`
    update postings p set state = 'queued', ${anew} where ${open} and p.state = 'unknown' returning p.id`);
  const waiting = await db.execute<{ id: string }>(sql`
    update postings p set state = 'queued', ${anew} where ${open} and p.state = 'waiting' returning p.id`);
  const ids = [...unclear.rows, ...waiting.rows].map((row) => row.id);
  await db.execute(sql`
    update postings set state = 'pending', precheck = null, run_id = null, changed_at = app.now()
    where id = any (${sql.param(ids)}::uuid[]) and state = 'queued'`);
  return ids.length;
}

/** How many of a file's rows nothing has become of. */
export async function countOpenRows(db: ScopedDb, callId: string): Promise<number> {
  const { rows } = await db.execute<{ n: number }>(sql`
    select count(*)::int as n from posting_attempts a join postings p on p.id = a.posting_id and p.generation = a.generation
    where a.call_id = ${callId} and p.state in ('waiting', 'unknown')`);
  return rows[0]?.n ?? 0;
}

/** Chosen rows that wait in a file, by their numbers, with the file's. */
export async function listFiled(
  db: ScopedDb,
  scope: ClientScope,
  which: SQL,
  most: number,
): Promise<{ readonly reference: string; readonly number: number }[]> {
  const { rows } = await db.execute<{ reference: string; number: number }>(sql`
    select postings.reference, f.number from postings
    join posting_attempts a on a.posting_id = postings.id and a.generation = postings.generation
    join batch_files f on f.call_id = a.call_id and f.state <> 'taken-back'
    where postings.client_id = ${scope.clientId} and postings.current and postings.state = 'waiting' and (${which})
    order by f.number, postings.reference limit ${most}`);
  return [...rows];
}
