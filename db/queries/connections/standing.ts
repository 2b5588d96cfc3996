import { type SQL, sql } from "drizzle-orm";
import { shownConnection } from "#db/queries/payments/payment-reads.ts";
import type { RecordKind } from "#lib/common/records.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { Standing } from "#lib/posting/standing.ts";

/**
 * Where a record stands on the connection that the client has or had last, from the row that the panels show; null when it has none.
 * @param record the record's id, with its table: the expression stands within a select of its own
 */
export const standingOf = (scope: ClientScope, record: SQL, kinds: readonly RecordKind[]): SQL<Standing> =>
  sql<Standing>`(select case when p.panel = 'aside' then p.aside when p.state = 'posted' and p.held_as_draft then 'draft'
      when p.state = 'pending' and exists (select from run_members m where m.posting_id = p.id and m.outcome is null) then 'queued' else p.state end
    from postings p where p.connection_id = ${shownConnection(scope)} and p.record_id = ${record} and p.current
      and p.kind in (${sql.join(
        kinds.map((kind) => sql`${kind}`),
        sql`, `,
      )}) limit 1)`;
