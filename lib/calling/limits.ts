import { randomUUID } from "node:crypto";
import type { Database } from "#db/client.ts";
import {
  countAnswer,
  countDayUpTo,
  giveBack,
  noteAnswer,
  noteFailure,
  releaseSlot,
  takePaced,
  takePermit,
} from "#db/queries/connections/allowances.ts";
import { now, realMs, sleep } from "#lib/clock.ts";
import { jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import type { Limits, PackageId, PlannedCall } from "#lib/connectors/types.ts";
import { callsOfDay } from "#lib/connectors/windows.ts";
import { batcherOf } from "./permit-batcher.ts";
import { appPaceOf, bucketsOf, marginMs, paceOf, tenantBucket } from "./windows.ts";

/** Whose call it is, and what their connection adds to the package's own limits. */
export interface Caller {
  readonly clientId: string;
  readonly connectionId: string;
  readonly package: PackageId;
  readonly tenantId: string;
  readonly limits: Limits;
  readonly call: PlannedCall;
  /** A person waits for it: it takes the place that is kept for people, and their share. */
  readonly staff: boolean;
  /** Least time from the end of one call to the next, in ms on the one clock. */
  readonly gapMs: number;
  /** Longest real wait for a permit, in ms. */
  readonly patienceMs: number;
  readonly signal?: AbortSignal;
}

/** Why no call may be made now. */
export type Restraint = "second" | "minute" | "hour" | "day" | "errors" | "concurrent" | "app" | "gap" | "breaker" | "stopped";

/** A permit for one call. It expires: a call sent late would count in another minute at the package. */
export interface Permit {
  /** Whether a call may go under it now; true once. */
  use(): boolean;
  /** Takes another permit in its place: null when there is one now, else the moment from which there will be. */
  renew(): Promise<NotNow | null>;
  /** Tells the breaker and the count of failed tries how the call went; a failure `counts` only where the same may simply be tried again. */
  record(result: "answer" | { readonly failed: string; readonly counts: boolean }): Promise<void>;
  /** Counts an answer where the package limits how many of its status there may be. */
  countAnswer(status: number): Promise<void>;
  /** Gives its place back. Calling it twice does no harm. */
  done(): Promise<void>;
}

export interface NotNow {
  readonly until: Date;
  readonly why: Restraint;
}

/** How many calls this process has under way for one connection, whose lease it holds. The windows of a limit are counted in Postgres. */
interface Gate {
  busy: number;
  /** Of them, those that write. */
  writing: number;
  tries: number;
  answered: number;
  waiting: (() => void)[];
}
const gates = new Map<string, Gate>();

/**
 * Takes a permit for one call: asks Postgres, where every process counts, whether one may leave now. Every window that it counts in,
 * its calls at once and the least pause between two must allow it, the app's own pace, and how calls went of late: a breaker opens
 * after many failures, and three in a row stop the connection. Waits `patienceMs` at most for that, and before it for a place among the process's own calls.
 * @throws {IntegrationOffError} while the integration is switched off
 */
export async function takeCall(database: Database, caller: Caller): Promise<Permit | NotNow> {
  const gate = gateOf(caller.connectionId);
  // A person's call stands in the database, since any process may make it.
  if (!caller.staff) await enter(gate, caller);
  let inside = !caller.staff;
  let slot: string | null = null;
  let usableUntil = 0;
  /** When the permit was taken under which nothing was sent yet; null when there is none. */
  let unspentSince: Date | null = null;
  let probe = false;
  const scope = jobScope(caller.clientId);
  const keys = { tenant: tenantBucket(caller), app: `${caller.package}:app` };
  const buckets = bucketsOf(caller.package, caller.limits, caller.limits.kindsOf?.(caller.call) ?? []);
  // Where one call is all that the package takes, staff and worker share the one place in the database.
  const alone = caller.staff || caller.gapMs > 0 || caller.limits.concurrent.calls <= 1;
  const giveSlotBack = async () => {
    const owner = slot;
    slot = null;
    if (owner !== null) await database.inScope(scope, (db) => releaseSlot(db, keys.tenant, owner));
  };
  const done = async () => {
    // Whoever waits goes on with this very gate.
    const isWanted = gate.waiting.length > 0;
    if (inside) {
      inside = false;
      leave(gate, caller);
    }
    if (!isWanted && gate.busy === 0 && gate.tries === 0 && gate.answered === 0) gates.delete(caller.connectionId);
    // Two lanes saw the same rows, and one of them found nothing left to send: its unused permit is given back.
    await handBack(performance.now() < usableUntil - (realMs(marginMs()) / 2) * 0.75);
    usableUntil = 0;
    await giveSlotBack();
  };
  const handBack = async (fresh: boolean) => {
    const since = unspentSince;
    unspentSince = null;
    if (since) await database.inScope(scope, (db) => giveBack(db, caller.connectionId, keys.tenant, buckets, { since, fresh }));
  };
  const take = async (): Promise<NotNow | null> => {
    await giveSlotBack();
    await handBack(false);
    const started = performance.now();
    for (;;) {
      const owner = randomUUID();
      const asked = performance.now();
      const askedAt = now();
      const life = realMs(marginMs()) / 2;
      const answered = gate.answered;
      const ask = {
        connectionId: caller.connectionId,
        ...keys,
        staff: caller.staff,
        owner,
        alone,
        buckets,
        staffShare: caller.limits.staffShare,
        gapMs: caller.gapMs,
        slotMs: slotMs(caller.limits),
        answered,
        ...appPaceOf(caller.limits),
      };
      const taken = caller.staff
        ? { ...(await database.inScope(scope, (db) => takePermit(db, { ...ask, chunk: 1, appAnswered: 0 }))), since: asked }
        : await batcherOf(database, caller.package).ask(ask);
      gate.answered -= answered;
      gate.tries = taken.tries;
      if (taken.until === null && taken.why === null) {
        slot = alone ? owner : null;
        probe = taken.probe;
        usableUntil = taken.since + life;
        unspentSince = askedAt;
        return null;
      }
      const why = (taken.why ?? "minute") as Restraint;
      const until = taken.until ?? now();
      const waitMs = until.getTime() - now().getTime() + 5;
      if (why === "stopped" || caller.signal?.aborted || performance.now() - started + realMs(waitMs) > caller.patienceMs)
        return { until, why };
      await sleep(Math.max(waitMs, 1), caller.signal);
    }
  };
  let refused: NotNow | null;
  try {
    refused = await take();
  } catch (error) {
    await done();
    throw error;
  }
  if (refused) {
    await done();
    return refused;
  }
  return {
    use() {
      const usable = performance.now() < usableUntil;
      usableUntil = 0;
      if (usable) unspentSince = null;
      return usable;
    },
    renew: take,
    async record(result) {
      const batcher = batcherOf(database, caller.package);
      if (result === "answer") {
        if (!probe) {
          gate.answered += 1;
          batcher.answered += 1;
        }
        if (!probe && gate.tries === 0) return;
        gate.tries = 0;
        await database.inScope(scope, (db) => noteAnswer(db, caller.connectionId, keys));
        return;
      }
      const [answered, appAnswered] = [gate.answered, batcher.answered];
      gate.answered = 0;
      batcher.answered = 0;
      const noted = await database.inScope(scope, (db) =>
        noteFailure(db, caller.connectionId, keys, {
          answered,
          appAnswered,
          counts: result.counts && !caller.staff,
          code: result.failed,
        }),
      );
      gate.tries = noted.tries;
      if (noted.open) batcher.drop();
    },
    async countAnswer(status) {
      const counting = buckets.filter(({ statuses }) => statuses.includes(status));
      if (counting.length === 0) return;
      await database.inScope(scope, (db) => countAnswer(db, caller.connectionId, keys.tenant, counting));
    },
    done,
  };
}

/**
 * Applies the package's own count of a tenant's day where it is ahead of ours: another installation may use the same tenant, or our
 * count was lost. It only ever lowers what is left. Looked at once half of the day's calls are used, at each tenth call: before that
 * it does not matter. Nothing is done for a package without a limit of the day.
 */
export async function applyDayLeft(
  database: Database,
  caller: { readonly clientId: string; readonly package: PackageId; readonly tenantId: string; readonly limits: Limits },
  left: number,
): Promise<void> {
  const perDay = callsOfDay(caller.limits);
  if (perDay === null || left >= perDay / 2 || (left >= 50 && left % 10 !== 0)) return;
  await database.inScope(jobScope(caller.clientId), (db) => countDayUpTo(db, tenantBucket(caller), perDay - left));
}

/** After a 429 for the whole app: drops the app's tokens that this process has leased. */
export function dropLeased(database: Database, packageId: PackageId): void {
  batcherOf(database, packageId).drop();
}

/**
 * A permit for one refresh of a token, where the package limits those.
 * @param grantId the consent whose token it is
 * @returns null, or the moment from which there is one
 */
export async function takeRefresh(
  database: Database,
  packageId: PackageId,
  limits: Pick<Limits, "refreshes">,
  grantId: string,
): Promise<Date | null> {
  for (const { of, calls, seconds } of limits.refreshes) {
    const scope = of === "app" ? `${packageId}:refresh` : `${packageId}:refresh:${grantId}`;
    const pace = paceOf(calls, marginMs(), seconds);
    const until = await database.inScope(jobPracticeScope(), (db) => takePaced(db, scope, pace));
    if (until) return until;
  }
  return null;
}

function gateOf(connectionId: string): Gate {
  let gate = gates.get(connectionId);
  if (!gate) {
    gate = { busy: 0, writing: 0, tries: 0, answered: 0, waiting: [] };
    gates.set(connectionId, gate);
  }
  return gate;
}

/**
 * Waits for a place: one call at a time where a pause is set or the last call failed, else all places but those kept for people, and for
 * a call that writes one of those that may.
 */
async function enter(gate: Gate, { limits, gapMs, call }: Caller): Promise<void> {
  const places = () => (gapMs > 0 || gate.tries > 0 ? 1 : Math.max(1, limits.concurrent.calls - limits.keptForStaff));
  const isFull = () => gate.busy >= places() || (call.writes && gate.writing >= limits.concurrent.writes);
  while (isFull()) await new Promise<void>((resolve) => gate.waiting.push(resolve));
  gate.busy += 1;
  if (call.writes) gate.writing += 1;
}

/** Gives a place back: all that wait look again, since the next in the line may write where only a read has a place. */
function leave(gate: Gate, { call }: Caller): void {
  gate.busy -= 1;
  if (call.writes) gate.writing -= 1;
  const { waiting } = gate;
  gate.waiting = [];
  for (const look of waiting) look();
}

/** The longest that one call keeps a place: what its timeout allows, and half a minute. The same for all of a package, who compare it. */
const slotMs = ({ timeoutMs }: Limits) => Math.max(timeoutMs.read, timeoutMs.write) + 30_000;
