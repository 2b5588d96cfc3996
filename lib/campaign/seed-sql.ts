import { sql } from "drizzle-orm";
import type { ClientScope, PracticeScope, ScopedDb } from "#db/client.ts";
import { HAS_OPEN_MEMBER, SHOWN_STATE } from "#db/queries/postings/run-members.ts";
import type { DocumentKind } from "#lib/common/records.ts";

/** Makes clients with the codes that a campaign's documents use; answers their ids, in order. */
export async function addCampaignClients(db: ScopedDb, _scope: PracticeScope, count: number): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    with made as (
      insert into clients (slug, name) select 'campaign-' || n, 'Campaign ' || n from generate_series(1, ${count}::int) n returning id, name
    ), nominal as (
      insert into nominal_codes (client_id, code, name, kind)
      select made.id, c.code, c.name, c.kind from made cross join (values
        ('1200', 'Bank', 'bank'), ('4000', 'Sales', 'sales'), ('5000', 'Purchases', 'purchase')) as c (code, name, kind)
    ), tax as (
      insert into tax_codes (client_id, code, name, rate)
      select made.id, c.code, c.name, '20' from made cross join (values ('STD20', 'Standard'), ('BUY20', 'Standard, purchases')) as c (code, name)
    )
    select id from made order by length(name), name`);
  return rows.map((row) => row.id);
}

/** The clients that {@link addCampaignClients} made. */
export async function listCampaignClients(db: ScopedDb, _scope: PracticeScope): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`select id from clients where slug like 'campaign-%' order by slug`);
  return rows.map((row) => row.id);
}

export interface CampaignDocuments {
  readonly seed: number;
  readonly count: number;
  readonly customers: number;
  readonly suppliers: number;
}

/** A repeatable number from 0 to `below` - 1 for each (seed, salt, n). */
const dice = (seed: number, salt: number, n: string, below: number) =>
  sql`(abs(hashint8extended(${sql.raw(n)}::bigint, ${seed * 16 + salt}::bigint) % ${sql.raw(String(below))})::int)`;

/**
 * Adds documents of one to three lines in pounds: eight in ten sales invoices, whose number the package keeps unique; a credit note and a
 * bill in ten, whose number it lets stand twice.
 */
export async function seedCampaignDocuments(
  db: ScopedDb,
  scope: ClientScope,
  { seed, count, customers, suppliers }: CampaignDocuments,
): Promise<void> {
  await db.execute(sql`
    insert into contacts (client_id, reference, name, is_customer, is_supplier, content_sha)
    select ${scope.clientId}::uuid, 'C' || lpad(n::text, 4, '0'), 'Customer ' || n || ' Ltd', true, false, '-' from generate_series(1, ${customers}::int) n
    union all
    select ${scope.clientId}::uuid, 'S' || lpad(n::text, 4, '0'), 'Supplier ' || n || ' Ltd', false, true, '-' from generate_series(1, ${suppliers}::int) n`);
  await db.execute(sql`
    with head as materialized (
      select n, case ${dice(seed, 1, "n", 10)} when 0 then 'sales-credit-note' when 1 then 'bill' else 'sales-invoice' end as kind
      from generate_series(1, ${count}::int) n
    ), line as materialized (
      select h.n, h.kind, position, 1 + ${dice(seed, 2, "h.n * 16 + position", 9)} as quantity, 100 + ${dice(seed, 3, "h.n * 16 + position", 9_900)} as unit
      from head h cross join lateral generate_series(1, 1 + ${dice(seed, 4, "h.n", 3)}) position
    ), sum as materialized (
      select n, kind, sum(quantity * unit) as net, sum(round(quantity * unit * 0.2)) as tax from line group by n, kind
    ), made as (
      insert into documents (client_id, kind, reference, number, contact_id, issued_on, due_on, currency, net_minor, tax_minor, gross_minor, content_sha)
      select ${scope.clientId}, s.kind, 'D-' || lpad(s.n::text, 6, '0'), 'D-' || lpad(s.n::text, 6, '0'), c.id,
        date '2026-01-01' + ${dice(seed, 5, "s.n", 300)}, date '2026-12-20', 'GBP', s.net, s.tax, s.net + s.tax, '-'
      from sum s join contacts c on c.client_id = ${scope.clientId} and c.reference = case when s.kind = 'bill'
        then 'S' || lpad((1 + ${dice(seed, 6, "s.n", suppliers)})::text, 4, '0')
        else 'C' || lpad((1 + ${dice(seed, 7, "s.n", customers)})::text, 4, '0') end
      returning id, kind, number
    )
    insert into document_lines (client_id, document_id, revision, position, description, quantity, unit_price, net_minor, tax_minor, nominal_code, tax_code)
    select ${scope.clientId}, m.id, 1, l.position, 'Line ' || l.position, l.quantity::text, (l.unit / 100)::text || '.' || lpad((l.unit % 100)::text, 2, '0'),
      l.quantity * l.unit, round(l.quantity * l.unit * 0.2),
      case when m.kind = 'bill' then '5000' else '4000' end, case when m.kind = 'bill' then 'BUY20' else 'STD20' end
    from line l join made m on m.number = 'D-' || lpad(l.n::text, 6, '0')`);
}

/** Documents that nobody has asked for yet, a few of them, in an order that the seed decides. */
export async function listWaitingDocuments(db: ScopedDb, scope: ClientScope, seed: number, most: number): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    select id from postings where client_id = ${scope.clientId} and current and state = 'pending' and kind in ('sales-invoice', 'sales-credit-note', 'bill')
      and not ${HAS_OPEN_MEMBER}
    order by hashtextextended(reference, ${seed}::bigint), id limit ${most}`);
  return rows.map((row) => row.id);
}

interface Touchable {
  readonly id: string;
  readonly number: string;
  readonly kind: DocumentKind;
}

/** Documents that somebody has asked for, a few by chance: those of which a call is under way or is to come stand first. */
export async function listTouchable(db: ScopedDb, scope: ClientScope, chance: number): Promise<Touchable[]> {
  const { rows } = await db.execute<Touchable & Record<string, unknown>>(sql`
    select id, reference as number, kind from postings
    where client_id = ${scope.clientId} and current and kind in ('sales-invoice', 'sales-credit-note', 'bill')
      and (state <> 'pending' or ${HAS_OPEN_MEMBER})
    order by (continued or state in ('sending', 'unknown')) desc, hashtextextended(reference, ${Math.floor(chance * 2 ** 31)}::bigint) limit 10`);
  return rows.map(({ id, number, kind }) => ({ id, number, kind }));
}

/** What stands in Error Feedback for somebody to retry. */
export async function listStopped(db: ScopedDb, scope: ClientScope): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    select id from postings where client_id = ${scope.clientId} and current and panel = 'errors' and state in ('rejected', 'held', 'dead') limit 1000`);
  return rows.map((row) => row.id);
}

export interface Holder {
  /** `host:pid:random`. */
  readonly owner: string;
  readonly connectionId: string;
  /** A call of it that may write is under way. */
  readonly sending: boolean;
}

/** Who holds a connection at this moment. */
export async function listHolders(db: ScopedDb, _scope: PracticeScope): Promise<Holder[]> {
  const { rows } = await db.execute<{ owner: string; connection_id: string; sending: boolean }>(sql`
    select owner, connection_id, exists (select from postings p where p.connection_id = l.connection_id and p.state = 'sending') as sending
    from connection_leases l where owner is not null and until > clock_timestamp()`);
  return rows.map((row) => ({ owner: row.owner, connectionId: row.connection_id, sending: row.sending }));
}

/** Postings of the whole practice by the state that is shown, and how many were left in mid-call by a worker that died. */
export async function countEverything(db: ScopedDb, _scope: PracticeScope): Promise<Record<string, number>> {
  const { rows } = await db.execute<{ state: string; n: number }>(
    sql`select ${SHOWN_STATE} as state, count(*)::int as n from postings where current group by 1`,
  );
  return Object.fromEntries(rows.map((row) => [row.state, row.n]));
}

/** Runs that this actor's name stands on. */
export async function countRunsOf(db: ScopedDb, _scope: PracticeScope, startedBy: string): Promise<number> {
  const { rows } = await db.execute<{ n: number }>(sql`select count(*)::int as n from runs where started_by = ${startedBy}`);
  return rows[0]?.n ?? 0;
}

/** How often a posting's outcome was not clear, by reason, as far as the calls tell it. */
export async function countUnclearCalls(db: ScopedDb, _scope: PracticeScope): Promise<{ unclear: number; resent: number }> {
  const { rows } = await db.execute<{ unclear: number; resent: number }>(sql`
    select count(*) filter (where outcome is distinct from 'answered' and outcome is distinct from 'not-sent')::int as unclear,
      count(*) filter (where sends > 1)::int as resent from posting_calls`);
  return rows[0] ?? { unclear: 0, resent: 0 };
}

/** The one click of whoever watches a campaign: connections that stopped after three tries in a row go on. @returns how many had stopped */
export async function resumeStopped(db: ScopedDb, _scope: PracticeScope): Promise<number> {
  const { rowCount } = await db.execute(
    sql`update connections set failed_tries = 0, stopped_at = null, stopped_reason = null where stopped_at is not null`,
  );
  return rowCount ?? 0;
}
