import { type SQL, sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import { array } from "#db/queries/common/bulk.ts";
import type { incomingPayments } from "#db/schema/work.ts";
import type { IncomingFilter, IncomingSelection, IncomingView } from "#lib/allocating/selection.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { shownConnection } from "./payment-reads.ts";

type Incoming = typeof incomingPayments.$inferSelect;

/** A moment as ISO 8601 with microseconds, so that none is taken for an earlier one. */
const iso = (moment: SQL): SQL => sql`to_char(${moment} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

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
  if ("run" in selection)
    return sql`${filterWhere({}, scope)} and exists (
    select from payments made where made.id = h.payment_id and made.client_id = h.client_id and made.run_id = ${selection.run})`;
  return sql`${filterWhere(selection.filter, scope)} and h.created_at <= ${selection.asOf}::timestamptz and h.id <> all(${array(selection.exceptIds, "uuid")})`;
}

/** A payment of ours stands for the row; one that was taken back does not. */
const HAS_PAYMENT = sql`exists (select from payments live where live.id = h.payment_id and live.status = 'live')`;

/** What `createAndAllocate` may take: rows without a payment of ours. "Not ours" is looked at again only where it was asked for. */
function creatable(selection: IncomingSelection): SQL {
  const named = !("filter" in selection) || selection.filter.view === "not-ours";
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

/**
 * Locks the rows that wait and agree in everything with what is open here: each line pays a document of ours by its link and its number,
 * of the same company and currency, and each document is settled whole. Not what a person has taken back.
 */
export async function lockExact(db: ScopedDb, scope: ClientScope, connectionId: string): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    select h.id from incoming_payments h
    where h.client_id = ${scope.clientId} and h.connection_id = ${connectionId} and h.status = 'waiting' and h.undone_at is null
      and not ${HAS_PAYMENT}
      and exists (select from incoming_payment_lines l where l.incoming_payment_id = h.id and l.status = 'live')
      and not exists (
        select from (
          select l.document_id, l.document_number, sum(l.amount_minor) over (partition by l.document_id) as amount
          from incoming_payment_lines l where l.incoming_payment_id = h.id and l.status = 'live'
        ) l
        left join documents d on d.id = l.document_id and d.client_id = h.client_id and d.status = 'open'
        left join contacts c on c.id = d.contact_id
        where (d.number = l.document_number and d.currency = h.currency and lower(btrim(c.name)) = lower(btrim(h.company))
          and d.gross_minor - d.paid_minor - d.settled_minor = l.amount and l.amount > 0) is not true)
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
  readonly amountMinor: bigint;
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
    amount: string;
    document_ids: string[] | null;
    amended: string[] | null;
    sent: boolean;
  }>(sql`
    select h.id, h.payment_id, h.company, h.reference, h.side, h.currency,
      case when h.kind in ('sales-refund', 'purchase-refund') then -p.amount_minor else p.amount_minor end as amount, d.document_ids, d.amended,
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
    amountMinor: BigInt(row.amount),
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
interface IncomingPart {
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

/** Rows and amounts by tab, side and currency: sides and currencies are never added together. */
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
