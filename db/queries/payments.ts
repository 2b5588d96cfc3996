import { sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import type { Candidate, OpenDocument, PlannedPayment } from "#lib/allocating/decide.ts";
import type { PlainDate } from "#lib/common/dates.ts";
import type { DocumentKind, PaymentKind } from "#lib/common/records.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { column } from "./incoming-payments.ts";
import { resolvedMappings } from "./mapping.ts";

/** The chosen movements with their live parts, in the order in which they are taken. */
export async function listCandidates(db: ScopedDb, scope: ClientScope, incomingIds: readonly string[]): Promise<Candidate[]> {
  const { rows } = await db.execute<{
    id: string;
    external_id: string;
    kind: Candidate["kind"];
    paid_on: string;
    reference: string | null;
    currency: string;
    bank_account_external_id: string | null;
    bank_name: string | null;
    on_account: number;
    lines: { number: string | null; documentId: string | null; amountMinor: string }[] | null;
  }>(sql`
    select h.id, h.external_id, h.kind, h.paid_on::text as paid_on, h.reference, h.currency, h.bank_account_external_id, a.name as bank_name,
      p.on_account, p.lines
    from incoming_payments h
    left join package_accounts a on a.connection_id = h.connection_id and a.external_id = h.bank_account_external_id
    cross join lateral (
      select (count(*) filter (where l.document_kind = 'on-account'))::int as on_account,
        jsonb_agg(jsonb_build_object('number', l.document_number, 'documentId', l.document_id, 'amountMinor', l.amount_minor::text)
          order by l.document_number, l.external_id) as lines
      from incoming_payment_lines l where l.incoming_payment_id = h.id and l.status = 'live'
    ) p
    where h.id = any(${sql.param(incomingIds)}::uuid[]) and h.client_id = ${scope.clientId}
    order by h.paid_on, h.id`);
  return rows.map((row) => ({
    id: row.id,
    externalId: row.external_id,
    kind: row.kind,
    paidOn: row.paid_on,
    reference: row.reference,
    currency: row.currency,
    bankAccountExternalId: row.bank_account_external_id,
    bankAccountName: row.bank_name,
    onAccount: row.on_account,
    lines: (row.lines ?? []).map((line) => ({
      documentNumber: line.number,
      documentId: line.documentId,
      amountMinor: BigInt(line.amountMinor),
    })),
  }));
}

/** Locks these documents, always in the same order, and answers them as they stand. */
export async function lockDocuments(
  db: ScopedDb,
  scope: ClientScope,
  documentIds: readonly string[],
): Promise<Map<string, OpenDocument>> {
  const { rows } = await db.execute<{
    id: string;
    kind: DocumentKind;
    number: string;
    contact_id: string;
    currency: string;
    gross_minor: string;
    paid_minor: string;
    status: "open" | "void";
  }>(sql`
    select id, kind, number, contact_id, currency, gross_minor, paid_minor, status from documents
    where id = any(${sql.param(documentIds)}::uuid[]) and client_id = ${scope.clientId} order by id for update`);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        id: row.id,
        kind: row.kind,
        number: row.number,
        contactId: row.contact_id,
        currency: row.currency,
        grossMinor: BigInt(row.gross_minor),
        paidMinor: BigInt(row.paid_minor),
        status: row.status,
      },
    ]),
  );
}

/**
 * Writes payments that came from the package, with their allocations: linked from birth, so that they are never pending for export, and
 * documents, movements and links moved in the same transaction. A movement that has a link already breaks the whole write.
 */
export async function insertAllocatedPayments(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  planned: readonly (PlannedPayment & { readonly paymentId: string })[],
): Promise<void> {
  if (planned.length === 0) return;
  const allocations = planned.flatMap((payment) =>
    payment.allocations.map((allocation) => ({ ...allocation, paymentId: payment.paymentId })),
  );
  await db.execute(sql`
    insert into payments (id, client_id, kind, origin, contact_id, bank_nominal_code, paid_on, reference, currency, amount_minor, created_by)
    select u.id, ${scope.clientId}, u.kind, 'package', u.contact_id, u.bank, u.paid_on, u.reference, u.currency, u.amount, ${scope.actor.label}
    from unnest(
      ${column(planned, "uuid", (p) => p.paymentId)}, ${column(planned, "text", (p) => p.kind)}, ${column(planned, "uuid", (p) => p.contactId)},
      ${column(planned, "text", (p) => p.bankNominalCode)}, ${column(planned, "date", (p) => p.incoming.paidOn)},
      ${column(planned, "text", (p) => p.incoming.reference)}, ${column(planned, "text", (p) => p.incoming.currency)},
      ${column(planned, "bigint", (p) => p.amountMinor.toString())}
    ) as u (id, kind, contact_id, bank, paid_on, reference, currency, amount)`);
  await db.execute(sql`
    insert into external_refs (client_id, connection_id, family, external_id, record_id, linked_by)
    select ${scope.clientId}, ${connectionId}, 'payment', u.external_id, u.id, ${scope.actor.label}
    from unnest(${column(planned, "text", (p) => p.incoming.externalId)}, ${column(planned, "uuid", (p) => p.paymentId)}) as u (external_id, id)`);
  await db.execute(sql`
    with made as (
      insert into allocations (client_id, payment_id, document_id, amount_minor)
      select ${scope.clientId}, u.payment_id, u.document_id, u.amount
      from unnest(
        ${column(allocations, "uuid", (a) => a.paymentId)}, ${column(allocations, "uuid", (a) => a.documentId)},
        ${column(allocations, "bigint", (a) => a.amountMinor.toString())}
      ) as u (payment_id, document_id, amount)
      returning document_id, amount_minor
    )
    update documents d set paid_minor = d.paid_minor + m.amount
    from (select document_id, sum(amount_minor)::bigint as amount from made group by 1) m
    where d.id = m.document_id and d.client_id = ${scope.clientId}`);
  await db.execute(sql`
    update incoming_payments h set payment_id = u.payment_id
    from unnest(${column(planned, "uuid", (p) => p.incoming.id)}, ${column(planned, "uuid", (p) => p.paymentId)}) as u (id, payment_id)
    where h.id = u.id and h.client_id = ${scope.clientId}`);
}

/** What a contact owes us, or we owe it, in one currency. */
export interface ContactBalance {
  readonly side: "sales" | "purchase";
  readonly currency: string;
  /** Open invoices less open credit notes, minor units. */
  readonly openMinor: bigint;
  /** Documents with something open. */
  readonly documents: number;
}

/** A contact's open balances, by side and currency: neither is ever added to the other. */
export async function contactBalance(db: ScopedDb, scope: ClientScope, contactId: string): Promise<ContactBalance[]> {
  const { rows } = await db.execute<{ side: ContactBalance["side"]; currency: string; open: string; n: number }>(sql`
    select case when kind in ('sales-invoice', 'sales-credit-note') then 'sales' else 'purchase' end as side, currency,
      sum(case when kind in ('sales-credit-note', 'supplier-credit-note') then -1 else 1 end * (gross_minor - paid_minor))::bigint as open,
      (count(*) filter (where gross_minor <> paid_minor))::int as n
    from documents where client_id = ${scope.clientId} and contact_id = ${contactId} and status = 'open'
    group by 1, 2 order by 1 desc, 2`);
  return rows.map((row) => ({ side: row.side, currency: row.currency, openMinor: BigInt(row.open), documents: row.n }));
}

/** What moved on one bank nominal of ours, in one currency. Money in is positive. Minor units. */
export interface BankMovement {
  /** Null when the package's bank account is not mapped, or when the package names none. */
  readonly bankNominalCode: string | null;
  readonly bankAccountName: string | null;
  readonly currency: string;
  /** Created here today. */
  readonly createdTodayMinor: bigint;
  readonly createdMinor: bigint;
  /** All payments on that account in the package, as last read; what is kept there or is not ours counts too. */
  readonly packageMinor: bigint;
}

/**
 * Movements by bank account: what was created here beside what the package holds.
 * @param today the date that it is in the client's time zone
 */
export async function bankMovements(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  today: { readonly date: PlainDate; readonly timeZone: string },
): Promise<BankMovement[]> {
  const sign = (kind: string) => sql`case ${sql.raw(kind)} when 'receipt' then 1 when 'purchase-refund' then 1 else -1 end`;
  const { rows } = await db.execute<{
    bank: string | null;
    nominal: string | null;
    name: string | null;
    currency: string;
    today: string;
    created: string;
    package: string;
  }>(sql`
    select h.bank_account_external_id as bank, max(a.name) as name, max(p.bank_nominal_code) as nominal, h.currency,
      coalesce(sum(${sign("p.kind")} * p.amount_minor) filter (where p.created_at >= ${today.date}::date::timestamp at time zone ${today.timeZone}), 0)::bigint as today,
      coalesce(sum(${sign("p.kind")} * p.amount_minor), 0)::bigint as created,
      coalesce(sum(${sign("h.kind")} * h.amount_minor) filter (where h.status <> 'deleted-in-package' and h.kind <> 'other'), 0)::bigint as package
    from incoming_payments h
    left join payments p on p.id = h.payment_id and p.status = 'live'
    left join package_accounts a on a.connection_id = h.connection_id and a.external_id = h.bank_account_external_id
    where h.client_id = ${scope.clientId} and h.connection_id = ${connectionId}
    group by h.bank_account_external_id, h.currency
    order by 2 nulls last, h.currency`);
  const mapped = await resolvedMappings(db, scope, connectionId, "bank");
  return rows.map((row) => ({
    bankNominalCode:
      row.nominal ??
      mapped.find(({ targetExternalId }) => targetExternalId !== null && targetExternalId === row.bank)?.sourceCode ??
      null,
    bankAccountName: row.name,
    currency: row.currency,
    createdTodayMinor: BigInt(row.today),
    createdMinor: BigInt(row.created),
    packageMinor: BigInt(row.package),
  }));
}

/** One payment's part on a document. */
export interface DocumentAllocation {
  readonly id: string;
  readonly paymentId: string;
  readonly kind: PaymentKind;
  readonly paidOn: string;
  readonly reference: string | null;
  readonly bankNominalCode: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  /** The payment has been deleted in the package, and still stands here. */
  readonly deletedInPackage: boolean;
  readonly createdBy: string;
  readonly createdAt: Date;
}

/** What has been allocated to a document, oldest first. */
export async function listAllocations(db: ScopedDb, scope: ClientScope, documentId: string): Promise<DocumentAllocation[]> {
  const { rows } = await db.execute<{
    id: string;
    payment_id: string;
    kind: PaymentKind;
    paid_on: string;
    reference: string | null;
    bank: string;
    amount: string;
    currency: string;
    deleted: boolean;
    by: string;
    at: string | Date;
  }>(sql`
    select a.id, p.id as payment_id, p.kind, p.paid_on::text as paid_on, p.reference, p.bank_nominal_code as bank, a.amount_minor as amount, p.currency,
      exists (select from incoming_payments h where h.payment_id = p.id and h.status = 'deleted-in-package') as deleted,
      p.created_by as by, p.created_at as at
    from allocations a join payments p on p.id = a.payment_id and p.status = 'live'
    where a.document_id = ${documentId} and a.client_id = ${scope.clientId}
    order by p.paid_on, p.id, a.id`);
  return rows.map((row) => ({
    id: row.id,
    paymentId: row.payment_id,
    kind: row.kind,
    paidOn: row.paid_on,
    reference: row.reference,
    bankNominalCode: row.bank,
    amountMinor: BigInt(row.amount),
    currency: row.currency,
    deletedInPackage: row.deleted,
    createdBy: row.by,
    createdAt: new Date(row.at),
  }));
}
