import { describe, expect, it, vi } from "vitest";
import { dateIn, formatDate, formatMoment } from "./dates.ts";
import { formatAmount, formatMoney } from "./money.ts";

describe("SP4 dates and amounts of a grid", () => {
  it("are written by one formatter a locale, zone and currency, however many cells there are", () => {
    const dates = vi.spyOn(Intl, "DateTimeFormat");
    const numbers = vi.spyOn(Intl, "NumberFormat");
    for (let row = 0; row < 50; row += 1) {
      for (const locale of ["en-GB", "de-DE"]) {
        formatDate("2026-11-21", locale);
        formatMoment("2026-11-21T09:41:00Z", "Europe/London", locale);
        formatMoment("2026-11-21T09:41:00Z", "Asia/Tokyo", locale);
        formatAmount(BigInt(row), "GBP", locale);
        formatMoney(BigInt(row), "EUR", locale);
      }
      dateIn("Asia/Tokyo", new Date("2026-11-21T23:41:00Z"));
    }
    expect(dates.mock.calls.length).toBeLessThanOrEqual(7);
    expect(numbers.mock.calls.length).toBeLessThanOrEqual(4);
    vi.restoreAllMocks();
  });

  it("keep apart what is written another way", () => {
    expect(formatDate("2026-11-21", "en-GB")).toBe("21 Nov 2026");
    expect(formatDate("2026-11-21", "en-US")).toBe("Nov 21, 2026");
    expect(formatMoment("2026-11-21T23:41:00Z", "Europe/London")).toBe("21 Nov 2026, 23:41");
    expect(formatMoment("2026-11-21T23:41:00Z", "Asia/Tokyo")).toBe("22 Nov 2026, 08:41");
    expect(dateIn("Asia/Tokyo", new Date("2026-11-21T23:41:00Z"))).toBe("2026-11-22");
    expect([formatMoney(123450n, "GBP"), formatMoney(123450n, "JPY"), formatAmount(123450n, "JPY")]).toEqual([
      "£1,234.50",
      "JP¥123,450",
      "123,450",
    ]);
  });
});
