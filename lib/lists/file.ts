import { CSV_BEGIN, csvCell, csvLine } from "#lib/common/csv.ts";
import { xlsx } from "#lib/common/xlsx.ts";
import { csvOf, type Field, sheetCellOf } from "./field.ts";

export const FILE_FORMATS = ["csv", "xlsx"] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

const MEDIA_TYPES: Readonly<Record<FileFormat, string>> = {
  csv: "text/csv; charset=utf-8",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
};

const WIDTHS: Readonly<Record<Field<never>["type"], number>> = { text: 24, number: 12, money: 14, date: 12, moment: 17 };

export interface ListFile<Row> {
  /** The list's name, as the sheet has it: "Customers". */
  readonly title: string;
  readonly fields: readonly Field<Row>[];
  /** Pages of rows, read as they are asked for. */
  readonly pages: AsyncIterable<readonly Row[]>;
  /** IANA: moments are the client's own wall clock. */
  readonly timeZone: string;
}

const LINES_A_CHUNK = 500;

async function* csv<Row>({ fields, pages, timeZone }: ListFile<Row>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  yield encoder.encode(`${CSV_BEGIN}${csvLine(fields.map((field) => csvCell(field.label)))}`);
  for await (const rows of pages) {
    for (let at = 0; at < rows.length; at += LINES_A_CHUNK) {
      const lines = rows.slice(at, at + LINES_A_CHUNK).map((row) => csvLine(fields.map((field) => csvOf(field, row, timeZone))));
      yield encoder.encode(lines.join(""));
    }
  }
}

function sheet<Row>({ title, fields, pages, timeZone }: ListFile<Row>): AsyncGenerator<Uint8Array> {
  const rows = async function* () {
    for await (const page of pages) for (const row of page) yield fields.map((field) => sheetCellOf(field, row, timeZone));
  };
  return xlsx(
    title,
    fields.map((field) => ({ title: field.label, width: WIDTHS[field.type] })),
    rows(),
  );
}

/** A list as a file, as it is made. */
export function listFile<Row>(format: FileFormat, file: ListFile<Row>): AsyncGenerator<Uint8Array> {
  return format === "csv" ? csv(file) : sheet(file);
}

/** A download's head: type, and a name that says client, list and date in plain letters. */
export function fileHeaders(format: FileFormat, parts: readonly string[]): Record<string, string> {
  const name = parts.map((part) => part.replaceAll(/[^A-Za-z0-9-]+/g, "-")).join("-");
  return { "Content-Type": MEDIA_TYPES[format], "Content-Disposition": `attachment; filename="${name}.${format}"` };
}
