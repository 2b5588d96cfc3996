import type { ClientScope, ScopedDb } from "#db/client.ts";
import { readLocks } from "#db/queries/connections/locks.ts";
import { type DriftChoice, listDriftChoices, namePostings } from "#db/queries/postings/drift.ts";
import { countChosen } from "#db/queries/postings/lock-choices.ts";
import { findLiveConnection } from "#db/queries/postings/posting-moves.ts";
import { postingsIn } from "#db/queries/postings/run-members.ts";
import type { Difference } from "#db/schema/postings.ts";
import { formatDate, type PlainDate } from "#lib/common/dates.ts";
import { formatMoney } from "#lib/common/money.ts";
import { FIRST_KINDS, type RecordKind, sideOf } from "#lib/common/records.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { addUp, type SideSum } from "#lib/common/sums.ts";
import { refuseWhenOff } from "#lib/connections/integration-off.ts";
import { packageName } from "#lib/connectors/cards.ts";
import { lockedTo, type PackageLock } from "#lib/model/lock-policy.ts";
import { type PostingSelection, selectionWhere } from "#lib/pending/selection.ts";
import { acceptTheirs, sendOursAgain } from "./decide-drift.ts";
import { isEndedThere } from "./drift.ts";
import { questionHash } from "./question-hash.ts";

/** What may be done with rows that differ: let theirs stand, or send ours over it. */
export type DriftWay = "accept" | "resend";

export interface DriftRefused {
  readonly reference: string;
  /** A whole sentence. */
  readonly why: string;
}

/** What a decision would do to its own rows, shown before it is made. */
export interface DriftQuestion {
  readonly way: DriftWay;
  /** Rows that it would be done to. */
  readonly count: number;
  /** The first of them. */
  readonly rows: readonly {
    readonly id: string;
    readonly kind: RecordKind;
    readonly reference: string;
    readonly party: string;
    readonly differences: readonly Difference[];
    /** Theirs is ended there, so ours goes as a new one. */
    readonly goesAsNew: boolean;
  }[];
  /** Which fields differ, and in how many of the rows; the most first. */
  readonly fields: readonly { readonly field: string; readonly count: number }[];
  /** What ours are worth. */
  readonly amounts: readonly SideSum[];
  /** Rows that it cannot be done to, each with its reason. */
  readonly refused: readonly DriftRefused[];
  /** Chosen beside them: rows that do not differ. */
  readonly others: number;
  /** Every row of `count` as it was shown: an answer names them so. */
  readonly shown: readonly ShownDrift[];
}

export interface ShownDrift {
  readonly id: string;
  /** Names everything of the row that was shown. */
  readonly mark: string;
}

export interface DriftDecided {
  readonly way: DriftWay;
  readonly done: number;
  /** The run that sends them; null when nothing is sent. */
  readonly run: { readonly id: string; readonly number: number } | null;
  /** Rows that are others than they were shown, or that may not be sent: left as they are. */
  readonly refused: readonly DriftRefused[];
}

/** As many rows as one answer decides; more than this nobody has looked over. */
export const MOST_DECIDED = 1_000;
/** As many as the question lists. */
const MOST_LISTED = 50;

const CHANGED = "It has changed since you looked. Look at it again.";
const OVER = "It now agrees, or is being sent.";

const markOf = (row: DriftChoice): string =>
  questionHash([
    row.id,
    row.differences.map(({ field, ours, theirs }) => [field, ours, theirs]),
    row.acceptedBy,
    row.issuedOn,
    row.grossMinor,
    row.there.status,
    row.there.issuedOn,
    row.there.grossMinor,
    row.there.dueMinor,
  ]);

interface Closed {
  readonly locks: readonly PackageLock[];
  readonly filedTo: PlainDate | null;
  readonly name: string;
}

/** Why a decision is not for this row, or null. */
function refusalOf(way: DriftWay, row: DriftChoice, { locks, filedTo, name }: Closed): string | null {
  if (way === "accept") {
    return row.acceptedBy === null
      ? null
      : `${name}\u2019s version is already kept${row.acceptedBy ? `, by ${row.acceptedBy}` : ""}.`;
  }
  if (FIRST_KINDS.some((kind) => kind === row.kind)) return null;
  const { there } = row;
  const dates = [row.issuedOn, there.issuedOn].filter((date) => date !== null);
  for (const date of dates) {
    const lockDate = lockedTo(locks, row.kind, date);
    if (lockDate !== null) return `It is dated ${formatDate(date)}, and ${name} is locked up to ${formatDate(lockDate)}.`;
  }
  // What is ended there carries no payment, and no return counts it: ours goes as a new one.
  if (isEndedThere(row.differences)) return null;
  if (there.status === "paid") return `It is paid in ${name}. Correct it with a credit note.`;
  const settled = BigInt(there.grossMinor ?? 0) - BigInt(there.dueMinor ?? 0);
  if (there.status === "open" && settled !== 0n) {
    return `${formatMoney(settled < 0n ? -settled : settled, there.currency ?? "")} of it is paid or credited in ${name}. Correct it with a credit note.`;
  }
  const filed = filedTo === null ? undefined : dates.find((date) => date <= filedTo);
  if (filed !== undefined && filedTo !== null && there.status !== "draft") {
    return `It is dated ${formatDate(filed)}, and the tax return up to ${formatDate(filedTo)} is filed. Correct it with a credit note.`;
  }
  return null;
}

async function closedFor(db: ScopedDb, scope: ClientScope, way: DriftWay): Promise<Closed> {
  const connection = await findLiveConnection(db, scope);
  if (!connection) throw new Refusal("Connect the accounting package under Setup first.");
  if (way === "resend") refuseWhenOff(connection);
  const { settings, locks } = await readLocks(db, connection.id);
  return { locks, filedTo: settings.taxFiledTo ?? null, name: packageName(connection.package) };
}

/**
 * What a decision about the chosen rows that differ would do: nothing is done yet.
 * @throws {Refusal} when none of them differs, or they are more than one answer may decide
 */
export async function askAboutDrift(
  db: ScopedDb,
  scope: ClientScope,
  way: DriftWay,
  selection: PostingSelection,
): Promise<DriftQuestion> {
  const closed = await closedFor(db, scope, way);
  const where = selectionWhere(selection, scope);
  const found = await listDriftChoices(db, scope, where, MOST_DECIDED + 1, false);
  if (found.length === 0) throw new Refusal(`None of these rows differs from what ${closed.name} holds.`);
  if (found.length > MOST_DECIDED) throw new Refusal(`More than ${MOST_DECIDED} of these rows differ. Choose fewer.`);
  const judged = found.map((row) => ({ row, why: refusalOf(way, row, closed) }));
  const rows = judged.flatMap(({ row, why }) => (why === null ? [row] : []));
  const fields = new Map<string, number>();
  for (const row of rows) for (const { field } of row.differences) fields.set(field, (fields.get(field) ?? 0) + 1);
  return {
    way,
    count: rows.length,
    rows: rows.slice(0, MOST_LISTED).map(({ id, kind, reference, party, differences }) => ({
      id,
      kind,
      reference,
      party,
      differences,
      goesAsNew: way === "resend" && isEndedThere(differences),
    })),
    fields: [...fields].map(([field, count]) => ({ field, count })).sort((a, b) => b.count - a.count),
    amounts: addUp(
      rows.flatMap(({ kind, currency, grossMinor }) =>
        currency === null || grossMinor === null ? [] : [{ side: sideOf(kind), currency, minor: BigInt(grossMinor) }],
      ),
    ),
    refused: judged.flatMap(({ row, why }) => (why === null ? [] : [{ reference: row.reference, why }])),
    others: (await countChosen(db, scope, where)) - found.length,
    shown: rows.map((row) => ({ id: row.id, mark: markOf(row) })),
  };
}

/**
 * Does to the rows that were shown what was decided about them. A row that is not as it was shown, by its differences, its payments or
 * its date there, is left alone and named; the others are decided as one at a time would be.
 * @throws {Refusal} when nothing is connected, or the integration is off
 */
export async function decideDrift(
  db: ScopedDb,
  scope: ClientScope,
  way: DriftWay,
  shown: readonly ShownDrift[],
): Promise<DriftDecided> {
  const closed = await closedFor(db, scope, way);
  const ids = shown.map((one) => one.id);
  const now = new Map(
    (await listDriftChoices(db, scope, postingsIn(ids), ids.length, true)).map((row) => [row.id, row] as const),
  );
  const names = await namePostings(
    db,
    scope,
    ids.filter((id) => !now.has(id)),
  );
  const chosen: string[] = [];
  const refused: DriftRefused[] = [];
  for (const { id, mark } of shown) {
    const row = now.get(id);
    const reference = row?.reference ?? names.get(id);
    // Nobody's row, or another client's: it was never shown.
    if (reference === undefined) continue;
    const why = row === undefined ? OVER : markOf(row) !== mark ? CHANGED : refusalOf(way, row, closed);
    if (why === null) chosen.push(id);
    else refused.push({ reference, why });
  }
  if (chosen.length === 0) return { way, done: 0, run: null, refused };
  if (way === "accept") return { way, done: (await acceptTheirs(db, scope, chosen)).accepted, run: null, refused };
  const run = await sendOursAgain(db, scope, chosen);
  return { way, done: run.queued, run: { id: run.runId, number: run.number }, refused };
}
