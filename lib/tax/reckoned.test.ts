import { expect, it } from "vitest";
import { isReckonedThere } from "./reckoned.ts";

const line = (rate: string | null) => ({ tax: { externalId: "TAX", rate } });

it("BB6 tax is the package's own where it always is, or where we have none and its rate says no figure", () => {
  expect(isReckonedThere("ours", 0n, [line(null)])).toBe(false);
  expect(isReckonedThere("theirs", 100n, [line("20")])).toBe(true);
  expect(isReckonedThere("either", 0n, [line("0"), line(null)])).toBe(true);
  // Tax that the source gave is ours: it is sent, and compared to the penny.
  expect(isReckonedThere("either", 100n, [line(null)])).toBe(false);
  expect(isReckonedThere("either", 0n, [line("0")])).toBe(false);
});
