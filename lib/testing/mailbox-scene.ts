import { sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import { sweepOverdue } from "#db/queries/postings/outcomes.ts";
import { PackagePause } from "#lib/calling/call.ts";
import { reachOf } from "#lib/calling/transports/reach.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { collected, collectedBooks } from "#lib/connectors/testing/collected.ts";
import { workOn } from "#lib/jobs/time-slice.ts";
import { Collector } from "./collector.ts";
import type { makePostingScene, SceneClient } from "./posting-scene.ts";
import { rowsOf } from "./scene-records.ts";
import { Killed, listsOf } from "./two-step-scene.ts";

/** How long a worker waits for an answer, in real ms: the product's own half minute would be the test's too. */
const WAITS_MS = 2_000;

/** A client of the scene whose package is the throwaway that collects. */
export async function withMailbox(
  scene: Awaited<ReturnType<typeof makePostingScene>>,
  client: SceneClient,
  refusesRepeats = false,
) {
  const books = collectedBooks(refusesRepeats);
  const { scope, connectionId } = client;
  const on = { database: scene.database, scope, connectionId, books };
  const reach = reachOf(collected, scene.database, scope, connectionId);
  if (!reach) throw new Error("The throwaway is not reached");
  const lists = await listsOf(client);
  const { connector } = reach;
  const discover = { ...connector.discover, read: () => ({ ...lists, next: null }) };
  const send: typeof connector.send = (message, context) =>
    connector.send(message, { ...context, timeoutMs: Math.min(context.timeoutMs, WAITS_MS) });
  return {
    ...client,
    books,
    collector: (machine?: string) => new Collector(on, machine),
    /**
     * One time slice of a worker, with the sweep before it.
     * @param killAt killed before the transaction of this number, counted from 1
     */
    async turn(killAt?: number) {
      await scene.database.inScope(jobPracticeScope(), (db) => sweepOverdue(db));
      const world = client.worldFor(await client.lease());
      let begun = 0;
      const inScope = <T>(run: (db: ScopedDb) => Promise<T>): Promise<T> => {
        begun += 1;
        if (killAt !== undefined && begun >= killAt) throw new Killed();
        return world.inScope(run);
      };
      const { limits } = world.connector;
      const called = { ...connector, limits, discover, send };
      try {
        await workOn({ ...world, connector: called, isThere: reach.isThere, inScope }, 30_000);
      } catch (error) {
        if (error instanceof Killed) return { begun, killed: true };
        if (!(error instanceof PackagePause)) throw error;
      }
      return { begun, killed: false };
    },
    async state(reference: string) {
      const [row] = await client.inScope((db) =>
        rowsOf<{ state: string; panel: string; external_id: string | null } & Record<string, unknown>>(
          db,
          sql`
            select state, panel, external_id from postings
            where client_id = ${client.clientId} and reference = ${reference} and current`,
        ),
      );
      if (!row) throw new Error(`There is no posting ${reference}`);
      return row;
    },
    messages: () =>
      client.inScope((db) =>
        rowsOf<{ state: string } & Record<string, unknown>>(
          db,
          sql`select state from mailbox_messages where connection_id = ${connectionId}`,
        ),
      ),
  };
}
