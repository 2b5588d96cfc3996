import { sql } from "drizzle-orm";
import { check, index, integer, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { clients } from "./clients.ts";
import { createdAt, id, moment, sharedPolicies } from "./columns.ts";

export const MAPPING_LEVELS = ["master", "practice", "client"] as const;
export const MAPPING_ROW_KINDS = ["nominal", "tax", "bank"] as const;
/** Which documents a row of a tax code is for; `""` is both sides, and every row of another kind. */
export const MAPPING_ROW_SIDES = ["", "sales", "purchase"] as const;

/** One set per level and owner; a client resolves client, then practice, then master. */
export const mappingSets = pgTable(
  "mapping_sets",
  {
    id: id(),
    /** Null for master and practice sets. */
    clientId: uuid("client_id").references(() => clients.id),
    level: text("level", { enum: MAPPING_LEVELS }).notNull(),
    purpose: text("purpose", { enum: ["posting", "accounts-production"] }).notNull(),
    package: text("package").notNull(),
    name: text("name").notNull(),
    /** Grows with every save. */
    version: integer("version").notNull().default(1),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex("mapping_sets_owner_key").on(
      t.level,
      t.purpose,
      t.package,
      sql`coalesce(client_id, '00000000-0000-0000-0000-000000000000'::uuid)`,
    ),
    check("mapping_sets_level_check", sql`(level = 'client') = (client_id is not null)`),
    ...sharedPolicies(),
  ],
);

/** One of our codes to one target in the package. Master and practice rows name the target by code, a client's own by id. */
export const mappingRows = pgTable(
  "mapping_rows",
  {
    id: id(),
    setId: uuid("set_id")
      .notNull()
      .references(() => mappingSets.id, { onDelete: "cascade" }),
    clientId: uuid("client_id").references(() => clients.id),
    kind: text("kind", { enum: MAPPING_ROW_KINDS }).notNull(),
    /** Our nominal code or tax code; for `bank`, our bank nominal. */
    sourceCode: text("source_code").notNull(),
    /** A package's tax rate is often for sales or for purchases alone: a tax code that stands on both needs a target for each. */
    side: text("side", { enum: MAPPING_ROW_SIDES }).notNull().default(""),
    targetExternalId: text("target_external_id"),
    targetCode: text("target_code"),
    savedAt: moment("saved_at").notNull().default(sql`app.now()`),
    savedBy: text("saved_by").notNull(),
  },
  (t) => [
    uniqueIndex("mapping_rows_source_key").on(t.setId, t.kind, t.sourceCode, t.side),
    index("mapping_rows_client_idx").on(t.clientId, t.kind),
    check("mapping_rows_side_check", sql`side = '' or (kind = 'tax' and side in ('sales', 'purchase'))`),
    check("mapping_rows_target_check", sql`target_external_id is not null or target_code is not null`),
    ...sharedPolicies(),
  ],
);
