import type { Database } from "#db/client.ts";
import type { SceneClient } from "#lib/testing/posting-scene.ts";
import { checkNight } from "./check.ts";

/** Looks at every waiting connection of the night as a worker does, in the worlds of the scene's clients. */
export async function checkSceneNight(database: Database, clients: readonly SceneClient[]): Promise<void> {
  const worlds = new Map<string, SceneClient>(clients.map((client) => [client.connectionId, client]));
  const context = { database, owner: "test:1:night", stopping: new AbortController().signal };
  while (
    (await checkNight(context, (one) => {
      const client = worlds.get(one.id);
      if (!client) throw new Error(`no scene has connection ${one.id}`);
      return client.worldFor(one.fence);
    })) > 0
  );
}
