import { describe, expect, it } from "vitest";
import type { CallWindow, Limits } from "#lib/connectors/types.ts";
import { appCallsPerSecond, callsOfDay, countsEveryCall, lengthInWords } from "#lib/connectors/windows.ts";
import { xero } from "#lib/connectors/xero/index.ts";
import { appPaceOf, bucketsOf, paceOf } from "./windows.ts";

const limitsOf = (...windows: CallWindow[]): Limits => ({ ...xero.limits, windows });
const ENDLESS = limitsOf();

describe("BB7 what a call is counted in", () => {
  it("a tenant's minute and day stand in one row, in the parts that live rows have", () => {
    const [only, ...rest] = bucketsOf("xero", xero.limits, []);
    expect(rest).toEqual([]);
    expect(only).toMatchObject({ scope: "{tenant}", isTenants: true, partS: 3_600 });
    expect(only?.windows).toEqual([
      { calls: 60, lengthMs: 62_000, byPart: false, why: "minute" },
      { calls: 4_900, lengthMs: 86_400_000, byPart: true, why: "day" },
    ]);
  });

  it("a user's row comes before the tenant's, and a kind's row only for calls of that kind", () => {
    const limits = limitsOf(
      { of: "tenant", calls: 40, seconds: 60, kind: "batch" },
      { of: "tenant", calls: 10, seconds: 1 },
      { of: "user", calls: 3_600, seconds: 3_600 },
    );
    const of = (...kinds: string[]) => bucketsOf("freeagent", limits, kinds).map(({ scope, partS }) => [scope, partS]);
    expect(of()).toEqual([
      ["freeagent:user:{user}", 150],
      ["{tenant}", 0],
    ]);
    expect(of("batch")).toEqual([...of(), ["{tenant}:batch", 0]]);
  });

  it("without a limit there is the tenant's row alone, for its breaker, and nothing to show", () => {
    const [only] = bucketsOf("twinfield", ENDLESS, []);
    expect(only).toMatchObject({ scope: "{tenant}", windows: [] });
    expect(callsOfDay(ENDLESS)).toBeNull();
    expect(appCallsPerSecond(ENDLESS)).toBeNull();
    expect(60_000 / appPaceOf(ENDLESS).intervalMs).toBeGreaterThan(1_000_000);
    expect(callsOfDay(xero.limits)).toBe(4_900);
  });

  it("the app's pace keeps the tightest of its windows, of whatever length", () => {
    // Sage's app: 1,296,000 a day, with a minute put beside it.
    const limits = limitsOf({ of: "app", calls: 1_296_000, seconds: 86_400 }, { of: "app", calls: 600, seconds: 60 });
    const pace = appPaceOf(limits);
    expect(pace.burst).toBeLessThanOrEqual(paceOf(1_296_000, 2_000, 86_400).burst);
    expect(pace.burst + 62_000 / pace.intervalMs).toBeLessThanOrEqual(600);
    expect(pace.burst + 86_402_000 / pace.intervalMs).toBeLessThanOrEqual(1_296_000);
    expect(appCallsPerSecond(limits)).toBe(10);
  });

  it("a window of a second, or of one call, has a pace too, and is never passed", () => {
    for (const [calls, seconds] of [
      [10, 1],
      [100, 1],
      [2, 1],
      [1, 60],
    ] as const) {
      const { burst, intervalMs } = paceOf(calls, 2_000, seconds);
      expect(burst).toBeGreaterThanOrEqual(1);
      expect(intervalMs).toBeGreaterThan(0);
      expect(Number.isFinite(intervalMs)).toBe(true);
      expect(Math.floor(burst + (seconds * 1_000) / intervalMs)).toBeLessThanOrEqual(calls);
    }
  });

  it("says the length of a window, and which windows count each call", () => {
    expect([1, 60, 3_600, 86_400, 90].map(lengthInWords)).toEqual(["a second", "a minute", "an hour", "a day", "90 seconds"]);
    expect(countsEveryCall({ of: "user", calls: 1, seconds: 1 })).toBe(true);
    expect(countsEveryCall({ of: "tenant", calls: 7, seconds: 3_600, statuses: [404] })).toBe(false);
  });
});
