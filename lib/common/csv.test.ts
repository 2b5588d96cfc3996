import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PAYLOADS } from "#lib/testing/formula-payloads.ts";
import { csvCell, csvLine, unguardText } from "./csv.ts";

const read = (line: string): string[] => parse(line, { relax_column_count: true, skip_empty_lines: false })[0] ?? [];

describe("a cell of a CSV file", () => {
  it("is tried with 40 payloads", () => expect(new Set(PAYLOADS).size).toBe(40));

  it.each(PAYLOADS.map((payload) => [JSON.stringify(payload), payload]))(
    "does not let %s begin a formula or leave its cell, and gives it back",
    (_, payload) => {
      const [before, cell, after] = read(csvLine([csvCell("before"), csvCell(payload), csvCell("after")]));
      expect([before, after]).toEqual(["before", "after"]);
      expect(cell).not.toMatch(/^[=+\-@\t\r\n\0＝＋－＠]/);
      expect(unguardText(cell ?? "")).toBe(payload);
    },
  );

  it("keeps the numbers of a numeric column as numbers, negative ones too, and nothing else", () => {
    for (const number of ["0", "-5", "-12.50", "1234567.891"]) expect(csvCell(number, "number")).toBe(number);
    for (const text of ["-5+1", "=5", "+5", "-", "5-", "-1e5"]) expect(csvCell(text, "number")).not.toMatch(/^[=+-]/);
    expect(csvCell("-5")).toBe("'-5");
    expect(csvCell(null)).toBe("");
  });

  it("gives back whatever text it was given", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: "binary" }).map((text) => text.replaceAll(/\uFEFF/g, "")),
          { minLength: 2, maxLength: 5 },
        ),
        (texts) => {
          expect(read(csvLine(texts.map((text) => csvCell(text)))).map(unguardText)).toEqual(texts);
        },
      ),
      { numRuns: 40 },
    );
  }, 30_000);
});
