import type { Database, ScopedDb } from "#db/client.ts";
import {
  type ListChange,
  markListsRead,
  saveAccounts,
  saveCurrencies,
  saveOrganisation,
  saveTaxRates,
} from "#db/queries/connections/catalogue.ts";
import { findConnection } from "#db/queries/connections/connections.ts";
import { now } from "#lib/clock.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { Connector, Exchange, PackageLists, PackageTaxRate } from "#lib/connectors/types.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { judgePostings } from "#lib/pending/precheck.ts";
import { releaseMended } from "#lib/pending/release.ts";

export interface RefreshCatalogueOptions {
  readonly database: Database;
  readonly scope: ClientScope;
  readonly connectionId: string;
  readonly connector: Pick<Connector, "discover" | "can" | "fixedTaxRates">;
  /** Sends one call under the connection's limits and tokens. */
  readonly exchange: <Ask, Answer>(exchange: Exchange<Ask, Answer>, ask: Ask) => Promise<Answer>;
  /**
   * `accounts`: stops after them, lock dates read before them: what a mapping leans on most, before a run. `locks`: after the lock dates.
   * "As of" stays.
   */
  readonly only?: "accounts" | "locks";
  /** What is judged anew and may go is left to the worker's next time slice: a press that promises to send nothing sends nothing. */
  readonly release?: false;
}

export interface RefreshCatalogueResult {
  readonly accounts: ListChange;
  readonly taxRates: ListChange;
  /** Whether anything moved that mapping or pre-check looks at. */
  readonly changed: boolean;
  readonly asOf: Date;
}

const NOTHING: ListChange = { written: 0, retired: 0 };
/** No package has more lists than this: stop if the package repeats a cursor. */
const MOST_CALLS = 20;

/**
 * Reads accounts, tax rates, currencies and lock dates as the package gives them now. Each list is kept as soon as it was read; the
 * connection's "as of" moves when all of them were. What waited for one of them is judged again, and goes by itself when its cause is gone.
 *
 * @throws {Error} when the connection is not the client's; what `exchange` throws; `transient.server-error` when the package gives no accounts or tax rates at all: a list that is
 * suddenly empty is an answer gone wrong, and would switch every mapping off
 */
export async function refreshCatalogue(options: RefreshCatalogueOptions): Promise<RefreshCatalogueResult> {
  const { database, scope, connectionId, connector, exchange } = options;
  const own = await database.inScope(scope, (db) => findConnection(db, scope));
  if (own?.id !== connectionId) throw new Error(`connection ${connectionId} is not one of client ${scope.clientId}`);
  const asOf = now();
  let accounts = NOTHING;
  let taxRates = NOTHING;
  let moved = false;
  let cursor: string | null = null;
  for (let call = 0; call < MOST_CALLS; call += 1) {
    const lists: PackageLists = await exchange(connector.discover, cursor);
    await database.inScope(scope, async (db) => {
      if (lists.accounts)
        accounts = await saveAccounts(db, scope, connectionId, once(lists.accounts), connector.can.accounts.onLines);
      if (lists.taxRates) taxRates = await saveTaxRates(db, scope, connectionId, once(ratesOf(connector, lists.taxRates)));
      moved = (await saveRest(db, options, lists)) || moved;
    });
    cursor = lists.next;
    const enough = options.only === "accounts" ? lists.accounts : options.only === "locks" ? lists.organisation : undefined;
    if (cursor === null || enough !== undefined) break;
  }
  const changed = moved || [accounts, taxRates].some(({ written, retired }) => written + retired > 0);
  await database.inScope(scope, async (db) => {
    if (options.only === undefined) await markListsRead(db, scope, connectionId, asOf);
    if (changed) await (options.release === false ? judgePostings(db, scope, "open") : releaseMended(db, scope));
  });
  return { accounts, taxRates, changed, asOf };
}

async function saveRest(db: ScopedDb, { scope, connectionId }: RefreshCatalogueOptions, lists: PackageLists): Promise<boolean> {
  let moved = false;
  if (lists.organisation) moved = (await saveOrganisation(db, scope, connectionId, lists.organisation)) || moved;
  if (lists.currencies) moved = (await saveCurrencies(db, scope, connectionId, lists.currencies)) || moved;
  return moved;
}

/** The rates as they were listed, or those of a package that lists none. */
function ratesOf({ fixedTaxRates = [] }: Pick<Connector, "fixedTaxRates">, listed: readonly PackageTaxRate[]) {
  return listed.length === 0 ? fixedTaxRates : listed;
}

/** Each id once, the last one as it stands: one statement cannot write a row twice. */
function once<Row extends { readonly externalId: string }>(rows: readonly Row[]): Row[] {
  if (rows.length === 0) throw new SyncError("transient.server-error", { said: ["the package gave an empty list"] });
  return [...new Map(rows.map((row) => [row.externalId, row])).values()];
}
