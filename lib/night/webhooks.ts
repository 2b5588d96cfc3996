import type { Database } from "#db/client.ts";
import { keepEvents } from "#db/queries/connections/webhooks.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { isSigned, readEvents } from "#lib/connectors/xero/webhooks.ts";

/** A delivery larger than this is none of Xero's. */
export const MOST_BYTES = 5 * 1024 * 1024;

/**
 * Takes one delivery of Xero's events: the signature is held against the raw bytes, then each event is kept once and its connection
 * marked as changed. Nothing is asked of Xero here; the next night, or staff, reads what changed.
 * @returns the status to answer: 200 for what Xero signed, an intent to receive among it, 401 for anything else
 */
export async function receiveXeroEvents(
  database: Database,
  body: Uint8Array,
  signature: string | null,
  key: string | undefined,
): Promise<200 | 401> {
  // Anybody may send here: what is not signed costs no more than the look at its signature.
  if (key === undefined || body.length > MOST_BYTES || !isSigned(body, signature, key)) return 401;
  const practice = jobPracticeScope();
  const delivery = readEvents(Buffer.from(body).toString("utf8"));
  await database.inScope(practice, (db) => keepEvents(db, practice, "xero", delivery));
  return 200;
}
