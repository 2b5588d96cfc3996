import type { Database } from "#db/client.ts";
import { findBucket, unsafeCheckAudit, unsafeReadStanding } from "#db/queries/practice/watching.ts";
import { appPaceOf } from "#lib/calling/windows.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { listConnectors } from "#lib/connectors/registry.ts";
import { metrics } from "#lib/watching/metrics.ts";

/** How old a reading of the tables may be, in real ms: several scrapers cost no more than one. */
const KEEP_MS = 10_000;
const AUDIT_ROWS = 1_000;

/** Reads into the gauges what stands in the tables; asked again within ten seconds, it reads nothing. */
export function standingOver(database: Database): () => Promise<void> {
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | null = null;
  const audit = { after: 0n, broken: false };
  const read = async () => {
    const scope = jobPracticeScope();
    const found = await database.inScope(scope, async (db) => {
      const standing = await unsafeReadStanding(db, scope);
      const checked = await unsafeCheckAudit(db, scope, audit.after, AUDIT_ROWS);
      const buckets = new Map<string, Awaited<ReturnType<typeof findBucket>>>();
      for (const { id } of listConnectors()) buckets.set(id, await findBucket(db, `${id}:app`));
      return { standing, checked, buckets };
    });
    audit.after = found.checked.next;
    audit.broken ||= found.checked.brokenAt !== null;
    const all = metrics();
    const { standing } = found;
    all.unknown.set(standing.unknown);
    all.unknownAge.set(standing.unknownAge);
    all.queueReady.set(standing.queueReady);
    all.queueOldest.set(standing.queueOldest);
    all.cursorLag.set(standing.cursorLag);
    all.connections.reset();
    for (const { provider, state, count } of standing.connections) all.connections.set({ provider, state }, count);
    for (const { id, limits } of listConnectors()) {
      if (!limits.windows.some((window) => window.of === "app")) continue;
      const { burst, intervalMs } = appPaceOf(limits);
      const bucket = found.buckets.get(id);
      const left = bucket?.blocked ? 0 : Math.floor(burst - (bucket?.unfilledMs ?? 0) / intervalMs);
      all.tokens.set({ provider: id, scope: "app" }, Math.max(0, left));
    }
    all.auditOk.set(audit.broken ? 0 : 1);
  };
  return () => {
    if (performance.now() - readAt < KEEP_MS) return Promise.resolve();
    reading ??= read()
      .then(() => {
        readAt = performance.now();
      })
      .finally(() => {
        reading = null;
      });
    return reading;
  };
}
