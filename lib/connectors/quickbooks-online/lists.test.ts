import { describe, expect, it } from "vitest";
import type { PackageLists } from "../types.ts";
import { answer, connection } from "./fixtures.ts";
import { check, discover } from "./lists.ts";

/** Reads the lists to their end, each answered by the body for its path or its entity. */
function readAll(bodies: Readonly<Record<string, unknown>>) {
  const pages: PackageLists[] = [];
  const asked: string[] = [];
  let cursor: string | null = null;
  do {
    const message = discover.ask(cursor, connection);
    const entity = /FROM (\w+)/.exec(message.query.query ?? "")?.[1];
    const name = entity ?? message.path.split("/")[4] ?? "";
    asked.push(name);
    const page: PackageLists = discover.read(message, answer(200, bodies[name] ?? { QueryResponse: {} }), cursor);
    pages.push(page);
    cursor = page.next;
  } while (cursor !== null && pages.length < 10);
  return { asked, lists: Object.assign({}, ...pages) as PackageLists };
}

const company = (Country: string) => ({ CompanyInfo: { CompanyName: "Ashdown", Country, DefaultTimeZone: "Europe/London" } });
const preferences = (over: object = {}) => ({
  Preferences: {
    AccountingInfoPrefs: { BookCloseDate: "2026-03-31" },
    SalesFormsPrefs: { CustomTxnNumbers: true, AutoApplyCredit: true },
    TaxPrefs: { UsingSalesTax: true },
    CurrencyPrefs: { MultiCurrencyEnabled: false, HomeCurrency: { value: "GBP" } },
    ...over,
  },
});
const accounts = {
  QueryResponse: {
    Account: [
      {
        Id: "79",
        Name: "Repairs",
        FullyQualifiedName: "Sales:Repairs",
        AccountType: "Income",
        Classification: "Revenue",
        Active: true,
      },
      { Id: "33", Name: "Creditors", AcctNum: "2100", AccountType: "Accounts Payable", Classification: "Liability" },
      { Id: "35", Name: "Current", AccountType: "Bank", Classification: "Asset", CurrencyRef: { value: "GBP" } },
    ],
  },
};

describe("what a company's lists say", () => {
  it("the organisation with its closed books and whose numbers are unique, accounts by id, codes with the rates behind them", () => {
    const { asked, lists } = readAll({
      companyinfo: company("GBR"),
      preferences: preferences(),
      Account: accounts,
      TaxRate: {
        QueryResponse: {
          TaxRate: [
            { Id: "4", RateValue: 20 },
            { Id: "8", RateValue: 20 },
            { Id: "9", RateValue: -20 },
          ],
        },
      },
      TaxCode: {
        QueryResponse: {
          TaxCode: [
            {
              Id: "6",
              Name: "20.0% S",
              SalesTaxRateList: { TaxRateDetail: [{ TaxRateRef: { value: "4" } }] },
              PurchaseTaxRateList: { TaxRateDetail: [{ TaxRateRef: { value: "8" } }] },
            },
            {
              Id: "7",
              Name: "20.0% RC",
              PurchaseTaxRateList: { TaxRateDetail: [{ TaxRateRef: { value: "8" } }, { TaxRateRef: { value: "9" } }] },
            },
          ],
        },
      },
    });
    expect(asked).toEqual(["companyinfo", "preferences", "Account", "TaxRate", "TaxCode"]);
    expect(lists.organisation).toEqual({
      name: "Ashdown",
      baseCurrency: "GBP",
      countryCode: "GB",
      timeZone: "Europe/London",
      shortCode: null,
      locks: [{ label: "Books closed", from: null, to: "2026-03-31" }],
      uniqueNumbers: ["sales-invoice"],
    });
    expect(lists.accounts).toMatchObject([
      { externalId: "79", code: null, name: "Sales:Repairs", matchKey: "Sales:Repairs", class: "revenue", isSystem: false },
      { externalId: "33", code: "2100", isSystem: true },
      { externalId: "35", isBank: true, takesPayments: true, currency: "GBP" },
    ]);
    expect(lists.taxRates).toMatchObject([
      { externalId: "6", rate: "20", attributes: { model: "global", sales: "4=20", purchase: "8=20" }, selfAccounts: false },
      { externalId: "7", rate: "0", attributes: { model: "global", purchase: "8=20,9=-20" }, selfAccounts: true },
    ]);
    expect(lists.currencies).toEqual(["GBP"]);
  });

  it("several currencies are a list of their own, its own the first", () => {
    const several = preferences({ CurrencyPrefs: { MultiCurrencyEnabled: true, HomeCurrency: { value: "GBP" } }, TaxPrefs: {} });
    const CompanyCurrency = { QueryResponse: { CompanyCurrency: [{ Code: "EUR" }, { Code: "USD", Active: false }] } };
    const { asked, lists } = readAll({ companyinfo: company("GB"), preferences: several, Account: accounts, CompanyCurrency });
    expect(asked).toEqual(["companyinfo", "preferences", "Account", "CompanyCurrency"]);
    expect(lists.currencies).toEqual(["GBP", "EUR"]);
    expect(lists.taxRates).toMatchObject([{ externalId: "NotApplicable" }]);
  });

  it("in the United States lines are taxed or not, and how much has no figure", () => {
    const { asked, lists } = readAll({ companyinfo: company("US"), preferences: preferences(), Account: accounts });
    expect(asked).toEqual(["companyinfo", "preferences", "Account"]);
    expect(lists.taxRates?.map(({ externalId, rate, attributes }) => [externalId, rate, attributes?.model])).toEqual([
      ["TAX", null, "us"],
      ["NON", "0", "us"],
    ]);
  });

  it("where tax is not set up there is one code, and numbers of the company's own are said to be none of ours", () => {
    const untaxed = preferences({ TaxPrefs: { UsingSalesTax: false }, SalesFormsPrefs: {}, AccountingInfoPrefs: {} });
    const { lists } = readAll({ companyinfo: company("GB"), preferences: untaxed, Account: accounts });
    expect(lists.taxRates).toMatchObject([{ externalId: "NotApplicable", rate: "0", attributes: { model: "none" } }]);
    expect(lists.organisation).toMatchObject({ locks: [], uniqueNumbers: [] });
  });

  it("a company answers for itself, and a bad credential is an answer", () => {
    const message = check.ask(null, connection);
    expect(message.path).toBe("/v3/company/9130347/companyinfo/9130347");
    expect(check.read(message, answer(200, company("GB")), null)).toEqual({ ok: true, tenantName: "Ashdown" });
    expect(check.read(message, answer(403, ""), null)).toMatchObject({ ok: false, error: { code: "connection.scope-missing" } });
  });
});
