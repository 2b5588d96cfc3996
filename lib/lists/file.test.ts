import { parse } from "csv-parse/sync";
import readSheets from "read-excel-file/node";
import { describe, expect, it } from "vitest";
import { CSV_BEGIN, unguardText } from "#lib/common/csv.ts";
import { PAYLOADS } from "#lib/testing/formula-payloads.ts";
import { chosenFields, type Field } from "./field.ts";
import { type FileFormat, fileHeaders, listFile } from "./file.ts";

interface Row {
  readonly text: string;
  readonly minor: string | null;
  readonly currency: string | null;
}

const FIELDS: readonly Field<Row>[] = [
  { id: "text", label: "Text", type: "text", value: (row) => row.text },
  { id: "amount", label: "Amount", type: "money", value: (row) => row.minor, currency: (row) => row.currency },
  { id: "day", label: "Day", type: "date", value: () => "2026-11-22" },
  { id: "at", label: "At", type: "moment", value: () => "2026-07-01T23:30:00.000Z" },
  { id: "currency", label: "Currency", type: "text", value: (row) => row.currency },
];

const ROWS: readonly Row[] = PAYLOADS.map((text, at) => ({
  text,
  minor: at === 0 ? null : String((at % 2 === 0 ? -1 : 1) * (at * 100_001)),
  currency: at === 0 ? null : at % 3 === 0 ? "JPY" : at % 3 === 1 ? "GBP" : "KWD",
}));
/** The same amounts by hand, through no code of ours. */
const decimals = ROWS.map(({ minor, currency }) => {
  if (minor === null) return null;
  const digits = currency === "JPY" ? 0 : currency === "GBP" ? 2 : 3;
  const [, sign = "", figures = ""] = /^(-?)(\d+)$/.exec(minor) ?? [];
  return digits === 0 ? minor : `${sign}${figures.slice(0, -digits)}.${figures.slice(-digits)}`;
});

async function bytesOf(format: FileFormat): Promise<Buffer> {
  const pages = async function* () {
    yield ROWS.slice(0, 7);
    yield ROWS.slice(7);
  };
  const chunks: Uint8Array[] = [];
  for await (const chunk of listFile(format, { title: "Payloads", fields: FIELDS, pages: pages(), timeZone: "Europe/London" })) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

describe("B18 what a list holds, in a file and back", () => {
  it("is the same in CSV: 40 payloads as text that begins no formula, money as plain decimals", async () => {
    const text = (await bytesOf("csv")).toString("utf8");
    expect(text.startsWith(CSV_BEGIN)).toBe(true);
    const [head, ...lines] = parse(text.slice(1), { skip_empty_lines: false }) as string[][];
    expect(head).toEqual(["Text", "Amount", "Day", "At", "Currency"]);
    expect(lines.map((line) => unguardText(line[0] ?? ""))).toEqual(PAYLOADS);
    for (const line of lines) expect(line[0]).not.toMatch(/^[=+\-@\t\r\n\0]/);
    expect(lines.map((line) => line[1] || null)).toEqual(decimals);
    expect(lines[0]?.slice(2, 4)).toEqual(["2026-11-22", "2026-07-02 00:30:00"]);
  });

  it("is the same in XLSX: text cells, exact numbers, dates", async () => {
    const [sheet] = await readSheets(await bytesOf("xlsx"), { trim: false, parseNumber: (number: string) => number });
    const rows = sheet?.data.slice(1) ?? [];
    // The library leaves Excel's own way of writing control characters as it stands.
    const decoded = rows.map((row) =>
      String(row[0] ?? "").replaceAll(/_x([0-9A-F]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
    );
    expect(decoded).toEqual(PAYLOADS);
    expect(rows.map((row) => row[1])).toEqual(decimals);
    expect(rows[0]?.[2]).toEqual(new Date("2026-11-22T00:00:00Z"));
    expect(rows[0]?.[3]).toEqual(new Date("2026-07-02T00:30:00Z"));
  });

  it("has the columns that were chosen, in their order, and never money without its currency", () => {
    const ids = (choice: readonly string[] | null) => chosenFields(FIELDS, choice).map((field) => field.id);
    expect(ids(null)).toEqual(["text", "amount", "day", "at", "currency"]);
    expect(ids(["day", "amount", "nonsense", "day"])).toEqual(["day", "amount", "currency"]);
    expect(ids(["nonsense"])).toEqual(["text", "amount", "day", "at", "currency"]);
  });

  it("is named for client, list and date, in letters that no header or file system minds", () => {
    expect(fileHeaders("xlsx", ["ashdown", 'pen"ding\r\n', "2026-11-22"])["Content-Disposition"]).toBe(
      'attachment; filename="ashdown-pen-ding--2026-11-22.xlsx"',
    );
  });
});
