import type { Database } from "#db/client.ts";
import { keepEvents } from "#db/queries/connections/webhooks.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { isPackage } from "#lib/connectors/cards.ts";
import { webhooksOf } from "#lib/connectors/registry.ts";
import type { PackageId } from "#lib/connectors/types.ts";

/** Most bytes that a delivery of this package may have; 0 for what sends none. */
export function mostBytesOf(packageId: string): number {
  return isPackage(packageId) ? (webhooksOf(packageId)?.mostBytes ?? 0) : 0;
}

/**
 * Takes one delivery of a package's events: the signature is held against the raw bytes, then each event is kept once and its connection
 * marked as changed. Nothing is asked of the package here; the next night, or staff, reads what changed.
 * @param keyOf our key for the webhooks of a package
 * @returns the status to answer: 200 for what the package signed, an intent to receive among it, 401 for anything else, 404 for a
 *   package that sends none
 */
export async function receiveEvents(
  database: Database,
  packageId: string,
  body: Uint8Array,
  headers: Pick<Headers, "get">,
  keyOf: (packageId: PackageId) => string | undefined,
): Promise<200 | 401 | 404> {
  const webhooks = isPackage(packageId) ? webhooksOf(packageId) : null;
  if (!isPackage(packageId) || webhooks === null) return 404;
  const key = keyOf(packageId);
  // Anybody may send here: what is not signed costs no more than the look at its signature.
  if (key === undefined || body.length > webhooks.mostBytes) return 401;
  if (!webhooks.isSigned(body, headers.get(webhooks.signatureHeader), key)) return 401;
  const practice = jobPracticeScope();
  const delivery = webhooks.readEvents(Buffer.from(body).toString("utf8"));
  await database.inScope(practice, (db) => keepEvents(db, practice, packageId, delivery));
  return 200;
}
