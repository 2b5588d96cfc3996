import { describe, expect, it } from "vitest";
import { movedMinor } from "./words.ts";

describe("FD11 a refund on Import", () => {
  it.each([
    ["receipt", "500"],
    ["payment-out", "500"],
    ["sales-refund", "-500"],
    ["purchase-refund", "-500"],
  ] as const)("FD11 a %s of 5.00 is shown, as it is summed, as %s", (kind, minor) => {
    expect(movedMinor({ kind, amountMinor: "500" })).toBe(minor);
  });
});
