import { describe, expect, it } from "vitest";
import type { ClientScope } from "#db/client.ts";
import { importScene } from "#lib/testing/import-scene.ts";
import { rawXlsx } from "#lib/testing/xlsx.ts";
import { commitImport, type Preview, rereadUpload } from "./file-import.ts";

const scene = importScene("sheets");
const { aClient } = scene;

const read = (scope: ClientScope, bytes: Buffer, answers?: Record<string, string>): Promise<Preview> =>
  scene.read(scope, bytes, { name: "sales.xlsx", answers });
const faultsOf = async (scope: ClientScope, preview: Preview) =>
  (await scene.faultsOf(scope, preview)).map(({ line, field, value, rule }) => [line, field, value, rule]);
const linesOf = async (scope: ClientScope, { importId }: Preview) => {
  await scene.database.inScope(scope, (db) => commitImport(db, scope, importId));
  const { rows } = await scene.database.inScope(scope, (db) =>
    db.execute<{ line: string }>(
      "select d.number || ' ' || l.quantity || ' x ' || l.unit_price || ' = ' || l.net_minor as line from documents d join document_lines l on l.document_id = d.id order by d.number, l.position",
    ),
  );
  return rows.map((row) => row.line);
};

const HEADINGS = [
  "Type",
  "Number",
  "Date",
  "Customer/Supplier reference",
  "Quantity",
  "Unit price",
  "Nominal code",
  "Tax code",
  "Note",
];
const cell = (at: string, text: string) => `<c r="${at}" t="inlineStr"><is><t>${text}</t></is></c>`;
const letters = (index: number) => String.fromCharCode(65 + index);
const row = (number: number, cells: readonly string[], attributes = "") =>
  `<row r="${number}"${attributes}>${cells.map((one, at) => (one.startsWith("<") ? one.replaceAll("@", `${letters(at)}${number}`) : one === "" ? "" : cell(`${letters(at)}${number}`, one))).join("")}</row>`;
/** A line of an invoice; `over` replaces cells by their column. XML of one's own names its place `@`. */
const line = (at: number, number: string, over: Record<number, string> = {}, attributes = "") =>
  row(
    at,
    ["Sales invoice", number, "2026-11-02", "C1", "2", "10.00", "4000", "S", ""].map((one, column) => over[column] ?? one),
    attributes,
  );
const sheet = (rows: string, after = "", before = "") =>
  rawXlsx(`<worksheet>${before}<sheetData>${row(1, HEADINGS)}${rows}</sheetData>${after}</worksheet>`);

describe("FA8 cells that hold no value", () => {
  it.each([
    ["no value at all", `<c r="@"><f>12*2</f></c>`, "=12*2"],
    ["an empty value, as some programs write it", `<c r="@"><f>12*2</f><v></v></c>`, "=12*2"],
    ["a shared formula's later cell", `<c r="@"><f t="shared" si="0"/></c>`, "="],
  ])("c07 a formula that nobody calculated is refused and named, never taken for a blank: %s", async (_, xml, shown) => {
    const scope = await aClient();
    const preview = await read(scope, sheet(line(2, "F-1", { 4: xml }) + line(3, "F-2")));
    expect(preview.state).toBe("refused");
    expect(await faultsOf(scope, preview)).toEqual([
      [
        2,
        "Quantity",
        shown,
        expect.stringContaining("its formula was never calculated. Open the workbook in the spreadsheet program, save it"),
      ],
    ]);
  });

  it("a formula that was calculated is its value, a blank one too", async () => {
    const scope = await aClient();
    const preview = await read(
      scope,
      sheet(line(2, "F-1", { 4: `<c r="@"><f>12*2</f><v>24</v></c>`, 8: `<c r="@" t="str"><f>""</f><v></v></c>` })),
    );
    expect(await linesOf(scope, preview)).toEqual(["F-1 24 x 10 = 24000"]);
  });

  it("an error is refused by its name where its column is read, and leaves the rest alone where it is not", async () => {
    const scope = await aClient();
    const error = `<c r="@" t="e"><f>A1</f><v>#REF!</v></c>`;
    const preview = await read(
      scope,
      sheet(line(2, "E-1", { 5: error }) + line(3, "E-2", { 1: error.replace("REF!", "N/A") }) + line(4, "E-3", { 8: error })),
    );
    const rule = "holds a value, and no error of the spreadsheet's";
    expect(await faultsOf(scope, preview)).toEqual([
      [2, "Unit price", "#REF!", rule],
      [3, "Number", "#N/A", rule],
    ]);
  });

  it("FA3 a number cell is its digits, however it is shown; where digits are lost it is no number of a document", async () => {
    const scope = await aClient();
    const number = (value: string) => `<c r="@" s="1"><v>${value}</v></c>`;
    const styles = `<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="11"/></cellXfs></styleSheet>`;
    const of = (rows: string) => rawXlsx(`<worksheet><sheetData>${row(1, HEADINGS)}${rows}</sheetData></worksheet>`, { styles });
    const kept = await read(
      scope,
      of(line(2, "", { 1: number("2026110000041") }) + line(3, "", { 1: number("2.02611000004E+12") })),
    );
    expect((await linesOf(scope, kept)).map((one) => one.split(" ")[0])).toEqual(["2026110000040", "2026110000041"]);
    const lost = await read(
      scope,
      of(
        line(2, "", { 1: number("2026110000041001") }) +
          line(3, "", { 1: number("2.0261100000410009E+18") }) +
          line(4, "L-1", { 3: number("1001.0000000000001"), 4: number("0.30000000000000004") }),
      ),
    );
    expect((await faultsOf(scope, lost)).map(([at, field, , rule]) => [at, field, String(rule).slice(0, 26)])).toEqual([
      [2, "Number", "is kept as text in the wor"],
      [3, "Number", "is kept as text in the wor"],
      [4, "Customer/Supplier reference", "is kept as text in the wor"],
    ]);
  });
});

describe("FA8 hidden rows are asked about, each time", () => {
  it.each([
    ["hidden by hand or by a filter", ' hidden="1"', ""],
    ["of no height", ' ht="0" customHeight="1"', ""],
    ["hidden as the sheet's rows are by default", "", '<sheetFormatPr zeroHeight="1"/>'],
  ])("rows that are %s", async (_, attributes, before) => {
    const scope = await aClient();
    const shown = before === "" ? "" : ' ht="15"';
    const book = sheet(line(2, "H-1", {}, shown) + line(3, "H-2", { 4: "30" }, attributes), "", before);
    const preview = await read(scope, book);
    expect(preview.state).toBe("asks");
    expect(preview.summary.questions).toMatchObject([
      {
        id: "hidden-rows",
        remember: "no",
        why: expect.stringContaining("row 3"),
        options: [
          { value: "visible", comesTo: expect.stringContaining("1 document; GBP net 20.00, tax 4.00, gross 24.00") },
          { value: "all", comesTo: expect.stringContaining("2 documents; GBP net 320.00, tax 64.00, gross 384.00") },
        ],
      },
    ]);
    await expect(scene.database.inScope(scope, (db) => commitImport(db, scope, preview.importId))).rejects.toThrow("hidden-rows");
    const visible = await scene.database.inScope(scope, (db) =>
      rereadUpload(db, scope, preview.importId, { "hidden-rows": "visible" }),
    );
    expect(visible).toMatchObject({ state: "previewed", summary: { lines: 1 } });
    expect(await linesOf(scope, visible)).toEqual(["H-1 2 x 10 = 2000"]);
    // Asked again the next time, and then all may be meant.
    expect((await read(scope, book)).state).toBe("asks");
    expect(await linesOf(scope, await read(scope, book, { "hidden-rows": "all" }))).toHaveLength(2);
  });

  it("no row is hidden, nothing is asked; a fault in a row that is left out is none", async () => {
    const scope = await aClient();
    expect((await read(scope, sheet(line(2, "V-1")))).state).toBe("previewed");
    const faulty = sheet(line(2, "V-2") + line(3, "V-3", { 5: "no price" }, ' hidden="true"'));
    expect((await read(scope, faulty, { "hidden-rows": "all" })).state).toBe("refused");
    expect((await read(scope, faulty, { "hidden-rows": "visible" })).state).toBe("previewed");
  });

  it("hidden columns are read, and said to be", async () => {
    const scope = await aClient();
    const cols = `<cols><col min="1" max="4" width="9"/><col min="5" max="6" hidden="1" width="9"/><col min="9" max="9" width="0"/></cols>`;
    const preview = await read(scope, sheet(line(2, "K-1"), "", cols));
    expect(preview.summary.hiddenColumns).toEqual(["Quantity", "Unit price", "Note"]);
    expect(await linesOf(scope, preview)).toEqual(["K-1 2 x 10 = 2000"]);
  });
});

describe("FA2 FA8 merged cells", () => {
  it("what is one cell over several rows is the value of each of them: the head of a document on all its lines", async () => {
    const scope = await aClient();
    const blank = { 0: "", 1: "", 2: "", 3: "" };
    const merged = ["A", "B", "C", "D"].map((at) => `<mergeCell ref="${at}2:${at}4"/>`).join("");
    const book = sheet(
      line(2, "M-1") + line(3, "", { ...blank, 4: "3" }) + line(4, "", { ...blank, 4: "4" }) + line(5, "M-2"),
      `<mergeCells count="5">${merged}<mergeCell ref="G5:H5"/></mergeCells>`.replace('<mergeCell ref="G5:H5"/>', ""),
    );
    const preview = await read(scope, book);
    expect(await faultsOf(scope, preview)).toEqual([]);
    expect(await linesOf(scope, preview)).toEqual([
      "M-1 2 x 10 = 2000",
      "M-1 3 x 10 = 3000",
      "M-1 4 x 10 = 4000",
      "M-2 2 x 10 = 2000",
    ]);
  });

  it("an amount over several lines is refused, since it says nothing of each; a blank row below is no line", async () => {
    const scope = await aClient();
    const merges = `<mergeCells><mergeCell ref="F2:F3"/><mergeCell ref="B2:B4"/></mergeCells>`;
    const book = sheet(line(2, "A-1") + line(3, "A-1", { 5: "" }) + row(4, ["", ""]), merges);
    const rule = "is in a cell of its own on each line: here one cell covers several lines";
    expect(await faultsOf(scope, await read(scope, book))).toEqual([
      [2, "Unit price", "10.00", rule],
      [3, "Unit price", "10.00", rule],
    ]);
  });
});
