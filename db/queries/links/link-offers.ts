import { type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { array } from "#db/queries/common/bulk.ts";
import type { LinkCandidate } from "#db/schema/postings.ts";
import type { LinkEntity, RecordKind } from "#lib/common/records.ts";
import type { PostingState } from "#lib/model/states.ts";
import type { OfferFamily } from "./make-offers.ts";

/** Queued rows of which an offer is open: they wait for its answer, and so does what names them. @returns how many */
export async function holdOffered(db: ScopedDb, scope: ClientScope, connectionId: string): Promise<number> {
  const own = await db.execute(sql`
    update postings p set state = 'held', retry_at = null, changed_at = app.now(),
      error_code = case when o.candidates = '[]' then 'mapping.new-there' else 'mapping.perhaps-there' end,
      error_detail = jsonb_strip_nulls(jsonb_build_object('field', o.family, 'value', p.reference,
        'theirs', o.candidates -> 0 ->> 'name', 'recordId', p.record_id,
        'subject', case p.kind when 'customer' then 'Customer ' when 'supplier' then 'Supplier ' else 'Product ' end
          || case when p.kind = 'product' then p.reference else p.party end))
    from link_offers o
    where o.connection_id = ${connectionId} and o.state = 'open' and o.what = 'match' and p.client_id = ${scope.clientId}
      and p.connection_id = o.connection_id and p.record_id = o.record_id and p.kind in ('customer', 'supplier', 'product') and p.current
      and p.state = 'queued' and not p.continued`);
  return own.rowCount ?? 0;
}

/** Queued documents that pre-check found to wait for such an answer. @returns how many */
export async function holdNaming(db: ScopedDb, scope: ClientScope): Promise<number> {
  const held = await db.execute(sql`
    update postings set state = 'held', error_code = precheck_code, error_detail = precheck_detail, retry_at = null, changed_at = app.now()
    where client_id = ${scope.clientId} and current and state = 'queued' and not continued
      and precheck = 'blocked' and precheck_code in ('mapping.perhaps-there', 'mapping.new-there')`);
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
  /** Nothing there is like it, and the connection creates nothing unasked. */
  readonly fresh: number;
}

/** An offer that is archived there: its first candidate says so. */
const isArchived = sql`(o.candidates -> 0 -> 'doubts') ? 'archived'`;

const isFresh = sql`o.candidates = '[]'`;

const openOffers = (scope: ClientScope): SQL => sql`
  from link_offers o join connections c on c.id = o.connection_id and c.state <> 'disconnected'
  join postings p on p.client_id = o.client_id and p.connection_id = o.connection_id and p.record_id = o.record_id and p.current
    and p.kind in ('customer', 'supplier', 'product')
  where o.client_id = ${scope.clientId} and o.state = 'open'`;

export async function countOffers(db: ScopedDb, scope: ClientScope): Promise<OfferCounts> {
  const { rows } = await db.execute<{ sure: number; archived: number; unsure: number; fresh: number }>(sql`
    select (count(*) filter (where o.sure and not ${isArchived}))::int as sure, (count(*) filter (where o.sure and ${isArchived}))::int as archived,
      (count(*) filter (where not o.sure and not ${isFresh}))::int as unsure, (count(*) filter (where ${isFresh}))::int as fresh
    ${openOffers(scope)}`);
  return rows[0] ?? { sure: 0, archived: 0, unsure: 0, fresh: 0 };
}

/** Open offers of the client of one group, or of some records alone; by name. */
export async function listOffers(
  db: ScopedDb,
  scope: ClientScope,
  which:
    | "sure"
    | "archived"
    | "unsure"
    | "fresh"
    | { readonly ids: readonly string[] }
    | { readonly recordIds: readonly string[] },
  most: number,
): Promise<LinkOffer[]> {
  const chosen =
    which === "sure"
      ? sql`o.sure and not ${isArchived}`
      : which === "archived"
        ? sql`o.sure and ${isArchived}`
        : which === "unsure"
          ? sql`not o.sure and not ${isFresh}`
          : which === "fresh"
            ? isFresh
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
