import { sql } from "drizzle-orm";
import {
  bigint,
  bigserial,
  boolean,
  check,
  date,
  doublePrecision,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { clients } from "./clients.ts";
import { clientPolicy, moment } from "./columns.ts";
import { client, connection } from "./owners.ts";

const CASCADE = { onDelete: "cascade" } as const;

/** When a connection's night is, and what it needs to be told: one slim row for each connection, made with it. */
export const nightSchedules = pgTable(
  "night_schedules",
  {
    connectionId: connection(CASCADE).primaryKey(),
    clientId: client(CASCADE),
    /** Full hour of the local day. */
    hour: integer("hour").notNull().default(2),
    /** Null: the client's own zone. */
    zone: text("zone"),
    /** Null until the worker has reckoned it: after connecting, and after a change of hour or zone. */
    nextAt: moment("next_at"),
    /** When the package last said by itself that something changed there. */
    eventAt: moment("event_at"),
    /** Off: no night comes to it, and what waits goes when somebody sends it. */
    enabled: boolean("enabled").notNull().default(true),
  },
  (t) => [
    index("night_schedules_next_idx").on(t.nextAt).where(sql`enabled`),
    index("night_schedules_client_idx").on(t.clientId),
    check("night_schedules_hour_check", sql`hour between 0 and 23`),
    clientPolicy(),
  ],
);

/** One night of the whole practice: the connections whose local night falls on one date. Its parts are runs with the same date. */
export const nights = pgTable("nights", {
  nightOn: date("night_on").primaryKey(),
  startedAt: moment("started_at").notNull().default(sql`app.now()`),
  endedAt: moment("ended_at"),
  /** Counted as connections fall due and are done. */
  total: integer("total").notNull().default(0),
  done: integer("done").notNull().default(0),
  changed: integer("changed").notNull().default(0),
  failed: integer("failed").notNull().default(0),
  calls: bigint("calls", { mode: "number" }).notNull().default(0),
  bytesIn: bigint("bytes_in", { mode: "number" }).notNull().default(0),
  /** Real seconds that putting them in line took. */
  enqueueSeconds: doublePrecision("enqueue_seconds").notNull().default(0),
  /** What was foretold at its start, for a comparison when it ended. */
  forecastAt: moment("forecast_at"),
});

/** What the package sent by itself, once each: kept for as long as it may be sent again. */
export const webhookEvents = pgTable(
  "webhook_events",
  {
    id: bigserial("id", { mode: "number" }).primaryKey(),
    package: text("package").notNull(),
    tenantId: text("tenant_id").notNull(),
    resourceId: text("resource_id").notNull(),
    category: text("category").notNull(),
    type: text("type").notNull(),
    eventAt: moment("event_at").notNull(),
    receivedAt: moment("received_at").notNull().default(sql`app.now()`),
  },
  (t) => [
    uniqueIndex("webhook_events_once_key").on(t.package, t.tenantId, t.resourceId, t.category, t.eventAt),
    index("webhook_events_received_idx").on(t.receivedAt),
  ],
);

/** Whether a package's events reach us. */
export const webhookStates = pgTable("webhook_states", {
  package: text("package").primaryKey(),
  /** The last delivery whose signature was right. */
  validAt: moment("valid_at"),
  /** Since when every number of the sequence has arrived. */
  wholeSince: moment("whole_since"),
  lastSequence: bigint("last_sequence", { mode: "number" }),
});

/** Calls and bytes of a connection by day (UTC): what the package's price is reckoned from. */
export const callCounts = pgTable(
  "call_counts",
  {
    connectionId: connection(CASCADE),
    clientId: client(CASCADE),
    on: date("on").notNull(),
    calls: integer("calls").notNull().default(0),
    bytesIn: bigint("bytes_in", { mode: "number" }).notNull().default(0),
    bytesOut: bigint("bytes_out", { mode: "number" }).notNull().default(0),
    /** Bytes in that the package counts against its price. */
    egress: bigint("egress", { mode: "number" }).notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.connectionId, t.on] }),
    index("call_counts_on_idx").on(t.on),
    index("call_counts_client_idx").on(t.clientId, t.on),
    clientPolicy(),
  ],
);

/** The same summed over all connections of a package, so that what the app has used this month is thirty rows. */
export const appCallCounts = pgTable(
  "app_call_counts",
  {
    package: text("package").notNull(),
    on: date("on").notNull(),
    calls: bigint("calls", { mode: "number" }).notNull().default(0),
    bytesIn: bigint("bytes_in", { mode: "number" }).notNull().default(0),
    bytesOut: bigint("bytes_out", { mode: "number" }).notNull().default(0),
    egress: bigint("egress", { mode: "number" }).notNull().default(0),
    /** When it was last added to. */
    countedAt: moment("counted_at").notNull().default(sql`app.now()`),
  },
  (t) => [primaryKey({ columns: [t.package, t.on] })],
);

/** Figures of a client as the portfolio and the morning list show them, kept up by the worker from `figure_marks`. */
export const clientFigures = pgTable(
  "client_figures",
  {
    clientId: uuid("client_id")
      .primaryKey()
      .references(() => clients.id, { onDelete: "cascade" }),
    pending: integer("pending").notNull().default(0),
    errors: integer("errors").notNull().default(0),
    checking: integer("checking").notNull().default(0),
    unmapped: integer("unmapped").notNull().default(0),
    incoming: integer("incoming").notNull().default(0),
    drafts: integer("drafts").notNull().default(0),
    drifted: integer("drifted").notNull().default(0),
    /** Documents that wait for a connection to be made. */
    unconnected: integer("unconnected").notNull().default(0),
    oldestUnsentOn: date("oldest_unsent_on"),
    /** The client's own, in which the amounts are: what orders them is to look at no other table. */
    currency: text("currency").notNull().default("GBP"),
    /** Gross in the client's own currency, minor units, signs left out: what comes first in a list. */
    pendingMinor: bigint("pending_minor", { mode: "bigint" }).notNull().default(sql`0`),
    errorsMinor: bigint("errors_minor", { mode: "bigint" }).notNull().default(sql`0`),
    incomingMinor: bigint("incoming_minor", { mode: "bigint" }).notNull().default(sql`0`),
    draftsMinor: bigint("drafts_minor", { mode: "bigint" }).notNull().default(sql`0`),
    driftedMinor: bigint("drifted_minor", { mode: "bigint" }).notNull().default(sql`0`),
    refreshedAt: moment("refreshed_at"),
  },
  (t) => [
    index("client_figures_errors_idx").on(t.clientId).where(sql`errors > 0`),
    index("client_figures_pending_idx").on(t.clientId).where(sql`pending > 0`),
    index("client_figures_unmapped_idx").on(t.clientId).where(sql`unmapped > 0`),
    index("client_figures_checking_idx").on(t.clientId).where(sql`checking > 0`),
    index("client_figures_incoming_idx").on(t.clientId).where(sql`incoming > 0`),
    clientPolicy(),
  ],
);

/** Clients whose figures have changed, written beside the change: append only, so that nobody waits for anybody. */
export const figureMarks = pgTable(
  "figure_marks",
  { id: bigserial("id", { mode: "number" }).primaryKey(), clientId: client(CASCADE) },
  (t) => [index("figure_marks_client_idx").on(t.clientId), clientPolicy()],
);

/** The package's contacts, slim, as its list shows them. */
export const packageContacts = pgTable(
  "package_contacts",
  {
    clientId: client(CASCADE),
    connectionId: connection(CASCADE),
    externalId: text("external_id").notNull(),
    name: text("name").notNull(),
    number: text("number"),
    /** The number that people there know it by, beside the one that we write. */
    accountNumber: text("account_number"),
    email: text("email"),
    taxNumber: text("tax_number"),
    status: text("status", { enum: ["active", "archived", "merged"] }).notNull(),
    mergedInto: text("merged_into"),
    /** Its name and status before the change that a read saw, until the record that is linked to it tells of it. */
    nameBefore: text("name_before"),
    statusBefore: text("status_before"),
    changedAt: moment("changed_at"),
    seenAt: moment("seen_at").notNull().default(sql`app.now()`),
  },
  (t) => [primaryKey({ columns: [t.connectionId, t.externalId] }), clientPolicy()],
);

/** The package's products, slim, as its list shows them. */
export const packageProducts = pgTable(
  "package_products",
  {
    clientId: client(CASCADE),
    connectionId: connection(CASCADE),
    externalId: text("external_id").notNull(),
    code: text("code").notNull(),
    name: text("name").notNull(),
    seenAt: moment("seen_at").notNull().default(sql`app.now()`),
  },
  (t) => [primaryKey({ columns: [t.connectionId, t.externalId] }), clientPolicy()],
);
