import { sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import { findIntegration } from "#db/queries/integration.ts";
import { areListsDue, failNightWork, findNightWork, markNightQueued } from "#db/queries/nights.ts";
import { moveToQueue, withDependencies } from "#db/queries/posting-moves.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { log } from "#lib/log.ts";
import { exchangeRead, PackageUnavailable } from "#lib/posting/call.ts";
import { judgePostings } from "#lib/posting/precheck.ts";
import type { PostingWorld } from "#lib/posting/world.ts";
import { refreshCatalogue } from "#lib/pulling/catalogue.ts";
import { pullContacts } from "#lib/pulling/contacts.ts";
import { uploadBlockers } from "#lib/setup/checklist.ts";
import { NIGHT_POLICY } from "./policy.ts";

/**
 * One connection's share of the night that a look alone does not settle: reads the package's accounts and lock dates anew, so that the
 * mapping is held against them before anything goes, then queues what waits where the connection works nightly, and what a locked
 * period kept back wherever it is open again. The ordinary turn sends it.
 * @throws what a read of the package throws beside its troubles: `PackagePause`, `ConnectionLost`
 */
export async function workNight(world: PostingWorld): Promise<void> {
  const night = await world.inScope((db) => findNightWork(db, world.connection.id));
  if (!night) return;
  const { database, scope, connection, connector } = world;
  const counted = { calls: 0, bytesIn: 0 };
  const exchange: Parameters<typeof refreshCatalogue>[0]["exchange"] = (of, ask) =>
    exchangeRead(world, of, ask, (_message, answer) => {
      counted.calls += 1;
      counted.bytesIn += answer.body.length;
    });
  try {
    const { listsDue, oneWay } = await world.inScope((db) => whatIsDue(db, world));
    const lists = await refreshCatalogue({
      database,
      scope,
      connectionId: connection.id,
      connector,
      exchange,
      ...(listsDue ? {} : { only: "accounts" }),
    });
    if (listsDue && !oneWay) await pullContacts({ database, scope, connection, connector, exchange });
    await world.inScope(async (db) => {
      const moved = await queueNight(db, world, night.runId);
      await markNightQueued(db, scope, night.runId, { ...moved, ...counted, listsChanged: lists.changed });
    });
  } catch (error) {
    if (!(error instanceof PackageUnavailable || error instanceof SyncError)) throw error;
    log.warn({ connectionId: connection.id, reason: error.message }, "a connection's night did not come through");
    await world.inScope((db) => failNightWork(db, scope, { ...night, ...counted }, error.message));
  }
}

async function whatIsDue(db: ScopedDb, world: PostingWorld): Promise<{ listsDue: boolean; oneWay: boolean }> {
  const integration = await findIntegration(db, world.scope);
  return {
    listsDue: await areListsDue(db, world.connection.id, NIGHT_POLICY.nightlyListsUpTo),
    oneWay: integration?.settings.direction === "out",
  };
}

/** What waits goes, what is blocked moves to Error Feedback with its cause, and what a lock kept back is tried again, night after night. */
async function queueNight(db: ScopedDb, world: PostingWorld, runId: string): Promise<{ queued: number; held: number }> {
  const { scope, connection } = world;
  const none = { queued: 0, held: 0 };
  const integration = await findIntegration(db, scope);
  if (!integration?.moduleOn || (await uploadBlockers(db, scope)).length > 0) return none;
  await judgePostings(db, scope, "open");
  const locked = sql`postings.connection_id = ${connection.id} and postings.state = 'rejected' and postings.error_code = 'package.period-locked'
    and postings.precheck in ('ready', 'warning')`;
  const again = await moveToQueue(db, scope, runId, "retry", locked, locked);
  if (integration.settings.trigger !== "nightly") return { queued: again.queued, held: again.held };
  const waiting = sql`postings.connection_id = ${connection.id} and postings.state = 'pending' and postings.aside is null`;
  const fresh = await moveToQueue(db, scope, runId, "upload", withDependencies(scope, connection.id, waiting), waiting);
  return { queued: again.queued + fresh.queued, held: again.held + fresh.held };
}
