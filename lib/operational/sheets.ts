import { Decimal } from "decimal.js";
import { addDays } from "#lib/common/dates.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { scanXml, XmlFault, type XmlPiece } from "#lib/common/xml.ts";
import { builtInFormat, type CellFormat, formatOf, shownAs } from "./cell-formats.ts";
import { openZip, type Zip, type ZipEntry } from "./zip.ts";

/**
 * What is wrong with a cell, whatever is wanted of it:
 * - `formula`: a formula that no spreadsheet program has calculated, so nobody knows its value;
 * - `error`: it shows an error, such as #REF!;
 * - `digits`: a number of more digits than a cell keeps (15), which is right as an amount and no identifier any more;
 * - `time`: a time of day or a duration, whose number is a part of a day.
 */
export type CellFlaw = "formula" | "error" | "digits" | "time";

/** One cell: a number stays the text that the file holds for it, never a float. */
export interface Cell {
  /** Of a formula without a value the formula itself, of an error its name. */
  readonly text: string;
  readonly isNumber: boolean;
  readonly flaw?: CellFlaw;
  /** It is one with the cells above or below it: its value stands in each of them. */
  readonly merged?: boolean;
  /** It shows a date. */
  readonly date?: boolean;
  /** What a number's format shows besides: of one that names something its zeros and letters, of an amount its currency. */
  readonly shown?: { readonly digits?: string; readonly money?: string };
}

export interface SheetRow {
  /** As the sheet numbers it, from 1. */
  readonly row: number;
  readonly cells: readonly Cell[];
  /** Out of sight: hidden by hand, by a filter or in a group, or of no height. */
  readonly hidden?: boolean;
  /** The sheet's columns that are out of sight, from 0. */
  readonly hiddenColumns?: readonly number[];
}

export interface Workbook {
  /** Sheets that are shown, in their order. */
  readonly sheets: readonly string[];
  rows(sheet: string): AsyncGenerator<SheetRow>;
  close(): Promise<void>;
}

const MAX_COLUMNS = 1_000;
/** Characters of the texts that cells share: they are held while a sheet is read. */
const MAX_SHARED = 64 * 1024 * 1024;
const GENERAL = builtInFormat(0);
const BLANK: Cell = { text: "", isNumber: false };
/** What Excel itself shows and computes with; the digits after them are the noise of a binary float. */
const DIGITS = 15;
const FIRST_UNSURE = new Decimal(10).pow(DIGITS);

/**
 * Opens an XLSX workbook.
 *
 * Its parts are unpacked and taken apart as they are read; only the texts that its cells share are kept. Read by this code and not by a
 * library, since those hand every number over as a float and unpack without a limit.
 *
 * @throws {Refusal} when it is none, is damaged, or unpacks to too much
 */
export async function openSheets(path: string): Promise<Workbook> {
  const zip = await openZip(path);
  try {
    const { sheets, from1904 } = await sheetsOf(zip);
    if (sheets.size === 0) throw new Refusal("The workbook has no sheet that is shown.", { field: "file" });
    let parts: Promise<Parts> | null = null;
    const merges = new Map<string, Merges>();
    return {
      sheets: [...sheets.keys()],
      rows: async function* (sheet) {
        const target = sheets.get(sheet);
        const entry = target === undefined ? undefined : zip.entries.get(target.toLowerCase());
        if (!entry) throw new Refusal(`The workbook has no sheet "${sheet}".`, { field: "sheet" });
        // Before anything else is read: refused while another read is awaited, nobody would hear it.
        parts ??= partsOf(zip);
        const held = await parts;
        if (!merges.has(sheet)) merges.set(sheet, await mergesOf(zip, entry));
        yield* rowsOf(scanEntry(zip, entry), held, from1904, merges.get(sheet) ?? new Map());
      },
      close: async () => zip.close(),
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}

interface Parts {
  readonly shared: readonly string[];
  /** By a cell's style. */
  readonly formats: readonly CellFormat[];
}

async function* scanEntry(zip: Zip, entry: ZipEntry): AsyncGenerator<XmlPiece[]> {
  try {
    yield* scanXml(zip.read(entry));
  } catch (error) {
    if (!(error instanceof XmlFault)) throw error;
    throw new Refusal("The file is not an Excel workbook that can be read. Save it again as .xlsx, or as CSV.", {
      field: "file",
    });
  }
}

async function pieces(zip: Zip, name: string, take: (piece: XmlPiece) => void): Promise<boolean> {
  const entry = zip.entries.get(name.toLowerCase());
  if (!entry) return false;
  for await (const batch of scanEntry(zip, entry)) for (const piece of batch) take(piece);
  return true;
}

async function sheetsOf(zip: Zip): Promise<{ sheets: Map<string, string>; from1904: boolean }> {
  const named: { name: string; relation: string }[] = [];
  let from1904 = false;
  const found = await pieces(zip, "xl/workbook.xml", (piece) => {
    if (piece.is !== "open") return;
    if (piece.name === "workbookPr") from1904 = ["1", "true"].includes(piece.attributes.date1904 ?? "");
    if (piece.name === "sheet" && (piece.attributes.state ?? "visible") === "visible") {
      named.push({ name: piece.attributes.name ?? "", relation: piece.attributes["r:id"] ?? "" });
    }
  });
  if (!found)
    throw new Refusal("The file is a zip archive, not an Excel workbook. Choose a .csv or .xlsx file.", { field: "file" });
  const targets = new Map<string, string>();
  await pieces(zip, "xl/_rels/workbook.xml.rels", (piece) => {
    if (piece.is !== "open" || piece.name !== "Relationship") return;
    const target = piece.attributes.Target ?? "";
    targets.set(piece.attributes.Id ?? "", target.startsWith("/") ? target.slice(1) : `xl/${target}`);
  });
  const sheets = new Map<string, string>();
  for (const { name, relation } of named) {
    const target = targets.get(relation);
    if (target !== undefined && !target.includes("chartsheets/")) sheets.set(name, target);
  }
  return { sheets, from1904 };
}

async function partsOf(zip: Zip): Promise<Parts> {
  const shared: string[] = [];
  let text = "";
  let within = 0;
  let characters = 0;
  let phonetic = false;
  await pieces(zip, "xl/sharedstrings.xml", (piece) => {
    if (piece.is === "text") {
      if (within === 2 && !phonetic) text += piece.text;
      return;
    }
    const opens = piece.is === "open";
    if (piece.name === "si") {
      if (opens && !piece.empty) {
        text = "";
        within = 1;
      } else {
        shared.push(opens ? "" : unescaped(text));
        within = 0;
        characters += text.length + 8;
        if (characters > MAX_SHARED)
          throw new Refusal("The workbook holds more text than can be read at once. Save its sheet as CSV.", { field: "file" });
      }
    } else if (piece.name === "rPh") phonetic = opens;
    else if (piece.name === "t") within = opens && !piece.empty ? 2 : 1;
  });
  const custom = new Map<number, CellFormat>();
  const formats: CellFormat[] = [];
  let cells = false;
  await pieces(zip, "xl/styles.xml", (piece) => {
    if (piece.is === "text") return;
    if (piece.name === "cellXfs") cells = piece.is === "open";
    if (piece.is !== "open") return;
    if (piece.name === "numFmt") custom.set(idOf(piece.attributes.numFmtId), formatOf(piece.attributes.formatCode ?? ""));
    if (piece.name === "xf" && cells) {
      const id = idOf(piece.attributes.numFmtId);
      formats.push(custom.get(id) ?? builtInFormat(id));
    }
  });
  return { shared, formats };
}

function idOf(text: string | undefined): number {
  return /^\d{1,9}$/.test(text ?? "") ? Number(text) : 0;
}

/** Excel writes characters that XML cannot hold as _x000D_; the two that are no characters at all stay out. */
function unescaped(text: string): string {
  return text.includes("_x")
    ? text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex) => {
        const code = Number.parseInt(hex, 16);
        return code >= 0xfffe ? "\ufffd" : String.fromCharCode(code);
      })
    : text;
}

/** Where cells are one over several rows: by their first row, the column and the last row, both from 1. */
type Merges = ReadonlyMap<number, readonly { readonly column: number; readonly last: number }[]>;

const MAX_MERGES = 200_000;
const MERGE = Buffer.from("mergeCell ");

/** The merged cells of a sheet stand after its rows: most sheets have none, which is told without taking them apart. */
async function mergesOf(zip: Zip, entry: ZipEntry): Promise<Merges> {
  const merges = new Map<number, { column: number; last: number }[]>();
  let tail: Buffer = Buffer.alloc(0);
  let found = false;
  for await (const chunk of zip.read(entry)) {
    found = Buffer.concat([tail, chunk]).includes(MERGE);
    if (found) break;
    tail = chunk.subarray(-MERGE.length);
  }
  if (!found) return merges;
  let count = 0;
  for await (const batch of scanEntry(zip, entry)) {
    for (const piece of batch) {
      if (piece.is !== "open" || piece.name !== "mergeCell") continue;
      const range = /^([A-Z]{1,3})(\d{1,7}):[A-Z]{1,3}(\d{1,7})$/.exec(piece.attributes.ref ?? "");
      const [first, last] = [Number(range?.[2]), Number(range?.[3])];
      if (!range || last <= first) continue;
      count += 1;
      if (count > MAX_MERGES)
        throw new Refusal(`The sheet has more than ${MAX_MERGES.toLocaleString("en-GB")} merged cells.`, { field: "file" });
      const here = merges.get(first) ?? [];
      here.push({ column: columnOf(`${range[1]}1`) ?? 1, last });
      merges.set(first, here);
    }
  }
  return merges;
}

const isTrue = (flag: string | undefined) => flag === "1" || flag === "true";

async function* rowsOf(
  scan: AsyncIterable<XmlPiece[]>,
  parts: Parts,
  from1904: boolean,
  merges: Merges,
): AsyncGenerator<SheetRow> {
  let row = 0;
  let hidden = false;
  let cells: Cell[] = [];
  let column = 0;
  let type = "n";
  let style = 0;
  let value = "";
  /** The formula of the cell, where it has one; `hasValue` tells a value that is blank from none. */
  let formula: string | null = null;
  let hasValue = false;
  let reading: "v" | "t" | "f" | null = null;
  let phonetic = false;
  let unseenUnlessHigh = false;
  const hiddenColumns: number[] = [];
  /** Merged cells that reach into the rows to come, by column. */
  const reaching = new Map<number, { readonly cell: Cell; readonly last: number }>();
  const done: SheetRow[] = [];
  const endRow = () => {
    if (merges.size > 0) handDown();
    done.push({ row, cells, ...(hidden ? { hidden } : {}), ...(hiddenColumns.length > 0 ? { hiddenColumns } : {}) });
  };
  const handDown = () => {
    const isBlank = cells.every((cell) => cell.text.trim() === "");
    for (const [at, { cell, last }] of reaching) {
      if (row > last) reaching.delete(at);
      // A row that holds nothing of its own is no line of anything.
      else if (!isBlank) put(at, cell);
    }
    for (const { column: at, last } of merges.get(row) ?? []) {
      const cell = cells[at - 1];
      if (cell === undefined || cell.text.trim() === "") continue;
      const merged = { ...cell, merged: true };
      put(at, merged);
      reaching.set(at, { cell: merged, last });
    }
  };
  const put = (at: number, cell: Cell) => {
    while (cells.length < at) cells.push(BLANK);
    cells[at - 1] = cell;
  };
  const take = (piece: XmlPiece) => {
    if (piece.is === "text") {
      if (reading === "f") formula = `${formula ?? ""}${piece.text}`.slice(0, 200);
      else if (reading !== null && !phonetic) value += piece.text;
      return;
    }
    const opens = piece.is === "open";
    switch (piece.name) {
      case "sheetFormatPr":
        if (opens) unseenUnlessHigh = isTrue(piece.attributes.zeroHeight);
        return;
      case "col":
        if (opens) hiddenColumns.push(...hiddenOf(piece.attributes));
        return;
      case "row":
        if (opens) {
          row = idOf(piece.attributes.r) || row + 1;
          cells = [];
          column = 0;
          const height = piece.attributes.ht;
          hidden = isTrue(piece.attributes.hidden) || (height === undefined ? unseenUnlessHigh : Number(height) === 0);
        }
        if (!opens || piece.empty) endRow();
        return;
      case "c":
        if (opens) {
          column = columnOf(piece.attributes.r) ?? column + 1;
          if (column > MAX_COLUMNS) throw new Refusal(`Row ${row} has more than ${MAX_COLUMNS} columns.`, { field: "file" });
          type = piece.attributes.t ?? "n";
          style = idOf(piece.attributes.s);
          value = "";
          formula = null;
          hasValue = false;
        }
        if (!opens || piece.empty) {
          // Some programs write an empty value beside a formula that they did not calculate.
          const uncalculated = formula !== null && value === "" && !(hasValue && type === "str");
          put(
            column,
            uncalculated
              ? { text: `=${formula}`, isNumber: false, flaw: "formula" }
              : cellOf(type, value, parts.formats[style] ?? GENERAL, parts.shared, from1904),
          );
        }
        return;
      case "f":
        if (opens) formula = "";
        reading = opens && !piece.empty ? "f" : null;
        return;
      case "v":
      case "t":
        if (opens) hasValue = true;
        reading = opens && !piece.empty ? piece.name : null;
        return;
      case "rPh":
        phonetic = opens;
        return;
    }
  };
  for await (const batch of scan) {
    for (const piece of batch) take(piece);
    yield* done.splice(0);
  }
}

/** The columns of one `col`, from 0, where it is out of sight. */
function hiddenOf(attributes: Readonly<Record<string, string>>): number[] {
  if (!isTrue(attributes.hidden) && Number(attributes.width ?? "1") !== 0) return [];
  const first = idOf(attributes.min);
  const last = Math.min(idOf(attributes.max), MAX_COLUMNS);
  return first < 1 ? [] : Array.from({ length: Math.max(last - first + 1, 0) }, (_, index) => first - 1 + index);
}

/** "C7" is column 3. */
function columnOf(reference: string | undefined): number | null {
  const letters = /^([A-Z]{1,3})\d+$/.exec(reference ?? "")?.[1];
  if (letters === undefined) return null;
  let column = 0;
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64;
  return column;
}

function cellOf(type: string, value: string, format: CellFormat, shared: readonly string[], from1904: boolean): Cell {
  if (type === "s") return { text: shared[idOf(value)] ?? "", isNumber: false };
  if (type === "str" || type === "inlineStr") return { text: unescaped(value), isNumber: false };
  if (type === "b") return { text: value === "1" ? "TRUE" : "FALSE", isNumber: false };
  if (type === "e") return { text: value || "#ERROR!", isNumber: false, flaw: "error" };
  if (type === "d" || value === "") return { text: value, isNumber: false };
  if (!/^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?$/.test(value)) return { text: value, isNumber: false };
  if (format.isDate) return { text: dateOf(value, from1904), isNumber: false, date: true };
  const exact = new Decimal(value);
  if (format.isTime) return { text: exactText(exact), isNumber: false, flaw: "time" };
  // A whole number of sixteen digits or more may have lost its last ones, whatever they are now.
  const lost = exact.precision() > DIGITS || exact.abs().gte(FIRST_UNSURE);
  const text = exactText(exact);
  if (lost) return { text, isNumber: true, flaw: "digits" };
  const shown = shownAs(text, format);
  return shown ? { text, isNumber: true, shown } : { text, isNumber: true };
}

/** The decimal that a spreadsheet's number stands for, written plainly: 15 digits of it, as Excel itself shows. */
function exactText(exact: Decimal): string {
  return (exact.precision() > DIGITS ? exact.toSignificantDigits(DIGITS) : exact).toFixed();
}

/** The day of a serial number; a time of day is left out. Excel counts a 29 February 1900 that never was. */
function dateOf(value: string, from1904: boolean): string {
  const serial = new Decimal(value).floor();
  if (serial.lt(from1904 ? 0 : 1) || serial.gt(200_000)) return value;
  const days = serial.toNumber();
  if (from1904) return addDays("1904-01-01", days);
  return addDays("1899-12-31", days > 59 ? days - 1 : days);
}
