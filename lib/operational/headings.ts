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
}

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
  for (const row of filled.slice(0, MAX_HEAD_ROWS)) {
    if (wanted !== null && row.line !== wanted) continue;
    const { at, missing } = placed(profile, headersOf(row));
    const known = Object.keys(at).length;
    if (missing.length === 0 && known > 0) {
      best = { row, known };
      break;
    }
    if (!best || known > best.known) best = { row, known };
  }
  const row = best?.row ?? filled[0];
  if (!row) return { line: 1, headers: [], above: [] };
  return { line: row.line, headers: headersOf(row), above: filled.filter((one) => one.line < row.line) };
}

function headersOf(row: HeadRow): readonly string[] {
  return row.cells.map((cell) => cell.trim());
}

/** Whether a row says the headings again, as a printed page does. */
export function repeatsHeadings(headers: readonly string[], values: readonly string[]): boolean {
  return headers.some((header) => header !== "") && headers.every((header, at) => folded(values[at] ?? "") === folded(header));
}
