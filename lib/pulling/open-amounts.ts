import type { ScopedDb } from "#db/client.ts";
import { listOpenSuspects, markOpenAsked, type OpenSuspect } from "#db/queries/payments/open-apart.ts";
import { lockIncoming } from "#db/queries/payments/payment-reads.ts";
import { type CallWorld, exchangeRead } from "#lib/calling/call.ts";
import { now } from "#lib/clock.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { listsCreditNotesApart, type PulledPage, type Sighting, streamsOf } from "#lib/connectors/types.ts";
import { noteOpen } from "./seen-open.ts";
import { storePayments } from "./store-payments.ts";

/** Most documents explained in one go: five calls for them where the package lists them by id, one each where it does not. */
const MOST = 200;
/** Of those that are asked for one by one. */
const MOST_ALONE = 20;

export interface OpenReader extends CallWorld {
  readonly scope: ClientScope;
  readonly inScope: <T>(run: (db: ScopedDb) => Promise<T>) => Promise<T>;
}

/**
 * Explains documents that are open by one amount here and by another there, where neither what waits in Import nor what has still to go
 * does: reads them whole, and of the payments that they list those that are unknown here, and those that are known and no longer listed,
 * by their ids and whenever they were made. What is not explained then stands as a difference, and is not asked about again until one of
 * the amounts changes.
 * @param documentId this one alone, though it was asked about before
 * @returns how many documents were read
 * @throws what a read of the package throws: `PackagePause`, `PackageUnavailable`, `ConnectionLost`, `SyncError`
 */
export async function explainOpen(
  reader: OpenReader,
  goOn: () => boolean = () => true,
  documentId: string | null = null,
): Promise<number> {
  const { scope, connection } = reader;
  let looked = 0;
  while (goOn()) {
    const found = await reader.inScope((db) => listOpenSuspects(db, scope, connection.id, MOST, documentId));
    const alone = found.filter(({ kind }) => listsCreditNotesApart(reader.connector) && kind.endsWith("credit-note"));
    const suspects = [...found.filter((one) => !alone.includes(one)), ...alone.slice(0, MOST_ALONE)];
    if (suspects.length === 0) break;
    for (const [, group] of Map.groupBy(suspects, (one) => one.kind)) await explain(reader, group);
    looked += suspects.length;
    if (documentId !== null || found.length < MOST) break;
  }
  return looked;
}

async function explain(reader: OpenReader, group: readonly OpenSuspect[]): Promise<void> {
  const { scope, connection, connector } = reader;
  const [first] = group;
  if (!first) return;
  const externalIds = group.map((one) => one.externalId);
  const readAt = now();
  const sightings: Sighting[] = [];
  let cursor: string | null = null;
  do {
    const page: { sightings: readonly Sighting[]; next: string | null } = await exchangeRead(reader, connector.confirm, {
      connection,
      kind: first.kind,
      refs: group.map(({ documentId, kind, number, externalId }) => ({
        recordId: documentId,
        kind,
        reference: number,
        externalId,
        contactExternalId: null,
      })),
      since: new Date(0),
      cursor,
    });
    sightings.push(...page.sightings);
    cursor = page.next;
  } while (cursor !== null);
  await reader.inScope((db) => noteOpen(db, scope, connection.id, sightings, readAt));

  const ids = [...new Set(group.flatMap((one) => toRead(one, sightings)))];
  const [stream] = streamsOf(connector, "payments");
  for (let from: string | null = stream && ids.length > 0 ? "0" : null; stream && from !== null; ) {
    const page: PulledPage = await exchangeRead(reader, connector.pull, { connection, stream: stream.id, ids, cursor: from });
    await reader.inScope(async (db) => {
      await lockIncoming(db, connection.id);
      await storePayments(db, scope, connection.id, page.payments);
    });
    from = page.more ? page.cursor : null;
  }
  await reader.inScope((db) => markOpenAsked(db, scope, connection.id, externalIds));
}

/** Payments that the document lists and nobody knows here, or by another amount, and those that are known and not listed. */
function toRead(suspect: OpenSuspect, sightings: readonly Sighting[]): string[] {
  const seen = sightings.find((one) => one.externalId === suspect.externalId)?.seen;
  const listed = seen?.family === "document" ? seen.payments : undefined;
  // A package that lists no payments on a document: those that are known are all that can be asked about.
  if (!listed) return suspect.known.map((one) => one.externalId);
  const known = new Map(suspect.known.map((one) => [one.externalId, one.amountMinor]));
  const there = new Set(listed.map((one) => one.externalId));
  return [
    ...listed.filter((one) => known.get(one.externalId) !== one.amountMinor.toString()).map((one) => one.externalId),
    ...[...known.keys()].filter((id) => !there.has(id)),
  ];
}
