import { describe, expect, it } from "vitest";
import { amountText } from "./amount-text.ts";

describe("what a code is worth", () => {
  it("never adds up currencies, nor sales and purchases", () => {
    expect(amountText([], "en-GB")).toBe("");
    expect(amountText([{ side: "sales", currency: "GBP", minor: 4812000n }], "en-GB")).toBe("£48,120.00");
    expect(
      amountText(
        [
          { side: "purchase", currency: "GBP", minor: 64000n },
          { side: "sales", currency: "EUR", minor: 700n },
          { side: "sales", currency: "GBP", minor: 163788n },
        ],
        "en-GB",
      ),
    ).toBe("sales €7.00 · £1,637.88 · purchases £640.00");
  });
});
