import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import type { RecordKind } from "#lib/common/records.ts";

/** A record that was just seen in the package, or has just gone to Error Feedback. */
export interface NewsRow {
  readonly id: string;
  readonly kind: RecordKind;
  readonly recordId: string;
  readonly reference: string;
  readonly code: string | null;
}

export interface News {
  /** Ask with this moment next time. ISO 8601, UTC. */
  readonly asOf: string;
  readonly synced: readonly NewsRow[];
  readonly errors: readonly NewsRow[];
  /** All there were, those told by name among them. */
  readonly syncedCount: number;
  readonly errorCount: number;
}

interface Row extends Record<string, unknown> {
  what: "synced" | "error";
  id: string;
  kind: RecordKind;
  record_id: string;
  reference: string;
  code: string | null;
  n: number;
}

/** As many are told by name. */
const NAMED = 5;

/**
 * What was confirmed (where the client wants to be told of each) and what went to Error Feedback since a moment; without one nothing
 * but the moment from which to ask.
 */
export async function readNews(db: ScopedDb, scope: ClientScope, since: string | null): Promise<News> {
  const moment = await db.execute<{ at: string }>(
    sql`select to_char(app.now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at`,
  );
  const asOf = moment.rows[0]?.at ?? new Date(0).toISOString();
  if (since === null) return { asOf, synced: [], errors: [], syncedCount: 0, errorCount: 0 };
  // A tab that slept for days is told of the last one.
  const from = sql`greatest(${since}::timestamptz, app.now() - interval '1 day')`;
  const { rows } = await db.execute<Row>(sql`
    with cn as (
      select id, coalesce((settings ->> 'showEachSync')::boolean, false) as each from connections
      where client_id = ${scope.clientId} and state <> 'disconnected'
    ), told as (
      -- A record is confirmed soon after it was exported, which is what the index knows.
      (select 'synced' as what, p.id, p.kind, p.record_id, p.reference, null as code, p.confirmed_at as at
      from cn join postings p on p.connection_id = cn.id and p.client_id = ${scope.clientId}
      where cn.each and p.current and p.panel = 'exported' and p.state = 'confirmed' and p.confirmed_at > ${from}
        and p.confirmed_at <= ${asOf}::timestamptz and p.exported_at > ${from} - interval '1 hour')
      union all
      (select 'error', p.id, p.kind, p.record_id, p.reference, p.error_code, p.changed_at
      from cn join postings p on p.connection_id = cn.id and p.client_id = ${scope.clientId}
      where p.current and p.panel = 'errors' and p.state <> 'unknown' and p.changed_at > ${from}
        and p.changed_at <= ${asOf}::timestamptz)
    ), counted as (
      select *, count(*) over (partition by what)::int as n, row_number() over (partition by what order by at, id) as place from told
    )
    select what, id, kind, record_id, reference, code, n from counted where place <= ${NAMED} order by what, place`);
  const of = (what: Row["what"]) =>
    rows
      .filter((row) => row.what === what)
      .map(({ id, kind, record_id, reference, code }) => ({ id, kind, recordId: record_id, reference, code }));
  const countOf = (what: Row["what"]) => rows.find((row) => row.what === what)?.n ?? 0;
  return { asOf, synced: of("synced"), errors: of("error"), syncedCount: countOf("synced"), errorCount: countOf("error") };
}
