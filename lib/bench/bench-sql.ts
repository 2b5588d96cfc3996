import type { PracticeScope, ScopedDb } from "#db/client.ts";
import { clients } from "#db/schema/clients.ts";

/** Makes a client for a benchmark's own database; answers its id. */
export async function insertBenchClient(
  db: ScopedDb,
  _scope: PracticeScope,
  client: { slug: string; name: string },
): Promise<string> {
  const [row] = await db.insert(clients).values(client).returning({ id: clients.id });
  if (!row) throw new Error("the client was not made");
  return row.id;
}
