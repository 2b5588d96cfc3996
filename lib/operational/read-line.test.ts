import { Decimal } from "decimal.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exactToMinor, exactToText, multiply, parseExact, percentOf } from "#lib/common/exact.ts";
import { roundToMinor } from "#lib/common/money.ts";
import { BUILT_IN_PROFILES } from "./built-in.ts";
import { readDate } from "./file-dates.ts";
import { readNumber } from "./numbers.ts";
import { fitsProduct, type ImportProfile, importProfile, nominalCodeFor, taxCodeFor } from "./profile.ts";
import { isFaulty, type KnownCodes, lineReader } from "./read-line.ts";
import type { Layout } from "./records.ts";

function profileNamed(name: string): ImportProfile {
  const profile = BUILT_IN_PROFILES.find((one) => one.name === name);
  if (!profile) throw new Error(`no profile ${name}`);
  return profile;
}
const retail = profileNamed("online-retail");
const HEADERS = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"];
const layout: Layout = {
  separator: ",",
  headers: HEADERS,
  at: { number: 0, product: 1, description: 2, quantity: 3, date: 4, unitPrice: 5, contactReference: 6, country: 7 },
  missing: [],
  ignored: [],
  doubled: [],
  headerLine: 1,
  decimalMark: ".",
};
const known = (profile: ImportProfile): KnownCodes => ({
  nominal: new Set(profile.nominalCodes.map((row) => row.code)),
  tax: new Map(profile.taxCodes.map((row) => [row.code, parseExact(row.rate) ?? { units: 0n, scale: 0 }])),
});
const read = (...values: string[]) => lineReader(retail, layout, known(retail), "2026-11-21")(2, values);

describe("a line of the file", () => {
  it("takes codes in upper case, customers without the spreadsheet's .0, text without spaces around it", () => {
    expect(
      read("536365", "85123a ", "WHITE LANTERN  ", "6", "2010-12-01 08:26:00", "2.55", "17850.0", "United Kingdom"),
    ).toMatchObject({
      kind: "sales-invoice",
      reference: "536365",
      productReference: "85123A",
      description: "WHITE LANTERN",
      contactReference: "17850",
      issuedOn: "2010-12-01",
      dueOn: "2010-12-31",
      netMinor: 1530n,
      taxMinor: 268n,
      nominalCode: "4000",
      taxCode: "UK17.5",
    });
  });

  it("without a customer is a counter sale; without a description it bears its product's code", () => {
    expect(read("1", "M", "", "1", "2011-05-01", "2", "", "France")).toMatchObject({
      contactReference: "COUNTER",
      description: "M",
      productReference: null,
      nominalCode: "4200",
      taxCode: "ZERO",
      taxMinor: 0n,
    });
  });

  it("B09 keeps an umlaut made of two marks as one letter, and refuses control characters and 256 characters of number", () => {
    expect(read("1", "A", "Cafe\u0301", "1", "2011-05-01", "2", "1", "UK")).toMatchObject({ description: "Caf\u00e9" });
    expect(read("1", "A", "a\u0000b", "1", "2011-05-01", "2", "1", "UK")).toMatchObject({
      faults: [{ field: "Description", rule: "holds a control character" }],
    });
    expect(read("9".repeat(256), "A", "a", "1", "2011-05-01", "2", "1", "UK")).toMatchObject({
      faults: [{ field: "InvoiceNo" }],
    });
  });

  it("names every fault of the line at once", () => {
    const faults = read("", "A", "x", "two", "2011-02-30", "", "1", "UK");
    expect(isFaulty(faults) && faults.faults.map((fault) => fault.field)).toEqual([
      "InvoiceNo",
      "InvoiceDate",
      "Quantity",
      "UnitPrice",
    ]);
  });
});

describe("tax by date and country", () => {
  const ask = (issuedOn: string, country: string) => taxCodeFor(retail, { issuedOn, country, product: "A", side: "sales" });
  it("is 17.5 % up to and with 3 January 2011 and 20 % from 4 January", () => {
    expect(["2010-12-01", "2011-01-03", "2011-01-04", "2026-11-21"].map((date) => ask(date, "United Kingdom"))).toEqual([
      "UK17.5",
      "UK17.5",
      "UK20",
      "UK20",
    ]);
  });
  it("is zero for every other country, known or not", () => {
    expect(["EIRE", "Channel Islands", "Unspecified", ""].map((country) => ask("2011-06-01", country))).toEqual([
      "ZERO",
      "ZERO",
      "ZERO",
      "ZERO",
    ]);
  });
  it("a rule's first and last day belong to it, on every date", () => {
    fc.assert(
      fc.property(fc.date({ min: new Date("2000-01-01"), max: new Date("2030-12-31"), noInvalidDate: true }), (moment) => {
        const date = moment.toISOString().slice(0, 10);
        return ask(date, "united kingdom") === (date < "2011-01-04" ? "UK17.5" : "UK20");
      }),
    );
  });
});

describe("nominal codes by product", () => {
  it("charges have their own, everything else is sales", () => {
    expect(
      ["POST", "DOT", "C2", "M", "D", "S", "DCGSSGIRL", "85123A"].map((code) => nominalCodeFor(retail, code, "sales")),
    ).toEqual(["4100", "4100", "4100", "4200", "4300", "4400", "4000", "4000"]);
  });
  it("a star stands at the end alone, and letters match without case", () => {
    expect(fitsProduct(["GIFT*", "Post"], "gift_0001")).toBe(true);
    expect(fitsProduct(["GIFT*", "Post"], "POST")).toBe(true);
    expect(fitsProduct(["GIFT*", "Post"], "POSTAGE")).toBe(false);
    expect(importProfile.safeParse({ ...retail, nominalRules: [{ products: ["A*B"], code: "1" }] }).success).toBe(false);
  });
});

describe("numbers", () => {
  it("B02 decimals stay exact: what decimal.js says, we say", () => {
    const decimal = fc
      .tuple(fc.bigInt({ min: -(10n ** 9n), max: 10n ** 9n }), fc.integer({ min: 0, max: 4 }))
      .map(([units, scale]) => exactToText({ units, scale }));
    fc.assert(
      fc.property(decimal, decimal, fc.constantFrom("GBP", "JPY", "KWD"), (quantity, price, currency) => {
        const a = parseExact(quantity);
        const b = parseExact(price);
        if (!a || !b) return false;
        const digits = { GBP: 2, JPY: 0, KWD: 3 }[currency] ?? 2;
        return exactToMinor(multiply(a, b), digits) === roundToMinor(new Decimal(quantity).times(price), currency);
      }),
    );
  });
  it("a rate of an amount is rounded half up, away from zero", () => {
    const rate = parseExact("17.5") ?? { units: 0n, scale: 0 };
    expect([percentOf(20n, rate), percentOf(-20n, rate), percentOf(1530n, rate)]).toEqual([4n, -4n, 268n]);
  });
  it("thousands are taken only where they stand at every third digit", () => {
    const text = (value: string, mark: "." | ",") => {
      const number = readNumber(value, mark);
      return number && exactToText(number);
    };
    expect([
      text("1,234.50", "."),
      text("12,34", "."),
      text("1.234,50", ","),
      text("1 234,5", ","),
      text("12.5", ","),
      text("-0", "."),
    ]).toEqual(["1234.5", null, "1234.5", "1234.5", null, "0"]);
    expect([text("1e3", "."), text("0x10", "."), text("£5", "."), text("", ".")]).toEqual([null, null, null, null]);
  });
});

describe("dates", () => {
  it("B13 only real days count, in the first format that fits, without their time of day", () => {
    const formats = ["yyyy-mm-dd", "dd/mm/yyyy", "dd mmm yyyy"] as const;
    const rules = { formats, today: "2026-11-21", timeZone: "Europe/London" };
    expect(
      ["2024-02-29", "29/02/2024", "1 Feb 2024", "2024-02-29T23:30:00", "2024-02-29 23:30"].map((text) => readDate(text, rules)),
    ).toEqual(["2024-02-29", "2024-02-29", "2024-02-01", "2024-02-29", "2024-02-29"]);
    expect(
      ["2025-02-29", "31/11/2024", "0001-01-01", "9999-12-31", "02/29/2024", "44927", "1/2/24", ""].map((text) =>
        readDate(text, rules),
      ),
    ).toEqual(Array(8).fill(null));
  });
});
