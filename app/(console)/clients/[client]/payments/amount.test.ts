import { expect, it } from "vitest";
import { parseAmount } from "./amount.ts";

it.each([
  ["12.50", 1250n],
  ["1,234.5", 123_450n],
  [" 7 ", 700n],
  ["12,50", null],
  ["1.005", null],
  ["-3", null],
  ["0", null],
  ["", null],
  ["£5", null],
])("an amount typed as %j", (text, minor) => {
  expect(parseAmount(text, "GBP")).toBe(minor);
});
