import { describe, expect, it } from "vitest";
import { worthText } from "./worth.ts";

describe("what a code is worth", () => {
  it("never adds up currencies, nor sales and purchases", () => {
    expect(worthText([], "en-GB")).toBe("");
    expect(worthText([{ side: "sales", currency: "GBP", minor: 4812000n }], "en-GB")).toBe("£48,120.00");
    expect(
      worthText(
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
