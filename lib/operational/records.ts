import { CsvError, type Options, parse } from "csv-parse";
import type { BelowZero } from "./amounts.ts";
import type { CellFault } from "./cell-faults.ts";
import { decodeFile, type Encoding } from "./examine.ts";
import type { Field } from "./fields.ts";
import type { DateRules } from "./file-dates.ts";
import { findHeadings, type HeadRow } from "./headings.ts";
import type { ImportProfile } from "./profile.ts";

const SEPARATORS = [",", ";", "\t"] as const;
type Separator = (typeof SEPARATORS)[number];
export type DecimalMark = "." | ",";

/** A line longer than this is no line of a document. */
const MAX_LINE_CHARS = 128 * 1024;

/** Where each field stands, and what else the head of the file shows. */
export interface Layout {
  readonly separator: Separator;
  /** Headers as the file writes them. */
  readonly headers: readonly string[];
  readonly at: Readonly<Partial<Record<Field, number>>>;
  /** Required fields without a column, by the header they should have. */
  readonly missing: readonly string[];
  /** Columns that the profile does not know. */
  readonly ignored: readonly string[];
  /** Headers that stand there twice. */
  readonly doubled: readonly string[];
  /** The line that the headers stand in, from 1. */
  readonly headerLine: number;
  readonly decimalMark: DecimalMark;
  /** Columns that claim one field, where several do, in the file's order. */
  readonly claims?: Readonly<Partial<Record<Field, readonly number[]>>>;
  /** How its dates are read, once the whole file was looked at. */
  readonly dates?: DateRules;
  /** Which amounts marked CR or DR are below zero, once the whole file was looked at. */
  readonly belowZero?: BelowZero;
  /** A column that holds the mark of each line's amounts, and nothing else. */
  readonly markColumn?: number;
  /** Rows above the headings, without the blank ones. */
  readonly above?: readonly HeadRow[];
  /** The first rows of the file, to choose the headings among. */
  readonly head?: readonly HeadRow[];
}

/** How a file's dates are read under its profile. @param today the client's own date, where the file was not looked at yet */
export function datesOf(profile: ImportProfile, layout: Layout, today = "1970-01-01"): DateRules {
  return layout.dates ?? { formats: profile.dateFormats, today, timeZone: "UTC" };
}

/** A heading without case, spaces and punctuation. Signs that are its meaning stay: "VAT %" is no amount of VAT, "Invoice #" no invoice. */
export function folded(header: string): string {
  return header
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}%#]/gu, "");
}

/** Lays the headers out for the profile, for one separator. */
export function placed(profile: ImportProfile, headers: readonly string[]) {
  const at: Partial<Record<Field, number>> = {};
  const claims: Partial<Record<Field, readonly number[]>> = {};
  const known = new Set<number>();
  const missing: string[] = [];
  const found = headers.map(folded);
  const columns = Object.entries(profile.columns) as [Field, NonNullable<ImportProfile["columns"][Field]>][];
  const claim = (field: Field, names: readonly string[]) => {
    const positions = names
      .map((name) => found.indexOf(folded(name)))
      .filter((index, place, all) => index >= 0 && !known.has(index) && all.indexOf(index) === place);
    const [first] = positions;
    if (first === undefined) return;
    at[field] = first;
    if (positions.length > 1) claims[field] = [...positions].sort((a, b) => a - b);
    for (const index of positions) known.add(index);
  };
  for (const [field, column] of columns) claim(field, column.headers);
  // What may stand for several fields is taken for the one that no column of its own claims.
  for (const [field, column] of columns) if (at[field] === undefined) claim(field, column.otherwise);
  for (const [field, column] of columns) {
    if (column.required && at[field] === undefined) missing.push(column.headers[0] ?? field);
  }
  const chosen = new Set(Object.values(at));
  return {
    at,
    claims,
    missing,
    ignored: headers.filter((header, index) => !chosen.has(index) && header.trim() !== ""),
    doubled: headers.filter(
      (_, index) => known.has(index) && found.indexOf(found[index] ?? "") !== found.lastIndexOf(found[index] ?? ""),
    ),
  };
}

/**
 * Reads the head of the file (64 KiB): separator, and headings where they stand.
 *
 * @param headerLine the line of the headings where somebody named it
 */
export async function readLayout(
  path: string,
  encoding: Encoding,
  profile: ImportProfile,
  headerLine: number | null = null,
): Promise<Layout> {
  const head = await headOf(path, encoding);
  // What Excel writes above the headers for readers of another locale.
  const told = /^sep=([,;\t])\r?\n/i.exec(head);
  const separators = profile.separator === "detect" ? (told ? [told[1] as Separator] : SEPARATORS) : [profile.separator];
  const above = told ? 1 : 0;
  let best: { separator: Separator; score: number; found: ReturnType<typeof findHeadings> } | null = null;
  for (const separator of separators) {
    const rows = (await headRows(told ? head.slice(told[0].length) : head, separator)).map(({ line, cells }) => ({
      line: line + above,
      cells,
    }));
    const found = findHeadings(profile, rows, headerLine);
    // As many known columns as possible; where none is known, as many columns as possible.
    const score = Object.keys(placed(profile, found.headers).at).length * 1000 + found.headers.length;
    if (!best || score > best.score) best = { separator, score, found };
  }
  const { separator = ",", found = { headers: [], line: above + 1, above: [], head: [] } } = best ?? {};
  return {
    separator,
    headers: found.headers,
    headerLine: found.line,
    above: found.above,
    head: found.head,
    decimalMark: profile.decimalMark === "detect" ? "." : profile.decimalMark,
    ...placed(profile, found.headers),
  };
}

async function headOf(path: string, encoding: Encoding): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of decodeFile(path, encoding)) {
    parts.push(part);
    length += part.length;
    if (length >= 64 * 1024) break;
  }
  return Buffer.concat(parts)
    .subarray(0, 64 * 1024)
    .toString("utf8")
    .replace(/^\uFEFF/, "");
}

/** The whole rows of the head, as far as they can be read: a fault in it is told when the file itself is read. */
async function headRows(head: string, separator: Separator): Promise<readonly HeadRow[]> {
  const reader = recordReader({ delimiter: separator, relax_quotes: true });
  await reader.write(Buffer.from(head));
  await reader.end();
  return reader.take().map(({ record, lines }) => ({ line: lines - newlinesIn(record), cells: record }));
}

/** csv-parse, fed by hand: what was read before a fault is not lost with it, as it is in a pipe. */
function recordReader(options: Options) {
  let read: { record: string[]; lines: number }[] = [];
  let failure: CsvError | null = null;
  const parser = parse({
    ...options,
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    on_record: (record: string[], { lines }) => {
      read.push({ record, lines });
      return null;
    },
  });
  parser.on("error", (error) => {
    if (!(error instanceof CsvError)) throw error;
    failure = error;
  });
  parser.resume();
  return {
    write: (chunk: Buffer) => new Promise<void>((resolve) => parser.write(chunk, () => resolve())),
    end: () =>
      new Promise<void>((resolve) => {
        if (parser.destroyed) return resolve();
        parser.once("close", resolve);
        parser.end();
      }),
    take: () => {
      const taken = read;
      read = [];
      return taken;
    },
    failure: (): CsvError | null => failure,
    stop: () => parser.destroy(),
  };
}

export interface FileRecord {
  /** The line it begins in, from 1. */
  readonly line: number;
  readonly values: readonly string[];
  /** Which of them are numbers to a workbook: none of their digits beyond the fifteenth is sure. Not there for text. */
  readonly isNumber?: readonly boolean[];
  /** Why its values cannot be told apart for sure; they are split at every separator then. */
  readonly broken?: string;
  /** Cells of a workbook that hold no value which could be taken. */
  readonly cellFaults?: readonly CellFault[];
  /** Columns whose cells are dates to a workbook, not texts. */
  readonly dateCells?: ReadonlySet<number>;
  /** Out of sight in a workbook. */
  readonly hidden?: boolean;
}

/** Why the file cannot be read on from a line. */
export class BrokenFile extends Error {
  readonly line: number;
  constructor(line: number, message: string) {
    super(message);
    this.name = "BrokenFile";
    this.line = line;
  }
}

/** Each has the file read from its start again, to find the line after it. */
const MAX_BROKEN_LINES = 50;

/**
 * Every record after the headers, streamed. A quotation mark inside a bare field is text; a line that opens one and never closes it
 * comes by itself, said to be broken, and those after it are read on.
 *
 * @throws {BrokenFile} when there are too many of them
 */
export async function* readRecords(path: string, encoding: Encoding, layout: Layout): AsyncGenerator<FileRecord> {
  let from = layout.headerLine;
  let header = true;
  for (let restarts = 0; ; restarts += 1) {
    const broken = yield* readFrom(path, encoding, layout, from, header);
    if (broken === null) return;
    if (restarts >= MAX_BROKEN_LINES) throw new BrokenFile(broken.line, broken.why);
    const text = await lineText(path, encoding, broken.line);
    yield { line: broken.line, values: text.split(layout.separator).map((value) => value.trim()), broken: broken.why };
    from = broken.line + 1;
    header = false;
  }
}

/** Records from a line on; answers the line that cannot be told apart, or null at the end. */
async function* readFrom(
  path: string,
  encoding: Encoding,
  layout: Layout,
  from: number,
  withHeader: boolean,
): AsyncGenerator<FileRecord, { line: number; why: string } | null> {
  const reader = recordReader({ delimiter: layout.separator, max_record_size: MAX_LINE_CHARS, relax_quotes: true });
  let end = from - 1;
  let header = withHeader;
  let swallowing: { line: number; why: string } | null = null;
  const records = function* (): Generator<FileRecord> {
    for (const { record, lines } of reader.take()) {
      end = from - 1 + lines;
      if (header) {
        header = false;
        continue;
      }
      const newlines = newlinesIn(record);
      if (newlines > 0 && swallows(record, layout)) {
        swallowing = { line: end - newlines, why: UNCLOSED };
        return;
      }
      yield { line: end - newlines, values: record };
    }
  };
  try {
    for await (const chunk of linesFrom(path, encoding, from)) {
      await reader.write(chunk);
      yield* records();
      if (reader.failure() || swallowing) break;
    }
    if (!swallowing) {
      await reader.end();
      yield* records();
    }
  } finally {
    reader.stop();
  }
  const failure = reader.failure();
  return swallowing ?? (failure ? { line: end + 1, why: explain(failure) } : null);
}

/** The file's bytes as UTF-8, beginning with a line. */
async function* linesFrom(path: string, encoding: Encoding, from: number): AsyncGenerator<Buffer> {
  let left = from - 1;
  for await (const chunk of decodeFile(path, encoding)) {
    let at = 0;
    while (left > 0) {
      const newline = chunk.indexOf(NEWLINE, at);
      if (newline < 0) break;
      at = newline + 1;
      left -= 1;
    }
    if (left === 0) yield at === 0 ? chunk : chunk.subarray(at);
  }
}

/** One line as it stands, no longer than a line may be. */
async function lineText(path: string, encoding: Encoding, line: number): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of linesFrom(path, encoding, line)) {
    const newline = chunk.indexOf(NEWLINE);
    parts.push(newline < 0 ? chunk : chunk.subarray(0, newline));
    length += chunk.length;
    if (newline >= 0 || length > MAX_LINE_CHARS) break;
  }
  return Buffer.concat(parts).toString("utf8").slice(0, MAX_LINE_CHARS);
}

/**
 * Whether a value of several lines is rows that a quotation mark has swallowed, and no text: a line inside it that has as many separators as
 * a row, or a beginning that makes a row whole in a record that is none, or whose end makes another.
 */
function swallows(record: readonly string[], { headers, separator }: Layout): boolean {
  const separators = headers.length - 1;
  if (separators < 2) return false;
  return record.some((value, at) => {
    if (!value.includes("\n")) return false;
    const lines = value.split("\n").map((line) => line.split(separator).length - 1);
    if (lines.slice(1, -1).some((count) => count >= separators)) return true;
    const [first = 0] = lines;
    if (first === 0 || at + first < separators) return false;
    return record.length !== headers.length || (lines.at(-1) ?? 0) + (record.length - 1 - at) >= separators;
  });
}

function newlinesIn(record: readonly string[]): number {
  let count = 0;
  for (const value of record) {
    for (let at = value.indexOf("\n"); at >= 0; at = value.indexOf("\n", at + 1)) count += 1;
  }
  return count;
}

const NEWLINE = 0x0a;
const UNCLOSED = "a quotation mark is opened here and never closed";

function explain(error: CsvError): string {
  switch (error.code) {
    case "CSV_QUOTE_NOT_CLOSED":
      return UNCLOSED;
    case "CSV_MAX_RECORD_SIZE":
      return `the line is longer than ${MAX_LINE_CHARS / 1024} KiB: a quotation mark is probably opened here and never closed`;
    case "CSV_INVALID_CLOSING_QUOTE":
    case "INVALID_OPENING_QUOTE":
      return "a quotation mark is in the wrong place: inside a quoted field it must be doubled";
    default:
      return `the line cannot be read as CSV (${error.code})`;
  }
}
