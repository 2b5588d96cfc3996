import { describe, expect, it } from "vitest";
import type { PackageLists, RawAnswer } from "../types.ts";
import { API, answer, connection } from "./fixtures.ts";
import { freeagent } from "./index.ts";

const company = answer(200, {
  company: {
    name: "Orchard Ltd",
    subdomain: "orchard",
    type: "UkLimitedCompany",
    currency: "GBP",
    freeagent_start_date: "2025-04-01",
  },
});
const banks = answer(200, {
  bank_accounts: [
    { url: `${API}/v2/bank_accounts/1`, name: "Current", type: "StandardBankAccount", currency: "GBP", status: "active" },
    { url: `${API}/v2/bank_accounts/2`, name: "Old card", type: "CreditCardAccount", currency: "GBP", status: "hidden" },
  ],
});
const category = (code: string, over: object = {}) => ({
  url: `${API}/v2/categories/${code}`,
  description: `Category ${code}`,
  nominal_code: code,
  ...over,
});
const categories = answer(200, {
  admin_expenses_categories: [category("285")],
  cost_of_sales_categories: [category("101")],
  income_categories: [category("001")],
  general_categories: [
    category("750-1", { bank_account: `${API}/v2/bank_accounts/1` }),
    category("681"),
    category("814"),
    category("901"),
    category("602-1"),
  ],
});
const full = (...locks: object[]) => answer(200, { account_locks: locks });

/** Reads all lists with answers given call by call. */
function read(...answers: RawAnswer[]) {
  const asked: string[] = [];
  const pages: PackageLists[] = [];
  let cursor: string | null = null;
  for (const one of answers) {
    const message = freeagent.discover.ask(cursor, connection);
    asked.push(message.path);
    expect(freeagent.faultOf(one, message)).toBeNull();
    const page = freeagent.discover.read(message, one, cursor);
    pages.push(page);
    cursor = page.next;
    if (cursor === null) break;
  }
  const organisation = pages.flatMap((page) => page.organisation ?? [])[0];
  return { asked, organisation, accounts: pages.flatMap((page) => page.accounts ?? []), pages, cursor };
}

describe("FreeAgent's lists", () => {
  it("are company, locks, bank accounts and nominal codes, and its rates are fixed", () => {
    const { asked, organisation, accounts, pages, cursor } = read(company, full(), banks, categories);
    expect(asked).toEqual(["/v2/company", "/v2/account_locks", "/v2/bank_accounts", "/v2/categories"]);
    expect(cursor).toBeNull();
    expect(organisation).toEqual({
      name: "Orchard Ltd",
      baseCurrency: "GBP",
      countryCode: "GB",
      timeZone: "Europe/London",
      shortCode: "orchard",
      locks: [],
    });
    expect(
      accounts.map(({ externalId, code, class: of, isBank, isSystem, active }) => [
        externalId,
        code,
        of,
        isBank,
        isSystem,
        active,
      ]),
    ).toEqual([
      ["/v2/bank_accounts/1", "750-1", "asset", true, false, true],
      ["/v2/bank_accounts/2", null, "liability", true, false, false],
      ["/v2/categories/001", "001", "revenue", false, false, true],
      ["/v2/categories/101", "101", "expense", false, false, true],
      ["/v2/categories/285", "285", "expense", false, false, true],
      ["/v2/categories/681", "681", "asset", false, true, true],
      ["/v2/categories/814", "814", "liability", false, false, true],
      ["/v2/categories/901", "901", "equity", false, false, true],
      ["/v2/categories/602-1", "602-1", "asset", false, false, true],
    ]);
    expect(pages.at(-1)?.taxRates).toEqual([]);
    expect(freeagent.fixedTaxRates?.map(({ externalId, rate }) => [externalId, rate])).toContainEqual(["taxable-20", "20"]);
  });

  it("a user's lock and the system's stand together", () => {
    const { organisation } = read(
      company,
      full(
        { locked_to_date: "2026-01-31", user_lock: true, locked_by_description: "Jo" },
        { locked_to_date: "2025-12-31", user_lock: false, locked_by_description: "Accounting Year End" },
      ),
    );
    expect(organisation?.locks).toEqual([
      { label: "Lock date", from: null, to: "2026-01-31" },
      { label: "Accounting Year End", from: null, to: "2025-12-31" },
    ]);
  });

  it("below the highest level the dates follow from what was filed, and say so", () => {
    const returns = answer(200, {
      vat_returns: [
        { period_ends_on: "2026-01-31", filing_status: "filed" },
        { period_ends_on: "2025-10-31", filing_status: "marked_as_filed" },
        { period_ends_on: "2026-04-30", filing_status: "unfiled" },
      ],
    });
    const { asked, organisation } = read(company, answer(403, ""), returns, answer(403, ""), banks);
    expect(asked).toContain("/v2/vat_returns");
    expect(organisation?.locks).toEqual([
      { label: "VAT return filed (lock date not readable)", from: null, to: "2026-01-31" },
      { label: "Before the FreeAgent start date", from: null, to: "2025-03-31" },
    ]);
  });

  it.each(["UsSoleTrader", "UniversalCompany", "UkUnincorporatedLandlord"])(
    "a company of type %s is refused with the reason",
    (type) => {
      const other = answer(200, { company: { name: "X", subdomain: "x", type, currency: "USD" } });
      expect(() => read(other)).toThrow(
        expect.objectContaining({ code: "package.refused", detail: expect.objectContaining({ value: type }) }),
      );
    },
  );

  it("the check names the company, and what a refused one lacks", () => {
    const message = freeagent.check.ask(null, connection);
    expect(freeagent.check.read(message, company, null)).toEqual({ ok: true, tenantName: "Orchard Ltd" });
    expect(freeagent.check.read(message, answer(401, ""), null)).toMatchObject({
      ok: false,
      error: { code: "connection.token-expired" },
    });
  });
});
