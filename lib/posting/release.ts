import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { hasUnmappedQuestions } from "#db/queries/matching.ts";
import { hasHeldPayments } from "#db/queries/outgoing-money.ts";
import { findLiveConnection, HELD_BY_ANOTHER, hasHeldByAnother, hasStopped, releaseHeld } from "#db/queries/posting-moves.ts";
import { wakeConnection } from "#lib/jobs/queue.ts";
import { currentTraceParent } from "#lib/watching/trace.ts";
import { judgePostings } from "./precheck.ts";

/**
 * Called by whatever may have mended a cause: a mapping, a record's own screen or file, a link, an answer, the package's lists and lock
 * dates, a setting. Pre-check runs again over all that was not sent, and what somebody asked for and was held for a cause that has gone
 * goes by itself, with the customers, suppliers and products that it needs.
 */
export async function releaseMended(
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

/** The same where mostly nothing was stopped: all is judged anew only when something was. */
export async function releaseStopped(db: ScopedDb, scope: ClientScope): Promise<{ released: number }> {
  return (await hasStopped(db, scope)) ? releaseMended(db, scope) : { released: 0 };
}

/** After records changed: what was held for what another document is goes, when that is another by now. Judged are those rows alone. */
export async function releaseHeldByAnother(db: ScopedDb, scope: ClientScope): Promise<void> {
  const connection = await findLiveConnection(db, scope);
  if (!connection || !(await hasHeldByAnother(db, scope))) return;
  await judgePostings(db, scope, HELD_BY_ANOTHER);
  if ((await releaseHeld(db, scope, currentTraceParent(), HELD_BY_ANOTHER)) > 0)
    await wakeConnection(db, connection.id, { staff: true });
}

/** Payments and allocations held for want of their document, or while it was a draft, go by themselves once the package holds it as what can be paid. */
export async function releasePayments(db: ScopedDb, scope: ClientScope): Promise<void> {
  if (!(await hasHeldPayments(db, scope))) return;
  await judgePostings(db, scope, sql`postings.kind in ('payment', 'allocation')`);
  await releaseHeld(db, scope, currentTraceParent());
}
