import type { ClientScope, ScopedDb } from "#db/client.ts";
import { findIntegration } from "#db/queries/connections/integration.ts";
import { readSettings } from "#db/queries/connections/locks.ts";
import {
  countChosen,
  forgetLockChoice,
  type LockedRow,
  listChosenLocks,
  listLocked,
  saveLockChoices,
} from "#db/queries/postings/lock-choices.ts";
import { moveToWithdrawn, releaseHeld } from "#db/queries/postings/posting-moves.ts";
import { postingsIn } from "#db/queries/postings/run-members.ts";
import { now } from "#lib/clock.ts";
import { addDays, formatDate, type PlainDate } from "#lib/common/dates.ts";
import { personWords } from "#lib/common/person-words.ts";
import { type Side, sideOf } from "#lib/common/records.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { addUp, type SideSum } from "#lib/common/sums.ts";
import { connectorFor } from "#lib/connectors/registry.ts";
import type { PackageId } from "#lib/connectors/types.ts";
import { LOCK_POLICY_LABELS, type LockChoice, type LockPolicy, taxMoveWords, taxPeriodOf } from "#lib/model/lock-policy.ts";
import { judgePostings } from "#lib/pending/precheck.ts";
import { type PostingSelection, selectionWhere } from "#lib/pending/selection.ts";
import { wakeConnection } from "#lib/queue/queue.ts";
import { currentTraceParent } from "#lib/watching/trace.ts";
import { questionHash } from "./question-hash.ts";

/** What becomes of the VAT when documents are re-dated, for one side and currency: net and tax are signed minor units as text. */
export interface TaxMove {
  readonly from: { readonly from: PlainDate; readonly to: PlainDate };
  readonly to: { readonly from: PlainDate; readonly to: PlainDate };
  readonly side: Side | null;
  readonly currency: string;
  readonly count: number;
  readonly netMinor: string;
  readonly taxMinor: string;
}

/** What a choice would do to its own rows, shown before it is made. */
export interface LockQuestion {
  /** Names the rows as they are, their lock dates, and the choice. */
  readonly hash: string;
  readonly what: LockPolicy;
  /** The last locked day of all of them; null where they are locked up to different days. */
  readonly lockDate: PlainDate | null;
  /** The date that all of them would go with; null where they keep their own, or go with different ones: each row says its own. */
  readonly goesOn: PlainDate | null;
  readonly count: number;
  /** Chosen beside them: payments, journals, changes of what the package holds, and what no lock keeps. */
  readonly others: number;
  /** Of `count`, how many go as soon as the choice is made; the rest wait in Pending Export. */
  readonly goNow: number;
  readonly amounts: readonly SideSum[];
  /** The first of them, each with the date that it would go with; null where it keeps its own. */
  readonly rows: readonly (Omit<LockedRow, "id" | "revision"> & { readonly goesOn: PlainDate | null })[];
  /** For re-dating alone. */
  readonly tax: readonly TaxMove[];
}

export interface LockChosen {
  readonly chosen: number;
  /** Rows that go now. */
  readonly released: number;
}

/** As many rows as the question lists. */
const MOST_LISTED = 20;
/** As many as one answer settles; more than this nobody has looked over. */
const MOST_CHOSEN = 5_000;

/** What is read from each row of a question, in the order of the rows. */
const markOf = (row: LockedRow) => [row.id, row.revision, row.issuedOn, row.grossMinor, row.taxMinor, row.asked, row.lockedTo];

/** The first open day after the lock that a row's date lies in. */
const openDayOf = (row: LockedRow): PlainDate => addDays(row.lockedTo, 1);

/** What all of them have alike, or null. */
function alike<Value>(values: readonly Value[]): Value | null {
  const [first] = values;
  return first !== undefined && values.every((value) => value === first) ? first : null;
}

function taxMoves(rows: readonly LockedRow[], periods: Parameters<typeof taxPeriodOf>[1]): TaxMove[] {
  const moves = new Map<string, { readonly move: Omit<TaxMove, "count" | "netMinor" | "taxMinor">; of: LockedRow[] }>();
  for (const row of rows) {
    const from = taxPeriodOf(row.issuedOn, periods);
    const to = taxPeriodOf(openDayOf(row), periods);
    const side = sideOf(row.kind);
    const key = `${from.from} ${to.from} ${side} ${row.currency}`;
    const found = moves.get(key) ?? { move: { from, to, side, currency: row.currency }, of: [] };
    found.of.push(row);
    moves.set(key, found);
  }
  const sum = (minors: readonly string[]) => minors.reduce((total, minor) => total + BigInt(minor), 0n).toString();
  return [...moves.values()].map(({ move, of }) => ({
    ...move,
    count: of.length,
    netMinor: sum(of.map((row) => row.netMinor)),
    taxMinor: sum(of.map((row) => row.taxMinor)),
  }));
}

/**
 * Chooses for rows whose date is locked, and for no others: keep them on hold, send them as drafts, or re-date them to the first open
 * day. The first call asks, with every figure that the choice turns on, and does nothing; the second names what was shown by its hash,
 * and asks again where the rows or the lock have become others meanwhile. The choice stands on the row, before the client's policy, and
 * on nothing else.
 * @param hash of the question that was shown; null to be shown one
 * @throws {Refusal} where none of the rows is one of these, where the package takes no drafts, and for a re-date whose tax period nobody
 * can name or whose return is filed
 */
export async function chooseLock(
  db: ScopedDb,
  scope: ClientScope,
  selection: PostingSelection,
  what: LockPolicy,
  hash: string | null,
): Promise<{ readonly asks: LockQuestion } | LockChosen> {
  const integration = await findIntegration(db, scope);
  if (!integration) throw new Refusal("Connect the accounting package under Setup first.");
  const { can, name } = connectorFor(integration.package as PackageId);
  if (what === "draft" && !can.drafts) throw new Refusal(`${name} takes no drafts.`);
  const settings = await readSettings(db, integration.connectionId);
  const where = selectionWhere(selection, scope);
  const rows = await listLocked(db, scope, integration.connectionId, where, MOST_CHOSEN + 1);
  if (rows.length === 0) {
    throw new Refusal("None of these rows is a new document stopped by the lock date, so there is nothing to choose.");
  }
  if (rows.length > MOST_CHOSEN) throw new Refusal(`These are more than ${MOST_CHOSEN} documents. Choose fewer.`);
  const goesOn = (row: LockedRow) => (what === "redate" ? openDayOf(row) : null);
  const periods = settings.taxPeriods;
  if (what === "redate") for (const day of new Set(rows.map(openDayOf))) refuseBlindRedate(day, settings);
  const question: LockQuestion = {
    hash: questionHash([what, periods ?? null, rows.map(markOf)]),
    what,
    lockDate: alike(rows.map((row) => row.lockedTo)),
    goesOn: alike(rows.map(goesOn)),
    count: rows.length,
    others: (await countChosen(db, scope, where)) - rows.length,
    goNow: what === "hold" ? 0 : rows.filter((row) => row.asked).length,
    amounts: addUp(rows.map((row) => ({ side: sideOf(row.kind), currency: row.currency, minor: BigInt(row.grossMinor) }))),
    rows: rows.slice(0, MOST_LISTED).map(({ id, revision, ...row }) => ({ ...row, goesOn: goesOn({ id, revision, ...row }) })),
    tax: what !== "redate" || periods === undefined ? [] : taxMoves(rows, periods),
  };
  if (hash !== question.hash) return { asks: question };
  const made = { by: personWords(scope.actor.label), at: now().toISOString() };
  const choose = (row: LockedRow): { choice: LockChoice; words: string } => {
    const day = formatDate(row.issuedOn);
    switch (what) {
      case "redate": {
        const to = openDayOf(row);
        // Without tax periods no re-date is asked for.
        const moves = periods === undefined ? "" : `: ${taxMoveWords(row.issuedOn, to, periods)}`;
        return { choice: { ...made, what, to }, words: `Re-date from ${day} to ${formatDate(to)}${moves}.` };
      }
      case "draft":
        return { choice: { ...made, what }, words: `${LOCK_POLICY_LABELS.draft}, dated ${day}.` };
      case "hold":
        return { choice: { ...made, what }, words: `Keep on hold while ${day} is locked.` };
    }
  };
  await saveLockChoices(
    db,
    scope,
    rows.map((row) => ({ id: row.id, ...choose(row) })),
  );
  const own = postingsIn(rows.map((row) => row.id));
  await judgePostings(db, scope, own);
  const released = await releaseHeld(db, scope, currentTraceParent(), own);
  if (released > 0) await wakeConnection(db, integration.connectionId, { staff: true });
  return { chosen: rows.length, released };
}

function refuseBlindRedate(goesOn: PlainDate, { taxPeriods, taxFiledTo }: Awaited<ReturnType<typeof readSettings>>): void {
  if (taxPeriods === undefined) {
    throw new Refusal(
      "This client's tax periods are not set, so we can't show which return the tax would move to. An adviser sets them under Setup, Locks.",
    );
  }
  if (taxFiledTo && goesOn <= taxFiledTo) {
    throw new Refusal(
      `The first open day, ${formatDate(goesOn)}, lies in a tax period whose return is filed (up to ${formatDate(taxFiledTo)}). Move the lock date to that day first.`,
    );
  }
}

/**
 * Takes a choice back as long as nothing of the row has left: it waits in Pending Export again, judged by the client's policy.
 * @throws {Refusal} where none of the rows has one that can be taken back
 */
export async function undoLockChoice(db: ScopedDb, scope: ClientScope, selection: PostingSelection): Promise<{ undone: number }> {
  const ids = await listChosenLocks(db, scope, selectionWhere(selection, scope));
  if (ids.length === 0)
    throw new Refusal("There is no choice to cancel: none was made for these rows, or they have already been sent.");
  const own = postingsIn(ids);
  await moveToWithdrawn(db, scope, own);
  await forgetLockChoice(db, scope, ids, "The choice was cancelled.");
  await judgePostings(db, scope, own);
  return { undone: ids.length };
}
