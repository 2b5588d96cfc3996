import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import { EMBEDDED } from "#lib/start/embedded.ts";
import { KEPT_NOTE, onServer, TEMPLATE, TEST_PREFIX, toDatabase } from "./connections.ts";

export interface TestDatabase {
  readonly name: string;
  readonly ownerUrl: string;
  readonly webUrl: string;
  readonly workerUrl: string;
  /** The same database as superuser: for a test's own set-up and checks alone, since no policy binds it. */
  readonly superUrl: string;
  /** Deletes it, whoever is still connected. Not needed at the end of a file. */
  drop(): Promise<void>;
}

/**
 * A database of this test file's own, copied from the migrated template. Call it at the top of a file or in a hook: after
 * the file's tests it is dropped when all passed, and kept, its name printed, when one failed.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = inject("testServer");
  const name = `${TEST_PREFIX}${randomBytes(6).toString("hex")}`;
  await onServer(server.superUrl, (client) =>
    // As files: through the log of changes it takes up to four times as long.
    client.query(`create database ${name} template ${TEMPLATE} strategy file_copy owner ${pg.escapeIdentifier(EMBEDDED.owner)}`),
  );
  // A copy lies in a place of its own, as what a dump is loaded into does; this one's data have never been gone back to.
  await onServer(toDatabase(server.superUrl, name), (client) =>
    client.query("update server_start set place = pg_relation_filepath('server_start')"),
  );
  const drop = async () => {
    toDrop.delete(name);
    await onServer(server.superUrl, async (client) => {
      // A pool says that it has ended before its connections have: one that is cut off in between ends the test's process with an error.
      for (let look = 0; look < 40; look += 1) {
        const { rowCount } = await client.query("select 1 from pg_stat_activity where datname = $1 limit 1", [name]);
        if (rowCount === 0) break;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      await client.query(`drop database if exists ${name} with (force)`);
    });
  };
  toDrop.set(name, drop);
  return {
    name,
    ownerUrl: toDatabase(server.ownerUrl, name),
    webUrl: planningOnce(toDatabase(server.webUrl, name)),
    workerUrl: planningOnce(toDatabase(server.workerUrl, name)),
    superUrl: toDatabase(server.superUrl, name),
    drop,
  };
}

/**
 * The same statement keeps its plan here. The product plans each call anew, since its tables may grow a thousandfold under a kept plan
 * (decision 0032); those of a test stay small, and planning was a third of what Postgres did for them.
 */
function planningOnce(url: string): string {
  const of = new URL(url);
  of.searchParams.set("options", "-c plan_cache_mode=auto");
  return of.href;
}

/** The database of this worker that its files share, one after the other; a file with a failed test leaves it, so that it is kept. */
let shared: Promise<TestDatabase> | null = null;

/**
 * The database that all files of this worker share: for tests that look at their own clients alone, each with a client of its own.
 * What belongs to the practice (the clock, the app's call limits, the queue) begins anew for each file; a test that counts or
 * changes anything else of the practice (nights, alerts, policies, audit, restores) takes {@link createTestDatabase}.
 */
export async function sharedTestDatabase(): Promise<TestDatabase> {
  shared ??= createTestDatabase().then((made) => {
    toDrop.delete(made.name);
    return made;
  });
  const database = await shared;
  inUse = database.name;
  await onServer(database.superUrl, (client) =>
    client.query(
      "delete from clock; delete from rate_buckets; delete from app_call_counts; delete from workers; delete from pgboss.job",
    ),
  );
  return database;
}

/** The shared database, while a file that took it runs. */
let inUse: string | null = null;

/**
 * Ends a file's use of the shared database. After a failure the worker's next file gets a new one, and this one is kept.
 * @returns its name when it is kept
 */
export async function leaveShared(failed: boolean): Promise<string | null> {
  const name = inUse;
  inUse = null;
  if (name === null || !failed) return null;
  shared = null;
  await keepDatabase(name);
  return name;
}

/** Notes on a database that a failed test leaves it to be looked at; all others go with the run. */
export async function keepDatabase(name: string): Promise<void> {
  await onServer(inject("testServer").superUrl, (client) => client.query(`comment on database ${name} is '${KEPT_NOTE}'`));
}

/** Databases made by the test file that runs now, until `keep-failed.ts` has looked at how it went. */
export const toDrop = new Map<string, () => Promise<void>>();
