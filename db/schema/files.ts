import { sql } from "drizzle-orm";
import { check, index, integer, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { clientPolicy, createdAt, id, moment } from "./columns.ts";
import { client, connection } from "./owners.ts";
import { bytea } from "./people.ts";
import { postingCalls } from "./postings.ts";

/**
 * `ready`: nobody has it yet. `handed`: a person downloaded it, and may import it at any time.
 * `answered`: a person said what came of its import. `taken-back`: it is not to be imported.
 */
export const BATCH_FILE_STATES = ["ready", "handed", "answered", "taken-back"] as const;
export type BatchFileState = (typeof BATCH_FILE_STATES)[number];

/**
 * A file for a package that takes files: what one call is elsewhere. Its rows, the bytes as they were asked for and the answer are
 * its call's; what stands here is the file as a person has it, and who did what with it.
 */
export const batchFiles = pgTable(
  "batch_files",
  {
    id: id(),
    clientId: client(),
    connectionId: connection(),
    /** From 1, within the connection. */
    number: integer("number").notNull(),
    callId: uuid("call_id")
      .notNull()
      .references(() => postingCalls.id),
    state: text("state", { enum: BATCH_FILE_STATES }).notNull().default("ready"),
    fileName: text("file_name").notNull(),
    mediaType: text("media_type").notNull(),
    /** Made once: every download has these. */
    bytes: bytea("bytes").notNull(),
    sha256: text("sha256").notNull(),
    records: integer("records").notNull(),
    createdAt: createdAt(),
    /** The first download. */
    handedAt: moment("handed_at"),
    handedBy: text("handed_by"),
    /** Downloads in all. */
    handOuts: integer("hand_outs").notNull().default(0),
    answeredAt: moment("answered_at"),
    answeredBy: text("answered_by"),
    /** When a worker had moved its rows by the answer. */
    appliedAt: moment("applied_at"),
    takenBackAt: moment("taken_back_at"),
    takenBackBy: text("taken_back_by"),
  },
  (t) => [
    uniqueIndex("batch_files_number_key").on(t.connectionId, t.number),
    uniqueIndex("batch_files_call_key").on(t.callId),
    index("batch_files_unapplied_idx").on(t.connectionId).where(sql`state = 'answered' and applied_at is null`),
    check("batch_files_state_check", sql.raw(`state in (${BATCH_FILE_STATES.map((s) => `'${s}'`).join(",")})`)),
    check("batch_files_handed_check", sql`(handed_at is null) = (hand_outs = 0)`),
    check("batch_files_answered_check", sql`(state <> 'answered' or (handed_at is not null and answered_at is not null))`),
    clientPolicy(),
  ],
);

/** What a person exported from the package, for us to see what it holds. */
export const readBacks = pgTable(
  "read_backs",
  {
    id: id(),
    clientId: client(),
    connectionId: connection(),
    fileName: text("file_name").notNull(),
    bytes: bytea("bytes").notNull(),
    sha256: text("sha256").notNull(),
    createdAt: createdAt(),
    uploadedBy: text("uploaded_by").notNull(),
    /** When a worker had read it. */
    workedAt: moment("worked_at"),
    /** Rows of ours that it showed. */
    seen: integer("seen"),
  },
  (t) => [
    uniqueIndex("read_backs_content_key").on(t.connectionId, t.sha256),
    index("read_backs_unworked_idx").on(t.connectionId).where(sql`worked_at is null`),
    clientPolicy(),
  ],
);
