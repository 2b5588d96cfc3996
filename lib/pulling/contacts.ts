import type { Database } from "#db/client.ts";
import { findReading } from "#db/queries/connections/list-reads.ts";
import { now } from "#lib/clock.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { type Connection, type Connector, type Exchange, type PackageStream, streamsOf } from "#lib/connectors/types.ts";
import { keepPage } from "./streams.ts";

interface Reading {
  readonly database: Database;
  readonly scope: ClientScope;
  readonly connection: Connection;
  readonly connector: Pick<Connector, "pull" | "streams">;
  readonly exchange: <Ask, Answer>(exchange: Exchange<Ask, Answer>, ask: Ask) => Promise<Answer>;
}

/**
 * Reads the package's contacts that changed since the last read, each page and its cursor in one transaction.
 * @returns how many are new or changed
 * @throws what `exchange` throws
 */
export const pullContacts = (reading: Reading): Promise<number> => pullParties(reading, "contacts");

/** The same of the package's products. */
export const pullProducts = (reading: Reading): Promise<number> => pullParties(reading, "products");

async function pullParties(reading: Reading, what: "contacts" | "products"): Promise<number> {
  let changed = 0;
  for (const stream of streamsOf(reading.connector, what)) changed += await pullStream(reading, stream, what);
  return changed;
}

async function pullStream(
  { database, scope, connection, connector, exchange }: Reading,
  stream: PackageStream,
  what: "contacts" | "products",
): Promise<number> {
  const began = now();
  let { cursor } = await database.inScope(scope, (db) => findReading(db, scope, connection.id, stream));
  let changed = 0;
  for (;;) {
    const from = cursor;
    const page = await exchange(connector.pull, { connection, stream: stream.id, cursor });
    const kept = await database.inScope(scope, (db) => keepPage(db, scope, connection.id, { stream, page, from, began }));
    // Another reader has gone on from the same cursor: what this page held is its to keep.
    if (kept === null) return changed;
    changed += kept[what];
    if (!page.more) return changed;
    if (page.cursor === from) throw new Error(`the package's ${stream.id} go on and on from ${JSON.stringify(from)}`);
    cursor = page.cursor;
  }
}
