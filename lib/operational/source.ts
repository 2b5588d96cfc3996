import { Refusal } from "#lib/common/refusal.ts";
import { cellFaults, cellValues } from "./cell-faults.ts";
import type { Examined } from "./examine.ts";
import type { ImportProfile } from "./profile.ts";
import type { Asking } from "./questions.ts";
import { decimalMarkOf, type FileRecord, type Layout, placed, readLayout, readRecords } from "./records.ts";
import { openWorkbook, type SheetRow, type Workbook } from "./workbook.ts";

/** A file's lines, whatever it is written in. */
export interface Source {
  /** As the preview shows it. */
  readonly encoding: string;
  /** The workbook's sheet; null for text. */
  readonly sheet: string | null;
  readonly layout: Layout;
  /** Headings of a workbook's columns that are out of sight: they are read like the others. */
  readonly hiddenColumns?: readonly string[];
  records(): AsyncGenerator<FileRecord>;
  close(): Promise<void>;
}

/** How many rows of a sheet are looked at for its headers and the mark of its decimals. */
const HEAD_ROWS = 200;

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
 * @throws {Refusal} when it cannot be read, or when it has several sheets and none was chosen
 */
export async function openSource(
  path: string,
  examined: Examined,
  profile: ImportProfile,
  sheet: string | null,
  asking: Asking,
): Promise<Source> {
  const source = await opened(path, examined, profile, sheet);
  asking.underHeadings(source.layout.headers);
  return source;
}

async function opened(path: string, examined: Examined, profile: ImportProfile, sheet: string | null): Promise<Source> {
  if (examined.format === "workbook") {
    const book = await openWorkbook(path);
    try {
      return await openSheet(book, profile, sheet);
    } catch (error) {
      await book.close();
      throw error;
    }
  }
  const layout = await readLayout(path, examined.encoding, profile);
  return {
    encoding: examined.encoding,
    sheet: null,
    layout,
    records: () => readRecords(path, examined.encoding, layout),
    close: async () => undefined,
  };
}

async function openSheet(book: Workbook, profile: ImportProfile, chosen: string | null): Promise<Source> {
  const [only, ...others] = book.sheets;
  const sheet = chosen ?? (others.length === 0 ? only : undefined);
  if (sheet === undefined || !book.sheets.includes(sheet)) {
    throw new Refusal(`Choose one of the workbook's sheets: ${book.sheets.join(", ")}.`, {
      field: "sheet",
      code: "choose-sheet",
    });
  }
  const head: SheetRow[] = [];
  for await (const row of book.rows(sheet)) {
    if (isBlank(row)) continue;
    head.push(row);
    if (head.length >= HEAD_ROWS) break;
  }
  const [first, ...rows] = head;
  const headers = trimmed((first?.cells ?? []).map((cell) => cell.text.trim()));
  const places = placed(profile, headers);
  // A cell that holds a number says it with a point, and only what is written as text can tell of another mark.
  const texts = rows.map(({ cells }) => cells.map((cell) => (cell.isNumber ? "" : cell.text)));
  const decimalMark = profile.decimalMark === "detect" ? decimalMarkOf(texts, places.at) : profile.decimalMark;
  const layout: Layout = { separator: ",", headers, headerLine: first?.row ?? 1, decimalMark, ...places };
  const unseen = (first?.hiddenColumns ?? []).flatMap((column) => headers[column] || []);
  return {
    encoding: "xlsx",
    sheet,
    layout,
    hiddenColumns: unseen,
    records: async function* () {
      for await (const row of book.rows(sheet)) {
        if (row.row <= layout.headerLine || isBlank(row)) continue;
        const faults = cellFaults(row.cells, layout);
        const texts = cellValues(row.cells, faults);
        const values = trimmed(
          texts.map((text, index) => (row.cells[index]?.isNumber && decimalMark === "," ? text.replace(".", ",") : text)),
        );
        while (values.length < headers.length) values.push("");
        yield {
          line: row.row,
          values,
          isNumber: row.cells.map((cell) => cell.isNumber),
          ...(faults.length > 0 ? { cellFaults: faults } : {}),
          ...(row.hidden ? { hidden: true } : {}),
        };
      }
    },
    close: () => book.close(),
  };
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
