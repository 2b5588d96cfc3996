import { setTimeout as wait } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import pg from "pg";
import { withoutValues } from "#lib/common/failed-statement.ts";
import type { ClientScope, PracticeScope, Scope } from "#lib/common/scope.ts";
import { keepStatements } from "./kept-statements.ts";
import * as alerts from "./schema/alerts.ts";
import * as catalogue from "./schema/catalogue.ts";
import * as clients from "./schema/clients.ts";
import * as handover from "./schema/handover.ts";
import * as mailbox from "./schema/mailbox.ts";
import * as mapping from "./schema/mapping.ts";
import * as nights from "./schema/nights.ts";
import * as operational from "./schema/operational.ts";
import * as people from "./schema/people.ts";
import * as postings from "./schema/postings.ts";
import * as work from "./schema/work.ts";

export const schema = {
  ...alerts,
  ...catalogue,
  ...clients,
  ...handover,
  ...mailbox,
  ...mapping,
  ...nights,
  ...operational,
  ...people,
  ...postings,
  ...work,
};

type Transaction = Parameters<Parameters<NodePgDatabase["transaction"]>[0]>[0];

/** A transaction that row-level security already limits: what every query takes, never the pool. */
export type ScopedDb = Transaction;

/** One process's connections to Postgres. */
export interface Database {
  /**
   * Runs `work` in one transaction limited to the scope; commits when it resolves, rolls back when it throws.
   * @param look `one`: all its reads see one moment, so that the figures of a page agree with its rows while a run moves them; for
   *   work that only reads
   */
  inScope<T>(scope: Scope, work: (db: ScopedDb) => Promise<T>, look?: "one"): Promise<T>;
  readonly pool: pg.Pool;
  close(): Promise<void>;
}

// Dates stay the text they are in the database: a document's date is no moment.
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);

/** Opens a pool. `url` is the web's or the worker's login, never the owner's. */
export function openDatabase(url: string, options: { max?: number; applicationName?: string } = {}): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 10,
    application_name: options.applicationName ?? "greentick",
    // A statement that hangs must not hold a lease or a person for ever.
    statement_timeout: 120_000,
    // A kept statement is planned for the values and the tables of each call: a plan made when a table was empty would go on over its
    // first hundred thousand rows (seven seconds instead of four milliseconds, of one statement, in the tests).
    options: "-c plan_cache_mode=force_custom_plan",
  });
  // An idle connection that the server ends is replaced at the next use; without a listener it would end the process.
  pool.on("error", () => {});
  // So would one that is lent out and lies between two statements: its transaction meets the fault at the next of them.
  pool.on("connect", (client) => client.on("error", () => {}));
  pool.on("connect", keepStatements);
  return {
    pool,
    inScope: (scope, work, look) =>
      lend(pool, (db) =>
        db.transaction(async (tx) => {
          const { label } = scope.actor;
          await tx.execute(
            scope.kind === "client"
              ? sql`select set_config('app.client_id', ${scope.clientId}, true), set_config('app.all_clients', 'off', true), set_config('app.actor', ${label}, true)`
              : sql`select set_config('app.all_clients', 'on', true), set_config('app.client_id', '', true), set_config('app.actor', ${label}, true)`,
          );
          return work(tx);
        }, look && { isolationLevel: "repeatable read" }),
      ).catch((error: unknown) => {
        // Here, since the framework writes down by itself what a page throws.
        throw withoutValues(error);
      }),
    close: () => pool.end(),
  };
}

// Without the schema: with it each transaction builds a reader for each of eighty tables, a twelfth of the worker's time, and nobody reads so.
const readers = new WeakMap<pg.PoolClient, NodePgDatabase>();

/**
 * Lends a connection and takes it back whatever comes of it. Not left to drizzle's own pool handling: that keeps a connection for ever
 * whose `begin` fails, as the first after a restart of Postgres does, until none is left and every page waits (drizzle-orm 0.45).
 */
async function lend<T>(pool: pg.Pool, work: (db: NodePgDatabase) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    const db = readers.get(client) ?? drizzle(client);
    readers.set(client, db);
    return await work(db);
  } finally {
    client.release();
  }
}

export type { ClientScope, PracticeScope, Scope };

/** How a server that is starting, or a host that is not there yet, turns a connection away. */
const NOT_YET = new Set(["57P01", "57P02", "57P03", "ECONNREFUSED", "ECONNRESET", "EPIPE", "ENOTFOUND", "EAI_AGAIN"]);
/** pg's own words, without a code, when a server that goes down ends the connection before it answered. */
const CUT_OFF = "Connection terminated unexpectedly";

/**
 * Waits until the database takes connections, so that services may be started in any order.
 * @param withinMs so long at most, in real ms; then the server's last refusal is thrown
 */
export async function waitForDatabase(database: Database, withinMs = 60_000): Promise<void> {
  const began = performance.now();
  for (;;) {
    try {
      await database.pool.query("select 1");
      return;
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      const notYet = NOT_YET.has(code) || (error instanceof Error && error.message === CUT_OFF);
      if (!notYet || performance.now() - began > withinMs) throw error;
      await wait(250);
    }
  }
}

/** Refuses to run as owner, superuser or a role that passes row-level security by. */
export async function assertPlainRole(database: Database): Promise<void> {
  const { rows } = await database.pool.query<{ name: string; superuser: boolean; bypass: boolean; owner: boolean }>(
    `select current_user as name, r.rolsuper as superuser, r.rolbypassrls as bypass,
       exists (select from pg_class c where c.oid = to_regclass('public.postings') and pg_has_role(current_user, c.relowner, 'member')) as owner
     from pg_roles r where r.rolname = current_user`,
  );
  const role = rows[0];
  if (!role || role.superuser || role.bypass || role.owner) {
    throw new Error(
      `The database login "${role?.name ?? "?"}" is ${role?.superuser ? "a superuser" : role?.bypass ? "exempt from row-level security" : "the owner of the tables"}: Greentick refuses to run as it. Give DATABASE_URL and WORKER_DATABASE_URL logins of their own (docs/operations.md, "Database").`,
    );
  }
}
