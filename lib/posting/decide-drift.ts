import type { ClientScope, ScopedDb } from "#db/client.ts";
import { noteCorrections } from "#db/queries/corrections.ts";
import { lockDrifted, markAccepted, queueAgain } from "#db/queries/drift.ts";
import { findLiveConnection, insertRun } from "#db/queries/posting-moves.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { wakeConnection } from "#lib/jobs/queue.ts";
import { refuseWhenOff } from "#lib/setup/integration-off.ts";
import { currentTraceParent } from "#lib/watching/trace.ts";
import { isEndedThere } from "./drift.ts";

const NOTHING = "These rows now agree with the package, or are being sent. Nothing was changed.";

/**
 * Lets what the package holds stand, though it differs: the rows stay amber, with who accepted it, until the package changes them again.
 * @throws {Refusal} when none of them differs any more
 */
export async function acceptTheirs(
  db: ScopedDb,
  scope: ClientScope,
  postingIds: readonly string[],
): Promise<{ accepted: number }> {
  const rows = (await lockDrifted(db, scope, postingIds)).filter((row) => !row.accepted);
  if (rows.length === 0) throw new Refusal(NOTHING);
  await markAccepted(
    db,
    scope,
    rows.map((row) => row.id),
  );
  await noteCorrections(
    db,
    scope,
    rows.map((row) => ({ postingId: row.id, what: "accepted" as const, differences: row.differences })),
  );
  return { accepted: rows.length };
}

/**
 * Sends ours again: what was edited there is changed back by its id; what was voided or deleted there goes as a new record under the
 * same number, since its link is void. What may not be changed there any more ends in Error Feedback, with the reason.
 * @throws {Refusal} when none of them differs any more, or nothing can be sent now
 */
export async function sendOursAgain(
  db: ScopedDb,
  scope: ClientScope,
  postingIds: readonly string[],
): Promise<{ runId: string; number: number; queued: number }> {
  const connection = await findLiveConnection(db, scope);
  if (!connection) throw new Refusal("Connect the accounting package under Setup first.");
  refuseWhenOff(connection);
  const rows = await lockDrifted(db, scope, postingIds);
  if (rows.length === 0) throw new Refusal(NOTHING);
  const run = await insertRun(db, scope, { connectionId: connection.id, kind: "retry", traceParent: currentTraceParent() });
  const ended = rows.filter((row) => isEndedThere(row.differences)).map((row) => row.id);
  await noteCorrections(
    db,
    scope,
    rows.map((row) => ({
      postingId: row.id,
      what: "sent-again" as const,
      differences: row.differences,
      note: ended.includes(row.id) ? "It is sent as a new record: the package no longer has the old one." : "",
    })),
  );
  const queued = await queueAgain(
    db,
    scope,
    run.id,
    rows.map((row) => row.id),
    ended,
  );
  await wakeConnection(db, connection.id, { staff: true });
  return { runId: run.id, number: run.number, queued };
}
