import { describe, expect, it } from "vitest";
import { likeness, sameRate, suggestAccount, suggestTaxRate } from "./suggest.ts";

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
    const twins = [
      { externalId: "x", code: "1", name: "Sales UK" },
      { externalId: "y", code: "2", name: "Sales EU" },
    ];
    expect(suggestAccount({ code: "9", name: "Sales" }, twins)).toBeNull();
  });

  it("compares names by their words", () => {
    expect(likeness("Café sales", "Cafe Sale")).toBe(1);
    expect(likeness("", "Sales")).toBe(0);
  });
});

describe("a tax rate's suggestion", () => {
  const rates = [
    { externalId: "OUTPUT2", code: "OUTPUT2", name: "20% (VAT on Income)", rate: "20.0000", appliesTo: ["revenue", "asset"] },
    { externalId: "INPUT2", code: "INPUT2", name: "20% (VAT on Expenses)", rate: "20.0000", appliesTo: ["expense", "asset"] },
    { externalId: "ZERO", code: "ZERO", name: "Zero Rated Income", rate: "0", appliesTo: ["revenue"] },
    { externalId: "EXEMPT", code: "EXEMPT", name: "Exempt Income", rate: "0", appliesTo: ["revenue"] },
  ];

  it("has the same percentage and fits the side", () => {
    expect(suggestTaxRate({ code: "T1", name: "Standard", rate: "20", side: "sales" }, rates)).toMatchObject({
      externalId: "OUTPUT2",
    });
    expect(suggestTaxRate({ code: "T1", name: "Standard", rate: "20", side: "purchase" }, rates)).toMatchObject({
      externalId: "INPUT2",
    });
  });

  it("tells zero rated from exempt by name, or not at all", () => {
    expect(suggestTaxRate({ code: "T0", name: "Zero rated", rate: "0", side: "sales" }, rates)).toMatchObject({
      externalId: "ZERO",
    });
    expect(suggestTaxRate({ code: "T9", name: "Nothing", rate: "0", side: "sales" }, rates)).toBeNull();
  });

  it("compares percentages as numbers", () => {
    expect(sameRate("20.0000", "20")).toBe(true);
    expect(sameRate("17.5", "20")).toBe(false);
    expect(sameRate("", "20")).toBe(false);
  });
});
