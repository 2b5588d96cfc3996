import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import type { ClientScope } from "#db/client.ts";
import { listSetAside } from "#db/queries/imports/file-imports.ts";
import { importScene } from "#lib/testing/import-scene.ts";
import { sampleNote, samplePath } from "#lib/testing/sample.ts";
import { discardImport, type Preview, readFile } from "./file-import.ts";
import type { ImportResult } from "./summary.ts";

const scene = importScene("client");
const { aClient, commit, faultsOf, query } = scene;
const read = (scope: ClientScope, path: string, profileName: string) =>
  readFile(scene.database, scope, { path, fileName: path, profileName });
const readText = (scope: ClientScope, text: string | Buffer, profile = "standard") =>
  scene.read(scope, text, { profile, name: "file.csv" });

const HEAD =
  "Type,Number,Date,Due date,Customer/Supplier reference,Name,Email,Currency,Product,Description,Quantity,Unit price,Net,Tax,Nominal code,Tax code";
const standard = (...lines: string[]) => `${[HEAD, ...lines].join("\n")}\n`;
const RETAIL = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";
const retail = (...lines: string[]) => `${[RETAIL, ...lines].join("\n")}\n`;

describe.skipIf(samplePath === null)(`M23 the sample of real invoice lines, taken whole${sampleNote}`, () => {
  let scope: ClientScope;
  let preview: Preview;
  let result: ImportResult;

  beforeAll(async () => {
    scope = await aClient();
    preview = await read(scope, samplePath ?? "", "online-retail");
    result = await commit(scope, preview);
  }, 120_000);

  it("has no fault, and no record changes before the commit", async () => {
    expect(preview.state).toBe("previewed");
    expect(preview.summary.faults).toBe(0);
    expect(preview.summary.lines).toBe(30_000);
    const other = await aClient();
    await read(other, samplePath ?? "", "online-retail");
    expect(
      await query(
        other,
        "select (select count(*) from documents) + (select count(*) from contacts) + (select count(*) from products) as n",
      ),
    ).toEqual([{ n: "0" }]);
  });

  // The control total is worked out here, from the text, by other code than the product's.
  it("every line ends in a document or is set aside, and the two equal the file to the penny", async () => {
    let pence = 0n;
    const lines = readFileSync(samplePath ?? "", "utf8")
      .trimEnd()
      .split("\n")
      .slice(1);
    for (const line of lines) {
      const [, quantity, , price] = /,(-?\d+),(\d{4}-[^,]*),([\d.]+),[^,]*,[^,]*$/.exec(line) ?? [];
      const [whole = "0", fraction = ""] = (price ?? "").split(".");
      pence += BigInt(quantity ?? "0") * (BigInt(whole) * 100n + BigInt(fraction.padEnd(2, "0")));
    }
    const [row] = await query<{ documents: string; aside: string; lines: string }>(
      scope,
      `select (select sum(case when d.kind = 'sales-credit-note' then -l.net_minor else l.net_minor end)
          from document_lines l join documents d on d.id = l.document_id) as documents,
        (select sum(worth_minor) from import_set_aside) as aside,
        ((select count(*) from document_lines) + (select count(*) from import_set_aside)) as lines`,
    );
    expect(BigInt(row?.documents ?? 0) + BigInt(row?.aside ?? 0)).toBe(pence);
    expect(row?.lines).toBe("30000");
    expect(preview.summary.proof).toEqual([
      expect.objectContaining({ currency: "GBP", fileMinor: pence.toString(), differenceMinor: "0" }),
    ]);
  });

  it("12,392 document numbers make 12,357 documents: 33 come to zero and two are costs", async () => {
    expect(result.documents).toEqual({ new: 12_357, amended: 0, unchanged: 0 });
    const kinds = await query(
      scope,
      "select kind, count(*)::int as n, min(net_minor) > 0 as positive from documents group by kind order by kind",
    );
    expect(kinds).toEqual([
      { kind: "sales-credit-note", n: 521, positive: true },
      { kind: "sales-invoice", n: 11_836, positive: true },
    ]);
  });

  it("AMAZONFEE and CRUK are set aside as costs with their amounts; 13 of 33 zero documents are stock adjustments", async () => {
    const aside = await query(
      scope,
      `select reason, count(distinct document_number)::int as documents, sum(worth_minor)::text as worth from import_set_aside group by reason order by reason`,
    );
    expect(aside).toEqual([
      { reason: "a cost: enter as a bill", documents: 2, worth: "-704301" },
      { reason: "stock adjustment, not a sale", documents: 13, worth: "0" },
      { reason: "total is zero: nothing to post", documents: 20, worth: "0" },
    ]);
    const [first] = await scene.database.inScope(scope, (db) => listSetAside(db, scope, preview.importId, 1));
    expect(Object.keys(first?.raw ?? {}).sort()).toEqual(RETAIL.split(",").sort());
  });

  it("the United Kingdom's rate follows the document's date, 17.5 % until 3 January 2011 and 20 % after; other countries have zero", async () => {
    const rates = await query(
      scope,
      `select l.tax_code, min(d.issued_on) as first, max(d.issued_on) as last, bool_and(d.country = 'United Kingdom') as uk,
         bool_and(l.tax_minor = round(l.net_minor * t.rate::numeric / 100)) as exact
       from document_lines l join documents d on d.id = l.document_id join tax_codes t on t.code = l.tax_code group by 1 order by 1`,
    );
    expect(rates).toEqual([
      { tax_code: "UK17.5", first: "2010-12-01", last: "2010-12-23", uk: true, exact: true },
      { tax_code: "UK20", first: "2011-01-04", last: "2011-12-09", uk: true, exact: true },
      { tax_code: "ZERO", first: "2010-12-01", last: "2011-12-09", uk: false, exact: true },
    ]);
  });

  it("blank customers are one cash customer; `12923.0` is customer 12923; a customer of two countries is one", async () => {
    const [counter] = await query(
      scope,
      "select c.name, c.terms, count(d.id)::int as documents from contacts c join documents d on d.contact_id = c.id where c.reference = 'COUNTER' group by 1, 2",
    );
    expect(counter).toEqual({ name: "Counter sales", terms: "cash", documents: 633 });
    expect(await query(scope, "select name, terms, is_customer, is_supplier from contacts where reference = '12923'")).toEqual([
      { name: "Customer 12923", terms: "account", is_customer: true, is_supplier: false },
    ]);
    expect(await query(scope, "select count(*)::int as n from contacts where reference like '%.%'")).toEqual([{ n: 0 }]);
    expect(await query(scope, "select count(*)::int as n from contacts where reference = '12422'")).toEqual([{ n: 1 }]);
  });

  it("product codes that differ in case only are one product, and charges are none", async () => {
    expect(
      await query(
        scope,
        "select count(*)::int as n, count(distinct lower(reference))::int as folded from products where reference <> upper(reference)",
      ),
    ).toEqual([{ n: 0, folded: 0 }]);
    expect(
      await query(
        scope,
        "select reference from products where reference in ('POST','DOT','C2','M','D','S','AMAZONFEE','CRUK','DCGSSGIRL') order by 1",
      ),
    ).toEqual([{ reference: "DCGSSGIRL" }]);
    const charges = await query(
      scope,
      "select nominal_code, count(*)::int as lines, bool_and(product_id is null) as bare from document_lines group by 1 order by 1",
    );
    expect(charges).toEqual([
      { nominal_code: "4000", lines: expect.any(Number), bare: false },
      { nominal_code: "4100", lines: 93, bare: true },
      { nominal_code: "4200", lines: 31, bare: true },
      { nominal_code: "4300", lines: 8, bare: true },
      { nominal_code: "4400", lines: 1, bare: true },
    ]);
  });

  it("a repeat of the same file changes nothing and says so", async () => {
    const before = await query(scope, "select md5(string_agg(d::text, '' order by id)) as documents from documents d");
    const again = await read(scope, samplePath ?? "", "online-retail");
    expect(again.summary.repeatOf).toMatchObject({ id: preview.importId });
    expect(again.summary.documents.every((total) => total.new + total.amended === 0)).toBe(true);
    const second = await commit(scope, again);
    expect(second).toMatchObject({ nothingChanged: true, documents: { new: 0, amended: 0, unchanged: 12_357 }, setAside: 0 });
    expect(await query(scope, "select md5(string_agg(d::text, '' order by id)) as documents from documents d")).toEqual(before);
  });

  it("the same records in another order, with another encoding and separator, change nothing; one amended line makes revision 2 of one document", async () => {
    const [header = "", ...lines] = readFileSync(samplePath ?? "", "utf8")
      .trimEnd()
      .split("\n");
    const shuffled = [header, ...lines.toReversed()].join("\r\n");
    const same = await readText(scope, Buffer.from(`\uFEFF${shuffled}`, "utf16le"), "online-retail");
    expect(same.summary.repeatOf).toBeNull();
    expect(await commit(scope, same)).toMatchObject({
      nothingChanged: true,
      documents: { new: 0, amended: 0, unchanged: 12_357 },
    });

    await query(scope, "update documents set paid_minor = 100 where number = '569901'");
    const changed = await readText(
      scope,
      shuffled.replace(",2,2011-10-06 16:20:00,4.15,12923.0,", ",3,2011-10-06 16:20:00,4.15,12923.0,"),
      "online-retail",
    );
    expect(await commit(scope, changed)).toMatchObject({
      nothingChanged: false,
      documents: { new: 0, amended: 1, unchanged: 12_356 },
      products: { new: 0 },
    });
    const [document] = await query<{ id: string; net_minor: string }>(scope, "select * from documents where number = '569901'");
    expect(document).toMatchObject({ revision: 2, paid_minor: "100" });
    const [kept] = await query<{ net_minor: string }>(
      scope,
      `select * from document_revisions where document_id = '${document?.id}'`,
    );
    expect(kept).toMatchObject({ revision: 1 });
    expect(BigInt(document?.net_minor ?? 0) - BigInt(kept?.net_minor ?? 0)).toBe(415n);
    const revisions = await query(
      scope,
      `select revision, count(*)::int as n from document_lines where document_id = '${document?.id}' group by 1 order by 1`,
    );
    expect(revisions.map((row) => row.revision)).toEqual([1, 2]);
  }, 60_000);
});

describe("a file that is committed all or nothing", () => {
  it("carries a document's own tax code and amounts, and works out what the file leaves blank, half up", async () => {
    const scope = await aClient();
    const preview = await readText(
      scope,
      standard(
        "Sales invoice,INV-1,2026-11-01,2026-12-01,C1,Ashdown Trading Ltd,accounts@example.com,GBP,widget,Widget,3,3.335,10.01,1.99,4000,S",
        "Sales invoice,INV-1,01.11.2026,1 Dec 2026,C1,Ashdown Trading Ltd,accounts@example.com,GBP,,Carriage,1,2.125,,,4905,S",
        "bill,B-7,2026-11-02,,S9,Mill & Sons,,GBP,,Timber,,,99.99,20.01,5000,S",
        "supplier credit note,SC-7,2026-11-03,,S9,Mill & Sons,,GBP,,Timber back,1,9.99,9.99,2.00,5000,S",
        "sales credit note,CN-1,2026-11-03,,C1,,,EUR,WIDGET,Widget,-1,3.00,,,4000,Z",
      ),
    );
    expect(preview.state).toBe("previewed");
    expect(await commit(scope, preview)).toMatchObject({ documents: { new: 4 }, contacts: { new: 2 }, products: { new: 1 } });
    expect(
      await query(
        scope,
        "select kind, reference, number, due_on, currency, net_minor, tax_minor, gross_minor from documents order by number",
      ),
    ).toEqual([
      {
        kind: "bill",
        reference: "S9/B-7",
        number: "B-7",
        due_on: "2026-12-02",
        currency: "GBP",
        net_minor: "9999",
        tax_minor: "2001",
        gross_minor: "12000",
      },
      {
        kind: "sales-credit-note",
        reference: "CN-1",
        number: "CN-1",
        due_on: "2026-12-03",
        currency: "EUR",
        net_minor: "300",
        tax_minor: "0",
        gross_minor: "300",
      },
      {
        kind: "sales-invoice",
        reference: "INV-1",
        number: "INV-1",
        due_on: "2026-12-01",
        currency: "GBP",
        net_minor: "1214",
        tax_minor: "242",
        gross_minor: "1456",
      },
      {
        kind: "supplier-credit-note",
        reference: "S9/SC-7",
        number: "SC-7",
        due_on: "2026-12-03",
        currency: "GBP",
        net_minor: "999",
        tax_minor: "200",
        gross_minor: "1199",
      },
    ]);
    expect(
      await query(scope, "select quantity, unit_price, net_minor, tax_minor from document_lines where tax_code = 'Z'"),
    ).toEqual([{ quantity: "1", unit_price: "3", net_minor: "300", tax_minor: "0" }]);
    expect(await query(scope, "select reference, name, email, is_customer, is_supplier from contacts order by 1")).toEqual([
      { reference: "C1", name: "Ashdown Trading Ltd", email: "accounts@example.com", is_customer: true, is_supplier: false },
      { reference: "S9", name: "Mill & Sons", email: null, is_customer: false, is_supplier: true },
    ]);
    expect(await query(scope, "select code, kind from nominal_codes order by 1")).toEqual([
      { code: "4000", kind: "sales" },
      { code: "4905", kind: "sales" },
      { code: "5000", kind: "purchase" },
    ]);
  });

  it("one faulty line stops the whole file, and every fault is named by line, field, value, rule and who fixes it", async () => {
    const scope = await aClient();
    const preview = await readText(
      scope,
      standard(
        "Sales invoice,INV-1,2026-11-01,,C1,A,,GBP,,Fine,1,1.00,,,4000,S",
        "Sales invoice,INV-2,2026-11-31,,C1,A,,GBP,,No such day,1,1.00,,,4000,S",
        "Sales invoice,INV-3,2025-02-29,,C1,A,,GBP,,No such day,1,1.00,,,4000,S",
        "Sales invoice,INV-4,0001-01-01,,C1,A,,GBP,,Year 1,1,1.00,,,4000,S",
        "Sales invoice,INV-5,9999-12-31,,C1,A,,GBP,,Year 9999,1,1.00,,,4000,S",
        "Sales invoice,INV-6,2026-11-01,,C1,A,,GBP,,Float,1,0.30000000000000004,,,4000,S",
        "Sales invoice,INV-7,2026-11-01,,C1,A,,GBP,,Exponent,1,1E+05,,,4000,S",
        "Sales invoice,INV-8,2026-11-01,,C1,A,,JPY,,Yen,1,1,1.5,,4000,S",
        "Sales invoice,INV-9,2026-11-01,,C1,A,,GBP,,Unknown codes,1,1.00,,,9999,XX",
        "Invoic,INV-10,2026-11-01,,,A,,GBP,,No type and customer,1,1.00,,,4000,S",
        "Sales invoice,INV-11,2026-11-01,,C1,A,,GBP,,Too few",
      ),
    );
    expect(preview.state).toBe("refused");
    const faults = await faultsOf(scope, preview);
    expect(faults.map((fault) => [fault.line, fault.field, fault.value, fault.fixer])).toEqual([
      [3, "Date", "2026-11-31", "operations"],
      [4, "Date", "2025-02-29", "operations"],
      [5, "Date", "0001-01-01", "operations"],
      [6, "Date", "9999-12-31", "operations"],
      [7, "Unit price", "0.30000000000000004", "operations"],
      [8, "Unit price", "1E+05", "operations"],
      [9, "Net", "1.5", "operations"],
      [10, "Nominal code", "9999", "bookkeeper"],
      [10, "Tax code", "XX", "bookkeeper"],
      [11, "Type", "Invoic", "operations"],
      [11, "Customer/Supplier reference", "", "operations"],
      [12, "", "INV-11", "operations"],
    ]);
    await expect(commit(scope, preview)).rejects.toThrow("has faults");
    expect(await query(scope, "select count(*)::int as n from documents")).toEqual([{ n: 0 }]);
  });

  it("lines of one document that disagree, and a total on the wrong side of zero, are faults", async () => {
    const scope = await aClient();
    const preview = await readText(
      scope,
      retail(
        "536365,A1,One,1,2011-05-01 08:26:00,2.55,17850.0,United Kingdom",
        "536366,A1,One,-1,2011-05-01 08:26:00,2.55,17850.0,United Kingdom",
        "C536367,A1,One,1,2011-05-01 08:26:00,2.55,17850.0,United Kingdom",
        "536365,A2,Two,1,2011-05-02 08:26:00,2.55,17850.0,United Kingdom",
        "536365,A2,Two,1,2011-05-01 08:26:00,2.55,17851.0,United Kingdom",
      ),
      "online-retail",
    );
    const faults = await faultsOf(scope, preview);
    expect(faults.map((fault) => [fault.line, fault.field, fault.value])).toEqual([
      [3, "", "536366"],
      [4, "", "C536367"],
      [5, "InvoiceDate", "2011-05-02"],
      [6, "CustomerID", "17851"],
    ]);
    expect(faults[2]?.rule).toContain("line 2");
  });

  it("missing columns and a quotation mark that never closes are told with their line", async () => {
    const scope = await aClient();
    const bare = await readText(scope, "Type,Number\nbill,1\n");
    expect((await faultsOf(scope, bare)).map((fault) => [fault.line, fault.field])).toEqual([
      [1, "Date"],
      [1, "Customer/Supplier reference"],
      [1, "Nominal code"],
      [1, "Tax code"],
    ]);
    const open = await readText(
      scope,
      retail(
        "1,A,x,1,2011-05-01,1,1,UK",
        '2,A,"two\nlines",1,2011-05-01,1,1,UK',
        '3,A,"open,1,2011-05-01,1,1,UK',
        "4,A,x,1,2011-05-01,1,1,UK",
      ),
      "online-retail",
    );
    expect((await faultsOf(scope, open)).map((fault) => [fault.line, fault.rule])).toEqual([
      [5, expect.stringContaining("never closed")],
    ]);
    expect(open.summary).toMatchObject({ stopped: false, lines: 4, mayLeaveOut: true });
  });

  it("B19 the same file in UTF-8, UTF-16 and CP1252, with comma, semicolon or tab, makes the same documents", async () => {
    const lines = [
      ["1001", "A1", "Crêpe pan £5", "2", "2011-05-01 10:00:00", "1.25", "17850.0", "France"],
      ["1001", "A2", "Café; “blue”", "1", "2011-05-01 10:00:00", "1234.5", "17850.0", "France"],
    ];
    const write = (separator: string, decimal: string) =>
      [RETAIL.split(","), ...lines.map((line) => line.map((value, at) => (at === 5 ? value.replace(".", decimal) : value)))]
        .map((line) => line.map((value) => `"${value}"`).join(separator))
        .join("\r\n");
    const cp1252 = (text: string) =>
      Buffer.from([...text].map((letter) => ({ "“": 0x93, "”": 0x94 })[letter] ?? letter.charCodeAt(0)));
    const files: [string, Buffer][] = [
      ["utf-8", Buffer.from(write(",", "."))],
      ["utf-8", Buffer.from(`\uFEFF${write(";", ",")}`)],
      ["utf-16le", Buffer.from(`\uFEFF${write("\t", ".")}`, "utf16le")],
      ["utf-16be", Buffer.from(`\uFEFF${write(",", ".")}`, "utf16le").swap16()],
      ["utf-16le", Buffer.from(write(";", "."), "utf16le")],
      ["windows-1252", cp1252(write(";", ","))],
      ["utf-8", Buffer.from(`sep=;\r\n${write(";", ".")}`)],
    ];
    const scope = await aClient();
    for (const [index, [encoding, bytes]] of files.entries()) {
      const preview = await readText(scope, bytes, "online-retail");
      expect(preview.summary.encoding).toBe(encoding);
      expect(await faultsOf(scope, preview)).toEqual([]);
      expect((await commit(scope, preview)).documents).toEqual({
        new: index === 0 ? 1 : 0,
        amended: 0,
        unchanged: index === 0 ? 0 : 1,
      });
    }
    expect(await query(scope, "select description, unit_price from document_lines order by position")).toEqual([
      { description: "Crêpe pan £5", unit_price: "1.25" },
      { description: "Café; “blue”", unit_price: "1234.5" },
    ]);
  });

  it("what is no text is refused with what to do", async () => {
    const scope = await aClient();
    await expect(readText(scope, Buffer.from("PK\u0003\u0004 rest"))).rejects.toThrow("The workbook is damaged");
    await expect(readText(scope, "")).rejects.toThrow("empty");
    await expect(readText(scope, Buffer.from([0x41, 0, 0x42, 0x43, 0x44, 0x45]))).rejects.toThrow("zero bytes");
    await expect(readText(scope, Buffer.from([...Buffer.from("a,é,é\nb,"), 0xe9, 0x0a]))).rejects.toThrow("Line 2");
  });

  it("a document that is here and now comes to zero is amended, never set aside", async () => {
    const scope = await aClient();
    await commit(scope, await readText(scope, retail("1001,A1,One,1,2011-05-01,2.55,17850.0,United Kingdom"), "online-retail"));
    const preview = await readText(scope, retail("1001,A1,One,1,2011-05-01,0.0,17850.0,United Kingdom"), "online-retail");
    expect(await commit(scope, preview)).toMatchObject({ documents: { amended: 1 }, setAside: 0 });
  });

  it("a discarded upload cannot be committed, and a commit asked for twice is done once", async () => {
    const scope = await aClient();
    const file = standard("Sales invoice,INV-1,2026-11-01,,C1,A,,GBP,,Fine,1,1.00,,,4000,S");
    const discarded = await readText(scope, file);
    await scene.database.inScope(scope, (db) => discardImport(db, scope, discarded.importId));
    await expect(commit(scope, discarded)).rejects.toThrow("discarded");
    const preview = await readText(scope, file);
    const [first, second] = await Promise.all([commit(scope, preview), commit(scope, preview)]);
    expect(first).toEqual(second);
    expect(await query(scope, "select count(*)::int as n from documents")).toEqual([{ n: 1 }]);
    expect(await query(scope, "select count(*)::int as n from import_lines")).toEqual([{ n: 0 }]);
  });

  it("another client's upload can neither be seen nor committed", async () => {
    const scope = await aClient();
    const preview = await readText(scope, standard("Sales invoice,INV-1,2026-11-01,,C1,A,,GBP,,Fine,1,1.00,,,4000,S"));
    const stranger = await aClient();
    await expect(commit(stranger, preview)).rejects.toThrow("does not exist");
  });
});
