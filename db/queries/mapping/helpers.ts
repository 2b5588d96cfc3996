import { type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import type { ClaimedPosting, Loaded } from "#db/queries/postings/outgoing.ts";
import { moveAsMembers } from "#db/queries/postings/run-members.ts";
import type { HelperKind, OutgoingHelper } from "#lib/common/records.ts";
import { resolvedMappingSql } from "./mapping.ts";
import { postedNominal, stockJoins } from "./posted-nominal.ts";

/** The field of an error that says that something made for us is not there. */
export const HELPER_FIELD = "helper";

/** Something that sales lines name is being made: what may need it waits. */
export const helperUnderWay = (connectionId: string): SQL => sql`exists (
  select from postings h where h.connection_id = ${connectionId} and h.kind = 'helper' and h.current
    and h.state in ('queued', 'waiting', 'sending', 'unknown'))`;

/**
 * Asks for the items that queued sales documents name and that nobody asked for yet, and again for those that were taken back unsent.
 * Each is asked for once, however many want it at once; it goes along in the run of one of them.
 * @param which of the queued sales documents; all of them where it is left out
 * @returns how many are on their way because of it
 */
export async function wantHelpers(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  which: SQL = sql`true`,
): Promise<number> {
  const { rows } = await db.execute<{ id: string; run_id: string }>(sql`
    with mapped as materialized (
      select m.source_code, m.target_external_id as key, coalesce(nullif(m.target_code, ''), m.target_name) as word
      from (${resolvedMappingSql(scope, connectionId)}) m where m.kind = 'nominal' and m.fault is null
    ), named as (
      select distinct on (nominal) ${postedNominal(scope, sql`postings.kind`)} as nominal, postings.run_id
      from postings
      join document_lines l on l.document_id = postings.record_id and l.revision = postings.revision
      ${stockJoins(scope)}
      where postings.client_id = ${scope.clientId} and postings.connection_id = ${connectionId} and postings.current
        and postings.state = 'queued' and postings.kind in ('sales-invoice', 'sales-credit-note')
        and postings.run_id is not null and (${which})
      order by nominal, postings.issued_on, postings.id
    ), needed as (
      select distinct on (m.key) m.key, m.word, n.run_id from named n join mapped m on m.source_code = n.nominal
      order by m.key, n.run_id
    ), made as (
      insert into package_helpers (client_id, connection_id, kind, key, name)
      -- Two accounts may have one name: a package that keeps names unique takes the second with its id.
      select ${scope.clientId}, ${connectionId}, 'item', n.key, 'GT-' || n.word || case
        when count(*) over (partition by n.word) > 1 or exists (select from package_helpers o
          where o.connection_id = ${connectionId} and o.kind = 'item' and o.name = 'GT-' || n.word and o.key <> n.key)
        then ' ' || n.key else '' end
      from needed n
      on conflict (connection_id, kind, key) do nothing
      returning id, key, name
    ), asked as (
      insert into postings (client_id, connection_id, kind, record_id, revision, reference, issued_on)
      select ${scope.clientId}, ${connectionId}, 'helper', made.id, 1, made.name,
        (app.now() at time zone (select time_zone from clients where id = ${scope.clientId}))::date
      from made
      returning id, record_id
    )
    select a.id, n.run_id from asked a join made on made.id = a.record_id join needed n on n.key = made.key
    union all
    select p.id, n.run_id from needed n
    join package_helpers h on h.connection_id = ${connectionId} and h.kind = 'item' and h.key = n.key
    join postings p on p.connection_id = h.connection_id and p.kind = 'helper' and p.record_id = h.id and p.current and p.state = 'pending'
      and p.aside is null`);
  let moved = 0;
  for (const [runId, of] of Map.groupBy(rows, (row) => row.run_id)) {
    const these = sql`postings.id = any (${sql.param(of.map((row) => row.id))}::uuid[]) and postings.state = 'pending' and postings.aside is null`;
    moved += await moveAsMembers(db, scope, runId, these, sql`state = 'queued', tries = 0, retry_at = null`);
  }
  return moved;
}

/** What is made for us, as it is sent. */
export async function loadHelpers(
  db: ScopedDb,
  postings: readonly ClaimedPosting[],
): Promise<Map<string, Loaded<OutgoingHelper>>> {
  const ids = sql.param(postings.map((posting) => posting.recordId));
  const { rows } = await db.execute<{ id: string; kind: HelperKind; key: string; name: string }>(
    sql`select id, kind, key, name from package_helpers where id = any (${ids}::uuid[])`,
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return new Map(
    postings.flatMap((posting) => {
      const row = byId.get(posting.recordId);
      if (!row) return [];
      const record: OutgoingHelper = {
        kind: "helper",
        recordId: row.id,
        reference: row.name,
        revision: posting.revision,
        helper: row.kind,
        accountExternalId: row.key,
      };
      return [[posting.id, { record }] as const];
    }),
  );
}
