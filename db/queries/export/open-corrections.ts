import { type SQL, sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import type { DocumentKind } from "#lib/common/records.ts";
import { sideOf } from "#lib/common/records.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { addUp, type SideSum } from "#lib/common/sums.ts";

/**
 * A correction `r` that leaves work: its allocations have ended or are withheld, and the last reads show something left of its credit note or still open on
 * the document. One that was refused stands in Error Feedback, and is counted there alone. Nothing of it is kept but the two amounts.
 */
export const LEAVES_WORK: SQL = sql`(r.dismissed_at is null and (r.credit_left_minor <> 0 or r.still_open_minor <> 0)
  and exists (select from external_refs e where e.connection_id = r.connection_id and e.family = 'document' and e.record_id = r.credit_note_id)
  and not exists (select from credit_allocations a join postings p on p.connection_id = r.connection_id and p.kind = 'allocation' and p.record_id = a.id
    and p.current and p.aside is null and p.state not in ('confirmed', 'drifted', 'skipped') where a.reissue_id = r.id))`;

/** A correction that was made. Amounts are minor units as text: they cross to the browser. */
export interface MadeCorrection {
  readonly id: string;
  readonly kind: DocumentKind;
  readonly documentId: string;
  readonly number: string;
  readonly party: string;
  readonly creditNoteId: string;
  readonly creditNote: string;
  readonly reissueId: string | null;
  readonly reissue: string | null;
  /** The reissue is of another customer or supplier, or in another currency: the credit note cannot be set against it. */
  readonly apart: "contact" | "currency" | null;
  readonly currency: string;
  readonly sentRevision: number;
  readonly issuedOn: string;
  readonly madeBy: string;
  readonly madeAt: Date;
  /** Null until a read showed it. */
  readonly creditLeftMinor: string | null;
  readonly stillOpenMinor: string | null;
  readonly leavesWork: boolean;
  readonly dismissed: { readonly by: string; readonly at: Date; readonly why: string } | null;
}

export interface MadeAllocation {
  readonly id: string;
  readonly reference: string;
  readonly number: string;
  readonly amountMinor: bigint;
}

const made = (which: SQL, rest: SQL = sql``) => sql`
  select r.id, d.kind, d.id as document_id, d.number, k.name as party, n.id as credit_note_id, n.number as credit_note, v.id as reissue_id,
    v.number as reissue, case when v.contact_id <> n.contact_id then 'contact' when v.currency <> n.currency then 'currency' end as apart,
    n.currency, r.sent_revision, n.issued_on::text as issued_on, r.made_by, r.made_at, r.credit_left_minor::text as credit_left,
    r.still_open_minor::text as still_open, ${LEAVES_WORK} as leaves_work, r.dismissed_by, r.dismissed_at, r.dismissed_why
  from reissues r join documents d on d.id = r.document_id join documents n on n.id = r.credit_note_id join contacts k on k.id = n.contact_id
  left join documents v on v.id = r.reissue_id
  where ${which} ${rest}`;

interface Row extends Record<string, unknown> {
  id: string;
  kind: DocumentKind;
  document_id: string;
  number: string;
  party: string;
  credit_note_id: string;
  credit_note: string;
  reissue_id: string | null;
  reissue: string | null;
  apart: "contact" | "currency" | null;
  currency: string;
  sent_revision: number;
  issued_on: string;
  made_by: string;
  made_at: string | Date;
  credit_left: string | null;
  still_open: string | null;
  leaves_work: boolean;
  dismissed_by: string | null;
  dismissed_at: string | Date | null;
  dismissed_why: string | null;
}

const toMade = (row: Row): MadeCorrection => ({
  id: row.id,
  kind: row.kind,
  documentId: row.document_id,
  number: row.number,
  party: row.party,
  creditNoteId: row.credit_note_id,
  creditNote: row.credit_note,
  reissueId: row.reissue_id,
  reissue: row.reissue,
  apart: row.apart,
  currency: row.currency,
  sentRevision: row.sent_revision,
  issuedOn: row.issued_on,
  madeBy: row.made_by,
  madeAt: new Date(row.made_at),
  creditLeftMinor: row.credit_left,
  stillOpenMinor: row.still_open,
  leavesWork: row.leaves_work,
  dismissed:
    row.dismissed_at === null
      ? null
      : { by: row.dismissed_by ?? "", at: new Date(row.dismissed_at), why: row.dismissed_why ?? "" },
});

/** Corrections that leave work, the oldest first. */
export async function listOpenCorrections(db: ScopedDb, scope: ClientScope, limit: number): Promise<MadeCorrection[]> {
  const { rows } = await db.execute<Row>(
    made(sql`r.client_id = ${scope.clientId} and ${LEAVES_WORK}`, sql`order by r.made_at, r.id limit ${limit}`),
  );
  return rows.map(toMade);
}

export interface OpenCorrections {
  readonly count: number;
  /** What is left of their credit notes and open on their documents, by side and currency. */
  readonly amounts: readonly SideSum[];
}

export async function countOpenCorrections(db: ScopedDb, scope: ClientScope): Promise<OpenCorrections> {
  const { rows } = await db.execute<{ kind: DocumentKind; currency: string; n: number; minor: string }>(sql`
    select d.kind, n.currency, count(*)::int as n, sum(r.credit_left_minor + r.still_open_minor)::text as minor
    from reissues r join documents d on d.id = r.document_id join documents n on n.id = r.credit_note_id
    where r.client_id = ${scope.clientId} and ${LEAVES_WORK} group by 1, 2`);
  return {
    count: rows.reduce((sum, row) => sum + row.n, 0),
    amounts: addUp(rows.map((row) => ({ side: sideOf(row.kind), currency: row.currency, minor: BigInt(row.minor) }))),
  };
}

/** A correction by its own id, or that of one of its allocations; null when it is none of the client's. */
export async function findCorrection(
  db: ScopedDb,
  scope: ClientScope,
  id: string,
): Promise<{ readonly correction: MadeCorrection; readonly allocations: readonly MadeAllocation[] } | null> {
  const { rows } = await db.execute<Row>(
    made(sql`r.client_id = ${scope.clientId} and (r.id = ${id} or exists (
      select from credit_allocations a where a.id = ${id} and a.reissue_id = r.id))`),
  );
  const row = rows[0];
  if (!row) return null;
  const parts = await db.execute<{ id: string; reference: string; number: string; amount: string }>(sql`
    select a.id, a.reference, d.number, a.amount_minor::text as amount from credit_allocations a join documents d on d.id = a.document_id
    where a.client_id = ${scope.clientId} and a.reissue_id = ${row.id} order by a.document_id <> ${row.document_id}, d.number`);
  return {
    correction: toMade(row),
    allocations: parts.rows.map((one) => ({
      id: one.id,
      reference: one.reference,
      number: one.number,
      amountMinor: BigInt(one.amount),
    })),
  };
}

/** The correction that a document is part of: as what it corrects, as its credit note, or as its reissue. The latest, where there are more. */
export async function findCorrectionOf(db: ScopedDb, scope: ClientScope, documentId: string): Promise<MadeCorrection | null> {
  const { rows } = await db.execute<Row>(
    made(
      sql`r.client_id = ${scope.clientId} and ${documentId}::uuid in (r.document_id, r.credit_note_id, r.reissue_id)`,
      sql`order by r.made_at desc limit 1`,
    ),
  );
  return rows[0] ? toMade(rows[0]) : null;
}

/** Takes a correction off the list of work for good, with the reason; answers its number, or null when it leaves none. */
export async function dismissCorrection(db: ScopedDb, scope: ClientScope, id: string, why: string): Promise<string | null> {
  const { rows } = await db.execute<{ number: string }>(sql`
    update reissues r set dismissed_at = app.now(), dismissed_by = ${scope.actor.label}, dismissed_why = ${why}
    from documents d where d.id = r.document_id and r.client_id = ${scope.clientId} and r.id = ${id} and ${LEAVES_WORK}
    returning d.number`);
  return rows[0]?.number ?? null;
}
