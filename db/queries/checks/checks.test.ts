import { expect, it } from "vitest";
import { isSyncErrorCode } from "#lib/errors/catalogue.ts";
import { FACTS } from "./check-facts.ts";
import { CHECK_STEPS, CHECKS } from "./checks.ts";

it("FD16 each check stands once, with a code of the catalogue and a step of the diagnosis", () => {
  expect(new Set(CHECKS.map((check) => check.key)).size).toBe(CHECKS.length);
  for (const { key, code, level, step } of CHECKS) {
    expect(key).toMatch(/^[a-z-]+$/);
    expect(CHECK_STEPS).toContain(step);
    const codes = code === null ? [] : typeof code === "string" ? [code] : code.oneOf;
    expect(codes.every(isSyncErrorCode)).toBe(true);
    expect(codes.length > 0).toBe(level !== "ready");
  }
});

it("FD16 a check and a fact read facts that stand above them alone", () => {
  const above = new Set<string>();
  for (const fact of FACTS) {
    expect(fact.needs.filter((name) => !above.has(name))).toEqual([]);
    above.add(fact.name);
  }
  expect(CHECKS.flatMap((check) => check.needs).filter((name) => !above.has(name))).toEqual([]);
});

it("FD16 what warns stands below all that blocks, so that no warning hides a block", () => {
  const levels = CHECKS.filter((check) => check.level !== "ready").map((check) => check.level);
  expect(levels.lastIndexOf("blocked")).toBeLessThan(levels.indexOf("warning"));
});
