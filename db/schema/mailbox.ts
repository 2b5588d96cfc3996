import { sql } from "drizzle-orm";
import { check, index, integer, json, jsonb, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { clientPolicy, createdAt, id, moment } from "./columns.ts";
import { client, connection } from "./owners.ts";
import { bytea } from "./people.ts";

/** How a visit ended: the program said goodbye, another visit began, or nothing was heard of it any more. */
export const VISIT_ENDS = ["goodbye", "another", "silent"] as const;
export type VisitEnd = (typeof VISIT_ENDS)[number];

/**
 * One visit of the program on the customer's machine that collects work for a package which cannot be called: from its sign-in to its
 * goodbye. The id is what the program shows at each step; a visit that has ended takes nothing more.
 */
export const collectorVisits = pgTable(
  "collector_visits",
  {
    id: id(),
    clientId: client(),
    connectionId: connection(),
    /** The machine, as the program names it. */
    machine: text("machine").notNull().default(""),
    openedAt: moment("opened_at").notNull().default(sql`app.now()`),
    /** When the program was last heard of. */
    seenAt: moment("seen_at").notNull().default(sql`app.now()`),
    /** When it last began, took a message or brought an answer. */
    workedAt: moment("worked_at").notNull().default(sql`app.now()`),
    endedAt: moment("ended_at"),
    endedHow: text("ended_how", { enum: VISIT_ENDS }),
  },
  (t) => [
    uniqueIndex("collector_visits_open_key").on(t.connectionId).where(sql`ended_at is null`),
    index("collector_visits_connection_idx").on(t.connectionId, t.openedAt),
    check("collector_visits_end_check", sql`(ended_at is null) = (ended_how is null)`),
    clientPolicy(),
  ],
);

/**
 * What the program of one connection signs in with. The password is ours, made once and shown once: its hash alone is kept (argon2, as
 * for people). It goes with the connection.
 */
export const collectorLogins = pgTable(
  "collector_logins",
  {
    connectionId: connection().primaryKey(),
    clientId: client(),
    /** Tells whose program it is, over all clients. */
    userName: text("user_name").notNull(),
    passwordHash: text("password_hash").notNull(),
    madeBy: text("made_by").notNull(),
    madeAt: moment("made_at").notNull().default(sql`app.now()`),
  },
  (t) => [uniqueIndex("collector_logins_user_name_key").on(t.userName), clientPolicy()],
);

/**
 * `ready`: waits to be taken. `taken`: a visit has it, and the package may be at work on it. `lost`: the visit went on or ended without
 * an answer. `answered`: the answer has come, late perhaps. One that is withdrawn before it was taken is deleted.
 */
export const MAILBOX_STATES = ["ready", "taken", "lost", "answered"] as const;
export type MailboxState = (typeof MAILBOX_STATES)[number];

/** A message for a package that collects: laid down by a worker, taken by a visit, answered by it. */
export const mailboxMessages = pgTable(
  "mailbox_messages",
  {
    id: id(),
    clientId: client(),
    connectionId: connection(),
    state: text("state", { enum: MAILBOX_STATES }).notNull().default("ready"),
    /** The key of a call that writes, by which an answer that came late is found; null for a read. */
    idempotencyKey: text("idempotency_key"),
    message: json("message").$type<Record<string, unknown>>().notNull(),
    /** Not taken after it: the answer would come past the call's deadline. */
    takeUntil: moment("take_until").notNull(),
    /** When the call's time is over: the package may be at work on it until then. */
    answerUntil: moment("answer_until").notNull(),
    createdAt: createdAt(),
    /** The visit that took it. */
    visitId: uuid("visit_id").references(() => collectorVisits.id),
    takenAt: moment("taken_at"),
    answeredAt: moment("answered_at"),
    status: integer("status"),
    answerHeaders: jsonb("answer_headers").$type<Record<string, string>>(),
    answer: bytea("answer"),
  },
  (t) => [
    index("mailbox_messages_connection_idx").on(t.connectionId, t.createdAt),
    index("mailbox_messages_visit_idx").on(t.visitId),
    index("mailbox_messages_key_idx").on(t.connectionId, t.idempotencyKey).where(sql`idempotency_key is not null`),
    check("mailbox_messages_state_check", sql.raw(`state in (${MAILBOX_STATES.map((s) => `'${s}'`).join(",")})`)),
    clientPolicy(),
  ],
);
