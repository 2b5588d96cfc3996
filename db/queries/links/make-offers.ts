import { type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { inBulk } from "#db/queries/common/bulk.ts";
import { readAsOfSql } from "#db/queries/connections/list-reads.ts";
import { bare, survivorsOf } from "./contact-merges.ts";

export type OfferFamily = "contact" | "product";

/** Kinds of ours that one list of the package may hold already. */
const KINDS: Readonly<Record<OfferFamily, SQL>> = {
  contact: sql`('customer', 'supplier')`,
  product: sql`('product')`,
};

/** Ours that is not linked and was not sent: what may be made in the package if nothing is done. */
const unlinked = (connectionId: string, family: OfferFamily): SQL => sql`
  p.connection_id = ${connectionId} and p.current and p.kind in ${KINDS[family]} and p.state in ('pending', 'held', 'queued', 'rejected')
  and (p.state <> 'pending' or p.aside is null) and not exists (
    select from external_refs r where r.connection_id = p.connection_id and r.family = ${family} and r.record_id = p.record_id)`;

export interface ToOffer {
  readonly family: OfferFamily;
  /** Some of them are to go now. */
  readonly queued: boolean;
  /** One of them, or a record of the package, has changed since they were last held against each other. */
  readonly changed: boolean;
  /** When the package's list was last read to its end. */
  readonly asOf: Date | null;
}

/** Families of which some of ours are in no link yet. */
export async function listToOffer(db: ScopedDb, scope: ClientScope, connectionId: string): Promise<ToOffer[]> {
  const found: ToOffer[] = [];
  for (const family of ["contact", "product"] as const) {
    const lists = family === "contact" ? sql`package_contacts` : sql`package_products`;
    const asOf = readAsOfSql(sql`c.id`, family === "contact" ? "contacts" : "products");
    const { rows } = await db.execute<{ queued: boolean | null; changed: boolean; as_of: string | Date | null }>(sql`
      select bool_or(p.state = 'queued') as queued, ${asOf} as as_of,
        c.offered_at is null or max(p.changed_at) >= c.offered_at
          or exists (select from ${lists} k where k.connection_id = c.id and k.seen_at >= c.offered_at) as changed
      from connections c join postings p on p.client_id = c.client_id and ${unlinked(connectionId, family)}
      where c.id = ${connectionId} and c.client_id = ${scope.clientId} group by c.id`);
    const row = rows[0];
    if (row)
      found.push({ family, queued: row.queued ?? false, changed: row.changed, asOf: row.as_of ? new Date(row.as_of) : null });
  }
  return found;
}

/** Blanks and capitals apart. */
const plain = (text: SQL) => sql`lower(regexp_replace(trim(${text}), '\\s+', ' ', 'g'))`;

/** Names nearly the same are looked for by pieces that no more of theirs share than this, fewer where there are many of ours. */
const RARE_PIECE = 100_000;

/** From this weight on a candidate is likely by itself; below it is only shown. */
const STRONG = 30;

const ours = (scope: ClientScope, connectionId: string, family: OfferFamily): SQL => {
  const record =
    family === "contact"
      ? sql`select c.id, c.name, c.reference, nullif(lower(trim(c.email)), '') as email, ${bare(sql`c.tax_number`)} as tax from contacts c where c.client_id = ${scope.clientId}`
      : sql`select x.id, x.name, x.reference, null::text as email, null::text as tax from products x where x.client_id = ${scope.clientId}`;
  return sql`
    select p.record_id, o.ruled_out, ${plain(sql`c.name`)} as plain, app.party_key(c.name) as key, c.email, c.tax, lower(trim(c.reference)) as reference, p.state = 'rejected' as was_refused
    from postings p join (${record}) c on c.id = p.record_id
    left join link_offers o on o.connection_id = p.connection_id and o.family = ${family} and o.record_id = p.record_id
    where p.client_id = ${scope.clientId} and ${unlinked(connectionId, family)}
      and not exists (select from link_choices lc where lc.connection_id = p.connection_id and lc.family = ${family} and lc.record_id = p.record_id)
      and (o.id is null or o.what = 'merge' or o.state in ('open', 'none', 'seen')
        or (o.state = 'create' and p.state = 'rejected' and p.error_code = 'mapping.entity-unlinked'))`;
};

/** Theirs: what it is found by, and the record that stands for it today, which a merge may have made another. */
const theirs = (connectionId: string, family: OfferFamily): SQL =>
  family === "contact"
    ? sql`
      select f.external_id as found, s.external_id, s.name, s.number, s.email as their_email, s.tax_number, s.status,
        ${plain(sql`f.name`)} as plain, app.party_key(f.name) as key,
        case when f.external_id <> s.external_id then app.party_key(s.name) end as survivor_key, nullif(lower(trim(f.email)), '') as email,
        ${bare(sql`f.tax_number`)} as tax, ${bare(sql`s.tax_number`)} as survivor_tax,
        nullif(lower(trim(f.number)), '') as own_number, nullif(lower(trim(f.account_number)), '') as account_number,
        f.external_id <> s.external_id as via_merge
      from survivors v join package_contacts f on f.connection_id = ${connectionId} and f.external_id = v.found
      join package_contacts s on s.connection_id = ${connectionId} and s.external_id = v.id`
    : sql`
      select x.external_id as found, x.external_id, x.name, x.code as number, null::text as their_email, null::text as tax_number, 'active' as status,
        ${plain(sql`x.name`)} as plain, app.party_key(x.name) as key, null::text as survivor_key, null::text as email,
        null::text as tax, null::text as survivor_tax, nullif(lower(trim(x.code)), '') as own_number, null::text as account_number, false as via_merge
      from package_products x where x.connection_id = ${connectionId}`;

/**
 * Holds all of ours that is in no link against the package's list, in one statement: equal names (capitals, blanks, "Ltd" for "Limited"
 * apart), tax numbers, e-mail addresses that one on either side has, our number where somebody keeps it there, and names that are nearly
 * the same. What is likely becomes an open offer; one that nothing is like any more is taken away. What carries our own number under our
 * own name is left to the engine, which links it by a read. What nothing is like is made unasked, unless the connection's settings say that
 * it is asked about too: then it is an offer without a candidate. `sure` says that nothing else comes into question on either side, and nothing
 * speaks against it but that it is archived there.
 * @returns how many offers are new or other than before
 */
export async function makeOffers(db: ScopedDb, scope: ClientScope, connectionId: string, family: OfferFamily): Promise<number> {
  const isProduct = family === "product" ? sql`true` : sql`false`;
  // Nothing is known beforehand of how many rows each step leaves: joined row by row, it would take the square of their number.
  const { rows } = await inBulk(db, () =>
    db.execute<{ n: number }>(sql`
    with recursive rule as (
      select coalesce((settings ->> 'createUnasked')::boolean, true) as unasked from connections where id = ${connectionId}
    ), ${survivorsOf(connectionId, sql`select external_id from package_contacts where connection_id = ${connectionId}`)},
    ours as materialized (${ours(scope, connectionId, family)}),
    theirs as materialized (${theirs(connectionId, family)}),
    email_here as (select email from ours where email is not null group by email having count(*) = 1),
    email_there as (select email from theirs where email is not null group by email having count(distinct external_id) = 1),
    keyed as materialized (
      select o.record_id, t.found from ours o join theirs t on t.key = o.key and o.key <> ''
      union select o.record_id, t.found from ours o join theirs t on t.tax = o.tax
      union select o.record_id, t.found from ours o join theirs t on t.own_number = o.reference
      union select o.record_id, t.found from ours o join theirs t on t.account_number = o.reference
      union select o.record_id, t.found from ours o join theirs t on t.email = o.email
        where o.email in (select email from email_here) and o.email in (select email from email_there)
    ),
    -- Nearly the same: only for what nothing else was found for. A name's pieces are made once, and counted before any two are compared.
    our_names as materialized (
      select o.record_id, app.name_pieces(o.key) as pieces, regexp_replace(o.key, '[^0-9]', '', 'g') as figures from ours o
      where not exists (select from keyed k where k.record_id = o.record_id)
    ),
    their_names as materialized (
      -- What another of ours is found for by more is that one.
      select t.found, app.name_pieces(t.key) as pieces, regexp_replace(t.key, '[^0-9]', '', 'g') as figures
      from theirs t where exists (select from our_names)
        and not exists (select from keyed k where k.found = t.found)
        and not exists (select from external_refs r where r.connection_id = ${connectionId} and r.family = ${family} and r.external_id = t.external_id)
    ),
    their_pieces as materialized (select found, unnest(pieces) as piece from their_names),
    rare as materialized (
      select piece from their_pieces group by piece
      having count(*) <= greatest(5, ${RARE_PIECE} / greatest(1, (select count(*) from ours)))
    ),
    our_rare as materialized (select record_id, piece from (select record_id, unnest(pieces) as piece from our_names) a join rare using (piece)),
    their_rare as materialized (select found, piece from their_pieces join rare using (piece)),
    near as materialized (
      select a.record_id, b.found, count(*)::int as n from our_rare a join their_rare b using (piece)
      group by a.record_id, b.found having count(*) >= 2
    ),
    our_sized as materialized (
      select o.*, cardinality(o.pieces) as n, r.rare from our_names o
      join (select record_id, count(*)::int as rare from our_rare group by record_id) r using (record_id)
    ),
    their_sized as materialized (
      select t.*, cardinality(t.pieces) as n, r.rare from their_names t
      join (select found, count(*)::int as rare from their_rare group by found) r using (found)
    ),
    alike as (
      select c.record_id, c.found from near c join our_sized o using (record_id) join their_sized t using (found)
      -- Two of another figure are two: "Unit 12" is not "Unit 13".
      where o.figures = t.figures
        -- 45 of 100 pieces that either has, at the least: first by what they could share at most, then by what they do.
        and 145 * (c.n + least(o.n - o.rare, t.n - t.rare)) >= 45 * (o.n + t.n)
        and 145 * (case when c.n = least(o.n, t.n) then c.n else (select count(*) from unnest(o.pieces) piece where piece = any (t.pieces)) end) >= 45 * (o.n + t.n)
    ),
    both_sides as (select record_id, found, false as near from keyed union all select record_id, found, true from alike),
    exact as (
      select distinct o.record_id from both_sides b join ours o using (record_id) join theirs t using (found)
      where t.own_number = o.reference and t.status = 'active' and not t.via_merge and (t.plain = o.plain or (${isProduct} and t.plain in ('', t.own_number)))
        and not exists (select from external_refs r where r.connection_id = ${connectionId} and r.family = ${family} and r.external_id = t.external_id)
        -- The package said that it is not: it does not see it as the one that we see.
        and not exists (select from postings p where p.connection_id = ${connectionId} and p.record_id = o.record_id and p.current and p.state = 'rejected')
    ),
    judged as (
      select b.record_id, t.*, o.ruled_out,
        o.plain = t.plain and t.plain <> '' as is_name, o.key = t.key and o.plain <> t.plain and t.key <> '' as is_alike, b.near as is_near,
        coalesce(o.reference in (t.own_number, t.account_number), false) as is_number, coalesce(o.tax = t.tax, false) as is_tax,
        coalesce(o.email = t.email and o.email in (select email from email_here) and o.email in (select email from email_there), false) as is_email,
        coalesce(o.tax <> coalesce(t.survivor_tax, t.tax), false) as other_tax,
        t.via_merge and t.survivor_key <> o.key as is_merged,
        exists (select from external_refs r where r.connection_id = ${connectionId} and r.family = ${family} and r.external_id = t.external_id) as is_taken
      from both_sides b join ours o using (record_id) join theirs t using (found)
      where not t.external_id = any (coalesce(o.ruled_out, '{}')) and not exists (select from exact e where e.record_id = b.record_id)
    ),
    weighed as (
      select distinct on (record_id, external_id) j.*,
        (case when is_name then 40 when is_alike then 36 when is_near then 15 else 0 end) + (case when is_tax then 50 else 0 end)
          + (case when is_number then (case when ${isProduct} then 60 else 30 end) else 0 end) + (case when is_email then 20 else 0 end)
          - (case when other_tax then 60 else 0 end) - (case when is_taken then 60 else 0 end) - (case when is_merged then 2 else 0 end)
          - (case when status = 'archived' then 4 else 0 end) as weight,
        array_remove(array[case when is_name then 'name' end, case when is_alike then 'name-alike' end, case when is_near then 'name-near' end,
          case when is_tax then 'tax-number' end, case when is_number then 'number' end, case when is_email then 'email' end], null) as reasons,
        array_remove(array[case when status = 'archived' then 'archived' end, case when is_merged then 'merged' end,
          case when other_tax then 'tax-number' end, case when is_taken then 'taken' end,
          case when ${isProduct} then case when not is_number then 'unlike' end
            when not (is_name or is_alike or is_tax) then 'unlike' end], null) as doubts,
        is_tax or is_number or is_email as is_proof
      from judged j order by record_id, external_id, weight desc
    ),
    counted as (
      select w.*,
        count(*) filter (where weight >= ${STRONG} - 4) over (partition by record_id) as ours_likely,
        count(*) filter (where weight >= ${STRONG} - 4 and is_proof) over (partition by record_id) as ours_proven,
        count(*) filter (where weight >= ${STRONG} - 4) over (partition by external_id) as theirs_likely,
        count(*) filter (where weight >= ${STRONG} - 4 and is_proof) over (partition by external_id) as theirs_proven,
        row_number() over (partition by record_id order by weight desc, status = 'active' desc, external_id) as place
      from weighed w
    ),
    found as (
      select record_id,
        bool_or(place = 1 and weight >= ${STRONG} - 4 and doubts <@ array['archived']
          and (ours_likely = 1 or (is_proof and ours_proven = 1)) and (theirs_likely = 1 or (is_proof and theirs_proven = 1))) as sure,
        jsonb_agg(jsonb_build_object('externalId', external_id, 'name', name, 'number', number, 'email', their_email, 'taxNumber', tax_number,
          'status', status, 'reasons', to_jsonb(reasons), 'weight', weight,
          'doubts', to_jsonb(doubts || case when ours_likely > 1 and not (is_proof and ours_proven = 1)
            or theirs_likely > 1 and not (is_proof and theirs_proven = 1) then array['several'] else '{}' end)) order by place) as candidates
      from counted where place <= 5 group by record_id
      union all
      -- One that the package refused as there already is no new one.
      select o.record_id, false, '[]'::jsonb from ours o where not (select unasked from rule) and not o.was_refused
        and not exists (select from weighed w where w.record_id = o.record_id) and not exists (select from exact e where e.record_id = o.record_id)
    ),
    gone as (
      delete from link_offers l using ours o where l.connection_id = ${connectionId} and l.family = ${family} and l.record_id = o.record_id
        and l.what = 'match' and l.state = 'open' and l.candidates <> '[]' and not exists (select from found f where f.record_id = l.record_id) returning 1
    ),
    made as (
      insert into link_offers as l (client_id, connection_id, family, record_id, what, sure, candidates)
      select ${scope.clientId}, ${connectionId}, ${family}, f.record_id, 'match', f.sure, f.candidates from found f
      on conflict (connection_id, family, record_id) do update set what = 'match', state = 'open', sure = excluded.sure, candidates = excluded.candidates,
        external_id = null, answered_by = null, answered_at = null
      where (l.state, l.sure, l.candidates) is distinct from ('open', excluded.sure, excluded.candidates)
        -- An answer that came while this was being compared is never asked again: the row is read anew here, and not as it was before.
        and (l.what = 'merge' or l.state in ('open', 'none', 'seen') or (l.state = 'create' and exists (
          select from postings p where p.connection_id = l.connection_id and p.record_id = l.record_id and p.current
            and p.state = 'rejected' and p.error_code = 'mapping.entity-unlinked')))
      returning 1
    )
    select ((select count(*) from made) + (select count(*) from gone))::int as n`),
  );
  return rows[0]?.n ?? 0;
}

/** Whether more of ours than so many, or of theirs, would be held against each other. */
export async function isLargeOffer(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  family: OfferFamily,
  most: number,
): Promise<boolean> {
  const list = family === "contact" ? sql`package_contacts` : sql`package_products`;
  const { rows } = await db.execute<{ large: boolean }>(sql`
    select (select count(*) from (select from postings p where p.client_id = ${scope.clientId} and ${unlinked(connectionId, family)} limit ${most + 1}) o) > ${most}
      or (select count(*) from (select from ${list} t where t.connection_id = ${connectionId} limit ${most + 1}) t) > ${most} as large`);
  return rows[0]?.large ?? false;
}

/** Whether the offers stand as they were compared last: not while a time slice of the worker has yet to compare them again. */
export async function isCompared(db: ScopedDb, scope: ClientScope, connectionId: string): Promise<boolean> {
  const { rows } = await db.execute<{ done: boolean }>(
    sql`select offered_at is not null as done from connections where id = ${connectionId} and client_id = ${scope.clientId}`,
  );
  return rows[0]?.done ?? false;
}

/** All that was not sent is held against the package's list again in the next time slice. */
export async function forgetOffered(db: ScopedDb, scope: ClientScope, connectionId: string): Promise<void> {
  await db.execute(sql`update connections set offered_at = null where id = ${connectionId} and client_id = ${scope.clientId}`);
}

/** From this moment on what changes is held against the package again. */
export async function noteOffered(db: ScopedDb, scope: ClientScope, connectionId: string, at: Date): Promise<void> {
  await db.execute(
    sql`update connections set offered_at = ${at.toISOString()} where id = ${connectionId} and client_id = ${scope.clientId}`,
  );
}
