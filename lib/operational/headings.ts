import type { ImportProfile } from "./profile.ts";
import { folded, placed } from "./records.ts";

/** A row of the file's head, as its cells are written. */
export interface HeadRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/** How many rows, blank ones not counted, are looked through for the headings. */
export const MAX_HEAD_ROWS = 50;

export interface Headings {
  readonly line: number;
  /** As the file writes them. */
  readonly headers: readonly string[];
  /** Rows above them, without the blank ones. */
  readonly above: readonly HeadRow[];
  /** The first rows of the file, to choose the headings among. */
  readonly head: readonly HeadRow[];
}

/** Of the first rows that are shown: how many at least, and how far beyond the headings. */
const SHOWN_HEAD = { rows: 12, beyond: 3, cells: 12, characters: 40 };

/**
 * Finds the headings where they stand: the first row that has all that the profile needs, else the one that has most of it. Titles, addresses
 * and blank rows may stand above.
 *
 * @param rows the head of the file, without blank rows
 * @param chosen the line that somebody named
 */
export function findHeadings(profile: ImportProfile, rows: readonly HeadRow[], chosen: number | null): Headings {
  const filled = rows.filter((row) => row.cells.some((cell) => cell.trim() !== ""));
  const wanted = chosen ?? profile.headerRow;
  let best: { row: HeadRow; known: number } | null = null;
  for (const row of wanted === null ? filled.slice(0, MAX_HEAD_ROWS) : filled.filter(({ line }) => line === wanted)) {
    const { at, missing } = placed(profile, headersOf(row));
    const known = Object.keys(at).length;
    if (missing.length === 0 && known > 0) {
      best = { row, known };
      break;
    }
    if (!best || known > best.known) best = { row, known };
  }
  const row = best?.row ?? filled[0];
  if (!row) return { line: 1, headers: [], above: [], head: [] };
  const above = filled.filter((one) => one.line < row.line);
  const shown = Math.min(MAX_HEAD_ROWS, Math.max(SHOWN_HEAD.rows, above.length + 1 + SHOWN_HEAD.beyond));
  return { line: row.line, headers: headersOf(row), above, head: filled.slice(0, shown).map(toShow) };
}

function toShow({ line, cells }: HeadRow): HeadRow {
  const cut = (cell: string) => cell.trim().slice(0, SHOWN_HEAD.characters);
  return { line, cells: cells.slice(0, SHOWN_HEAD.cells).map(cut) };
}

function headersOf(row: HeadRow): readonly string[] {
  return row.cells.map((cell) => cell.trim());
}

/** Whether a row says the headings again, as a printed page does. */
export function repeatsHeadings(headers: readonly string[], values: readonly string[]): boolean {
  return headers.some((header) => header !== "") && headers.every((header, at) => folded(values[at] ?? "") === folded(header));
}
