import { sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import { array, column } from "#db/queries/common/bulk.ts";
import type { MovementNow } from "#lib/allocating/standing.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { type BeforeStart, CREATED, type Reason } from "#lib/model/reasons.ts";
import type { IncomingHead, IncomingLine } from "#lib/pulling/group.ts";

const BETWEEN_NAMES = " · ";
const NO_NAME = "No name in the package";

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

export interface StoredRow {
  /** The package's payment. */
  readonly partOf: string;
  readonly externalId: string;
  /** The movement that it stands in. */
  readonly head: string;
}

/** The rows that are kept of payments of several documents: the first has the payment's own id, the others begin with it. */
export async function listStoredRows(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  wholes: readonly string[],
): Promise<readonly StoredRow[]> {
  if (wholes.length === 0) return [];
  const { rows } = await db.execute<{ part_of: string; external_id: string; head: string }>(sql`
    select split_part(l.external_id, '-', 1) as part_of, l.external_id, h.external_id as head
    from incoming_payment_lines l join incoming_payments h on h.id = l.incoming_payment_id
    where l.connection_id = ${connectionId} and l.client_id = ${scope.clientId}
      and split_part(l.external_id, '-', 1) = any(${array([...new Set(wholes)], "text")})
    order by h.created_at desc, l.external_id`);
  return rows.map((row) => ({ partOf: row.part_of, externalId: row.external_id, head: row.head }));
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
      (client_id, connection_id, external_id, kind, side, company, paid_on, reference, currency, amount_minor, bank_account_external_id, kind_said)
    select ${scope.clientId}, ${connectionId}, u.external_id, u.kind, u.side, u.company, u.paid_on, u.reference, u.currency, 0, u.bank, u.kind_said
    from unnest(
      ${column(live, "text", (h) => h.externalId)}, ${column(live, "text", (h) => h.kind)}, ${column(live, "text", (h) => h.side)},
      ${column(live, "text", companyOf)}, ${column(live, "date", (h) => h.paidOn)}, ${column(live, "text", (h) => h.reference)},
      ${column(live, "text", (h) => h.currency)}, ${column(live, "text", (h) => h.bankAccountExternalId)}, ${column(live, "text", (h) => h.kindSaid)}
    ) as u (external_id, kind, side, company, paid_on, reference, currency, bank, kind_said)
    order by u.external_id
    on conflict (connection_id, external_id) do update set
      kind = excluded.kind, side = excluded.side, company = excluded.company, paid_on = excluded.paid_on, reference = excluded.reference,
      currency = excluded.currency, kind_said = excluded.kind_said,
      bank_account_external_id = coalesce(excluded.bank_account_external_id, h.bank_account_external_id), changed_at = app.now()
    where (h.kind, h.side, h.company, h.paid_on, h.reference, h.currency, h.bank_account_external_id, h.kind_said) is distinct from
      (excluded.kind, excluded.side, excluded.company, excluded.paid_on, excluded.reference, excluded.currency,
        coalesce(excluded.bank_account_external_id, h.bank_account_external_id), excluded.kind_said)
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
    with paid as materialized (
      select l.id, l.document_kind as kind, lower(l.document_number) as folded, h.currency, c.start_on, p.gross_minor,
        lower(btrim(coalesce(nullif(p.company, ''), h.company))) as company
      from connections c
      join incoming_payment_lines l on l.connection_id = c.id and l.client_id = c.client_id
      join incoming_payments h on h.id = l.incoming_payment_id
      left join package_documents p on p.connection_id = c.id and p.external_id = l.document_external_id
      where c.id = ${connectionId} and c.client_id = ${scope.clientId} and c.start_on is not null
        and l.document_id is null and l.status = 'live' and l.document_number is not null
        and (p.currency is null or p.currency = h.currency)
        ${these}
    ), found as (
      select paid.id, min(d.id::text)::uuid as document_id
      from paid
      join documents d on d.client_id = ${scope.clientId} and d.number_folded collate "C" = paid.folded collate "C"
      join contacts k on k.id = d.contact_id
      where d.kind = paid.kind and d.issued_on < paid.start_on and d.currency = paid.currency and d.status = 'open'
        and (paid.gross_minor is null or paid.gross_minor = d.gross_minor) and lower(btrim(k.name)) = paid.company
        and not exists (select from external_refs o where o.connection_id = ${connectionId} and o.family = 'document' and o.record_id = d.id)
      group by paid.id having count(*) = 1
    )
    update incoming_payment_lines l set document_id = found.document_id
    from found
    where l.id = found.id
    returning l.incoming_payment_id as id`);
  return [...new Set([...linked.rows, ...earlier.rows].map((row) => row.id))];
}

/** The package's documents that these movements pay, or paid. */
export async function listPaidThere(db: ScopedDb, scope: ClientScope, incomingIds: readonly string[]): Promise<string[]> {
  if (incomingIds.length === 0) return [];
  const { rows } = await db.execute<{ id: string }>(sql`
    select distinct document_external_id as id from incoming_payment_lines
    where client_id = ${scope.clientId} and incoming_payment_id = any(${array(incomingIds, "uuid")}) and document_external_id is not null`);
  return rows.map((row) => row.id);
}

/** Of these movements, those of money on account of which no bank account is known. */
export async function lackBank(db: ScopedDb, scope: ClientScope, incomingIds: readonly string[]): Promise<boolean> {
  if (incomingIds.length === 0) return false;
  const found = await db.execute(sql`
    select 1 from incoming_payments h join incoming_payment_lines l on l.incoming_payment_id = h.id
    where h.client_id = ${scope.clientId} and h.id = any(${array(incomingIds, "uuid")}) and h.bank_account_external_id is null
      and l.status = 'live' and l.document_kind = 'on-account' limit 1`);
  return found.rowCount === 1;
}

/** Names the bank account of money on account that had none. */
export async function setBanks(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  banks: readonly { readonly externalId: string; readonly bankAccountExternalId: string }[],
): Promise<void> {
  if (banks.length === 0) return;
  await db.execute(sql`
    update incoming_payments h set bank_account_external_id = u.bank, changed_at = app.now()
    from unnest(${column(banks, "text", (b) => b.externalId)}, ${column(banks, "text", (b) => b.bankAccountExternalId)}) as u (id, bank)
    where h.connection_id = ${connectionId} and h.client_id = ${scope.clientId} and h.external_id = u.id and h.bank_account_external_id is null`);
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
    kind_said: string | null;
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
    select h.id, p.id as payment_id, h.kind = 'other' as other, h.kind_said, p.amount_minor as created_minor,
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
    kindSaid: row.kind_said,
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
