import { expect, it } from "vitest";
import { auditLimits } from "./audit-limits.ts";

const LIMITS = { perMinute: 3, perDay: 10, concurrent: 2, appPerMinute: 5 };
const calls = (...seconds: number[]) =>
  seconds.map((second) => ({
    at: new Date(second * 1_000).toISOString(),
    ended: new Date(second * 1_000 + 500).toISOString(),
    status: 200,
  }));

it("C7 finds a window over the minute that no minute of the clock shows", () => {
  const audit = auditLimits(new Map([["one", calls(58, 59, 61, 62)]]), LIMITS);
  expect(audit.over).toEqual([{ scope: "one", limit: "minute", from: "1970-01-01T00:00:58.000Z", calls: 4, allowed: 3 }]);
});

it("C7 two calls a whole window apart are not within one", () => {
  expect(auditLimits(new Map([["one", calls(0, 1, 2, 60, 61, 62)]]), LIMITS).over).toEqual([]);
});

it("C7 finds what is over the day, the app and at once, each apart", () => {
  const day = auditLimits(new Map([["one", calls(...Array.from({ length: 11 }, (_, hour) => hour * 3_600))]]), LIMITS);
  expect(day.over.map((one) => one.limit)).toEqual(["day"]);
  const app = auditLimits(
    new Map([
      ["one", calls(0, 10, 20)],
      ["two", calls(30, 40, 50)],
    ]),
    LIMITS,
  );
  expect(app.over).toMatchObject([{ scope: "app", limit: "app", calls: 6 }]);
  const atOnce = auditLimits(new Map([["one", calls(1, 1.1, 1.2)]]), LIMITS);
  expect(atOnce.over).toMatchObject([{ limit: "concurrent", calls: 3, allowed: 2 }]);
  expect(atOnce.fullest).toEqual({ minute: 3, day: 3, concurrent: 3, app: 3 });
});
