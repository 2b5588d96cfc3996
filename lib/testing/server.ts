import pg from "pg";
import type { TestProject } from "vitest/node";
import { migrate } from "#db/migrate.ts";
import { EMBEDDED, startEmbedded } from "#lib/start/embedded.ts";
import { onServer, TEMPLATE, TEST_PREFIX, toDatabase } from "./connections.ts";
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

/** Vitest's global set-up of the `db` project: one scratch server a run, with one migrated database to copy. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
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
  project.provide("testServer", { ownerUrl, webUrl, workerUrl, superUrl });

  return async () => {
    const kept = await onServer(server.superUrl, async (client) => {
      const { rows } = await client.query<{ datname: string }>(
        "select datname from pg_database where starts_with(datname, $1) order by 1",
        [TEST_PREFIX],
      );
      return rows.map((row) => row.datname);
    });
    await server.stop({ keepFiles: kept.length > 0 });
    release();
    if (kept.length === 0) return;
    console.log(
      `Kept until the next run: ${kept.join(", ")}. To look at them: node_modules/.bin/node lib/testing/open.ts ${JSON.stringify(dataDir)}`,
    );
  };
}
