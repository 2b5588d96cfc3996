import { listUnapplied, markApplied, type UnappliedFile } from "#db/queries/files/batch-files.ts";
import type { ClaimedPosting } from "#db/queries/postings/outgoing.ts";
import { checkpoint } from "#lib/calling/checkpoint.ts";
import type { Batch, Connection } from "#lib/connectors/types.ts";
import { type InCall, type Sent, settleAnswer } from "./outcome.ts";
import { sentFromJson } from "./sent-record.ts";
import type { FileWorld } from "./world.ts";

/**
 * Moves the rows of files by what a person said of their import, read by the connector as any answer to a call is: imported, refused
 * with a reason, or not named, which only an export of the books can settle.
 * @returns how many files
 */
export async function applyAnswers(world: FileWorld): Promise<number> {
  const files = await world.inScope((db) => listUnapplied(db, world.connection.id));
  for (const file of files) {
    const sent = sentOf(file, world.connection);
    const result = { sent: true, answer: file.answer, bytesOut: 0, bytesIn: 0 } as const;
    checkpoint("P7");
    await settleAnswer(world, sent, result, "waiting", (db) => markApplied(db, file.id));
    checkpoint("P8");
  }
  return files.length;
}

/** A file as the call that it is. */
function sentOf({ callId, message, rows }: UnappliedFile, connection: Connection): Sent {
  const records = rows.map((row) => sentFromJson(row.sent));
  const carried = rows.flatMap((row, at): InCall[] => {
    const record = records[at];
    // What an export has shown meanwhile, or somebody took back, is settled.
    return record && row.isWaiting ? [{ record, posting: claimedAs(row) }] : [];
  });
  const batch: Batch = { connection, records };
  return { callId, message, carried, batch, past: [], isInSteps: false };
}

function claimedAs(row: UnappliedFile["rows"][number]): ClaimedPosting {
  const { id, kind, recordId, revision, generation, maybeSent, tries } = row;
  return { id, kind, recordId, revision, generation, maybeSent, tries, externalId: null, voided: false };
}
