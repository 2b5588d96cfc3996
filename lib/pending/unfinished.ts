import type { SQL } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { listContinued } from "#db/queries/postings/conversations.ts";
import { Refusal } from "#lib/common/refusal.ts";

/** Most numbers that the sentence names. */
const NAMED = 3;

/**
 * Says why chosen rows were left alone, where the package holds them half done.
 * @throws {Refusal} that names them
 */
export async function refuseUnfinished(db: ScopedDb, scope: ClientScope, chosen: SQL): Promise<void> {
  const numbers = await listContinued(db, scope, chosen, NAMED + 1);
  if (numbers.length === 0) return;
  const named = numbers.slice(0, NAMED).join(", ");
  const some = numbers.length > NAMED ? `${named} and others` : named;
  const are = numbers.length === 1 ? "is" : "are";
  throw new Refusal(
    `${some} ${are} already in the package and not finished there. Nothing was changed. If it has stopped, press Retry.`,
  );
}
