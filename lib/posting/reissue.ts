import type { ClientScope, ScopedDb } from "#db/client.ts";
import { noteCorrections } from "#db/queries/corrections.ts";
import { findIntegration } from "#db/queries/integration.ts";
import { readLocks } from "#db/queries/locks.ts";
import { moveToMarked } from "#db/queries/posting-moves.ts";
import { copyDocument, lockReissuable, postingsOf } from "#db/queries/reissue.ts";
import { now } from "#lib/clock.ts";
import { addDays, dateIn, type PlainDate } from "#lib/common/dates.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { lockedTo } from "./lock-policy.ts";
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

/** The first day that is neither locked nor in a tax period whose return was filed, and not before today. */
export function openDay(today: PlainDate, locked: PlainDate | null, filedTo: PlainDate | null | undefined): PlainDate {
  return [locked, filedTo ?? null].reduce<PlainDate>((day, end) => (end !== null && end >= day ? addDays(end, 1) : day), today);
}

/**
 * The way of a correction that may not be made in place (paid, locked, in a filed tax period): what the package holds stays as it is, a
 * credit note over what was sent goes, and the document as it is now goes under a number of its own, both dated the first open day. A
 * document that was voided at the source is only credited. Made on a person's yes alone.
 * @throws {Refusal} when the row is none that the package refused to change, or was settled meanwhile
 */
export async function creditAndReissue(db: ScopedDb, scope: ClientScope, postingId: string, timeZone: string): Promise<Reissued> {
  const row = await lockReissuable(db, scope, postingId);
  const integration = await findIntegration(db, scope);
  if (!row || !integration) {
    throw new Refusal("This row is none that the package holds and does not let us change. Look at it again.");
  }
  const { settings, ...locks } = await readLocks(db, integration.connectionId);
  const issuedOn = openDay(dateIn(timeZone, now()), lockedTo(locks), settings.taxFiledTo);
  const creditNote = `${row.number}-CN${row.revision}`;
  const reissue = row.voided ? null : `${row.number}-R${row.revision}`;
  const made = [
    await copyDocument(db, scope, {
      of: row.documentId,
      revision: row.sentRevision,
      kind: row.kind === "bill" ? "supplier-credit-note" : "sales-credit-note",
      number: creditNote,
      issuedOn,
    }),
    ...(reissue === null
      ? []
      : [
          await copyDocument(db, scope, {
            of: row.documentId,
            revision: row.revision,
            kind: row.kind,
            number: reissue,
            issuedOn,
          }),
        ]),
  ];
  if (made.includes("")) throw new Refusal(`${creditNote} or ${reissue} is there already. Look at both records.`);
  const said = reissue === null ? `Credited by ${creditNote}.` : `Credited by ${creditNote} and reissued as ${reissue}.`;
  await moveToMarked(db, scope, selectionWhere({ ids: [row.postingId] }, scope), said);
  await noteCorrections(db, scope, [{ postingId: row.postingId, what: "reissued", differences: [], note: said }]);
  await makePostings(db, scope);
  const { chosen } = await queueUpload(db, scope, { ids: await postingsOf(db, scope, made) });
  return { creditNote, reissue, issuedOn, queued: chosen };
}
