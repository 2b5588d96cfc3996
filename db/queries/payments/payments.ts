import { sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import { column } from "#db/queries/common/bulk.ts";
import { resolvedMappings } from "#db/queries/mapping/mapping.ts";
import type { Candidate, OpenDocument, PlannedPayment } from "#lib/allocating/decide.ts";
import type { PlainDate } from "#lib/common/dates.ts";
import { decimalToMinor } from "#lib/common/money.ts";
import type { DocumentKind, PaymentKind } from "#lib/common/records.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { beforeStart } from "./incoming-payments.ts";

/** The chosen movements with their live parts, in the order in which they are taken. */
export async function listCandidates(db: ScopedDb, scope: ClientScope, incomingIds: readonly string[]): Promise<Candidate[]> {
  const { rows } = await db.execute<{
    id: string;
    external_id: string;
    kind: Candidate["kind"];
    kind_said: string | null;
    paid_on: string;
    reference: string | null;
    currency: string;
    bank_account_external_id: string | null;
    bank_name: string | null;
    bank_currency: string;
    bank_amount: string | null;
    on_account: number;
    start_on: string | null;
    lines: { number: string | null; documentId: string | null; amountMinor: string; issuedOn: string | null }[] | null;
  }>(sql`
    select h.id, h.external_id, h.kind, h.kind_said, h.paid_on::text as paid_on, h.reference, h.currency, h.bank_account_external_id, a.name as bank_name,
      coalesce(a.currency, c.base_currency) as bank_currency, p.bank_amount, p.on_account, c.start_on::text as start_on, p.lines
    from incoming_payments h
    join connections c on c.id = h.connection_id
    left join package_accounts a on a.connection_id = h.connection_id and a.external_id = h.bank_account_external_id
    cross join lateral (
      select (count(*) filter (where l.document_kind = 'on-account'))::int as on_account,
        case when count(*) = count(l.bank_amount) then sum(l.bank_amount::numeric)::text end as bank_amount,
        jsonb_agg(jsonb_build_object('number', l.document_number, 'documentId', l.document_id, 'amountMinor', l.amount_minor::text,
          'issuedOn', k.issued_on::text) order by l.document_number, l.external_id) as lines
      from incoming_payment_lines l
      left join package_documents k on k.connection_id = l.connection_id and k.external_id = l.document_external_id
      where l.incoming_payment_id = h.id and l.status = 'live'
    ) p
    where h.id = any(${sql.param(incomingIds)}::uuid[]) and h.client_id = ${scope.clientId}
    order by h.paid_on, h.id`);
  return rows.map((row) => ({
    id: row.id,
    externalId: row.external_id,
    kind: row.kind,
    kindSaid: row.kind_said,
    paidOn: row.paid_on,
    reference: row.reference,
    currency: row.currency,
    bankAccountExternalId: row.bank_account_external_id,
    bankAccountName: row.bank_name,
    bank: onBank(row),
    onAccount: row.on_account,
    lines: (row.lines ?? []).map((line) => ({
      documentNumber: line.number,
      documentId: line.documentId,
      amountMinor: BigInt(line.amountMinor),
      beforeStart: beforeStart(line.issuedOn, row.start_on),
    })),
  }));
}

/** What moved on the bank account; null where the package does not say, or where it is the payment's own currency. */
function onBank(row: { currency: string; bank_currency: string; bank_amount: string | null }): Candidate["bank"] {
  if (row.bank_amount === null || row.bank_currency === row.currency) return null;
  const amountMinor = decimalToMinor(row.bank_amount, row.bank_currency);
  return amountMinor === null ? null : { amountMinor, currency: row.bank_currency };
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
  runId: string,
  planned: readonly (PlannedPayment & { readonly paymentId: string })[],
): Promise<void> {
  if (planned.length === 0) return;
  const allocations = planned.flatMap((payment) =>
    payment.allocations.map((allocation) => ({ ...allocation, paymentId: payment.paymentId })),
  );
  await db.execute(sql`
    insert into payments
      (id, client_id, kind, origin, contact_id, bank_nominal_code, paid_on, reference, currency, amount_minor, bank_amount_minor, bank_currency, run_id, created_by)
    select u.id, ${scope.clientId}, u.kind, 'package', u.contact_id, u.bank, u.paid_on, u.reference, u.currency, u.amount, u.bank_amount,
      u.bank_currency, ${runId}, ${scope.actor.label}
    from unnest(
      ${column(planned, "uuid", (p) => p.paymentId)}, ${column(planned, "text", (p) => p.kind)}, ${column(planned, "uuid", (p) => p.contactId)},
      ${column(planned, "text", (p) => p.bankNominalCode)}, ${column(planned, "date", (p) => p.incoming.paidOn)},
      ${column(planned, "text", (p) => p.incoming.reference)}, ${column(planned, "text", (p) => p.incoming.currency)},
      ${column(planned, "bigint", (p) => p.amountMinor.toString())},
      ${column(planned, "bigint", (p) => p.incoming.bank?.amountMinor.toString() ?? null)},
      ${column(planned, "text", (p) => p.incoming.bank?.currency ?? null)}
    ) as u (id, kind, contact_id, bank, paid_on, reference, currency, amount, bank_amount, bank_currency)`);
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

/** A payment that was taken back, with what it had settled. */
export interface TakenBack {
  readonly paymentId: string;
  readonly currency: string;
  readonly amountMinor: string;
  readonly documents: readonly string[];
}

/**
 * Takes back payments that came from the package: the documents are open again by what they had settled, and the package's payment is
 * linked to nothing. Payment and allocations stay as they were made, marked deleted, for the trail. One that was taken back before is
 * left alone. The caller holds `lockIncoming`.
 */
export async function takeBackPayments(db: ScopedDb, scope: ClientScope, paymentIds: readonly string[]): Promise<TakenBack[]> {
  if (paymentIds.length === 0) return [];
  const ids = sql`${sql.param(paymentIds)}::uuid[]`;
  await db.execute(sql`
    select id from documents where client_id = ${scope.clientId}
      and id in (select document_id from allocations where payment_id = any(${ids})) order by id for update`);
  const { rows } = await db.execute<{ id: string; currency: string; amount: string; documents: string[] | null }>(sql`
    with gone as (
      update payments set status = 'deleted', changed_at = app.now()
      where id = any(${ids}) and client_id = ${scope.clientId} and origin = 'package' and status = 'live'
      returning id, currency, amount_minor
    ), unlinked as (
      delete from external_refs r using gone where r.family = 'payment' and r.client_id = ${scope.clientId} and r.record_id = gone.id
    ), opened as (
      update documents d set paid_minor = d.paid_minor - s.amount
      from (select a.document_id, sum(a.amount_minor)::bigint as amount from allocations a join gone on gone.id = a.payment_id group by 1) s
      where d.id = s.document_id and d.client_id = ${scope.clientId}
    )
    select gone.id, gone.currency, gone.amount_minor as amount,
      (select array_agg(d.number order by d.number) from allocations a join documents d on d.id = a.document_id where a.payment_id = gone.id) as documents
    from gone`);
  return rows.map((row) => ({
    paymentId: row.id,
    currency: row.currency,
    amountMinor: row.amount,
    documents: row.documents ?? [],
  }));
}

/** Lets go of payments that a person took back: their rows wait to be created again, by a person. */
export async function forgetPayments(db: ScopedDb, scope: ClientScope, paymentIds: readonly string[]): Promise<void> {
  await db.execute(sql`
    update incoming_payments set payment_id = null, undone_at = app.now()
    where client_id = ${scope.clientId} and payment_id = any(${sql.param(paymentIds)}::uuid[])`);
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
      sum(case when kind in ('sales-credit-note', 'supplier-credit-note') then -1 else 1 end * (gross_minor - paid_minor - settled_minor))::bigint as open,
      (count(*) filter (where gross_minor <> paid_minor + settled_minor))::int as n
    from documents where client_id = ${scope.clientId} and contact_id = ${contactId} and status = 'open'
    group by 1, 2 order by 1 desc, 2`);
  return rows.map((row) => ({ side: row.side, currency: row.currency, openMinor: BigInt(row.open), documents: row.n }));
}

/** What moved on one bank nominal of ours, in the bank account's currency. Money in is positive. Minor units. */
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
 * Movements by bank account: what was created here beside what the package holds. A payment in another currency than its bank account
 * counts with what the package says has moved on that account; where it says nothing, in its own currency.
 * @param today the date that it is in the client's time zone
 */
export async function bankMovements(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  today: { readonly date: PlainDate; readonly timeZone: string },
): Promise<BankMovement[]> {
  const { rows } = await db.execute<{
    bank: string | null;
    nominal: string | null;
    name: string | null;
    currency: string;
    told: boolean;
    today: string;
    created: string;
    package: string;
  }>(sql`
    with moved as (
      select h.bank_account_external_id as bank, a.name, p.id as payment_id, p.bank_nominal_code as nominal, p.created_at,
        a.external_id is not null and l.told as told,
        case when a.external_id is not null and l.told then coalesce(a.currency, c.base_currency) else h.currency end as currency,
        case when h.kind in ('receipt', 'purchase-refund') then 1 else -1 end
          * case when a.external_id is not null and l.told then l.amount else h.amount_minor end as amount
      from incoming_payments h
      join connections c on c.id = h.connection_id
      left join payments p on p.id = h.payment_id and p.status = 'live'
      left join package_accounts a on a.connection_id = h.connection_id and a.external_id = h.bank_account_external_id
      cross join lateral (
        select count(*) > 0 and count(*) = count(l.bank_amount) as told, sum(l.bank_amount::numeric) as amount
        from incoming_payment_lines l where l.incoming_payment_id = h.id and l.status = 'live'
      ) l
      where h.client_id = ${scope.clientId} and h.connection_id = ${connectionId} and h.status <> 'deleted-in-package' and h.kind <> 'other'
    )
    select bank, max(name) as name, max(nominal) as nominal, currency, told,
      coalesce(sum(amount) filter (where created_at >= ${today.date}::date::timestamp at time zone ${today.timeZone}), 0)::text as today,
      coalesce(sum(amount) filter (where payment_id is not null), 0)::text as created, coalesce(sum(amount), 0)::text as package
    from moved group by bank, currency, told order by 2 nulls last, currency`);
  const mapped = await resolvedMappings(db, scope, connectionId, "bank");
  const found = new Map<string, BankMovement>();
  for (const row of rows) {
    // Where the package told the bank's own amount the sums are decimals of that currency, else minor units.
    const minor = (sum: string) => (row.told ? (decimalToMinor(sum, row.currency) ?? 0n) : BigInt(sum));
    const key = `${row.bank} ${row.currency}`;
    const before = found.get(key);
    found.set(key, {
      bankNominalCode:
        row.nominal ??
        before?.bankNominalCode ??
        mapped.find(({ targetExternalId }) => targetExternalId !== null && targetExternalId === row.bank)?.sourceCode ??
        null,
      bankAccountName: row.name,
      currency: row.currency,
      createdTodayMinor: (before?.createdTodayMinor ?? 0n) + minor(row.today),
      createdMinor: (before?.createdMinor ?? 0n) + minor(row.created),
      packageMinor: (before?.packageMinor ?? 0n) + minor(row.package),
    });
  }
  return [...found.values()];
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
  /** It was taken back since: it stands for the trail, and settles nothing. */
  readonly takenBack: boolean;
  readonly createdBy: string;
  readonly createdAt: Date;
}

/** What has been allocated to a document, oldest first; what was taken back since is marked. */
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
    taken_back: boolean;
    by: string;
    at: string | Date;
  }>(sql`
    select a.id, p.id as payment_id, p.kind, p.paid_on::text as paid_on, p.reference, p.bank_nominal_code as bank, a.amount_minor as amount, p.currency,
      p.status = 'deleted' as taken_back,
      p.created_by as by, p.created_at as at
    from allocations a join payments p on p.id = a.payment_id
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
    takenBack: row.taken_back,
    createdBy: row.by,
    createdAt: new Date(row.at),
  }));
}
