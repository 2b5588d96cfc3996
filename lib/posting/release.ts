import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { hasUnmappedQuestions } from "#db/queries/matching.ts";
import { hasHeldPayments } from "#db/queries/outgoing-money.ts";
import { findLiveConnection, releaseHeld } from "#db/queries/posting-moves.ts";
import { wakeConnection } from "#lib/jobs/queue.ts";
import { currentTraceParent } from "#lib/watching/trace.ts";
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
  const released = await releaseHeld(db, scope, currentTraceParent());
  // Documents that could not be compared before their codes were mapped are looked at again.
  if (released > 0 || (await hasUnmappedQuestions(db, scope))) await wakeConnection(db, connection.id, { staff: true });
  return { ready: verdicts.ready + verdicts.warning, blocked: verdicts.blocked, released };
}

/** Payments held for want of their document, or while it was a draft, go by themselves once the package holds it as what can be paid. */
export async function releasePayments(db: ScopedDb, scope: ClientScope): Promise<void> {
  if (!(await hasHeldPayments(db, scope))) return;
  await judgePostings(db, scope, sql`postings.kind = 'payment'`);
  await releaseHeld(db, scope, currentTraceParent());
}
