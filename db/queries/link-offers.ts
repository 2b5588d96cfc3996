import { type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import type { LinkCandidate } from "#db/schema/postings.ts";
import type { LinkEntity, RecordKind } from "#lib/common/records.ts";
import type { PostingState } from "#lib/posting/states.ts";
import { array } from "./bulk.ts";

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
    const asOf = family === "contact" ? sql`c.contacts_as_of` : sql`c.products_as_of`;
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
const bare = (text: SQL) => sql`nullif(regexp_replace(upper(${text}), '[^A-Z0-9]', '', 'g'), '')`;

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
    select p.record_id, o.ruled_out, ${plain(sql`c.name`)} as plain, app.party_key(c.name) as key, c.email, c.tax, lower(trim(c.reference)) as reference
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
        ${plain(sql`f.name`)} as plain, app.party_key(f.name) as key, app.party_key(s.name) as survivor_key, nullif(lower(trim(f.email)), '') as email,
        ${bare(sql`f.tax_number`)} as tax, ${bare(sql`s.tax_number`)} as survivor_tax,
        nullif(lower(trim(f.number)), '') as own_number, nullif(lower(trim(f.account_number)), '') as account_number,
        f.external_id <> s.external_id as via_merge
      from survivors v join package_contacts f on f.connection_id = ${connectionId} and f.external_id = v.found
      join package_contacts s on s.connection_id = ${connectionId} and s.external_id = v.id`
    : sql`
      select x.external_id as found, x.external_id, x.name, x.code as number, null::text as their_email, null::text as tax_number, 'active' as status,
        ${plain(sql`x.name`)} as plain, app.party_key(x.name) as key, app.party_key(x.name) as survivor_key, null::text as email,
        null::text as tax, null::text as survivor_tax, nullif(lower(trim(x.code)), '') as own_number, null::text as account_number, false as via_merge
      from package_products x where x.connection_id = ${connectionId}`;

/**
 * Holds all of ours that is in no link against the package's list, in one statement: equal names (capitals, blanks, "Ltd" for "Limited"
 * apart), tax numbers, e-mail addresses that one on either side has, our number where somebody keeps it there, and names that are nearly
 * the same. What is likely becomes an open offer; one that nothing is like any more is taken away. What carries our own number under our
 * own name is left to the engine, which links it by a read. `sure` says that nothing else comes into question on either side, and nothing
 * speaks against it but that it is archived there.
 * @returns how many offers are new or other than before
 */
export async function makeOffers(db: ScopedDb, scope: ClientScope, connectionId: string, family: OfferFamily): Promise<number> {
  const isProduct = family === "product" ? sql`true` : sql`false`;
  const { rows } = await db.execute<{ n: number }>(sql`
    with recursive chain (found, id, step) as (
      select external_id, external_id, 0 from package_contacts where connection_id = ${connectionId}
      union all
      select c.found, k.merged_into, c.step + 1 from chain c
      join package_contacts k on k.connection_id = ${connectionId} and k.external_id = c.id and k.status = 'merged' and k.merged_into is not null
      where c.step < 8
    ),
    survivors as materialized (select distinct on (found) found, id from chain order by found, step desc),
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
    -- Nearly the same: only for what nothing else was found for.
    our_pieces as (
      select o.record_id, unnest(app.name_pieces(o.key)) as piece from ours o where not exists (select from keyed k where k.record_id = o.record_id)
    ),
    their_pieces as (
      select t.found, unnest(app.name_pieces(t.key)) as piece from theirs t where exists (select from our_pieces)
    ),
    rare as materialized (
      select piece from their_pieces group by piece
      having count(*) <= greatest(5, ${RARE_PIECE} / greatest(1, (select count(*) from ours)))
    ),
    near as (
      select a.record_id, b.found from our_pieces a join rare using (piece) join their_pieces b using (piece)
      group by a.record_id, b.found having count(*) >= 2
    ),
    alike as (
      select n.record_id, n.found from near n join ours o using (record_id) join theirs t using (found)
      cross join lateral (
        select count(*) filter (where a.piece is not null and b.piece is not null)::numeric / greatest(1, count(*)) as share
        from unnest(app.name_pieces(o.key)) a(piece) full join unnest(app.name_pieces(t.key)) b(piece) on a.piece = b.piece) x
      where x.share >= 0.45
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
    ),
    gone as (
      delete from link_offers l using ours o where l.connection_id = ${connectionId} and l.family = ${family} and l.record_id = o.record_id
        and l.what = 'match' and l.state = 'open' and not exists (select from found f where f.record_id = l.record_id) returning 1
    ),
    made as (
      insert into link_offers as l (client_id, connection_id, family, record_id, what, sure, candidates)
      select ${scope.clientId}, ${connectionId}, ${family}, f.record_id, 'match', f.sure, f.candidates from found f
      on conflict (connection_id, family, record_id) do update set what = 'match', state = 'open', sure = excluded.sure, candidates = excluded.candidates,
        external_id = null, answered_by = null, answered_at = null
      where (l.state, l.sure, l.candidates) is distinct from ('open', excluded.sure, excluded.candidates)
      returning 1
    )
    select ((select count(*) from made) + (select count(*) from gone))::int as n`);
  return rows[0]?.n ?? 0;
}

/** From this moment on what changes is held against the package again. */
export async function noteOffered(db: ScopedDb, scope: ClientScope, connectionId: string, at: Date): Promise<void> {
  await db.execute(
    sql`update connections set offered_at = ${at.toISOString()} where id = ${connectionId} and client_id = ${scope.clientId}`,
  );
}

/** Queued rows of which an offer is open: they wait for its answer, and so does what names them. @returns how many */
export async function holdOffered(db: ScopedDb, scope: ClientScope, connectionId: string): Promise<number> {
  const own = await db.execute(sql`
    update postings p set state = 'held', error_code = 'mapping.perhaps-there', retry_at = null, changed_at = app.now(),
      error_detail = jsonb_build_object('field', o.family, 'value', p.reference, 'theirs', o.candidates -> 0 ->> 'name', 'recordId', p.record_id,
        'subject', case p.kind when 'customer' then 'Customer ' when 'supplier' then 'Supplier ' else 'Product ' end
          || case when p.kind = 'product' then p.reference else p.party end)
    from link_offers o
    where o.connection_id = ${connectionId} and o.state = 'open' and o.what = 'match' and p.client_id = ${scope.clientId}
      and p.connection_id = o.connection_id and p.record_id = o.record_id and p.kind in ('customer', 'supplier', 'product') and p.current
      and p.state = 'queued'`);
  return own.rowCount ?? 0;
}

/** Queued documents that pre-check found to wait for such an answer. @returns how many */
export async function holdNaming(db: ScopedDb, scope: ClientScope): Promise<number> {
  const held = await db.execute(sql`
    update postings set state = 'held', error_code = precheck_code, error_detail = precheck_detail, retry_at = null, changed_at = app.now()
    where client_id = ${scope.clientId} and current and state = 'queued' and precheck = 'blocked' and precheck_code = 'mapping.perhaps-there'`);
  return held.rowCount ?? 0;
}

/** Whether an offer of this record, or of the party or a product of this document, is open. */
export const waitsForOffer = (connectionId: string, record: SQL, family: OfferFamily): SQL => sql`coalesce((
  select true from link_offers o where o.connection_id = ${connectionId} and o.family = ${family} and o.record_id = ${record} and o.state = 'open' limit 1), false)`;

export interface LinkOffer {
  readonly id: string;
  readonly family: OfferFamily;
  readonly recordId: string;
  readonly postingId: string;
  readonly kind: RecordKind;
  readonly what: "match" | "merge";
  readonly state: PostingState;
  readonly reference: string;
  readonly name: string;
  readonly email: string | null;
  readonly taxNumber: string | null;
  readonly sure: boolean;
  readonly candidates: readonly LinkCandidate[];
}

/** How many offers are open, by how a person may answer them. */
export interface OfferCounts {
  readonly sure: number;
  /** Sure but for being archived there. */
  readonly archived: number;
  readonly unsure: number;
}

/** An offer that is archived there: its first candidate says so. */
const isArchived = sql`(o.candidates -> 0 -> 'doubts') ? 'archived'`;

const openOffers = (scope: ClientScope): SQL => sql`
  from link_offers o join connections c on c.id = o.connection_id and c.state <> 'disconnected'
  join postings p on p.client_id = o.client_id and p.connection_id = o.connection_id and p.record_id = o.record_id and p.current
    and p.kind in ('customer', 'supplier', 'product')
  where o.client_id = ${scope.clientId} and o.state = 'open'`;

export async function countOffers(db: ScopedDb, scope: ClientScope): Promise<OfferCounts> {
  const { rows } = await db.execute<{ sure: number; archived: number; unsure: number }>(sql`
    select (count(*) filter (where o.sure and not ${isArchived}))::int as sure, (count(*) filter (where o.sure and ${isArchived}))::int as archived,
      (count(*) filter (where not o.sure))::int as unsure ${openOffers(scope)}`);
  return rows[0] ?? { sure: 0, archived: 0, unsure: 0 };
}

/** Open offers of the client of one group, or of some records alone; by name. */
export async function listOffers(
  db: ScopedDb,
  scope: ClientScope,
  which: "sure" | "archived" | "unsure" | { readonly ids: readonly string[] } | { readonly recordIds: readonly string[] },
  most: number,
): Promise<LinkOffer[]> {
  const chosen =
    which === "sure"
      ? sql`o.sure and not ${isArchived}`
      : which === "archived"
        ? sql`o.sure and ${isArchived}`
        : which === "unsure"
          ? sql`not o.sure`
          : "ids" in which
            ? sql`o.id = any (${array(which.ids, "uuid")})`
            : sql`o.record_id = any (${array(which.recordIds, "uuid")})`;
  const { rows } = await db.execute<{
    id: string;
    family: OfferFamily;
    record_id: string;
    posting_id: string;
    kind: RecordKind;
    what: LinkOffer["what"];
    state: PostingState;
    reference: string;
    name: string;
    email: string | null;
    tax_number: string | null;
    sure: boolean;
    candidates: readonly LinkCandidate[];
  }>(sql`
    select o.id, o.family, o.record_id, p.id as posting_id, p.kind, o.what, p.state, p.reference,
      coalesce((select k.name from contacts k where k.id = o.record_id), (select x.name from products x where x.id = o.record_id), p.party) as name,
      (select k.email from contacts k where k.id = o.record_id) as email, (select k.tax_number from contacts k where k.id = o.record_id) as tax_number,
      o.sure, o.candidates
    ${openOffers(scope)} and ${chosen}
    order by name, o.id limit ${most}`);
  return rows.map((row) => ({
    id: row.id,
    family: row.family,
    recordId: row.record_id,
    postingId: row.posting_id,
    kind: row.kind,
    what: row.what,
    state: row.state,
    reference: row.reference,
    name: row.name,
    email: row.email,
    taxNumber: row.tax_number,
    sure: row.sure,
    candidates: row.candidates,
  }));
}

/** One answer: this record of ours is that one of theirs. */
export interface LinkChoice {
  readonly offerId: string;
  readonly externalId: string;
  readonly entity: LinkEntity;
}

/** What a person's word linked. */
export interface Linked {
  readonly offerId: string;
  readonly recordId: string;
  readonly postingId: string;
  readonly externalId: string;
}

/**
 * Links what a person chose among the open offers' own candidates, in one statement. Where another of ours has that record already it is
 * put beside it. What a run has on its way meanwhile stays as it is.
 * @returns what was linked; an offer that was answered meanwhile, or whose candidate is another by now, is not among them
 */
export async function linkOffered(db: ScopedDb, scope: ClientScope, choices: readonly LinkChoice[]): Promise<Linked[]> {
  if (choices.length === 0) return [];
  const { rows } = await db.execute<{ offer_id: string; record_id: string; posting_id: string; external_id: string }>(sql`
    with asked as (
      select o.id, o.client_id, o.connection_id, o.family, o.record_id, o.what, p.id as posting_id, x.external_id, x.entity,
        exists (select from external_refs r where r.connection_id = o.connection_id and r.family = o.family and r.external_id = x.external_id
          and r.entity = x.entity and r.record_id <> o.record_id)
          or row_number() over (partition by o.connection_id, o.family, x.external_id, x.entity order by o.id) > 1 as is_taken
      from jsonb_to_recordset(${JSON.stringify(
        choices.map((one) => ({ offer: one.offerId, external_id: one.externalId, entity: one.entity })),
      )}::jsonb) as x(offer uuid, external_id text, entity text)
      join link_offers o on o.id = x.offer and o.client_id = ${scope.clientId} and o.state = 'open'
        and o.candidates @> jsonb_build_array(jsonb_build_object('externalId', x.external_id))
      join postings p on p.connection_id = o.connection_id and p.record_id = o.record_id and p.current and p.kind in ('customer', 'supplier', 'product')
        and p.state not in ('sending', 'unknown', 'waiting', 'conflict')
    ),
    moved as (
      update external_refs e set external_id = a.external_id, version = null, linked_by = ${scope.actor.label}, linked_at = app.now(),
        beside = case when a.is_taken then e.record_id::text else '' end
      from asked a where a.what = 'merge' and e.connection_id = a.connection_id and e.family = a.family and e.record_id = a.record_id and e.entity = a.entity
      returning e.record_id
    ),
    made as (
      insert into external_refs (client_id, connection_id, family, entity, external_id, record_id, beside, linked_by)
      select client_id, connection_id, family, entity, external_id, record_id, case when is_taken then record_id::text else '' end, ${scope.actor.label}
      from asked where what = 'match' on conflict do nothing returning record_id
    )
    select a.id as offer_id, a.record_id, a.posting_id, a.external_id from asked a
    where a.record_id in (select record_id from made union select record_id from moved)`);
  const linked = rows.map((row) => ({
    offerId: row.offer_id,
    recordId: row.record_id,
    postingId: row.posting_id,
    externalId: row.external_id,
  }));
  await db.execute(sql`
    update link_offers o set state = case when o.what = 'merge' then 'seen' else 'linked' end, external_id = x.external_id,
      answered_by = ${scope.actor.label}, answered_at = app.now()
    from jsonb_to_recordset(${JSON.stringify(linked.map((one) => ({ offer: one.offerId, external_id: one.externalId })))}::jsonb)
      as x(offer uuid, external_id text)
    where o.id = x.offer and o.client_id = ${scope.clientId}`);
  await forgetDocumentQuestions(
    db,
    scope,
    linked.map((one) => one.recordId),
  );
  return linked;
}

/** Documents of these parties were asked about while nobody knew who they are: they are held against the package anew. */
async function forgetDocumentQuestions(db: ScopedDb, scope: ClientScope, contactIds: readonly string[]): Promise<void> {
  await db.execute(sql`
    delete from match_questions m using documents d where m.client_id = ${scope.clientId} and m.state = 'open' and d.id = m.record_id
      and d.contact_id = any (${array(contactIds, "uuid")})`);
}

/** A person's word that none of theirs is ours: it is made there. @returns the postings */
export async function createOffered(db: ScopedDb, scope: ClientScope, offerIds: readonly string[]): Promise<string[]> {
  const { rows } = await db.execute<{ posting_id: string }>(sql`
    with answered as (
      update link_offers o set state = 'create', answered_by = ${scope.actor.label}, answered_at = app.now()
      where o.client_id = ${scope.clientId} and o.id = any (${array(offerIds, "uuid")}) and o.state = 'open' and o.what = 'match'
      returning o.connection_id, o.record_id
    )
    select p.id as posting_id from answered a join postings p on p.connection_id = a.connection_id and p.record_id = a.record_id and p.current
      and p.kind in ('customer', 'supplier', 'product')`);
  return rows.map((row) => row.posting_id);
}

/** A person's word that this one of theirs is not ours; the others stay in question. @returns whether it was among them */
export async function ruleOutOffered(db: ScopedDb, scope: ClientScope, offerId: string, externalId: string): Promise<boolean> {
  const ruled = await db.execute(sql`
    update link_offers o set ruled_out = array_append(o.ruled_out, ${externalId}), answered_by = ${scope.actor.label}, answered_at = app.now(),
      candidates = coalesce((select jsonb_agg(x order by n) from jsonb_array_elements(o.candidates) with ordinality as t(x, n)
        where x ->> 'externalId' <> ${externalId}), '[]'),
      state = case when jsonb_array_length(o.candidates) = 1 then 'none' else 'open' end, sure = false
    where o.client_id = ${scope.clientId} and o.id = ${offerId} and o.state = 'open' and o.what = 'match'
      and o.candidates @> jsonb_build_array(jsonb_build_object('externalId', ${externalId}::text))`);
  return ruled.rowCount === 1;
}

/** A record that a person linked and no read has seen since. */
export interface ToSee {
  readonly offerId: string;
  readonly id: string;
  readonly kind: RecordKind;
  readonly recordId: string;
  readonly revision: number;
  readonly generation: number;
  readonly state: PostingState;
  readonly reference: string;
  readonly externalId: string;
  readonly by: string;
}

export async function listToSee(db: ScopedDb, scope: ClientScope, connectionId: string, most: number): Promise<ToSee[]> {
  const { rows } = await db.execute<{
    offer_id: string;
    id: string;
    kind: RecordKind;
    record_id: string;
    revision: number;
    generation: number;
    state: PostingState;
    reference: string;
    external_id: string;
    by: string;
  }>(sql`
    select o.id as offer_id, p.id, p.kind, p.record_id, p.revision, p.generation, p.state, p.reference, r.external_id, coalesce(o.answered_by, r.linked_by) as by
    from link_offers o join external_refs r on r.connection_id = o.connection_id and r.family = o.family and r.record_id = o.record_id
    join postings p on p.connection_id = o.connection_id and p.record_id = o.record_id and p.current and p.kind in ('customer', 'supplier', 'product')
    where o.client_id = ${scope.clientId} and o.connection_id = ${connectionId} and o.state = 'linked'
    order by p.kind, o.id limit ${most}`);
  return rows.map(({ offer_id, record_id, external_id, ...row }) => ({
    ...row,
    offerId: offer_id,
    recordId: record_id,
    externalId: external_id,
  }));
}

/** These were read. */
export async function markSeen(db: ScopedDb, scope: ClientScope, offerIds: readonly string[]): Promise<void> {
  await db.execute(
    sql`update link_offers set state = 'seen' where client_id = ${scope.clientId} and id = any (${array(offerIds, "uuid")}) and state = 'linked'`,
  );
}

/** What a person linked is not there any more: the link ends, and ours is offered anew. */
export async function forgetLinked(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  rows: readonly ToSee[],
): Promise<void> {
  if (rows.length === 0) return;
  const records = array(
    rows.map((one) => one.recordId),
    "uuid",
  );
  await db.execute(sql`
    delete from external_refs where client_id = ${scope.clientId} and connection_id = ${connectionId} and family in ('contact', 'product')
      and record_id = any (${records})`);
  await db.execute(sql`delete from package_contacts where client_id = ${scope.clientId} and connection_id = ${connectionId}
    and external_id = any (${array(
      rows.map((one) => one.externalId),
      "text",
    )})`);
  await db.execute(sql`delete from package_products where client_id = ${scope.clientId} and connection_id = ${connectionId}
    and external_id = any (${array(
      rows.map((one) => one.externalId),
      "text",
    )})`);
  await db.execute(sql`
    delete from link_offers where client_id = ${scope.clientId} and connection_id = ${connectionId} and record_id = any (${records})`);
}
