import type { ClientScope, ScopedDb } from "#db/client.ts";
import { findLiveConnection, releaseHeld } from "#db/queries/posting-moves.ts";
import { wakeConnection } from "#lib/jobs/queue.ts";
import { judgePostings } from "./precheck.ts";

/**
 * After a mapping was saved, or the package's lists or lock dates were read: pre-check runs again over all that was not sent, and what
 * was held for a cause that has gone is queued by itself.
 */
export async function afterMappingChange(
  db: ScopedDb,
  scope: ClientScope,
): Promise<{ ready: number; blocked: number; released: number }> {
  const connection = await findLiveConnection(db, scope);
  if (!connection) return { ready: 0, blocked: 0, released: 0 };
  const verdicts = await judgePostings(db, scope, "open");
  const released = await releaseHeld(db, scope);
  if (released > 0) await wakeConnection(db, connection.id, { staff: true });
  return { ready: verdicts.ready + verdicts.warning, blocked: verdicts.blocked, released };
}
