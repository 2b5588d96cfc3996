import { and, eq, gte, ilike, lt, or, type SQL, sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import { type KeysetAsk, keyOf, readByKey, type SortKey, withoutKeys } from "#db/queries/common/keyset.ts";
import { containing } from "#db/queries/common/text.ts";
import type { Difference } from "#db/schema/postings.ts";
import { type CorrectionKind, corrections } from "#db/schema/work.ts";
import type { RecordKind } from "#lib/common/records.ts";
import type { ClientScope } from "#lib/common/scope.ts";

/** One entry of the corrections log, about a posting. */
export interface NewCorrection {
  readonly postingId: string;
  readonly what: CorrectionKind;
  readonly differences: readonly Difference[];
  readonly note?: string;
}

/** Writes entries of the corrections log; who acts is the scope's actor, and what the record is called is taken from its posting. */
export async function noteCorrections(db: ScopedDb, scope: ClientScope, entries: readonly NewCorrection[]): Promise<void> {
  if (entries.length === 0) return;
  const rows = JSON.stringify(
    entries.map((one) => ({ id: one.postingId, what: one.what, differences: one.differences, note: one.note ?? "" })),
  );
  await db.execute(sql`
    insert into corrections (client_id, connection_id, actor, what, kind, record_id, posting_id, reference, party, currency, gross_minor, differences, note)
    select p.client_id, p.connection_id, ${scope.actor.label}, r.what, p.kind, p.record_id, p.id, p.reference, p.party, p.currency, p.gross_minor,
      r.differences, r.note
    from jsonb_to_recordset(${rows}::jsonb) as r(id uuid, what text, differences jsonb, note text)
    join postings p on p.id = r.id and p.client_id = ${scope.clientId}`);
}

export interface CorrectionsFilter {
  /** Part of the number, the customer or supplier, or who did it. */
  readonly q?: string | undefined;
  readonly what?: CorrectionKind | undefined;
  /** First and last day, UTC. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export const CORRECTION_KEYS = {
  at: {
    parts: [
      { column: corrections.at, type: "timestamptz" },
      { column: corrections.id, type: "uuid" },
    ],
  },
} as const satisfies Record<string, SortKey>;

function conditions(scope: ClientScope, filter: CorrectionsFilter): SQL | undefined {
  const words = filter.q ? containing(filter.q) : null;
  return and(
    eq(corrections.clientId, scope.clientId),
    words ? or(ilike(corrections.reference, words), ilike(corrections.party, words), ilike(corrections.actor, words)) : undefined,
    filter.what ? eq(corrections.what, filter.what) : undefined,
    filter.from ? gte(corrections.at, sql`${filter.from}::date::timestamp at time zone 'UTC'`) : undefined,
    filter.to ? lt(corrections.at, sql`(${filter.to}::date + 1)::timestamp at time zone 'UTC'`) : undefined,
  );
}

/** One entry as the log shows it. */
export interface CorrectionRow {
  readonly id: string;
  readonly at: Date;
  readonly createdAt: Date;
  readonly actor: string;
  readonly what: CorrectionKind;
  readonly kind: RecordKind;
  readonly recordId: string;
  readonly reference: string;
  readonly party: string;
  readonly differences: readonly Difference[];
  readonly note: string;
}

/** The corrections log of a client, a page at a time. */
export async function listCorrections(
  db: ScopedDb,
  scope: ClientScope,
  filter: CorrectionsFilter,
  key: SortKey,
  ask: KeysetAsk,
): Promise<{ rows: CorrectionRow[]; next: readonly (string | null)[] | null }> {
  const page = await readByKey(key, ask, (more, order, limit) =>
    db
      .select({
        id: corrections.id,
        at: corrections.at,
        createdAt: corrections.at,
        actor: corrections.actor,
        what: corrections.what,
        kind: corrections.kind,
        recordId: corrections.recordId,
        reference: corrections.reference,
        party: corrections.party,
        differences: corrections.differences,
        note: corrections.note,
        key: keyOf(key),
      })
      .from(corrections)
      .where(and(conditions(scope, filter), more))
      .orderBy(...order)
      .limit(limit),
  );
  return withoutKeys(page);
}

export async function countCorrections(db: ScopedDb, scope: ClientScope, filter: CorrectionsFilter): Promise<number> {
  const [row] = await db.select({ n: sql<number>`count(*)::int` }).from(corrections).where(conditions(scope, filter));
  return row?.n ?? 0;
}
