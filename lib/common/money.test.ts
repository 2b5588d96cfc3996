import { Decimal } from "decimal.js";
import { describe, expect, it } from "vitest";
import { decimalToMinor, formatAmount, minorToDecimal, parseMinor, roundToMinor } from "./money.ts";

describe("money in minor units", () => {
  it("is read from a plain decimal exactly, however long, and not at all from anything else", () => {
    expect(decimalToMinor("1234.5", "GBP")).toBe(123450n);
    expect(decimalToMinor("-0.01", "GBP")).toBe(-1n);
    expect(decimalToMinor("+7", "JPY")).toBe(7n);
    expect(decimalToMinor("7.00", "JPY")).toBe(7n);
    expect(decimalToMinor("1.2345", "KWD")).toBeNull();
    expect(decimalToMinor("1.234", "KWD")).toBe(1234n);
    expect(decimalToMinor("123456789012345678901234.56", "GBP")).toBe(12345678901234567890123456n);
    for (const text of ["", "1,000.00", "1e3", ".5", "5.", " 5", "0x10", "1.005"])
      expect(decimalToMinor(text, "GBP"), text).toBeNull();
    expect(() => parseMinor("1.005", "GBP")).toThrow(RangeError);
  });

  it("is rounded half away from zero", () => {
    for (const [value, currency, minor] of [
      ["1.005", "GBP", 101n],
      ["-1.005", "GBP", -101n],
      ["1.0049999", "GBP", 100n],
      ["0.5", "JPY", 1n],
      ["1.2345", "KWD", 1235n],
    ] as const)
      expect(roundToMinor(new Decimal(value), currency), value).toBe(minor);
  });

  it("is written back as it was read", () => {
    for (const minor of [0n, 5n, -5n, 123450n, -99n]) expect(parseMinor(minorToDecimal(minor, "GBP"), "GBP")).toBe(minor);
    expect(formatAmount(-123456789n, "GBP")).toBe("−1,234,567.89");
  });
});
