import { sql } from "drizzle-orm";
import {
  boolean,
  check,
  date,
  index,
  integer,
  jsonb,
  pgPolicy,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { type DocumentKind, RECORD_KINDS } from "../../lib/common/records.ts";
import type { ConnectionOptions, StreamGives } from "../../lib/connectors/types.ts";
import { clientPolicy, createdAt, id, moment } from "./columns.ts";

/** One set of books. */
export const clients = pgTable(
  "clients",
  {
    id: id(),
    slug: text("slug").notNull(),
    name: text("name").notNull(),
    /** BCP 47, for dates and money on screen. */
    locale: text("locale").notNull().default("en-GB"),
    timeZone: text("time_zone").notNull().default("Europe/London"),
    baseCurrency: text("base_currency").notNull().default("GBP"),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex("clients_slug_key").on(t.slug),
    index("clients_name_idx").on(t.name, t.id),
    pgPolicy("client_isolation", {
      for: "all",
      to: "public",
      using: sql`(select current_setting('app.all_clients', true)) = 'on' or id = (select nullif(current_setting('app.client_id', true), '')::uuid)`,
      withCheck: sql`(select current_setting('app.all_clients', true)) = 'on' or id = (select nullif(current_setting('app.client_id', true), '')::uuid)`,
    }),
  ],
);

/** Tokens of one consent: a Xero grant may cover several tenants, so several connections. Practice-wide, always encrypted. */
export const grants = pgTable("grants", {
  id: id(),
  package: text("package").notNull(),
  /** The package's id of the consent, where it gives one. */
  consentId: text("consent_id"),
  accessTokenSealed: text("access_token_sealed").notNull(),
  refreshTokenSealed: text("refresh_token_sealed"),
  accessExpiresAt: moment("access_expires_at").notNull(),
  scope: text("scope").notNull().default(""),
  /** Grows with every refresh: a call's key is replayed only under the token version that it was first sent with. */
  version: integer("version").notNull().default(1),
  endedAt: moment("ended_at"),
  createdAt: createdAt(),
});

export const CONNECTION_STATES = ["live", "lost", "disconnected"] as const;
export type ConnectionState = (typeof CONNECTION_STATES)[number];

/** Direction and trigger of a connection come as one of four ways of working, each a set of defaults that can be changed. */
export const WORKING_PROFILES = ["khaos-like", "practice-like", "one-way", "on-save"] as const;
export type WorkingProfile = (typeof WORKING_PROFILES)[number];

/** What the connector is told and the screens obey. What SQL filters by (module, start date, entities) stands in columns. */
export interface ConnectionSettings {
  /** How documents land in the package. */
  postAs: "authorised" | "draft";
  profile?: WorkingProfile;
  /** `out`: nothing comes back. */
  direction?: "both" | "out";
  /** Who starts an upload: staff by hand, the night, or the saving of a record. */
  trigger?: "by-hand" | "nightly" | "on-save";
  /** Lines as they are, or one for each account and tax code. */
  lines?: "detailed" | "summarised";
  /** A message for each record that was confirmed; errors show either way. */
  showEachSync?: boolean;
  /** Somebody decided from which date on documents sync, or that all of them do. */
  startChosen?: boolean;
  /** Payments that agree in everything with what is open are created and allocated after each read, without a click. */
  exactPayments?: boolean;
  /** `false`: a customer, supplier or product that the package holds nothing like waits on Matches until somebody says Create. */
  createUnasked?: boolean;
  /** Least time from one call to the next, in ms; the package's own without it. */
  gapMs?: number;
  /** What becomes of documents whose date is locked, by kind; a kind left out is held. */
  lockPolicy?: Partial<Record<DocumentKind, "hold" | "draft" | "redate">>;
  /** In which months tax periods end. */
  taxPeriods?: "monthly" | "quarters-1" | "quarters-2" | "quarters-3";
  /** The last day of a tax period whose return was filed, YYYY-MM-DD: documents up to it are not changed any more. */
  taxFiledTo?: string | null;
  /** The lock that an adviser expects: the last day it will cover, and when. */
  close?: { periodTo: string; closesOn: string } | null;
}

/** A client's link to one organisation in a package; at most one that is not disconnected. */
export const connections = pgTable(
  "connections",
  {
    id: id(),
    clientId: uuid("client_id")
      .notNull()
      .references(() => clients.id),
    package: text("package").notNull(),
    state: text("state", { enum: CONNECTION_STATES }).notNull(),
    tenantId: text("tenant_id").notNull(),
    tenantName: text("tenant_name").notNull(),
    /** The package's id of the connection itself, by which it is removed there. */
    remoteConnectionId: text("remote_connection_id"),
    grantId: uuid("grant_id").references(() => grants.id),
    connectedBy: uuid("connected_by"),
    connectedByName: text("connected_by_name").notNull(),
    connectedAt: moment("connected_at").notNull(),
    lostAt: moment("lost_at"),
    lostReason: text("lost_reason"),
    disconnectedAt: moment("disconnected_at"),
    /** Where this organisation's API answers, without a trailing slash; null: where the package's own does. */
    apiUrl: text("api_url"),
    /** What the connector's options were set to: journals, control accounts and the like. */
    options: jsonb("options").$type<ConnectionOptions>().notNull().default({}),
    settings: jsonb("settings").$type<ConnectionSettings>().notNull().default({ postAs: "authorised" }),
    /** The integration's switch: off stops every call at once, and keeps the connection, its mappings and its history. */
    moduleOn: boolean("module_on").notNull().default(true),
    /** Documents, payments and journals dated before it are withheld. */
    startOn: date("start_on"),
    /** Kinds of record that sync; a kind left out is counted, and offered when it is taken in. */
    entitiesOn: text("entities_on", { enum: RECORD_KINDS })
      .array()
      .notNull()
      .default(sql.raw(`array[${RECORD_KINDS.map((kind) => `'${kind}'`).join(",")}]::text[]`)),
    /** Kinds of record that the package takes from us at all, as its connector says: no posting is made of the others. */
    takes: text("takes", { enum: RECORD_KINDS })
      .array()
      .notNull()
      .default(sql.raw(`array[${RECORD_KINDS.map((kind) => `'${kind}'`).join(",")}]::text[]`)),
    baseCurrency: text("base_currency").notNull().default("GBP"),
    countryCode: text("country_code"),
    shortCode: text("short_code"),
    currencies: text("currencies").array().notNull().default(sql`'{}'`),
    /** Kinds whose numbers the organisation keeps unique, as it says itself; null where the package says it for all. */
    uniqueNumbers: text("unique_numbers", { enum: RECORD_KINDS }).array(),
    /** When the lock dates alone were last read: before every run. */
    locksAsOf: moment("locks_as_of"),
    /** When accounts, tax rates and lock dates were last read whole. */
    listsAsOf: moment("lists_as_of"),
    /** When customers, suppliers and products of ours were last held against those of the package. */
    offeredAt: moment("offered_at"),
    /** How often an offer was answered or taken away: a trigger on `link_offers` counts. */
    offersClosed: integer("offers_closed").notNull().default(0),
    /** Up to which of them our documents were held against the package's: those that waited for an offer had been left out. */
    offersMatched: integer("offers_matched").notNull().default(0),
    lastSyncAt: moment("last_sync_at"),
    /** Set by a 429 or by the breaker: nobody calls before it. */
    blockedUntil: moment("blocked_until"),
    blockedReason: text("blocked_reason"),
    /** Calls in a row that did not get through; at the third it stops, until a person lets it go on. */
    failedTries: integer("failed_tries").notNull().default(0),
    stoppedAt: moment("stopped_at"),
    /** The error's code. */
    stoppedReason: text("stopped_reason"),
    /** Grows with every saved mapping of the client; each posting keeps the one it was fixed with. */
    mappingVersion: integer("mapping_version").notNull().default(0),
  },
  (t) => [
    uniqueIndex("connections_one_live_key").on(t.clientId).where(sql`state <> 'disconnected'`),
    uniqueIndex("connections_one_client_key").on(t.package, t.tenantId).where(sql`state <> 'disconnected'`),
    index("connections_grant_idx").on(t.grantId),
    index("connections_lost_idx").on(t.clientId).where(sql`state = 'lost'`),
    check("connections_state_check", sql`state in ('live','lost','disconnected')`),
    clientPolicy(),
  ],
);

/**
 * Days that the package has closed, as last read. Whether a date of a kind is locked asks this table alone:
 * `db/queries/common/locks-sql.ts` says it in SQL, `lib/model/lock-policy.ts` in the engine.
 */
export const packageLocks = pgTable(
  "package_locks",
  {
    id: id(),
    clientId: uuid("client_id")
      .notNull()
      .references(() => clients.id),
    connectionId: uuid("connection_id")
      .notNull()
      .references(() => connections.id),
    /** What the package closes, for people to read. */
    label: text("label").notNull(),
    /** Null: everything up to the last day. */
    fromOn: date("from_on"),
    toOn: date("to_on").notNull(),
    /** Kinds of record that it stops; null for all. */
    kinds: text("kinds", { enum: RECORD_KINDS }).array(),
  },
  (t) => [
    index("package_locks_connection_idx").on(t.connectionId),
    check("package_locks_stretch_check", sql`from_on <= to_on`),
    clientPolicy(),
  ],
);

/** How far each stream of a connection was read. The rows of a page and its cursor are written in one transaction. */
export const pullCursors = pgTable(
  "pull_cursors",
  {
    connectionId: uuid("connection_id")
      .notNull()
      .references(() => connections.id),
    clientId: uuid("client_id")
      .notNull()
      .references(() => clients.id),
    /** The connector's id of the stream. */
    stream: text("stream").notNull(),
    /** What it gives, as the connector said when it was last read: queries ask by it, whatever a package calls its streams. */
    gives: text("gives").$type<StreamGives>().array().notNull(),
    /** Opaque outside the connector; null: from the start. */
    cursor: text("cursor"),
    /** When the last read that came to the end began. */
    asOf: moment("as_of"),
  },
  (t) => [primaryKey({ columns: [t.connectionId, t.stream] }), clientPolicy()],
);

/** One authorisation under way: single use, ten minutes, tied to the browser session that began it. */
export const oauthStates = pgTable(
  "oauth_states",
  {
    id: id(),
    clientId: uuid("client_id")
      .notNull()
      .references(() => clients.id),
    sessionId: uuid("session_id").notNull(),
    userId: uuid("user_id").notNull(),
    package: text("package").notNull(),
    /** SHA-256 of the state parameter, hex. */
    stateSha: text("state_sha").notNull(),
    expiresAt: moment("expires_at").notNull(),
    usedAt: moment("used_at"),
    /** After the consent, until a tenant is chosen. */
    grantId: uuid("grant_id").references(() => grants.id),
    tenants:
      jsonb("tenants").$type<readonly { id: string; name: string; remoteConnectionId: string | null; apiUrl?: string }[]>(),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex("oauth_states_state_key").on(t.stateSha), clientPolicy()],
);
