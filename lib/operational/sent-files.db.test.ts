import { describe, expect, it } from "vitest";
import type { ClientScope } from "#db/client.ts";
import { importScene, type SceneReading } from "#lib/testing/import-scene.ts";
import { rawXlsx } from "#lib/testing/xlsx.ts";
import type { Preview } from "./file-import.ts";

// Files as people really send them: what could be taken wrongly is taken right, asked about, or refused by name.

const scene = importScene("sent");
const { aClient, read, commit, answer, toldFaults: faultsOf } = scene;
const asked = (preview: Preview) => (preview.summary.questions ?? []).map((question) => question.id);
const optionsOf = (preview: Preview, id: string) =>
  (preview.summary.questions ?? [])
    .find((question) => question.id === id)
    ?.options.map(({ value, comesTo }) => `${value}: ${comesTo}`);
const documentsOf = (scope: ClientScope) =>
  scene.query(
    scope,
    "select d.number, c.reference as customer, d.net_minor as net from documents d join contacts c on c.id = d.contact_id where d.status <> 'void' order by d.number",
  );

const HEAD = "Type,Number,Date,Customer reference,Name,Quantity,Unit price,Nominal code,Tax code";
const sale = (number: string, customer = "K-1", price = "100.00", name = "Larch") =>
  `Sales invoice,${number},2026-11-10,${customer},${name},1,${price},4000,S`;
const file = (...lines: string[]) => `${lines.join("\n")}\n`;
/** The file with a column more, and what stands there of each line. */
const beside = (heading: string, ...cells: string[]) =>
  file(`${HEAD},${heading}`, ...cells.map((cell, at) => `${sale(`A${at + 1}`)},${cell}`));

async function told(content: string | Buffer, reading: SceneReading = {}) {
  const scope = await aClient();
  const preview = await read(scope, content, reading);
  return { scope, preview, state: preview.state, asked: asked(preview), faults: await faultsOf(scope, preview) };
}

describe("FA4 separators of every column of money", () => {
  it.each(["Unit price with tax", "Line total", "Line gross"])(
    "FA4 1.250 alone under %s is asked about, as under a unit price",
    async (heading) => {
      const found = await told(
        `Type;Number;Date;Customer reference;Name;${heading};Nominal code;Tax code\nSales invoice;A1;10.11.2026;K-1;Larch;1.250;4000;S\n`,
      );
      expect(found).toMatchObject({ state: "asks", asked: ["decimal-mark"] });
    },
  );

  it("FA4 a document's total tells how the file writes its prices", async () => {
    const scope = await aClient();
    const preview = await read(
      scope,
      "Type;Number;Date;Customer reference;Name;Unit price;Document total;Nominal code;Tax code\nSales invoice;A1;10.11.2026;K-1;Larch;1.250;1.500,00;4000;S\n",
    );
    expect(preview.state).toBe("previewed");
    await commit(scope, preview);
    expect(await documentsOf(scope)).toMatchObject([{ net: "125000" }]);
  });

  it("FA9 a row of sums is held against totals of lines and documents too", async () => {
    const head = "Type,Number,Date,Customer reference,Name,Line total,Nominal code,Tax code";
    const line = (number: string, total: string) => `Sales invoice,${number},2026-11-10,K-1,Larch,${total},4000,S`;
    const sums = (total: string) => file(head, line("A1", "100.00"), line("A2", "50.00"), `Total,,,,,${total},,`);
    expect((await told(sums("150.00"))).state).toBe("previewed");
    expect((await told(sums("250.00"))).faults).toEqual([
      "4 Line total 250.00: is the sum of the lines above it, which total 150",
    ]);
  });
});

describe("FA10 a currency's sign in a heading", () => {
  it("FA10 says what its column is in: euros are never taken for pounds", async () => {
    const euros = HEAD.replace("Unit price", "Unit price (€)");
    const found = await told(file(euros, sale("A1")));
    expect(found.faults).toEqual([
      `2 Unit price (€) 100.00: is in the document's currency, GBP: its heading is written with "€"`,
    ]);
    expect((await told(file(`${euros},Currency`, `${sale("A1")},EUR`))).state).toBe("previewed");
    expect((await told(file(HEAD.replace("Unit price", "Unit price £"), sale("A1")))).state).toBe("previewed");
  });
});

describe("FA6 columns that change what a line comes to", () => {
  it.each(["P&P", "P & P", "Deduction", "Porto", "Frais de port", "Per", "Price per", "Discount per line", "Preiseinheit"])(
    "FA6 whole pounds under %s are not left out in silence",
    async (heading) => {
      const { faults } = await told(beside(heading, "5", "100"));
      expect(faults.join()).toContain("is a column of money that the profile does not know");
    },
  );

  it("FA6 a price for one is a price, and a number of something is no amount", async () => {
    expect((await told(beside("Per", "1", "1"))).state).toBe("previewed");
    expect((await told(beside("Freight order", "1", "2"))).state).toBe("previewed");
  });
});

describe("FA8 documents that do not stand", () => {
  it("FA8 an invoice whose status nobody knows is asked about, word by word, and once for its headings", async () => {
    const scope = await aClient();
    const preview = await read(scope, beside("Status", "Draft", "Paid", "Quote", "Draft", ""));
    expect([preview.state, asked(preview)]).toEqual(["asks", ["status:draft", "status:quote"]]);
    await expect(commit(scope, preview)).rejects.toThrow("status:draft");
    const answered = await answer(scope, preview, { "status:draft": "stands", "status:quote": "void" });
    await commit(scope, answered);
    expect((await documentsOf(scope)).map((row) => row.number)).toEqual(["A1", "A2", "A4", "A5"]);
    expect((await read(scope, beside("Status", "Draft", "quote", "QUOTE"))).state).toBe("previewed");
  });

  it("FA8 a column of other words is no status", async () => {
    const words = Array.from({ length: 14 }, (_, at) => `Van ${at}`);
    expect((await told(beside("Status", ...words))).faults.join()).toContain("more than 12 different words that are none");
  });

  it("FA8 canceled is cancelled", async () => {
    const { scope, preview } = await told(beside("Status", "Canceled", "Open"));
    await commit(scope, preview);
    expect(await documentsOf(scope)).toMatchObject([{ number: "A2" }]);
  });

  it.each([
    ["Cancelled", "Yes", "No"],
    ["Voided at", "2026-11-12", ""],
    ["Is void", "TRUE", "FALSE"],
  ])("FA8 a column %s that says %s of an invoice is asked about", async (heading, yes, no) => {
    const scope = await aClient();
    const preview = await read(scope, beside(heading, yes, no));
    expect([preview.state, asked(preview)]).toEqual(["asks", ["column:status"]]);
    expect(optionsOf(preview, "column:status")?.[0]).toContain("1 document; GBP net 100.00");
    await commit(scope, await answer(scope, preview, { "column:status": heading }));
    expect(await documentsOf(scope)).toMatchObject([{ number: "A2" }]);
  });

  it("FA8 a payment that bounced is asked about, and one that stands is not", async () => {
    const payments = (status: string) =>
      told(`Number,Date,Document,Amount,Bank nominal code,Status\nP1,2026-11-11,A1,120.00,1200,${status}\n`, {
        profile: "payments",
      });
    expect((await payments("Bounced")).asked).toEqual(["column:status"]);
    expect((await payments("Cleared")).asked).toEqual([]);
  });

  it("FA8 a column that says of no invoice that it was cancelled raises nothing", async () => {
    expect((await told(beside("Cancelled", "No", ""))).state).toBe("previewed");
  });
});

describe("FA3 references as programs spoil them", () => {
  it('FA3 ="00417" is 00417', async () => {
    const { scope, preview } = await told(file(HEAD, sale('="0012"', '="00417"')));
    await commit(scope, preview);
    expect(await documentsOf(scope)).toMatchObject([{ number: "0012", customer: "00417" }]);
  });

  it("FA3 signs that nobody sees are no part of a number, a customer or a date", async () => {
    const { scope, preview } = await told(file(HEAD, sale("A1\u200b"), sale("A2", "\u200eK-1"), sale("A3")));
    await commit(scope, preview);
    expect((await documentsOf(scope)).map((row) => `${row.number} ${row.customer}`)).toEqual(["A1 K-1", "A2 K-1", "A3 K-1"]);
    const date = await told(file(HEAD, sale("A1").replace("2026-11-10", "\u200e11/02/2026")));
    expect(date.asked).toEqual(["date-order"]);
  });

  it.each([
    ["'0012", "0012", "apostrophe"],
    ["1012.0", "1012", "decimal"],
  ])("FA3 %s is asked about: it may be %s", async (written, meant, mark) => {
    const scope = await aClient();
    const preview = await read(scope, file(HEAD, sale(written)));
    const id = `reference-mark:${mark}`;
    expect([preview.state, asked(preview)]).toEqual(["asks", [id]]);
    await commit(scope, await answer(scope, preview, { [id]: "mark" }));
    expect(await documentsOf(scope)).toMatchObject([{ number: meant }]);
  });

  it.each(["M\ufffdller", "MÃ¼ller", "Caf‚ Rouge", "MŽnage", "Lef¦vre"])("FA3 %s is nobody's name", async (name) => {
    const found = await told(file(HEAD, sale("A1", "K-1", "100.00", name)));
    expect(found.faults).toHaveLength(1);
    expect(found.faults[0]).toMatch(new RegExp(`^2 Name ${name}: .*Export the file again as UTF-8`));
  });

  it("FA3 a file of DOS is no file of Windows", async () => {
    const bytes = Buffer.concat([
      Buffer.from(`${HEAD}\nSales invoice,A1,2026-11-10,K-1,Caf`),
      Buffer.of(0x82),
      Buffer.from(",1,1.00,4000,S\n"),
    ]);
    expect((await told(bytes, { name: "dos.csv" })).faults.join()).toContain("replaces a letter");
  });

  it.each(["Müller & Söhne", "Łódź Tomáš Ltd", "“Blue” Café", "Acme™", "Bar… none", "SÃO PAULO"])(
    "FA3 %s is a name",
    async (name) => {
      expect((await told(file(HEAD, sale("A1", "K-1", "100.00", name)))).state).toBe("previewed");
    },
  );

  it("FA3 a blank that no line may break at is a blank", async () => {
    const { scope, preview } = await told(file(HEAD, sale("INV\u00a01"), sale("INV 1", "K-1", "5.00")));
    await commit(scope, preview);
    expect(await documentsOf(scope)).toMatchObject([{ number: "INV 1", net: "10500" }]);
  });

  it("FA3 customers, suppliers, products and payments are asked about and refused as documents are", async () => {
    const customers = await told("Reference,Name\n'00417,Larch\n418.0,Birch\n", { profile: "customers" });
    expect(customers.asked).toEqual(["reference-mark:apostrophe", "reference-mark:decimal"]);
    expect((await told("Reference,Name\nK-1,M\ufffdller\n", { profile: "suppliers" })).faults.join()).toContain("was lost");
    expect((await told("Code,Name\n'0012,Chair\n", { profile: "products" })).asked).toEqual(["reference-mark:apostrophe"]);
    const payments = "Number,Date,Document,Amount (€),Bank nominal code\nP1,2026-11-11,A1,120.00,1200\n";
    expect((await told(payments, { profile: "payments" })).faults.join()).toContain('its heading is written with "€"');
  });

  it("FA3 two names under one customer's reference are asked about, once for that customer", async () => {
    const scope = await aClient();
    const cash = file(
      HEAD,
      sale("A1", "CASH", "1.00", "J Smith"),
      sale("A2", "CASH", "2.00", "A Jones"),
      sale("A3"),
      sale("A4", "K-1", "3.00", "LARCH."),
    );
    const preview = await read(scope, cash);
    expect([preview.state, asked(preview)]).toEqual(["asks", ["one-customer:CASH"]]);
    await commit(scope, await answer(scope, preview, { "one-customer:CASH": "one" }));
    const next = file(HEAD, sale("A5", "CASH", "1.00", "B Brown"), sale("A6", "CASH", "2.00", "C White"));
    expect((await read(scope, next)).state).toBe("previewed");
  });

  it("FA3 one customer written two ways within a file is asked about", async () => {
    const scope = await aClient();
    const preview = await read(scope, file(HEAD, sale("A1", "00417"), sale("A2", "417"), sale("A3", "acme"), sale("A4", "Acme")));
    expect(asked(preview)).toEqual(["same-customer:417", "same-customer:Acme"]);
    await commit(scope, await answer(scope, preview, { "same-customer:417": "same", "same-customer:Acme": "another" }));
    expect((await documentsOf(scope)).map((row) => row.customer)).toEqual(["00417", "00417", "acme", "Acme"]);
  });
});

describe("FA1 a reference that is a customer's order", () => {
  it("FA1 another invoice under it is refused, of the same day too: nothing here is overwritten", async () => {
    const scope = await aClient();
    await commit(scope, await read(scope, beside("Reference", "PO-7")));
    const second = await read(scope, file(`${HEAD},Reference`, `${sale("A9", "K-1", "333.00")},PO-7`));
    expect((await faultsOf(scope, second)).join()).toContain("A1 has its reference here, Larch's of 10 Nov 2026 for £120.00");
    const amended = await read(scope, file(`${HEAD},Reference`, `${sale("A1", "K-1", "110.00")},PO-7`));
    expect(amended.state).toBe("previewed");
  });

  it("FA1 one number under two of them is refused", async () => {
    const split = file(`${HEAD},Reference`, `${sale("A1")},PO-7`, `${sale("A1")},PO-8`, `${sale("A2")},`);
    expect((await told(split)).faults).toEqual([
      "3 Number A1: has one reference in a file: line 2 gives it another. Is the column the document's own reference, not a customer's?",
    ]);
  });
});

describe("FA2 rows that stand twice", () => {
  it.each([
    ["a page that was exported twice", [sale("A1"), sale("A2"), sale("A3"), sale("A2"), sale("A3")]],
    ["a query that met each line twice", [sale("A1"), sale("A1"), sale("A2"), sale("A2")]],
  ])("FA2 %s is asked about", async (_, lines) => {
    const scope = await aClient();
    const preview = await read(scope, file(HEAD, ...lines));
    expect([preview.state, asked(preview)]).toEqual(["asks", ["lines-twice"]]);
    expect((await answer(scope, preview, { "lines-twice": "charged" })).state).toBe("previewed");
  });

  it("FA2 a journal of which every leg stands twice is asked about", async () => {
    const legs = (number: string) => [`${number},2026-11-10,Wages,4000,10.00,`, `${number},2026-11-10,Wages,4905,,10.00`];
    const journals = (...lines: string[]) =>
      told(file("Number,Date,Narration,Nominal code,Debit,Credit", ...lines), { profile: "journals" });
    expect((await journals(...legs("J1"), ...legs("J2"), ...legs("J1"))).asked).toEqual(["lines-twice"]);
    expect((await journals(...legs("J1"), ...legs("J2"))).asked).toEqual([]);
  });

  it("FA2 a file that keeps no document together is asked nothing for one whose only line stands twice", async () => {
    const apart = [sale("A1"), sale("A2"), sale("A3"), sale("A1", "K-1", "5.00"), sale("A2", "K-1", "5.00"), sale("A3")];
    expect((await told(file(HEAD, ...apart))).asked).toEqual([]);
    expect((await told(file(HEAD, sale("A1"), sale("A2"), sale("A3"), sale("A3", "K-1", "5.00"), sale("A1")))).asked).toEqual([
      "lines-twice",
    ]);
    const legs = (number: string, net: string) => [
      `${number},2026-11-10,Pay,4000,${net},`,
      `${number},2026-11-10,Pay,4905,,${net}`,
    ];
    const journal = [
      legs("J1", "1.00"),
      legs("J2", "2.00"),
      legs("J3", "3.00"),
      legs("J1", "4.00"),
      legs("J2", "5.00"),
      legs("J3", "3.00"),
    ];
    const heads = "Number,Date,Narration,Nominal code,Debit,Credit";
    expect((await told(file(heads, ...journal.flat()), { profile: "journals" })).asked).toEqual([]);
  });

  it("FA9 a subtotal under its document's number is no line of it", async () => {
    const head = HEAD.replace("Name", "Name,Description");
    const line = (words: string, price: string) => `Sales invoice,A1,2026-11-10,K-1,Larch,${words},1,${price},4000,S`;
    const found = await told(file(head, line("Oak", "60.00"), line("Ash", "40.00"), line("Subtotal", "100.00")));
    expect(found.faults).toEqual([
      "4 Description Subtotal: is of a line, not a total: 100.00 is the total of the lines of the document above it",
    ]);
    expect((await told(file(head, line("Oak", "60.00"), line("Total station", "60.00")))).state).toBe("previewed");
  });

  it("FA2 two equal lines of one invoice are two lines", async () => {
    expect((await told(file(HEAD, sale("A1"), sale("A1"), sale("A2")))).state).toBe("previewed");
    expect((await told(file(HEAD, sale("A1"), sale("A2"), sale("A1", "K-1", "5.00")))).state).toBe("previewed");
  });
});

describe("FA7 a rate as a spreadsheet keeps it", () => {
  it("FA7 0.2 is no rate of 20 per cent, and none of 0.2 unless it says so", async () => {
    const rates = (rate: string) => told(`Code,Name,Rate\nV20,Standard rate,${rate}\n`, { profile: "tax-codes" });
    expect((await rates("0.2")).faults.join()).toContain("2 Rate 0.2: is per cent: 0.2 may be as much, or a hundredfold");
    expect((await rates("0.2%")).state).toBe("previewed");
    expect((await rates("0")).state).toBe("previewed");
    expect((await rates("20")).state).toBe("previewed");
  });
});

/** A sheet whose last row has cells of the test's own: text, or a number with the format that it is shown in. */
function book(rows: readonly (readonly (string | readonly [number, string])[])[], head = HEAD): Buffer {
  const formats: string[] = [];
  const safe = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
  const cell = (value: string | readonly [number, string], at: string) => {
    if (typeof value === "string") return `<c r="${at}" t="inlineStr"><is><t>${safe(value)}</t></is></c>`;
    const [number, format] = value;
    if (!formats.includes(format)) formats.push(format);
    return `<c r="${at}" s="${formats.indexOf(format) + 1}"><v>${number}</v></c>`;
  };
  const xml = [head.split(","), ...rows].map(
    (cells, row) =>
      `<row r="${row + 1}">${cells.map((value, column) => cell(value, `${String.fromCharCode(65 + column)}${row + 1}`)).join("")}</row>`,
  );
  const styles = `<styleSheet><numFmts>${formats.map((code, at) => `<numFmt numFmtId="${164 + at}" formatCode="${safe(code)}"/>`).join("")}</numFmts><cellXfs><xf numFmtId="0"/>${formats.map((_, at) => `<xf numFmtId="${164 + at}"/>`).join("")}</cellXfs></styleSheet>`;
  return rawXlsx(`<worksheet><sheetData>${xml.join("")}</sheetData></worksheet>`, { styles });
}

type Shown = string | readonly [number, string];
const row = (cells: { number?: Shown; date?: Shown; customer?: Shown; quantity?: Shown; price?: Shown } = {}): Shown[] => [
  "Sales invoice",
  cells.number ?? "A1",
  cells.date ?? "2026-11-10",
  cells.customer ?? "K-1",
  "Larch",
  cells.quantity ?? "1",
  cells.price ?? "100.00",
  "4000",
  "S",
];

describe("FA3 a workbook's cells are what they show", () => {
  it("FA3 the zeros and letters of a number's format belong to a number and a customer", async () => {
    const { scope, preview } = await told(book([row({ number: [12, '"INV-"0000'], customer: [417, "00000"] })]));
    await commit(scope, preview);
    expect(await documentsOf(scope)).toMatchObject([{ number: "INV-0012", customer: "00417" }]);
    const plain = await told(book([row({ number: [1012, "#,##0"], quantity: [2, '0" pcs"'] })]));
    await commit(plain.scope, plain.preview);
    expect(await documentsOf(plain.scope)).toMatchObject([{ number: "1012", net: "20000" }]);
  });

  it("FA3 a number that became a date is refused", async () => {
    const { faults } = await told(book([row({ number: [46331, "mmm-yy"] })]));
    expect(faults).toEqual([
      "2 Number 2026-11-05: is text: the spreadsheet has made a date of it. Format the column as text in the source and export again",
    ]);
  });

  it.each(["h:mm", "[h]:mm", "[hh]:mm:ss"])("FA8 hours shown as %s are no part of a day", async (format) => {
    const { faults } = await told(book([row({ quantity: [0.3125, format], price: "80.00" })]));
    expect(faults.join()).toContain("2 Quantity 0.3125: is a number: the cell shows a time");
  });

  it.each(["[$€-407] #,##0.00", '"€"#,##0.00', "€ #,##0.00", "[$EUR] #,##0.00"])(
    "FA10 euros shown by %s are never taken for pounds",
    async (format) => {
      const found = await told(book([row({ price: [100, format] })]));
      expect(found.faults.join()).toContain("2 Unit price");
      expect(found.faults.join()).toContain("is in the document's currency, GBP");
    },
  );

  it.each(["[$£-809]#,##0.00", '"£"#,##0.00;[Red]\\-"£"#,##0.00', "#,##0.00", "0.00%"])(
    "FA10 %s is no other currency",
    async (format) => {
      expect((await told(book([row({ price: [100.5, format] })]))).state).toBe("previewed");
    },
  );
});

describe("FA5 a workbook whose dates a spreadsheet of another country read by half", () => {
  const date = (serial: number) => [serial, "dd/mm/yyyy"] as const;
  // 46054 is 1 Feb 2026, which the source wrote for 2 Jan.
  const half = book([row({ date: date(46054) }), row({ number: "A2", date: "01/13/2026" })]);

  it("FA5 is asked about, and read right either way", async () => {
    const scope = await aClient();
    const preview = await read(scope, half);
    expect([preview.state, asked(preview)]).toEqual(["asks", ["swapped-dates"]]);
    const swapped = await answer(scope, preview, { "swapped-dates": "swapped" });
    expect(swapped.summary.first.map((one) => one.issuedOn)).toEqual(["2026-01-02", "2026-01-13"]);
    const back = await answer(scope, swapped, { "swapped-dates": "as-shown" });
    expect(back.summary.first.map((one) => one.issuedOn)).toEqual(["2026-02-01", "2026-01-13"]);
  });

  it("FA5 a day above 12 among its dates shows that they were read right", async () => {
    expect(
      (
        await told(
          book([row({ date: date(46054) }), row({ number: "A2", date: date(46081) }), row({ number: "A3", date: "13/01/2026" })]),
        )
      ).state,
    ).toBe("previewed");
    expect((await told(book([row({ date: date(46054) }), row({ number: "A2", date: "13 Jan 2026" })]))).state).toBe("previewed");
  });
});
