import { sql } from "drizzle-orm";
import {
  bigint,
  bigserial,
  boolean,
  check,
  date,
  index,
  integer,
  json,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import type { LockChoice } from "#lib/model/lock-policy.ts";
import { POSTING_STATES } from "#lib/model/states.ts";
import { HELPER_KINDS, POSTING_KINDS, REF_FAMILIES } from "../../lib/common/records.ts";
import type { SyncErrorDetail } from "../../lib/errors/sync-error.ts";
import { connections } from "./clients.ts";
import { clientPolicy, createdAt, id, minor, moment } from "./columns.ts";
import { client, connection } from "./owners.ts";
import { bytea } from "./people.ts";

/** One difference between what we sent and what the package was seen to hold; both as a reader would see them. */
export interface Difference {
  readonly field: string;
  readonly ours: string;
  readonly theirs: string;
}

/** The record or its party is excluded, its kind does not sync, it is dated before the start, staff hold it, or it was voided before it was ever sent. */
export const WITHHELD_REASONS = ["excluded", "entity-off", "before-start", "on-hold", "void"] as const;
export type WithheldReason = (typeof WITHHELD_REASONS)[number];

/** The truth about every record on its way: one row per connection, record and revision. */
export const postings = pgTable(
  "postings",
  {
    id: id(),
    clientId: client(),
    connectionId: connection(),
    kind: text("kind", { enum: POSTING_KINDS }).notNull(),
    recordId: uuid("record_id").notNull(),
    revision: integer("revision").notNull(),
    /** The latest revision's row; older ones keep their history and stand in no panel. */
    current: boolean("current").notNull().default(true),
    state: text("state", { enum: POSTING_STATES }).notNull().default("pending"),
    panel: text("panel", { enum: ["pending", "exported", "errors", "aside"] })
      .notNull()
      .generatedAlwaysAs(
        sql`case when state = 'pending' and aside is not null then 'aside' when state in ('pending','queued','waiting','sending') then 'pending' when state in ('posted','confirmed','drifted','skipped') then 'exported' else 'errors' end`,
      ),
    /** Why a pending row stands in none of the three panels, counted and listed apart; null for most. */
    aside: text("aside", { enum: WITHHELD_REASONS }),
    /** Staff's own words, where one of them put it there, and who. */
    asideWhy: text("aside_why"),
    asideBy: text("aside_by"),
    /** Pre-check's verdict, beside the state: null until it ran. */
    precheck: text("precheck", { enum: ["ready", "warning", "blocked"] }),
    precheckCode: text("precheck_code"),
    precheckDetail: jsonb("precheck_detail").$type<SyncErrorDetail>(),
    errorCode: text("error_code"),
    errorDetail: jsonb("error_detail").$type<SyncErrorDetail>(),
    /** The run that moved it last, and its place among that run's members. */
    runId: uuid("run_id"),
    runPosition: integer("run_position"),
    /** Raised only when a key's answer is a proven refusal or a cached provider error. */
    generation: integer("generation").notNull().default(1),
    /** Transient tries since the last success or staff's retry. */
    tries: integer("tries").notNull().default(0),
    /** Not before. */
    retryAt: moment("retry_at"),
    mappingVersion: integer("mapping_version"),
    externalId: text("external_id"),
    /** While unknown: when the read-back may judge. */
    resolveAfter: moment("resolve_after"),
    unknownWhy: text("unknown_why"),
    /** The read-backs that found nothing so far. */
    absentLooks: integer("absent_looks").notNull().default(0),
    /**
     * The package holds it, and steps of its conversation are still to come: it is not exported before the last one, and nothing but
     * those steps moves it (`CONTINUED_MOVES`, and a trigger).
     */
    continued: boolean("continued").notNull().default(false),
    /** Ever been in a call whose outcome was not clear: a later refusal is then no proof of absence. */
    maybeSent: boolean("maybe_sent").notNull().default(false),
    sentAt: moment("sent_at"),
    postedAt: moment("posted_at"),
    confirmedAt: moment("confirmed_at"),
    /** When it entered Exported Successfully. */
    exportedAt: moment("exported_at"),
    exportedHow: text("exported_how", { enum: ["upload", "nightly", "marked", "linked"] }),
    exportedBy: text("exported_by"),
    /** Seen in the package as a draft: held there, never green. */
    heldAsDraft: boolean("held_as_draft").notNull().default(false),
    differences: jsonb("differences").$type<readonly Difference[]>(),
    /** What the package reckons itself and was seen to hold, beside what we expected: shown, and no difference. */
    noted: jsonb("noted").$type<readonly Difference[]>(),
    /** Somebody accepted what the package holds, though it differs: these very differences, and no later ones. */
    driftAcceptedAt: moment("drift_accepted_at"),
    driftAcceptedBy: text("drift_accepted_by"),
    /** What a person chose for this row alone while its date is locked; a later revision has none, and is asked about anew. */
    lockChoice: jsonb("lock_choice").$type<LockChoice>(),
    markReason: text("mark_reason"),
    changedSinceMarked: boolean("changed_since_marked").notNull().default(false),
    // What the grids show, sort and filter by, copied when the row is made.
    reference: text("reference").notNull(),
    party: text("party").notNull().default(""),
    issuedOn: date("issued_on").notNull(),
    currency: text("currency"),
    /** Signed: negative for credit notes. Null for contacts and products. */
    grossMinor: minor("gross_minor"),
    createdAt: createdAt(),
    changedAt: moment("changed_at").notNull().default(sql`app.now()`),
  },
  (t) => [
    uniqueIndex("postings_revision_key").on(t.connectionId, t.recordId, t.kind, t.revision),
    uniqueIndex("postings_current_key").on(t.connectionId, t.recordId, t.kind).where(sql`current`),
    // Serve the Export screen's panels, which page by (sort column, id) within client and panel; dates tie, so number orders within a date.
    index("postings_grid_idx").on(t.clientId, t.panel, t.issuedOn, t.reference, t.id).where(sql`current`),
    index("postings_gross_idx").on(t.clientId, t.panel, t.grossMinor, t.id).where(sql`current`),
    index("postings_party_idx").on(t.clientId, t.panel, t.party, t.id).where(sql`current`),
    index("postings_number_idx").on(t.clientId, t.panel, t.reference, t.id).where(sql`current`),
    index("postings_exported_idx").on(t.clientId, t.exportedAt, t.id).where(sql`current and panel = 'exported'`),
    index("postings_reference_idx").on(t.clientId, t.reference),
    index("postings_work_idx")
      .on(t.connectionId, t.state, t.kind, t.issuedOn, t.id)
      .where(sql`state in ('queued','sending','unknown','posted','held')`),
    // A handful of rows at any time: what /metrics counts.
    index("postings_unknown_idx").on(t.sentAt).where(sql`state = 'unknown'`),
    // A handful of rows at any time: what goes on before any new work.
    index("postings_continued_idx").on(t.connectionId, t.issuedOn, t.id).where(sql`continued`),
    index("postings_draft_idx").on(t.clientId).where(sql`current and held_as_draft`),
    index("postings_drifted_idx").on(t.clientId).where(sql`current and state = 'drifted'`),
    index("postings_run_idx").on(t.runId, t.state),
    index("postings_record_idx").on(t.recordId),
    check("postings_state_check", sql.raw(`state in (${POSTING_STATES.map((s) => `'${s}'`).join(",")})`)),
    clientPolicy(),
  ],
);

/** One remote call that may write: the intent stands here, committed, before a byte leaves. */
export const postingCalls = pgTable(
  "posting_calls",
  {
    id: id(),
    clientId: client(),
    connectionId: connection(),
    operation: text("operation").notNull(),
    /** The whole message as it is sent and, if need be, sent again: `json`, since `jsonb` would put its keys in another order. */
    message: json("message").$type<Record<string, unknown>>().notNull(),
    requestSha: text("request_sha").notNull(),
    idempotencyKey: text("idempotency_key"),
    /** What parts the calls of one conversation from others; null for a call that is a whole one. */
    conversationId: uuid("conversation_id"),
    /** Its place in the conversation, from 0. */
    step: integer("step").notNull().default(0),
    /** False for a read, kept because it shaped what was written after it, or proved something. */
    writes: boolean("writes").notNull().default(true),
    fence: bigint("fence", { mode: "bigint" }).notNull(),
    tokenVersion: integer("token_version"),
    createdAt: createdAt(),
    deadlineAt: moment("deadline_at").notNull(),
    /** Times the same bytes left under the same key. */
    sends: integer("sends").notNull().default(0),
    answeredAt: moment("answered_at"),
    status: integer("status"),
    answerHeaders: jsonb("answer_headers").$type<Record<string, string>>(),
    answer: bytea("answer"),
    bytesOut: integer("bytes_out").notNull().default(0),
    bytesIn: integer("bytes_in").notNull().default(0),
    outcome: text("outcome", { enum: ["answered", "not-sent", "unknown"] }),
    why: text("why"),
  },
  (t) => [
    index("posting_calls_connection_idx").on(t.connectionId, t.createdAt),
    index("posting_calls_key_idx").on(t.connectionId, t.idempotencyKey),
    index("posting_calls_conversation_idx").on(t.conversationId, t.step).where(sql`conversation_id is not null`),
    clientPolicy(),
  ],
);

/**
 * A conversation of several steps with the package about one posting: what it asks for, as it was when it began. A retry of a later step
 * goes on with it; a sending that begins anew takes the row over under a new id. A call that is a whole conversation has no row here.
 */
export const conversations = pgTable(
  "conversations",
  {
    id: id(),
    clientId: client(),
    connectionId: connection(),
    postingId: uuid("posting_id")
      .notNull()
      .references(() => postings.id),
    revision: integer("revision").notNull(),
    /** Of the connector's code that began it: older code leaves it alone. */
    version: integer("version").notNull(),
    /** The record in neutral words, with what was known of its accounts and tax rates: `json`, since `jsonb` would put its keys in another order. */
    ask: json("ask").$type<Record<string, unknown>>().notNull(),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex("conversations_posting_key").on(t.postingId, t.revision), clientPolicy()],
);

/** One posting, or one file of a document, in one call. */
export const postingAttempts = pgTable(
  "posting_attempts",
  {
    clientId: client(),
    callId: uuid("call_id")
      .notNull()
      .references(() => postingCalls.id, { onDelete: "cascade" }),
    /** Null for a file. */
    postingId: uuid("posting_id").references(() => postings.id),
    /** The file that the call puts to its document; null for a posting. No reference: what was sent of a file outlives it. */
    attachmentId: uuid("attachment_id"),
    /** From 0, in the call's order. */
    position: integer("position").notNull(),
    revision: integer("revision").notNull(),
    generation: integer("generation").notNull(),
    /** The run that it was asked for in, and the mapping that it was fixed with. */
    runId: uuid("run_id"),
    mappingVersion: integer("mapping_version"),
    /** The record in neutral words as it was sent, mappings resolved: what a later read is compared with. */
    sent: jsonb("sent").$type<Record<string, unknown>>().notNull(),
    outcome: text("outcome", { enum: ["accepted", "refused", "not-sent", "unknown", "found", "absent", "conflict"] }),
    externalId: text("external_id"),
    /** What a read showed, where one settled a step and not an answer: a `Sighting`. */
    seen: jsonb("seen").$type<Record<string, unknown>>(),
    errorCode: text("error_code"),
    errorDetail: jsonb("error_detail").$type<SyncErrorDetail>(),
    settledAt: moment("settled_at"),
  },
  (t) => [
    primaryKey({ columns: [t.callId, t.position] }),
    index("posting_attempts_posting_idx").on(t.postingId),
    // What a run sent, also where a later run has taken the row over.
    index("posting_attempts_run_idx").on(t.runId, t.postingId).where(sql`run_id is not null`),
    index("posting_attempts_attachment_idx").on(t.attachmentId).where(sql`attachment_id is not null`),
    // What was sent of a document's files, also of one that was taken back since.
    index("posting_attempts_file_idx").on(sql`(sent ->> 'documentId')`).where(sql`attachment_id is not null`),
    check("posting_attempts_subject", sql`num_nonnulls(posting_id, attachment_id) = 1`),
    clientPolicy(),
  ],
);

export const RECORD_EVENTS = [
  "revised",
  "marked",
  "unmarked",
  "withdrawn",
  "set-aside",
  "taken-up",
  "linked",
  "accepted",
  "drifted",
  "lock-policy",
  "lock-choice",
  "already-there",
] as const;
export type RecordEvent = (typeof RECORD_EVENTS)[number];

/**
 * What became of a record beside its calls: new revisions, marks, what was set aside or linked by hand. Triggers write it in the
 * transaction of the change itself, so that no way of making the change can leave it out.
 */
export const recordEvents = pgTable(
  "record_events",
  {
    id: bigserial("id", { mode: "bigint" }).primaryKey(),
    clientId: client(),
    recordId: uuid("record_id").notNull(),
    revision: integer("revision"),
    at: moment("at").notNull().default(sql`app.now()`),
    actor: text("actor").notNull(),
    what: text("what", { enum: RECORD_EVENTS }).notNull(),
    detail: jsonb("detail").$type<Record<string, unknown>>().notNull().default({}),
  },
  (t) => [index("record_events_record_idx").on(t.recordId, t.id), clientPolicy()],
);

/**
 * Our record and the package's id, unique both ways within each entity of the package. Which they are is the connector's word
 * (`entityOf`): a party that buys and sells is one contact in one package, and a customer and a vendor in another.
 */
export const externalRefs = pgTable(
  "external_refs",
  {
    id: id(),
    clientId: client(),
    connectionId: connection(),
    family: text("family", { enum: REF_FAMILIES }).notNull(),
    externalId: text("external_id").notNull(),
    recordId: uuid("record_id").notNull(),
    /** `customer` or `supplier` where the package keeps the two apart; empty where one stands for the whole family. */
    entity: text("entity", { enum: ["", "customer", "supplier"] })
      .notNull()
      .default(""),
    /** Our own record's id where a person said that it stands beside another of ours (the two were merged there); else empty. */
    beside: text("beside").notNull().default(""),
    version: text("version"),
    linkedAt: moment("linked_at").notNull().default(sql`app.now()`),
    linkedBy: text("linked_by").notNull(),
  },
  (t) => [
    uniqueIndex("external_refs_external_key").on(t.connectionId, t.family, t.externalId, t.entity, t.beside),
    uniqueIndex("external_refs_record_key").on(t.connectionId, t.family, t.recordId, t.entity),
    check("external_refs_beside", sql`${t.beside} in ('', ${t.recordId}::text)`),
    clientPolicy(),
  ],
);

/**
 * What a package must hold so that records of ours can name it, made there for us and shared by all that need it: the index makes one of
 * what two want at once. How it stands, its generation and its calls are its posting's, its id in the package a row of `external_refs`.
 */
export const packageHelpers = pgTable(
  "package_helpers",
  {
    id: id(),
    clientId: client(),
    connectionId: connection(),
    kind: text("kind", { enum: HELPER_KINDS }).notNull(),
    /** What it stands for: an item's account, by the package's id. */
    key: text("key").notNull(),
    /** What it is called there; kept as it was chosen, whatever the account is called later. */
    name: text("name").notNull(),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex("package_helpers_key").on(t.connectionId, t.kind, t.key), clientPolicy()],
);

export const OFFER_STATES = ["open", "linked", "seen", "create", "none"] as const;
export type OfferState = (typeof OFFER_STATES)[number];

/** What of the package's record makes it likely that it is ours, and what speaks against it. */
export const OFFER_REASONS = ["name", "name-alike", "name-near", "number", "tax-number", "email"] as const;
export type OfferReason = (typeof OFFER_REASONS)[number];
export const OFFER_DOUBTS = ["archived", "merged", "tax-number", "taken", "several", "unlike"] as const;
export type OfferDoubt = (typeof OFFER_DOUBTS)[number];

/** A customer, supplier or product of the package that may be one of ours. */
export interface LinkCandidate {
  readonly externalId: string;
  readonly name: string;
  /** The number or code that it carries there. */
  readonly number: string | null;
  readonly email: string | null;
  readonly taxNumber: string | null;
  readonly status: "active" | "archived" | "merged";
  readonly reasons: readonly OfferReason[];
  readonly doubts: readonly OfferDoubt[];
  /** The more, the likelier; the list is in this order. */
  readonly weight: number;
}

/**
 * Records of the package that may be our customer, supplier or product: asked about before anything of ours is made there. `open`: nothing
 * of it is sent; `linked`: a person said which one it is, and a read has yet to see it; `seen`: it was read; `create`: a person said that it
 * is none of them; `none`: each one was ruled out, and nothing else is like it.
 */
export const linkOffers = pgTable(
  "link_offers",
  {
    id: id(),
    clientId: client(),
    connectionId: connection(),
    family: text("family", { enum: ["contact", "product"] }).notNull(),
    recordId: uuid("record_id").notNull(),
    /** `match`: ours is linked to nothing yet. `merge`: what it is linked to was merged into another there. */
    what: text("what", { enum: ["match", "merge"] }).notNull(),
    state: text("state", { enum: OFFER_STATES }).notNull().default("open"),
    /** One candidate, by its name and nothing against it, on both sides the only one: a person may take all of these at once. */
    sure: boolean("sure").notNull(),
    candidates: jsonb("candidates").$type<readonly LinkCandidate[]>().notNull(),
    /** What a person ruled out. */
    ruledOut: text("ruled_out").array().notNull().default(sql`'{}'`),
    /** The package's id that was chosen. */
    externalId: text("external_id"),
    createdAt: createdAt(),
    answeredBy: text("answered_by"),
    answeredAt: moment("answered_at"),
  },
  (t) => [
    uniqueIndex("link_offers_record_key").on(t.connectionId, t.family, t.recordId),
    index("link_offers_open_idx").on(t.connectionId, t.state).where(sql`state in ('open', 'linked')`),
    clientPolicy(),
  ],
);

export const LINK_CHOICES = ["cleared", "create"] as const;

/**
 * What a person decided about the link of a customer, supplier or product: it was cleared, or one is to be created in this organisation.
 * A link, however it is made, ends it: a trigger on `external_refs` sees to that.
 */
export const linkChoices = pgTable(
  "link_choices",
  {
    clientId: client(),
    connectionId: connection(),
    family: text("family", { enum: ["contact", "product"] }).notNull(),
    recordId: uuid("record_id").notNull(),
    choice: text("choice", { enum: LINK_CHOICES }).notNull(),
    /** The package's id that the record was linked to until then. */
    externalId: text("external_id"),
    actor: text("actor").notNull(),
    at: moment("at").notNull().default(sql`app.now()`),
  },
  (t) => [primaryKey({ columns: [t.connectionId, t.family, t.recordId] }), clientPolicy()],
);

/** Who works on a connection now. A higher fence makes every older holder's writes void. */
export const connectionLeases = pgTable(
  "connection_leases",
  {
    connectionId: uuid("connection_id")
      .primaryKey()
      .references(() => connections.id),
    clientId: client(),
    owner: text("owner"),
    fence: bigint("fence", { mode: "bigint" }).notNull().default(sql`0`),
    /** Real database time, not the one clock: it is about a process being alive. */
    until: moment("until"),
  },
  () => [clientPolicy()],
);
