import { type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { moveToWithdrawn } from "#db/queries/postings/posting-moves.ts";
import { HAS_OPEN_MEMBER } from "#db/queries/postings/run-members.ts";

/** Chosen for an upload, and nothing of it has left: it may still be taken back. */
const QUEUED: SQL = sql`postings.current and not postings.continued and (postings.state = 'queued' or (postings.state = 'pending' and ${HAS_OPEN_MEMBER}))`;

export interface QueuedRecords {
  readonly count: number;
  /** Their numbers, the first by date. */
  readonly first: readonly string[];
  /** Numbers of the runs that have them before them. */
  readonly runs: readonly number[];
}

async function listQueuedOf(db: ScopedDb, scope: ClientScope, records: SQL, most: number): Promise<QueuedRecords> {
  const { rows } = await db.execute<{ reference: string; number: string | null; n: number }>(sql`
    select postings.reference, (count(*) over ())::int as n, coalesce(
      (select r.number from run_members m join runs r on r.id = m.run_id where m.posting_id = postings.id and m.outcome is null limit 1),
      (select r.number from runs r where r.id = postings.run_id)) as number
    from postings where postings.client_id = ${scope.clientId} and ${QUEUED} and postings.record_id in (${records})
    order by postings.issued_on, postings.reference, postings.id limit ${most}`);
  return {
    count: rows[0]?.n ?? 0,
    first: rows.map((row) => row.reference),
    runs: [...new Set(rows.flatMap((row) => (row.number === null ? [] : [Number(row.number)])))].sort((a, b) => a - b),
  };
}

const thisRecord = (recordId: string) => sql`select ${recordId}::uuid`;
const amendedBy = (scope: ClientScope, importId: string) => sql`
  select i.document_id from import_documents i where i.client_id = ${scope.clientId} and i.import_id = ${importId} and i.action = 'amended'`;

/** Whether a record is queued for upload, and by which run. */
export const findQueuedRecord = (db: ScopedDb, scope: ClientScope, recordId: string): Promise<QueuedRecords> =>
  listQueuedOf(db, scope, thisRecord(recordId), 1);

/** The documents that a staged file amends and that are queued for upload. */
export const listQueuedAmended = (db: ScopedDb, scope: ClientScope, importId: string, most: number): Promise<QueuedRecords> =>
  listQueuedOf(db, scope, amendedBy(scope, importId), most);

const withdraw = (db: ScopedDb, scope: ClientScope, records: SQL) =>
  moveToWithdrawn(db, scope, sql`${QUEUED} and postings.record_id in (${records})`);

/** Takes one record back to Pending Export. @returns how many rows */
export const withdrawRecord = (db: ScopedDb, scope: ClientScope, recordId: string): Promise<number> =>
  withdraw(db, scope, thisRecord(recordId));

/** Takes the documents back that a staged file amends. @returns how many */
export const withdrawAmended = (db: ScopedDb, scope: ClientScope, importId: string): Promise<number> =>
  withdraw(db, scope, amendedBy(scope, importId));
