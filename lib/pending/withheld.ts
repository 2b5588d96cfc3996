import type { ClientScope, ScopedDb } from "#db/client.ts";
import {
  endHold,
  listParties,
  moveToHold,
  saveExcluded,
  sumRowsOfParties,
  updateWithheld,
  type WithheldMoves,
} from "#db/queries/export/withheld.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { SideSum } from "#lib/common/sums.ts";
import { judgePostings } from "./precheck.ts";
import { releaseStopped } from "./release.ts";
import { type PostingSelection, selectionWhere } from "./selection.ts";
import { refuseUnfinished } from "./unfinished.ts";

/**
 * Withholds what does not go now (excluded, a kind that is switched off, before the start date, void before it was sent; what staff hold
 * stays held) and brings back what has no such reason any more, with a fresh pre-check. Called after new postings and after every change
 * of a setting or an exclusion.
 */
export async function settleWithheld(db: ScopedDb, scope: ClientScope): Promise<WithheldMoves> {
  const moves = await updateWithheld(db, scope);
  // Documents are judged by their customer and products too.
  if (moves.parties > 0) await judgePostings(db, scope, "open");
  else if (moves.back + moves.held > 0) await judgePostings(db, scope, "unjudged");
  return moves;
}

/**
 * Holds rows back with a reason that everybody sees, until somebody releases them. A row of Error Feedback is ignored so (N6): it leaves
 * that panel and its count, keeps what stopped it with who ignored it and why, and is not sent, whatever is mended meanwhile.
 * @throws {Refusal} without a reason, or when none of the rows can be held
 */
export async function hold(
  db: ScopedDb,
  scope: ClientScope,
  selection: PostingSelection,
  why: string,
): Promise<{ held: number }> {
  if (why.trim() === "") throw new Refusal("Enter a reason.", { field: "reason" });
  const chosen = selectionWhere(selection, scope);
  const held = await moveToHold(db, scope, chosen, why.trim());
  if (held === 0) await refuseUnfinished(db, scope, chosen);
  if (held === 0)
    throw new Refusal("Nothing was held: these rows are being sent or checked, already exported or already on hold.");
  return { held };
}

/** Ends a hold: the rows wait in Pending Export again, unless another reason withholds them. @throws {Refusal} when none is held */
export async function releaseHold(
  db: ScopedDb,
  scope: ClientScope,
  selection: PostingSelection,
): Promise<{ released: number; stillWithheld: number }> {
  const released = await endHold(db, scope, selectionWhere(selection, scope));
  if (released === 0) throw new Refusal("None of these rows is on hold.");
  const { out } = await settleWithheld(db, scope);
  await judgePostings(db, scope, "unjudged");
  await releaseStopped(db, scope);
  return { released, stillWithheld: out };
}

export interface Excluded extends WithheldMoves {
  readonly names: readonly string[];
}

/**
 * "Exclude from Accounting Integration" of customers, suppliers or products: with them go their documents, until it is unticked.
 * @throws {Refusal} when nothing changes
 */
export async function setExcluded(
  db: ScopedDb,
  scope: ClientScope,
  family: "contact" | "product",
  ids: readonly string[],
  excluded: boolean,
): Promise<Excluded> {
  const changed = await saveExcluded(db, scope, family, ids, excluded);
  if (changed.length === 0)
    throw new Refusal(excluded ? "It is already excluded, or no longer exists." : "It is not excluded, or no longer exists.");
  const moves = await settleWithheld(db, scope);
  // One that is taken in again lets go what was held for it.
  if (!excluded) await releaseStopped(db, scope);
  return { names: changed.map((one) => one.name), ...moves };
}

/** The most customers, suppliers and products that one command excludes. */
const MOST_PARTIES = 50;

async function partiesOf(db: ScopedDb, scope: ClientScope, selection: PostingSelection) {
  const parties = await listParties(db, scope, selectionWhere(selection, scope), MOST_PARTIES + 1);
  if (parties.length === 0) throw new Refusal("These rows have no customer, supplier or product that could be excluded.");
  if (parties.length > MOST_PARTIES)
    throw new Refusal(`These rows are of more than ${MOST_PARTIES} customers, suppliers and products. Choose fewer.`);
  return parties;
}

export interface ExclusionPreview {
  readonly names: readonly string[];
  /** Rows that would leave Pending Export and Error Feedback. */
  readonly count: number;
  readonly amounts: readonly SideSum[];
}

/**
 * What {@link excludePartiesOf} would take out, before it does.
 * @throws {Refusal} as that does
 */
export async function previewExclusion(db: ScopedDb, scope: ClientScope, selection: PostingSelection): Promise<ExclusionPreview> {
  const parties = await partiesOf(db, scope, selection);
  return { names: parties.map((party) => party.name), ...(await sumRowsOfParties(db, scope, parties)) };
}

/**
 * Excludes the customers, suppliers and products that rows of the Export screen are of.
 * @throws {Refusal} when there are none, or more than a person can look over
 */
export async function excludePartiesOf(db: ScopedDb, scope: ClientScope, selection: PostingSelection): Promise<Excluded> {
  const parties = await partiesOf(db, scope, selection);
  const names: string[] = [];
  for (const family of ["contact", "product"] as const) {
    const ids = parties.filter((party) => party.family === family).map((party) => party.id);
    if (ids.length > 0) names.push(...(await saveExcluded(db, scope, family, ids, true)).map((one) => one.name));
  }
  return { names, ...(await settleWithheld(db, scope)) };
}
