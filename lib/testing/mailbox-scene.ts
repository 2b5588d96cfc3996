import { sql } from "drizzle-orm";
import { reachOf } from "#lib/calling/transports/reach.ts";
import { collected, collectedBooks } from "#lib/connectors/testing/collected.ts";
import { Collector } from "./collector.ts";
import { turnOf } from "./killed-turn.ts";
import type { makePostingScene, SceneClient } from "./posting-scene.ts";
import { rowsOf } from "./scene-records.ts";
import { listsOf } from "./two-step-scene.ts";

/** How long a worker waits for an answer, in real ms: the product's own half minute would be the test's too. */
const WAITS_MS = 2_000;

/** A client of the scene whose package is the throwaway that collects. */
export async function withMailbox(scene: Awaited<ReturnType<typeof makePostingScene>>, client: SceneClient) {
  // A number that is taken twice shows what would be doubled.
  const books = collectedBooks(false);
  const { scope, connectionId } = client;
  const on = { database: scene.database, scope, connectionId, books };
  const reach = reachOf(collected, scene.database, scope, connectionId);
  const lists = await listsOf(client);
  const { connector } = reach;
  const discover = { ...connector.discover, read: () => ({ ...lists, next: null }) };
  const send: typeof connector.send = (message, context) =>
    connector.send(message, { ...context, timeoutMs: Math.min(context.timeoutMs, WAITS_MS) });
  return {
    ...client,
    books,
    collector: (machine?: string) => new Collector(on, machine),
    /** One time slice of a worker, as {@link turnOf} has it. */
    turn: (killAt?: number) =>
      turnOf(
        scene,
        client,
        ({ connector: { limits } }) => ({ connector: { ...connector, limits, discover, send }, isThere: reach.isThere }),
        { killAt },
      ),
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
