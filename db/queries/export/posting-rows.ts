import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { inBulk } from "#db/queries/common/bulk.ts";
import type { RecordKind } from "#lib/common/records.ts";

/**
 * The records of a client as postings show them, one row per record that exports: what a posting's grid columns are copied from.
 * A contact that is both customer and supplier goes as a customer: the package knows one contact. Payments that came from the package
 * never go back to it. Allocations go where their documents went, and to no other connection.
 */
const exportable = (clientId: string) => sql`
  select case when c.is_customer then 'customer' else 'supplier' end as kind, c.id as record_id, c.revision, c.reference, c.name as party,
    (c.changed_at at time zone cl.time_zone)::date as issued_on, null::text as currency, null::bigint as gross_minor
  from contacts c join clients cl on cl.id = c.client_id where c.client_id = ${clientId}
  union all
  select 'product', p.id, p.revision, p.reference, p.name, (p.changed_at at time zone cl.time_zone)::date, null, null
  from products p join clients cl on cl.id = p.client_id where p.client_id = ${clientId}
  union all
  select d.kind, d.id, d.revision, d.number, c.name, d.issued_on, d.currency,
    case when d.kind in ('sales-credit-note', 'supplier-credit-note') then -d.gross_minor else d.gross_minor end
  from documents d join contacts c on c.id = d.contact_id where d.client_id = ${clientId}
  union all
  select 'payment', y.id, y.revision, y.record_reference, c.name, y.paid_on, y.currency,
    case when y.kind in ('receipt', 'purchase-refund') then y.amount_minor else -y.amount_minor end
  from payments y left join contacts c on c.id = y.contact_id
  where y.client_id = ${clientId} and y.origin = 'operational' and y.record_reference is not null
  union all
  select 'journal', j.id, j.revision, j.reference, j.narration, j.journal_on, j.currency, j.debit_minor
  from journals j where j.client_id = ${clientId}
  union all
  select 'allocation', a.id, 1, a.reference, c.name, a.allocated_on, a.currency, a.amount_minor
  from credit_allocations a join reissues r on r.id = a.reissue_id join documents n on n.id = r.credit_note_id join contacts c on c.id = n.contact_id
  join connections k on k.id = r.connection_id and k.state <> 'disconnected'
  where a.client_id = ${clientId}`;

/** States of a revision that was never sent: an amendment takes the row over and it waits in Pending Export again. */
const UNSENT = sql`('pending', 'held', 'queued')`;
/** States after which a new revision is a row of its own. */
const ENDED = sql`('rejected', 'dead', 'confirmed', 'drifted', 'skipped')`;
/** A draft waits in the package until somebody approves it there: it is sent and seen, and a change of it need not wait for the tick. */
const SEEN_AS_DRAFT = sql`(o.state = 'posted' and o.held_as_draft)`;

/** Makes the postings that are missing; answers how many rows are new or renewed. */
export async function insertMissingPostings(db: ScopedDb, scope: ClientScope): Promise<number> {
  return inBulk(db, () => insertMissing(db, scope));
}

async function insertMissing(db: ScopedDb, scope: ClientScope): Promise<number> {
  const live = await db.execute<{ id: string; takes: RecordKind[] }>(
    sql`select id, takes from connections where client_id = ${scope.clientId} and state <> 'disconnected'`,
  );
  if (!live.rows[0]) return 0;
  const { id: connectionId, takes } = live.rows[0];
  // Nothing of it was ever sent, so the amended record simply takes the row's place.
  const renewed = await db.execute(sql`
    update postings p set revision = e.revision, state = 'pending', precheck = null, precheck_code = null, precheck_detail = null,
      error_code = null, error_detail = null, lock_choice = null, run_id = null, reference = e.reference, party = e.party, issued_on = e.issued_on,
      currency = e.currency, gross_minor = e.gross_minor, changed_at = app.now()
    from (${exportable(scope.clientId)}) e
    where p.connection_id = ${connectionId} and p.record_id = e.record_id and p.kind = e.kind and p.current and p.revision < e.revision
      and p.state in ${UNSENT} and not p.maybe_sent and not p.continued`);
  const made = await db.execute(sql`
    with wanted as (
      select e.*, o.id as old_id, o.state as old_state, o.mark_reason, o.exported_by, o.exported_at, o.exported_how
      from (${exportable(scope.clientId)}) e
      left join postings o on o.connection_id = ${connectionId} and o.record_id = e.record_id and o.kind = e.kind and o.current
      where e.kind = any (${sql.param(takes)}::text[])
        and (o.id is null or (o.revision < e.revision and not o.continued and (o.state in ${ENDED} or ${SEEN_AS_DRAFT})))
    ), replaced as (
      update postings p set current = false, changed_at = app.now() from wanted w where p.id = w.old_id returning p.id
    )
    insert into postings (client_id, connection_id, kind, record_id, revision, state, reference, party, issued_on, currency, gross_minor,
      changed_since_marked, mark_reason, exported_by, exported_at, exported_how)
    select ${scope.clientId}, ${connectionId}, w.kind, w.record_id, w.revision,
      case when w.old_state = 'skipped' then 'skipped' else 'pending' end, w.reference, coalesce(w.party, ''), w.issued_on, w.currency, w.gross_minor,
      coalesce(w.old_state = 'skipped', false),
      case when w.old_state = 'skipped' then w.mark_reason end, case when w.old_state = 'skipped' then w.exported_by end,
      case when w.old_state = 'skipped' then w.exported_at end, case when w.old_state = 'skipped' then w.exported_how end
    from wanted w where (select count(*) from replaced) >= 0
    on conflict do nothing`);
  return (renewed.rowCount ?? 0) + (made.rowCount ?? 0);
}

/** The moves that the database's triggers allow, as "from > to". */
export async function listLegalMoves(db: ScopedDb, of: "all" | "continued" = "all"): Promise<string[]> {
  const table = of === "all" ? sql`app.legal_moves()` : sql`app.continued_moves()`;
  const moves = await db.execute<{ move: string }>(sql`select from_state || ' > ' || to_state as move from ${table}`);
  return moves.rows.map((row) => row.move);
}

/** Whether a customer, supplier or product among the rows that no pre-check has seen is there in a later revision than its first. */
export async function hasAmendedParties(db: ScopedDb, scope: ClientScope): Promise<boolean> {
  const found = await db.execute(sql`
    select 1 from postings where client_id = ${scope.clientId} and current and precheck is null and revision > 1
      and kind in ('customer', 'supplier', 'product') and state = 'pending' limit 1`);
  return (found.rowCount ?? 0) > 0;
}
