import { type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { isPartyOf } from "#db/queries/links/party-links.ts";
import { resolvedMappingSql } from "#db/queries/mapping/mapping.ts";
import type { DocumentKind, OutgoingJournal, OutgoingLeg, OutgoingPayment, PaymentKind } from "#lib/common/records.ts";
import { KIND_LABELS } from "#lib/common/records.ts";
import type { SyncErrorCode } from "#lib/errors/catalogue.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import type { ClaimedPosting, Loaded } from "./outgoing.ts";

/** Whether the package holds a document as a draft, by the latest of its revisions that was sent: one that waits here changes nothing there. */
export const isDraftThere = (connectionId: SQL | string, documentId: SQL): SQL => sql`exists (
  select from postings s where s.connection_id = ${connectionId} and s.record_id = ${documentId} and s.state = 'posted' and s.held_as_draft
    and not exists (select from postings n where n.connection_id = s.connection_id and n.record_id = s.record_id and n.revision > s.revision
      and n.state in ('posted', 'confirmed', 'drifted')))`;

/** Payments whose document is in the package, and was seen there as what can be paid: not as a draft, half done, nor with a change of it under way. */
export const paymentMayGo = (connectionId: string): SQL => sql`(
  postings.kind = 'payment' and exists (select from allocations a where a.payment_id = postings.record_id) and not exists (
    select from allocations a where a.payment_id = postings.record_id and (
      not exists (select from external_refs r where r.connection_id = ${connectionId} and r.family = 'document' and r.record_id = a.document_id)
      or ${isDraftThere(connectionId, sql`a.document_id`)}
      or exists (select from postings q where q.connection_id = ${connectionId} and q.record_id = a.document_id and q.current
        and (q.continued or q.state in ('queued', 'waiting', 'sending', 'unknown', 'posted'))))))`;

/**
 * What has to be in the package before an allocation may go there: the credit note, the document it corrects, and the reissue, be it
 * allocated to or not, so that a correction is settled whole or not at all.
 */
export const neededBy = (allocationId: SQL): SQL => sql`(
  select x.id from credit_allocations a join reissues r on r.id = a.reissue_id
  cross join lateral (values (r.credit_note_id), (r.document_id), (r.reissue_id)) x (id)
  where a.id = ${allocationId} and x.id is not null)`;

/** Why a bank nominal can't be used for payments; null when it can. */
function bankFault(bankNominalCode: string, mapped: { fault: string | null; name: string | null } | null): SyncError | null {
  if (mapped !== null && mapped.fault === null) return null;
  const code: SyncErrorCode =
    mapped?.fault === "archived"
      ? "mapping.target-archived"
      : mapped?.fault === "wrong-type"
        ? "mapping.bank-wrong-type"
        : "mapping.bank-missing";
  const target = mapped === null ? "not mapped" : `mapped to ${mapped.name ?? "an account that the package no longer has"}`;
  return new SyncError(code, {
    field: "bankNominalCode",
    value: bankNominalCode,
    subject: `bank nominal ${bankNominalCode}, ${target}`,
  });
}

/** Our own reference first, so that a read-back knows it, then the bank line's words; within what packages keep. */
export function packageReference(reference: string, words: string | null): string {
  const own = words?.trim() ?? "";
  return own === "" || own === reference ? reference : `${reference} ${own}`;
}

const postingIds = (postings: readonly ClaimedPosting[]) => sql`${sql.param(postings.map((posting) => posting.id))}::uuid[]`;

/** Payments of the claimed rows, with document and bank account as the package knows them; one that cannot go answers with the error. */
export async function loadPayments(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  postings: readonly ClaimedPosting[],
): Promise<Map<string, Loaded<OutgoingPayment>>> {
  const { rows } = await db.execute<{
    posting_id: string;
    record_id: string;
    direction: PaymentKind;
    record_reference: string;
    words: string | null;
    bank: string;
    paid_on: string;
    currency: string;
    amount: string;
    document_kind: DocumentKind;
    document_number: string;
    document_external_id: string | null;
    party_external_id: string | null;
    mapped: boolean;
    account_external_id: string | null;
    fault: string | null;
    name: string | null;
  }>(sql`
    with mapped as materialized (select * from (${resolvedMappingSql(scope, connectionId)}) m where m.kind = 'bank')
    select p.id as posting_id, y.id as record_id, y.kind as direction, y.record_reference, y.reference as words, y.bank_nominal_code as bank,
      y.paid_on::text as paid_on, y.currency, y.amount_minor::text as amount, d.kind as document_kind, d.number as document_number,
      r.external_id as document_external_id, party.external_id as party_external_id, m.source_code is not null as mapped, m.target_external_id as account_external_id, m.fault,
      m.target_name as name
    from postings p
    join payments y on y.id = p.record_id
    join allocations a on a.payment_id = y.id
    join documents d on d.id = a.document_id
    left join external_refs r on r.connection_id = ${connectionId} and r.family = 'document' and r.record_id = d.id
    left join external_refs party on party.connection_id = ${connectionId} and party.family = 'contact' and party.record_id = d.contact_id
      and ${isPartyOf("party", sql`d.kind`)}
    left join mapped m on m.source_code = y.bank_nominal_code
    where p.id = any (${postingIds(postings)}) and p.client_id = ${scope.clientId}`);
  const found = new Map<string, Loaded<OutgoingPayment>>();
  for (const row of rows) {
    const posting = postings.find((candidate) => candidate.id === row.posting_id);
    if (!posting) continue;
    const fault = bankFault(row.bank, row.mapped ? { fault: row.fault, name: row.name } : null);
    if (fault || row.account_external_id === null) {
      found.set(posting.id, { error: fault ?? new SyncError("mapping.bank-missing", { value: row.bank }) });
    } else if (row.document_external_id === null) {
      const subject = `${KIND_LABELS[row.document_kind]} ${row.document_number}`;
      found.set(posting.id, {
        error: new SyncError("source.dependency-missing", { field: "document", value: row.document_number, subject }),
      });
    } else {
      found.set(posting.id, {
        record: {
          kind: "payment",
          recordId: row.record_id,
          reference: row.record_reference,
          revision: posting.revision,
          direction: row.direction,
          packageReference: packageReference(row.record_reference, row.words),
          documentExternalId: row.document_external_id,
          partyExternalId: row.party_external_id,
          accountExternalId: row.account_external_id,
          paidOn: row.paid_on,
          currency: row.currency,
          amountMinor: BigInt(row.amount),
        },
      });
    }
  }
  return found;
}

const LEG_FAULTS: Readonly<Record<string, SyncErrorCode>> = {
  absent: "mapping.account-missing",
  archived: "mapping.target-archived",
  "no-code": "package.account-without-code",
  "wrong-type": "mapping.account-wrong-type",
};

/** Journals of the claimed rows with their accounts; one whose mapping is missing answers with the error. */
export async function loadJournals(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  postings: readonly ClaimedPosting[],
  urlOf: (recordId: string, pages: "journals") => string,
): Promise<Map<string, Loaded<OutgoingJournal>>> {
  const { rows } = await db.execute<{
    posting_id: string;
    record_id: string;
    reference: string;
    narration: string;
    journal_on: string;
    currency: string;
    position: number;
    description: string;
    nominal_code: string;
    amount: string;
    account_external_id: string | null;
    fault: string | null;
  }>(sql`
    with mapped as materialized (select * from (${resolvedMappingSql(scope, connectionId)}) m where m.kind = 'nominal')
    select p.id as posting_id, j.id as record_id, j.reference, j.narration, j.journal_on::text as journal_on, j.currency, l.position, l.description,
      l.nominal_code, l.amount_minor::text as amount, m.target_external_id as account_external_id, m.fault
    from postings p
    join journals j on j.id = p.record_id
    join journal_lines l on l.journal_id = j.id and l.revision = p.revision
    left join mapped m on m.source_code = l.nominal_code
    where p.id = any (${postingIds(postings)}) and p.client_id = ${scope.clientId}
    order by p.id, l.position`);
  const found = new Map<string, Loaded<OutgoingJournal>>();
  for (const [postingId, lines] of Map.groupBy(rows, (row) => row.posting_id)) {
    const posting = postings.find((candidate) => candidate.id === postingId);
    const [head] = lines;
    if (!posting || !head) continue;
    const legs: OutgoingLeg[] = [];
    let error: SyncError | null = null;
    for (const line of lines) {
      if (line.account_external_id === null || line.fault !== null) {
        error ??= new SyncError(LEG_FAULTS[line.fault ?? "absent"] ?? "mapping.account-missing", {
          field: `lines[${line.position - 1}].nominalCode`,
          value: line.nominal_code,
          subject: `line ${line.position}`,
        });
        continue;
      }
      legs.push({
        description: line.description,
        accountExternalId: line.account_external_id,
        amountMinor: BigInt(line.amount),
      });
    }
    found.set(
      posting.id,
      error
        ? { error }
        : {
            record: {
              kind: "journal",
              recordId: head.record_id,
              reference: head.reference,
              revision: posting.revision,
              narration: packageReference(head.reference, head.narration),
              journalOn: head.journal_on,
              currency: head.currency,
              url: urlOf(head.record_id, "journals"),
              legs,
            },
          },
    );
  }
  return found;
}

/** Queued payments and allocations that wait for a document which is not on its way, or which the package holds as a draft, are held, naming it. */
export async function holdStrandedPayments(db: ScopedDb, scope: ClientScope, connectionId: string): Promise<number> {
  const held = await db.execute(sql`
    with missing as (
      select distinct on (p.id) p.id, d.number, d.kind, ${isDraftThere(connectionId, sql`d.id`)} as is_draft
      from postings p cross join lateral (
        select a.document_id as id from allocations a where a.payment_id = p.record_id
        union all select n.id from ${neededBy(sql`p.record_id`)} n
      ) n join documents d on d.id = n.id
      left join postings q on q.connection_id = ${connectionId} and q.record_id = d.id and q.current
      where p.client_id = ${scope.clientId} and p.connection_id = ${connectionId} and p.state = 'queued' and p.current and not p.continued
        and p.kind in ('payment', 'allocation')
        and ((coalesce(q.state, 'none') not in ('queued', 'sending', 'unknown', 'waiting', 'posted')
            and not exists (select from run_members o where o.posting_id = q.id and o.outcome is null)
            and not exists (select from external_refs r where r.connection_id = ${connectionId} and r.family = 'document' and r.record_id = d.id))
          or ${isDraftThere(connectionId, sql`d.id`)})
      order by p.id, d.number
    )
    update postings set state = 'held', error_code = case when m.is_draft then 'rule.payment-on-draft' else 'source.dependency-missing' end,
      error_detail = jsonb_build_object('field', 'document', 'value', m.number, 'subject', ${kindLabel(sql`m.kind`)} || ' ' || m.number),
      changed_at = app.now()
    from missing m where postings.id = m.id and postings.state = 'queued'`);
  return held.rowCount ?? 0;
}

/** A document kind in the staff's words. */
export const kindLabel = (kind: SQL): SQL =>
  sql`case ${kind} when 'sales-invoice' then 'Sales invoice' when 'bill' then 'Bill' when 'sales-credit-note' then 'Sales credit note' else 'Supplier credit note' end`;

export async function hasHeldPayments(db: ScopedDb, scope: ClientScope): Promise<boolean> {
  const held = await db.execute(
    sql`select 1 from postings where client_id = ${scope.clientId} and current and kind in ('payment', 'allocation') and state = 'held' limit 1`,
  );
  return (held.rowCount ?? 0) > 0;
}
