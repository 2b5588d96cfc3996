import type { ScopedDb } from "#db/client.ts";
import { noteSeen, type SeenThere } from "#db/queries/payments/package-documents.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { Sighting } from "#lib/connectors/types.ts";

/**
 * Holds what is open on documents here against what a read has just shown as open there. Every read of a whole document ends here,
 * whatever it was made for: no document is then open by another amount in silence.
 * @param readAt when the read began
 */
export async function noteOpen(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  sightings: readonly Sighting[],
  readAt: Date,
): Promise<void> {
  const seen = sightings.flatMap((one): SeenThere[] =>
    one.seen.family === "document"
      ? [{ externalId: one.externalId, version: one.version, changedAt: one.changedAt ?? null, seen: one.seen }]
      : [],
  );
  if (seen.length > 0) await noteSeen(db, scope, connectionId, seen, readAt);
}
