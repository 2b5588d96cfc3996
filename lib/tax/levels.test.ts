import { describe, expect, it } from "vitest";
import { abroadOf, RateChanges, resolveTax } from "./levels.ts";

const CHANGES = new RateChanges([
  { code: "S175", followedBy: "S20", followedFrom: "2011-01-04" },
  { code: "S15", followedBy: "S175", followedFrom: "2010-01-01" },
  { code: "S20", followedBy: null, followedFrom: null },
]);
const ALL = { abroad: "A", product: "P", productGroup: "G", contact: "C", default: "D" };

describe("M70 a line without a tax code", () => {
  it("M70 takes the most particular level that has one", () => {
    const at = (over: Partial<typeof ALL | Record<keyof typeof ALL, null>>) =>
      resolveTax({ ...ALL, ...over }, "2026-11-30", CHANGES);
    expect(at({})).toEqual({ code: "A", level: "abroad" });
    expect(at({ abroad: null })).toEqual({ code: "P", level: "product" });
    expect(at({ abroad: null, product: null })).toEqual({ code: "G", level: "product-group" });
    expect(at({ abroad: null, product: null, productGroup: null })).toEqual({ code: "C", level: "contact" });
    expect(at({ abroad: null, product: null, productGroup: null, contact: null })).toEqual({ code: "D", level: "default" });
    expect(at({ abroad: null, product: null, productGroup: null, contact: null, default: null })).toBeNull();
  });

  it.each([
    ["S20", "2011-01-04", "S20"],
    ["S20", "2011-01-03", "S175"],
    ["S20", "2009-12-31", "S15"],
    ["S15", "2026-01-01", "S20"],
    ["S175", "2010-06-01", "S175"],
    ["OTHER", "2010-06-01", "OTHER"],
  ])("M70 %s at a tax point of %s is %s", (code, on, expected) => expect(CHANGES.codeAt(code, on)).toBe(expected));

  it("M70 a circle of codes ends, and two codes that became one are not told apart", () => {
    const circle = new RateChanges([
      { code: "A", followedBy: "B", followedFrom: "2020-01-01" },
      { code: "B", followedBy: "A", followedFrom: "2021-01-01" },
    ]);
    expect(["A", "B"]).toContain(circle.codeAt("A", "2022-01-01"));
    const merged = new RateChanges([
      { code: "A", followedBy: "C", followedFrom: "2020-01-01" },
      { code: "B", followedBy: "C", followedFrom: "2020-01-01" },
    ]);
    expect(merged.codeAt("C", "2019-01-01")).toBe("C");
    expect(merged.changeWithinYear("C", "2020-02-01")).toBeNull();
  });

  it("M70 tells a change within the year before a credit note", () => {
    const change = { from: "S175", to: "S20", on: "2011-01-04" };
    expect(CHANGES.changeWithinYear("S20", "2011-01-04")).toEqual(change);
    expect(CHANGES.changeWithinYear("S20", "2012-01-04")).toEqual(change);
    expect(CHANGES.changeWithinYear("S20", "2012-01-05")).toBeNull();
    expect(CHANGES.changeWithinYear("S20", "2011-01-03")).toBeNull();
  });

  it("M70 knows its own country by code, name and the names in use, and a blank one as home", () => {
    const abroad = abroadOf("en-GB");
    for (const home of ["GB", "gb", "United Kingdom", "U.K.", "England", "", null]) expect(abroad(home)).toBe(false);
    for (const away of ["Germany", "DE", "Jersey", "Ireland"]) expect(abroad(away)).toBe(true);
    expect(abroadOf("de-DE")("Germany")).toBe(false);
  });
});
