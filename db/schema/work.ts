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
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
  varchar,
} from "drizzle-orm/pg-core";
import { POSTING_STATES } from "#lib/model/states.ts";
import { POSTING_KINDS, RECORD_KINDS } from "../../lib/common/records.ts";
import type { SettledBy } from "../../lib/common/settled.ts";
import { clients, connections } from "./clients.ts";
import { byBytes, clientPolicy, createdAt, folded, id, minor, moment } from "./columns.ts";
import { documents } from "./operational.ts";
import { client, connection } from "./owners.ts";
import { bytea } from "./people.ts";
import type { Difference } from "./postings.ts";

export const RUN_KINDS = ["upload", "retry", "import-payments", "allocate", "synchronise", "nightly"] as const;
export type RunKind = (typeof RUN_KINDS)[number];
export const RUN_STATES = ["waiting", "running", "stopping", "stopped", "finished", "failed"] as const;

/** One piece of work that staff or the schedule asked for, with counts as it goes. */
export const runs = pgTable(
  "runs",
  {
    id: id(),
    clientId: client(),
    connectionId: uuid("connection_id").references(() => connections.id),
    /** A number for people, counted over the practice. */
    number: bigserial("number", { mode: "number" }),
    kind: text("kind", { enum: RUN_KINDS }).notNull(),
    state: text("state", { enum: RUN_STATES }).notNull().default("running"),
    startedBy: text("started_by").notNull(),
    startedByUserId: uuid("started_by_user_id"),
    startedAt: moment("started_at").notNull().default(sql`app.now()`),
    endedAt: moment("ended_at"),
    /** Its members: the rows chosen at the click, and the customers, suppliers and products that went along. */
    total: integer("total").notNull().default(0),
    /** Members up to this position are on their way or have ended: where the worker's next portion begins. */
    takenTo: integer("taken_to").notNull().default(0),
    /** For runs that move no postings: what was done, what is left, and why it failed. */
    detail: jsonb("detail").$type<Record<string, unknown>>().notNull().default({}),
    /** The night that it is one connection's part of: the local date. */
    nightOn: date("night_on"),
    /** W3C `traceparent` of the click that began it; null where traces are off. On the run, since wake-ups merge. */
    traceParent: text("trace_parent"),
  },
  (t) => [
    index("runs_client_idx").on(t.clientId, t.startedAt, t.id),
    uniqueIndex("runs_night_key").on(t.connectionId, t.nightOn).where(sql`night_on is not null`),
    index("runs_night_open_idx")
      .on(t.nightOn, t.state, t.id)
      .where(sql`night_on is not null and state in ('waiting','running','stopping','failed')`),
    index("runs_night_idx").on(t.nightOn, t.clientId).where(sql`night_on is not null`),
    // The few of a night that changed something, of the tens of thousands that did not.
    index("runs_night_busy_idx")
      .on(t.nightOn, t.clientId)
      .where(sql`night_on is not null and (total > 0 or (detail ->> 'changed')::int > 0)`),
    index("runs_open_idx").on(t.connectionId).where(sql`state in ('running','stopping')`),
    clientPolicy(),
  ],
);

/**
 * What became of a member in its run. The states of a posting, and: `linked` (the package held it already), `withdrawn` (taken back),
 * `stopped` (with its run), `amended` (it changed after it was chosen, so what was chosen is no more), `set-aside` (excluded or held back
 * before its turn), `gone` (the record was deleted).
 */
export const MEMBER_OUTCOMES = [
  "posted",
  "confirmed",
  "drifted",
  "linked",
  "held",
  "rejected",
  "unknown",
  "conflict",
  "dead",
  "skipped",
  "withdrawn",
  "stopped",
  "amended",
  "set-aside",
  "gone",
] as const;
export type MemberOutcome = (typeof MEMBER_OUTCOMES)[number];

/**
 * The rows of a run, frozen at the click: what it was asked to move, and what came of each. Open (no outcome) until the row has left the
 * queue; the outcome follows the row while its run is open and stands still from the run's end on, so that a run's counts are what it did.
 *
 * Narrow, and without foreign keys: 100,000 of them are written while a person waits, and each key would be looked up for each.
 */
export const runMembers = pgTable(
  "run_members",
  {
    clientId: uuid("client_id").notNull(),
    runId: uuid("run_id").notNull(),
    /** The order in which the worker takes them; below zero what went along, which nobody chose. */
    position: integer("position").notNull(),
    postingId: uuid("posting_id").notNull(),
    /** As it was chosen: another revision of the row, or a row that has moved since, is not what was chosen. */
    revision: integer("revision").notNull(),
    connectionId: uuid("connection_id").notNull(),
    kind: text("kind", { enum: POSTING_KINDS }).notNull(),
    issuedOn: date("issued_on").notNull(),
    was: text("was", { enum: POSTING_STATES }).notNull(),
    /** The worker has moved it, or found that it may not. */
    taken: boolean("taken").notNull().default(false),
    outcome: text("outcome", { enum: MEMBER_OUTCOMES }),
    endedAt: moment("ended_at"),
    // As the row stood when the outcome came: what a control sheet shows, however often it is printed.
    errorCode: text("error_code"),
    reference: text("reference"),
    party: text("party"),
    currency: text("currency"),
    grossMinor: minor("gross_minor"),
  },
  (t) => [
    primaryKey({ columns: [t.runId, t.position] }),
    // One run at most has a row before it: a second click finds nothing to choose.
    uniqueIndex("run_members_open_key").on(t.postingId).where(sql`outcome is null`),
    // Every run that a record stood in; a click writes nothing into it.
    index("run_members_posting_idx").on(t.postingId).where(sql`outcome is not null`),
    clientPolicy(),
  ],
);

/** One receipt or payment on the package's side, as Import shows it. */
export const incomingPayments = pgTable(
  "incoming_payments",
  {
    id: id(),
    clientId: client(),
    connectionId: connection(),
    /** The package's batch, or the payment's own id: one row is one movement on the bank. */
    externalId: text("external_id").notNull(),
    kind: text("kind", { enum: ["receipt", "payment-out", "sales-refund", "purchase-refund", "other"] }).notNull(),
    /** The package's own word for a kind that is none that we know. */
    kindSaid: text("kind_said"),
    side: text("side", { enum: ["sales", "purchase"] }),
    company: text("company").notNull(),
    paidOn: date("paid_on").notNull(),
    reference: text("reference"),
    currency: text("currency").notNull(),
    amountMinor: minor("amount_minor").notNull(),
    bankAccountExternalId: text("bank_account_external_id"),
    status: text("status", {
      enum: ["waiting", "queued", "created", "kept-in-package", "failed", "deleted-in-package", "not-ours"],
    })
      .notNull()
      .default("waiting"),
    /** Why it is not "Payment created and allocated", in the reader's words. */
    statusCode: text("status_code"),
    statusDetail: text("status_detail"),
    /** Our payment, once created. */
    paymentId: uuid("payment_id"),
    /** When a person took our payment back: it is not created again without a person. */
    undoneAt: moment("undone_at"),
    createdAt: createdAt(),
    changedAt: moment("changed_at").notNull().default(sql`app.now()`),
    referenceFolded: folded("reference"),
  },
  (t) => [
    uniqueIndex("incoming_payments_external_key").on(t.connectionId, t.externalId),
    index("incoming_payments_grid_idx").on(t.clientId, t.paidOn, t.id),
    index("incoming_payments_find_idx").on(t.clientId, byBytes(t.referenceFolded), t.id),
    index("incoming_payments_amount_idx").on(t.clientId, t.amountMinor, t.id),
    clientPolicy(),
  ],
);

export const incomingPaymentLines = pgTable(
  "incoming_payment_lines",
  {
    id: id(),
    clientId: client(),
    connectionId: connection(),
    incomingPaymentId: uuid("incoming_payment_id")
      .notNull()
      .references(() => incomingPayments.id, { onDelete: "cascade" }),
    externalId: text("external_id").notNull(),
    documentExternalId: text("document_external_id"),
    documentNumber: text("document_number"),
    documentKind: text("document_kind").notNull(),
    amountMinor: minor("amount_minor").notNull(),
    /** What reached the bank account, in that account's currency: a decimal string as the package gives it. */
    bankAmount: text("bank_amount"),
    status: text("status", { enum: ["live", "deleted"] })
      .notNull()
      .default("live"),
    /** Ours, when the document was sent by us. */
    documentId: uuid("document_id"),
  },
  (t) => [
    uniqueIndex("incoming_payment_lines_external_key").on(t.connectionId, t.externalId),
    index("incoming_payment_lines_payment_idx").on(t.incomingPaymentId),
    // What is known to have paid a document of the package.
    index("incoming_payment_lines_document_idx").on(t.connectionId, t.documentExternalId),
    clientPolicy(),
  ],
);

/** A document of the package as a question about it shows it. Amounts are minor units as text. */
export interface MatchCandidate {
  readonly externalId: string;
  readonly number: string | null;
  readonly company: string;
  readonly issuedOn: string | null;
  readonly currency: string;
  readonly gross: string;
  readonly due: string;
  readonly status: string;
  readonly contactExternalId: string | null;
  readonly differences: readonly Difference[];
}

/** A document as a list read of the package showed it: what is ours is known by its link, the rest is counted as not ours. */
export const packageDocuments = pgTable(
  "package_documents",
  {
    clientId: client(),
    connectionId: connection(),
    externalId: text("external_id").notNull(),
    kind: text("kind").notNull(),
    number: text("number"),
    company: text("company").notNull(),
    /** The package's contact of it; null where the list does not say. */
    contactExternalId: text("contact_external_id"),
    issuedOn: date("issued_on"),
    currency: text("currency").notNull(),
    grossMinor: minor("gross_minor").notNull(),
    dueMinor: minor("due_minor").notNull(),
    status: text("status").notNull(),
    /** The package's own word for its status, where that is none that we know. */
    statusSaid: text("status_said"),
    changedAt: moment("changed_at"),
    seenAt: moment("seen_at").notNull().default(sql`app.now()`),
    /** When the read began that showed it so. */
    readAt: moment("read_at").notNull().default(sql`app.now()`),
    /** The package's own version of it, where it gives one. */
    version: text("version"),
    /** Settled there by other means than a payment: credit notes, overpayments, prepayments. */
    creditedMinor: minor("credited_minor"),
    /** Paid there by payments, where the package says so; and the day of the last of them that a read of the whole document named. */
    paidMinor: minor("paid_minor"),
    lastPaidOn: date("last_paid_on"),
    /** What settled it, as the last read of the whole document said. */
    settledBy: jsonb("settled_by").$type<readonly SettledBy[]>(),
    /** New or changed since it was last held against what we sent. */
    lookDue: boolean("look_due").notNull().default(false),
    /** What is open on it is another amount here: to be explained, by its payments where nothing else does. */
    openDue: boolean("open_due").notNull().default(false),
    /** The amounts for which its payments were read already; others are asked about again. */
    openAsked: text("open_asked"),
  },
  (t) => [
    primaryKey({ columns: [t.connectionId, t.externalId] }),
    index("package_documents_number_idx").on(t.connectionId, t.number),
    index("package_documents_look_idx").on(t.connectionId).where(sql`look_due`),
    index("package_documents_open_idx").on(t.connectionId).where(sql`open_due`),
    index("package_documents_credited_idx").on(t.connectionId).where(sql`credited_minor > 0`),
    clientPolicy(),
  ],
);

export const CORRECTIONS = [
  "edited",
  "voided",
  "drift-edited",
  "drift-voided",
  "drift-gone",
  "drift-over",
  "accepted",
  "sent-again",
  "proposed",
  "reissued",
  "linked",
  "not-same",
  "unlinked",
  "merged-there",
  "renamed-there",
  "archived-there",
  "restored-there",
] as const;
export type CorrectionKind = (typeof CORRECTIONS)[number];

/** The corrections log: each time that what the package holds was changed from here, or was found changed there, and what was decided. */
export const corrections = pgTable(
  "corrections",
  {
    id: id(),
    clientId: client(),
    connectionId: connection(),
    at: moment("at").notNull().default(sql`app.now()`),
    actor: text("actor").notNull(),
    what: text("what", { enum: CORRECTIONS }).notNull(),
    kind: text("kind", { enum: RECORD_KINDS }).notNull(),
    recordId: uuid("record_id").notNull(),
    postingId: uuid("posting_id"),
    reference: text("reference").notNull(),
    party: text("party").notNull().default(""),
    currency: text("currency"),
    grossMinor: minor("gross_minor"),
    /** Both versions, field by field. */
    differences: jsonb("differences").$type<readonly Difference[]>().notNull().default([]),
    /** Why, in a reader's words; empty when the kind says it all. */
    note: text("note").notNull().default(""),
  },
  (t) => [
    index("corrections_client_idx").on(t.clientId, t.at, t.id),
    index("corrections_record_idx").on(t.recordId, t.at),
    clientPolicy(),
  ],
);

/**
 * A document that the package holds and did not let us change, credited and reissued. What is left of it there is noted by each read:
 * work for a person, until a read shows nothing left or somebody dismisses it.
 */
export const reissues = pgTable(
  "reissues",
  {
    id: id(),
    clientId: client(),
    connectionId: connection(),
    /** The document that was corrected, and the revision of it that the package holds. */
    documentId: uuid("document_id")
      .notNull()
      .references(() => documents.id, { onDelete: "cascade" }),
    sentRevision: integer("sent_revision").notNull(),
    creditNoteId: uuid("credit_note_id")
      .notNull()
      .references(() => documents.id, { onDelete: "cascade" }),
    /** Null where the document was voided at the source: then it is only credited. */
    reissueId: uuid("reissue_id").references(() => documents.id, { onDelete: "cascade" }),
    madeBy: text("made_by").notNull(),
    madeAt: moment("made_at").notNull().default(sql`app.now()`),
    /** Minor units of the credit note's currency, as last read there: what is left of it, and what is still open on the document. */
    creditLeftMinor: minor("credit_left_minor"),
    stillOpenMinor: minor("still_open_minor"),
    dismissedAt: moment("dismissed_at"),
    dismissedBy: text("dismissed_by"),
    dismissedWhy: text("dismissed_why"),
  },
  (t) => [
    uniqueIndex("reissues_credit_note_key").on(t.creditNoteId),
    index("reissues_client_idx").on(t.clientId, t.madeAt),
    index("reissues_document_idx").on(t.documentId),
    index("reissues_reissue_idx").on(t.reissueId),
    index("reissues_left_idx")
      .on(t.clientId)
      .where(sql`dismissed_at is null and (credit_left_minor <> 0 or still_open_minor <> 0)`),
    clientPolicy(),
  ],
);

/** So much of a correction's credit note as is to be set against one document in the package: a record that exports. */
export const creditAllocations = pgTable(
  "credit_allocations",
  {
    id: id(),
    clientId: client(),
    reissueId: uuid("reissue_id")
      .notNull()
      .references(() => reissues.id, { onDelete: "cascade" }),
    /** The document that was corrected, or its reissue. */
    documentId: uuid("document_id")
      .notNull()
      .references(() => documents.id, { onDelete: "cascade" }),
    reference: text("reference").notNull(),
    allocatedOn: date("allocated_on").notNull(),
    currency: text("currency").notNull(),
    /** As planned; from `read_at` on as a read of what is open there, made just before sending, allows. Minor units. */
    amountMinor: minor("amount_minor").notNull(),
    readAt: moment("read_at"),
  },
  (t) => [
    uniqueIndex("credit_allocations_document_key").on(t.reissueId, t.documentId),
    index("credit_allocations_client_idx").on(t.clientId),
    index("credit_allocations_document_idx").on(t.documentId),
    check("credit_allocations_amount_check", sql`amount_minor >= 0`),
    clientPolicy(),
  ],
);

/** A document of the package that may be one of ours, and is asked about before ours is sent. */
export const matchQuestions = pgTable(
  "match_questions",
  {
    id: id(),
    clientId: client(),
    connectionId: connection(),
    recordId: uuid("record_id").notNull(),
    kind: text("kind", { enum: RECORD_KINDS }).notNull(),
    reference: text("reference").notNull(),
    why: text("why", { enum: ["differs", "several", "unmapped"] }).notNull(),
    candidates: jsonb("candidates").$type<readonly MatchCandidate[]>().notNull(),
    state: text("state", { enum: ["open", "linked", "not-same", "skipped"] })
      .notNull()
      .default("open"),
    createdAt: createdAt(),
    answeredBy: text("answered_by"),
    answeredAt: moment("answered_at"),
  },
  (t) => [
    uniqueIndex("match_questions_record_key").on(t.connectionId, t.recordId),
    index("match_questions_open_idx").on(t.clientId, t.reference, t.id).where(sql`state = 'open'`),
    clientPolicy(),
  ],
);

/** Each time that the package's locks were seen to have moved: a stretch of days that was closed, or opened. */
export const lockMoves = pgTable(
  "lock_moves",
  {
    id: id(),
    clientId: client(),
    connectionId: connection(),
    seenAt: moment("seen_at").notNull().default(sql`app.now()`),
    /** The day up to which nothing could be posted before and can be posted since; null for no lock. */
    lockedBefore: date("locked_before"),
    lockedNow: date("locked_now"),
    /** Kinds of record whose days they are; null for all that a lock can stop. */
    kinds: text("kinds", { enum: RECORD_KINDS }).array(),
    /** Unsent documents that the new lock covers and the old one did not. */
    caught: integer("caught").notNull().default(0),
    /** Who says that they moved it: the package does not tell. */
    movedBy: text("moved_by"),
    /** A lock moved back is to be put back: when it was, or who said that it stays. */
    endedAt: moment("ended_at"),
    endedBy: text("ended_by"),
  },
  (t) => [index("lock_moves_client_idx").on(t.clientId, t.seenAt), clientPolicy()],
);

/** Who did what: append only, hash-chained per client, one chain more for the practice (client null). */
export const auditEvents = pgTable(
  "audit_events",
  {
    seq: bigserial("seq", { mode: "bigint" }).primaryKey(),
    clientId: uuid("client_id").references(() => clients.id),
    at: moment("at").notNull().default(sql`app.now()`),
    actorUserId: uuid("actor_user_id"),
    actor: text("actor").notNull(),
    action: text("action").notNull(),
    subject: text("subject"),
    detail: jsonb("detail").$type<Record<string, unknown>>().notNull().default({}),
    previousHash: bytea("previous_hash").notNull().default(sql`''::bytea`),
    hash: bytea("hash").notNull().default(sql`''::bytea`),
  },
  // Rows of the practice's own chain (no client) are seen in practice scope only.
  (t) => [
    index("audit_events_client_idx").on(t.clientId, t.seq),
    index("audit_events_action_idx").on(t.action, t.seq),
    clientPolicy(),
  ],
);

/**
 * What was spent of the packages' limits, shared by every process: a row for each tenant (`xero:<tenant>`), one for the app at each package
 * (`xero:app`), and where a package limits them one for each user's consent (`freeagent:user:<grant>`), for calls of one kind
 * (`quickbooks-online:<tenant>:batch`) and for token refreshes (`freeagent:refresh:<grant>`). All moments are on the one clock.
 */
export const rateBuckets = pgTable("rate_buckets", {
  scope: text("scope").primaryKey(),
  /** Tenant, user, kind: moments of the calls within windows of two minutes and less, oldest first: a sliding log. */
  takenAt: moment("taken_at").array().notNull().default(sql`'{}'`),
  /**
   * Tenant, user, kind: parts of the longer windows, numbered since 1970, and the calls of each. A part is an hour where the shortest of
   * the row's longer windows is a day, and a 24th of it where it is less.
   */
  hours: integer("hours").array().notNull().default(sql`'{}'`),
  hourCalls: integer("hour_calls").array().notNull().default(sql`'{}'`),
  /** App, refresh: when the bucket is full again (GCRA's theoretical arrival time). */
  fullAt: moment("full_at"),
  /** When a person's read last waited or ran. */
  staffAt: moment("staff_at"),
  /** Tenant: the slot of an interactive call, or of any call where a least gap between calls is set; and when its last call ended. */
  slotOwner: text("slot_owner"),
  slotUntil: moment("slot_until"),
  freeAt: moment("free_at"),
  /** Breaker: the last twenty calls, empty text for an answer, else whose call failed. */
  recent: text("recent").array().notNull().default(sql`'{}'`),
  openedAt: moment("opened_at"),
  /** App: set by a 429 over all tenants or by the breaker. A tenant's own stands in its connection. */
  blockedUntil: moment("blocked_until"),
  blockedReason: text("blocked_reason"),
});

/** Sign-in tries and changes of people, counted over all web processes. Rows and SQL are rate-limiter-flexible's. */
export const personLimits = pgTable("person_limits", {
  key: varchar("key", { length: 255 }).primaryKey(),
  points: integer("points").notNull().default(0),
  /** Milliseconds since 1970, real time. */
  expire: bigint("expire", { mode: "number" }),
});

export const workers = pgTable("workers", {
  id: text("id").primaryKey(),
  host: text("host").notNull(),
  pid: integer("pid").notNull(),
  startedAt: moment("started_at").notNull(),
  /** Real database time. */
  seenAt: moment("seen_at").notNull(),
  stoppingAt: moment("stopping_at"),
});

/** One check of the invariants over the whole practice: once a day, and when an administrator asks for it. */
export const invariantChecks = pgTable(
  "invariant_checks",
  {
    id: id(),
    /** Who asked for it; null for the worker's daily one. */
    askedBy: text("asked_by"),
    askedAt: moment("asked_at").notNull().default(sql`app.now()`),
    startedAt: moment("started_at"),
    endedAt: moment("ended_at"),
    /** What was found broken, an empty list where all hold; null until it ended. */
    broken: jsonb("broken").$type<readonly BrokenInvariant[]>(),
    error: text("error"),
  },
  (t) => [index("invariant_checks_asked_idx").on(t.askedAt)],
);

/** How far the package had been read when the invariants were last checked: reading never goes back behind it. */
export const readingMarks = pgTable(
  "reading_marks",
  {
    connectionId: uuid("connection_id")
      .notNull()
      .references(() => connections.id, { onDelete: "cascade" }),
    clientId: client(),
    tenantId: text("tenant_id").notNull(),
    stream: text("stream").notNull(),
    asOf: moment("as_of"),
  },
  (t) => [primaryKey({ columns: [t.connectionId, t.stream] }), clientPolicy()],
);

/** One rule of the posting protocol that does not hold, with what broke it. */
export interface BrokenInvariant {
  /** `I1` to `I13`. */
  readonly id: string;
  readonly rule: string;
  readonly count: number;
  /** The ids of the clients that it concerns; absent in checks that were made before it was kept. */
  readonly clients?: readonly string[];
  /** The first of them, in words: client, record and what is wrong. */
  readonly rows: readonly { readonly client: string | null; readonly subject: string; readonly detail: string }[];
}

/** The one clock: virtual now = virtual_at + (real now - real_at) * scale. No row: real time. */
export const clock = pgTable(
  "clock",
  {
    id: integer("id").primaryKey().default(1),
    realAt: moment("real_at").notNull(),
    virtualAt: moment("virtual_at").notNull(),
    scale: doublePrecision("scale").notNull(),
  },
  () => [check("clock_one_row", sql`id = 1`)],
);

/**
 * The database instance that was seen last. Another start of the server, or another place of this very table in it, may be another instance:
 * where a backup was gone back to, the package holds what was sent after it was taken.
 */
export const serverStart = pgTable(
  "server_start",
  {
    id: integer("id").primaryKey().default(1),
    /** The server's own words for it: real time. */
    startedAt: moment("started_at").notNull(),
    /** Database and file in which this table lies: what a dump is loaded into is another, be it on a server that runs all the while. */
    place: text("place").notNull(),
    /** When that instance was first seen, on the one clock: before anything was sent from it. */
    seenAt: moment("seen_at").notNull(),
    /** Whether the data have known no other instance: no backup was ever restored. */
    first: boolean("first").notNull(),
  },
  () => [check("server_start_one_row", sql`id = 1`)],
);

export const practice = pgTable(
  "practice",
  {
    id: integer("id").primaryKey().default(1),
    name: text("name").notNull(),
    createdAt: createdAt(),
  },
  () => [check("practice_one_row", sql`id = 1`)],
);

/** Small settings of a person: grid columns, colour scheme. */
export const userSettings = pgTable(
  "user_settings",
  {
    userId: uuid("user_id").notNull(),
    key: text("key").notNull(),
    value: jsonb("value").$type<unknown>().notNull(),
  },
  (t) => [uniqueIndex("user_settings_key").on(t.userId, t.key)],
);

/**
 * One row where the practice is the demo, made with it and never without it: what may take its data away asks for it. It also says how
 * far the two clients are that show a practice at work.
 */
export const demoScene = pgTable(
  "demo_scene",
  {
    id: integer("id").primaryKey().default(1),
    /** Steps that are done, of `total`; no steps are counted before they have begun. */
    done: integer("done").notNull().default(0),
    total: integer("total").notNull().default(0),
    endedAt: moment("ended_at"),
    /** Why it stopped in the middle, for a reader; null while it goes on and once it has ended. */
    fault: text("fault"),
  },
  () => [check("demo_scene_one_row", sql`id = 1`)],
);
