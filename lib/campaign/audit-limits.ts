import type { LoggedCall } from "#lib/simulator/call-log.ts";

/** A package's own figures. */
export interface AuditedLimits {
  readonly perMinute: number;
  readonly perDay: number;
  readonly concurrent: number;
  readonly appPerMinute: number;
}

/** A window that holds more calls than its limit. */
export interface WindowOver {
  /** The tenant, or `app`. */
  readonly scope: string;
  readonly limit: "minute" | "day" | "concurrent" | "app";
  readonly from: string;
  readonly calls: number;
  readonly allowed: number;
}

export interface LimitsAudit {
  readonly calls: number;
  readonly answers429: number;
  /** The fullest window of each scope that is over its limit. */
  readonly over: readonly WindowOver[];
  /** The fullest windows there were. */
  readonly fullest: { readonly minute: number; readonly day: number; readonly concurrent: number; readonly app: number };
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * Audits a simulator's call log: every window of sixty seconds and of a day, wherever it begins, over each tenant and over the app, and how
 * many calls were under way at once. Refused calls count too. Two calls exactly a window apart are not within one.
 * @param logs the calls by tenant
 */
export function auditLimits(
  logs: ReadonlyMap<string, readonly Pick<LoggedCall, "at" | "ended" | "status">[]>,
  limits: AuditedLimits,
): LimitsAudit {
  const over: WindowOver[] = [];
  const fullest = { minute: 0, day: 0, concurrent: 0, app: 0 };
  const all: number[] = [];
  let answers429 = 0;
  const judge = (scope: string, limit: WindowOver["limit"], found: { calls: number; from: number }, allowed: number) => {
    fullest[limit] = Math.max(fullest[limit], found.calls);
    if (found.calls > allowed) over.push({ scope, limit, from: new Date(found.from).toISOString(), calls: found.calls, allowed });
  };
  for (const [tenant, calls] of logs) {
    const times = calls.map((call) => Date.parse(call.at)).sort((one, other) => one - other);
    for (const time of times) all.push(time);
    answers429 += calls.filter((call) => call.status === 429).length;
    judge(tenant, "minute", fullestWindow(times, MINUTE_MS), limits.perMinute);
    judge(tenant, "day", fullestWindow(times, DAY_MS), limits.perDay);
    judge(tenant, "concurrent", mostAtOnce(calls), limits.concurrent);
  }
  all.sort((one, other) => one - other);
  judge("app", "app", fullestWindow(all, MINUTE_MS), limits.appPerMinute);
  return { calls: all.length, answers429, over, fullest };
}

/** @param times ascending */
function fullestWindow(times: readonly number[], length: number): { calls: number; from: number } {
  let found = { calls: 0, from: times[0] ?? 0 };
  let first = 0;
  for (const [last, time] of times.entries()) {
    while (time - (times[first] ?? time) >= length) first += 1;
    if (last - first + 1 > found.calls) found = { calls: last - first + 1, from: times[first] ?? time };
  }
  return found;
}

function mostAtOnce(calls: readonly Pick<LoggedCall, "at" | "ended">[]): { calls: number; from: number } {
  const changes = calls.flatMap(({ at, ended }) => [
    { at: Date.parse(at), by: 1 },
    ...(ended === null ? [] : [{ at: Date.parse(ended), by: -1 }]),
  ]);
  // Within one millisecond the ends come first: the log knows no finer order.
  changes.sort((one, other) => one.at - other.at || one.by - other.by);
  let now = 0;
  let found = { calls: 0, from: 0 };
  for (const change of changes) {
    now += change.by;
    if (now > found.calls) found = { calls: now, from: change.at };
  }
  return found;
}
