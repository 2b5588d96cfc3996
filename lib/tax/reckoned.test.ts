import { expect, it } from "vitest";
import { taxByOf } from "./reckoned.ts";

const line = (rate: string | null) => ({ tax: { externalId: "TAX", rate } });

it("BB6 tax is the package's own where it always is, or where we have none and its rate says no figure", () => {
  expect(taxByOf("ours", 0n, [line(null)])).toBe(undefined);
  expect(taxByOf("theirs", 100n, [line("20")])).toBe("package");
  expect(taxByOf("by-line", 100n, [line("20")])).toBe("lines");
  expect(taxByOf("either", 0n, [line("0"), line(null)])).toBe("package");
  // Tax that the source gave is ours: it is sent, and compared to the penny.
  expect(taxByOf("either", 100n, [line(null)])).toBe(undefined);
  expect(taxByOf("either", 0n, [line("0")])).toBe(undefined);
});
