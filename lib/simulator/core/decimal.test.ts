import { describe, expect, it } from "vitest";
import {
  amount,
  formatDecimal,
  minor,
  multiply,
  parseDecimal,
  quotient,
  round,
  taxOn,
  taxWithin,
  trimDecimal,
} from "#lib/simulator/core/decimal.ts";

const decimal = (text: string) => {
  const value = parseDecimal(text);
  if (value === null) throw new RangeError(text);
  return value;
};

describe("exact decimals of the simulated ledger", () => {
  it("reads what Xero accepts and nothing else", () => {
    expect(formatDecimal(decimal("-0.50"))).toBe("-0.50");
    expect(formatDecimal(decimal("1.5e3"))).toBe("1500");
    for (const junk of ["", "abc", "1,5", "0x1", "1e400", "."]) expect(parseDecimal(junk)).toBeNull();
  });

  it("rounds a half away from zero, on both sides of it", () => {
    expect(amount(round(decimal("2.675"), 2).units)).toBe("2.68");
    expect(amount(round(decimal("-2.675"), 2).units)).toBe("-2.68");
    expect(formatDecimal(round(multiply(decimal("3"), decimal("10.125")), 2))).toBe("30.38");
  });

  it("adds what floats cannot", () => {
    expect(amount(minor("0.10") + minor("0.20"))).toBe("0.30");
  });

  it("taxes on top and takes tax out", () => {
    expect(amount(taxOn(minor("30.38"), "20"))).toBe("6.08");
    expect(amount(taxOn(minor("10.00"), "17.5"))).toBe("1.75");
    expect(amount(taxWithin(minor("120.00"), "20"))).toBe("20.00");
    expect(amount(taxWithin(minor("0.01"), "20"))).toBe("0.00");
  });

  it("divides to a scale and drops needless zeros", () => {
    expect(formatDecimal(quotient(decimal("10"), decimal("3"), 4))).toBe("3.3333");
    expect(trimDecimal(decimal("10.1250"), 2)).toBe("10.125");
    expect(trimDecimal(decimal("10"), 2)).toBe("10.00");
  });
});
