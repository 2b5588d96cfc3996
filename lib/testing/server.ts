import pg from "pg";
import type { TestProject } from "vitest/node";
import { migrate } from "#db/migrate.ts";
import { EMBEDDED, startEmbedded } from "#lib/start/embedded.ts";
import { KEPT_NOTE, onServer, TEMPLATE, TEST_PREFIX, toDatabase } from "./connections.ts";
import { claimScratch } from "./scratch.ts";

/** What a test file needs in order to make databases of its own. */
export interface TestServer {
  readonly ownerUrl: string;
  readonly webUrl: string;
  readonly workerUrl: string;
  readonly superUrl: string;
}

declare module "vitest" {
  export interface ProvidedContext {
    testServer: TestServer;
  }
}

/** The server of a run, and how many of Vitest's projects use it: each loads this file anew. */
interface Shared {
  started: ReturnType<typeof start>;
  projects: number;
}
const KEPT = Symbol.for("greentick.testing.server");
const kept = globalThis as typeof globalThis & { [KEPT]?: Shared };

/** Vitest's global set-up of the projects with a database: one scratch server a run, with one migrated database to copy. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  kept[KEPT] ??= { started: start(), projects: 0 };
  const shared = kept[KEPT];
  shared.projects += 1;
  const { testServer, stop } = await shared.started;
  project.provide("testServer", testServer);
  return async () => {
    shared.projects -= 1;
    if (shared.projects === 0) await stop();
  };
}

async function start(): Promise<{ testServer: TestServer; stop: () => Promise<void> }> {
  const { dataDir, release } = await claimScratch("test");
  const server = await startEmbedded({ dataDir, purpose: "scratch" });
  try {
    await onServer(server.superUrl, async (client) => {
      await client.query(`create database ${TEMPLATE} owner ${pg.escapeIdentifier(EMBEDDED.owner)}`);
    });
    await migrate({ ownerUrl: toDatabase(server.ownerUrl, TEMPLATE), webUser: EMBEDDED.web, workerUser: EMBEDDED.worker });
  } catch (error) {
    await server.stop();
    release();
    throw error;
  }
  const { ownerUrl, webUrl, workerUrl, superUrl } = server;
  const stop = async () => {
    const left = await onServer(server.superUrl, async (client) => {
      const { rows } = await client.query<{ datname: string }>(
        "select datname from pg_database where starts_with(datname, $1) and shobj_description(oid, 'pg_database') = $2 order by 1",
        [TEST_PREFIX, KEPT_NOTE],
      );
      return rows.map((row) => row.datname);
    });
    await server.stop({ keepFiles: left.length > 0 });
    release();
    if (left.length === 0) return;
    console.log(
      `Kept until the next run: ${left.join(", ")}. To look at them: node_modules/.bin/node lib/testing/open.ts ${JSON.stringify(dataDir)}`,
    );
  };
  return { testServer: { ownerUrl, webUrl, workerUrl, superUrl }, stop };
}
