import type { Database } from "#db/client.ts";
import { findReading } from "#db/queries/connections/list-reads.ts";
import { now } from "#lib/clock.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { type Connection, type Connector, type Exchange, type PackageStream, streamsOf } from "#lib/connectors/types.ts";
import { keepPage } from "./streams.ts";

export interface PullDocumentsOptions {
  readonly database: Database;
  readonly scope: ClientScope;
  readonly connection: Connection;
  readonly connector: Pick<Connector, "pull" | "streams">;
  /** Which of the package's streams; the first that gives invoices and bills without it. */
  readonly stream?: PackageStream | undefined;
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
 * Reads one page of a stream of documents since the last read: what is only there is counted, and never becomes a document of ours. One
 * call a read, however much there is; rows and cursor are kept in one transaction.
 *
 * @throws what `exchange` throws
 */
export async function pullDocuments({
  database,
  scope,
  connection,
  connector,
  stream = streamsOf(connector, "documents")[0],
  exchange,
}: PullDocumentsOptions): Promise<PullDocumentsResult> {
  if (!stream) return { read: 0, changed: 0, more: false };
  const began = now();
  const { cursor } = await database.inScope(scope, (db) => findReading(db, scope, connection.id, stream));
  const page = await exchange(connector.pull, { connection, stream: stream.id, cursor });
  const kept = await database.inScope(scope, (db) => keepPage(db, scope, connection.id, { stream, page, from: cursor, began }));
  // Another reader has gone on from the same cursor: what this page held is its to keep.
  return { read: page.documents.length, changed: kept?.documents ?? 0, more: page.more };
}
