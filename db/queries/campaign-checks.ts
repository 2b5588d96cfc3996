import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";

export interface LedgerTotal {
  readonly kind: string;
  readonly currency: string;
  readonly count: number;
  /** Minor units, positive for credit notes too. */
  readonly grossMinor: bigint;
}

/** Totals of the console's own documents whose latest revision the package is known to hold. */
export async function exportedTotals(db: ScopedDb, scope: ClientScope): Promise<LedgerTotal[]> {
  const found = await db.execute<{ kind: string; currency: string; n: number; gross: string }>(sql`
    select d.kind, d.currency, count(*)::int as n, sum(d.gross_minor)::text as gross
    from documents d join postings p on p.record_id = d.id and p.kind = d.kind and p.current
    where d.client_id = ${scope.clientId} and p.state = 'confirmed' group by 1, 2 order by 1, 2`);
  return found.rows.map((row) => ({ kind: row.kind, currency: row.currency, count: row.n, grossMinor: BigInt(row.gross) }));
}

/** How many of the client's rows stand in each state. */
export async function countStates(db: ScopedDb, scope: ClientScope): Promise<Record<string, number>> {
  const found = await db.execute<{ state: string; n: number }>(
    sql`select state, count(*)::int as n from postings where client_id = ${scope.clientId} and current group by 1`,
  );
  return Object.fromEntries(found.rows.map((row) => [row.state, row.n]));
}

export interface ExportedDocument {
  readonly number: string;
  readonly externalId: string | null;
  readonly grossMinor: bigint;
}

/** Every document of the client with the package's id that we hold for it. */
export async function listExported(db: ScopedDb, scope: ClientScope): Promise<ExportedDocument[]> {
  const found = await db.execute<{ number: string; external_id: string | null; gross: string }>(sql`
    select d.number, r.external_id, d.gross_minor::text as gross
    from documents d left join external_refs r on r.record_id = d.id and r.family = 'document' where d.client_id = ${scope.clientId}`);
  return found.rows.map((row) => ({ number: row.number, externalId: row.external_id, grossMinor: BigInt(row.gross) }));
}

/**
 * The invariants of the posting protocol that the database alone can tell, for one client: each that is broken, in words.
 * I1 and I2 are unique keys; they are asked all the same, since a dropped index would not be missed otherwise.
 */
export async function brokenInvariants(db: ScopedDb, scope: ClientScope): Promise<string[]> {
  const found = await db.execute<{ name: string; n: number }>(sql`
    select * from (
      select 'I1 a record has more than one id in the package' as name, count(*)::int as n from (
        select 1 from external_refs where client_id = ${scope.clientId} group by connection_id, family, record_id having count(*) > 1) x
      union all
      select 'I2 an id of the package belongs to more than one record', count(*)::int from (
        select 1 from external_refs where client_id = ${scope.clientId} group by connection_id, family, external_id having count(*) > 1) x
      union all
      select 'I3 exported without evidence', count(*)::int from postings p
        where p.client_id = ${scope.clientId} and p.state in ('posted', 'confirmed', 'drifted')
          and not exists (select from posting_attempts a where a.posting_id = p.id and a.outcome in ('accepted', 'found'))
      union all
      select 'I4 still sending a minute after the deadline', count(*)::int from postings p
        where p.client_id = ${scope.clientId} and p.state = 'sending' and not exists (
          select from posting_attempts a join posting_calls c on c.id = a.call_id where a.posting_id = p.id and c.deadline_at > app.now() - interval '60 seconds')
      union all
      select 'I6 one key for two requests', count(*)::int from (
        select 1 from posting_calls where client_id = ${scope.clientId} and idempotency_key is not null
        group by idempotency_key having count(distinct request_sha) > 1) x
    ) checks where n > 0`);
  return found.rows.map((row) => `${row.name}: ${row.n}`);
}

/** The database's own moment on the one clock, as a selection's `asOf`: rows made later are not in it. */
export async function findMoment(db: ScopedDb): Promise<string> {
  const found = await db.execute<{ at: string }>(sql`select to_json(app.now()) #>> '{}' as at`);
  return found.rows[0]?.at ?? new Date().toISOString();
}
