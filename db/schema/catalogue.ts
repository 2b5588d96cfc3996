import { boolean, index, jsonb, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { clientPolicy, moment } from "./columns.ts";
import { client, connection } from "./owners.ts";

/** Accounts as the package gives them, bank accounts among them. */
export const packageAccounts = pgTable(
  "package_accounts",
  {
    clientId: client(),
    connectionId: connection(),
    externalId: text("external_id").notNull(),
    code: text("code"),
    name: text("name").notNull(),
    type: text("type").notNull(),
    class: text("class").notNull(),
    active: boolean("active").notNull(),
    isBank: boolean("is_bank").notNull(),
    takesPayments: boolean("takes_payments").notNull(),
    isSystem: boolean("is_system").notNull(),
    currency: text("currency"),
    /** The package names accounts on lines by their id: one without a code will do. */
    byId: boolean("by_id").notNull().default(false),
    /** What mappings above the client's name it by; null where that is its code. */
    matchKey: text("match_key"),
    seenAt: moment("seen_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.connectionId, t.externalId] }),
    index("package_accounts_code_idx").on(t.connectionId, t.code),
    clientPolicy(),
  ],
);

export const packageTaxRates = pgTable(
  "package_tax_rates",
  {
    clientId: client(),
    connectionId: connection(),
    externalId: text("external_id").notNull(),
    /** The package's own code, where that is not the id. */
    code: text("code"),
    name: text("name").notNull(),
    /** What it charges on a document, per cent, a decimal string; null where the package reckons it by more than the rate. */
    rate: text("rate"),
    /** What a line with it says besides, in the package's words. */
    attributes: jsonb("attributes").$type<Readonly<Record<string, string>>>(),
    /** Whether the package accounts for VAT that the document does not charge; null where it does not say. */
    selfAccounts: boolean("self_accounts"),
    /** How much of what it charges on a purchase the package reclaims; null where it charges nothing there or does not say. */
    recovers: text("recovers", { enum: ["all", "part", "nothing"] }),
    active: boolean("active").notNull(),
    appliesTo: text("applies_to").array().notNull(),
    seenAt: moment("seen_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.connectionId, t.externalId] }), clientPolicy()],
);
