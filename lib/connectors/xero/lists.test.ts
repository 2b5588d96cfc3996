import { describe, expect, it } from "vitest";
import type { RawAnswer } from "../types.ts";
import { answer, connection } from "./fixtures.ts";
import { check, discover } from "./lists.ts";

const read = (cursor: string | null, raw: RawAnswer) => discover.read(discover.ask(cursor, connection), raw, cursor);

describe("Xero's lists", () => {
  it("are read one a call, each naming the next", () => {
    const names: (string | null)[] = [];
    let cursor: string | null = null;
    do {
      names.push(discover.ask(cursor, connection).path);
      cursor = read(cursor, answer(200, {})).next;
    } while (cursor !== null);
    expect(names).toEqual([
      "/api.xro/2.0/Organisation",
      "/api.xro/2.0/Accounts",
      "/api.xro/2.0/TaxRates",
      "/api.xro/2.0/Currencies",
    ]);
  });

  it("M9 give accounts with what the mapping editor must know of them", () => {
    const { accounts } = read(
      "accounts",
      answer(200, {
        Accounts: [
          { AccountID: "a", Code: "200", Name: "Sales", Type: "REVENUE", Class: "REVENUE", Status: "ACTIVE", SystemAccount: "" },
          { AccountID: "b", Name: "Current", Type: "BANK", Class: "ASSET", Status: "ACTIVE", CurrencyCode: "GBP" },
          {
            AccountID: "c",
            Code: "610",
            Name: "Debtors",
            Type: "CURRENT",
            Status: "ARCHIVED",
            SystemAccount: "DEBTORS",
            EnablePaymentsToAccount: true,
          },
          { Code: "x" },
        ],
      }),
    );
    expect(accounts).toEqual([
      {
        externalId: "a",
        code: "200",
        name: "Sales",
        type: "REVENUE",
        class: "revenue",
        active: true,
        isBank: false,
        takesPayments: false,
        isSystem: false,
        currency: null,
      },
      {
        externalId: "b",
        code: null,
        name: "Current",
        type: "BANK",
        class: "asset",
        active: true,
        isBank: true,
        takesPayments: true,
        isSystem: false,
        currency: "GBP",
      },
      {
        externalId: "c",
        code: "610",
        name: "Debtors",
        type: "CURRENT",
        class: "asset",
        active: false,
        isBank: false,
        takesPayments: true,
        isSystem: true,
        currency: null,
      },
    ]);
  });

  it("give tax rates with an exact rate and the classes of account that they go with", () => {
    const { taxRates } = read(
      "tax-rates",
      answer(
        200,
        '{"TaxRates":[{"TaxType":"OUTPUT2","Name":"20% VAT","Status":"ACTIVE","EffectiveRate":20.0000,"CanApplyToRevenue":true,"CanApplyToExpenses":false}]}',
      ),
    );
    expect(taxRates).toEqual([
      {
        externalId: "OUTPUT2",
        name: "20% VAT",
        selfAccounts: null,
        recovers: null,
        rate: "20",
        active: true,
        appliesTo: ["revenue"],
      },
    ]);
  });

  it("FA7 say what a rate charges on the document, not its headline: a reverse charge charges nothing and is accounted for where it may stand on expenses", () => {
    const rate = (over: object) => ({ Status: "ACTIVE", CanApplyToRevenue: false, CanApplyToExpenses: false, ...over });
    const { taxRates } = read(
      "tax-rates",
      answer(200, {
        TaxRates: [
          rate({ TaxType: "INPUT2", ReportTaxType: "INPUT", EffectiveRate: 20, DisplayTaxRate: 20, CanApplyToExpenses: true }),
          rate({
            TaxType: "DRCHARGE20",
            ReportTaxType: "DRCHARGE",
            EffectiveRate: 0,
            DisplayTaxRate: 20,
            CanApplyToExpenses: true,
          }),
          // A server that gives its headline as the effective rate.
          rate({ TaxType: "REVERSECHARGES", EffectiveRate: 20, DisplayTaxRate: 20, CanApplyToExpenses: true }),
          // Which of the two is for sales, the name does not say: the flags do.
          rate({ TaxType: "DRCHARGESUPPLY20", EffectiveRate: 0, DisplayTaxRate: 20, CanApplyToRevenue: true }),
          rate({ TaxType: "TAX009", EffectiveRate: 0, DisplayTaxRate: 20, CanApplyToExpenses: true }),
          rate({ TaxType: "TAX010", EffectiveRate: 12.5, CanApplyToExpenses: true }),
        ],
      }),
    );
    expect(taxRates?.map((one) => [one.externalId, one.rate, one.selfAccounts])).toEqual([
      ["INPUT2", "20", false],
      ["DRCHARGE20", "0", true],
      ["REVERSECHARGES", "0", true],
      ["DRCHARGESUPPLY20", "0", false],
      ["TAX009", "0", true],
      ["TAX010", "12.5", null],
    ]);
  });

  it("FA7 M70 say how much of what a rate charges on purchases is reclaimed, by its components", () => {
    const part = (Rate: number, IsNonRecoverable = false) => ({ Name: `${Rate}`, Rate, IsCompound: false, IsNonRecoverable });
    const rate = (
      TaxType: string,
      EffectiveRate: number,
      TaxComponents: object[],
      over: object = { CanApplyToExpenses: true },
    ) => ({
      TaxType,
      EffectiveRate,
      TaxComponents,
      Status: "ACTIVE",
      CanApplyToRevenue: false,
      ...over,
    });
    const { taxRates } = read(
      "tax-rates",
      answer(200, {
        TaxRates: [
          rate("INPUT2", 20, [part(20)]),
          rate("CAN1", 12, [part(5), part(7, true)]),
          rate("CAN2", 7, [part(7, true)]),
          rate("CAN3", 7, [part(0), part(7, true)]),
          rate("EXEMPTINPUT", 0, [part(0)]),
          rate("OUTPUT2", 20, [part(20)], { CanApplyToRevenue: true, CanApplyToExpenses: false }),
          rate("INPUT9", 20, []),
        ],
      }),
    );
    expect(taxRates?.map((one) => [one.externalId, one.recovers])).toEqual([
      ["INPUT2", "all"],
      ["CAN1", "part"],
      ["CAN2", "nothing"],
      ["CAN3", "nothing"],
      ["EXEMPTINPUT", null],
      ["OUTPUT2", null],
      ["INPUT9", "all"],
    ]);
  });

  it("give lock dates as dates, and none where none is set", () => {
    const { organisation } = read(
      "organisation",
      answer(200, {
        Organisations: [
          {
            Name: "Ashdown",
            BaseCurrency: "GBP",
            CountryCode: "GB",
            Timezone: "GMTSTANDARDTIME",
            ShortCode: "!a",
            PeriodLockDate: "/Date(1785456000000+0000)/",
          },
        ],
      }),
    );
    expect(organisation).toEqual({
      name: "Ashdown",
      baseCurrency: "GBP",
      countryCode: "GB",
      timeZone: "Europe/London",
      shortCode: "!a",
      locks: [{ label: "Period", from: null, to: "2026-07-31" }],
    });
    expect(read("currencies", answer(200, { Currencies: [{ Code: "GBP" }, { Code: "EUR" }] })).currencies).toEqual([
      "GBP",
      "EUR",
    ]);
  });
});

describe("a check of the credentials", () => {
  const result = (raw: RawAnswer) => check.read(check.ask(null, connection), raw, null);
  it("answers the organisation's name, or what is wrong, and never throws", () => {
    expect(result(answer(200, { Organisations: [{ Name: "Ashdown" }] }))).toEqual({ ok: true, tenantName: "Ashdown" });
    expect(result(answer(401, { Detail: "TokenExpired" }))).toMatchObject({
      ok: false,
      error: { code: "connection.token-expired" },
    });
    expect(result(answer(403, { detail: "AuthenticationUnsuccessful" }))).toMatchObject({
      ok: false,
      error: { code: "connection.token-expired" },
    });
    expect(result(answer(503, "offline"))).toMatchObject({ ok: false, error: { code: "transient.server-error" } });
  });
});
