import { sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import type { BatchFileState } from "#db/schema/files.ts";
import type { ClientScope } from "#lib/common/scope.ts";

/** A file that waits for somebody, as a run's page shows it. */
export interface WaitingFile {
  readonly id: string;
  readonly number: number;
  readonly state: BatchFileState;
  /** Records of it that nothing has become of. */
  readonly open: number;
  readonly handedAt: Date | null;
  readonly handedBy: string | null;
}

/** A run's files of which something is open, by their numbers. */
export async function listFilesOfRun(db: ScopedDb, scope: ClientScope, runId: string): Promise<WaitingFile[]> {
  const { rows } = await db.execute<{
    id: string;
    number: number;
    state: BatchFileState;
    open: number;
    handed_at: string | null;
    handed_by: string | null;
  }>(sql`
    select f.id, f.number, f.state, count(*)::int as open, f.handed_at, f.handed_by
    from batch_files f join posting_attempts a on a.call_id = f.call_id
    join postings p on p.id = a.posting_id and p.generation = a.generation and p.state in ('waiting', 'unknown')
    where f.client_id = ${scope.clientId} and f.state <> 'taken-back'
      and f.call_id in (select b.call_id from posting_attempts b where b.run_id = ${runId})
    group by f.id order by f.number`);
  return rows.map((row) => ({
    id: row.id,
    number: row.number,
    state: row.state,
    open: row.open,
    handedAt: row.handed_at === null ? null : new Date(row.handed_at),
    handedBy: row.handed_by,
  }));
}
