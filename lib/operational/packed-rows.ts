import type { Cell, SheetRow } from "./sheets.ts";

/** Rows on their way between two threads: a few long values, since a clone of as many small objects costs ten times as much. */
export interface PackedRows {
  /** For each row its number in the sheet and how many cells it has. */
  readonly rows: Int32Array;
  /** For each cell one letter: `n` holds a number, `t` anything else. */
  readonly kinds: string;
  /** The texts of all cells, one after the other. */
  readonly texts: string;
}

/** Can't stand in XML, nor in a cell's text: see `unescaped` in sheets.ts. */
const BETWEEN = "\uffff";

export function packRows(rows: readonly SheetRow[]): PackedRows {
  const numbers = new Int32Array(rows.length * 2);
  const texts: string[] = [];
  let kinds = "";
  for (const [index, { row, cells }] of rows.entries()) {
    numbers[index * 2] = row;
    numbers[index * 2 + 1] = cells.length;
    for (const cell of cells) {
      texts.push(cell.text);
      kinds += cell.isNumber ? "n" : "t";
    }
  }
  return { rows: numbers, kinds, texts: texts.join(BETWEEN) };
}

export function unpackRows({ rows, kinds, texts }: PackedRows): SheetRow[] {
  const parts = texts.split(BETWEEN);
  const unpacked: SheetRow[] = [];
  let at = 0;
  for (let index = 0; index < rows.length; index += 2) {
    const cells: Cell[] = [];
    for (const end = at + (rows[index + 1] ?? 0); at < end; at += 1) {
      cells.push({ text: parts[at] ?? "", isNumber: kinds[at] === "n" });
    }
    unpacked.push({ row: rows[index] ?? 0, cells });
  }
  return unpacked;
}
