import { sql } from "drizzle-orm";
import type { ClientScope, PracticeScope, ScopedDb } from "#db/client.ts";
import { navCounts } from "./clients.ts";

/**
 * Takes the marks of up to `most` clients; they are gone when the transaction commits. Two workers take different ones.
 * @returns the clients, in the one order in which everybody locks their figures
 */
export async function takeFigureMarks(db: ScopedDb, _scope: PracticeScope, most: number): Promise<string[]> {
  const { rows } = await db.execute<{ client_id: string }>(sql`
    with first as (select client_id from figure_marks order by id limit 5000), chosen as (select distinct client_id from first limit ${most}),
    gone as (
      delete from figure_marks where id in (
        select m.id from figure_marks m join chosen using (client_id) order by m.id limit 50000 for update of m skip locked) returning client_id
    )
    select distinct client_id from gone order by client_id`);
  return rows.map((row) => row.client_id);
}

/** Reckons one client's figures anew: what stands in the panels, what waits in Import, what is not mapped. */
export async function refreshFigures(db: ScopedDb, scope: ClientScope): Promise<void> {
  // Another may reckon the same client for a later mark: whoever writes last must have looked last.
  await db.execute(sql`select 1 from client_figures where client_id = ${scope.clientId} for update`);
  const { unmapped } = await navCounts(db, scope);
  const inPanel = (panel: string) => sql`
    select count(*)::int as n, count(*) filter (where p.state = 'unknown')::int as checking, min(p.issued_on) as oldest,
      coalesce(sum(abs(p.gross_minor)) filter (where p.currency = cl.base_currency), 0)::bigint as worth
    from postings p where p.client_id = cl.id and p.current and p.panel = ${panel}`;
  await db.execute(sql`
    insert into client_figures as f (client_id, pending, errors, checking, unmapped, incoming, drafts, drifted, oldest_unsent_on, pending_minor, errors_minor,
      incoming_minor, drafts_minor, drifted_minor, currency, refreshed_at)
    select cl.id, p.n, e.n, e.checking, ${unmapped}::int, i.n, d.n, x.n, least(p.oldest, e.oldest), p.worth, e.worth, i.worth, d.worth, x.worth, cl.base_currency, app.now()
    from clients cl
    cross join lateral (${inPanel("pending")}) p
    cross join lateral (${inPanel("errors")}) e
    cross join lateral (select count(*)::int as n, coalesce(sum(abs(i.amount_minor)) filter (where i.currency = cl.base_currency), 0)::bigint as worth
      from incoming_payments i where i.client_id = cl.id and i.status in ('waiting', 'queued', 'failed')) i
    cross join lateral (select count(*)::int as n, coalesce(sum(abs(q.gross_minor)) filter (where q.currency = cl.base_currency), 0)::bigint as worth
      from postings q where q.client_id = cl.id and q.current and q.held_as_draft) d
    cross join lateral (select count(*)::int as n, coalesce(sum(abs(q.gross_minor)) filter (where q.currency = cl.base_currency), 0)::bigint as worth
      from postings q where q.client_id = cl.id and q.current and q.state = 'drifted') x
    where cl.id = ${scope.clientId}
    on conflict (client_id) do update set pending = excluded.pending, errors = excluded.errors, checking = excluded.checking, unmapped = excluded.unmapped,
      incoming = excluded.incoming, drafts = excluded.drafts, drifted = excluded.drifted, oldest_unsent_on = excluded.oldest_unsent_on,
      pending_minor = excluded.pending_minor, errors_minor = excluded.errors_minor, incoming_minor = excluded.incoming_minor,
      drafts_minor = excluded.drafts_minor, drifted_minor = excluded.drifted_minor, currency = excluded.currency,
      refreshed_at = excluded.refreshed_at`);
}
