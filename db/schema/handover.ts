import { sql } from "drizzle-orm";
import { index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { clientPolicy, createdAt, id, moment } from "./columns.ts";
import { client } from "./owners.ts";

export const HANDED = ["link", "payment"] as const;
export type Handed = (typeof HANDED)[number];

/** A file for the operational system: its rows are fixed when it is made, and offered until it is acknowledged. */
export const handoverFiles = pgTable(
  "handover_files",
  {
    id: id(),
    clientId: client(),
    /** From 1, within the client. */
    number: integer("number").notNull(),
    rowCount: integer("row_count").notNull(),
    /** SHA-256 of the file's bytes, hex. */
    sha256: text("sha256").notNull(),
    createdAt: createdAt(),
    createdBy: text("created_by").notNull(),
    acknowledgedAt: moment("acknowledged_at"),
    acknowledgedBy: text("acknowledged_by"),
  },
  (t) => [
    uniqueIndex("handover_files_number_key").on(t.clientId, t.number),
    uniqueIndex("handover_files_one_open_key").on(t.clientId).where(sql`acknowledged_at is null`),
    clientPolicy(),
  ],
);

export const handoverRows = pgTable(
  "handover_rows",
  {
    clientId: client(),
    fileId: uuid("file_id")
      .notNull()
      .references(() => handoverFiles.id, { onDelete: "cascade" }),
    /** The file's number, so that a subject's latest row is one step in the index. */
    fileNumber: integer("file_number").notNull(),
    position: integer("position").notNull(),
    what: text("what", { enum: HANDED }).notNull(),
    /** The record that is linked, or the payment's allocation. */
    subjectId: uuid("subject_id").notNull(),
    data: jsonb("data").$type<Readonly<Record<string, string | null>>>().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.fileId, t.position] }),
    index("handover_rows_subject_idx").on(t.clientId, t.what, t.subjectId, t.fileNumber),
    clientPolicy(),
  ],
);
