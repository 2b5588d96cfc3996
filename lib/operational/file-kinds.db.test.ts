import { describe, expect, it } from "vitest";
import type { ClientScope } from "#db/client.ts";
import { listSetAside } from "#db/queries/imports/file-imports.ts";
import { listGroups } from "#db/queries/mapping/codes.ts";
import { isSyncErrorCode } from "#lib/errors/catalogue.ts";
import { importScene } from "#lib/testing/import-scene.ts";
import { xlsxOf, zipOf } from "#lib/testing/xlsx.ts";
import { BUILT_IN_PROFILES } from "./built-in.ts";
import { leaveOut, type Preview } from "./file-import.ts";
import { parseProfile, saveProfile } from "./profiles.ts";

const scene = importScene("kinds");
const { aClient, query, commit } = scene;

const read = (scope: ClientScope, content: string | Buffer, profile: string, name = "file.csv", sheet: string | null = null) =>
  scene.read(scope, content, { profile, name, sheet });
const faultsOf = async (scope: ClientScope, preview: Preview) =>
  (await scene.faultsOf(scope, preview)).map((fault) => [fault.line, fault.field, fault.rule]);
async function take(scope: ClientScope, content: string, profileName: string) {
  const preview = await read(scope, content, profileName);
  expect(await faultsOf(scope, preview)).toEqual([]);
  return commit(scope, preview);
}

const HEAD = "Type,Number,Date,Customer/Supplier reference,Name,Description,Quantity,Unit price,Nominal code,Tax code,Status";
const documents = (...lines: string[]) => `${[HEAD, ...lines].join("\n")}\n`;

describe("every kind of record comes by file", () => {
  it("nominal codes, tax codes, groups and products: new, unchanged on a repeat, amended by a later file", async () => {
    const scope = await aClient();
    const chart = "Code,Name,Type\n4000,Sales,sales\n5001,Materials,cost of sale\n1200,Bank,bank account\n";
    expect((await take(scope, chart, "nominal-codes")).records).toEqual({ new: 3, amended: 0, unchanged: 0 });
    const again = await take(scope, `${chart}\n`, "nominal-codes");
    expect(again).toMatchObject({ records: { new: 0, amended: 0, unchanged: 3 }, nothingChanged: true });
    await take(scope, "Code;Name;Rate\nT1;Standard;17,5\nT0;Zero;0\n", "tax-codes");
    await take(scope, "Code,Name,Rate\nT1,Standard rate,20%\n", "tax-codes");
    await take(scope, "Code,Name,Sales nominal code,Tax code\nG1,Lamps,4000,T1\n", "product-groups");
    const items = await read(scope, "Code,Name,Group,Stock nominal code\nlamp-1,Lamp,G1,5001\nx,X,G9,9999\n", "products");
    expect(await faultsOf(scope, items)).toEqual([
      [3, "Group", "is a product group that this client has"],
      [3, "Stock nominal code", "is a nominal code that this client has"],
    ]);
    await take(scope, "Code,Name,Group,Stock nominal code\nlamp-1,Lamp,G1,5001\n", "products");
    expect(
      await query(
        scope,
        `select p.reference, p.name, g.code as "group", p.stock_nominal_code as stock, (select rate from tax_codes where code = 'T1') as rate,
          (select kind from nominal_codes where code = '5001') as kind from products p join product_groups g on g.id = p.group_id`,
      ),
    ).toEqual([{ reference: "LAMP-1", name: "Lamp", group: "G1", stock: "5001", rate: "20", kind: "cost-of-sale" }]);
    expect(await scene.database.inScope(scope, (db) => listGroups(db, scope))).toMatchObject([{ code: "G1", products: 1 }]);
  });

  it("FA7 M70 tax codes may come with kind and side; blank leaves what was said, a word that is no kind and a rate against it are faults", async () => {
    const scope = await aClient();
    await take(
      scope,
      "Code,Name,Rate,Kind,Side\nD20,Construction,20,Domestic reverse charge,purchases\nZ,Zero,0,zero,\n",
      "tax-codes",
    );
    const codes = () => query(scope, "select code, rate, kind, side, said_by from tax_codes order by code");
    const said = [
      { code: "D20", rate: "20", kind: "domestic-reverse-charge", side: "purchase", said_by: "Bookkeeper" },
      { code: "Z", rate: "0", kind: "zero", side: null, said_by: "Bookkeeper" },
    ];
    expect(await codes()).toEqual(said);
    const again = await take(scope, "Code,Name,Rate\nD20,Construction,20\nZ,Zero,0\n", "tax-codes");
    expect(again).toMatchObject({ nothingChanged: true });
    expect(await codes()).toEqual(said);
    const bad = await read(scope, "Code,Name,Rate,Kind\nA,A,20,Reverse charge\nB,B,20,zero\nZ,Zero,20,\n", "tax-codes");
    const faults = await faultsOf(scope, bad);
    expect(faults.map(([line, field]) => [line, field])).toEqual([
      [2, "Kind"],
      [3, "Kind"],
      [4, "Rate"],
    ]);
    expect(faults[1]?.[2]).toBe("Zero rate has the rate 0, and this code has 20: change one of the two.");
  });

  it("customers and suppliers: what is left blank stays, a customer may become a supplier too, a reference twice is a fault", async () => {
    const scope = await aClient();
    await take(scope, "Reference,Name,Email,Country,Terms\nC1,Ashdown,a@example.com,France,cash\n", "customers");
    expect((await take(scope, "Reference,Name,Email\nC1,Ashdown Ltd,\n", "suppliers")).records?.amended).toBe(1);
    expect(await query(scope, "select name, email, country, terms, is_customer, is_supplier, revision from contacts")).toEqual([
      {
        name: "Ashdown Ltd",
        email: "a@example.com",
        country: "France",
        terms: "cash",
        is_customer: true,
        is_supplier: true,
        revision: 2,
      },
    ]);
    const twice = await read(scope, "Reference,Name\nC1,A\nC2,B\nC1,C\n", "customers");
    expect(await faultsOf(scope, twice)).toEqual([[4, "Reference", "appears twice in the file: also in line 2"]]);
  });

  it("a customer's terms are credit as the lists and their files say it, or account as older files do", async () => {
    const scope = await aClient();
    await take(scope, "Reference,Name,Terms\nC1,Ashdown,Credit\nC2,Birch,account\nC3,Cedar,Cash\n", "customers");
    expect(await query(scope, "select reference, terms from contacts order by reference")).toEqual([
      { reference: "C1", terms: "account" },
      { reference: "C2", terms: "account" },
      { reference: "C3", terms: "cash" },
    ]);
    const wrong = await read(scope, "Reference,Name,Terms\nC4,Dale,later\n", "customers");
    expect(await faultsOf(scope, wrong)).toEqual([[2, "Terms", "is credit or cash"]]);
  });

  it("FB1 a VAT number comes with customers and suppliers, stays where a file leaves it blank, and is asked to be one", async () => {
    const scope = await aClient();
    await take(scope, "Reference,Name,VAT number\nC1,Ashdown,GB 123 4567 89\n", "customers");
    const held = () => query(scope, "select tax_number, revision from contacts");
    expect(await held()).toEqual([{ tax_number: "GB 123 4567 89", revision: 1 }]);
    // The same file again, one without the column, and an invoice that names the customer: nothing is amended.
    expect(await take(scope, "Reference,Name,VAT reg no\nC1,Ashdown,GB 123 4567 89\n", "customers")).toMatchObject({
      nothingChanged: true,
    });
    expect(await take(scope, "Reference,Name\nC1,Ashdown\n", "customers")).toMatchObject({ nothingChanged: true });
    await take(scope, documents("Sales invoice,INV-1,2026-11-01,C1,Ashdown,Widget,1,10.00,4000,S,"), "standard");
    expect(await held()).toEqual([{ tax_number: "GB 123 4567 89", revision: 1 }]);
    await take(scope, "Reference,Name,VAT number\nC1,Ashdown,GB 999 9999 73\n", "customers");
    expect(await held()).toEqual([{ tax_number: "GB 999 9999 73", revision: 2 }]);
    const bad = await read(scope, "Reference,Name,VAT number\nC2,B,none\nC3,C,1.23457E+11\n", "customers");
    expect((await faultsOf(scope, bad)).map(([line, field]) => [line, field])).toEqual([
      [2, "VAT number"],
      [3, "VAT number"],
    ]);
  });

  it("a document that the file says was voided or deleted becomes void, a new revision with the lines it had; one never here is set aside", async () => {
    const scope = await aClient();
    const good = "Sales invoice,INV-1,2026-11-01,C1,A,Widget,1,10.00,4000,S,";
    await take(scope, documents(good), "standard");
    const gone = documents(
      "Sales invoice,INV-1,2026-11-01,C1,,,,,,,Voided",
      "Sales invoice,INV-9,2026-11-01,C1,,,1,5.00,4000,S,deleted",
    );
    const preview = await read(scope, gone, "standard");
    expect(preview.summary.setAside).toMatchObject([{ reason: "void in the file, and never here", worthMinor: "500" }]);
    expect((await commit(scope, preview)).documents).toEqual({ new: 0, amended: 1, unchanged: 0 });
    const state = `select d.status, d.revision, d.net_minor::text as net, (select count(*)::int from document_lines l where l.document_id = d.id and l.revision = d.revision) as lines
      from documents d`;
    expect(await query(scope, state)).toEqual([{ status: "void", revision: 2, net: "1000", lines: 1 }]);
    expect((await commit(scope, await read(scope, `${gone}\n`, "standard"))).documents.unchanged).toBe(1);
    // And it lives again when a later file says so.
    await take(scope, documents(`${good}`, "Sales invoice,INV-2,2026-11-01,C1,A,Widget,1,1.00,4000,S,open"), "standard");
    expect(await query(scope, `${state} where number = 'INV-1'`)).toEqual([
      { status: "open", revision: 3, net: "1000", lines: 1 },
    ]);
  });

  it("M51 B20 payments: one that pays too much, or comes twice, or whose document is missing, is refused by line; the rest of the file with it", async () => {
    const scope = await aClient();
    await take(
      scope,
      documents("Sales invoice,INV-1,2026-11-01,C1,A,Widget,1,10.00,4000,S,", "Bill,B-1,2026-11-01,S1,B,Paper,1,20.00,5000,S,"),
      "standard",
    );
    const head = "Number,Date,Document,Amount,Bank nominal code\n";
    const wrong = await read(
      scope,
      `${head}P1,2026-11-05,INV-1,5.00,1200\nP1,2026-11-05,INV-1,5.00,1200\nP3,2026-11-05,INV-7,1.00,1200\nP4,2026-11-06,B-1,99.00,1200\n`,
      "payments",
    );
    expect((await faultsOf(scope, wrong)).map(([line, field]) => [line, field])).toEqual([
      [3, "Number"],
      [4, "Document"],
      [5, "Amount"],
    ]);
    // M44 M75 FD13: what the catalogue explains carries its code, by which the preview leads to its help.
    const codes = (await scene.faultsOf(scope, wrong)).map((fault) => fault.code);
    expect(codes).toEqual([expect.any(String), "source.dependency-missing", "package.payment-too-large"]);
    expect(codes.every((code) => code !== undefined && isSyncErrorCode(code))).toBe(true);
    expect(await query(scope, "select count(*)::int as n from payments")).toEqual([{ n: 0 }]);
    const right = `${head}P1,2026-11-05,INV-1,5.00,1200\nP4,06.11.2026,B-1,24.00,1200\n`;
    expect((await take(scope, right, "payments")).records).toEqual({ new: 2, amended: 0, unchanged: 0 });
    expect((await take(scope, `${right}\n`, "payments")).records).toEqual({ new: 0, amended: 0, unchanged: 2 });
    expect(await query(scope, "select kind, amount_minor::text as amount from payments order by kind")).toEqual([
      { kind: "payment-out", amount: "2400" },
      { kind: "receipt", amount: "500" },
    ]);
  });

  it("M19 journals: one leg a line; one that does not balance, or has a leg on a control account, is refused whole with its line", async () => {
    const scope = await aClient();
    await take(scope, "Code,Name,Type\n7000,Wages,purchase\n2200,Accruals,other\n1100,Debtors,control\n", "nominal-codes");
    const head = "Number,Date,Narration,Nominal code,Debit,Credit\n";
    const wrong = `${head}J1,2026-11-30,Wages,7000,100.00,\nJ1,2026-11-30,Wages,2200,,99.00\nJ2,2026-11-30,Debt,7000,5.00,\nJ2,2026-11-30,Debt,1100,,5.00\nJ3,2026-11-30,Both,7000,1.00,1.00\n`;
    expect(
      (await faultsOf(scope, await read(scope, wrong, "journals"))).map(([line, field, rule]) => [line, field, rule]),
    ).toEqual([
      [2, "Number", expect.stringContaining("does not balance")],
      [5, "Nominal code", expect.stringContaining("control account")],
      [6, "Debit", expect.stringContaining("the one amount of its line")],
    ]);
    const right = `${head}J1,2026-11-30,Wages,7000,"1,100.00",\nJ1,2026-11-30,Wages,2200,,1100.00\n`;
    expect((await take(scope, right, "journals")).records).toEqual({ new: 1, amended: 0, unchanged: 0 });
    expect((await take(scope, `${right}\n`, "journals")).records).toEqual({ new: 0, amended: 0, unchanged: 1 });
    expect(await query(scope, "select reference, narration, debit_minor::text as debit from journals")).toEqual([
      { reference: "J1", narration: "Wages", debit: "110000" },
    ]);
  });

  it("M51 an account customer's payment is refused by line while the integration is on; a cash customer's is taken", async () => {
    const scope = await aClient();
    await take(scope, "Reference,Name,Terms\nC1,Account Ltd,account\nC2,Cash Ltd,cash\n", "customers");
    await take(
      scope,
      documents(
        "Sales invoice,INV-1,2026-11-01,C1,,Widget,1,10.00,4000,S,",
        "Sales invoice,INV-2,2026-11-01,C2,,Widget,1,10.00,4000,S,",
      ),
      "standard",
    );
    await query(
      scope,
      `insert into connections (client_id, package, state, tenant_id, tenant_name, connected_by_name, connected_at) values ('${scope.clientId}', 'xero', 'live', 't-${scope.clientId}', 'T', 'Bookkeeper', app.now())`,
    );
    const head = "Number,Date,Document,Amount,Bank nominal code\n";
    const file = await read(scope, `${head}P1,2026-11-05,INV-1,5.00,1200\nP2,2026-11-05,INV-2,5.00,1200\n`, "payments");
    expect(await faultsOf(scope, file)).toEqual([
      [2, expect.any(String), expect.stringContaining("is a credit customer: while the integration is on")],
    ]);
    expect((await take(scope, `${head}P2,2026-11-05,INV-2,5.00,1200\n`, "payments")).records?.new).toBe(1);
  });
});

describe("B19 Excel workbooks beside CSV", () => {
  const ROWS = [
    [
      "Type",
      "Number",
      "Date",
      "Customer/Supplier reference",
      "Description",
      "Quantity",
      "Unit price",
      "Nominal code",
      "Tax code",
    ],
    [
      "Sales invoice",
      { number: "1001" },
      { serial: 46327 },
      "C1",
      "Café & <b>",
      { number: "3" },
      { number: "0.10000000000000001" },
      { number: "4000" },
      "S",
    ],
    [],
    ["Sales invoice", "1002", "2026-11-02", "C1", "Two\nlines", { number: "1" }, { number: "1.2345E3" }, "4000", "S"],
  ] as const;

  it("dates by their style, numbers exact and never a float, texts as they are, lines by the sheet's own rows", async () => {
    const scope = await aClient();
    const preview = await read(scope, xlsxOf({ Sales: ROWS }), "standard", "sales.xlsx");
    expect(await faultsOf(scope, preview)).toEqual([]);
    expect(preview.summary).toMatchObject({ encoding: "xlsx", sheet: "Sales", lines: 2 });
    await commit(scope, preview);
    expect(
      await query(
        scope,
        `select d.number, d.issued_on, l.description, l.quantity, l.unit_price, l.net_minor::text as net from documents d join document_lines l on l.document_id = d.id order by 1`,
      ),
    ).toEqual([
      { number: "1001", issued_on: "2026-11-01", description: "Café & <b>", quantity: "3", unit_price: "0.1", net: "30" },
      { number: "1002", issued_on: "2026-11-02", description: "Two\nlines", quantity: "1", unit_price: "1234.5", net: "123450" },
    ]);
    const bad = xlsxOf({ Sales: [...ROWS, ["Sales invoice", "1003", "no day", "C1", "x", "1", "1", "4000", "S"]] });
    expect((await faultsOf(scope, await read(scope, bad, "standard", "sales.xlsx"))).map(([line]) => line)).toEqual([5]);
  });

  it("of several sheets one is chosen by name", async () => {
    const scope = await aClient();
    const book = xlsxOf({ Notes: [["Nothing here"]], "Q4 & Q1": ROWS });
    await expect(read(scope, book, "standard", "book.xlsx")).rejects.toThrow(
      "Choose one of the workbook's sheets: Notes, Q4 & Q1",
    );
    expect((await read(scope, book, "standard", "book.xlsx", "Q4 & Q1")).summary.lines).toBe(2);
  });

  it("B19 a zip bomb is refused before it is unpacked, also when its directory lies; a password and another archive are told", async () => {
    const scope = await aClient();
    const zeros = Buffer.alloc(40 * 1024 * 1024, 0x20);
    const bomb = zipOf([{ name: "xl/workbook.xml", content: zeros }]);
    expect(bomb.length).toBeLessThan(zeros.length / 100);
    await expect(read(scope, bomb, "standard", "bomb.xlsx")).rejects.toThrow("more than 100 times its size");
    const liar = zipOf([{ name: "xl/workbook.xml", content: zeros, claims: 1000 }]);
    await expect(read(scope, liar, "standard", "liar.xlsx")).rejects.toThrow("more than 100 times its size");
    await expect(read(scope, zipOf([{ name: "a.txt", content: "x" }]), "standard", "a.xlsx")).rejects.toThrow(
      "not an Excel workbook",
    );
    await expect(read(scope, "a,b\n1,2\n", "standard", "text.xlsx")).rejects.toThrow("is not an Excel workbook");
    const doctype = zipOf([{ name: "xl/workbook.xml", content: '<!DOCTYPE x [<!ENTITY a "aaaa">]><workbook>&a;</workbook>' }]);
    await expect(read(scope, doctype, "standard", "x.xlsx")).rejects.toThrow("not an Excel workbook that can be read");
    expect(await query(scope, "select count(*)::int as n from import_lines")).toEqual([{ n: 0 }]);
  });
});

describe("B19 files beyond their bounds", () => {
  it("one line too many is refused, and the line named; nothing of it stays", async () => {
    const scope = await aClient();
    const line = (number: number) => `P${number},2026-11-05,INV-1,1.00,1200\n`;
    const many = Array.from({ length: 50_001 }, (_, index) => line(index)).join("");
    await expect(read(scope, `Number,Date,Document,Amount,Bank nominal code\n${many}`, "payments")).rejects.toThrow(
      "more than 50,000 lines: line 50,002 is the first too many",
    );
    expect(await query(scope, "select state, (select count(*)::int from import_lines) as lines from file_imports")).toEqual([
      { state: "discarded", lines: 0 },
    ]);
  });

  it("a line that never ends is told by its number, and what comes before it is no less faulty", async () => {
    const scope = await aClient();
    const endless = `Sales invoice,INV-2,2026-11-01,C1,A,"${"x".repeat(200_000)},1,1.00,4000,S,`;
    const preview = await read(
      scope,
      documents("Sales invoice,INV-1,2026-11-01,C1,A,Widget,1,10.00,4000,S,", endless),
      "standard",
    );
    expect(preview.state).toBe("refused");
    expect(await faultsOf(scope, preview)).toEqual([[3, "", expect.stringContaining("longer than 128 KiB")]]);
  });
});

describe("leave these out", () => {
  it("faulty lines go with the rest of their document, under the name of who decided it, and the proof is to the penny", async () => {
    const scope = await aClient();
    const preview = await read(
      scope,
      documents(
        "Sales invoice,INV-1,2026-11-01,C1,A,Widget,1,10.00,4000,S,",
        "Sales invoice,INV-2,2026-11-01,C1,A,Widget,2,10.00,4000,S,",
        "Sales invoice,INV-2,2026-11-01,C1,A,Gadget,1,5.00,9999,S,",
        "Sales invoice,INV-3,2026-11-31,C1,A,Widget,1,7.00,4000,S,",
        "Sales invoice,INV-4,2026-11-01,C1,A,Widget,-1,3.00,4000,S,",
      ),
      "standard",
    );
    expect(preview.state).toBe("refused");
    const left = await scene.database.inScope(scope, (db) => leaveOut(db, scope, preview.importId));
    expect(left.state).toBe("previewed");
    expect(left.summary.leftOut).toEqual({ by: "Bookkeeper", lines: 4 });
    expect(left.summary.proof).toEqual([
      { currency: "GBP", fileMinor: "3900", documentsMinor: "1000", setAsideMinor: "2900", differenceMinor: "0" },
    ]);
    const result = await commit(scope, preview);
    expect(result).toMatchObject({ documents: { new: 1 }, setAside: 4 });
    const aside = await scene.database.inScope(scope, (db) => listSetAside(db, scope, preview.importId, 10));
    expect(aside.map((row) => [row.lineNumber, row.reason, row.raw.Number ?? row.raw.number])).toEqual(
      ["INV-2", "INV-2", "INV-3", "INV-4"].map((number, index) => [index + 3, "skipped by Bookkeeper", number]),
    );
  });

  it("the same file once more brings what was left out, when it is no fault any longer", async () => {
    const scope = await aClient();
    const text = documents(
      "Sales invoice,INV-1,2026-11-01,C1,A,Widget,1,10.00,4000,S,",
      "Sales invoice,INV-2,2026-11-01,C1,A,Widget,1,5.00,4711,S,",
    );
    const preview = await read(scope, text, "standard");
    await scene.database.inScope(scope, (db) => leaveOut(db, scope, preview.importId));
    await commit(scope, preview);
    await take(scope, "Code,Name,Type\n4711,Perfume,sales\n", "nominal-codes");
    expect((await commit(scope, await read(scope, text, "standard"))).documents).toEqual({ new: 1, amended: 0, unchanged: 1 });
  });

  it("a file whose headers are wrong, or that breaks off, has nothing to leave out", async () => {
    const scope = await aClient();
    const bare = await read(scope, "Type,Number\nbill,1\n", "standard");
    expect(bare.summary.mayLeaveOut).toBe(false);
    await expect(scene.database.inScope(scope, (db) => leaveOut(db, scope, bare.importId))).rejects.toThrow("no faulty lines");
  });
});

describe("D4 the same file under another name", () => {
  it("is told before the commit, with when and by whom, under another profile too", async () => {
    const scope = await aClient();
    const text = documents("Sales invoice,INV-1,2026-11-01,C1,A,Widget,1,10.00,4000,S,");
    await commit(scope, await read(scope, text, "standard", "november.csv"));
    const duplicate = await read(scope, text, "standard", "november-final.csv");
    expect(duplicate.summary.repeatOf).toMatchObject({ fileName: "november.csv", by: "Bookkeeper", changesNothing: true });
    const standard = BUILT_IN_PROFILES.find((profile) => profile.name === "standard");
    await scene.database.inScope(scope, (db) => saveProfile(db, scope, { ...standard, name: "ours", title: "Ours" }));
    const other = await read(scope, text, "ours", "copy.csv");
    expect(other.summary.repeatOf).toMatchObject({ fileName: "november.csv", changesNothing: false });
  });
});

describe("profiles that staff write", () => {
  it("are refused in words when they cannot work, and a new version makes an older preview void", async () => {
    const scope = await aClient();
    const standard = { ...BUILT_IN_PROFILES.find((profile) => profile.name === "standard"), name: "ours", title: "Ours" };
    expect(() => parseProfile({ ...standard, columns: { number: { headers: ["No"] } } })).toThrow("names no column for Date");
    expect(() => parseProfile({ ...standard, currency: "Pounds" })).toThrow("three letters");
    expect(() => parseProfile({ ...standard, columns: { ...standard.columns, net: { headers: ["Number"] } } })).toThrow(
      '"Number" is used for two fields, Number and Net',
    );
    const save = (value: unknown) => scene.database.inScope(scope, (db) => saveProfile(db, scope, value));
    await expect(save({ ...standard, name: "standard" })).rejects.toThrow("ships with Greentick");
    expect((await save(standard)).version).toBe(1);
    const preview = await read(scope, documents("Sales invoice,INV-1,2026-11-01,C1,A,Widget,1,10.00,4000,S,"), "ours");
    expect((await save(standard)).version).toBe(2);
    await expect(commit(scope, preview)).rejects.toThrow("The profile was changed since the preview");
  });
});
