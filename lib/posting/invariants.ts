import type { Database } from "#db/client.ts";
import {
  allowTenMinutes,
  type CallLimit,
  checkInvariants,
  endInvariantCheck,
  listFailedChecks,
  markReadings,
  takeInvariantCheck,
} from "#db/queries/practice/invariants.ts";
import type { BrokenInvariant } from "#db/schema/work.ts";
import { alertFailed } from "#lib/alerts/invariant-broken.ts";
import { countWords } from "#lib/common/count-words.ts";
import { formatMoney, parseMinor } from "#lib/common/money.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import type { Limits } from "#lib/connectors/types.ts";
import { countsEveryCall, lengthInWords } from "#lib/connectors/windows.ts";
import { log } from "#lib/log.ts";

/** A window of writes is at most this much above our own pace: leave is taken a moment before the call is written down. */
const JITTER = 5;

/** What I8 holds the kept calls against: each package's windows, as its connector has them. Which calls are of a kind isn't kept. */
export function limitsByPackage(connectors: readonly { id: string; limits: Limits }[]): Record<string, readonly CallLimit[]> {
  return Object.fromEntries(
    connectors.map(({ id, limits }) => [
      id,
      limits.windows.filter(countsEveryCall).map(({ of, calls, seconds }) => ({ of, calls: calls + JITTER, seconds })),
    ]),
  );
}

/**
 * Does the check of the invariants that is due, if one is: the daily one, or one that an administrator asked for. Called by every worker
 * now and then; one of them gets it. What is broken is kept for the settings page and logged as an error.
 * @returns what was found broken; null when no check was due
 */
export async function runDueInvariantCheck(
  database: Database,
  limits: Readonly<Record<string, readonly CallLimit[]>>,
): Promise<readonly BrokenInvariant[] | null> {
  const scope = jobPracticeScope();
  const id = await database.inScope(scope, (db) => takeInvariantCheck(db, scope));
  if (id === null) return null;
  try {
    const broken = await database.inScope(scope, async (db) => {
      await allowTenMinutes(db);
      return checkInvariants(db, scope, limits);
    });
    await database.inScope(scope, async (db) => {
      await markReadings(db, scope);
      const before = await listFailedChecks(db, scope);
      await endInvariantCheck(db, scope, id, { broken });
      await alertFailed(db, scope, id, await listFailedChecks(db, scope), before);
    });
    for (const { id: invariant, rule, count } of broken) log.error({ invariant, rule, count }, "an invariant does not hold");
    return broken;
  } catch (error) {
    await database.inScope(scope, (db) =>
      endInvariantCheck(db, scope, id, { error: error instanceof Error ? error.message : String(error) }),
    );
    throw error;
  }
}

export interface OurTotal {
  readonly kind: string;
  readonly currency: string;
  readonly count: number;
  readonly grossMinor: bigint;
}

export interface TheirTotal {
  readonly type: string;
  readonly currency: string;
  readonly count: number;
  /** A decimal string. */
  readonly gross: string;
}

/** I5 against the package itself: totals by type and currency, ours and its ledger's, compared to the penny. */
export function totalsApart(ours: readonly OurTotal[], theirs: readonly TheirTotal[]): string[] {
  const apart = ours.flatMap((total) => {
    const there = theirs.find((one) => one.type === total.kind && one.currency === total.currency);
    const same = there?.count === total.count && parseMinor(there.gross, there.currency) === total.grossMinor;
    return same
      ? []
      : [
          `I5 ${total.kind} in ${total.currency}: ours ${total.count}, ${formatMoney(total.grossMinor, total.currency)}; the package ${there?.count ?? 0}, ${there?.gross ?? "nothing"}`,
        ];
  });
  const more = theirs.filter((one) => !ours.some((total) => total.kind === one.type && total.currency === one.currency));
  return [...apart, ...more.map((one) => `I5 ${one.type} in ${one.currency}: the package holds ${one.count} that we do not`)];
}

/** A call as a package's own log has it. */
export interface PackageCall {
  /** ISO 8601. */
  readonly at: string;
  readonly status: number;
}

/** The most calls in any window of that length, slid over every call. */
export function mostWithin(times: readonly number[], lengthMs: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  let first = 0;
  let most = 0;
  for (const [index, time] of sorted.entries()) {
    while (time - (sorted[first] ?? time) >= lengthMs) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

/** I8 from the package's log of calls, by tenant: every sliding window that held more than it allows. A refused call takes nothing. */
export function windowsAbove(
  calls: ReadonlyMap<string, readonly PackageCall[]>,
  limits: readonly { readonly of: "tenant" | "app"; readonly calls: number; readonly seconds: number }[],
): string[] {
  const above: string[] = [];
  const all: number[] = [];
  const judge = (of: "tenant" | "app", times: readonly number[], words: (length: string) => string) => {
    for (const limit of limits.filter((one) => one.of === of)) {
      const most = mostWithin(times, limit.seconds * 1_000);
      if (most > limit.calls)
        above.push(
          `I8 ${countWords(most, "call")} ${words(`within ${lengthInWords(limit.seconds)}`)}, of ${countWords(limit.calls, "call")}`,
        );
    }
  };
  for (const [tenant, of] of calls) {
    const times = of.filter((call) => call.status !== 429).map((call) => Date.parse(call.at));
    for (const time of times) all.push(time);
    judge("tenant", times, (length) => `${length} for ${tenant}`);
  }
  judge("app", all, (length) => `of the app ${length}`);
  return above;
}
