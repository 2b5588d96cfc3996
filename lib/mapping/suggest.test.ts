import { describe, expect, it } from "vitest";
import { sameRate } from "#lib/tax/charged.ts";
import { likeness, suggestAccount, suggestTaxRate } from "./suggest.ts";

const offered = [
  { externalId: "a", code: "200", name: "Sales", class: "revenue" },
  { externalId: "b", code: "260", name: "Training Income", class: "revenue" },
  { externalId: "c", code: "425", name: "Postage, Freight & Courier", class: "expense" },
  { externalId: "d", code: "4010", name: "Repairs", class: "expense" },
];

describe("N27 a suggestion", () => {
  it("is an equal code first", () => {
    expect(suggestAccount({ code: "200", name: "Postage" }, offered)).toEqual({ externalId: "a", reason: "Same code, 200" });
  });

  it("is an equal name next, whatever the order of words, case or plural", () => {
    expect(suggestAccount({ code: "9", name: "income: trainings" }, offered)).toEqual({ externalId: "b", reason: "Same name" });
  });

  it("is the one similar name last, with that name as the reason", () => {
    expect(suggestAccount({ code: "9", name: "Postage and courier" }, offered)).toEqual({
      externalId: "c",
      reason: "Similar name, “Postage, Freight & Courier”",
    });
  });

  // An equal code in the wrong class is a coincidence of two charts.
  it("never crosses to a class that does not fit the kind of code", () => {
    expect(suggestAccount({ code: "4010", name: "Training", classes: ["revenue"] }, offered)).toMatchObject({ externalId: "b" });
  });

  it("is none when nothing or too much fits", () => {
    expect(suggestAccount({ code: "9", name: "Sundries" }, offered)).toBeNull();
    const alike = [
      { externalId: "x", code: "1", name: "Sales UK" },
      { externalId: "y", code: "2", name: "Sales EU" },
    ];
    expect(suggestAccount({ code: "9", name: "Sales" }, alike)).toBeNull();
  });

  it("compares names by their words", () => {
    expect(likeness("Café sales", "Cafe Sale")).toBe(1);
    expect(likeness("", "Sales")).toBe(0);
  });
});

describe("a tax rate's suggestion", () => {
  const rate = (externalId: string, name: string, percent: string, appliesTo: string[], selfAccounts = false) => ({
    externalId,
    code: externalId,
    name,
    rate: percent,
    selfAccounts,
    appliesTo,
  });
  const rates = [
    rate("OUTPUT2", "20% (VAT on Income)", "20.0000", ["revenue", "asset"]),
    rate("INPUT2", "20% (VAT on Expenses)", "20.0000", ["expense", "asset"]),
    rate("ZERO", "Zero Rated Income", "0", ["revenue"]),
    rate("EXEMPT", "Exempt Income", "0", ["revenue"]),
    rate("DRCHARGE20", "Domestic Reverse Charge @ 20% (VAT on Expenses)", "0", ["expense", "asset"], true),
    rate("ZEROIN", "Zero Rated Expenses", "0", ["expense"]),
    rate("NONE", "No VAT", "0", ["expense", "revenue"]),
  ];
  const ours = (over: Partial<Parameters<typeof suggestTaxRate>[0]>) =>
    suggestTaxRate({ code: "T1", name: "Standard", rate: "20", kind: null, side: "sales", ...over }, rates);

  it("charges what ours charges and fits the side", () => {
    expect(ours({ side: "sales" })).toMatchObject({ externalId: "OUTPUT2" });
    expect(ours({ side: "purchase" })).toMatchObject({ externalId: "INPUT2" });
  });

  it("FD3 N27 is none while nobody knows the side, and none across sides, whatever the names say", () => {
    expect(ours({ side: null })).toBeNull();
    expect(ours({ code: "OUTPUT2", side: "purchase" })).toMatchObject({ externalId: "INPUT2" });
    expect(ours({ side: "both" })).toBeNull();
    expect(ours({ code: "N", name: "No VAT", rate: "0", kind: "outside-scope", side: "both" })).toMatchObject({
      externalId: "NONE",
    });
  });

  it("FA7 takes a reverse charge to the rate that charges nothing and accounts for it, not to one of 20%", () => {
    expect(ours({ code: "DRC20", name: "Construction", kind: "domestic-reverse-charge", side: "purchase" })).toMatchObject({
      externalId: "DRCHARGE20",
    });
    expect(ours({ code: "Z", name: "Reverse", rate: "0", kind: "zero", side: "purchase" })).toMatchObject({
      externalId: "ZEROIN",
    });
  });

  it("tells zero rated from exempt by name, or not at all", () => {
    expect(ours({ code: "T0", name: "Zero rated", rate: "0" })).toMatchObject({ externalId: "ZERO" });
    expect(ours({ code: "T9", name: "Nothing", rate: "0" })).toBeNull();
  });

  it("compares percentages as numbers", () => {
    expect(sameRate("20.0000", "20")).toBe(true);
    expect(sameRate("17.5", "20")).toBe(false);
    expect(sameRate("", "20")).toBe(false);
  });
});
