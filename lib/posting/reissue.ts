import type { ClientScope, ScopedDb } from "#db/client.ts";
import { noteCorrections } from "#db/queries/corrections.ts";
import { dismissCorrection } from "#db/queries/open-corrections.ts";
import { moveToMarked } from "#db/queries/posting-moves.ts";
import { copyDocument, insertReissue, lockReissuable, postingsOf } from "#db/queries/reissue.ts";
import type { PlainDate } from "#lib/common/dates.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { planCorrection } from "./correction-plan.ts";
import { makePostings } from "./make-postings.ts";
import { queueUpload } from "./queue-upload.ts";
import { selectionWhere } from "./selection.ts";

export interface Reissued {
  readonly creditNote: string;
  /** Null where the document was voided at the source: then it is only credited. */
  readonly reissue: string | null;
  /** The day that both are dated. */
  readonly issuedOn: PlainDate;
  readonly queued: number;
}

/**
 * The way of a correction that may not be made in place (paid, locked, in a filed tax period): what the package holds stays as it is, a
 * credit note over what was sent goes, and the document as it is now goes under a number of its own, both dated the first open day. A
 * document that was voided at the source is only credited. Once both are seen there, the credit note is allocated to what is open on the
 * document and the rest of it to the reissue; payments stay where they are. Made on a person's yes alone.
 * @throws {Refusal} when the row is none that the package refused to change, or was settled meanwhile
 */
export async function creditAndReissue(db: ScopedDb, scope: ClientScope, postingId: string, timeZone: string): Promise<Reissued> {
  const correction = await planCorrection(db, scope, postingId, timeZone, lockReissuable);
  if (!correction) {
    throw new Refusal("This row is none that the package holds and does not let us change. Look at it again.");
  }
  const { row, plan, connectionId } = correction;
  const { creditNote, reissue, issuedOn } = plan;
  const creditNoteId = await copyDocument(db, scope, {
    of: row.documentId,
    revision: row.sentRevision,
    kind: row.kind === "bill" ? "supplier-credit-note" : "sales-credit-note",
    number: creditNote,
    issuedOn,
  });
  const reissueId =
    reissue === null
      ? null
      : await copyDocument(db, scope, {
          of: row.documentId,
          revision: row.revision,
          kind: row.kind,
          number: reissue,
          issuedOn,
        });
  if (creditNoteId === "" || reissueId === "")
    throw new Refusal(`${creditNote} or ${reissue} is there already. Look at both records.`);
  const allocate = (documentId: string, number: string, amountMinor: bigint) => ({
    documentId,
    reference: `${creditNote} to ${number}`,
    allocatedOn: issuedOn,
    currency: plan.currency,
    amountMinor,
  });
  const allocations = await insertReissue(db, scope, {
    connectionId,
    documentId: row.documentId,
    sentRevision: row.sentRevision,
    creditNoteId,
    reissueId,
    // The amounts are read anew before they go: a payment meanwhile leaves more for the reissue, even where nothing is left by now.
    allocations: [
      ...(plan.allocation.toCorrectedMinor > 0n ? [allocate(row.documentId, row.number, plan.allocation.toCorrectedMinor)] : []),
      ...(reissueId !== null && reissue !== null && plan.apart === null
        ? [allocate(reissueId, reissue, plan.allocation.toReissueMinor)]
        : []),
    ],
  });
  const said = reissue === null ? `Credited by ${creditNote}.` : `Credited by ${creditNote} and reissued as ${reissue}.`;
  await moveToMarked(db, scope, selectionWhere({ ids: [row.postingId] }, scope), said);
  await noteCorrections(db, scope, [{ postingId: row.postingId, what: "reissued", differences: [], note: said }]);
  await makePostings(db, scope);
  const made = [creditNoteId, ...(reissueId === null ? [] : [reissueId]), ...allocations];
  const { chosen } = await queueUpload(db, scope, { ids: await postingsOf(db, scope, made) });
  return { creditNote, reissue, issuedOn, queued: chosen };
}

/**
 * Takes what a correction leaves to do off the list for good; answers the number of the document that was corrected.
 * @throws {Refusal} without a reason, or when nothing is left of it
 */
export async function dismissWork(db: ScopedDb, scope: ClientScope, correctionId: string, reason: string): Promise<string> {
  if (reason.trim() === "") throw new Refusal("Say why this is dismissed.", { field: "reason" });
  const number = await dismissCorrection(db, scope, correctionId, reason.trim());
  if (number === null) throw new Refusal("Nothing is left to do of this correction. Look at it again.");
  return number;
}
