import { type SQL, sql } from "drizzle-orm";
import { bigint, type PgColumn, pgPolicy, text, timestamp, uuid } from "drizzle-orm/pg-core";

export const id = () => uuid("id").primaryKey().default(sql`gen_random_uuid()`);

/** A moment, UTC, on the one clock. */
export const moment = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

export const createdAt = () => moment("created_at").notNull().default(sql`app.now()`);

/** Money in minor units of the row's currency. */
export const minor = (name: string) => bigint(name, { mode: "bigint" });

const ALL_CLIENTS = sql`(select current_setting('app.all_clients', true)) = 'on'`;
const THIS_CLIENT = sql`(select nullif(current_setting('app.client_id', true), '')::uuid)`;

/** Row-level security by `client_id`: every table that has the column carries it, and a test fails when one doesn't. */
export const clientPolicy = () =>
  pgPolicy("client_isolation", {
    for: "all",
    to: "public",
    using: sql`${ALL_CLIENTS} or client_id = ${THIS_CLIENT}`,
    withCheck: sql`${ALL_CLIENTS} or client_id = ${THIS_CLIENT}`,
  });

/** As {@link clientPolicy}, for tables whose rows without a client belong to the practice and may be read by all. */
export const sharedPolicies = () => [
  pgPolicy("client_isolation", {
    for: "all",
    to: "public",
    using: sql`${ALL_CLIENTS} or client_id = ${THIS_CLIENT}`,
    withCheck: sql`${ALL_CLIENTS} or client_id = ${THIS_CLIENT}`,
  }),
  pgPolicy("practice_rows", { for: "select", to: "public", using: sql`client_id is null` }),
];

/**
 * A column's text without its capitals: what lists sort by and the search looks for. A column of its own, not an index over `lower(…)`:
 * `lower` is not leakproof, so under row-level security the planner keeps such a condition out of the index and reads every row of the client.
 */
export const folded = (of: string) => text(`${of}_folded`).generatedAlwaysAs(sql.raw(`lower(${of})`));

/** Compared by its bytes: the collation is named, so that a beginning is one range of the index whatever the database's own collation. */
export const byBytes = (column: PgColumn): SQL => sql`${column} collate "C"`;
