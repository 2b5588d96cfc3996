import type { Database } from "#db/client.ts";
import { advanceReading, findReading } from "#db/queries/connections/list-reads.ts";
import { upsertPackageContacts, upsertPackageProducts } from "#db/queries/links/package-contacts.ts";
import { now } from "#lib/clock.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { Connection, Connector, Exchange } from "#lib/connectors/types.ts";

interface Reading {
  readonly database: Database;
  readonly scope: ClientScope;
  readonly connection: Connection;
  readonly connector: Pick<Connector, "pull">;
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

async function pullParties(
  { database, scope, connection, connector, exchange }: Reading,
  what: "contacts" | "products",
): Promise<number> {
  const began = now();
  let { cursor } = await database.inScope(scope, (db) => findReading(db, scope, connection.id, what));
  let changed = 0;
  for (;;) {
    const before = cursor;
    const page = await exchange(connector.pull, { connection, what, cursor });
    const stored = await database.inScope(scope, async (db) => {
      const move = { from: before, to: page.cursor, asOf: page.more ? null : began };
      if (!(await advanceReading(db, scope, connection.id, what, move))) return null;
      return what === "contacts"
        ? upsertPackageContacts(db, scope, connection.id, page.contacts ?? [])
        : upsertPackageProducts(db, scope, connection.id, page.products ?? []);
    });
    // Another reader has gone on from the same cursor: what this page held is its to store.
    if (stored === null) return changed;
    changed += stored;
    if (!page.more) return changed;
    if (page.cursor === before) throw new Error(`the package's ${what} go on and on from ${JSON.stringify(before)}`);
    cursor = page.cursor;
  }
}
