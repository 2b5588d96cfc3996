import { Refusal } from "#lib/common/refusal.ts";
import { cellFaults, cellValues } from "./cell-faults.ts";
import { bare } from "./cell-texts.ts";
import type { Examined } from "./examine.ts";
import { findHeadings, MAX_HEAD_ROWS } from "./headings.ts";
import type { ImportProfile } from "./profile.ts";
import type { Asking } from "./questions.ts";
import { type DecimalMark, type FileRecord, type Layout, placed, readLayout, readRecords } from "./records.ts";
import { openWorkbook, type SheetRow, type Workbook } from "./workbook.ts";

/** A file's lines, whatever it is written in. */
export interface Source {
  /** As the preview shows it. */
  readonly encoding: string;
  /** The workbook's sheet; null for text. */
  readonly sheet: string | null;
  /** As its head shows it; how its numbers and dates are written, only the whole file tells. */
  readonly layout: Layout;
  /** The same under another profile. */
  layoutFor(profile: ImportProfile): Promise<Layout>;
  /** Headings of a workbook's columns that are out of sight: they are read like the others. */
  readonly hiddenColumns?: readonly string[];
  /** @param mark what a number that a workbook holds as one is written with, so that all of a file's are written alike */
  records(mark?: DecimalMark): AsyncGenerator<FileRecord>;
  close(): Promise<void>;
}

/** Names the line of the headings, where somebody chose it: no question, yet answered like one. */
export const HEADER_ROW = "header-row";

/** Asks whether a spreadsheet took the first number of its dates for their day where it was their month, or the other way round. */
export const SWAPPED_DATES = "swapped-dates";

/** The date with its day for its month, where there is such a month; else as it is. */
export function swappedDay(date: string): string {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date) ?? [];
  return year !== undefined && Number(day) <= 12 ? `${year}-${day}-${month}` : date;
}

/** Names the sheets of a workbook. @throws {Refusal} when it is none */
export async function listSheets(path: string): Promise<readonly string[]> {
  const book = await openWorkbook(path);
  await book.close();
  return book.sheets;
}

/**
 * Opens a file under a profile.
 *
 * @param sheet the workbook's sheet; may be null where it has but one
 * @param asking what was answered about it; gets what the file cannot tell
 * @throws {Refusal} when it cannot be read, when it has several sheets and none was chosen, or when nothing stands in the line that was
 * named as that of the headings
 */
export async function openSource(
  path: string,
  examined: Examined,
  profile: ImportProfile,
  sheet: string | null,
  asking: Asking,
): Promise<Source> {
  const named = asking.answerTo(HEADER_ROW);
  const chosen = named === null ? null : Number(named);
  const isNoLine = (line: string) => new Refusal(`Line ${line} of the file has no headings: it is blank.`, { field: HEADER_ROW });
  if (named !== null && !/^[1-9]\d{0,4}$/.test(named)) throw isNoLine(`"${named.slice(0, 20)}"`);
  const source = await opened(path, examined, profile, sheet, chosen, asking.answerTo(SWAPPED_DATES) === "swapped");
  if (named !== null && source.layout.headerLine !== chosen) {
    await source.close();
    throw isNoLine(named);
  }
  asking.underHeadings(source.layout.headers);
  return source;
}

async function opened(
  path: string,
  examined: Examined,
  profile: ImportProfile,
  sheet: string | null,
  headerLine: number | null,
  isSwapped: boolean,
): Promise<Source> {
  if (examined.format === "workbook") {
    const book = await openWorkbook(path);
    try {
      return await openSheet(book, profile, sheet, headerLine, isSwapped);
    } catch (error) {
      await book.close();
      throw error;
    }
  }
  const layout = await readLayout(path, examined.encoding, profile, headerLine);
  return {
    encoding: examined.encoding,
    sheet: null,
    layout,
    layoutFor: (other) => readLayout(path, examined.encoding, other),
    records: () => filled(readRecords(path, examined.encoding, layout)),
    close: async () => undefined,
  };
}

async function openSheet(
  book: Workbook,
  profile: ImportProfile,
  chosen: string | null,
  headerLine: number | null,
  isSwapped: boolean,
): Promise<Source> {
  const [only, ...others] = book.sheets;
  const sheet = chosen ?? (others.length === 0 ? only : undefined);
  if (sheet === undefined || !book.sheets.includes(sheet)) {
    throw new Refusal(`Choose one of the workbook's sheets: ${book.sheets.join(", ")}.`, {
      field: "sheet",
      code: "choose-sheet",
    });
  }
  const head: SheetRow[] = [];
  const wanted = headerLine ?? profile.headerRow ?? 0;
  for await (const row of book.rows(sheet)) {
    if (isBlank(row)) continue;
    head.push(row);
    if (head.length >= MAX_HEAD_ROWS && row.row >= wanted) break;
  }
  const rows = head.map(({ row, cells }) => ({ line: row, cells: cells.map((cell) => cell.text) }));
  const layoutFor = (as: ImportProfile, chosenLine: number | null): Layout => {
    const { line, headers: cells, above, head: first } = findHeadings(as, rows, chosenLine);
    const headings = trimmed([...cells]);
    const mark = as.decimalMark === "detect" ? "." : as.decimalMark;
    const found = { headers: headings, headerLine: line, above, head: first };
    return { separator: ",", ...found, decimalMark: mark, ...placed(as, headings) };
  };
  const layout = layoutFor(profile, headerLine);
  const { headers, decimalMark } = layout;
  const unseen = (head[0]?.hiddenColumns ?? []).flatMap((column) => headers[column] || []);
  return {
    encoding: "xlsx",
    sheet,
    layout,
    layoutFor: async (other) => layoutFor(other, null),
    hiddenColumns: unseen,
    records: async function* (mark = decimalMark) {
      for await (const row of book.rows(sheet)) {
        if (row.row <= layout.headerLine || isBlank(row)) continue;
        const faults = cellFaults(row.cells, layout);
        const texts = cellValues(row.cells, faults, layout);
        const values = trimmed(
          texts.map((text, index) => (row.cells[index]?.isNumber && mark === "," ? text.replace(".", ",") : bare(text))),
        );
        while (values.length < headers.length) values.push("");
        const dates = new Set(row.cells.flatMap((cell, at) => (cell.date ? [at] : [])));
        if (isSwapped) for (const at of dates) values[at] = swappedDay(values[at] ?? "");
        yield {
          line: row.row,
          values,
          isNumber: row.cells.map((cell) => cell.isNumber),
          ...(faults.length > 0 ? { cellFaults: faults } : {}),
          ...(dates.size > 0 ? { dateCells: dates } : {}),
          ...(row.hidden ? { hidden: true } : {}),
        };
      }
    },
    close: () => book.close(),
  };
}

/** Without rows that hold separators alone: a spreadsheet writes a blank row so. */
async function* filled(records: AsyncGenerator<FileRecord>): AsyncGenerator<FileRecord> {
  for await (const record of records) {
    if (!record.values.some((value) => value.trim() !== "")) continue;
    const values = record.values.map(bare);
    yield record.values.every((value, at) => value === values[at]) ? record : { ...record, values };
  }
}

function isBlank({ cells }: SheetRow): boolean {
  return cells.every((cell) => cell.text.trim() === "");
}

/** Without the blank cells at its end. */
function trimmed(values: string[]): string[] {
  let length = values.length;
  while (length > 0 && (values[length - 1] ?? "").trim() === "") length -= 1;
  return values.slice(0, length);
}
