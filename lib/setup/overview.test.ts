import { describe, expect, it } from "vitest";
import { causesOf } from "./overview.ts";

const blocked = { panel: "pending", code: "mapping.account-missing", value: "4010", side: "sales", currency: "GBP" } as const;

describe("M20 what blocks how much money", () => {
  it("is one cause over both panels, its sums by side and currency, with the way to the row that mends it", () => {
    const causes = causesOf([
      { ...blocked, records: 2, grossMinor: 1000n },
      { ...blocked, panel: "errors", records: 1, grossMinor: 500n },
      { ...blocked, currency: "EUR", records: 1, grossMinor: 7n },
      { ...blocked, code: "package.period-locked", value: null, records: 9, grossMinor: 90n },
    ]);
    expect(causes).toMatchObject([
      { code: "package.period-locked", records: 9, path: "/export", fixer: "accountant" },
      {
        title: "Nominal code 4010 is not mapped to an account that exists",
        records: 4,
        worth: [
          { side: "sales", currency: "GBP", minor: 1500n },
          { side: "sales", currency: "EUR", minor: 7n },
        ],
        path: "/mapping?tab=nominal&code=4010",
        action: "Map 4010",
      },
    ]);
  });
});
