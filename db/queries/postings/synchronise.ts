import { type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { type RecordKind, sideOf } from "#lib/common/records.ts";
import type { SideSum } from "#lib/common/sums.ts";
import { HAS_OPEN_MEMBER } from "./run-members.ts";

/** What goes when everything that is ready goes: pending, standing in its panel, and passed by pre-check. */
export const READY: SQL = sql`(postings.state = 'pending' and postings.aside is null and postings.precheck in ('ready', 'warning')
  and not ${HAS_OPEN_MEMBER})`;

/** Rows of one kind, made or changed there, in one currency. Gross is signed minor units as text; null without an amount. */
export interface ChangeGroup {
  readonly kind: RecordKind;
  readonly change: "create" | "update";
  readonly side: SideSum["side"];
  readonly currency: string | null;
  readonly count: number;
  readonly grossMinor: string | null;
}

const linked = sql`exists (select from external_refs r where r.connection_id = postings.connection_id and r.record_id = postings.record_id
  and r.family = case when postings.kind in ('customer', 'supplier') then 'contact' when postings.kind in ('product', 'payment', 'journal', 'allocation', 'helper') then postings.kind else 'document' end)`;

/** The change set that is ready now, in the order in which kinds are sent. */
export async function groupReady(db: ScopedDb, scope: ClientScope, connectionId: string): Promise<ChangeGroup[]> {
  const { rows } = await db.execute<{
    kind: RecordKind;
    change: ChangeGroup["change"];
    currency: string | null;
    n: number;
    gross: string | null;
  }>(sql`
    select kind, case when ${linked} then 'update' else 'create' end as change, case when gross_minor is not null then currency end as currency,
      count(*)::int as n, sum(gross_minor)::text as gross
    from postings where client_id = ${scope.clientId} and connection_id = ${connectionId} and current and ${READY}
    group by 1, 2, 3 order by 1, 2, 3`);
  return rows.map(({ n, gross, ...row }) => ({ ...row, side: sideOf(row.kind), count: n, grossMinor: gross }));
}

/** Names the change set: another row, another revision or one less gives another name. */
export async function hashReady(db: ScopedDb, scope: ClientScope, connectionId: string): Promise<string> {
  const { rows } = await db.execute<{ hash: string }>(sql`
    select encode(sha256(convert_to(coalesce(string_agg(id::text || ':' || revision, ' ' order by id), ''), 'UTF8')), 'hex') as hash
    from postings where client_id = ${scope.clientId} and connection_id = ${connectionId} and current and ${READY}`);
  return rows[0]?.hash ?? "";
}

/** Of records that people have open, those that are in the change set, by record. */
export async function listReadyAmong(
  db: ScopedDb,
  scope: ClientScope,
  recordIds: readonly string[],
): Promise<{ recordId: string; kind: RecordKind; reference: string }[]> {
  const { rows } = await db.execute<{ record_id: string; kind: RecordKind; reference: string }>(sql`
    select record_id, kind, reference from postings
    where client_id = ${scope.clientId} and current and ${READY} and record_id = any (${sql.param([...recordIds])}::uuid[]) order by reference`);
  return rows.map((row) => ({ recordId: row.record_id, kind: row.kind, reference: row.reference }));
}
