import type { Database } from "#db/client.ts";
import { type CallCount, forgetCallCounts, saveCallCounts } from "#db/queries/practice/usage.ts";
import { now } from "#lib/clock.ts";
import { addDays } from "#lib/common/dates.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import type { CalledConnector, Message, SendResult } from "#lib/connectors/types.ts";

/** Connections written by one statement. */
const BATCH = 2_000;
/** Days for which calls are kept by connection; what the app used is kept for good. */
const KEPT_DAYS = 62;

interface Tally {
  counts: Map<string, { -readonly [Key in keyof CallCount]: CallCount[Key] }>;
  /** The day on which old counts were last dropped. */
  tidied: string;
}

// Next bundles pages, actions and instrumentation apart: a process has one tally, outside the modules.
const KEPT = Symbol.for("greentick.calls");
const kept = globalThis as typeof globalThis & { [KEPT]?: Tally };

function tally(): Tally {
  kept[KEPT] ??= { counts: new Map(), tidied: "" };
  return kept[KEPT];
}

const today = () => now().toISOString().slice(0, 10);

/**
 * Counts one call to a package in this process's memory: by connection and day (UTC, on the one clock). {@link saveCalls} writes it, so
 * that no call costs a statement; a process that is killed loses what it counted since, some seconds.
 */
export function countUse(
  connector: Pick<CalledConnector, "id" | "prices">,
  connection: { readonly id: string; readonly clientId: string },
  message: Message,
  result: SendResult,
): void {
  if (result.sent === false) return;
  const on = today();
  const key = `${connection.id} ${on}`;
  const { counts } = tally();
  let count = counts.get(key);
  if (!count) {
    count = {
      connectionId: connection.id,
      clientId: connection.clientId,
      package: connector.id,
      on,
      calls: 0,
      bytesIn: 0,
      bytesOut: 0,
      egress: 0,
    };
    counts.set(key, count);
  }
  count.calls += 1;
  count.bytesIn += result.bytesIn;
  count.bytesOut += result.bytesOut;
  if (connector.prices?.isCharged(message)) count.egress += result.bytesIn;
}

/** Writes what was counted since the last time, many connections in one statement. What could not be written is kept for the next time. */
export async function saveCalls(database: Database): Promise<void> {
  const mine = tally();
  const waiting = [...mine.counts.values()];
  mine.counts = new Map();
  const scope = jobPracticeScope();
  while (waiting.length > 0) {
    const batch = waiting.splice(0, BATCH);
    try {
      await database.inScope(scope, (db) => saveCallCounts(db, scope, batch));
    } catch (error) {
      for (const count of [...batch, ...waiting]) keepFor(mine, count);
      throw error;
    }
  }
  const day = today();
  if (mine.tidied === day) return;
  await database.inScope(scope, (db) => forgetCallCounts(db, scope, addDays(day, -KEPT_DAYS)));
  mine.tidied = day;
}

function keepFor({ counts }: Tally, count: CallCount): void {
  const key = `${count.connectionId} ${count.on}`;
  const there = counts.get(key);
  if (!there) {
    counts.set(key, { ...count });
    return;
  }
  there.calls += count.calls;
  there.bytesIn += count.bytesIn;
  there.bytesOut += count.bytesOut;
  there.egress += count.egress;
}
