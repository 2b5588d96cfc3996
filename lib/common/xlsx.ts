import { looksLikeFormula } from "./csv.ts";
import { isPlainDate } from "./dates.ts";
import { zip } from "./zip.ts";

// Written here, not by a library: those at hand take JavaScript numbers, and build the whole sheet in memory. Money goes from its
// decimal string to the sheet as it is, and a sheet of half a million rows leaves as it is read.

/** A cell with its type. Nothing here is ever a formula. */
export type SheetCell =
  | { readonly type: "text"; readonly text: string }
  /** A plain decimal; `digits` are the decimals that are shown. */
  | { readonly type: "number"; readonly decimal: string; readonly digits: number }
  /** `YYYY-MM-DD` */
  | { readonly type: "date"; readonly date: string }
  /** Wall-clock time, `YYYY-MM-DDTHH:MM:SS`, without a zone: a sheet knows none. */
  | { readonly type: "moment"; readonly local: string }
  | null;

export interface SheetColumn {
  readonly title: string;
  /** In characters. */
  readonly width: number;
}

const DECIMAL = /^-?\d+(\.\d+)?$/;
/** A sheet's number is a double: what has more digits would be rounded, so it stays text. */
const EXACT_DIGITS = 15;
/** The longest text that a cell holds. */
const LONGEST = 32_767;
const MOST_SHOWN_DIGITS = 6;

/** Styles by their place in `cellXfs` below. */
const STYLE = { plain: 0, head: 1, date: 2, moment: 3, quoted: 4, number: 5 } as const;

const xml = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that must not reach XML
const NOT_IN_XML = /[\u0000-\u0008\u000B-\u001F\uFFFE\uFFFF]/g;
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** Characters that XML cannot hold or would change are written as Excel writes them, `_x000D_`. */
function cellText(text: string): string {
  const safe = text
    .slice(0, LONGEST)
    .replaceAll(/_(?=x[0-9A-Fa-f]{4}_)/g, "_x005F_")
    .replaceAll(NOT_IN_XML, (mark) => `_x${mark.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}_`)
    .replaceAll(LONE_SURROGATE, "\uFFFD");
  return xml(safe);
}

/** "A", "Z", "AA": a column's letters, from 0. */
function letters(index: number): string {
  const rest = Math.floor(index / 26);
  return `${rest > 0 ? letters(rest - 1) : ""}${String.fromCharCode(65 + (index % 26))}`;
}

const DAY_MS = 86_400_000;
/** Day 1 of a sheet is 1 January 1900; it takes 1900 for a leap year, so its days are right from March 1900 on. */
const EPOCH = Date.UTC(1899, 11, 30);
const FIRST_RIGHT_DAY = "1900-03-01";

function textCell(place: string, text: string): string {
  // Taken for text however it is edited later: what looks like a formula carries the mark that an apostrophe gives it by hand.
  const style = looksLikeFormula(text) ? ` s="${STYLE.quoted}"` : "";
  return `<c r="${place}" t="inlineStr"${style}><is><t xml:space="preserve">${cellText(text)}</t></is></c>`;
}

function cellXml(place: string, cell: SheetCell): string {
  if (cell === null) return "";
  switch (cell.type) {
    case "number": {
      const { decimal, digits } = cell;
      if (!DECIMAL.test(decimal) || decimal.replaceAll(/[-.]/g, "").replace(/^0+/, "").length > EXACT_DIGITS) {
        return textCell(place, decimal);
      }
      return `<c r="${place}" s="${STYLE.number + Math.min(digits, MOST_SHOWN_DIGITS)}"><v>${decimal}</v></c>`;
    }
    case "date": {
      if (!isPlainDate(cell.date) || cell.date < FIRST_RIGHT_DAY) return textCell(place, cell.date);
      return `<c r="${place}" s="${STYLE.date}"><v>${(Date.parse(`${cell.date}T00:00:00Z`) - EPOCH) / DAY_MS}</v></c>`;
    }
    case "moment": {
      const at = Date.parse(`${cell.local}Z`);
      if (Number.isNaN(at)) return textCell(place, cell.local);
      return `<c r="${place}" s="${STYLE.moment}"><v>${(at - EPOCH) / DAY_MS}</v></c>`;
    }
    default:
      return textCell(place, cell.text);
  }
}

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";

const CONTENT_TYPES = `${HEAD}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>`;
const ROOT_RELS = `${HEAD}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`;
const BOOK_RELS = `${HEAD}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="${OFFICE}/styles" Target="styles.xml"/></Relationships>`;

function styles(): string {
  const formats = [0, 1, 2, 3, 4, 5, 6].map((digits) => `#,##0${digits > 0 ? `.${"0".repeat(digits)}` : ""}`);
  const numFmts = [
    '<numFmt numFmtId="170" formatCode="yyyy\\-mm\\-dd"/>',
    '<numFmt numFmtId="171" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/>',
    ...formats.map((format, digits) => `<numFmt numFmtId="${180 + digits}" formatCode="${format}"/>`),
  ];
  const xf = (format: number, font: number, more = "") =>
    `<xf numFmtId="${format}" fontId="${font}" fillId="0" borderId="0" xfId="0"${format > 0 ? ' applyNumberFormat="1"' : ""}${font > 0 ? ' applyFont="1"' : ""}${more}/>`;
  const cellXfs = [
    xf(0, 0),
    xf(0, 1),
    xf(170, 0),
    xf(171, 0),
    xf(0, 0, ' quotePrefix="1"'),
    ...formats.map((_, digits) => xf(180 + digits, 0)),
  ];
  return `${HEAD}<styleSheet xmlns="${MAIN}"><numFmts count="${numFmts.length}">${numFmts.join("")}</numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="${cellXfs.length}">${cellXfs.join("")}</cellXfs></styleSheet>`;
}

/** The name of a sheet: at most 31 characters, and none that Excel refuses. */
function sheetName(title: string): string {
  return (
    title
      .replaceAll(/[[\]:*?/\\']/g, " ")
      .slice(0, 31)
      .trim() || "Sheet"
  );
}

const ROWS_A_CHUNK = 200;

async function* sheetXml(columns: readonly SheetColumn[], rows: AsyncIterable<readonly SheetCell[]>): AsyncGenerator<string> {
  const widths = columns
    .map(({ width }, at) => `<col min="${at + 1}" max="${at + 1}" width="${width}" customWidth="1"/>`)
    .join("");
  const head = columns
    .map(
      ({ title }, at) =>
        `<c r="${letters(at)}1" t="inlineStr" s="${STYLE.head}"><is><t xml:space="preserve">${cellText(title)}</t></is></c>`,
    )
    .join("");
  yield `${HEAD}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>${widths}</cols><sheetData><row r="1">${head}</row>`;
  let number = 1;
  let chunk: string[] = [];
  for await (const row of rows) {
    number += 1;
    chunk.push(`<row r="${number}">${row.map((cell, at) => cellXml(`${letters(at)}${number}`, cell)).join("")}</row>`);
    if (chunk.length >= ROWS_A_CHUNK) {
      yield chunk.join("");
      chunk = [];
    }
  }
  yield `${chunk.join("")}</sheetData></worksheet>`;
}

/** A workbook of one sheet with a head that stays in view, as it is made. */
export function xlsx(
  title: string,
  columns: readonly SheetColumn[],
  rows: AsyncIterable<readonly SheetCell[]>,
): AsyncGenerator<Uint8Array> {
  const workbook = `${HEAD}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets><sheet name="${xml(sheetName(title))}" sheetId="1" r:id="rId1"/></sheets></workbook>`;
  return zip([
    { name: "[Content_Types].xml", content: [CONTENT_TYPES] },
    { name: "_rels/.rels", content: [ROOT_RELS] },
    { name: "xl/workbook.xml", content: [workbook] },
    { name: "xl/_rels/workbook.xml.rels", content: [BOOK_RELS] },
    { name: "xl/styles.xml", content: [styles()] },
    { name: "xl/worksheets/sheet1.xml", content: sheetXml(columns, rows) },
  ]);
}
