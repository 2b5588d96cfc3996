import { describe, expect, it } from "vitest";
import { lineFigures } from "./line-figures.ts";

const of = (quantity: string, unitPrice: string, netMinor: bigint) => lineFigures({ quantity, unitPrice, netMinor }, "GBP");

describe("FB5 which figures of a line go", () => {
  it("FB5 all three where they multiply out", () => {
    expect(of("3", "10.00", 3000n)).toEqual({ say: "price" });
    expect(of("2", "10.125", 2025n)).toEqual({ say: "price" });
    expect(of("-1", "10.00", -1000n)).toEqual({ say: "price" });
  });

  it("FB5 the quantity with a discounted amount, and the price that comes of it", () => {
    expect(of("3", "10.00", 2700n)).toEqual({ say: "quantity", price: "9.00" });
    expect(of("3", "10.00", 1000n)).toEqual({ say: "quantity", price: "3.3333" });
    expect(of("-2", "10.00", -1900n)).toEqual({ say: "quantity", price: "9.50" });
    expect(of("4", "10.00", 0n)).toEqual({ say: "quantity", price: "0.00" });
  });

  it("FB5 the amount alone where no price of four decimals makes it, or there is no quantity", () => {
    expect(of("10000", "1.00", 333_333n)).toEqual({ say: "amount" });
    expect(of("0", "10.00", 500n)).toEqual({ say: "amount" });
  });

  it("FA10 c14 a price or quantity of more decimals than packages keep never changes the amount", () => {
    expect(of("743918", "0.000134", 9983n)).toEqual({ say: "amount" });
    expect(of("3", "33.3333333333333", 10_000n)).toEqual({ say: "quantity", price: "33.3333" });
    expect(of("2", "10.12501", 2025n)).toEqual({ say: "quantity", price: "10.125" });
    expect(of("1.33333333", "75.00", 10_000n)).toEqual({ say: "amount" });
  });
});
