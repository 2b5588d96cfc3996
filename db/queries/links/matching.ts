import { type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { array } from "#db/queries/common/bulk.ts";
import type { MatchCandidate } from "#db/schema/work.ts";
import type { LinkEntity, RecordKind } from "#lib/common/records.ts";
import { waitsForOffer } from "./link-offers.ts";
import { isPartyOf } from "./party-links.ts";

/** Names as people compare them. */
const sameName = (one: SQL, other: SQL) =>
  sql`lower(regexp_replace(trim(${one}), '\\s+', ' ', 'g')) = lower(regexp_replace(trim(${other}), '\\s+', ' ', 'g'))`;

/** An unsent document of ours, and a document of the package under the same number that is linked to none of ours. */
export interface MatchPair {
  readonly postingId: string;
  readonly recordId: string;
  readonly kind: RecordKind;
  readonly revision: number;
  readonly generation: number;
  readonly state: "pending" | "held" | "queued";
  readonly reference: string;
  readonly company: string;
  readonly issuedOn: string;
  readonly currency: string | null;
  /** Positive minor units as text. */
  readonly gross: string | null;
  /** How many of ours it may be: those left out of a list are among them. */
  readonly claimed: number;
  readonly theirs: Omit<MatchCandidate, "differences" | "contactExternalId">;
}

/**
 * Pairs of an unsent document and one of the package that may be the same, by kind and number, for the first so many of ours. Those that
 * somebody answered for, or was asked about, are left out; one that could not be compared for want of a mapping is tried again. Where the
 * package takes one number for any number of contacts, a document of another contact than ours is none of them: another by its id,
 * where both are known, else by its name, unless all that is known of it beside the name agrees.
 * @param which `agreeing`: those alone that are each other's only one, whose party is linked, or called the same and the same in date and
 * amount; `all`: but for those whose party may be another record there, about which a person is asked first
 * @param shared the kinds whose numbers the package does not keep unique
 */
export async function listMatchPairs(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  shared: readonly RecordKind[],
  most: number,
  which: "agreeing" | "all" = "all",
): Promise<MatchPair[]> {
  const { rows } = await db.execute<{
    posting_id: string;
    record_id: string;
    kind: RecordKind;
    revision: number;
    generation: number;
    state: MatchPair["state"];
    reference: string;
    company: string;
    issued_on: string;
    currency: string | null;
    own_gross: string | null;
    external_id: string;
    their_number: string | null;
    their_company: string;
    their_date: string | null;
    their_currency: string;
    gross: string;
    due: string;
    their_status: string;
    claimed: number;
  }>(sql`
    with theirs as materialized (
      select p.*, lower(p.number) as folded from package_documents p
      where p.client_id = ${scope.clientId} and p.connection_id = ${connectionId} and p.status <> 'void' and p.number is not null
        and not exists (select from external_refs r where r.connection_id = p.connection_id and r.family = 'document' and r.external_id = p.external_id)
    ), alike as (
      select q.id as posting_id, q.record_id, q.kind, q.revision, q.generation, q.state, q.reference, k.name as company, q.issued_on::text as issued_on, q.currency,
        abs(q.gross_minor)::text as own_gross, t.external_id,
        t.number as their_number, t.company as their_company, t.issued_on::text as their_date, t.currency as their_currency,
        t.gross_minor::text as gross, t.due_minor::text as due, t.status as their_status,
        count(*) over (partition by q.record_id) as theirs_of_it, count(*) over (partition by t.external_id)::int as claimed,
        d.contact_id, (party.external_id is not null or ${sameName(sql`t.company`, sql`k.name`)}
          and (t.issued_on, t.currency, t.gross_minor) is not distinct from (q.issued_on, q.currency, abs(q.gross_minor))) as agrees
      from theirs t
      join documents d on d.client_id = ${scope.clientId} and d.number_folded collate "C" = t.folded collate "C" and d.kind = t.kind and d.status = 'open'
      join contacts k on k.id = d.contact_id
      join postings q on q.connection_id = ${connectionId} and q.record_id = d.id and q.kind = d.kind and q.current
        and q.state in ('pending', 'held', 'queued') and (q.state <> 'pending' or q.aside is null)
      left join match_questions m on m.connection_id = ${connectionId} and m.record_id = d.id
      left join external_refs party on party.connection_id = ${connectionId} and party.family = 'contact' and party.record_id = d.contact_id
        and ${isPartyOf("party", sql`d.kind`)}
      left join package_contacts merged on merged.connection_id = ${connectionId} and merged.external_id = party.external_id and merged.status = 'merged'
      where (d.kind <> all(${array(shared, "text")})
          or case when t.contact_external_id is not null and party.external_id is not null
            then t.contact_external_id in (party.external_id, merged.merged_into)
            else ${sameName(sql`t.company`, sql`k.name`)} or (t.issued_on, t.currency, t.gross_minor) is not distinct from (q.issued_on, q.currency, abs(q.gross_minor)) end)
        and not exists (select from external_refs o where o.connection_id = ${connectionId} and o.family = 'document' and o.record_id = d.id)
        and (m.id is null or (m.state = 'open' and m.why = 'unmapped' and q.precheck_code = 'source.perhaps-in-package')
          or (m.state = 'not-same' and not m.candidates @> jsonb_build_array(jsonb_build_object('externalId', t.external_id))))
    ), pairs as (
      select a.*, dense_rank() over (order by a.record_id) as n from alike a
      where ${which === "all" ? sql`not ${waitsForOffer(connectionId, sql`a.contact_id`, "contact")}` : sql`a.agrees and a.theirs_of_it = 1 and a.claimed = 1`}
    )
    select * from pairs where n <= ${most} order by kind, reference, external_id`);
  return rows.map((row) => ({
    postingId: row.posting_id,
    recordId: row.record_id,
    kind: row.kind,
    revision: row.revision,
    generation: row.generation,
    state: row.state,
    reference: row.reference,
    company: row.company,
    issuedOn: row.issued_on,
    currency: row.currency,
    gross: row.own_gross,
    claimed: row.claimed,
    theirs: {
      externalId: row.external_id,
      number: row.their_number,
      company: row.their_company,
      issuedOn: row.their_date,
      currency: row.their_currency,
      gross: row.gross,
      due: row.due,
      status: row.their_status,
    },
  }));
}

/** How often an offer of this connection was answered or taken away so far. */
export async function offersClosed(db: ScopedDb, connectionId: string): Promise<number> {
  const { rows } = await db.execute<{ n: number }>(sql`select offers_closed as n from connections where id = ${connectionId}`);
  return rows[0]?.n ?? 0;
}

/** Notes that documents were held against the package's since so many offers were closed; whoever answers meanwhile is one more. */
export async function noteMatched(db: ScopedDb, connectionId: string, closed: number): Promise<void> {
  await db.execute(sql`
    update connections set offers_matched = ${closed} where id = ${connectionId} and offers_matched <> ${closed}`);
}

/**
 * Links the customer or supplier of a document to the package's contact, where neither is linked yet: confirming the document also
 * confirms its contact. Its own posting goes as a change of that contact when it is uploaded; one that was refused or held waits for that again.
 */
export async function linkParty(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  documentId: string,
  contactExternalId: string,
  entity: LinkEntity,
): Promise<void> {
  await db.execute(sql`
    insert into external_refs (client_id, connection_id, family, entity, external_id, record_id, version, linked_by)
    select d.client_id, ${connectionId}, 'contact', ${entity}, ${contactExternalId}, d.contact_id, null, ${scope.actor.label}
    from documents d
    where d.client_id = ${scope.clientId} and d.id = ${documentId}
      and not exists (select from postings p where p.connection_id = ${connectionId} and p.record_id = d.contact_id and p.current
        and p.state in ('waiting', 'sending', 'unknown', 'conflict'))
    on conflict do nothing`);
  await db.execute(sql`
    update postings p set state = 'pending', generation = case when p.state = 'rejected' then p.generation + 1 else p.generation end,
      run_id = null, error_code = null, error_detail = null, retry_at = null, changed_at = app.now()
    from documents d join external_refs r on r.connection_id = ${connectionId} and r.family = 'contact' and r.record_id = d.contact_id
    where d.client_id = ${scope.clientId} and d.id = ${documentId} and r.external_id = ${contactExternalId}
      and p.client_id = ${scope.clientId} and p.connection_id = ${connectionId} and p.record_id = d.contact_id and p.current
      and p.kind in ('customer', 'supplier') and p.state in ('rejected', 'held') and not p.continued`);
}

/** Asks about one document: before an answer nothing of it is sent. */
export async function ask(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  question: {
    readonly recordId: string;
    readonly kind: RecordKind;
    readonly reference: string;
    readonly why: "differs" | "several" | "unmapped";
    readonly candidates: readonly MatchCandidate[];
  },
): Promise<void> {
  await db.execute(sql`
    insert into match_questions as m (client_id, connection_id, record_id, kind, reference, why, candidates)
    values (${scope.clientId}, ${connectionId}, ${question.recordId}, ${question.kind}, ${question.reference}, ${question.why},
      ${JSON.stringify(question.candidates)}::jsonb)
    on conflict (connection_id, record_id) do update set why = excluded.why, candidates = excluded.candidates, state = 'open',
      reference = excluded.reference, answered_by = null, answered_at = null
    -- Who said that it is another is not asked again.
    where m.state <> 'not-same' or not m.candidates @> jsonb_build_array(jsonb_build_object('externalId', excluded.candidates -> 0 ->> 'externalId'))`);
}

/** Takes a question away whose answer was found. */
export async function dropQuestions(db: ScopedDb, connectionId: string, recordIds: readonly string[]): Promise<void> {
  await db.execute(sql`
    delete from match_questions where connection_id = ${connectionId} and state = 'open' and record_id = any(${array(recordIds, "uuid")})`);
}

/** Whether documents wait to be compared until their codes are mapped. */
export async function hasUnmappedQuestions(db: ScopedDb, scope: ClientScope): Promise<boolean> {
  const found = await db.execute(sql`
    select 1 from match_questions where client_id = ${scope.clientId} and state = 'open' and why = 'unmapped' limit 1`);
  return (found.rowCount ?? 0) > 0;
}

export interface MatchQuestion {
  readonly id: string;
  readonly connectionId: string;
  readonly recordId: string;
  readonly postingId: string;
  readonly kind: RecordKind;
  readonly reference: string;
  readonly party: string;
  readonly issuedOn: string;
  readonly currency: string | null;
  /** Minor units as text, positive. */
  readonly gross: string | null;
  readonly why: "differs" | "several" | "unmapped";
  readonly state: "open" | "linked" | "not-same" | "skipped";
  readonly candidates: readonly MatchCandidate[];
}

/** Questions of the client that nobody has answered for good, the open ones first; of one id alone where it is given. */
export async function listQuestions(
  db: ScopedDb,
  scope: ClientScope,
  most: number,
  id?: string,
): Promise<{ questions: MatchQuestion[]; count: number }> {
  const { rows } = await db.execute<{
    id: string;
    connection_id: string;
    record_id: string;
    posting_id: string;
    kind: RecordKind;
    reference: string;
    party: string;
    issued_on: string;
    currency: string | null;
    gross: string | null;
    why: MatchQuestion["why"];
    state: MatchQuestion["state"];
    candidates: readonly MatchCandidate[];
    n: number;
  }>(sql`
    select m.id, m.connection_id, m.record_id, p.id as posting_id, m.kind, p.reference, p.party, p.issued_on::text as issued_on, p.currency,
      abs(p.gross_minor)::text as gross, m.why, m.state, m.candidates, (count(*) over ())::int as n
    from match_questions m
    join connections c on c.id = m.connection_id and c.state <> 'disconnected'
    join postings p on p.connection_id = m.connection_id and p.record_id = m.record_id and p.current
    where m.client_id = ${scope.clientId} and m.state in ('open', 'skipped') and p.state in ('pending', 'held', 'queued', 'rejected')
      ${id === undefined ? sql`` : sql`and m.id = ${id}`}
    order by m.state, m.reference, m.id limit ${most}`);
  return {
    count: rows[0]?.n ?? 0,
    questions: rows.map((row) => ({
      id: row.id,
      connectionId: row.connection_id,
      recordId: row.record_id,
      postingId: row.posting_id,
      kind: row.kind,
      reference: row.reference,
      party: row.party,
      issuedOn: row.issued_on,
      currency: row.currency,
      gross: row.gross,
      why: row.why,
      state: row.state,
      candidates: row.candidates,
    })),
  };
}

/** One question that may be answered now, locked; null when it was answered meanwhile. */
export async function lockQuestion(db: ScopedDb, scope: ClientScope, questionId: string): Promise<MatchQuestion | null> {
  const open = await db.execute(sql`
    select 1 from match_questions where client_id = ${scope.clientId} and id = ${questionId} and state in ('open', 'skipped') for update`);
  if (open.rowCount !== 1) return null;
  const { questions } = await listQuestions(db, scope, 1, questionId);
  return questions[0] ?? null;
}

/** Notes the answer, with who gave it. */
export async function answerQuestion(
  db: ScopedDb,
  scope: ClientScope,
  questionId: string,
  answer: "linked" | "not-same" | "skipped",
): Promise<void> {
  await db.execute(sql`
    update match_questions set state = ${answer}, answered_by = ${scope.actor.label}, answered_at = app.now()
    where client_id = ${scope.clientId} and id = ${questionId}`);
}
