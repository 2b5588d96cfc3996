import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { array } from "#db/queries/common/bulk.ts";
import { HAS_OPEN_MEMBER } from "#db/queries/postings/run-members.ts";
import { type RecordKind, sideOf } from "#lib/common/records.ts";
import { addUp, type SideSum } from "#lib/common/sums.ts";

/** A row that a change would send, for the list that is shown before it. Gross is signed minor units as text. */
export interface SendingRow {
  readonly kind: RecordKind;
  readonly reference: string;
  readonly party: string;
  readonly issuedOn: string;
  readonly currency: string | null;
  readonly grossMinor: string | null;
}

/** Queued, or chosen by a run that has not come to it. */
const ON_ITS_WAY = sql`(state = 'queued' or (state = 'pending' and ${HAS_OPEN_MEMBER}))`;

/** Rows that somebody asked for and that stand still: held or refused, with the parties that may have to go with them. */
export async function listStill(db: ScopedDb, scope: ClientScope): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    select id from postings where client_id = ${scope.clientId} and current and (state in ('held', 'rejected')
      or (state = 'pending' and kind in ('customer', 'supplier', 'product') and not ${HAS_OPEN_MEMBER}))`);
  return rows.map((row) => row.id);
}

/** What of the client waits to be sent as soon as somebody may. */
export async function listQueued(db: ScopedDb, scope: ClientScope): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(
    sql`select id from postings where client_id = ${scope.clientId} and current and ${ON_ITS_WAY}`,
  );
  return rows.map((row) => row.id);
}

/** Those of the rows that are queued now: a name of the set, its count, its amount by side and currency, and the first of them. */
export async function sumQueued(
  db: ScopedDb,
  scope: ClientScope,
  ids: readonly string[],
  most: number,
): Promise<{ hash: string; count: number; amounts: SideSum[]; rows: SendingRow[] }> {
  const chosen = sql`client_id = ${scope.clientId} and id = any (${array(ids, "uuid")}) and current and ${ON_ITS_WAY}`;
  const named = await db.execute<{ hash: string; n: number }>(sql`
    select md5(coalesce(string_agg(id || ' ' || revision, ',' order by id), '')) as hash, count(*)::int as n from postings where ${chosen}`);
  const sums = await db.execute<{ kind: RecordKind; currency: string; gross: string }>(sql`
    select kind, currency, sum(gross_minor)::text as gross from postings where ${chosen} and gross_minor is not null and currency is not null
    group by 1, 2`);
  const { rows } = await db.execute<{
    kind: RecordKind;
    reference: string;
    party: string;
    issued_on: string;
    currency: string | null;
    gross: string | null;
  }>(sql`
    select kind, reference, party, issued_on, currency, gross_minor::text as gross from postings where ${chosen}
    order by gross_minor is null, issued_on, reference, id limit ${most}`);
  return {
    hash: named.rows[0]?.hash ?? "",
    count: named.rows[0]?.n ?? 0,
    amounts: addUp(sums.rows.map(({ kind, currency, gross }) => ({ side: sideOf(kind), currency, minor: BigInt(gross) }))),
    rows: rows.map(({ issued_on, gross, ...row }) => ({ ...row, issuedOn: issued_on, grossMinor: gross })),
  };
}

/**
 * Keeps back what a change has just queued: documents, payments and journals stay held, until somebody presses Retry; the customers and
 * products that would have gone along wait again.
 */
export async function keepBack(db: ScopedDb, scope: ClientScope, ids: readonly string[], why: string): Promise<number> {
  const kept = await db.execute(sql`
    update postings set
      state = case when kind in ('customer', 'supplier', 'product') then 'pending' else 'held' end,
      error_code = case when kind in ('customer', 'supplier', 'product') then null else 'rule.before-sending' end,
      error_detail = case when kind in ('customer', 'supplier', 'product') then null else jsonb_build_object('subject', ${why}::text) end,
      changed_at = app.now()
    where client_id = ${scope.clientId} and id = any (${array(ids, "uuid")}) and current and state = 'queued' and not continued`);
  return kept.rowCount ?? 0;
}
