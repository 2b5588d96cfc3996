import type { BucketCounted, WindowAsked } from "#db/queries/connections/allowances.ts";
import { clockScale } from "#lib/clock.ts";
import type { CallWindow, Limits, PackageId } from "#lib/connectors/types.ts";
import { DAY_S } from "#lib/connectors/windows.ts";

/**
 * How much longer than the package's own the windows are, in ms on the one clock: half of it is a permit's lifetime, half allows for
 * latency and clock skew. So calls that are permitted far enough apart arrive far enough apart.
 */
export const marginMs = (): number => Math.max(2_000, 500 * clockScale());

/** The pace at which a bucket fills: a call each `intervalMs`, and so many at once. */
export interface Pace {
  readonly intervalMs: number;
  readonly burst: number;
}

/**
 * The pace of a bucket that fills steadily. Burst and refill over the window and the margin together make `calls`, so that no window
 * has more calls, whatever a process does with the permits that it holds.
 */
export function paceOf(calls: number, margin = marginMs(), seconds = 60): Pace {
  // What comes together in about a second, whatever the window's length.
  const together = Math.floor((calls * 0.0183 * 60) / seconds);
  const lengthMs = seconds * 1_000;
  // One call a window leaves nothing to refill within it: the next comes when it is over.
  if (calls === 1) return { intervalMs: lengthMs + margin, burst: 1 };
  // At most half of a window of a second or so, so that there is a pace at which it fills again.
  const burst = Math.max(1, Math.min(together, Math.floor(calls / 2)));
  const perWindow = Math.min(0.95 * calls, ((calls - burst) * lengthMs) / (lengthMs + margin));
  return { intervalMs: lengthMs / perWindow, burst };
}

/** So fast that it holds nobody back: for a package without a limit over the app. */
const UNPACED: Pace = { intervalMs: 0.01, burst: 1_000_000 };

/** The pace that keeps every window over the app: the slowest of them with the least burst. */
export function appPaceOf({ windows }: Pick<Limits, "windows">): Pace {
  const paces = windows.filter((one) => one.of === "app").map(({ calls, seconds }) => paceOf(calls, marginMs(), seconds));
  if (paces.length === 0) return UNPACED;
  return {
    intervalMs: Math.max(...paces.map((one) => one.intervalMs)),
    burst: Math.min(...paces.map((one) => one.burst)),
  };
}

/** Windows up to this length are counted call by call; longer ones by parts. */
const LONGEST_LOG_S = 120;
/** Parts of the shortest of a bucket's longer windows: an hour of a day's. */
const PARTS = 24;

/**
 * The buckets that a call of these kinds is counted in, the tenant's own among them: one for each that a window is counted over. All
 * who take several lock them in this order: those of a user, who may have many tenants, before those of a tenant.
 */
export function bucketsOf(packageId: PackageId, limits: Limits, kinds: readonly string[]): readonly BucketCounted[] {
  const windows = new Map<string, CallWindow[]>([[TENANT, []]]);
  for (const window of limits.windows) {
    if (window.of === "app") continue;
    if (window.kind !== undefined && !kinds.includes(window.kind)) continue;
    const parts = [
      window.of === "user" ? `${packageId}:user:{user}` : TENANT,
      ...(window.kind === undefined ? [] : [window.kind]),
      ...(window.statuses === undefined ? [] : [window.statuses.join()]),
    ];
    const scope = parts.join(":");
    windows.set(scope, [...(windows.get(scope) ?? []), window]);
  }
  return [...windows]
    .map(([scope, of]) => bucketOf(scope, of))
    .sort((one, other) => Number(isUsers(other)) - Number(isUsers(one)) || (one.scope < other.scope ? -1 : 1));
}

/** Stands for the name of the tenant's own bucket, so that what calls are counted in is the same for all tenants of a package. */
const TENANT = "{tenant}";

/** The bucket of a tenant's own calls, in which its breaker stands as well. */
export function tenantBucket(of: { readonly package: PackageId; readonly tenantId: string }): string {
  return `${of.package}:${of.tenantId}`;
}

const isUsers = ({ scope }: BucketCounted) => scope.includes("{user}");

function bucketOf(scope: string, of: readonly CallWindow[]): BucketCounted {
  const statuses = of.flatMap((one) => (one.of === "app" ? [] : (one.statuses ?? [])));
  const isByPart = ({ seconds }: CallWindow) => seconds > LONGEST_LOG_S || statuses.length > 0;
  const windows = of
    .toSorted((one, other) => one.seconds - other.seconds)
    .map(
      (one): WindowAsked => ({
        calls: one.calls,
        lengthMs: lengthMs(one),
        byPart: isByPart(one),
        why: statuses.length > 0 ? "errors" : nameOf(one.seconds),
      }),
    );
  const shortest = Math.min(...of.filter(isByPart).map((one) => one.seconds));
  return {
    scope,
    isTenants: scope === TENANT,
    statuses,
    partS: Number.isFinite(shortest) ? Math.max(1, Math.floor(shortest / PARTS)) : 0,
    windows,
  };
}

/** A day is counted as it is: its parts are hours, and their ends come seldom. */
const lengthMs = ({ seconds }: CallWindow) => seconds * 1_000 + (seconds < DAY_S ? marginMs() : 0);

function nameOf(seconds: number): WindowAsked["why"] {
  if (seconds < 60) return "second";
  if (seconds < 3_600) return "minute";
  return seconds < DAY_S ? "hour" : "day";
}
