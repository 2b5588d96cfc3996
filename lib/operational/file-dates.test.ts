import { describe, expect, it } from "vitest";
import { DATE_FORMATS, type DateFormat } from "./fields.ts";
import { dateRule, inOrder, ordersOf, readDate } from "./file-dates.ts";

const read = (text: string, formats: readonly DateFormat[] = inOrder(DATE_FORMATS, "dmy"), timeZone = "Europe/London") =>
  readDate(text, { formats, today: "2026-11-29", timeZone });

describe("FA5 dates as ledgers write them", () => {
  it.each([
    ["05/11/26", "2026-11-05"],
    ["18-Nov-26", "2026-11-18"],
    ["5 November 2026", "2026-11-05"],
    ["5th Nov 2026", "2026-11-05"],
    ["Nov 5, 2026", "2026-11-05"],
    ["November 5 2026", "2026-11-05"],
    ["5. März 2026", "2026-03-05"],
    ["12 février 2026", "2026-02-12"],
    ["1 mei 2026", "2026-05-01"],
    ["01.02.26", "2026-02-01"],
    ["2026/11/05", "2026-11-05"],
    ["20261105", "2026-11-05"],
    ["05/11/2026 11:30 PM", "2026-11-05"],
  ])("%s is %s", (text, date) => expect(read(text)).toBe(date));

  it("a two-digit year is next year, this one, or one of the 30 before; any other is no date", () => {
    expect([read("01/02/27"), read("01/02/96"), read("01/02/28"), read("01/02/95")]).toEqual([
      "2027-02-01",
      "1996-02-01",
      null,
      null,
    ]);
  });

  it("a moment that names its offset is dated in the client's zone, in summer as in winter", () => {
    expect(read("2026-06-30T23:30:00Z")).toBe("2026-07-01");
    expect(read("2026-12-30T23:30:00Z")).toBe("2026-12-30");
    expect(read("2026-07-01T00:30:00+02:00")).toBe("2026-06-30");
    expect(read("2026-06-30T23:30:00.123+00:00", undefined, "America/New_York")).toBe("2026-06-30");
    expect(read("2026-06-30 23:30")).toBe("2026-06-30");
  });

  it("a spreadsheet's day number is no date, and is named for what it is", () => {
    expect(read("46331")).toBeNull();
    expect(dateRule("46331", DATE_FORMATS)).toContain("day number (5 Nov 2026)");
  });

  it("what is no month, no day or no time is no date", () => {
    expect(
      ["5 Marketing 2026", "31/11/2026", "00/11/2026", "05/11/2026 25:10Z", "1/2", "2026-13-01"].map((text) => read(text)),
    ).toEqual(Array(6).fill(null));
  });

  it("formats with slashes and hyphens name an order, those with points and names none", () => {
    expect(ordersOf(["dd/mm/yyyy", "dd.mm.yyyy", "dd mmm yyyy"])).toEqual(["dmy"]);
    expect(ordersOf(["dd/mm/yyyy", "mm-dd-yy"])).toEqual(["dmy", "mdy"]);
    expect(ordersOf(["dd.mm.yy", "yyyy-mm-dd"])).toEqual([]);
  });
});
