import type { ScopedDb } from "#db/client.ts";
import { findIntegration } from "#db/queries/connections/integration.ts";
import { readLocks } from "#db/queries/connections/locks.ts";
import type { MadeCorrection } from "#db/queries/export/open-corrections.ts";
import {
  findOpenThere,
  findReissuable,
  findRevision,
  type OpenThere,
  type Reissuable,
  type RevisionFacts,
} from "#db/queries/postings/reissue.ts";
import { now } from "#lib/clock.ts";
import { addDays, dateIn, type PlainDate } from "#lib/common/dates.ts";
import type { RecordKind } from "#lib/common/records.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { firstOpenDay, type PackageLock } from "#lib/model/lock-policy.ts";
import { type AllocationPlan, planAllocations } from "./allocation-plan.ts";

/** One side of one account. Minor units; exactly one of both is not nil. */
interface PlanLine {
  readonly account: string;
  readonly debitMinor: bigint;
  readonly creditMinor: bigint;
}

/** A document that is made, as debits and credits that balance. */
export interface PlanDocument {
  readonly number: string;
  readonly what: "credit-note" | "reissue";
  readonly grossMinor: bigint;
  readonly lines: readonly PlanLine[];
}

/** What a correction will do: shown before a person's yes, and carried out as shown, save that the balances are read anew. */
export interface CorrectionPlan {
  readonly side: "sales" | "purchase";
  readonly number: string;
  readonly party: string;
  readonly issuedOn: PlainDate;
  readonly currency: string;
  readonly documents: readonly PlanDocument[];
  readonly creditNote: string;
  /** Null where the document was voided at the source. */
  readonly reissue: string | null;
  readonly open: OpenThere;
  readonly allocation: AllocationPlan;
  /** Why nothing of the credit note can be set against the reissue; null where it can, or there is none. */
  readonly apart: "contact" | "currency" | null;
  /** What is open on the reissue once all is allocated; nil without one. In its own currency. */
  readonly reissueOpenMinor: bigint;
  readonly reissueCurrency: string;
}

/** The first day that is neither locked for these kinds nor in a tax period whose return was filed, and not before today. */
export function openDay(
  today: PlainDate,
  locks: readonly PackageLock[],
  kinds: readonly RecordKind[],
  filedTo: PlainDate | null | undefined,
): PlainDate {
  return firstOpenDay(locks, kinds, filedTo && filedTo >= today ? addDays(filedTo, 1) : today);
}

/** The facts that a plan is made of, and what carries it out. */
export interface Correction {
  readonly row: Reissuable;
  readonly connectionId: string;
  readonly plan: CorrectionPlan;
}

/**
 * What a credit note and reissue of this row would come to; null where it is none that the package holds and does not let us change.
 * @param find the row, locked by who goes on to make them
 */
export async function planCorrection(
  db: ScopedDb,
  scope: ClientScope,
  postingId: string,
  timeZone: string,
  find: typeof findReissuable = findReissuable,
): Promise<Correction | null> {
  const row = await find(db, scope, postingId);
  const integration = await findIntegration(db, scope);
  if (!row || !integration) return null;
  const { settings, locks } = await readLocks(db, integration.connectionId);
  const sent = await findRevision(db, scope, row.documentId, row.sentRevision);
  const present = row.voided ? null : await findRevision(db, scope, row.documentId, row.revision);
  if (!sent || (!row.voided && !present)) return null;
  const open = await findOpenThere(db, scope, row.documentId, sent.grossMinor);
  const kinds = [row.kind, row.kind === "bill" ? "supplier-credit-note" : "sales-credit-note"] as const;
  const issuedOn = openDay(dateIn(timeZone, now()), locks, kinds, settings.taxFiledTo);
  return { row, connectionId: integration.connectionId, plan: correctionPlan(row, { sent, present, open, issuedOn }) };
}

/** The plan of the facts, pure. */
export function correctionPlan(
  row: Pick<Reissuable, "kind" | "number" | "revision">,
  {
    sent,
    present,
    open,
    issuedOn,
  }: {
    readonly sent: RevisionFacts;
    readonly present: RevisionFacts | null;
    readonly open: OpenThere;
    readonly issuedOn: PlainDate;
  },
): CorrectionPlan {
  const side = row.kind === "bill" ? "purchase" : "sales";
  const creditNote = `${row.number}-CN${row.revision}`;
  const reissue = present === null ? null : `${row.number}-R${row.revision}`;
  const apart =
    present === null
      ? null
      : present.contactId !== sent.contactId
        ? "contact"
        : present.currency !== sent.currency
          ? "currency"
          : null;
  const allocation = planAllocations({
    creditMinor: sent.grossMinor,
    correctedMinor: open.dueMinor,
    reissueMinor: present === null || apart !== null ? null : present.grossMinor,
  });
  return {
    side,
    number: row.number,
    party: sent.contactName,
    issuedOn,
    currency: sent.currency,
    documents: [
      { number: creditNote, what: "credit-note", grossMinor: sent.grossMinor, lines: entries(sent, side, true) },
      ...(present === null || reissue === null
        ? []
        : [{ number: reissue, what: "reissue" as const, grossMinor: present.grossMinor, lines: entries(present, side, false) }]),
    ],
    creditNote,
    reissue,
    open,
    allocation,
    apart,
    reissueOpenMinor: present === null ? 0n : present.grossMinor - allocation.toReissueMinor,
    reissueCurrency: present?.currency ?? sent.currency,
  };
}

/** A correction that was made, as its entries and with what is open on the corrected document by now. */
export async function readMade(
  db: ScopedDb,
  scope: ClientScope,
  made: Pick<MadeCorrection, "kind" | "documentId" | "creditNoteId" | "creditNote" | "reissueId" | "reissue">,
): Promise<{
  readonly documents: readonly { readonly document: PlanDocument; readonly currency: string }[];
  readonly open: OpenThere;
}> {
  const side = made.kind === "bill" ? "purchase" : "sales";
  const credit = await findRevision(db, scope, made.creditNoteId, 1);
  const reissue = made.reissueId === null ? null : await findRevision(db, scope, made.reissueId, 1);
  const documents = [
    ...(credit === null ? [] : [{ facts: credit, number: made.creditNote, what: "credit-note" as const }]),
    ...(reissue === null || made.reissue === null ? [] : [{ facts: reissue, number: made.reissue, what: "reissue" as const }]),
  ].map(({ facts, number, what }) => ({
    document: { number, what, grossMinor: facts.grossMinor, lines: entries(facts, side, what === "credit-note") },
    currency: facts.currency,
  }));
  return { documents, open: await findOpenThere(db, scope, made.documentId, credit?.grossMinor ?? 0n) };
}

const CONTROL = { sales: "Debtors control", purchase: "Creditors control" } as const;

/** The entries of a document: the control account against each nominal and VAT. */
function entries({ grossMinor, taxMinor, shares }: RevisionFacts, side: "sales" | "purchase", credits: boolean): PlanLine[] {
  // An invoice debits debtors; a bill, and a credit note over an invoice, credit their control account.
  const sign = (side === "sales") === credits ? -1n : 1n;
  const entry = (account: string, signed: bigint): PlanLine[] =>
    signed === 0n ? [] : [{ account, debitMinor: signed > 0n ? signed : 0n, creditMinor: signed < 0n ? -signed : 0n }];
  return [
    ...entry(CONTROL[side], sign * grossMinor),
    ...shares.flatMap((one) =>
      entry([one.nominalCode, one.nominalName].filter((part) => part !== null).join(" "), -sign * one.netMinor),
    ),
    ...entry("VAT control", -sign * taxMinor),
  ];
}
