import { sql } from "drizzle-orm";
import { boolean, check, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { clients } from "./clients.ts";
import { clientPolicy, createdAt, id, moment } from "./columns.ts";
import { client } from "./owners.ts";

export const ALERT_EVENTS = ["digest", "connection-lost", "invariant-broken", "test"] as const;
export type AlertEvent = (typeof ALERT_EVENTS)[number];
export const ALERT_CHANNELS = ["email", "webhook"] as const;

/** An address of the practice's that alerts are posted to, signed. */
export const alertWebhooks = pgTable("alert_webhooks", {
  id: id(),
  name: text("name").notNull(),
  url: text("url").notNull(),
  /** What its signatures are made with; encrypted like a token. */
  secretSealed: text("secret_sealed").notNull(),
  digest: boolean("digest").notNull().default(true),
  immediate: boolean("immediate").notNull().default(true),
  createdAt: createdAt(),
  createdBy: text("created_by").notNull(),
  /** Taken away: kept for what it was sent. */
  removedAt: moment("removed_at"),
});

/** One message to one recipient about one event: written with the event, sent by a worker. */
export const alertOutbox = pgTable(
  "alert_outbox",
  {
    id: id(),
    /** Null for what concerns many clients. */
    clientId: uuid("client_id").references(() => clients.id),
    event: text("event", { enum: ALERT_EVENTS }).notNull(),
    /** Names the event itself, `lost:<connection>:<moment>`: with the recipient it is unique, so that nobody is told twice. */
    eventKey: text("event_key").notNull(),
    channel: text("channel", { enum: ALERT_CHANNELS }).notNull(),
    /** The user, or the webhook. */
    targetId: uuid("target_id").notNull(),
    subject: text("subject").notNull(),
    /** What an e-mail says. */
    text: text("text").notNull(),
    /** What a webhook is given beside id, event and time. */
    body: jsonb("body").$type<Record<string, unknown>>().notNull(),
    createdAt: createdAt(),
    tries: integer("tries").notNull().default(0),
    nextTryAt: moment("next_try_at").notNull().default(sql`app.now()`),
    /** Set, and committed, before a byte leaves; real time, since it is about a process being alive. */
    claimedUntil: moment("claimed_until"),
    sentAt: moment("sent_at"),
    failedAt: moment("failed_at"),
    /** Why the last try failed. */
    fault: text("fault"),
  },
  (t) => [
    uniqueIndex("alert_outbox_once_key").on(t.eventKey, t.targetId),
    index("alert_outbox_due_idx").on(t.nextTryAt).where(sql`sent_at is null and failed_at is null`),
    index("alert_outbox_target_idx").on(t.targetId, t.createdAt, t.id),
    check("alert_outbox_ended_check", sql`sent_at is null or failed_at is null`),
    clientPolicy(),
  ],
);

/** A run's digest was made, and when: the next one tells what was fixed since. */
export const alertDigests = pgTable(
  "alert_digests",
  { id: id(), eventKey: text("event_key").notNull(), at: moment("at").notNull().default(sql`app.now()`) },
  (t) => [uniqueIndex("alert_digests_event_key").on(t.eventKey), index("alert_digests_at_idx").on(t.at, t.id)],
);

/** What was open when a digest was made: how many records of a client in Error Feedback for one cause. */
export const alertDigestProblems = pgTable(
  "alert_digest_problems",
  {
    digestId: uuid("digest_id")
      .notNull()
      .references(() => alertDigests.id, { onDelete: "cascade" }),
    clientId: client(),
    code: text("code").notNull(),
    count: integer("count").notNull(),
  },
  (t) => [primaryKey({ columns: [t.digestId, t.clientId, t.code] }), clientPolicy()],
);
