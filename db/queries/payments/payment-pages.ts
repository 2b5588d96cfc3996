import { and, eq, gte, ilike, lte, type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { type KeysetAsk, keyOf, readByKey, type SortKey, withoutKeys } from "#db/queries/common/keyset.ts";
import { containing } from "#db/queries/common/text.ts";
import { standingOf } from "#db/queries/connections/standing.ts";
import { isDraftThere } from "#db/queries/postings/outgoing-money.ts";
import { contacts, payments } from "#db/schema/operational.ts";
import type { DocumentKind, PaymentKind } from "#lib/common/records.ts";
import { addUp } from "#lib/common/sums.ts";
import { unsent } from "./entered-payments.ts";

/** What the payments' screens show: both directions, entered here or read from the package. */

export interface PaymentsFilter {
  /** Part of a reference, of a document's number, or of the customer's or supplier's name. */
  readonly q?: string | undefined;
  readonly kind?: PaymentKind | undefined;
  readonly origin?: "operational" | "package" | undefined;
  /** First and last day. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Created by this run. */
  readonly run?: string | undefined;
}

export const PAYMENT_KEYS = {
  date: {
    parts: [
      { column: payments.paidOn, type: "date" },
      { column: payments.id, type: "uuid" },
    ],
  },
} as const satisfies Record<string, SortKey>;

function paymentsWhere(scope: ClientScope, filter: PaymentsFilter): SQL | undefined {
  const { q, kind, origin, from, to, run } = filter;
  const words = q ? containing(q) : null;
  return and(
    eq(payments.clientId, scope.clientId),
    kind && eq(payments.kind, kind),
    origin && eq(payments.origin, origin),
    from ? gte(payments.paidOn, from) : undefined,
    to ? lte(payments.paidOn, to) : undefined,
    run ? eq(payments.runId, run) : undefined,
    words === null
      ? undefined
      : sql`(${ilike(payments.recordReference, words)} or ${ilike(payments.reference, words)} or ${ilike(contacts.name, words)} or exists (
          select from allocations a join documents d on d.id = a.document_id where a.payment_id = ${payments.id} and d.number ilike ${words}))`,
  );
}

/** A page of the client's payments; amounts are minor units as text, refunds negative. */
export async function listPayments(db: ScopedDb, scope: ClientScope, filter: PaymentsFilter, key: SortKey, ask: KeysetAsk) {
  const page = await readByKey(key, ask, (more, order, limit) =>
    db
      .select({
        id: payments.id,
        kind: payments.kind,
        origin: payments.origin,
        /** Our own reference; the package's words for one that came from there. */
        reference: sql<string>`coalesce(${payments.recordReference}, ${payments.reference}, '')`,
        contactName: contacts.name,
        documents: sql<
          string | null
        >`(select string_agg(d.number, ', ' order by d.number) from allocations a join documents d on d.id = a.document_id where a.payment_id = ${payments.id})`,
        bankNominalCode: payments.bankNominalCode,
        paidOn: payments.paidOn,
        currency: payments.currency,
        amountMinor: sql<string>`(case when ${payments.kind} in ('sales-refund', 'purchase-refund') then -${payments.amountMinor} else ${payments.amountMinor} end)::text`,
        status: payments.status,
        state: standingOf(scope, sql`payments.id`, ["payment"]),
        createdAt: payments.createdAt,
        key: keyOf(key),
      })
      .from(payments)
      .leftJoin(contacts, eq(contacts.id, payments.contactId))
      .where(and(paymentsWhere(scope, filter), more))
      .orderBy(...order)
      .limit(limit),
  );
  return withoutKeys(page);
}
export type PaymentRow = Awaited<ReturnType<typeof listPayments>>["rows"][number];

/** How many payments match, and what they come to by side and currency, refunds taken off; deleted ones count and come to nothing. */
export async function sumPayments(db: ScopedDb, scope: ClientScope, filter: PaymentsFilter) {
  const rows = await db
    .select({
      kind: payments.kind,
      currency: payments.currency,
      count: sql<number>`count(*)::int`,
      minor: sql<string>`coalesce(sum(${payments.amountMinor}) filter (where ${payments.status} = 'live'), 0)::text`,
    })
    .from(payments)
    .leftJoin(contacts, eq(contacts.id, payments.contactId))
    .where(paymentsWhere(scope, filter))
    .groupBy(payments.kind, payments.currency);
  return {
    count: rows.reduce((sum, row) => sum + row.count, 0),
    sums: addUp(
      rows.map(({ kind, currency, minor }) => ({
        side: kind === "receipt" || kind === "sales-refund" ? "sales" : "purchase",
        currency,
        minor: kind === "receipt" || kind === "payment-out" ? BigInt(minor) : -BigInt(minor),
      })),
    ),
  };
}

export interface PaymentDetails {
  readonly id: string;
  readonly kind: PaymentKind;
  readonly origin: "operational" | "package";
  readonly recordReference: string | null;
  readonly reference: string | null;
  readonly contactName: string | null;
  readonly bankNominalCode: string;
  readonly paidOn: string;
  readonly currency: string;
  readonly amountMinor: bigint;
  readonly status: "live" | "deleted";
  readonly contactId: string | null;
  readonly bankName: string | null;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly canDelete: boolean;
  readonly allocations: readonly {
    readonly documentId: string;
    readonly kind: DocumentKind;
    readonly number: string;
    readonly amountMinor: bigint;
    readonly openMinor: bigint;
  }[];
}

export async function findPayment(db: ScopedDb, scope: ClientScope, id: string): Promise<PaymentDetails | null> {
  const { rows } = await db.execute<{
    id: string;
    kind: PaymentKind;
    origin: "operational" | "package";
    record_reference: string | null;
    reference: string | null;
    contact_id: string | null;
    contact_name: string | null;
    bank: string;
    bank_name: string | null;
    paid_on: string;
    currency: string;
    amount: string;
    status: "live" | "deleted";
    by: string;
    at: string | Date;
    unsent: boolean;
  }>(sql`
    select y.id, y.kind, y.origin, y.record_reference, y.reference, c.id as contact_id, c.name as contact_name, y.bank_nominal_code as bank,
      n.name as bank_name, y.paid_on::text as paid_on, y.currency, y.amount_minor::text as amount, y.status, y.created_by as by, y.created_at as at,
      ${unsent} as unsent
    from payments y left join contacts c on c.id = y.contact_id
    left join nominal_codes n on n.client_id = y.client_id and n.code = y.bank_nominal_code
    where y.client_id = ${scope.clientId} and y.id = ${id}`);
  const row = rows[0];
  if (!row) return null;
  const parts = await db.execute<{ document_id: string; kind: DocumentKind; number: string; amount: string; open: string }>(sql`
    select d.id as document_id, d.kind, d.number, a.amount_minor::text as amount, (d.gross_minor - d.paid_minor - d.settled_minor)::text as open
    from allocations a join documents d on d.id = a.document_id
    where a.client_id = ${scope.clientId} and a.payment_id = ${id} order by d.number, a.id`);
  return {
    id: row.id,
    kind: row.kind,
    origin: row.origin,
    recordReference: row.record_reference,
    reference: row.reference,
    contactId: row.contact_id,
    contactName: row.contact_name,
    bankNominalCode: row.bank,
    bankName: row.bank_name,
    paidOn: row.paid_on,
    currency: row.currency,
    amountMinor: BigInt(row.amount),
    status: row.status,
    createdBy: row.by,
    createdAt: new Date(row.at),
    canDelete: row.origin === "operational" && row.status === "live" && row.unsent,
    allocations: parts.rows.map((part) => ({
      documentId: part.document_id,
      kind: part.kind,
      number: part.number,
      amountMinor: BigInt(part.amount),
      openMinor: BigInt(part.open),
    })),
  };
}

/** A customer or supplier to choose on the New payment screen. */
export interface PayableContact {
  readonly id: string;
  readonly reference: string;
  readonly name: string;
  readonly terms: "account" | "cash";
  readonly isCustomer: boolean;
  readonly isSupplier: boolean;
}

/** Customers and suppliers whose name or reference has these words, those with something open first. */
export async function findPayableContacts(
  db: ScopedDb,
  scope: ClientScope,
  search: string,
  most: number,
): Promise<PayableContact[]> {
  const pattern = containing(search);
  const { rows } = await db.execute<{
    id: string;
    reference: string;
    name: string;
    terms: "account" | "cash";
    is_customer: boolean;
    is_supplier: boolean;
  }>(sql`
    select c.id, c.reference, c.name, c.terms, c.is_customer, c.is_supplier from contacts c
    where c.client_id = ${scope.clientId} and (c.name ilike ${pattern} or c.reference ilike ${pattern})
    order by exists (select from documents d where d.contact_id = c.id and d.status = 'open' and d.paid_minor + d.settled_minor < d.gross_minor) desc, c.name, c.id
    limit ${most}`);
  return rows.map((row) => ({
    id: row.id,
    reference: row.reference,
    name: row.name,
    terms: row.terms,
    isCustomer: row.is_customer,
    isSupplier: row.is_supplier,
  }));
}

/** A document with something open on it. Amounts are minor units as text: they cross to the browser. */
export interface OpenItem {
  readonly id: string;
  readonly kind: DocumentKind;
  readonly number: string;
  readonly issuedOn: string;
  readonly currency: string;
  readonly openMinor: string;
  readonly isDraft: boolean;
}

/** What is open on a contact, the oldest first. */
export async function listOpenItems(db: ScopedDb, scope: ClientScope, contactId: string, most: number): Promise<OpenItem[]> {
  const { rows } = await db.execute<{
    id: string;
    kind: DocumentKind;
    number: string;
    issued_on: string;
    currency: string;
    open: string;
    is_draft: boolean;
  }>(sql`
    select d.id, d.kind, d.number, d.issued_on::text as issued_on, d.currency, (d.gross_minor - d.paid_minor - d.settled_minor)::text as open,
      exists (select from connections cn where cn.client_id = d.client_id and cn.state <> 'disconnected'
        and ${isDraftThere(sql`cn.id`, sql`d.id`)}) as is_draft
    from documents d
    where d.client_id = ${scope.clientId} and d.contact_id = ${contactId} and d.status = 'open' and d.paid_minor + d.settled_minor < d.gross_minor
    order by d.issued_on, d.number, d.id limit ${most}`);
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    number: row.number,
    issuedOn: row.issued_on,
    currency: row.currency,
    openMinor: row.open,
    isDraft: row.is_draft,
  }));
}
