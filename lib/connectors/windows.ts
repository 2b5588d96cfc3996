import type { CallWindow, Limits } from "./types.ts";

export const MINUTE_S = 60;
export const DAY_S = 86_400;

/** Calls of one tenant that the package allows in a day; null where it names no such limit. */
export function callsOfDay({ windows }: Pick<Limits, "windows">): number | null {
  const day = windows.find((one) => one.of === "tenant" && one.seconds === DAY_S && countsEveryCall(one));
  return day?.calls ?? null;
}

/** Calls a second that the package allows the whole app; null where it names no such limit. */
export function appCallsPerSecond({ windows }: Pick<Limits, "windows">): number | null {
  const rates = windows.filter((one) => one.of === "app").map(({ calls, seconds }) => calls / seconds);
  return rates.length === 0 ? null : Math.min(...rates);
}

/** Whether it counts each call, and not those of one kind or their answers alone. */
export function countsEveryCall(window: CallWindow): boolean {
  return window.of === "app" || (window.kind === undefined && window.statuses === undefined);
}

const LENGTHS: Readonly<Record<number, string>> = {
  1: "a second",
  [MINUTE_S]: "a minute",
  3600: "an hour",
  [DAY_S]: "a day",
};

/** A window's length as people say it. */
export function lengthInWords(seconds: number): string {
  return LENGTHS[seconds] ?? `${seconds} seconds`;
}
