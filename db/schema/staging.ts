import { sql } from "drizzle-orm";
import { bigint, boolean, date, index, integer, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { DOCUMENT_KINDS } from "../../lib/common/records.ts";
import { clientPolicy, minor } from "./columns.ts";
import { bytea } from "./people.ts";

// Unlogged (see the migration that makes them) and without foreign keys: they hold one upload between its preview and its commit,
// a million rows at a time, and can be made again from the file.

/** One line of an uploaded file, understood. Amounts and quantities are signed as the file has them. */
export const importLines = pgTable(
  "import_lines",
  {
    clientId: uuid("client_id").notNull(),
    importId: uuid("import_id").notNull(),
    lineNumber: integer("line_number").notNull(),
    kind: text("kind", { enum: DOCUMENT_KINDS }).notNull(),
    reference: text("reference").notNull(),
    /** What every line of a document must agree on, parted by U+001F: number, date, due date, currency, contact, country. */
    head: text("head").notNull(),
    /** The rest, parted by U+001F: product, description, quantity, unit price, nominal code, tax code. */
    content: text("content").notNull(),
    netMinor: minor("net_minor").notNull(),
    taxMinor: minor("tax_minor").notNull(),
    /** 128 bits of SHA-256 over content and amounts: their sums over a document say whether its lines changed, in whatever order. */
    hashA: bigint("hash_a", { mode: "bigint" }).notNull(),
    hashB: bigint("hash_b", { mode: "bigint" }).notNull(),
    /** The same with quantity and amounts turned round, for lines that may belong to a credit note. */
    turnedA: bigint("turned_a", { mode: "bigint" }),
    turnedB: bigint("turned_b", { mode: "bigint" }),
    contactName: text("contact_name"),
    contactEmail: text("contact_email"),
    /** Why the line becomes no document; null for all others. */
    setAside: text("set_aside"),
    /**
     * What the file says of the whole document on this line, parted by U+001F: net, tax and gross of the document, tax by the code's rate,
     * whether the tax is the file's, by how much the net may be off, whether a discount is unproven, then columns that no profile knows.
     */
    said: text("said"),
    /** The line's fields as the file has them, a JSON array in the order of its headers; kept where it may be set aside. */
    raw: text("raw"),
  },
  (t) => [
    primaryKey({ columns: [t.importId, t.lineNumber] }),
    index("import_lines_set_aside_idx").on(t.importId).where(sql`set_aside is not null`),
    clientPolicy(),
  ],
);

/** One document of an uploaded file, put together from its lines. Amounts are positive, for credit notes too. */
export const importDocuments = pgTable(
  "import_documents",
  {
    clientId: uuid("client_id").notNull(),
    importId: uuid("import_id").notNull(),
    /** The kind of its lines, by which they are found again; `kind` is what it turned out to be. */
    lineKind: text("line_kind", { enum: DOCUMENT_KINDS }).notNull(),
    kind: text("kind", { enum: DOCUMENT_KINDS }).notNull(),
    reference: text("reference").notNull(),
    number: text("number").notNull(),
    firstLine: integer("first_line").notNull(),
    lastLine: integer("last_line").notNull(),
    lineCount: integer("line_count").notNull(),
    issuedOn: date("issued_on").notNull(),
    dueOn: date("due_on").notNull(),
    currency: text("currency").notNull(),
    contactReference: text("contact_reference").notNull(),
    contactName: text("contact_name"),
    contactEmail: text("contact_email"),
    country: text("country"),
    /** -1 where the file's amounts are turned round. */
    sign: integer("sign").notNull(),
    netMinor: minor("net_minor").notNull(),
    taxMinor: minor("tax_minor").notNull(),
    /** Its lines disagree about date, contact or another field of its head. */
    headsDiffer: boolean("heads_differ").notNull(),
    contentSha: text("content_sha").notNull(),
    setAside: text("set_aside"),
    /** Against the client's records when it was last looked: null for what is set aside. */
    action: text("action", { enum: ["new", "amended", "unchanged"] }),
    /** The client's own document, or the id that the new one gets. */
    documentId: uuid("document_id").notNull(),
    /** As on documents; `keptAs` is the reference there, where it is another than the lines' own. */
    sourceId: text("source_id"),
    againOf: text("again_of"),
    keptAs: text("kept_as"),
  },
  (t) => [primaryKey({ columns: [t.importId, t.firstLine] }), clientPolicy()],
);

/** One fault of an uploaded file: while there is one, nothing of the file can be committed. */
export const importFaults = pgTable(
  "import_faults",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    clientId: uuid("client_id").notNull(),
    importId: uuid("import_id").notNull(),
    /** 0 for the file as a whole. */
    lineNumber: integer("line_number").notNull(),
    field: text("field").notNull(),
    value: text("value").notNull(),
    rule: text("rule").notNull(),
    fixer: text("fixer", { enum: ["operations", "bookkeeper"] }).notNull(),
    /** The catalogue's code, of a fault that it explains. */
    code: text("code"),
  },
  (t) => [index("import_faults_grid_idx").on(t.importId, t.lineNumber, t.id), clientPolicy()],
);

/** The bytes of an uploaded file, a compressed piece a row: kept while it may have to be read again, and gone with its staged lines. */
export const importBytes = pgTable(
  "import_bytes",
  {
    clientId: uuid("client_id").notNull(),
    importId: uuid("import_id").notNull(),
    /** In order, from 0. */
    piece: integer("piece").notNull(),
    /** Zstandard, each piece by itself. */
    packed: bytea("packed").notNull(),
  },
  (t) => [primaryKey({ columns: [t.importId, t.piece] }), clientPolicy()],
);
