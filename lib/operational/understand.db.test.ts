import { describe, expect, it } from "vitest";
import type { ClientScope } from "#db/client.ts";
import { importScene } from "#lib/testing/import-scene.ts";
import { xlsxOf } from "#lib/testing/xlsx.ts";
import { discardImport, leaveOut, type Preview } from "./file-import.ts";
import { fitOfSample } from "./fitting-profile.ts";
import { STANDARD } from "./profiles/standard.ts";
import { saveProfile } from "./profiles.ts";
import { tryProfile } from "./try-profile.ts";

const scene = importScene("understood");
const { aClient, read, commit, answer, toldFaults: faultsOf, query: rows } = scene;
const documentsOf = (scope: ClientScope) =>
  rows(scope, "select number, issued_on as on, net_minor as net, tax_minor as tax from documents order by number");
const asked = (preview: Preview) => (preview.summary.questions ?? []).map((question) => question.id);

const HEAD = "Type,Number,Date,Due date,Customer/Supplier reference,Name,Quantity,Unit price,Nominal code,Tax code";
const line = (number: string, date: string, due: string, price: string, quantity = "1") =>
  `Sales invoice,${number},${date},${due},K-1,Larch Joinery,${quantity},${price},4000,Z`;
const file = (...lines: string[]) => `${[HEAD, ...lines].join("\n")}\n`;

describe("FA5 dates that read both ways", () => {
  const AMBIGUOUS = file(line("A-1", "11/02/2026", "12/02/2026", "100.00"), line("A-2", "11/03/2026", "12/03/2026", "200.00"));

  it("are asked about with both readings, cannot be committed before, and are read again from the kept bytes", async () => {
    const scope = await aClient();
    const preview = await read(scope, AMBIGUOUS);
    expect(preview.state).toBe("asks");
    const [question] = preview.summary.questions ?? [];
    expect(question?.id).toBe("date-order");
    expect(question?.options.map(({ value, comesTo }) => `${value}: ${comesTo}`)).toEqual([
      "dmy: 2 documents; GBP net 300.00, tax 0.00, gross 300.00; dated 11 Feb 2026 to 11 Mar 2026",
      "mdy: 2 documents; GBP net 300.00, tax 0.00, gross 300.00; dated 2 Nov 2026 to 3 Nov 2026",
    ]);
    await expect(commit(scope, preview)).rejects.toThrow("date-order");
    const answered = await answer(scope, preview, { "date-order": "mdy" });
    expect(answered).toMatchObject({ state: "previewed", importId: preview.importId });
    await commit(scope, answered);
    expect(await documentsOf(scope)).toMatchObject([{ on: "2026-11-02" }, { on: "2026-11-03" }]);
    expect(await rows(scope, "select count(*)::int as n from import_bytes")).toEqual([{ n: 0 }]);
  });

  it("are asked about once for a profile and its headings, until the evidence says otherwise", async () => {
    const scope = await aClient();
    await commit(scope, await read(scope, AMBIGUOUS, { answers: { "date-order": "mdy" } }));
    const again = await read(scope, file(line("A-3", "11/04/2026", "12/04/2026", "1.00")));
    expect(again.state).toBe("previewed");
    expect(again.summary.settled).toMatchObject([{ id: "date-order", value: "mdy", since: {} }]);
    expect(again.summary.first[0]?.issuedOn).toBe("2026-11-04");
    const changed = await answer(scope, again, { "date-order": null });
    expect(asked(changed)).toEqual(["date-order"]);
    const british = await read(scope, file(line("A-4", "25/11/2026", "25/12/2026", "1.00")));
    expect(british).toMatchObject({ state: "previewed", summary: { forgotten: ["date-order"] } });
    await commit(scope, british);
    expect(asked(await read(scope, file(line("A-5", "11/04/2026", "12/04/2026", "1.00"))))).toEqual(["date-order"]);
  });

  it("need no question where a day above 12 tells, in a due date too, or where both readings are one day", async () => {
    const scope = await aClient();
    const told = await read(scope, file(line("A-1", "11/02/2026", "11/30/2026", "1.00")));
    expect([told.state, told.summary.first[0]?.issuedOn]).toEqual(["previewed", "2026-11-02"]);
    expect((await read(scope, file(line("A-1", "11/11/2026", "12/12/2026", "1.00")))).state).toBe("previewed");
  });

  it("days above 12 both ways round are a fault of the file, with both lines", async () => {
    const scope = await aClient();
    const both = await read(scope, file(line("A-1", "25/11/2026", "", "1.00"), line("A-2", "11/26/2026", "", "1.00")));
    expect(both).toMatchObject({ state: "refused", summary: { mayLeaveOut: false } });
    expect(await faultsOf(scope, both)).toEqual([
      "3 Date 11/26/2026: is the other way round from 25/11/2026 in line 2: a file writes its dates one way",
    ]);
  });

  it("are no question under a person's own profile that names one order, and dates of the other are faults", async () => {
    const scope = await aClient();
    const own = { ...STANDARD, name: "ours", title: "Ours", dateFormats: ["mm/dd/yyyy", "mm/dd/yy", "dd mmm yy"] };
    await scene.database.inScope(scope, (db) => saveProfile(db, scope, own));
    const fixed = await read(scope, AMBIGUOUS, { profile: "ours" });
    expect([fixed.state, fixed.summary.first[0]?.issuedOn]).toEqual(["previewed", "2026-11-02"]);
    const other = await read(scope, file(line("A-1", "25/11/2026", "", "1.00")), { profile: "ours" });
    expect((await faultsOf(scope, other))[0]).toContain("2 Date 25/11/2026: is a real date");
    const short = await read(scope, file(line("A-1", "11/05/26", "18-Nov-26", "1.00")), { profile: "ours" });
    expect(short.summary.first[0]?.issuedOn).toBe("2026-11-05");
  });

  it("a spreadsheet's day number is refused by its name", async () => {
    const scope = await aClient();
    const serial = await read(scope, file(line("A-1", "46331", "46361", "1.00")));
    expect(serial.state).toBe("refused");
    expect((await faultsOf(scope, serial))[0]).toContain("day number (5 Nov 2026)");
  });

  it("a moment is dated in the client's own zone", async () => {
    const scope = await aClient();
    const moment = await read(scope, file(line("A-1", "2026-06-30T23:30:00Z", "", "1.00")));
    expect(moment.summary.first[0]?.issuedOn).toBe("2026-07-01");
  });
});

describe("FA4 numbers that read both ways", () => {
  const semicolons = (...lines: string[]) =>
    file(...lines)
      .replaceAll(",", ";")
      .replaceAll("~", ",");

  it.each([["3.000"], ["3~000"]])("%s alone is asked about, with what each answer comes to", async (price) => {
    const scope = await aClient();
    const preview = await read(
      scope,
      semicolons(line("A-1", "10.11.2026", "", price), line("A-2", "11.11.2026", "", price, "2")),
    );
    expect(asked(preview)).toEqual(["decimal-mark"]);
    expect(preview.summary.questions?.[0]?.options.map((option) => option.comesTo).join(" | ")).toMatch(
      /net (9\.00|9,000\.00),.* \| .*net (9,000\.00|9\.00),/,
    );
    const right = await answer(scope, preview, { "decimal-mark": price.includes("~") ? "." : "," });
    await commit(scope, right);
    expect(await documentsOf(scope)).toMatchObject([{ net: "300000" }, { net: "600000" }]);
  });

  it.each([
    ["1.459", "10,5", "145900"],
    ["1~459", "10.50", "145900"],
    ["1.459", "0.125", "146"],
    ["1'459.00", "", "145900"],
    ["1 459~00", "", "145900"],
    ["1.234.567", "", "123456700"],
  ])("%s beside %s is %s pence: the file's own evidence decides, wherever it stands", async (price, evidence, net) => {
    const scope = await aClient();
    const many = Array.from({ length: 400 }, (_, at) => line(`B-${at}`, "2026-11-10", "", "7"));
    const last = evidence === "" ? [] : [line("Z-1", "2026-11-10", "", evidence.replace(",", "~"))];
    const preview = await read(scope, semicolons(line("A-1", "2026-11-10", "", price), ...many, ...last));
    expect(preview.state).toBe("previewed");
    await commit(scope, preview);
    expect((await documentsOf(scope))[0]).toMatchObject({ number: "A-1", net });
  });

  it("1,5 and 1.5 in one file are a fault with both lines", async () => {
    const scope = await aClient();
    const both = await read(scope, semicolons(line("A-1", "2026-11-10", "", "1~5"), line("A-2", "2026-11-10", "", "1.5")));
    expect(both).toMatchObject({ state: "refused", summary: { mayLeaveOut: false } });
    expect((await faultsOf(scope, both))[0]).toContain(
      "3 Unit price 1.5: has its decimals after a point, and 1,5 in line 2 has not",
    );
  });

  it("a number of a workbook says how it is meant; only its texts are evidence", async () => {
    const scope = await aClient();
    const cells = line("A-1", "2026-11-10", "", "1").split(",");
    cells[7] = "3.000";
    const book = (price: string | { number: string }) =>
      xlsxOf({ Lines: [HEAD.split(","), cells.map((cell, at) => (at === 7 ? price : cell))] });
    expect((await read(scope, book({ number: "3" }), { name: "a.xlsx" })).summary.documents[0]?.netMinor).toBe("300");
    expect(asked(await read(scope, book("3.000"), { name: "b.xlsx" }))).toEqual(["decimal-mark"]);
  });
});

describe("FA5 c04 months as words in a column of dates of two digits", () => {
  it("show that its years stand last: year first is not asked about, and a day above 12 leaves nothing to ask", async () => {
    const scope = await aClient();
    const asksOf = async (...dates: string[]) => {
      const preview = await read(scope, file(...dates.map((date, at) => line(`A-${at}`, date, "", "1.00"))));
      return [preview.state, ...(preview.summary.questions ?? []).flatMap((one) => one.options.map(({ value }) => value))];
    };
    expect(await asksOf("05/11/26", "18-Nov-26")).toEqual(["asks", "dmy", "mdy"]);
    expect(await asksOf("05/11/26", "Nov 18 2026")).toEqual(["asks", "dmy", "mdy"]);
    expect(await asksOf("05/11/26", "2026-11-18")).toEqual(["asks", "dmy", "mdy", "ymd"]);
    expect(await asksOf("18/11/26", "5-Nov-26")).toEqual(["previewed"]);
    expect(await asksOf("26/11/29", "5-Nov-26")).toEqual(["previewed"]);
    const preview = await read(scope, file(line("B-1", "18/11/26", "", "1.00"), line("B-2", "5-Nov-26", "", "1.00")));
    expect(preview.summary.first.map((one) => one.issuedOn).sort()).toEqual(["2026-11-05", "2026-11-18"]);
  });
});

describe("FA9 what stands around the data", () => {
  const TITLES = 'Larch Joinery: sales day book\n"Period: 1 to 30 November 2026"\n\n';
  const LINES = [line("A-1", "2026-11-10", "", "100.00"), line("A-2", "2026-11-11", "", "310.00")];
  const total = (amount: string) => `\nTotal,,,,,,,${amount},,\n`;

  it("headings are found below titles, and a row of sums is no document, no money, and is held against the lines", async () => {
    const scope = await aClient();
    const preview = await read(scope, `${TITLES}${file(...LINES)}${total("410.00")}`);
    expect(preview).toMatchObject({
      state: "previewed",
      summary: { lines: 2, frame: { headerLine: 4, totals: 1 }, proof: [{ fileMinor: "41000", differenceMinor: "0" }] },
    });
  });

  it("a total under the price is that of the lines' amounts, quantities and all, or of the prices", async () => {
    const scope = await aClient();
    const lines = LINES.map((line) => line.replace(",1,", ",3,"));
    expect(lines).not.toEqual(LINES);
    for (const [sum, state] of [
      ["1230.00", "previewed"],
      ["410.00", "previewed"],
      ["820.00", "refused"],
    ] as const)
      expect([sum, (await read(scope, `${file(...lines)}${total(sum)}`)).state]).toEqual([sum, state]);
  });

  it("a sum that the lines do not come to is a fault with both figures", async () => {
    const scope = await aClient();
    const preview = await read(scope, `${file(...LINES)}${total("420.00")}`);
    expect(preview).toMatchObject({ state: "refused", summary: { mayLeaveOut: false } });
    expect(await faultsOf(scope, preview)).toEqual(["5 Unit price 420.00: is the sum of the lines above it, which total 410"]);
  });

  it("sums of parts, headings said again on each page, and sums without a word are none of the lines either", async () => {
    const scope = await aClient();
    const [first = "", second = ""] = LINES;
    const preview = await read(
      scope,
      `${file(first)}Subtotal,,,,,,,100.00,,\n${HEAD}\n${second}\nSub-total,,,,,,,310.00,,\n,,,,,,,410.00,,\n`,
    );
    expect(preview).toMatchObject({ state: "previewed", summary: { lines: 2, frame: { totals: 3 } } });
  });

  it("a workbook's headings are found likewise, and the row can be named", async () => {
    const scope = await aClient();
    const rowsOf = (...lines: string[]) => lines.map((text) => text.split(","));
    const book = xlsxOf({ Day: [["Larch Joinery"], [], ["Period", "November"], ...rowsOf(HEAD, ...LINES), ["Total"]] });
    const preview = await read(scope, book, { name: "book.xlsx" });
    expect(preview).toMatchObject({ state: "previewed", summary: { lines: 2, frame: { headerLine: 4 } } });
    const named = await read(scope, `${TITLES}${file(...LINES)}`, { answers: { "header-row": "1" } });
    expect((await faultsOf(scope, named))[0]).toContain("1 Type");
  });

  it("FA9 the row of the headings is chosen in the preview, and taken back: the first rows are shown, the bytes are there", async () => {
    const scope = await aClient();
    // Two rows that would do: a heading over the headings, as some reports have it.
    const twice = `${HEAD.replace("Unit price", "Price")}\n${HEAD}\n`;
    const preview = await read(scope, `Larch Ltd\n${twice}${LINES.join("\n")}\n`);
    expect(preview.summary.frame).toMatchObject({
      headerLine: 2,
      head: [
        { line: 1, cells: ["Larch Ltd"] },
        { line: 2, cells: HEAD.replace("Unit price", "Price").split(",") },
        { line: 3, cells: HEAD.split(",") },
        { line: 4 },
        { line: 5 },
      ],
    });
    const chosen = await answer(scope, preview, { "header-row": "3" });
    expect(chosen).toMatchObject({ state: "previewed", summary: { lines: 2, frame: { headerLine: 3 } } });
    const wrong = await answer(scope, chosen, { "header-row": "1" });
    expect(wrong).toMatchObject({ state: "refused", summary: { frame: { headerLine: 1 } } });
    const back = await answer(scope, wrong, { "header-row": "3" });
    expect(back.state).toBe("previewed");
    expect((await commit(scope, back)).documents).toMatchObject({ new: 2 });
  });

  it("FA9 a line that is blank, not there, or no line at all has no headings: refused, never another row in its place", async () => {
    const scope = await aClient();
    const text = `${TITLES}${file(...LINES)}`;
    for (const line of ["99", "0", "-1", "three", "1e1"])
      await expect(read(scope, text, { answers: { "header-row": line } })).rejects.toThrow("has no headings");
    const deep = `${"Title\n".repeat(60)}${file(...LINES)}`;
    expect(await read(scope, deep, { answers: { "header-row": "61" } })).toMatchObject({ state: "previewed" });
  });

  it("FA9 the same bytes under other headings are no repeat of what was committed", async () => {
    const scope = await aClient();
    const text = `${HEAD.replace("Unit price", "Price")}\n${HEAD}\n${LINES.join("\n")}\n`;
    await commit(scope, await read(scope, text, { answers: { "header-row": "2" } }));
    const again = await read(scope, text, { answers: { "header-row": "2" } });
    expect(again.summary.repeatOf?.changesNothing).toBe(true);
    const other = await read(scope, text, { answers: { "header-row": "1" } });
    expect(other.summary.repeatOf?.changesNothing).toBe(false);
  });

  it("a line above the headings is never lost", async () => {
    const scope = await aClient();
    const preview = await read(scope, `${LINES[0]}\n${file(...LINES.slice(1))}`);
    expect(preview.state).toBe("refused");
    expect((await faultsOf(scope, preview))[0]).toContain("1 Number A-1: is below the headings, which are in line 2");
  });

  it("two columns that claim the date are asked about where they differ, once for the headings", async () => {
    const scope = await aClient();
    const two = (date: string, invoiced: string, number = "A-1") =>
      `${HEAD},Invoice date\n${line(number, date, "", "1.00")},${invoiced}\n`;
    const same = await read(scope, two("2026-10-31", "2026-10-31"));
    expect(same.state).toBe("previewed");
    const differ = await read(scope, two("2026-11-29", "2026-10-31"));
    expect(differ.state).toBe("asks");
    expect(differ.summary.questions?.[0]).toMatchObject({
      id: "two-columns:date",
      options: [
        { value: "Date", comesTo: expect.stringContaining("29 Nov 2026") },
        { value: "Invoice date", comesTo: expect.stringContaining("31 Oct 2026") },
      ],
    });
    const right = await answer(scope, differ, { "two-columns:date": "Invoice date" });
    expect(right.summary.ignored).toEqual(["Date"]);
    await commit(scope, right);
    const next = await read(scope, two("2026-11-29", "2026-10-30", "A-2"));
    expect([next.state, next.summary.first[0]?.issuedOn]).toEqual(["previewed", "2026-10-30"]);
  });

  it.each([
    ["Inv No,Invoice date,Customer,Name,Qty,Price,N/C,T/C", "K-1"],
    ["Invoice #,Doc date,A/C,Customer name,Quantity,Unit price,Nominal,VAT code", "K-1"],
    ["Doc no.,Date,Cust Ref,Customer,Qty,Unit price,Nominal code,Tax code", "K-1"],
  ])("headings renamed within reason mean what they say: %s", async (heads, reference) => {
    const scope = await aClient();
    const preview = await read(scope, `Type,${heads}\nSales invoice,A-1,2026-11-10,K-1,Larch Joinery,2,5.00,4000,Z\n`);
    expect(preview.state).toBe("previewed");
    expect(preview.summary.first[0]).toMatchObject({
      number: "A-1",
      contactReference: reference,
      contactName: "Larch Joinery",
      netMinor: "1000",
    });
  });
});

describe("FA9 columns under headings that nobody knows", () => {
  it.each([
    ["quantity", "Quantity", "Antal", "3"],
    ["dueDate", "Due date", "Veld 7", "2026-12-24"],
  ])("one that would be the %s is asked about before it is left out", async (field, heading, unknown, value) => {
    const scope = await aClient();
    const cells = line("A-1", "2026-11-10", "", "2.00").split(",");
    cells[HEAD.split(",").indexOf(heading)] = value;
    const preview = await read(scope, `${HEAD.replace(heading, unknown)}\n${cells.join(",")}\n`);
    expect(asked(preview)).toEqual([`column:${field}`]);
    const answered = await answer(scope, preview, { [`column:${field}`]: unknown });
    expect(answered.summary.documents[0]?.netMinor).toBe(field === "quantity" ? "600" : "200");
    const none = await answer(scope, preview, { [`column:${field}`]: "none" });
    expect(none.summary.documents[0]?.netMinor).toBe("200");
  });

  it("a price of three digits in a column of others is asked about: 1.000 beside 12.50", async () => {
    const scope = await aClient();
    const odd = await read(scope, file(line("A-1", "2026-11-10", "", "1.000"), line("A-2", "2026-11-10", "", "12.50")));
    expect(asked(odd)).toEqual(["three-digits"]);
    expect((await answer(scope, odd, { "three-digits": "decimals" })).state).toBe("previewed");
    expect((await answer(scope, odd, { "three-digits": "thousands" })).state).toBe("refused");
  });
});

describe("FA4 FA5 FA6 the live preview of a profile", () => {
  it("shows the questions that the file would raise, money's among them, and keeps nothing of it", async () => {
    const scope = await aClient();
    const heads = `${HEAD},Discount`;
    const path = scene.write(
      `${heads}\n${line("A-1", "05/11/2026", "", "3.000", "2")},10\n${line("A-2", "06/11/2026", "", "10.00")},\n`,
    );
    const asks = (profile: object) =>
      scene.database.inScope(scope, async (db) => {
        const sample = { path, sheet: null, isCut: true, profile: "" };
        return (await tryProfile(db, scope, sample, { ...STANDARD, ...profile })).questions.map((one) => one.id);
      });
    expect(await asks({ name: "mine" })).toEqual(["three-digits", "date-order", "discount"]);
    expect(await asks({ name: "mine", dateFormats: ["dd/mm/yyyy"] })).not.toContain("date-order");
    expect(await rows(scope, "select count(*)::int as n from file_imports")).toEqual([{ n: 0 }]);
    expect(await rows(scope, "select count(*)::int as n from import_bytes")).toEqual([{ n: 0 }]);
  });
});

describe("FD4 a file under another kind's profile", () => {
  it("is refused before a preview is drawn, by what it looks like, and nothing of it is kept", async () => {
    const scope = await aClient();
    const invoices = `${HEAD},Product,Description\n${line("A-1", "2026-11-10", "", "1.00")},P-1,Shelf\n`;
    await expect(read(scope, invoices, { profile: "products" })).rejects.toThrow(
      "This looks like a file of invoices, bills and credit notes, not of products",
    );
    await expect(read(scope, invoices, { profile: "customers" })).rejects.toMatchObject({
      message: expect.stringContaining("not of customers"),
      profile: { name: "standard" },
    });
    await expect(read(scope, "Code,Name,Type\n4000,Sales,sales\n", { profile: "product-groups" })).rejects.toThrow(
      "a file of nominal codes",
    );
    await expect(
      read(scope, "Number,Date,Nominal code,Debit,Credit\nJ-1,2026-11-10,4000,1.00,\n", { profile: "payments" }),
    ).rejects.toThrow("a file of journals, not of payments");
    expect(await rows(scope, "select count(*)::int as n from file_imports")).toEqual([{ n: 0 }]);
  });

  it("the profile is found by the head of the file, even cut, and the chosen one stays where it fits or nothing does", async () => {
    const scope = await aClient();
    const found = async (content: string | Buffer, profile: string, sheet: string | null = null) => {
      const path = scene.write(content);
      const sample = { path, sheet, isCut: true, profile };
      return (await scene.database.inScope(scope, (db) => fitOfSample(db, scope, sample))).profile;
    };
    const invoices = `${HEAD},Product,Description\n${line("A-1", "2026-11-10", "", "1.00")},P-1,Sh`;
    expect(await found(invoices, "products")).toBe("standard");
    expect(await found(invoices, "standard")).toBeNull();
    expect(await found("Code,Name,Type\n4000,Sales,sales\n", "standard")).toBe("nominal-codes");
    expect(await found("Number,Date,Nominal code,Debit,Credit\n", "payments")).toBe("journals");
    expect(await found("Reference,Name\nS-1,Mill\n", "suppliers")).toBeNull();
    expect(await found("Animal,Legs\nCat,4\n", "products")).toBeNull();
    const book = xlsxOf({
      Notes: [["Nothing"]],
      Codes: [
        ["Code", "Name", "Type"],
        ["4000", "Sales", "sales"],
      ],
    });
    expect(await found(book, "standard")).toBeNull();
    expect(await found(book, "standard", "Codes")).toBe("nominal-codes");
  });

  it("a copy that learned a second ledger's headings is found by those, and not by the first one's", async () => {
    const scope = await aClient();
    const number = { headers: ["Beleg", ...(STANDARD.columns?.number?.headers ?? [])], required: true, otherwise: [] };
    const copy = { ...STANDARD, name: "a-copy", title: "A copy", columns: { ...STANDARD.columns, number } };
    await scene.database.inScope(scope, (db) => saveProfile(db, scope, copy));
    const found = (heads: string) =>
      scene.database.inScope(scope, (db) =>
        fitOfSample(db, scope, {
          path: scene.write(`${heads},Description\n`),
          sheet: null,
          isCut: true,
          profile: "nominal-codes",
        }),
      );
    expect(await found(HEAD)).toEqual({ profile: "standard" });
    expect(await found(HEAD.replace("Number", "Beleg"))).toEqual({ profile: "a-copy" });
  });

  it("is read where its own headings fit as well, and where a column is missing that no other profile explains", async () => {
    const scope = await aClient();
    expect((await read(scope, "Reference,Name\nS-1,Mill\n", { profile: "suppliers" })).state).toBe("previewed");
    const short = await read(scope, "Type,Number,Date\nSales invoice,A-1,2026-11-10\n");
    expect((await faultsOf(scope, short))[0]).toContain("the column is missing");
  });
});

describe("questions and what else becomes of an upload", () => {
  it("what was left out stays left out when the file is read again", async () => {
    const scope = await aClient();
    const text = file(line("A-1", "11/02/2026", "", "100.00"), line("A-2", "11/03/2026", "", "no number"));
    const preview = await read(scope, text);
    const refused = await answer(scope, preview, { "date-order": "dmy" });
    expect(refused.state).toBe("refused");
    const left = await scene.database.inScope(scope, (db) => leaveOut(db, scope, refused.importId));
    expect(left).toMatchObject({ state: "previewed", summary: { settled: [{ id: "date-order" }] } });
    const turned = await answer(scope, left, { "date-order": "mdy" });
    expect(turned).toMatchObject({ state: "previewed", summary: { leftOut: { lines: 1 } } });
    await commit(scope, turned);
    expect(await documentsOf(scope)).toMatchObject([{ number: "A-1", on: "2026-11-02" }]);
  });

  it("a wrong answer is refused and the upload stays as it was; a discarded one is forgotten with its bytes", async () => {
    const scope = await aClient();
    const preview = await read(scope, file(line("A-1", "11/02/2026", "", "100.00")));
    await expect(answer(scope, preview, { "date-order": "tuesday" })).rejects.toThrow("one of dmy, mdy");
    await scene.database.inScope(scope, (db) => discardImport(db, scope, preview.importId));
    expect(await rows(scope, "select count(*)::int as n from import_bytes")).toEqual([{ n: 0 }]);
    await expect(answer(scope, preview, { "date-order": "dmy" })).rejects.toThrow("already been committed or discarded");
  });
});
