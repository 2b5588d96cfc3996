import type { Cell, CellFlaw, SheetRow } from "./sheets.ts";

/** Rows on their way between two threads: a few long values, since a clone of as many small objects costs ten times as much. */
export interface PackedRows {
  /** For each row its number in the sheet, below zero where it is hidden, and how many cells it has. */
  readonly rows: Int32Array;
  /** One letter a cell: `n` a number, `t` a text, `a` a date, `z` and `c` a number that shows more, else its flaw; capital where it is merged. */
  readonly kinds: string;
  /** The texts of all cells, one after the other. */
  readonly texts: string;
  readonly hiddenColumns: readonly number[];
}

/** Can't stand in XML, nor in a cell's text: see `unescaped` in sheets.ts. */
const BETWEEN = "\uffff";

const FLAWS: Readonly<Record<CellFlaw, string>> = { formula: "f", error: "e", digits: "d", time: "h" };
/** Parts a number from what its format shows besides. */
const SHOWN = "\ufffe";
const BY_LETTER = new Map<string, Pick<Cell, "isNumber" | "flaw" | "merged" | "date">>();
for (const [letter, kind] of [
  ["n", { isNumber: true }],
  ["t", { isNumber: false }],
  ["f", { isNumber: false, flaw: "formula" }],
  ["e", { isNumber: false, flaw: "error" }],
  ["d", { isNumber: true, flaw: "digits" }],
  ["h", { isNumber: false, flaw: "time" }],
  ["a", { isNumber: false, date: true }],
  ["z", { isNumber: true }],
  ["c", { isNumber: true }],
] as const) {
  BY_LETTER.set(letter, kind);
  BY_LETTER.set(letter.toUpperCase(), { ...kind, merged: true });
}

function letterOf(cell: Cell): string {
  const { flaw, shown } = cell;
  const letter = flaw
    ? FLAWS[flaw]
    : shown
      ? shown.digits === undefined
        ? "c"
        : "z"
      : cell.date
        ? "a"
        : cell.isNumber
          ? "n"
          : "t";
  return cell.merged ? letter.toUpperCase() : letter;
}

export function packRows(rows: readonly SheetRow[]): PackedRows {
  const numbers = new Int32Array(rows.length * 2);
  const texts: string[] = [];
  let kinds = "";
  for (const [index, { row, cells, hidden }] of rows.entries()) {
    numbers[index * 2] = hidden ? -row : row;
    numbers[index * 2 + 1] = cells.length;
    for (const cell of cells) {
      texts.push(cell.shown ? `${cell.text}${SHOWN}${cell.shown.digits ?? cell.shown.money ?? ""}` : cell.text);
      kinds += letterOf(cell);
    }
  }
  return { rows: numbers, kinds, texts: texts.join(BETWEEN), hiddenColumns: rows[0]?.hiddenColumns ?? [] };
}

export function unpackRows({ rows, kinds, texts, hiddenColumns }: PackedRows): SheetRow[] {
  const parts = texts.split(BETWEEN);
  const unpacked: SheetRow[] = [];
  let at = 0;
  for (let index = 0; index < rows.length; index += 2) {
    const cells: Cell[] = [];
    for (const end = at + (rows[index + 1] ?? 0); at < end; at += 1) {
      const letter = kinds[at] ?? "t";
      const text = parts[at] ?? "";
      // The two common ones are made here, alike in shape, so that reading them stays quick.
      if (letter === "n" || letter === "t") cells.push({ text, isNumber: letter === "n" });
      else if (/[zc]/i.test(letter)) {
        const [plain = "", shown = ""] = text.split(SHOWN);
        cells.push({
          text: plain,
          isNumber: true,
          ...BY_LETTER.get(letter),
          shown: /z/i.test(letter) ? { digits: shown } : { money: shown },
        });
      } else cells.push({ text, isNumber: false, ...BY_LETTER.get(letter) });
    }
    const row = rows[index] ?? 0;
    unpacked.push({
      row: Math.abs(row),
      cells,
      ...(row < 0 ? { hidden: true } : {}),
      ...(hiddenColumns.length > 0 ? { hiddenColumns } : {}),
    });
  }
  return unpacked;
}
