import { describe, expect, it } from "vitest";
import type { ClientScope } from "#db/client.ts";
import { importScene } from "#lib/testing/import-scene.ts";
import { xlsxOf } from "#lib/testing/xlsx.ts";
import { BUILT_IN_PROFILES } from "./built-in.ts";
import { commitImport, leaveOut } from "./file-import.ts";
import { STANDARD } from "./profiles/standard.ts";
import { saveProfile } from "./profiles.ts";
import type { Answers } from "./questions.ts";

const scene = importScene("money");
const { aClient, faultsOf } = scene;

interface Reading {
  readonly profile?: string;
  readonly answers?: Answers;
  readonly scope?: ClientScope;
}
async function read(content: string | Buffer, { scope: given, ...reading }: Reading = {}) {
  const scope = given ?? (await aClient());
  return { scope, preview: await scene.read(scope, content, reading) };
}

/** Number, net, tax and gross of what a commit makes, in pence; what keeps it from being committed otherwise. */
async function outcome(content: string | Buffer, reading: Reading = {}) {
  const { scope, preview } = await read(content, reading);
  if (preview.state === "asks") return { asks: (preview.summary.questions ?? []).map((one) => one.id) };
  if (preview.state === "refused")
    return {
      faults: (await faultsOf(scope, preview)).map(({ line, field, value, rule }) => `${line} ${field} ${value}: ${rule}`),
    };
  await scene.database.inScope(scope, (db) => commitImport(db, scope, preview.importId));
  const { rows } = await scene.database.inScope(scope, (db) =>
    db.execute<{ row: string }>(
      "select concat_ws(' ', number, net_minor, tax_minor, gross_minor) as row from documents order by number, reference",
    ),
  );
  return { documents: rows.map(({ row }) => row) };
}

/** A file under the usual head with other columns behind; each line gives what differs. */
const HEAD = "Type,Number,Date,Customer/Supplier reference,Name,Currency,Description,Nominal code,Tax code";
function file(
  columns: string,
  ...lines: readonly (readonly [number: string, values: string, kind?: string, currency?: string, tax?: string])[]
) {
  const rows = lines.map(
    ([number, values, kind = "Sales invoice", currency = "GBP", tax = "S"]) =>
      `${kind},${number},2026-11-05,K-1,Larch,${currency},Thing,4000,${tax},${values}`,
  );
  return `${[`${HEAD},${columns}`, ...rows].join("\n")}\n`;
}
const oneFault = async (content: string | Buffer, reading: Reading = {}) => {
  const { faults } = await outcome(content, reading);
  expect(faults).toHaveLength(1);
  return faults?.[0] ?? "";
};

describe("FA6 discounts", () => {
  it("FA6 a discount is used when the line's own total proves it, whatever it is called and however it is written", async () => {
    const variants: [string, string][] = [
      ["Quantity,Unit price,Discount %,Line total", "10,20.00,10,180.00"],
      ["Quantity,Unit price,Disc %,Net", "10,20.00,10%,180.00"],
      ["Quantity,Unit price,Discount (%),Line net", "10,20.00,10.00 %,180.00"],
      ["Quantity,Unit price,Discount %,Line total", "10,20.00,0.1,180.00"],
      ["Quantity,Unit price,Discount,Line total", "10,20.00,20.00,180.00"],
      ["Quantity,Unit price,Discount,Line total", "10,20.00,10,180.00"],
      ["Quantity,Unit price,Discount,Line total", "10,20.00,2.00,180.00"],
      ["Quantity,Unit price,Discount amount,Line total", "10,20.00,-20.00,180.00"],
      ["Quantity,Unit price,Discount,Net,Tax", "10,18.00,10%,180.00,36.00"],
    ];
    for (const [columns, values] of variants)
      expect([columns, await outcome(file(columns, ["1", values]))]).toEqual([columns, { documents: ["1 18000 3600 21600"] }]);
  });

  it("FA6 a line total that no reading of the discount gives is a fault with both figures", async () => {
    const fault = await oneFault(file("Quantity,Unit price,Discount %,Line total", ["1", "10,20.00,10,175.00"]));
    expect(fault).toContain("2 Line total 175.00");
    expect(fault).toContain("180.00 with the discount as per cent or 200.00 without the discount");
  });

  it("FA6 a discount that no total proves is asked about, with what each reading comes to", async () => {
    const text = file("Quantity,Unit price,Discount %", ["1", "10,20.00,10"], ["2", "1,50.00,"]);
    const { preview } = await read(text);
    expect(preview.state).toBe("asks");
    expect(preview.summary.questions).toMatchObject([
      {
        id: "discount",
        options: [
          { value: "percent", comesTo: "net GBP 230.00" },
          { value: "included", comesTo: "net GBP 250.00" },
        ],
      },
    ]);
    expect(await outcome(text, { answers: { discount: "percent" } })).toEqual({
      documents: ["1 18000 3600 21600", "2 5000 1000 6000"],
    });
    expect(await outcome(text, { answers: { discount: "included" } })).toEqual({
      documents: ["1 20000 4000 24000", "2 5000 1000 6000"],
    });
    const amount = file("Quantity,Unit price,Discount", ["1", "10,20.00,10"]);
    expect(await outcome(amount)).toEqual({ asks: ["discount"] });
    expect(await outcome(amount, { answers: { discount: "amount" } })).toEqual({ documents: ["1 19000 3800 22800"] });
    expect(await outcome(amount, { answers: { discount: "percent" } })).toEqual({ documents: ["1 18000 3600 21600"] });
  });

  it("FA6 the document's total proves a discount too, and lines with a total of their own speak for those without", async () => {
    expect(await outcome(file("Quantity,Unit price,Discount %,Invoice total", ["1", "10,20.00,10,216.00"]))).toEqual({
      documents: ["1 18000 3600 21600"],
    });
    expect(await oneFault(file("Quantity,Unit price,Discount %,Invoice total", ["1", "10,20.00,10,240.00"]))).toContain("216.00");
    expect(
      await outcome(file("Quantity,Unit price,Discount %,Line total", ["1", "10,20.00,10,180.00"], ["2", "2,50.00,5,"])),
    ).toEqual({ documents: ["1 18000 3600 21600", "2 9500 1900 11400"] });
  });

  it("FA6 a spreadsheet's 0.1 without a total is no tenth of a per cent in silence", async () => {
    expect(await oneFault(file("Quantity,Unit price,Discount %", ["1", "10,20.00,0.1"]))).toContain("hundredfold");
  });
});

describe("FA6 totals of line and document", () => {
  it("FA6 a line's net counts; quantity and price are held against it to half a unit of the price's last digit", async () => {
    // Three at 3.33: the price was rounded, the net was not.
    expect(await outcome(file("Quantity,Unit price,Net", ["1", "3,3.33,10.00"]))).toEqual({ documents: ["1 1000 200 1200"] });
    expect(await outcome(file("Quantity,Unit price,Line total", ["1", "1000,0.33,333.33"]))).toEqual({
      documents: ["1 33333 6667 40000"],
    });
    const fault = await oneFault(file("Quantity,Unit price,Net", ["1", "3,3.33,10.03"]));
    expect(fault).toContain("2 Net 10.03");
    expect(fault).toContain("9.99");
    expect(await oneFault(file("Quantity,Unit price,Net", ["1", "10,20,196.00"]))).toContain("200.00");
    expect(await oneFault(file("Quantity,Unit price,Net,Line total", ["1", "1,10.00,10.00,12.00"]))).toContain("two amounts");
  });

  it("FA6 a line's total with tax is held against net and tax", async () => {
    expect(await outcome(file("Quantity,Unit price,Line gross", ["1", "1,10.00,12.00"]))).toEqual({
      documents: ["1 1000 200 1200"],
    });
    expect(await outcome(file("Line gross", ["1", "12.00"]))).toEqual({ documents: ["1 1000 200 1200"] });
    expect(await outcome(file("Line gross,Tax", ["1", "12.01,2.00"]))).toEqual({ documents: ["1 1001 200 1201"] });
    const fault = await oneFault(file("Quantity,Unit price,Line gross", ["1", "1,10.00,15.00"]));
    expect(fault).toContain("15.00 here, and 10.00 + 2.00 = 12.00");
  });

  it("FA6 a document's net, tax and total are held against its lines, on its first line or on each", async () => {
    const columns = "Quantity,Unit price,Document net,Document tax,Invoice total";
    const right = { documents: ["1 10500 2100 12600"] };
    expect(await outcome(file(columns, ["1", "1,80.00,105.00,21.00,126.00"], ["1", "1,25.00,,,"]))).toEqual(right);
    expect(await outcome(file(columns, ["1", "1,80.00,105.00,21.00,126.00"], ["1", "1,25.00,105.00,21.00,126.00"]))).toEqual(
      right,
    );
    const fault = await oneFault(file(columns, ["1", "1,80.00,105.00,21.00,136.00"], ["1", "1,25.00,,,"]));
    expect(fault).toContain("2 Invoice total 136.00");
    expect(fault).toContain("= 126.00");
    expect(await oneFault(file("Quantity,Unit price,Document net", ["1", "1,80.00,205.00"], ["1", "1,25.00,"]))).toContain(
      "105.00",
    );
    expect(await oneFault(file("Quantity,Unit price,Document tax", ["1", "1,80.00,31.00"], ["1", "1,25.00,"]))).toContain(
      "21.00",
    );
    expect(
      await oneFault(
        file("Quantity,Unit price,Invoice total", ["1", "1,80.00,126.00"], ["1", "1,25.00,127.00"], ["1", "1,1.00,"]),
      ),
    ).toContain("is the same on every line of document 1");
  });

  it("FA6 tax rounded once for the document is the document's, to the penny", async () => {
    // Line by line 3 × 8.33 × 20 % is 1.67 each, 5.01; once it is 5.00.
    const columns = "Quantity,Unit price,Document tax";
    const three = ["1", "1,8.33,5.00"] as const;
    expect(await outcome(file(columns, three, ["1", "1,8.33,"], ["1", "1,8.33,"]))).toEqual({ documents: ["1 2499 500 2999"] });
    expect(
      await outcome(
        file("Quantity,Unit price,Invoice total", ["1", "1,8.33,29.99"], ["1", "1,8.33,29.99"], ["1", "1,8.33,29.99"]),
      ),
    ).toEqual({ documents: ["1 2499 500 2999"] });
  });

  it("FA6 the document's tax in the column of the lines' tax, on its first line or on each, is the document's", async () => {
    const columns = "Quantity,Net,Tax";
    expect(await outcome(file(columns, ["1", "1,51.25,15.26"], ["1", "1,25.05,"]))).toEqual({ documents: ["1 7630 1526 9156"] });
    expect(await outcome(file(columns, ["1", "1,51.25,15.26"], ["1", "1,25.05,15.26"]))).toEqual({
      documents: ["1 7630 1526 9156"],
    });
    // A tax that is its own line's stays so.
    expect(await outcome(file(columns, ["1", "1,51.25,10.25"], ["1", "1,25.05,"]))).toEqual({ documents: ["1 7630 1526 9156"] });
  });

  it("FA6 a document's figures of a credit note may stand in either sign", async () => {
    const credit = (values: string) => ["C1", values, "Sales credit note"] as const;
    for (const values of ["1,-10.00,12.00", "1,-10.00,-12.00", "1,10.00,-12.00", "-1,10.00,12.00"])
      expect(await outcome(file("Quantity,Unit price,Invoice total", credit(values)))).toEqual({
        documents: ["C1 1000 200 1200"],
      });
    expect(await outcome(file("Quantity,Unit price,Net", credit("1,10.00,-10.00")))).toEqual({ documents: ["C1 1000 200 1200"] });
  });
});

describe("FA6 prices with tax", () => {
  it("FA6 what is paid counts: net is what is left of it, to the penny", async () => {
    const columns = "Quantity,Unit price inc VAT";
    expect(await outcome(file(columns, ["1", "1,41.90"]))).toEqual({ documents: ["1 3492 698 4190"] });
    expect(await outcome(file(columns, ["1", "3,9.99"]))).toEqual({ documents: ["1 2498 499 2997"] });
    expect(await outcome(file(columns, ["1", "1,41.90", "Sales invoice", "GBP", "Z"]))).toEqual({ documents: ["1 4190 0 4190"] });
    expect(await outcome(file(`${columns},Tax`, ["1", "1,41.90,6.98"]))).toEqual({ documents: ["1 3492 698 4190"] });
    expect(await oneFault(file(`${columns},Net`, ["1", "1,41.90,41.90"]))).toContain("41.90");
  });
});

describe("FA6 columns of money that the profile does not know", () => {
  it("FA6 are never left out in silence: what may change a document is a fault of the file", async () => {
    for (const [heading, values] of [
      ["Freight", "1,10.00,5.00"],
      ["Carriage", "1,10.00,5"],
      ["Rabatt", "1,10.00,2"],
      ["Delivery charge", "1,10.00,£4.95"],
      ["Total", "1,10.00,14.00"],
      ["Korting %", "1,10.00,10"],
      ["Surcharge", "1,10.00,1.00-"],
      ["Amount", "1,10.00,9.00"],
    ]) {
      const { faults } = await outcome(file(`Quantity,Unit price,${heading}`, ["1", values ?? ""]));
      expect([heading, faults]).toEqual([
        heading,
        [expect.stringMatching(new RegExp(`^0 ${heading} .*the profile does not know`))],
      ]);
    }
  });

  it("FA6 one that repeats a known figure everywhere is a check, and said to be one", async () => {
    for (const [heading, first, second, is] of [
      ["Total", "30.00", "30.00", "the document's net"],
      ["Total", "36.00", "", "the document's total"],
      ["Amount", "10.00", "20.00", "the line's net"],
      ["Value", "12.00", "24.00", "the line's net and tax"],
      ["Freight", "0.00", "", null],
      ["VAT rate", "20", "20", "the tax code's rate"],
      ["VAT number", "12345678", "", null],
      ["Balance", "36.00", "36.00", "the document's total"],
      ["Exchange rate", "1.0000", "1.0000", "1 on every line"],
    ] as const) {
      const { preview, scope } = await read(
        file(`Quantity,Unit price,${heading}`, ["1", `1,10.00,${first}`], ["1", `1,20.00,${second}`]),
      );
      expect([heading, await faultsOf(scope, preview)]).toEqual([heading, []]);
      expect([heading, preview.state]).toEqual([heading, "previewed"]);
      expect(preview.summary.checked ?? []).toEqual(is === null ? [] : [{ heading, is }]);
    }
  });

  it("FA6 what stands beside a document is asked about once, or named in the profile as not used", async () => {
    const scope = await aClient();
    const text = file("Quantity,Unit price,Amount paid,Exchange rate", ["1", "1,10.00,5.00,1.1734"]);
    expect(await outcome(text, { scope })).toEqual({ asks: ["not-used:amountpaid", "not-used:exchangerate"] });
    const answers = { "not-used:amountpaid": "yes", "not-used:exchangerate": "yes" };
    expect(await outcome(text, { scope, answers })).toEqual({ documents: ["1 1000 200 1200"] });
    const standard = BUILT_IN_PROFILES.find((profile) => profile.name === "standard");
    const ours = { ...standard, name: "ours", title: "Ours", notUsed: ["Freight", "amount PAID"] };
    const other = await aClient();
    await scene.database.inScope(other, (db) => saveProfile(db, other, ours));
    const two = file("Quantity,Unit price,Amount paid,Freight", ["1", "1,10.00,5.00,3.00"]);
    expect(await outcome(two, { scope: other, profile: "ours" })).toEqual({ documents: ["1 1000 200 1200"] });
  });

  it("FA6 per cent of VAT is no amount of VAT", async () => {
    expect(await outcome(file("Quantity,Unit price,VAT %", ["1", "1,10.00,20"]))).toEqual({ documents: ["1 1000 200 1200"] });
  });
});

describe("FA10 ways to write a number", () => {
  it("FA10 brackets, marks and codes of the currency, a minus of any kind on either side", async () => {
    for (const [price, net] of [
      ["(10.00)", "-"],
      ["(£10.00)", "-"],
      ["£(10.00)", "-"],
      ["-£10.00", "-"],
      ["£-10.00", "-"],
      ["10.00-", "-"],
      ["£10.00-", "-"],
      ["\u221210.00", "-"],
      ["\u201310.00", "-"],
      ["\uff0d10.00", "-"],
      ["- 10.00", "-"],
      ["£10.00", ""],
      ["£ 10.00", ""],
      ["10.00 £", ""],
      ["GBP 10.00", ""],
      ["10.00 GBP", ""],
      ["gbp10.00", ""],
      ["+10.00", ""],
      ["\u00a010.00\u00a0", ""],
    ] as const) {
      const text = file("Quantity,Unit price", ["1", "2,100.00"], ["1", `1,"${price}"`]);
      const want = net === "-" ? "1 19000 3800 22800" : "1 21000 4200 25200";
      expect([price, await outcome(text)]).toEqual([price, { documents: [want] }]);
    }
  });

  it("FA10 a mark of another currency than the document's is a fault", async () => {
    const euro = (price: string, currency = "EUR") => file("Quantity,Unit price", ["1", `1,${price}`, "Sales invoice", currency]);
    expect(await oneFault(euro("£10.00"))).toContain('is in the document\'s currency, EUR: it is written with "£"');
    expect(await oneFault(euro("10.00 USD"))).toContain("EUR");
    expect(await oneFault(euro("€10.00", "GBP"))).toContain("GBP");
    expect(await outcome(euro("€10.00"))).toEqual({ documents: ["1 1000 200 1200"] });
    expect(await outcome(euro("$10.00", "AUD"))).toEqual({ documents: ["1 1000 200 1200"] });
  });

  it("FA10 what can't be read is named by the character that is in the way", async () => {
    for (const [price, why] of [
      ["1O.00", 'it holds "O"'],
      ["10.00*", 'it holds "*"'],
      ["~10", 'it holds "~"'],
      ["(-10.00)", "says once that it is below zero"],
      ["-10.00 CR", "says one way whether it is below zero"],
      ["10.00 CR DR", 'it holds "C"'],
      ["10%", "is an amount, not per cent"],
      ["-", "it holds no digit"],
      ['"12,34.50"', "thousands separated at every third digit"],
      ["1E+05", "a spreadsheet has shortened this number"],
    ] as const)
      expect(await oneFault(file("Quantity,Unit price", ["1", `1,${price}`]))).toContain(why);
  });

  it("FA10 CR and DR: where the file can be meant both ways it asks, with both totals, and remembers", async () => {
    const scope = await aClient();
    const text = (number: string) => file("Quantity,Unit price", [number, "1,100.00"], [number, "1,20.00 CR"]);
    const { preview } = await read(text("1"), { scope });
    expect(preview.summary.questions).toMatchObject([
      {
        id: "ledger-marks",
        why: expect.stringContaining("20.00 CR in line 3"),
        options: [
          { value: "cr", comesTo: expect.stringContaining("GBP net 80.00, tax 16.00") },
          { value: "dr", comesTo: expect.stringContaining("GBP net 120.00, tax 24.00") },
        ],
      },
    ]);
    expect(await outcome(text("1"), { scope, answers: { "ledger-marks": "cr" } })).toEqual({ documents: ["1 8000 1600 9600"] });
    expect((await outcome(text("2"), { scope })).documents).toContain("2 8000 1600 9600");
    expect(await outcome(text("1"), { answers: { "ledger-marks": "dr" } })).toEqual({ documents: ["1 12000 2400 14400"] });
  });

  it("FA10 CR and DR: what the file shows is not asked: opposite marks on invoices and credit notes, a quantity below zero, marks that make no difference", async () => {
    const credit = "Sales credit note";
    const columns = "Quantity,Unit price,Net";
    for (const [text, documents] of [
      [file("Net", ["1", "100.00 DR"], ["C1", "31.00 CR", credit]), ["1 10000 2000 12000", "C1 3100 620 3720"]],
      [file("Net", ["1", '"£1,100.00Dr"'], ["C1", "CR 31.00", credit]), ["1 110000 22000 132000", "C1 3100 620 3720"]],
      [
        file("Net", ["1", "100.00 CR", "Bill"], ["C1", "31.00 dr.", "Supplier credit note"]),
        ["1 10000 2000 12000", "C1 3100 620 3720"],
      ],
      [
        file(
          "Net",
          ["1", "100.00 DR"],
          ["2", "31.00 CR", credit],
          ["3", "50.00 CR", "Bill"],
          ["4", "5.00 DR", "Supplier credit note"],
        ),
        ["1 10000 2000 12000", "2 3100 620 3720", "3 5000 1000 6000", "4 500 100 600"],
      ],
      [file(columns, ["1", "2,100.00,200.00 DR"], ["1", "-1,40.00,40.00 CR"]), ["1 16000 3200 19200"]],
      [file("Net", ["1", "100.00"], ["C1", "31.00 CR", credit]), ["1 10000 2000 12000", "C1 3100 620 3720"]],
      [file("Net,Dr/Cr", ["1", "100.00,DR"], ["C1", "31.00,CR", credit]), ["1 10000 2000 12000", "C1 3100 620 3720"]],
    ] as const)
      expect([text, await outcome(text)]).toEqual([text, { documents }]);
  });

  it("FA10 CR and DR: an invoice that bears CR is not taken for one above zero because it could not be below", async () => {
    for (const text of [
      file("Net", ["1", "100.00"], ["2", "40.00 CR"]),
      file("Quantity,Unit price,Net", ["1", "1,40.00,40.00 CR"]),
      file("Net", ["1", "100.00 DR"], ["2", "50.00 CR", "Bill"]),
      file("Net,Posting", ["1", "100.00,"], ["1", "40.00,Credit"]),
    ])
      expect([text, await outcome(text)]).toEqual([text, { asks: ["ledger-marks"] }]);
    // A card's kind is no ledger's side: that can be said.
    const cards = file("Net,Card", ["1", "100.00,Debit"], ["2", "40.00,Credit"]);
    expect(await outcome(cards)).toEqual({ asks: ["ledger-marks"] });
    expect(await outcome(cards, { answers: { "ledger-marks": "none" } })).toEqual({
      documents: ["1 10000 2000 12000", "2 4000 800 4800"],
    });
    // Turned by its quantity already: once more would make a charge of it.
    const turned = file("Quantity,Unit price,Dr/Cr", ["1", "2,100.00,DR"], ["1", "-1,40.00,CR"]);
    expect((await outcome(turned, { answers: { "ledger-marks": "cr" } })).faults?.[0]).toContain("a quantity below zero");
    expect(
      (await outcome(file("Quantity,Unit price", ["1", "1,1.00"], ["1", "-1,0.40 CR"]), { answers: { "ledger-marks": "cr" } }))
        .faults?.[0],
    ).toContain("a quantity below zero");
    const totals = file("Quantity,Unit price,Net,Dr/Cr", ["1", "2,100.00,200.00,DR"], ["1", "-1,40.00,40.00,CR"]);
    expect(await outcome(totals)).toEqual({ documents: ["1 16000 3200 19200"] });
    expect((await outcome(file("Net,Dr/Cr", ["1", "-100.00,CR"]), { answers: { "ledger-marks": "cr" } })).faults?.[0]).toContain(
      'its line says "CR" besides',
    );
  });

  it("FA10 CR and DR: a profile that says which is below zero is no question; a journal's marks are its sides", async () => {
    const scope = await aClient();
    const { name: _, title: __, version: ___, ...standard } = STANDARD;
    await scene.database.inScope(scope, (db) =>
      saveProfile(db, scope, { ...standard, name: "ledger", title: "Ledger", version: 1, belowZero: "cr" }),
    );
    const text = file("Net", ["1", "100.00 DR"], ["1", "20.00 CR"]);
    expect(await outcome(text, { scope, profile: "ledger" })).toEqual({ documents: ["1 8000 1600 9600"] });
    await outcome("Code,Name,Type\n5000,Purchases,purchase\n", { scope, profile: "nominal-codes" });
    const legs = (amounts: readonly [string, string]) =>
      `Number,Date,Nominal code,Amount\nJ-1,2026-11-05,4000,${amounts[0]}\nJ-1,2026-11-05,5000,${amounts[1]}\n`;
    const { preview } = await read(legs(["45.00 CR", "45.00 DR"]), { scope, profile: "journals" });
    expect([preview.state, await faultsOf(scope, preview)]).toEqual(["previewed", []]);
    await scene.database.inScope(scope, (db) => commitImport(db, scope, preview.importId));
    const { rows } = await scene.database.inScope(scope, (db) =>
      db.execute("select nominal_code as code, amount_minor::int as minor from journal_lines order by 1"),
    );
    expect(rows).toEqual([
      { code: "4000", minor: -4500 },
      { code: "5000", minor: 4500 },
    ]);
  });

  it("FA10 credit notes with both signs on their lines are asked about, with both totals; their own total answers", async () => {
    const credit = (values: string) => ["C1", values, "Sales credit note"] as const;
    const text = file("Quantity,Unit price", credit("1,31.00"), credit("1,-5.00"));
    const { preview } = await read(text);
    expect(preview.summary.questions).toMatchObject([
      {
        id: "credit-signs",
        options: [
          { value: "as-written", comesTo: "credits of GBP 31.20, with tax" },
          { value: "each-line", comesTo: "credits of GBP 43.20, with tax" },
        ],
      },
    ]);
    expect(await outcome(text, { answers: { "credit-signs": "as-written" } })).toEqual({ documents: ["C1 2600 520 3120"] });
    expect(await outcome(text, { answers: { "credit-signs": "each-line" } })).toEqual({ documents: ["C1 3600 720 4320"] });
    expect(await outcome(file("Quantity,Unit price,Invoice total", credit("1,31.00,31.20"), credit("1,-5.00,31.20")))).toEqual({
      documents: ["C1 2600 520 3120"],
    });
    expect(await outcome(file("Quantity,Unit price,Invoice total", credit("1,31.00,43.20"), credit("1,-5.00,43.20")))).toEqual({
      asks: ["credit-signs"],
    });
  });

  it("FA10 c14 a price of many decimals informs where the file gives the net, and is a fault where it does not", async () => {
    const { scope, preview } = await read(
      file("Quantity,Unit price,Net,Tax", ["1", "743918,0.000134,99.83,19.97"], ["2", "3,33.3333333333333,100.00,20.00"]),
    );
    expect(await faultsOf(scope, preview)).toEqual([]);
    await scene.database.inScope(scope, (db) => commitImport(db, scope, preview.importId));
    const { rows } = await scene.database.inScope(scope, (db) =>
      db.execute("select quantity, unit_price, net_minor, tax_minor from document_lines order by net_minor"),
    );
    expect(rows).toEqual([
      { quantity: "743918", unit_price: "0.000134", net_minor: "9983", tax_minor: "1997" },
      { quantity: "3", unit_price: "33.3333333333333", net_minor: "10000", tax_minor: "2000" },
    ]);
    expect(await oneFault(file("Quantity,Unit price", ["1", "743918,0.000134"]))).toContain(
      "at most 4 decimals where the file gives no net",
    );
    expect(await oneFault(file("Quantity,Unit price,Net", ["1", "743918,0.000134,109.83"]))).toContain("99.69");
  });
});

describe("FA3 numbers that a spreadsheet spoiled", () => {
  it("FA3 are refused by name wherever they name something", async () => {
    for (const number of ["2.02611E+12", "1.23457E+15", "2,02611E+12", "1E+05", "2.02611e12"]) {
      const line = `Sales invoice,"${number}",2026-11-05,K-1,Larch,GBP,Thing,4000,S,1,10.00`;
      expect(await oneFault(`${HEAD},Quantity,Unit price\n${line}\n`)).toContain("a spreadsheet has shortened this number");
    }
    const customer = "Sales invoice,1,2026-11-05,4.4123E+11,Larch,GBP,Thing,4000,S,1,10.00";
    expect(await oneFault(`${HEAD},Quantity,Unit price\n${customer}\n`)).toContain("2 Customer/Supplier reference");
    // A code may look like one and is none: nothing is lost of it.
    const code = "Sales invoice,1E5,2026-11-05,2E7,Larch,GBP,Thing,4000,S,1,10.00";
    expect(await outcome(`${HEAD},Quantity,Unit price\n${code}\n`)).toEqual({ documents: ["1E5 1000 200 1200"] });
    expect(await oneFault("Reference,Name\n4.4123E+11,Larch\n", { profile: "customers" })).toContain("shortened");
    expect(
      await oneFault("Number,Date,Document,Amount,Bank nominal code\n2.02611E+12,2026-11-05,INV-1,5.00,1200\n", {
        profile: "payments",
      }),
    ).toContain("shortened");
  });

  it("FA3 a workbook's number of more than fifteen digits is refused; a text of as many is a number", async () => {
    const rows = (number: string) => [
      [...HEAD.split(","), "Quantity", "Unit price"],
      ["Sales invoice", number, "2026-11-05", "K-1", "Larch", "GBP", "Thing", "4000", "S", "1", "10.00"],
    ];
    expect(await outcome(xlsxOf({ Sales: rows("1234567890123456") }))).toEqual({ documents: ["1234567890123456 1000 200 1200"] });
    const [head = [], [type = "", , ...others] = []] = rows("");
    const book = (number: string) => xlsxOf({ Sales: [head, [type, { number }, ...others]] });
    expect(await oneFault(book("1234567890123450"))).toMatch(/^2 Number 1234567890123450: .*text/);
    expect(await oneFault(book("1.23457E+17"))).toMatch(/^2 Number .*text/);
    expect(await outcome(book("1001"))).toEqual({ documents: ["1001 1000 200 1200"] });
  });

  it("FA3 in text, numbers that all end in zeros from the sixteenth digit on are asked about", async () => {
    const line = (number: string) => `Sales invoice,${number},2026-11-05,K-1,Larch,GBP,Thing,4000,S,1,10.00`;
    const head = `${HEAD},Quantity,Unit price`;
    expect(await outcome(`${[head, line("202611000000123000"), line("202611000000124000")].join("\n")}\n`)).toEqual({
      asks: ["long-numbers"],
    });
    expect(await outcome(`${[head, line("202611000000123000"), line("202611000000124001")].join("\n")}\n`)).toMatchObject({
      documents: [expect.any(String), expect.any(String)],
    });
  });
});

/** The head on each document's first line alone. */
const once = (...lines: string[]) => `${[`${HEAD},Quantity,Unit price`, ...lines].join("\n")}\n`;
const FIRST = "Sales invoice,1,2026-11-05,K-1,Larch,GBP";

describe("FA2 parts of a document", () => {
  it("FA2 a head that stands on the first line alone is found by itself, and said in the preview", async () => {
    const { scope, preview } = await read(
      once(
        `${FIRST},Oak,4000,S,2,40.00`,
        ",,,,,,Brackets,4000,S,8,1.25",
        ",,,,,,Delivery,4000,S,1,15.00",
        "Sales invoice,2,2026-11-06,K-2,Rowan,GBP,Top,4000,S,1,310.00",
      ),
    );
    expect(await faultsOf(scope, preview)).toEqual([]);
    expect(preview.summary).toMatchObject({ belongAbove: 2, documents: [{ count: 2, lines: 4, netMinor: "41500" }] });
    // The number on each line and the rest on the first; the number merged and customer and date with it.
    for (const head of ["Sales invoice,1,,,,", ",1,,,,", ",,,,Larch,GBP", ",,2026-11-05,,,GBP", "Sales invoice,,,,,"])
      expect([head, await outcome(once(`${FIRST},Oak,4000,S,2,40.00`, `${head},More,4000,S,1,5.00`))]).toEqual([
        head,
        { documents: ["1 8500 1700 10200"] },
      ]);
  });

  it("FA2 a line without a number that says another customer or another day takes nothing of the document above with it", async () => {
    for (const [head, what] of [
      [",,,K-2,Rowan,GBP", 'customer or supplier reference "K-2" is not that of the document above'],
      [",,2026-11-06,,,GBP", 'date "2026-11-06" is not that of the document above'],
      // A date and a customer of its own, equal as they are: as likely another document that lost its number.
      ["Sales invoice,,2026-11-05,K-1,Larch,GBP", "required"],
    ]) {
      const text = once(
        `${FIRST},Oak,4000,S,2,40.00`,
        `${head},More,4000,S,1,5.00`,
        "Sales invoice,2,2026-11-06,K-2,Rowan,GBP,Top,4000,S,1,310.00",
        "Sales invoice,3,2026-11-06,K-2,Rowan,GBP,Top,4000,S,1,10.00",
      );
      const { scope, preview } = await read(text);
      expect((await faultsOf(scope, preview)).map((fault) => fault.rule).join()).toContain(what);
      // Left out: the lines whose document cannot be told, with the document above and the one below.
      const left = await scene.database.inScope(scope, (db) => leaveOut(db, scope, preview.importId));
      expect(left.summary.documents).toMatchObject([{ count: 1, netMinor: "1000" }]);
      expect(left.summary.setAside).toMatchObject([{ lines: 3, worthMinor: "39500", taxMinor: "7900" }]);
    }
  });

  it("FA2 nothing is handed down where the profile says so, and a total below is no line", async () => {
    const scope = await aClient();
    const standard = BUILT_IN_PROFILES.find((profile) => profile.name === "standard");
    await scene.database.inScope(scope, (db) =>
      saveProfile(db, scope, { ...standard, name: "ours", title: "Ours", headOnce: "no" }),
    );
    const { faults } = await outcome(once(`${FIRST},Oak,4000,S,2,40.00`, ",,,,,,More,4000,S,1,5.00"), { scope, profile: "ours" });
    expect(faults?.some((fault) => fault.startsWith("3 Number"))).toBe(true);
    for (const total of [",,,,,,,,,,80.00", ",,,,,,Total,,,,80.00", ",,,,,,Grand total,4000,S,,80.00"]) {
      const answer = await outcome(once(`${FIRST},Oak,4000,S,2,40.00`, total));
      if (answer.documents) expect([total, answer]).toEqual([total, { documents: ["1 8000 1600 9600"] }]);
      else expect([total, answer]).toEqual([total, { faults: expect.any(Array) }]);
    }
  });

  it("FA2 leaving out is by whole documents also where the faulty line's supplier or type cannot be read", async () => {
    const bill = (number: string, supplier: string, type = "Bill") =>
      `${type},${number},2026-11-05,${supplier},Mill,GBP,Wood,5000,S,1,10.00`;
    const { scope, preview } = await read(
      once(bill("7", ""), bill("7", "S-1"), bill("8", "S-1"), bill("8", "S-1", "Bil"), bill("9", "S-1")),
    );
    const left = await scene.database.inScope(scope, (db) => leaveOut(db, scope, preview.importId));
    expect(left.summary.documents).toMatchObject([{ count: 1, netMinor: "1000" }]);
    expect(left.summary.setAside).toMatchObject([{ lines: 4, worthMinor: "4000", taxMinor: "800" }]);
  });

  it("FA2 what is left out shows its amount, net and tax, wherever its amounts can be read", async () => {
    const { scope, preview } = await read(
      once(
        "Sales invoice,1,no day,K-1,Larch,GBP,Oak,4000,S,2,40.00",
        "Sales invoice,2,2026-11-05,K-1,Larch,GBP,Oak,9999,S,1,£15.00",
        `Sales invoice,3,2026-11-05,K-1,Larch,GBP,Oak,4000,S,1,1.00`,
      ),
    );
    const left = await scene.database.inScope(scope, (db) => leaveOut(db, scope, preview.importId));
    expect(left.summary.setAside).toMatchObject([{ lines: 2, worthMinor: "9500", taxMinor: "1900" }]);
  });

  it("FA2 a journal may have its head once", async () => {
    const text = "Number,Date,Narration,Nominal code,Debit,Credit\nJ1,2026-11-05,Wages,4000,(10.00),\n,,,4905,,-10.00\n";
    const { preview } = await read(text, { profile: "journals" });
    expect(preview.summary.belongAbove).toBe(1);
  });
});

describe("FA8 cells that hold no value", () => {
  it("FA8 a cell that is not there at the end is blank, and a blank one too many is nothing", async () => {
    const head = `${HEAD},Quantity,Unit price,Status`;
    const line = (number: string, end: string) => `Sales invoice,${number},2026-11-05,K-1,Larch,GBP,Thing,4000,S,1,10.00${end}`;
    expect(await outcome(`${[head, line("1", ","), line("2", ""), line("3", ",,,")].join("\n")}\n`)).toEqual({
      documents: ["1 1000 200 1200", "2 1000 200 1200", "3 1000 200 1200"],
    });
    expect(await oneFault(`${[head, line("1", ","), line("2", ",,,x")].join("\n")}\n`)).toContain("is after the last");
  });

  it("FA8 a row that lost a cell in its middle is never read as if it had not", async () => {
    const cells = [
      "Sales invoice",
      "1",
      "2026-11-05",
      "K-1",
      "Larch",
      "GBP",
      "Thing",
      "4000",
      "S",
      "2",
      "10.00",
      "20.00",
      "4.00",
      "R-1",
      "",
    ];
    const head = `${HEAD},Quantity,Unit price,Net,Tax,Reference,Status`;
    for (let gone = 0; gone < 13; gone += 1) {
      const row = cells.filter((_, at) => at !== gone).join(",");
      const answer = await outcome(`${head}\n${row}\n`);
      expect([gone, answer]).toEqual([gone, { faults: expect.any(Array) }]);
    }
  });

  it("FA8 a line of words is left out as worth nothing; a document of words alone is a fault", async () => {
    const text = once(
      `${FIRST},Oak,4000,S,2,40.00`,
      `${FIRST},Left at the back gate,,,,`,
      ",,,,,,By hand,,,,",
      `${FIRST},Thanks`,
      `${FIRST},Nil,,,0,0.00`,
    );
    const { scope, preview } = await read(text);
    expect(await faultsOf(scope, preview)).toEqual([]);
    expect(preview.summary.documents).toMatchObject([{ count: 1, lines: 1, netMinor: "8000" }]);
    expect(preview.summary.setAside).toMatchObject([{ lines: 4, worthMinor: "0" }]);
    expect(await oneFault(once("Sales invoice,2,2026-11-05,K-1,Larch,GBP,Words,,,,"))).toContain("has words alone");
    expect(await oneFault(once("Sales invoice,2,2026-11-05,K-1,Larch,GBP,Oak,4000,S,2,"))).toContain("Unit price");
  });
});

describe("FA11 quotation marks", () => {
  it("FA11 inside a bare field they are text, wherever they stand", async () => {
    for (const words of ['Screen 19" wide', '19"', 'A "good" one', '"Oak" shelf', 'Pipe 3/4"']) {
      const { scope, preview } = await read(
        once(`${FIRST},${words},4000,S,1,10.00`, "Sales invoice,2,2026-11-05,K-1,Larch,GBP,x,4000,S,1,1.00"),
      );
      expect([words, await faultsOf(scope, preview)]).toEqual([words, []]);
      await scene.database.inScope(scope, (db) => commitImport(db, scope, preview.importId));
      const { rows } = await scene.database.inScope(scope, (db) =>
        db.execute<{ d: string }>("select description as d from document_lines where net_minor = 1000"),
      );
      expect(rows).toEqual([{ d: words }]);
    }
  });

  it("FA11 one that is opened and never closed breaks its own line alone", async () => {
    const line = (number: string, words: string) => `Sales invoice,${number},2026-11-05,K-1,Larch,GBP,${words},4000,S,1,10.00`;
    for (const later of ["x", '"two"', '"a ""b"" c"', '"two\nlines"']) {
      const { scope, preview } = await read(
        once(line("1", "x"), line("2", '"open'), line("3", later), line("4", "x"), line("5", later)),
      );
      expect([later, (await faultsOf(scope, preview)).map(({ line: at, rule }) => [at, rule])]).toEqual([
        later,
        [[3, "a quotation mark is opened here and never closed"]],
      ]);
      const left = await scene.database.inScope(scope, (db) => leaveOut(db, scope, preview.importId));
      expect(left.summary.documents).toMatchObject([{ count: 4, netMinor: "4000" }]);
      expect(left.summary.setAside).toMatchObject([{ lines: 1, worthMinor: "1000" }]);
    }
  });
});

describe("FA12 one number with two customers", () => {
  it("FA12 the fault names the customer, whatever else differs", async () => {
    const fault = await oneFault(
      once(`${FIRST},Oak,4000,S,2,40.00`, "Sales invoice,1,2026-11-09,K-2,Rowan,GBP,Top,4000,S,1,310.00"),
    );
    expect(fault).toContain("3 Customer/Supplier reference K-2");
    expect(fault).toContain('line 2 says "K-1"');
  });
});
