import type { LimitPolicy } from "#lib/simulator/core/limits.ts";

export const CONCURRENT = 5;
export const PER_MINUTE = 60;
export const PER_APP_MINUTE = 10_000;

/** Xero's limits: so many calls at once, a minute and a day of an organisation, a minute of an app. */
export const xeroLimits: LimitPolicy = {
  concurrent: CONCURRENT,
  windows: [
    { name: "appminute", of: "app", calls: PER_APP_MINUTE, seconds: 60 },
    { name: "day", of: "tenant", calls: 5000, seconds: 86_400 },
    { name: "minute", of: "tenant", calls: PER_MINUTE, seconds: 60 },
  ],
};
