import { expect, it } from "vitest";
import { holdInPackage, runMoney } from "./money.ts";

const say = () => undefined;

it("C12 two thousand random documents of no, two and three decimals: what goes in comes out, on every path", () => {
  expect(runMoney({ seed: 1, documents: 2_000, say })).toMatchObject({ lost: 0, wrongLinks: 0, invariantsBroken: [], ok: true });
}, 30_000);

it("C12 finds a package that keeps only hundredths", () => {
  const hold = (body: string) => holdInPackage(body).replace(/(\d+\.\d\d)[1-9](?=[,}])/g, "$1");
  const result = runMoney({ seed: 1, documents: 80, say, hold });
  expect(result.ok).toBe(false);
  expect(result.wrongLinks).toBeGreaterThan(0);
});
