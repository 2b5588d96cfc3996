import { sql } from "drizzle-orm";
import { boolean, customType, index, pgTable, primaryKey, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { clientPolicy, createdAt, id, moment } from "./columns.ts";
import { client } from "./owners.ts";

export const bytea = customType<{ data: Buffer }>({ dataType: () => "bytea" });

export const ROLES = ["client", "staff", "adviser", "administrator"] as const;
export type Role = (typeof ROLES)[number];

export const users = pgTable(
  "users",
  {
    id: id(),
    /** Lower case. */
    email: text("email").notNull(),
    name: text("name").notNull(),
    role: text("role", { enum: ROLES }).notNull(),
    /** argon2id, or null for single sign-on only. */
    passwordHash: text("password_hash"),
    disabledAt: moment("disabled_at"),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex("users_email_key").on(t.email)],
);

/** A signed-in browser. The cookie's JWT holds only the random id whose SHA-256 stands here. */
export const sessions = pgTable(
  "sessions",
  {
    id: id(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    tokenSha: bytea("token_sha").notNull(),
    createdAt: createdAt(),
    /** Idle for 30 minutes ends it. */
    lastSeenAt: moment("last_seen_at").notNull().default(sql`app.now()`),
    /** 12 hours after sign-in ends it whatever happens. */
    expiresAt: moment("expires_at").notNull(),
    endedAt: moment("ended_at"),
    address: text("address"),
    userAgent: text("user_agent"),
  },
  (t) => [uniqueIndex("sessions_token_key").on(t.tokenSha), index("sessions_user_idx").on(t.userId)],
);

/**
 * A single-use link by which a user sets a password: to begin with, or after forgetting one. At most one that is open a user.
 * Moments are real time, as for sessions.
 */
export const invitations = pgTable(
  "invitations",
  {
    id: id(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** SHA-256 of the link's 256 random bits. */
    tokenSha: bytea("token_sha").notNull(),
    madeBy: uuid("made_by").references(() => users.id, { onDelete: "set null" }),
    createdAt: moment("created_at").notNull().default(sql`clock_timestamp()`),
    expiresAt: moment("expires_at").notNull(),
    usedAt: moment("used_at"),
    /** Taken back by an administrator, or followed by a newer link. */
    withdrawnAt: moment("withdrawn_at"),
  },
  (t) => [
    uniqueIndex("invitations_token_key").on(t.tokenSha),
    uniqueIndex("invitations_one_open_key").on(t.userId).where(sql`used_at is null and withdrawn_at is null`),
    index("invitations_user_idx").on(t.userId),
  ],
);

/** Which clients a user sees; administrators see all without a row here. */
export const userClients = pgTable(
  "user_clients",
  {
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    clientId: client({ onDelete: "cascade" }),
    /** The client that opens after sign-in. */
    favourite: boolean("favourite").notNull().default(false),
  },
  (t) => [primaryKey({ columns: [t.userId, t.clientId] }), index("user_clients_client_idx").on(t.clientId), clientPolicy()],
);
