import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { SHOWN_STATE } from "#db/queries/postings/run-members.ts";
import { checkInvariants } from "#db/queries/practice/invariants.ts";

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

/** How many of the client's rows stand in each state, as people are shown it. */
export async function countStates(db: ScopedDb, scope: ClientScope): Promise<Record<string, number>> {
  const found = await db.execute<{ state: string; n: number }>(
    sql`select ${SHOWN_STATE} as state, count(*)::int as n from postings where client_id = ${scope.clientId} and current group by 1`,
  );
  return Object.fromEntries(found.rows.map((row) => [row.state, row.n]));
}

export interface ExportedDocument {
  readonly kind: string;
  readonly number: string;
  readonly externalId: string | null;
  readonly grossMinor: bigint;
  readonly revision: number;
  /** Of its present revision, as people are shown it. */
  readonly state: string;
  readonly panel: string;
  /** Why it stands in Error Feedback; null where it does not, or nobody can say. */
  readonly cause: string | null;
}

/** Every document of the client with the package's id that we hold for it. */
export async function listExported(db: ScopedDb, scope: ClientScope): Promise<ExportedDocument[]> {
  const found = await db.execute<{
    kind: string;
    number: string;
    external_id: string | null;
    gross: string;
    revision: number;
    state: string;
    panel: string;
    cause: string | null;
  }>(sql`
    select d.kind, d.number, r.external_id, d.gross_minor::text as gross, d.revision, coalesce(p.state, '') as state,
      coalesce(p.panel, '') as panel, p.error_code as cause
    from documents d left join external_refs r on r.record_id = d.id and r.family = 'document'
    left join postings p on p.record_id = d.id and p.kind = d.kind and p.current where d.client_id = ${scope.clientId}`);
  return found.rows.map((row) => ({
    kind: row.kind,
    number: row.number,
    externalId: row.external_id,
    grossMinor: BigInt(row.gross),
    revision: row.revision,
    state: row.state,
    panel: row.panel,
    cause: row.cause,
  }));
}

/** The invariants that do not hold for one client, in words. I8 is left out: tests and benchmarks run without a package's limits. */
export async function brokenInvariants(db: ScopedDb, scope: ClientScope): Promise<string[]> {
  const broken = await checkInvariants(db, scope, {});
  return broken.map(({ id, rule, count, rows }) => `${id} ${rule}: ${count}, as ${rows[0]?.subject}: ${rows[0]?.detail}`);
}

/** The database's own moment on the one clock, as a selection's `asOf`: rows made later are not in it. */
export async function findMoment(db: ScopedDb): Promise<string> {
  const found = await db.execute<{ at: string }>(sql`select to_json(app.now()) #>> '{}' as at`);
  return found.rows[0]?.at ?? new Date().toISOString();
}
