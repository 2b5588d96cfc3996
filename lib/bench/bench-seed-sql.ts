import { sql } from "drizzle-orm";
import type { ClientScope, PracticeScope, ScopedDb } from "#db/client.ts";

/** Made-up records for benchmarks, by SQL alone so that a million rows take seconds; the same seed makes the same records. */
export interface SeedInvoices {
  readonly seed: number;
  /** The first invoice's number; numbers of two calls must not meet. */
  readonly from: number;
  readonly count: number;
  /** Customers and products that the invoices are spread over; those that are missing are made. */
  readonly customers: number;
  readonly products: number;
  readonly mostLines: number;
}

/** A repeatable number from 0 to `below` - 1 for each (seed, salt, n). */
const dice = (seed: number, salt: number, n: string, below: number) =>
  sql`(abs(hashint8extended(${sql.raw(n)}::bigint, ${seed * 16 + salt}::bigint) % ${sql.raw(String(below))})::int)`;

/** Adds sales invoices with their lines, customers and products, nominal code 4000 and tax code STD20 throughout. */
export async function seedInvoices(db: ScopedDb, scope: ClientScope, ask: SeedInvoices): Promise<void> {
  const { seed, from, count, customers, products, mostLines } = ask;
  await db.execute(sql`
    insert into contacts (client_id, reference, name, is_customer, content_sha)
    select ${scope.clientId}, 'C' || lpad(n::text, 4, '0'), 'Customer ' || lpad(n::text, 4, '0') || ' Ltd', true, '-'
    from generate_series(1, ${customers}::int) n on conflict do nothing`);
  await db.execute(sql`
    insert into products (client_id, reference, name, content_sha)
    select ${scope.clientId}, 'P' || lpad(n::text, 4, '0'), 'Product ' || n, '-'
    from generate_series(1, ${products}::int) n on conflict do nothing`);
  await db.execute(sql`
    with line as materialized (
      select n, position, 1 + ${dice(seed, 1, "n * 16 + position", 9)} as quantity, 100 + ${dice(seed, 2, "n * 16 + position", 9_900)} as unit,
        1 + ${dice(seed, 3, "n * 16 + position", products)} as product
      from generate_series(${from}::int, ${from + count - 1}::int) n
      cross join lateral generate_series(1, 1 + ${dice(seed, 4, "n", mostLines)}) position
    ), sum as materialized (
      select n, sum(quantity * unit) as net, sum(round(quantity * unit * 0.2)) as tax from line group by n
    ), made as (
      insert into documents (client_id, kind, reference, number, contact_id, issued_on, due_on, currency, net_minor, tax_minor, gross_minor, content_sha)
      select ${scope.clientId}, 'sales-invoice', 'B-' || lpad(s.n::text, 7, '0'), 'B-' || lpad(s.n::text, 7, '0'), c.id,
        date '2026-01-01' + ${dice(seed, 5, "s.n", 300)}, date '2026-12-20', 'GBP', s.net, s.tax, s.net + s.tax, '-'
      from sum s join contacts c on c.client_id = ${scope.clientId}
        and c.reference = 'C' || lpad((1 + ${dice(seed, 6, "s.n", customers)})::text, 4, '0')
      returning id, number
    )
    insert into document_lines (client_id, document_id, revision, position, product_id, description, quantity, unit_price, net_minor, tax_minor,
      nominal_code, tax_code)
    select ${scope.clientId}, m.id, 1, l.position, p.id, p.name, l.quantity::text, (l.unit / 100)::text || '.' || lpad((l.unit % 100)::text, 2, '0'),
      l.quantity * l.unit, round(l.quantity * l.unit * 0.2), '4000', 'STD20'
    from line l join made m on m.number = 'B-' || lpad(l.n::text, 7, '0')
      join products p on p.client_id = ${scope.clientId} and p.reference = 'P' || lpad(l.product::text, 4, '0')`);
}

/**
 * Fills the practice with other clients, each with a connection and rows in every panel: what a grid must find its own rows among.
 *
 * @param from the first client's number; those of two calls must not meet
 * @param each rows of each client
 */
export async function seedOtherClients(
  db: ScopedDb,
  _scope: PracticeScope,
  { seed, from, clients, each }: { seed: number; from: number; clients: number; each: number },
): Promise<void> {
  await db.execute(sql`
    with made as (
      insert into clients (slug, name) select 'bench-' || n, 'Bench ' || n 
      from generate_series(${from}::int, ${from + clients - 1}::int) n returning id, slug
    ), connection as (
      insert into connections (client_id, package, state, tenant_id, tenant_name, connected_by_name, connected_at)
      select id, 'xero', 'live', 'bench ' || slug, slug, 'Bench', app.now() from made returning id, client_id
    )
    insert into postings (client_id, connection_id, kind, record_id, revision, state, reference, party, issued_on, currency, gross_minor, exported_at)
    select c.client_id, c.id, 'sales-invoice', gen_random_uuid(), 1,
      (array['pending', 'confirmed', 'confirmed', 'confirmed', 'confirmed', 'confirmed', 'rejected', 'confirmed'])[1 + n % 8],
      'X-' || n, 'Customer ' || ${dice(seed, 7, "n", 400)}, date '2026-01-01' + ${dice(seed, 8, "n", 300)}, 'GBP', ${dice(seed, 9, "n", 900_000)},
      case when n % 8 in (0, 6) then null else app.now() end
    from connection c cross join generate_series(1, ${each}::int) n`);
}

/** How many postings the whole practice holds. */
export async function countPostings(db: ScopedDb, _scope: PracticeScope): Promise<number> {
  const found = await db.execute<{ n: number }>(sql`select count(*)::int as n from postings`);
  return found.rows[0]?.n ?? 0;
}
