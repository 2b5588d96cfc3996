import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { afterAll, describe, expect, it } from "vitest";
import { rawXlsx, xlsxOf, zipOf } from "#lib/testing/xlsx.ts";
import { openWorkbook, type SheetRow, WORKBOOK_BUDGET } from "./workbook.ts";

const folder = mkdtempSync(join(tmpdir(), "greentick-workbook-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function fileOf(bytes: Buffer): string {
  files += 1;
  const path = join(folder, `${files}.xlsx`);
  writeFileSync(path, bytes);
  return path;
}

/** A workbook of one sheet whose part is `sheet`; padded, so that no rule about density answers first. */
const bookOf = (sheet: string) => fileOf(rawXlsx(sheet, { padding: randomBytes(Math.ceil(sheet.length / 50)) }));

async function rowsOf(path: string, budget = WORKBOOK_BUDGET): Promise<SheetRow[]> {
  const book = await openWorkbook(path, budget);
  try {
    const rows: SheetRow[] = [];
    for await (const row of book.rows(book.sheets[0] ?? "")) rows.push(row);
    return rows;
  } finally {
    await book.close();
  }
}

const inCell = (xml: string) => `<worksheet><sheetData><row r="1"><c r="A1"${xml}</row></sheetData></worksheet>`;
const many = (count: number, of: (index: number) => string) => Array.from({ length: count }, (_, index) => of(index)).join("");

/** Each of about `size` characters. The quadratic kinds of before: 64 kB took seconds, 5 MB hours. */
const HOSTILE: readonly (readonly [string, (size: number) => string])[] = [
  ["a tag's name", (size) => inCell(`/><${"c".repeat(size)}/>`)],
  ["a tag that never ends", (size) => `<worksheet><${"c".repeat(size)}`],
  ["an attribute's name", (size) => inCell(` ${"x".repeat(size)}="1"/>`)],
  ["an attribute", (size) => inCell(` x="${"x".repeat(size)}"/>`)],
  ["an attribute that never ends", (size) => `<worksheet><c x="${"x ".repeat(size / 2)}`],
  ["a run of blanks in a tag", (size) => inCell(`${" ".repeat(size)}/>`)],
  ["a run of blanks before an equals sign", (size) => inCell(` x${" ".repeat(size)}="1"/>`)],
  ["a run of line breaks between tags", (size) => inCell(`/>${"\r\n".repeat(size / 2)}`)],
  ["attributes without number", (size) => inCell(`${many(size / 10, (index) => ` a${index}=""`)}/>`)],
  ["names without values", (size) => inCell(`${" a".repeat(size / 2)}/>`)],
  ["deep nesting", (size) => `<worksheet>${"<a>".repeat(size / 3)}`],
  ["a comment", (size) => inCell(`/><!--${"- ".repeat(size / 2)}-->`)],
  ["an open comment", (size) => inCell(`/><!--${"<!-".repeat(size / 3)}`)],
  ["an instruction to a program", (size) => inCell(`/><?x ${"? ".repeat(size / 2)}?>`)],
  ["marked text", (size) => inCell(` t="str"><v><![CDATA[${"]".repeat(size)}]]></v></c>`)],
  ["text", (size) => inCell(` t="str"><v>${"&amp;".repeat(size / 5)}</v></c>`)],
  ["entities", (size) => inCell(` t="str"><v>${"&#65;".repeat(size / 5)}</v></c>`)],
  ["a document type", (size) => `<!DOCTYPE x [${many(size / 20, (index) => `<!ENTITY e${index} "">`)}]><worksheet/>`],
];

describe("FC1 a workbook cannot stop the console", () => {
  for (const size of [64 * 1024, 5 * 1024 * 1024]) {
    it.each(HOSTILE)(
      `${size / 1024} KiB of %s: read or refused at once, and whoever asked goes on meanwhile`,
      async (_, hostile) => {
        const path = bookOf(hostile(size));
        const delay = monitorEventLoopDelay({ resolution: 10 });
        const usedBefore = process.threadCpuUsage();
        const began = performance.now();
        delay.enable();
        const answer = await rowsOf(path).then(
          () => "read",
          (error: unknown) => error,
        );
        delay.disable();
        if (answer !== "read")
          expect(answer).toMatchObject({
            name: "Refusal",
            message: expect.stringContaining("not an Excel workbook that can be read"),
          });
        // Generous on both counts, for a machine with other work: on a quiet one 0.2 s and 15 ms.
        expect(performance.now() - began).toBeLessThan(5_000);
        // By its own processor time, 15 ms at most on a quiet machine: on a busy one whoever asked waits for others too.
        const { user, system } = process.threadCpuUsage(usedBefore);
        expect((user + system) / 1e3).toBeLessThan(100);
        expect(delay.max / 1e6).toBeLessThan(4_000);
      },
      20_000,
    );
  }

  it("what takes longer than its budget is ended and refused in words, while its thread is at work", async () => {
    const path = bookOf(`<worksheet><sheetData>${"<row><c/></row>".repeat(400_000)}</sheetData></worksheet>`);
    await expect(rowsOf(path, { ...WORKBOOK_BUDGET, busyMs: 100 })).rejects.toThrow(
      "The workbook took too long to read: it is refused. Save its sheet as CSV and upload that.",
    );
  });

  it("what takes more memory than its budget is ended and refused in words; the process lives on", async () => {
    const texts = many(60_000, (index) => `<si><t>text ${index}${"x".repeat(index % 500)}</t></si>`);
    const book = zipOf([
      {
        name: "xl/workbook.xml",
        content: `<workbook xmlns:r="r"><sheets><sheet name="Sales" sheetId="1" r:id="rId1"/></sheets></workbook>`,
      },
      {
        name: "xl/_rels/workbook.xml.rels",
        content: `<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>`,
      },
      { name: "xl/sharedStrings.xml", content: `<sst>${texts}</sst>` },
      { name: "xl/worksheets/sheet1.xml", content: inCell("/>") },
    ]);
    await expect(rowsOf(fileOf(book), { ...WORKBOOK_BUDGET, heapMb: 12 })).rejects.toThrow("takes too much memory to read");
  }, 30_000);

  it("rows come as they are asked for: one who stops early, or reads twice, gets what is there", async () => {
    const rows = Array.from({ length: 5_000 }, (_, index) => [`INV-${index}`, { number: `${index}.25` }, { serial: 46327 }]);
    const book = await openWorkbook(fileOf(xlsxOf({ Sales: rows })));
    try {
      for await (const row of book.rows("Sales")) {
        expect(row.cells.map((cell) => cell.text)).toEqual(["INV-0", "0.25", "2026-11-01"]);
        break;
      }
      let count = 0;
      for await (const row of book.rows("Sales")) {
        expect(row.row).toBe(count + 1);
        expect(row.cells[1]).toEqual({ text: `${count}.25`, isNumber: true });
        count += 1;
      }
      expect(count).toBe(5_000);
    } finally {
      await book.close();
    }
  }, 30_000);

  it("names that carry a prefix, and marked text, are read as what they are", async () => {
    const path = bookOf(
      `<?xml version="1.0"?><x:worksheet xmlns:x="x"><x:sheetData><!-- <x:row> --><x:row r="2"><x:c r="B2" t="inlineStr">
        <x:is><x:t>a &lt;b&gt; &#233;<![CDATA[ & c]]></x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>`,
    );
    expect(await rowsOf(path)).toEqual([
      {
        row: 2,
        cells: [
          { text: "", isNumber: false },
          { text: "a <b> é & c", isNumber: false },
        ],
      },
    ]);
  });

  it("a part that ends before its end is refused: what is missing cannot be told", async () => {
    await expect(rowsOf(bookOf(`<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row>`))).rejects.toThrow(
      "not an Excel workbook that can be read",
    );
  });
});
