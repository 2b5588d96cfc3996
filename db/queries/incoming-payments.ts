import { type SQL, sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import { type BeforeStart, CREATED, type Reason } from "#lib/allocating/reasons.ts";
import type { IncomingFilter, IncomingSelection, IncomingView } from "#lib/allocating/selection.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { IncomingHead, IncomingLine } from "#lib/pulling/group.ts";
import type { MovementNow } from "#lib/pulling/standing.ts";
import type { incomingPayments } from "../schema/work.ts";

type Incoming = typeof incomingPayments.$inferSelect;

const BETWEEN_NAMES = " · ";
const NO_NAME = "No name in the package";

const array = (values: readonly unknown[], type: string): SQL => sql`${sql.param(values)}::${sql.raw(type)}[]`;

/** One column of a bulk statement's `unnest`. */
export const column = <Row>(rows: readonly Row[], type: string, of: (row: Row) => unknown): SQL => array(rows.map(of), type);

/** A moment as ISO 8601 with microseconds, so that none is taken for an earlier one. */
const iso = (moment: SQL): SQL => sql`to_char(${moment} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** The connection whose payments the Import screen shows: the live one, else the last. */
export const shownConnection = (scope: ClientScope): SQL => sql`(
  select c.id from connections c where c.client_id = ${scope.clientId}
  order by (c.state <> 'disconnected') desc, c.connected_at desc limit 1)`;

/** Reading and creating on one connection take turns, until the transaction ends. */
export async function lockIncoming(db: ScopedDb, connectionId: string): Promise<void> {
  await db.execute(sql`select pg_advisory_xact_lock(7262, hashtext(${connectionId}))`);
}

export interface ReadingState {
  readonly connectionId: string;
  readonly state: "live" | "lost" | "disconnected";
  /** Opaque outside the connector. */
  readonly cursor: string | null;
  /** When the last whole read began. */
  readonly asOf: Date | null;
}

/** How far payments were read from the connection that the screen shows; null when there never was one. */
export async function findReadingState(db: ScopedDb, scope: ClientScope, connectionId?: string): Promise<ReadingState | null> {
  const { rows } = await db.execute<{
    id: string;
    state: ReadingState["state"];
    cursor: string | null;
    as_of: string | Date | null;
  }>(sql`
    select id, state, payments_cursor as cursor, payments_as_of as as_of from connections
    where client_id = ${scope.clientId} and id = ${connectionId === undefined ? shownConnection(scope) : sql`${connectionId}`}`);
  const row = rows[0];
  if (!row) return null;
  return { connectionId: row.id, state: row.state, cursor: row.cursor, asOf: row.as_of === null ? null : new Date(row.as_of) };
}

/** Stores the page's cursor; false when another reader has moved it since `from`. */
export async function advancePaymentsCursor(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  from: string | null,
  to: string,
): Promise<boolean> {
  const moved = await db.execute(sql`
    update connections set payments_cursor = ${to}
    where id = ${connectionId} and client_id = ${scope.clientId} and payments_cursor is not distinct from ${from}::text`);
  return moved.rowCount === 1;
}

export async function setPaymentsAsOf(db: ScopedDb, scope: ClientScope, connectionId: string, asOf: Date): Promise<void> {
  await db.execute(sql`
    update connections set payments_as_of = ${asOf.toISOString()}::timestamptz where id = ${connectionId} and client_id = ${scope.clientId}`);
}

/** Which of these ids of the package are payments that we sent: they never show in Import. */
export async function listSentPaymentIds(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  externalIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await db.execute<{ external_id: string }>(sql`
    select r.external_id from external_refs r join payments p on p.id = r.record_id and p.origin = 'operational'
    where r.connection_id = ${connectionId} and r.client_id = ${scope.clientId} and r.family = 'payment'
      and r.external_id = any(${array(externalIds, "text")})`);
  return new Set(rows.map((row) => row.external_id));
}

/** The link decides; a document found by its number stays found while the payment names the same one. */
const KEPT_DOCUMENT = sql.raw(
  "coalesce(excluded.document_id, case when l.document_external_id = excluded.document_external_id then l.document_id end)",
);

/**
 * Writes one page: movements first, then the package's payments in them. A row that is as it was writes nothing; a movement first seen
 * as deleted is not taken in, and a deletion changes nothing but the status. Answers the movements that changed.
 */
export async function upsertIncoming(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  heads: readonly IncomingHead[],
  lines: readonly IncomingLine[],
): Promise<string[]> {
  const known = await db.execute<{ external_id: string; company: string }>(sql`
    select external_id, company from incoming_payments
    where connection_id = ${connectionId} and client_id = ${scope.clientId} and external_id = any(${column(heads, "text", (h) => h.externalId)})`);
  const companies = new Map(known.rows.map((row) => [row.external_id, row.company]));
  // A batch may be spread over pages, so its names add up; a payment of its own takes the latest name.
  const companyOf = (head: IncomingHead): string => {
    const held = companies.get(head.externalId);
    const before = held === undefined || held === NO_NAME ? [] : held.split(BETWEEN_NAMES);
    const names = head.batch ? [...new Set([...before, ...head.companies])] : head.companies;
    return names.length > 0 ? names.join(BETWEEN_NAMES) : (held ?? NO_NAME);
  };
  const live = heads.filter((head) => head.live);
  const written = await db.execute<{ id: string }>(sql`
    insert into incoming_payments as h
      (client_id, connection_id, external_id, kind, side, company, paid_on, reference, currency, amount_minor, bank_account_external_id)
    select ${scope.clientId}, ${connectionId}, u.external_id, u.kind, u.side, u.company, u.paid_on, u.reference, u.currency, 0, u.bank
    from unnest(
      ${column(live, "text", (h) => h.externalId)}, ${column(live, "text", (h) => h.kind)}, ${column(live, "text", (h) => h.side)},
      ${column(live, "text", companyOf)}, ${column(live, "date", (h) => h.paidOn)}, ${column(live, "text", (h) => h.reference)},
      ${column(live, "text", (h) => h.currency)}, ${column(live, "text", (h) => h.bankAccountExternalId)}
    ) as u (external_id, kind, side, company, paid_on, reference, currency, bank)
    order by u.external_id
    on conflict (connection_id, external_id) do update set
      kind = excluded.kind, side = excluded.side, company = excluded.company, paid_on = excluded.paid_on, reference = excluded.reference,
      currency = excluded.currency, bank_account_external_id = excluded.bank_account_external_id, changed_at = app.now()
    where (h.kind, h.side, h.company, h.paid_on, h.reference, h.currency, h.bank_account_external_id) is distinct from
      (excluded.kind, excluded.side, excluded.company, excluded.paid_on, excluded.reference, excluded.currency, excluded.bank_account_external_id)
    returning h.id`);
  const parts = await db.execute<{ id: string }>(sql`
    insert into incoming_payment_lines as l
      (client_id, connection_id, incoming_payment_id, external_id, document_external_id, document_number, document_kind, amount_minor, bank_amount, status, document_id)
    select ${scope.clientId}, ${connectionId}, h.id, u.external_id, u.document_external_id, u.number, u.kind, u.amount, u.bank_amount, u.status, r.record_id
    from unnest(
      ${column(lines, "text", (l) => l.externalId)}, ${column(lines, "text", (l) => l.headExternalId)},
      ${column(lines, "text", (l) => l.documentExternalId)}, ${column(lines, "text", (l) => l.documentNumber)},
      ${column(lines, "text", (l) => l.documentKind)}, ${column(lines, "bigint", (l) => l.amountMinor.toString())},
      ${column(lines, "text", (l) => l.bankAmount)}, ${column(lines, "text", (l) => l.status)}
    ) as u (external_id, head, document_external_id, number, kind, amount, bank_amount, status)
    join incoming_payments h on h.connection_id = ${connectionId} and h.client_id = ${scope.clientId} and h.external_id = u.head
    left join external_refs r on r.connection_id = ${connectionId} and r.family = 'document' and r.external_id = u.document_external_id
    order by u.external_id
    on conflict (connection_id, external_id) do update set
      document_external_id = case when excluded.status = 'live' then excluded.document_external_id else l.document_external_id end,
      document_number = case when excluded.status = 'live' then excluded.document_number else l.document_number end,
      document_kind = case when excluded.status = 'live' then excluded.document_kind else l.document_kind end,
      amount_minor = case when excluded.status = 'live' then excluded.amount_minor else l.amount_minor end,
      bank_amount = case when excluded.status = 'live' then excluded.bank_amount else l.bank_amount end,
      document_id = case when excluded.status = 'live' then ${KEPT_DOCUMENT} else l.document_id end,
      status = excluded.status
    where l.status <> excluded.status or excluded.status = 'live' and
      (l.document_external_id, l.document_number, l.document_kind, l.amount_minor, l.bank_amount, l.document_id) is distinct from
      (excluded.document_external_id, excluded.document_number, excluded.document_kind, excluded.amount_minor, excluded.bank_amount, ${KEPT_DOCUMENT})
    returning l.incoming_payment_id as id`);
  const changed = [...new Set([...written.rows, ...parts.rows].map((row) => row.id))];
  await db.execute(sql`
    update incoming_payments h set company = named.name
    from (select l.incoming_payment_id as id, min(c.name) as name from incoming_payment_lines l
      join documents d on d.id = l.document_id join contacts c on c.id = d.contact_id
      where l.incoming_payment_id = any(${array(changed, "uuid")}) group by 1) named
    where h.id = named.id and h.company = ${NO_NAME}`);
  return changed;
}

/**
 * Finds the documents that have been sent since a payment on them was read, and those from before the start date, which are never
 * sent: one of ours of that kind, number, currency and company, which nothing in the package is linked to, and whose gross is the
 * package's where a list read has shown that. Answers the movements it touched.
 */
export async function linkDocuments(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  incomingIds?: readonly string[],
): Promise<string[]> {
  const these = incomingIds ? sql`and l.incoming_payment_id = any(${array(incomingIds, "uuid")})` : sql``;
  const linked = await db.execute<{ id: string }>(sql`
    update incoming_payment_lines l set document_id = r.record_id
    from external_refs r
    where l.connection_id = ${connectionId} and l.client_id = ${scope.clientId} and l.document_id is null and l.document_external_id is not null
      and r.connection_id = ${connectionId} and r.family = 'document' and r.external_id = l.document_external_id
      ${these}
    returning l.incoming_payment_id as id`);
  const earlier = await db.execute<{ id: string }>(sql`
    update incoming_payment_lines l set document_id = found.document_id
    from (
      select l.id, min(d.id::text)::uuid as document_id
      from connections c
      join incoming_payment_lines l on l.connection_id = c.id and l.client_id = c.client_id
      join incoming_payments h on h.id = l.incoming_payment_id
      left join package_documents p on p.connection_id = c.id and p.external_id = l.document_external_id
      join documents d on d.client_id = c.client_id and lower(d.number) collate "C" = lower(l.document_number) collate "C"
      join contacts k on k.id = d.contact_id
      where c.id = ${connectionId} and c.client_id = ${scope.clientId} and c.start_on is not null
        and l.document_id is null and l.status = 'live' and l.document_number is not null
        and d.kind = l.document_kind and d.issued_on < c.start_on and d.currency = h.currency and d.status = 'open'
        and (p.external_id is null or (p.gross_minor = d.gross_minor and p.currency = d.currency))
        and lower(btrim(k.name)) = lower(btrim(coalesce(nullif(p.company, ''), h.company)))
        and not exists (select from external_refs o where o.connection_id = c.id and o.family = 'document' and o.record_id = d.id)
        ${these}
      group by l.id having count(*) = 1
    ) found
    where l.id = found.id
    returning l.incoming_payment_id as id`);
  return [...new Set([...linked.rows, ...earlier.rows].map((row) => row.id))];
}

export interface MovementRow extends MovementNow {
  readonly id: string;
  /** Our payment, while it stands. */
  readonly paymentId: string | null;
}

/** What these movements amount to now, for `standingOf`. One that was created before a reconnection is found again by its link. */
export async function listMovements(db: ScopedDb, scope: ClientScope, incomingIds: readonly string[]): Promise<MovementRow[]> {
  await db.execute(sql`
    update incoming_payments h set payment_id = r.record_id from external_refs r
    where h.id = any(${array(incomingIds, "uuid")}) and h.client_id = ${scope.clientId} and h.payment_id is null
      and r.connection_id = h.connection_id and r.family = 'payment' and r.external_id = h.external_id`);
  const { rows } = await db.execute<{
    id: string;
    payment_id: string | null;
    other: boolean;
    live: number;
    deleted: number;
    on_account: number;
    unknown: number;
    unknown_number: string | null;
    unknown_issued_on: string | null;
    start_on: string | null;
    live_minor: string;
    taken_back: boolean;
    created_minor: string | null;
  }>(sql`
    select h.id, p.id as payment_id, h.kind = 'other' as other, p.amount_minor as created_minor,
      (count(*) filter (where l.status = 'live'))::int as live,
      (count(*) filter (where l.status = 'deleted'))::int as deleted,
      (count(*) filter (where l.status = 'live' and l.document_kind = 'on-account'))::int as on_account,
      (count(*) filter (where l.status = 'live' and l.document_kind <> 'on-account' and l.document_id is null))::int as unknown,
      min(l.document_number) filter (where l.status = 'live' and l.document_kind <> 'on-account' and l.document_id is null) as unknown_number,
      (min(k.issued_on) filter (where l.status = 'live' and l.document_id is null))::text as unknown_issued_on, c.start_on::text as start_on,
      h.payment_id is not null and p.id is null as taken_back,
      coalesce(sum(l.amount_minor) filter (where l.status = 'live'), 0)::bigint as live_minor
    from incoming_payments h
    join connections c on c.id = h.connection_id
    join incoming_payment_lines l on l.incoming_payment_id = h.id
    left join package_documents k on k.connection_id = h.connection_id and k.external_id = l.document_external_id
    left join payments p on p.id = h.payment_id and p.status = 'live'
    where h.id = any(${array(incomingIds, "uuid")}) and h.client_id = ${scope.clientId}
    group by h.id, p.id, c.start_on`);
  return rows.map((row) => ({
    id: row.id,
    paymentId: row.payment_id,
    other: row.other,
    live: row.live,
    deleted: row.deleted,
    onAccount: row.on_account,
    unknown: row.unknown,
    unknownNumber: row.unknown_number,
    beforeStart: beforeStart(row.unknown_issued_on, row.start_on),
    liveMinor: BigInt(row.live_minor),
    createdMinor: row.created_minor === null ? null : BigInt(row.created_minor),
    takenBack: row.taken_back,
  }));
}

/** The dates to be told where a document of the package is from before the client's start date. */
export function beforeStart(issuedOn: string | null, startOn: string | null): BeforeStart | null {
  return issuedOn !== null && startOn !== null && issuedOn < startOn ? { issuedOn, startOn } : null;
}

/** A movement's standing; the amount only where any of it is live. */
export interface NewStanding {
  readonly id: string;
  readonly amountMinor: bigint | null;
  readonly standing: Reason | { readonly status: "waiting" | "created" };
}

/** Writes standings, where they differ from what stands. */
export async function saveStandings(db: ScopedDb, scope: ClientScope, standings: readonly NewStanding[]): Promise<void> {
  const sentence = ({ standing }: NewStanding) =>
    "sentence" in standing ? standing.sentence : standing.status === "created" ? CREATED : null;
  await db.execute(sql`
    update incoming_payments h set
      amount_minor = coalesce(u.amount, h.amount_minor), status = u.status, status_code = u.code, status_detail = u.detail, changed_at = app.now()
    from unnest(
      ${column(standings, "uuid", (s) => s.id)}, ${column(standings, "bigint", (s) => s.amountMinor?.toString() ?? null)},
      ${column(standings, "text", (s) => s.standing.status)},
      ${column(standings, "text", ({ standing }) => ("code" in standing ? standing.code : null))}, ${column(standings, "text", sentence)}
    ) as u (id, amount, status, code, detail)
    where h.id = u.id and h.client_id = ${scope.clientId}
      and (h.amount_minor, h.status, h.status_code, h.status_detail) is distinct from (coalesce(u.amount, h.amount_minor), u.status, u.code, u.detail)`);
}

const VIEW_STATUSES: Readonly<Record<Exclude<IncomingView, "all">, readonly Incoming["status"][]>> = {
  "to-do": ["waiting", "queued", "failed"],
  created: ["created"],
  kept: ["kept-in-package", "deleted-in-package"],
  "not-ours": ["not-ours"],
};

const inStatuses = (statuses: readonly Incoming["status"][]): SQL => sql`h.status = any(${array(statuses, "text")})`;

/** The condition over `incoming_payments h` that a filter stands for: rows of this client's shown connection alone. */
function filterWhere(filter: IncomingFilter, scope: ClientScope): SQL {
  const conditions = [sql`h.client_id = ${scope.clientId}`, sql`h.connection_id = ${shownConnection(scope)}`];
  if (filter.view && filter.view !== "all") conditions.push(inStatuses(VIEW_STATUSES[filter.view]));
  if (filter.side) conditions.push(sql`h.side = ${filter.side}`);
  if (filter.search) {
    const pattern = `%${filter.search.replace(/[\\%_]/g, (character) => `\\${character}`)}%`;
    conditions.push(sql`(h.company ilike ${pattern} or h.reference ilike ${pattern} or exists (
      select from incoming_payment_lines l where l.incoming_payment_id = h.id and l.document_number ilike ${pattern}))`);
  }
  return sql.join(conditions, sql` and `);
}

function selectionWhere(selection: IncomingSelection, scope: ClientScope): SQL {
  if ("ids" in selection) return sql`${filterWhere({}, scope)} and h.id = any(${array(selection.ids, "uuid")})`;
  return sql`${filterWhere(selection.filter, scope)} and h.created_at <= ${selection.asOf}::timestamptz and h.id <> all(${array(selection.exceptIds, "uuid")})`;
}

/** A payment of ours stands for the row; one that was taken back does not. */
const HAS_PAYMENT = sql`exists (select from payments live where live.id = h.payment_id and live.status = 'live')`;

/** What `createAndAllocate` may take: rows without a payment of ours. "Not ours" is looked at again only where it was asked for. */
function creatable(selection: IncomingSelection): SQL {
  const named = "ids" in selection || selection.filter.view === "not-ours";
  return sql`not ${HAS_PAYMENT} and ${inStatuses(named ? ["waiting", "queued", "failed", "not-ours"] : ["waiting", "queued", "failed"])}`;
}

/** Locks the chosen rows that may be created, in the order in which they are taken; a second click waits here and then finds none. */
export async function lockChosen(db: ScopedDb, scope: ClientScope, selection: IncomingSelection): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    select h.id from incoming_payments h
    where ${selectionWhere(selection, scope)} and ${creatable(selection)}
    order by h.paid_on, h.id for update of h`);
  return rows.map((row) => row.id);
}

/** A created row that staff want undone: our payment, and what has happened to its documents since. */
export interface CreatedRow {
  readonly id: string;
  readonly paymentId: string;
  readonly company: string;
  readonly reference: string | null;
  readonly side: Incoming["side"];
  readonly currency: string;
  /** Signed as the grid sums it: a refund is negative. */
  readonly worthMinor: bigint;
  readonly documentIds: readonly string[];
  /** Numbers of documents that were voided or amended after the payment was allocated to them. */
  readonly amended: readonly string[];
  /** The payment itself has gone on to a package. */
  readonly sent: boolean;
}

/** The chosen rows whose payment stands, in the grid's order; `lock` holds them until the transaction ends. */
export async function listCreated(
  db: ScopedDb,
  scope: ClientScope,
  selection: IncomingSelection,
  lock: boolean,
): Promise<CreatedRow[]> {
  const { rows } = await db.execute<{
    id: string;
    payment_id: string;
    company: string;
    reference: string | null;
    side: Incoming["side"];
    currency: string;
    worth: string;
    document_ids: string[] | null;
    amended: string[] | null;
    sent: boolean;
  }>(sql`
    select h.id, h.payment_id, h.company, h.reference, h.side, h.currency,
      case when h.kind in ('sales-refund', 'purchase-refund') then -p.amount_minor else p.amount_minor end as worth, d.document_ids, d.amended,
      exists (select from postings t where t.record_id = p.id and t.client_id = p.client_id and t.kind = 'payment' and t.state <> 'pending') as sent
    from incoming_payments h
    join payments p on p.id = h.payment_id and p.status = 'live'
    cross join lateral (
      select array_agg(distinct d.id::text) as document_ids,
        array_agg(distinct d.number order by d.number) filter (where d.status = 'void' or exists (
          select from document_revisions r where r.document_id = d.id and r.replaced_at > p.created_at)) as amended
      from allocations a join documents d on d.id = a.document_id where a.payment_id = p.id
    ) d
    where ${selectionWhere(selection, scope)}
    order by h.paid_on, h.id ${lock ? sql`for update of h, p` : sql``}`);
  return rows.map((row) => ({
    id: row.id,
    paymentId: row.payment_id,
    company: row.company,
    reference: row.reference,
    side: row.side,
    currency: row.currency,
    worthMinor: BigInt(row.worth),
    documentIds: row.document_ids ?? [],
    amended: row.amended ?? [],
    sent: row.sent,
  }));
}

/** How many of the chosen rows are created already. */
export async function countAlreadyCreated(db: ScopedDb, scope: ClientScope, selection: IncomingSelection): Promise<number> {
  const { rows } = await db.execute<{ n: number }>(sql`
    select count(*)::int as n from incoming_payments h where ${selectionWhere(selection, scope)} and ${HAS_PAYMENT}`);
  return rows[0]?.n ?? 0;
}

/** One document that a movement pays, as the grid links it. */
export interface IncomingPart {
  readonly id: string;
  /** Ours; null when the document is not one of ours. */
  readonly documentId: string | null;
  readonly number: string | null;
  /** Minor units, as text: it crosses to the browser. */
  readonly amountMinor: string;
}

/** A row of the Import grid. Amounts are minor units as text: they cross to the browser. */
export interface IncomingRow {
  readonly id: string;
  readonly company: string;
  readonly paidOn: string;
  readonly reference: string | null;
  readonly kind: Incoming["kind"];
  readonly side: Incoming["side"];
  readonly currency: string;
  readonly amountMinor: string;
  readonly status: Incoming["status"];
  readonly statusCode: string | null;
  readonly statusDetail: string | null;
  /** Our payment, while it stands. */
  readonly paymentId: string | null;
  readonly bankAccountExternalId: string | null;
  readonly bankAccountName: string | null;
  /** What moved on the bank, where that is another currency than the payment's: decimal string and currency. */
  readonly bankAmount: string | null;
  readonly bankCurrency: string | null;
  /** The first five; `partCount` says how many there are. */
  readonly parts: readonly IncomingPart[];
  readonly partCount: number;
  /** When it was read, ISO 8601. */
  readonly createdAt: string;
}

/** Where a page of the grid ended. */
export interface IncomingKey {
  readonly paidOn: string;
  readonly id: string;
}

/** By date, a page at a time by key. */
export async function listIncoming(
  db: ScopedDb,
  scope: ClientScope,
  filter: IncomingFilter,
  page: { readonly after: IncomingKey | null; readonly limit: number; readonly direction?: "asc" | "desc" },
): Promise<{ rows: IncomingRow[]; next: IncomingKey | null }> {
  const [order, beyond] = page.direction === "asc" ? [sql`asc`, sql`>`] : [sql`desc`, sql`<`];
  const { rows } = await db.execute<{
    id: string;
    company: string;
    paid_on: string;
    reference: string | null;
    kind: Incoming["kind"];
    side: Incoming["side"];
    currency: string;
    amount_minor: string;
    status: Incoming["status"];
    status_code: string | null;
    status_detail: string | null;
    payment_id: string | null;
    bank: string | null;
    bank_name: string | null;
    bank_amount: string | null;
    bank_currency: string | null;
    parts: IncomingPart[] | null;
    part_count: number;
    created_at: string;
  }>(sql`
    select h.id, h.company, h.paid_on::text as paid_on, h.reference, h.kind, h.side, h.currency, h.amount_minor, h.status, h.status_code,
      h.status_detail, o.id as payment_id, h.bank_account_external_id as bank, a.name as bank_name, p.parts, p.part_count,
      case when coalesce(a.currency, c.base_currency) <> h.currency then p.bank_amount end as bank_amount,
      case when coalesce(a.currency, c.base_currency) <> h.currency and p.bank_amount is not null then coalesce(a.currency, c.base_currency) end as bank_currency,
      ${iso(sql`h.created_at`)} as created_at
    from (
      select * from incoming_payments h
      where ${filterWhere(filter, scope)} ${page.after ? sql`and (h.paid_on, h.id) ${beyond} (${page.after.paidOn}::date, ${page.after.id}::uuid)` : sql``}
      order by h.paid_on ${order}, h.id ${order} limit ${page.limit + 1}
    ) h
    join connections c on c.id = h.connection_id
    left join payments o on o.id = h.payment_id and o.status = 'live'
    left join package_accounts a on a.connection_id = h.connection_id and a.external_id = h.bank_account_external_id
    cross join lateral (
      select sum(l.bank_amount::numeric)::text as bank_amount, (jsonb_agg(jsonb_build_object('id', l.id, 'documentId', l.document_id, 'number', l.number, 'amountMinor', l.amount_minor::text) order by l.nth)
        filter (where l.nth <= 5)) as parts, count(*)::int as part_count
      from (
        select l.id, l.document_id, coalesce(d.number, l.document_number) as number, l.amount_minor, l.bank_amount, row_number() over (order by l.document_number, l.id) as nth
        from incoming_payment_lines l left join documents d on d.id = l.document_id
        where l.incoming_payment_id = h.id and l.document_kind <> 'on-account'
      ) l
    ) p
    order by h.paid_on ${order}, h.id ${order}`);
  const shown = rows.slice(0, page.limit);
  const last = shown.at(-1);
  return {
    rows: shown.map((row) => ({
      id: row.id,
      company: row.company,
      paidOn: row.paid_on,
      reference: row.reference,
      kind: row.kind,
      side: row.side,
      currency: row.currency,
      amountMinor: row.amount_minor,
      status: row.status,
      statusCode: row.status_code,
      statusDetail: row.status_detail,
      paymentId: row.payment_id,
      bankAccountExternalId: row.bank,
      bankAccountName: row.bank_name,
      bankAmount: row.bank_amount,
      bankCurrency: row.bank_currency,
      parts: row.parts ?? [],
      partCount: row.part_count,
      createdAt: row.created_at,
    })),
    next: rows.length > page.limit && last ? { paidOn: last.paid_on, id: last.id } : null,
  };
}

/** Rows and worth by tab, side and currency: sides and currencies are never added together. */
export interface IncomingTotals {
  /** Rows that the filter shows, its tab included. */
  readonly count: number;
  /** What they are worth, refunds negative. Minor units as text. */
  readonly sums: readonly { readonly side: Incoming["side"]; readonly currency: string; readonly minor: string }[];
  /** Rows in each tab, whatever tab the filter names. */
  readonly counts: Readonly<Record<IncomingView, number>>;
  /** ISO 8601: a selection of all rows holds none that was read after it. */
  readonly asOf: string;
}

/** Counts for every tab, and sums for the one that the filter names. */
export async function totalIncoming(db: ScopedDb, scope: ClientScope, filter: IncomingFilter): Promise<IncomingTotals> {
  const { view = "all", ...rest } = filter;
  const { rows } = await db.execute<{
    status: Incoming["status"];
    side: Incoming["side"];
    currency: string;
    n: number;
    minor: string;
  }>(sql`
    select h.status, h.side, h.currency, count(*)::int as n,
      sum(case when h.kind in ('sales-refund', 'purchase-refund') then -h.amount_minor else h.amount_minor end)::bigint as minor
    from incoming_payments h where ${filterWhere(rest, scope)} group by 1, 2, 3 order by 2 desc nulls last, 3`);
  const { rows: clock } = await db.execute<{ at: string }>(sql`select ${iso(sql`app.now()`)} as at`);
  const within = (one: IncomingView, status: Incoming["status"]) => one === "all" || VIEW_STATUSES[one].includes(status);
  const count = (one: IncomingView) => rows.reduce((n, row) => (within(one, row.status) ? n + row.n : n), 0);
  const sums = new Map<string, { side: Incoming["side"]; currency: string; minor: bigint }>();
  for (const { status, side, currency, minor } of rows) {
    if (!within(view, status)) continue;
    const key = `${side} ${currency}`;
    sums.set(key, { side, currency, minor: (sums.get(key)?.minor ?? 0n) + BigInt(minor) });
  }
  return {
    count: count(view),
    sums: [...sums.values()].map((sum) => ({ ...sum, minor: sum.minor.toString() })),
    counts: {
      all: count("all"),
      "to-do": count("to-do"),
      created: count("created"),
      kept: count("kept"),
      "not-ours": count("not-ours"),
    },
    asOf: clock[0]?.at ?? "",
  };
}

/** Payments that wait to be created: the figure beside Import in the navigation. */
export async function countWaiting(db: ScopedDb, scope: ClientScope): Promise<number> {
  const { rows } = await db.execute<{ n: number }>(sql`
    select count(*)::int as n from incoming_payments h where ${filterWhere({ view: "to-do" }, scope)}`);
  return rows[0]?.n ?? 0;
}

export interface ReadingRun {
  readonly id: string;
  readonly number: number;
  readonly state: "running" | "stopping" | "stopped" | "finished" | "failed";
  readonly startedAt: Date;
  readonly detail: Record<string, unknown>;
}

/** Reads of this connection that were asked for and are not done. */
export async function listOpenReads(db: ScopedDb, scope: ClientScope, connectionId: string): Promise<ReadingRun[]> {
  return listReads(db, scope, sql`connection_id = ${connectionId} and state in ('running', 'stopping') and not ${SYNCHRONISED}`);
}

/** The read that was asked for last, done or not. */
export async function findLatestRead(db: ScopedDb, scope: ClientScope): Promise<ReadingRun | null> {
  return (await listReads(db, scope, sql`connection_id = ${shownConnection(scope)}`))[0] ?? null;
}

/** A "Synchronise now" whose reading is done: it goes on until its records have arrived. */
const SYNCHRONISED = sql.raw("(kind = 'synchronise' and detail ? 'readAt')");

async function listReads(db: ScopedDb, scope: ClientScope, which: SQL): Promise<ReadingRun[]> {
  const { rows } = await db.execute<{
    id: string;
    number: string;
    state: ReadingRun["state"];
    at: string | Date;
    detail: Record<string, unknown>;
  }>(sql`
    select id, number, case when ${SYNCHRONISED} then 'finished' else state end as state, started_at as at, detail from runs
    where client_id = ${scope.clientId} and (kind = 'import-payments' or (kind = 'synchronise' and not detail ? 'oneWay')) and ${which}
    order by started_at desc, id desc limit 50`);
  return rows.map((row) => ({
    id: row.id,
    number: Number(row.number),
    state: row.state,
    startedAt: new Date(row.at),
    detail: row.detail,
  }));
}

/** Asks for a read; one that is open already answers instead of a second. */
export async function openRead(db: ScopedDb, scope: ClientScope, connectionId: string): Promise<string> {
  await lockIncoming(db, connectionId);
  const [open] = await listReads(db, scope, sql`connection_id = ${connectionId} and state = 'running' and not ${SYNCHRONISED}`);
  if (open) return open.id;
  return insertRun(db, scope, connectionId, { kind: "import-payments", state: "running", total: 0, detail: {} });
}

/** Asks open reads of the shown connection to stop; answers their ids. They end after the page that is being read. */
export async function stopReads(db: ScopedDb, scope: ClientScope): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    update runs set state = 'stopping'
    where client_id = ${scope.clientId} and connection_id = ${shownConnection(scope)} and kind = 'import-payments' and state = 'running'
    returning id`);
  return rows.map((row) => row.id);
}

/** Says how far open reads are, and ends them where `state` is an end. */
export async function markReads(
  db: ScopedDb,
  scope: ClientScope,
  runIds: readonly string[],
  mark: {
    readonly state?: "finished" | "stopped" | "failed";
    readonly total?: number;
    readonly detail?: Record<string, unknown>;
  },
): Promise<void> {
  const state = mark.state ?? null;
  const detail = mark.detail ? JSON.stringify(mark.detail) : null;
  await db.execute(sql`
    update runs set total = case when kind = 'synchronise' then total else coalesce(${mark.total ?? null}::int, total) end,
      detail = case when kind = 'synchronise' then detail || coalesce(${detail}::jsonb, '{}')
          || case when ${state}::text is null then '{}' else jsonb_build_object('readAt', app.now()) end
        else coalesce(${detail}::jsonb, detail) end,
      state = case when kind = 'synchronise' then state else coalesce(${state}::text, state) end,
      ended_at = case when kind = 'synchronise' or ${state}::text is null then ended_at else app.now() end
    where client_id = ${scope.clientId} and id = any(${array(runIds, "uuid")}) and state in ('running', 'stopping')`);
}

/** Writes a run; one that is not running has ended with the transaction. */
export async function insertRun(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  run: {
    readonly kind: "import-payments" | "allocate";
    readonly state: "running" | "finished";
    readonly total: number;
    readonly detail: Record<string, unknown>;
  },
): Promise<string> {
  const { rows } = await db.execute<{ id: string }>(sql`
    insert into runs (client_id, connection_id, kind, state, started_by, started_by_user_id, ended_at, total, detail)
    values (${scope.clientId}, ${connectionId}, ${run.kind}, ${run.state}, ${scope.actor.label}, ${scope.actor.userId},
      ${run.state === "running" ? null : sql`app.now()`}, ${run.total}, ${JSON.stringify(run.detail)}::jsonb)
    returning id`);
  const id = rows[0]?.id;
  if (id === undefined) throw new Error("a run was not written");
  return id;
}
