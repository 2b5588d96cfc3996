import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  date,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { DOCUMENT_KINDS } from "../../lib/common/records.ts";
import { TAX_KINDS, TAX_SIDES } from "../../lib/tax/kinds.ts";
import { clients } from "./clients.ts";
import { byBytes, clientPolicy, createdAt, folded, id, minor, moment, sharedPolicies } from "./columns.ts";
import { client } from "./owners.ts";
import { bytea } from "./people.ts";

export const NOMINAL_KINDS = ["sales", "purchase", "bank", "control", "stock", "cost-of-sale", "tax", "other"] as const;
export type NominalKind = (typeof NOMINAL_KINDS)[number];

/** The operational system's own chart. */
export const nominalCodes = pgTable(
  "nominal_codes",
  {
    id: id(),
    clientId: client(),
    code: text("code").notNull(),
    name: text("name").notNull(),
    kind: text("kind", { enum: NOMINAL_KINDS }).notNull(),
  },
  (t) => [uniqueIndex("nominal_codes_code_key").on(t.clientId, t.code), clientPolicy()],
);

export const taxCodes = pgTable(
  "tax_codes",
  {
    id: id(),
    clientId: client(),
    code: text("code").notNull(),
    name: text("name").notNull(),
    /** Per cent, a decimal string. */
    rate: text("rate").notNull(),
    /** What kind of code it is (`lib/tax/kinds.ts`), and on which side it stands; null until somebody, or a file, has said so. */
    kind: text("kind", { enum: TAX_KINDS }),
    side: text("side", { enum: TAX_SIDES }),
    saidAt: moment("said_at"),
    saidBy: text("said_by"),
    /** The code that stands for this one from a day on, where the rate was changed: by a line's tax point. */
    followedBy: text("followed_by"),
    followedFrom: date("followed_from"),
  },
  (t) => [uniqueIndex("tax_codes_code_key").on(t.clientId, t.code), clientPolicy()],
);

/**
 * The tax code that a line takes which brings none: the client's default, a contact's own, and what a contact abroad was said to take
 * whatever it buys or sells. Products and groups bear their own. By the contact's reference: a file may name one that is not here yet.
 */
export const taxLevels = pgTable(
  "tax_levels",
  {
    clientId: client(),
    level: text("level", { enum: ["default", "contact", "abroad"] }).notNull(),
    /** The contact's reference; blank for the default. */
    subject: text("subject").notNull().default(""),
    side: text("side", { enum: ["sales", "purchase"] }).notNull(),
    /** Null, of one abroad: taken as at home, by the other levels. */
    taxCode: text("tax_code"),
    saidAt: moment("said_at").notNull().default(sql`app.now()`),
    saidBy: text("said_by").notNull(),
  },
  (t) => [primaryKey({ columns: [t.clientId, t.level, t.subject, t.side] }), clientPolicy()],
);

export const contacts = pgTable(
  "contacts",
  {
    id: id(),
    clientId: client(),
    /** The operational system's own number. */
    reference: text("reference").notNull(),
    name: text("name").notNull(),
    email: text("email"),
    country: text("country"),
    /** VAT or other tax number: what tells two of one name apart. */
    taxNumber: text("tax_number"),
    isCustomer: boolean("is_customer").notNull().default(false),
    isSupplier: boolean("is_supplier").notNull().default(false),
    /** An account customer is billed and pays later; a cash customer pays at once (counter sales). */
    terms: text("terms", { enum: ["account", "cash"] })
      .notNull()
      .default("account"),
    /** "Exclude from Accounting Integration". The console's own field: no upload touches it. */
    excluded: boolean("excluded").notNull().default(false),
    revision: integer("revision").notNull().default(1),
    contentSha: text("content_sha").notNull(),
    importId: uuid("import_id"),
    createdAt: createdAt(),
    changedAt: moment("changed_at").notNull().default(sql`app.now()`),
    nameFolded: folded("name"),
    referenceFolded: folded("reference"),
  },
  (t) => [
    uniqueIndex("contacts_reference_key").on(t.clientId, t.reference),
    // Serve the lists of customers and suppliers, and the search by the beginning of a name or number.
    index("contacts_name_idx").on(t.clientId, byBytes(t.nameFolded), t.id),
    index("contacts_number_idx").on(t.clientId, byBytes(t.referenceFolded), t.id),
    clientPolicy(),
  ],
);

/** Products of one group share its nominal codes and tax code. */
export const productGroups = pgTable(
  "product_groups",
  {
    id: id(),
    clientId: client(),
    code: text("code").notNull(),
    name: text("name").notNull(),
    salesNominalCode: text("sales_nominal_code"),
    purchaseNominalCode: text("purchase_nominal_code"),
    taxCode: text("tax_code"),
  },
  (t) => [uniqueIndex("product_groups_code_key").on(t.clientId, t.code), clientPolicy()],
);

export const products = pgTable(
  "products",
  {
    id: id(),
    clientId: client(),
    /** The stock code. */
    reference: text("reference").notNull(),
    name: text("name").notNull(),
    description: text("description"),
    groupId: uuid("group_id").references(() => productGroups.id),
    salesNominalCode: text("sales_nominal_code"),
    purchaseNominalCode: text("purchase_nominal_code"),
    /** Kept and shown, and used in no posting. */
    stockNominalCode: text("stock_nominal_code"),
    taxCode: text("tax_code"),
    excluded: boolean("excluded").notNull().default(false),
    revision: integer("revision").notNull().default(1),
    contentSha: text("content_sha").notNull(),
    importId: uuid("import_id"),
    createdAt: createdAt(),
    changedAt: moment("changed_at").notNull().default(sql`app.now()`),
    nameFolded: folded("name"),
    referenceFolded: folded("reference"),
  },
  (t) => [
    uniqueIndex("products_reference_key").on(t.clientId, t.reference),
    // Serve the list of products and the search.
    index("products_code_idx").on(t.clientId, byBytes(t.referenceFolded), t.id),
    index("products_name_idx").on(t.clientId, byBytes(t.nameFolded), t.id),
    clientPolicy(),
  ],
);

/** Sales invoices, bills and both credit notes, in their latest revision. Amounts are positive, for credit notes too. */
export const documents = pgTable(
  "documents",
  {
    id: id(),
    // No foreign key: the contact's, and the policy that lets no row of another client in, say the same.
    clientId: uuid("client_id").notNull(),
    kind: text("kind", { enum: DOCUMENT_KINDS }).notNull(),
    /** The operational system's own reference, unique within client and kind; for sales it is the number. */
    reference: text("reference").notNull(),
    /** The number printed on it. */
    number: text("number").notNull(),
    /** The operational system's own id of the record, where its files name one: it stays when everything else changes. */
    sourceId: text("source_id"),
    /** The reference that an earlier document has already, where somebody said that this one is another under the same number. */
    againOf: text("again_of"),
    contactId: uuid("contact_id")
      .notNull()
      .references(() => contacts.id),
    issuedOn: date("issued_on").notNull(),
    dueOn: date("due_on").notNull(),
    currency: text("currency").notNull(),
    netMinor: minor("net_minor").notNull(),
    taxMinor: minor("tax_minor").notNull(),
    grossMinor: minor("gross_minor").notNull(),
    /** Paid or credited so far, by allocations. */
    paidMinor: minor("paid_minor").notNull().default(sql`0`),
    /** Settled in the package by other means than payments, as last read there: credit note, overpayment, prepayment or write-off. */
    settledMinor: minor("settled_minor").notNull().default(sql`0`),
    /** What is open on it in the package, as last read; null where it was not read, or is a draft or ended there. */
    thereMinor: minor("there_minor"),
    country: text("country"),
    status: text("status", { enum: ["open", "void"] })
      .notNull()
      .default("open"),
    revision: integer("revision").notNull().default(1),
    contentSha: text("content_sha").notNull(),
    importId: uuid("import_id"),
    createdAt: createdAt(),
    changedAt: moment("changed_at").notNull().default(sql`app.now()`),
    numberFolded: folded("number"),
  },
  (t) => [
    uniqueIndex("documents_reference_key").on(t.clientId, t.kind, t.reference),
    uniqueIndex("documents_source_id_key").on(t.clientId, t.kind, t.sourceId).where(sql`source_id is not null`),
    // Serves files that name a number again which several documents have.
    index("documents_again_of_idx").on(t.clientId, t.kind, t.againOf).where(sql`again_of is not null`),
    // Serves the Documents list, which pages by (issued_on, id).
    index("documents_grid_idx").on(t.clientId, t.issuedOn, t.id),
    index("documents_number_idx").on(t.clientId, byBytes(t.numberFolded), t.id),
    index("documents_gross_idx").on(t.clientId, t.grossMinor, t.id),
    index("documents_contact_idx").on(t.contactId),
    // Serves what is open here and there by different amounts: few, whatever there is beside them.
    index("documents_apart_idx")
      .on(t.clientId)
      .where(sql`status = 'open' and there_minor <> gross_minor - paid_minor - settled_minor`),
    check("documents_adds_up", sql`gross_minor = net_minor + tax_minor`),
    clientPolicy(),
  ],
);

/** Lines of every revision: a posting under way still needs those of its own. */
export const documentLines = pgTable(
  "document_lines",
  {
    // No foreign keys: lines are written by the statement that joins them to their document and its products, and each key costs a look-up
    // for every one of a million lines, a third of all that writing them costs.
    clientId: uuid("client_id").notNull(),
    documentId: uuid("document_id").notNull(),
    revision: integer("revision").notNull(),
    /** From 1. */
    position: integer("position").notNull(),
    productId: uuid("product_id"),
    description: text("description").notNull(),
    /** Decimal strings. */
    quantity: text("quantity").notNull(),
    unitPrice: text("unit_price").notNull(),
    netMinor: minor("net_minor").notNull(),
    taxMinor: minor("tax_minor").notNull(),
    nominalCode: text("nominal_code").notNull(),
    taxCode: text("tax_code").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.documentId, t.revision, t.position] }),
    // Which codes are in use is found by stepping from pair to pair, however many lines have each.
    index("document_lines_codes_idx").on(t.clientId, t.nominalCode, t.taxCode),
    index("document_lines_product_idx").on(t.productId),
    clientPolicy(),
  ],
);

/** The head of a revision that a later one replaced: what a posting of that revision was made from. */
export const documentRevisions = pgTable(
  "document_revisions",
  {
    clientId: client(),
    documentId: uuid("document_id")
      .notNull()
      .references(() => documents.id, { onDelete: "cascade" }),
    revision: integer("revision").notNull(),
    number: text("number").notNull(),
    contactId: uuid("contact_id").notNull(),
    issuedOn: date("issued_on").notNull(),
    dueOn: date("due_on").notNull(),
    currency: text("currency").notNull(),
    netMinor: minor("net_minor").notNull(),
    taxMinor: minor("tax_minor").notNull(),
    grossMinor: minor("gross_minor").notNull(),
    status: text("status", { enum: ["open", "void"] })
      .notNull()
      .default("open"),
    contentSha: text("content_sha"),
    /** The file that brought this revision. */
    importId: uuid("import_id"),
    replacedAt: moment("replaced_at").notNull().default(sql`app.now()`),
  },
  (t) => [primaryKey({ columns: [t.documentId, t.revision] }), clientPolicy()],
);

/** Money received or paid. One that came from the package is born linked and is never pending for export. */
export const payments = pgTable(
  "payments",
  {
    id: id(),
    clientId: client(),
    kind: text("kind", { enum: ["receipt", "payment-out", "sales-refund", "purchase-refund"] }).notNull(),
    origin: text("origin", { enum: ["package", "operational"] }).notNull(),
    contactId: uuid("contact_id").references(() => contacts.id),
    /** Our own bank nominal, by the bank mapping. */
    bankNominalCode: text("bank_nominal_code").notNull(),
    paidOn: date("paid_on").notNull(),
    reference: text("reference"),
    currency: text("currency").notNull(),
    amountMinor: minor("amount_minor").notNull(),
    /** What moved on the bank nominal, where the package's bank account is in another currency than the payment. */
    bankAmountMinor: minor("bank_amount_minor"),
    bankCurrency: text("bank_currency"),
    status: text("status", { enum: ["live", "deleted"] })
      .notNull()
      .default("live"),
    /** The operational system's own reference; null for one that came from the package. */
    recordReference: text("record_reference"),
    revision: integer("revision").notNull().default(1),
    contentSha: text("content_sha"),
    importId: uuid("import_id"),
    /** The run that created it from the package's payment; null for one that did not come so. */
    runId: uuid("run_id"),
    createdAt: createdAt(),
    createdBy: text("created_by").notNull(),
    changedAt: moment("changed_at").notNull().default(sql`app.now()`),
    referenceFolded: folded("reference"),
  },
  (t) => [
    index("payments_run_idx").on(t.runId).where(sql`run_id is not null`),
    uniqueIndex("payments_reference_key").on(t.clientId, t.recordReference),
    index("payments_grid_idx").on(t.clientId, t.paidOn, t.id),
    index("payments_contact_idx").on(t.contactId),
    index("payments_find_idx").on(t.clientId, byBytes(t.referenceFolded), t.id),
    index("payments_amount_idx").on(t.clientId, t.amountMinor, t.id),
    clientPolicy(),
  ],
);

export const allocations = pgTable(
  "allocations",
  {
    id: id(),
    clientId: client(),
    paymentId: uuid("payment_id")
      .notNull()
      .references(() => payments.id, { onDelete: "cascade" }),
    documentId: uuid("document_id")
      .notNull()
      .references(() => documents.id),
    amountMinor: minor("amount_minor").notNull(),
    createdAt: createdAt(),
  },
  (t) => [index("allocations_payment_idx").on(t.paymentId), index("allocations_document_idx").on(t.documentId), clientPolicy()],
);

/** A journal in its latest revision; its lines add up to nil. */
export const journals = pgTable(
  "journals",
  {
    id: id(),
    clientId: client(),
    /** The operational system's own reference. */
    reference: text("reference").notNull(),
    narration: text("narration").notNull(),
    journalOn: date("journal_on").notNull(),
    currency: text("currency").notNull(),
    /** The sum of its debits. */
    debitMinor: minor("debit_minor").notNull(),
    status: text("status", { enum: ["open", "void"] })
      .notNull()
      .default("open"),
    revision: integer("revision").notNull().default(1),
    contentSha: text("content_sha").notNull(),
    importId: uuid("import_id"),
    createdAt: createdAt(),
    createdBy: text("created_by").notNull(),
    changedAt: moment("changed_at").notNull().default(sql`app.now()`),
  },
  (t) => [
    uniqueIndex("journals_reference_key").on(t.clientId, t.reference),
    index("journals_grid_idx").on(t.clientId, t.journalOn, t.id),
    clientPolicy(),
  ],
);

/** Lines of every revision of a journal. */
export const journalLines = pgTable(
  "journal_lines",
  {
    clientId: client(),
    journalId: uuid("journal_id")
      .notNull()
      .references(() => journals.id, { onDelete: "cascade" }),
    revision: integer("revision").notNull(),
    /** From 1. */
    position: integer("position").notNull(),
    description: text("description").notNull(),
    nominalCode: text("nominal_code").notNull(),
    taxCode: text("tax_code"),
    /** A debit is positive, a credit negative. */
    amountMinor: minor("amount_minor").notNull(),
  },
  (t) => [primaryKey({ columns: [t.journalId, t.revision, t.position] }), clientPolicy()],
);

/** A file (PDF, image) that belongs to a document; it follows the document into the package, and never holds it up. */
export const attachments = pgTable(
  "attachments",
  {
    id: id(),
    clientId: client(),
    documentId: uuid("document_id")
      .notNull()
      .references(() => documents.id, { onDelete: "cascade" }),
    fileName: text("file_name").notNull(),
    mediaType: text("media_type").notNull(),
    sha256: text("sha256").notNull(),
    bytes: integer("bytes").notNull(),
    content: bytea("content").notNull(),
    createdBy: text("created_by").notNull(),
    createdAt: createdAt(),
    /** On its way to the package: waiting for its document, there, or refused with the reason. */
    state: text("state", { enum: ["waiting", "sent", "failed"] })
      .notNull()
      .default("waiting"),
    externalId: text("external_id"),
    errorCode: text("error_code"),
    errorDetail: jsonb("error_detail").$type<Record<string, unknown>>(),
    /** Calls since the file was added, or somebody had it tried again. */
    tries: integer("tries").notNull().default(0),
    /** Rises when a call was refused or proved to have left nothing behind: the next one is another, under another key. */
    generation: integer("generation").notNull().default(1),
    sentAt: moment("sent_at"),
  },
  (t) => [
    uniqueIndex("attachments_content_key").on(t.documentId, t.fileName, t.sha256),
    index("attachments_waiting_idx").on(t.clientId).where(sql`state = 'waiting'`),
    clientPolicy(),
  ],
);

/** How a file's columns make documents: ships with the product (no client) or is a client's own. */
export const importProfiles = pgTable(
  "import_profiles",
  {
    id: id(),
    clientId: uuid("client_id").references(() => clients.id),
    name: text("name").notNull(),
    title: text("title").notNull(),
    definition: jsonb("definition").$type<Record<string, unknown>>().notNull(),
    version: integer("version").notNull().default(1),
  },
  (t) => [uniqueIndex("import_profiles_name_key").on(t.clientId, t.name), ...sharedPolicies()],
);

/** `asks`: read, with a question that only a person can answer; it cannot be committed before. */
export const FILE_IMPORT_STATES = ["reading", "asks", "previewed", "committed", "refused", "discarded", "undone"] as const;

/** One uploaded file. */
export const fileImports = pgTable(
  "file_imports",
  {
    id: id(),
    clientId: client(),
    profileName: text("profile_name").notNull(),
    fileName: text("file_name").notNull(),
    sha256: text("sha256").notNull(),
    bytes: bigint("bytes", { mode: "number" }).notNull(),
    lines: integer("lines").notNull().default(0),
    state: text("state", { enum: FILE_IMPORT_STATES }).notNull(),
    /** What the preview and the result show: counts, totals by currency, first faults. */
    summary: jsonb("summary").$type<Record<string, unknown>>().notNull().default({}),
    /** What was answered for this upload, by question; null where a remembered answer is asked for anew. */
    answers: jsonb("answers").$type<Record<string, string | null>>().notNull().default({}),
    createdBy: uuid("created_by"),
    createdByName: text("created_by_name").notNull(),
    createdAt: createdAt(),
    committedAt: moment("committed_at"),
    undoneAt: moment("undone_at"),
    undoneBy: text("undone_by"),
  },
  (t) => [index("file_imports_client_idx").on(t.clientId, t.createdAt), clientPolicy()],
);

/** Answers about files that hold for the next ones too: they are kept when the upload that gave them is committed. */
export const importAnswers = pgTable(
  "import_answers",
  {
    id: id(),
    clientId: client(),
    /** Blank where the answer is about the client (a supplier, a tax code) and not about its files' headings. */
    profileName: text("profile_name").notNull(),
    /** A fingerprint of the file's headings, in whatever order; blank as above. */
    headings: text("headings").notNull(),
    questionId: text("question_id").notNull(),
    value: text("value").notNull(),
    answeredBy: text("answered_by").notNull(),
    answeredAt: moment("answered_at").notNull().default(sql`app.now()`),
  },
  (t) => [uniqueIndex("import_answers_key").on(t.clientId, t.profileName, t.headings, t.questionId), clientPolicy()],
);

/** Lines that became no document, each with its reason and amount: with the documents they equal the file to the penny. */
export const importSetAside = pgTable(
  "import_set_aside",
  {
    clientId: client(),
    importId: uuid("import_id")
      .notNull()
      .references(() => fileImports.id, { onDelete: "cascade" }),
    lineNumber: integer("line_number").notNull(),
    reason: text("reason").notNull(),
    documentNumber: text("document_number"),
    currency: text("currency").notNull(),
    /** Net amount of the line as the file has it, signed. */
    worthMinor: minor("worth_minor").notNull(),
    raw: jsonb("raw").$type<Record<string, string>>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.importId, t.lineNumber] }), clientPolicy()],
);
