import readSheet from "read-excel-file/node";
import { describe, expect, it } from "vitest";
import { PAYLOADS } from "#lib/testing/formula-payloads.ts";
import { type SheetCell, xlsx } from "./xlsx.ts";

async function bytesOf(rows: readonly (readonly SheetCell[])[]): Promise<Buffer> {
  const columns = [
    { title: "Before", width: 12 },
    { title: "Cell", width: 20 },
    { title: "After", width: 12 },
  ];
  const chunks: Uint8Array[] = [];
  const source = async function* () {
    yield* rows;
  };
  for await (const chunk of xlsx("It's: a [test]/sheet", columns, source())) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The sheet as another program reads it, numbers as the text that stands in the file. */
async function readBack(rows: readonly (readonly SheetCell[])[]) {
  const sheets = await readSheet(await bytesOf(rows), { trim: false, parseNumber: (text: string) => text });
  const [sheet] = sheets;
  return { name: sheet?.sheet, rows: sheet?.data ?? [] };
}

/** As Excel reads `_x000D_`; the library leaves it as it stands. */
const decoded = (text: unknown) =>
  String(text ?? "").replaceAll(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

const text = (value: string): SheetCell => ({ type: "text", text: value });

describe("an XLSX file of ours", () => {
  it("B18 holds 40 payloads as text, never as a formula, and gives each back as it was", async () => {
    const bytes = await bytesOf(PAYLOADS.map((payload) => [text("before"), text(payload), text("after")]));
    expect(bytes.includes("<f")).toBe(false);
    const { rows } = await readBack(PAYLOADS.map((payload) => [text("before"), text(payload), text("after")]));
    expect(rows.length).toBe(PAYLOADS.length + 1);
    for (const [at, payload] of PAYLOADS.entries()) {
      const [before, cell, after] = rows[at + 1] ?? [];
      expect([before, decoded(cell), after]).toEqual(["before", payload, "after"]);
    }
  });

  it("B18 leaves numbers unharmed: the decimal string as it is, negative ones and what a double could not hold too", async () => {
    const exact = ["0", "-5", "-12.50", "1234567.89", "0.10", "-0.01", "999999999999.99"];
    const { rows } = await readBack(exact.map((decimal) => [null, { type: "number", decimal, digits: 2 }, text("x")]));
    expect(rows.slice(1).map((row) => row[1])).toEqual(exact);
    const tooLong = "12345678901234567.89";
    const long = await readBack([[null, { type: "number", decimal: tooLong, digits: 2 }, null]]);
    expect(long.rows[1]?.[1]).toBe(tooLong);
  });

  it("holds dates and times as such, and names its sheet with what Excel allows", async () => {
    const { name, rows } = await readBack([
      [
        { type: "date", date: "2026-11-22" },
        { type: "moment", local: "2026-11-22T09:41:00" },
        { type: "date", date: "nonsense" },
      ],
    ]);
    expect(name).toBe("It s  a  test  sheet");
    expect(rows[1]?.[0]).toEqual(new Date("2026-11-22T00:00:00Z"));
    // A sheet's time is a part of a day as a double, exact to far less than a second and no more.
    const moment = rows[1]?.[1];
    const seconds = moment instanceof Date ? Math.round(moment.getTime() / 1000) : null;
    expect(seconds).toBe(Date.parse("2026-11-22T09:41:00Z") / 1000);
    expect(rows[1]?.[2]).toBe("nonsense");
  });

  it("is made as it is read: what was not asked for yet was not made", async () => {
    let made = 0;
    const source = async function* () {
      for (; made < 100_000; made += 1) yield [text(`row ${made} ${Math.sin(made)}`)];
    };
    const chunks = xlsx("Long", [{ title: "One", width: 10 }], source());
    while (made === 0) await chunks.next();
    expect(made).toBeLessThan(50_000);
    await chunks.return(undefined);
  });
});
