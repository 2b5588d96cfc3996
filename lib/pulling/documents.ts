import type { Database } from "#db/client.ts";
import { advanceReading, findReading } from "#db/queries/connections/list-reads.ts";
import { upsertPackageDocuments } from "#db/queries/payments/package-documents.ts";
import { now } from "#lib/clock.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { Connection, Connector, DocumentsRead, Exchange } from "#lib/connectors/types.ts";

export interface PullDocumentsOptions {
  readonly database: Database;
  readonly scope: ClientScope;
  readonly connection: Connection;
  readonly connector: Pick<Connector, "pull">;
  /** Which of the package's lists; invoices and bills without it. */
  readonly what?: DocumentsRead;
  /** Sends one call under the connection's lease, limits and tokens. */
  readonly exchange: <Ask, Answer>(exchange: Exchange<Ask, Answer>, ask: Ask) => Promise<Answer>;
}

export interface PullDocumentsResult {
  /** Documents that the package gave; the overlap with the last read is among them. */
  readonly read: number;
  readonly changed: number;
  /** The package has more: the next read goes on from here. */
  readonly more: boolean;
}

/**
 * Reads one page of the package's invoices and bills, or of its credit notes where it lists them apart, since the last read: what is only
 * there is counted, and never becomes a document of ours. One call a read, however much there is; rows and cursor are kept in one transaction.
 *
 * @throws what `exchange` throws
 */
export async function pullDocuments({
  database,
  scope,
  connection,
  connector,
  what = "documents",
  exchange,
}: PullDocumentsOptions): Promise<PullDocumentsResult> {
  const began = now();
  const { cursor } = await database.inScope(scope, (db) => findReading(db, scope, connection.id, what));
  const page = await exchange(connector.pull, { connection, what, cursor });
  const changed = await database.inScope(scope, async (db) => {
    const mine = await advanceReading(db, scope, connection.id, what, {
      from: cursor,
      to: page.cursor,
      asOf: page.more ? null : began,
    });
    // Another reader has gone on from the same cursor: what this page held is its to store.
    return mine ? upsertPackageDocuments(db, scope, connection.id, page.documents, began) : 0;
  });
  return { read: page.documents.length, changed, more: page.more };
}
