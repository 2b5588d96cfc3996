import { sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import { findIntegration } from "#db/queries/connections/integration.ts";
import { areListsDue, failNightWork, findNightWork, markNightQueued } from "#db/queries/nights/nights.ts";
import { freezeMembers } from "#db/queries/postings/run-members.ts";
import { exchangeRead, PackageUnavailable } from "#lib/calling/call.ts";
import { uploadBlockers } from "#lib/connections/checklist.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { log } from "#lib/log.ts";
import { judgePostings } from "#lib/pending/precheck.ts";
import { follow } from "#lib/posting/follow-contacts.ts";
import type { PostingWorld } from "#lib/posting/world.ts";
import { refreshCatalogue } from "#lib/pulling/catalogue.ts";
import { pullContacts } from "#lib/pulling/contacts.ts";
import { NIGHT_POLICY } from "./policy.ts";

/**
 * One connection's share of the night that a look alone does not settle: reads the package's accounts and lock dates anew, so that the
 * mapping is held against them before anything goes, then queues what waits where the connection works nightly, and what a locked
 * period kept back wherever it is open again. The ordinary time slice sends it.
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
    if (listsDue && !oneWay) {
      await pullContacts({ database, scope, connection, connector, exchange });
      await world.inScope((db) => follow(db, world));
    }
    await world.inScope(async (db) => {
      const chosen = await chooseForNight(db, world, night.runId);
      await markNightQueued(db, scope, night.runId, { chosen, ...counted, listsChanged: lists.changed });
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

/**
 * What waits is the night's from now on, and so is what a lock kept back, night after night, wherever it is open again. The ordinary time slice
 * takes it: what is blocked moves to Error Feedback with its cause.
 */
async function chooseForNight(db: ScopedDb, world: PostingWorld, runId: string): Promise<number> {
  const { scope, connection } = world;
  const integration = await findIntegration(db, scope);
  if (!integration?.moduleOn || (await uploadBlockers(db, scope)).length > 0) return 0;
  const run = { id: runId, connectionId: connection.id };
  const locked = sql`postings.state = 'rejected' and postings.error_code = 'package.period-locked'`;
  await judgePostings(db, scope, locked);
  const again = await freezeMembers(db, scope, run, "retry", sql`${locked} and postings.precheck in ('ready', 'warning')`);
  if (integration.settings.trigger !== "nightly") return again;
  return again + (await freezeMembers(db, scope, run, "upload", sql`true`));
}
