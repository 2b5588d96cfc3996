import { describe, expect, it } from "vitest";
import type { DocumentSide } from "#lib/tax/kinds.ts";
import { type AccountTarget, accountFault, type MappingRow, pairAllowed, resolveMappings } from "./resolve.ts";

const account = (given: Partial<AccountTarget> & { externalId: string }): AccountTarget => ({
  code: "200",
  name: "Sales",
  active: true,
  isBank: false,
  isSystem: false,
  takesPayments: false,
  class: "revenue",
  ...given,
});
const row = (given: Partial<MappingRow>): MappingRow => ({
  level: "client",
  kind: "nominal",
  sourceCode: "4000",
  side: null,
  targetExternalId: null,
  targetCode: null,
  ...given,
});

describe("where a nominal code goes", () => {
  const accounts = [account({ externalId: "a-200" }), account({ externalId: "a-201", code: "201", name: "Other sales" })];

  it("B08 is the client's own choice before the practice's, and that before the master's", () => {
    const rows = [
      row({ level: "master", targetCode: "201" }),
      row({ level: "client", targetExternalId: "a-200" }),
      row({ level: "practice", targetCode: "201" }),
    ];
    expect(resolveMappings(rows, { accounts, taxRates: [] })).toMatchObject([
      { level: "client", targetExternalId: "a-200", fault: null },
    ]);
    expect(
      resolveMappings(
        rows.filter((one) => one.level !== "client"),
        { accounts, taxRates: [] },
      ),
    ).toMatchObject([{ level: "practice", targetExternalId: "a-201", targetCode: "201" }]);
  });

  it("stays the client's choice when its target is gone, rather than falling back to an account that nobody chose", () => {
    const rows = [row({ targetExternalId: "a-gone", targetCode: "299" }), row({ level: "practice", targetCode: "200" })];
    expect(resolveMappings(rows, { accounts, taxRates: [] })).toMatchObject([
      { level: "client", targetCode: "299", fault: "absent" },
    ]);
  });

  it("M14 many codes may share one account", () => {
    const rows = ["4000", "4010", "4020"].map((sourceCode) => row({ sourceCode, targetExternalId: "a-200" }));
    expect(resolveMappings(rows, { accounts, taxRates: [] }).map((one) => one.targetExternalId)).toEqual([
      "a-200",
      "a-200",
      "a-200",
    ]);
  });

  it("is nowhere when two active accounts share the code that a practice row names", () => {
    const twice = [account({ externalId: "a-1" }), account({ externalId: "a-2" })];
    expect(resolveMappings([row({ level: "practice", targetCode: "200" })], { accounts: twice, taxRates: [] })).toMatchObject([
      { fault: "absent" },
    ]);
    const once = [account({ externalId: "a-1", active: false }), account({ externalId: "a-2" })];
    expect(resolveMappings([row({ level: "practice", targetCode: "200" })], { accounts: once, taxRates: [] })).toMatchObject([
      { targetExternalId: "a-2", fault: null },
    ]);
  });
});

describe("an account as a target", () => {
  it("M41 needs a code on a line, and none as a bank account", () => {
    expect(accountFault("nominal", account({ externalId: "a", code: null }))).toBe("no-code");
    expect(accountFault("bank", account({ externalId: "a", code: null, isBank: true }))).toBeNull();
  });

  it("BD4 needs no code where the package's lines name accounts by id, and is nobody's better for it otherwise", () => {
    expect(accountFault("nominal", account({ externalId: "a", code: null, byId: true }))).toBeNull();
    expect(accountFault("nominal", account({ externalId: "a", code: null, byId: true, isSystem: true }))).toBe("wrong-type");
    expect(accountFault("nominal", account({ externalId: "a", code: null, byId: true, active: false }))).toBe("archived");
  });

  it("BB6 is named by a practice's row by what the package gives to match by, where that is not its code", () => {
    const named = account({ externalId: "a-7", code: "200", byId: true, matchKey: "Income:Sales" });
    const of = (targetCode: string) =>
      resolveMappings([row({ level: "practice", targetCode })], { accounts: [named], taxRates: [] });
    expect(of("Income:Sales")).toMatchObject([{ targetExternalId: "a-7", fault: null }]);
    expect(of("200")).toMatchObject([{ fault: "absent" }]);
  });

  it("is refused when archived, a bank or control account on a line, or unable to take payments as a bank account", () => {
    expect(accountFault("nominal", account({ externalId: "a", active: false }))).toBe("archived");
    expect(accountFault("nominal", account({ externalId: "a", isBank: true }))).toBe("wrong-type");
    expect(accountFault("nominal", account({ externalId: "a", isSystem: true }))).toBe("wrong-type");
    expect(accountFault("bank", account({ externalId: "a" }))).toBe("wrong-type");
    expect(accountFault("bank", account({ externalId: "a", takesPayments: true }))).toBeNull();
  });

  it("N17 takes only tax rates that apply to its class", () => {
    expect(pairAllowed("revenue", ["asset", "equity", "liability", "revenue"])).toBe(true);
    expect(pairAllowed("expense", ["asset", "equity", "liability", "revenue"])).toBe(false);
  });
});

describe("where a tax code goes", () => {
  const taxRates = [
    { externalId: "OUTPUT2", name: "20% (VAT on Income)", rate: "20", selfAccounts: false, active: true, appliesTo: ["revenue"] },
  ];

  it("is found by the package's id, which is its code too", () => {
    const rows = [
      row({ kind: "tax", sourceCode: "T1", targetExternalId: "OUTPUT2" }),
      row({ kind: "tax", level: "master", sourceCode: "T2", targetCode: "OUTPUT2" }),
      row({ kind: "tax", sourceCode: "T3", targetExternalId: "TAX001" }),
    ];
    const on = (side: DocumentSide) =>
      resolveMappings(rows, { accounts: [], taxRates })
        .filter((one) => one.side === side)
        .map((one) => [one.sourceCode, one.targetName, one.fault]);
    // No tax codes are given: what nobody knows of is judged by nothing.
    for (const side of ["sales", "purchase"] as const)
      expect(on(side)).toEqual([
        ["T1", "20% (VAT on Income)", null],
        ["T2", "20% (VAT on Income)", null],
        ["T3", null, "absent"],
      ]);
  });

  const both = [
    ...taxRates,
    {
      externalId: "INPUT2",
      name: "20% (VAT on Expenses)",
      rate: "20",
      selfAccounts: false,
      active: true,
      appliesTo: ["expense"],
    },
  ];
  const codes = [{ code: "T1", rate: "20", kind: null, side: null }];
  const tax = (given: Partial<MappingRow>) => row({ kind: "tax", sourceCode: "T1", ...given });
  const resolved = (...rows: MappingRow[]) =>
    resolveMappings(rows, { accounts: [], taxRates: both }, codes)
      .map((one) => [one.side, one.targetExternalId, one.level, one.apart, one.fault])
      .sort();

  it("N27 FA7 FD3 goes by the row of the document's side, else by the row of both, which stays in force for the side it fits", () => {
    const whole = tax({ targetExternalId: "OUTPUT2" });
    expect(resolved(whole)).toEqual([
      ["purchase", "OUTPUT2", "client", false, "wrong-side"],
      ["sales", "OUTPUT2", "client", false, null],
    ]);
    const expected = [
      ["purchase", "INPUT2", "client", true, null],
      ["sales", "OUTPUT2", "client", false, null],
    ];
    const apart = tax({ side: "purchase", targetExternalId: "INPUT2" });
    expect(resolved(whole, apart)).toEqual(expected);
    expect(resolved(apart, whole)).toEqual(expected);
  });

  it("N27 B08 a client's row of both sides wins over the practice's row of one, and the client's row of one leaves the other to the practice", () => {
    const practice = tax({ level: "practice", targetCode: "OUTPUT2" });
    const practiceSales = tax({ level: "practice", side: "sales", targetCode: "OUTPUT2" });
    expect(resolved(practiceSales, tax({ targetExternalId: "INPUT2" }))).toEqual([
      ["purchase", "INPUT2", "client", false, null],
      ["sales", "INPUT2", "client", false, "wrong-side"],
    ]);
    expect(resolved(practice, tax({ side: "purchase", targetExternalId: "INPUT2" }))).toEqual([
      ["purchase", "INPUT2", "client", true, null],
      ["sales", "OUTPUT2", "practice", false, null],
    ]);
  });
});
