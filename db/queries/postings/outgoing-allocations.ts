import { type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { array } from "#db/queries/common/bulk.ts";
import type { DocumentKind, OutgoingAllocation } from "#lib/common/records.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import type { ClaimedPosting, Loaded } from "./outgoing.ts";
import { isDraftThere, neededBy } from "./outgoing-money.ts";

/**
 * Allocations whose documents are all in the package, and were seen there: none as a draft, half done, nor with a change of it under way. One of a
 * credit note goes at a time, that to the corrected document first: while the outcome of another is open, nobody knows what is left of it.
 */
export const allocationMayGo = (connectionId: string): SQL => sql`(
  postings.kind = 'allocation' and not exists (
    select from ${neededBy(sql`postings.record_id`)} n where
      not exists (select from external_refs r where r.connection_id = ${connectionId} and r.family = 'document' and r.record_id = n.id)
      or ${isDraftThere(connectionId, sql`n.id`)}
      or exists (select from postings q where q.connection_id = ${connectionId} and q.record_id = n.id and q.current
        and (q.continued or q.state in ('queued', 'waiting', 'sending', 'unknown', 'posted'))))
  and not exists (
    select from credit_allocations a join reissues r on r.id = a.reissue_id join credit_allocations o on o.reissue_id = a.reissue_id and o.id <> a.id
    join postings q on q.connection_id = ${connectionId} and q.kind = 'allocation' and q.record_id = o.id and q.current
    where a.id = postings.record_id
      and (q.state in ('waiting', 'sending', 'unknown', 'conflict') or (q.state = 'queued' and o.document_id = r.document_id))))`;

/** The documents of one correction as the package knows them: what is read before anything of its credit note is allocated. */
export interface Allocatable {
  readonly allocationId: string;
  readonly postingId: string;
  readonly isToReissue: boolean;
  readonly currency: string;
  readonly creditNote: DocumentThere;
  readonly corrected: DocumentThere;
  readonly reissue: DocumentThere | null;
}

export interface DocumentThere {
  readonly recordId: string;
  readonly kind: DocumentKind;
  readonly number: string;
  readonly externalId: string;
}

/** The corrections of these rows with the ids of their documents there; one that is not linked whole is left out. */
export async function listAllocatable(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  allocationIds: readonly string[],
): Promise<Allocatable[]> {
  if (allocationIds.length === 0) return [];
  const there = (id: SQL) => sql`(
    select jsonb_build_object('recordId', d.id, 'kind', d.kind, 'number', d.number, 'externalId', e.external_id)
    from documents d join external_refs e on e.connection_id = ${connectionId} and e.family = 'document' and e.record_id = d.id
    where d.id = ${id})`;
  const { rows } = await db.execute<{
    id: string;
    posting_id: string;
    to_reissue: boolean;
    has_reissue: boolean;
    currency: string;
    credit_note: DocumentThere | null;
    corrected: DocumentThere | null;
    reissue: DocumentThere | null;
  }>(sql`
    select a.id, p.id as posting_id, a.document_id is not distinct from r.reissue_id as to_reissue, r.reissue_id is not null as has_reissue, a.currency,
      ${there(sql`r.credit_note_id`)} as credit_note, ${there(sql`r.document_id`)} as corrected, ${there(sql`r.reissue_id`)} as reissue
    from credit_allocations a join reissues r on r.id = a.reissue_id
    join postings p on p.connection_id = ${connectionId} and p.kind = 'allocation' and p.record_id = a.id and p.current
    where a.client_id = ${scope.clientId} and a.id = any (${array(allocationIds, "uuid")})`);
  return rows.flatMap((row) =>
    row.credit_note === null || row.corrected === null || (row.has_reissue && row.reissue === null)
      ? []
      : {
          allocationId: row.id,
          postingId: row.posting_id,
          isToReissue: row.to_reissue,
          currency: row.currency,
          creditNote: row.credit_note,
          corrected: row.corrected,
          reissue: row.reissue,
        },
  );
}

/** Sets an allocation's amount and date from what was just read there. A row that is no longer queued is not changed. */
export async function noteAllocatable(
  db: ScopedDb,
  scope: ClientScope,
  allocationId: string,
  { amountMinor, allocatedOn, readAt }: { readonly amountMinor: bigint; readonly allocatedOn: string; readonly readAt: Date },
): Promise<void> {
  await db.execute(sql`
    with queued as (
      update postings set gross_minor = ${amountMinor.toString()}::bigint, issued_on = ${allocatedOn}::date, changed_at = app.now()
      where client_id = ${scope.clientId} and kind = 'allocation' and record_id = ${allocationId} and current and state = 'queued'
      returning record_id
    )
    update credit_allocations a set amount_minor = ${amountMinor.toString()}::bigint, allocated_on = ${allocatedOn}::date, read_at = ${readAt.toISOString()}::timestamptz
    from queued where a.id = queued.record_id and a.client_id = ${scope.clientId}`);
}

/** Allocations of the claimed rows, with the amounts that the last read allowed. */
export async function loadAllocations(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  postings: readonly ClaimedPosting[],
): Promise<Map<string, Loaded<OutgoingAllocation>>> {
  const documents = await listAllocatable(
    db,
    scope,
    connectionId,
    postings.map((one) => one.recordId),
  );
  const { rows } = await db.execute<{ id: string; reference: string; on: string; amount: string; is_read: boolean }>(sql`
    select id, reference, allocated_on::text as "on", amount_minor::text as amount, read_at is not null as is_read from credit_allocations
    where client_id = ${scope.clientId} and id = any (${array(
      postings.map((one) => one.recordId),
      "uuid",
    )})`);
  const found = new Map<string, Loaded<OutgoingAllocation>>();
  for (const posting of postings) {
    const row = rows.find((one) => one.id === posting.recordId);
    const of = documents.find((one) => one.allocationId === posting.recordId);
    const to = of && (of.isToReissue ? of.reissue : of.corrected);
    if (
      !row?.is_read ||
      !of ||
      !to ||
      (of.creditNote.kind !== "sales-credit-note" && of.creditNote.kind !== "supplier-credit-note")
    ) {
      found.set(posting.id, {
        error: new SyncError("source.dependency-missing", { field: "document", value: posting.recordId }),
      });
      continue;
    }
    found.set(posting.id, {
      record: {
        kind: "allocation",
        recordId: row.id,
        reference: row.reference,
        revision: posting.revision,
        creditNoteKind: of.creditNote.kind,
        creditNoteNumber: of.creditNote.number,
        creditNoteExternalId: of.creditNote.externalId,
        documentNumber: to.number,
        documentExternalId: to.externalId,
        allocatedOn: row.on,
        currency: of.currency,
        amountMinor: BigInt(row.amount),
      },
    });
  }
  return found;
}
