import { type SQL, sql } from "drizzle-orm";
import type { ClientScope, PracticeScope, ScopedDb } from "#db/client.ts";
import { seesClient } from "./clients.ts";
import { COUNTED, incomingToDo, navCounts } from "./counts.ts";

/**
 * Takes the marks of up to `most` clients; they are gone when the transaction commits. Two workers take different ones.
 * @param seenBy only of clients that this user sees
 * @returns the clients, in the one order in which everybody locks their figures
 */
export async function takeFigureMarks(db: ScopedDb, _scope: PracticeScope, most: number, seenBy?: string): Promise<string[]> {
  const seen = seenBy === undefined ? sql`` : sql`where ${seesClient(seenBy, sql`first.client_id`)}`;
  const { rows } = await db.execute<{ client_id: string }>(sql`
    with first as (select client_id from figure_marks order by id limit 5000),
    chosen as (select distinct client_id from first ${seen} limit ${most}),
    gone as (
      delete from figure_marks where id in (
        select m.id from figure_marks m join chosen using (client_id) order by m.id limit 50000 for update of m skip locked) returning client_id
    )
    select distinct client_id from gone order by client_id`);
  return rows.map((row) => row.client_id);
}

/** Reckons one client's figures anew, by the same conditions as its own pages count by. */
export async function refreshFigures(db: ScopedDb, scope: ClientScope): Promise<void> {
  // Another may reckon the same client for a later mark: whoever writes last must have looked last.
  await db.execute(sql`select 1 from client_figures where client_id = ${scope.clientId} for update`);
  const { unmapped, unconnected } = await navCounts(db, scope);
  const postings = (where: SQL) => sql`
    select count(*)::int as n, count(*) filter (where ${COUNTED.checking})::int as checking, min(p.issued_on) as oldest,
      coalesce(sum(abs(p.gross_minor)) filter (where p.currency = cl.base_currency), 0)::bigint as amount
    from postings p where p.client_id = cl.id and ${where}`;
  await db.execute(sql`
    insert into client_figures as f (client_id, pending, errors, checking, unmapped, unconnected, incoming, drafts, drifted, oldest_unsent_on,
      pending_minor, errors_minor, incoming_minor, drafts_minor, drifted_minor, currency, refreshed_at)
    select cl.id, p.n, e.n, e.checking, ${unmapped}::int, ${unconnected}::int, i.n, d.n, x.n, least(p.oldest, e.oldest),
      p.amount, e.amount, i.amount, d.amount, x.amount, cl.base_currency, app.now()
    from clients cl
    cross join lateral (${postings(COUNTED.pending)}) p
    cross join lateral (${postings(COUNTED.errors)}) e
    cross join lateral (${postings(COUNTED.drafts)}) d
    cross join lateral (${postings(COUNTED.drifted)}) x
    cross join lateral (select count(*)::int as n, coalesce(sum(abs(i.amount_minor)) filter (where i.currency = cl.base_currency), 0)::bigint as amount
      from incoming_payments i where ${incomingToDo(scope)}) i
    where cl.id = ${scope.clientId}
    on conflict (client_id) do update set pending = excluded.pending, errors = excluded.errors, checking = excluded.checking, unmapped = excluded.unmapped,
      unconnected = excluded.unconnected, incoming = excluded.incoming, drafts = excluded.drafts, drifted = excluded.drifted,
      oldest_unsent_on = excluded.oldest_unsent_on,
      pending_minor = excluded.pending_minor, errors_minor = excluded.errors_minor, incoming_minor = excluded.incoming_minor,
      drafts_minor = excluded.drafts_minor, drifted_minor = excluded.drifted_minor, currency = excluded.currency,
      refreshed_at = excluded.refreshed_at`);
}
