import { describe, expect, it } from "vitest";
import type { ClientScope } from "#db/client.ts";
import { importScene } from "#lib/testing/import-scene.ts";
import { leaveOut, type Preview, rereadUpload } from "./file-import.ts";
import { undoImport } from "./undo.ts";

const scene = importScene("again");
const { aClient, commit, toldFaults: faultsOf } = scene;

const HEAD = "Record id,Type,Number,Date,Customer/Supplier reference,Name,Quantity,Unit price,Nominal code,Tax code,Status";
const read = (scope: ClientScope, lines: readonly string[], answers?: Record<string, string>): Promise<Preview> =>
  scene.read(scope, `${[HEAD, ...lines].join("\n")}\n`, { answers });
async function take(scope: ClientScope, lines: readonly string[], answers?: Record<string, string>): Promise<Preview> {
  const preview = await read(scope, lines, answers);
  expect([preview.state, await faultsOf(scope, preview)]).toEqual(["previewed", []]);
  await commit(scope, preview);
  return preview;
}
const documents = async (scope: ClientScope) => {
  const { rows } = await scene.database.inScope(scope, (db) =>
    db.execute<{ line: string }>(
      "select c.reference || ' ' || d.number || ' ' || d.issued_on || ' ' || d.gross_minor || ' r' || d.revision as line from documents d join contacts c on c.id = d.contact_id order by d.issued_on, d.number, d.reference",
    ),
  );
  return rows.map((row) => row.line);
};

const sale = (number: string, on: string, customer: string, price: string, id = "", status = "") =>
  `${id},Sales invoice,${number},${on},${customer},Customer ${customer},1,${price},4000,S,${status}`;
const bill = (number: string, on: string, supplier: string, price: string, id = "") =>
  `${id},Bill,${number},${on},${supplier},Supplier ${supplier},1,${price},5000,Z,`;

describe("FA1 a sales number that comes again", () => {
  it("is refused for another customer, both named; the rest can be taken without it", async () => {
    const scope = await aClient();
    await take(scope, [sale("INV-1", "2026-10-01", "C1", "100.00")]);
    const before = await documents(scope);
    const preview = await read(scope, [sale("INV-1", "2026-10-01", "C2", "100.00"), sale("INV-2", "2026-10-02", "C2", "5.00")]);
    expect(preview.state).toBe("refused");
    expect(await faultsOf(scope, preview)).toEqual([
      "2 Customer/Supplier reference C2: belongs to one customer: INV-1 is Customer C1's of 1 Oct 2026 for £120.00 here, and Customer C2's in this file. Give the document a number of its own",
    ]);
    await commit(scope, await scene.database.inScope(scope, (db) => leaveOut(db, scope, preview.importId)));
    expect(await documents(scope)).toEqual([...before, "C2 INV-2 2026-10-02 600 r1"]);
  });

  it.each([
    ["another date and other amounts", "2026-11-05", "150.00"],
    ["another year, be the amounts the same", "2025-10-01", "100.00"],
    ["another day of another year", "2027-01-02", "100.00"],
  ])("is refused for %s", async (_, on, price) => {
    const scope = await aClient();
    await take(scope, [sale("INV-1", "2026-10-01", "C1", "100.00")]);
    const preview = await read(scope, [sale("INV-1", on, "C1", price)]);
    expect(preview.state).toBe("refused");
    expect((await faultsOf(scope, preview))[0]).toMatch(
      /^2 Number INV-1: belongs to one document: INV-1 is Customer C1's of 1 Oct 2026 for £120\.00 here, and of/,
    );
    expect(await documents(scope)).toEqual(["C1 INV-1 2026-10-01 12000 r1"]);
  });

  it("c22 is a correction with the same customer and date, or the same amounts in the same year", async () => {
    const scope = await aClient();
    await take(scope, [sale("INV-1", "2026-10-01", "C1", "100.00")]);
    await take(scope, [sale("INV-1", "2026-10-01", "C1", "130.00")]);
    await take(scope, [sale("INV-1", "2026-10-03", "C1", "130.00")]);
    expect(await documents(scope)).toEqual(["C1 INV-1 2026-10-03 15600 r3"]);
    // A void is of that document, whatever its amounts; never of another customer's.
    const foreign = await read(scope, [sale("INV-1", "2026-10-03", "C2", "130.00", "", "void")]);
    expect(foreign.state).toBe("refused");
    await take(scope, [sale("INV-1", "2026-10-05", "C1", "1.00", "", "void")]);
  });
});

describe("FA1 a supplier's number that comes again", () => {
  const FIRST = [bill("0001", "2025-04-14", "S-7", "120.00"), bill("0002", "2025-05-12", "S-7", "130.00")];
  const NEXT = [bill("0001", "2026-04-13", "S-7", "150.00"), bill("0002", "2026-05-11", "S-7", "160.00")];
  const BOTH = [
    "S-7 0001 2025-04-14 12000 r1",
    "S-7 0002 2025-05-12 13000 r1",
    "S-7 0001 2026-04-13 15000 r1",
    "S-7 0002 2026-05-11 16000 r1",
  ];

  it("c11 is asked about, with both consequences, and until then nothing is taken", async () => {
    const scope = await aClient();
    await take(scope, FIRST);
    const preview = await read(scope, NEXT);
    expect(preview.state).toBe("asks");
    expect(preview.summary.questions).toMatchObject([
      {
        id: "supplier-number:S-7",
        text: expect.stringContaining("other bills, or corrections of those?"),
        why: expect.stringContaining("0001 of 13 Apr 2026, £150.00 (here: of 14 Apr 2025, £120.00)"),
        options: [
          { value: "another", comesTo: expect.stringContaining("which do not change") },
          { value: "yearly" },
          {
            value: "correction",
            comesTo: expect.stringContaining("0001: £120.00 of 14 Apr 2025 becomes £150.00 of 13 Apr 2026"),
          },
        ],
      },
    ]);
    await expect(commit(scope, preview)).rejects.toThrow("supplier-number:S-7");
    expect(await documents(scope)).toEqual(BOTH.slice(0, 2));
    const answered = await scene.database.inScope(scope, (db) =>
      rereadUpload(db, scope, preview.importId, { "supplier-number:S-7": "another" }),
    );
    expect(answered.summary.documents).toMatchObject([{ kind: "bill", new: 2, amended: 0 }]);
    await commit(scope, answered);
    expect(await documents(scope)).toEqual(BOTH);
  });

  it("each file finds its own bills again, and changes those alone; an undo takes back what its file made", async () => {
    const scope = await aClient();
    await take(scope, FIRST);
    const second = await take(scope, NEXT, { "supplier-number:S-7": "another" });
    for (const lines of [FIRST, NEXT]) {
      const again = await read(scope, lines);
      expect([again.state, again.summary.documents[0]?.unchanged]).toEqual(["previewed", 2]);
    }
    // Corrected on its own date: no question, and the other year's stays.
    await take(scope, [bill("0001", "2026-04-13", "S-7", "155.00")]);
    await take(scope, [bill("0002", "2025-05-12", "S-7", "131.00")]);
    expect(await documents(scope)).toEqual([
      "S-7 0001 2025-04-14 12000 r1",
      "S-7 0002 2025-05-12 13100 r2",
      "S-7 0001 2026-04-13 15500 r2",
      "S-7 0002 2026-05-11 16000 r1",
    ]);
    const other = await aClient();
    await take(other, FIRST);
    const theirs = await take(other, NEXT, { "supplier-number:S-7": "another" });
    await scene.database.inScope(other, (db) => undoImport(db, other, theirs.importId));
    expect(await documents(other)).toEqual(BOTH.slice(0, 2));
    expect(second.summary.settled).toMatchObject([{ id: "supplier-number:S-7", value: "another", remember: "no" }]);
  });

  it("is a correction where somebody says so", async () => {
    const scope = await aClient();
    await take(scope, FIRST);
    await take(scope, NEXT, { "supplier-number:S-7": "correction" });
    expect(await documents(scope)).toEqual(["S-7 0001 2026-04-13 15000 r2", "S-7 0002 2026-05-11 16000 r2"]);
  });

  it("that they start anew each year is said once, for this supplier alone", async () => {
    const scope = await aClient();
    await take(scope, FIRST);
    await take(scope, NEXT, { "supplier-number:S-7": "yearly" });
    // The third year goes by itself.
    await take(scope, [bill("0001", "2027-04-12", "S-7", "170.00")]);
    expect(await documents(scope)).toEqual([...BOTH, "S-7 0001 2027-04-12 17000 r1"]);
    await take(scope, [bill("0001", "2025-04-14", "S-8", "20.00")]);
    expect((await read(scope, [bill("0001", "2026-04-13", "S-8", "30.00")])).state).toBe("asks");
  });

  it.each([
    ["near the turn of the year", bill("0001", "2027-02-10", "S-7", "170.00")],
    ["at an equal total: a bill that might be paid twice", bill("0001", "2027-04-12", "S-7", "150.00")],
    ["in one year", bill("0001", "2026-08-01", "S-7", "170.00")],
  ])("and is asked all the same %s", async (_, line) => {
    const scope = await aClient();
    await take(scope, FIRST);
    await take(scope, NEXT, { "supplier-number:S-7": "yearly" });
    expect((await read(scope, [line])).state).toBe("asks");
    // Said of this file, it is taken, and remembered still.
    await take(scope, [line], { "supplier-number:S-7": "yearly" });
    expect(await documents(scope)).toHaveLength(5);
    await take(scope, [bill("0002", "2027-06-14", "S-7", "171.00")]);
  });

  it("what was committed from another tab meanwhile is not amended unasked", async () => {
    const scope = await aClient();
    const early = await read(scope, NEXT);
    expect(early.state).toBe("previewed");
    await take(scope, FIRST);
    await expect(commit(scope, early)).rejects.toThrow("Another upload was committed since this preview");
    expect(await documents(scope)).toEqual(BOTH.slice(0, 2));
  });
});

describe("FA1 the operational system's own id of a record decides", () => {
  it("the same id is the same document under another number, date, amount and customer", async () => {
    const scope = await aClient();
    await take(scope, [sale("INV-1", "2026-10-01", "C1", "100.00", "77"), bill("0001", "2026-02-01", "S1", "10.00", "78")]);
    await take(scope, [sale("INV-9", "2026-11-11", "C2", "40.00", "77"), bill("0009", "2027-02-01", "S1", "11.00", "78")]);
    expect(await documents(scope)).toEqual(["C2 INV-9 2026-11-11 4800 r2", "S1 0009 2027-02-01 1100 r2"]);
  });

  it("another id under the same number is another document", async () => {
    const scope = await aClient();
    await take(scope, [bill("0001", "2025-04-14", "S1", "10.00", "1")]);
    await take(scope, [bill("0001", "2026-04-14", "S1", "10.00", "2")]);
    const again = await read(scope, [
      bill("0001", "2025-04-14", "S1", "10.00", "1"),
      bill("0001", "2026-04-14", "S1", "10.00", "2"),
    ]);
    expect([again.state, again.summary.documents[0]?.unchanged]).toEqual(["previewed", 2]);
    expect(await documents(scope)).toHaveLength(2);
  });

  it("an id that comes in later is adopted by what is the same, and by nothing else", async () => {
    const scope = await aClient();
    await take(scope, [sale("INV-1", "2026-10-01", "C1", "100.00"), bill("0001", "2025-04-14", "S1", "10.00")]);
    const same = await read(scope, [sale("INV-1", "2026-10-01", "C1", "100.00", "5")]);
    expect(same.summary.documents).toMatchObject([{ unchanged: 1 }]);
    await commit(scope, same);
    await take(scope, [sale("INV-2", "2026-12-01", "C1", "60.00", "5"), bill("0001", "2026-04-13", "S1", "12.00", "6")]);
    expect(await documents(scope)).toEqual([
      "S1 0001 2025-04-14 1000 r1",
      "S1 0001 2026-04-13 1200 r1",
      "C1 INV-2 2026-12-01 7200 r2",
    ]);
  });

  it("one number under several ids in a file is refused: the column numbers lines", async () => {
    const scope = await aClient();
    const preview = await read(scope, [
      sale("INV-1", "2026-10-01", "C1", "1.00", "1"),
      sale("INV-1", "2026-10-01", "C1", "2.00", "2"),
    ]);
    expect(await faultsOf(scope, preview)).toEqual([
      "3 Number INV-1: has one record id in a file: line 2 gives it another. Is the column the document's own id, not the line's?",
    ]);
  });
});

describe("FA1 FA3 c18 a customer who comes again under another reference", () => {
  it.each([
    ["without the zeros in front", "00417", "417"],
    ["in another case and without signs", "ac-12", "AC12"],
  ])("%s is asked about, once", async (_, first, next) => {
    const scope = await aClient();
    const line = (number: string, reference: string, name: string) =>
      `,Sales invoice,${number},2026-11-10,${reference},${name},1,100.00,4000,S,`;
    await take(scope, [line("F-1", first, "Alder Interiors")]);
    const preview = await read(scope, [line("F-2", next, "Alder Interiors")]);
    expect(preview.summary.questions).toMatchObject([
      { id: `same-customer:${next}`, remember: "client", options: [{ value: "same" }, { value: "another" }] },
    ]);
    const said = await scene.database.inScope(scope, (db) =>
      rereadUpload(db, scope, preview.importId, { [`same-customer:${next}`]: "same" }),
    );
    await commit(scope, said);
    await take(scope, [line("F-3", next, "Alder Interiors")]);
    expect((await documents(scope)).map((one) => one.split(" ")[0])).toEqual([first, first, first]);
  });

  it("with the name of one who is here it is asked too; another stays another, and is not asked about again", async () => {
    const scope = await aClient();
    await take(scope, [sale("F-1", "2026-11-10", "A1", "1.00")]);
    const line = (number: string) => `,Sales invoice,${number},2026-11-11,B9,customer  a1,1,1.00,4000,S,`;
    expect((await read(scope, [line("F-2")])).state).toBe("asks");
    await take(scope, [line("F-2")], { "same-customer:B9": "another" });
    await take(scope, [line("F-3")]);
    expect((await documents(scope)).map((one) => one.split(" ")[0])).toEqual(["A1", "B9", "B9"]);
  });
});
