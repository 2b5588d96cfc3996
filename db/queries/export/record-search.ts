import { and, eq, inArray, or, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import type { ScopedDb } from "#db/client.ts";
import { beginsWith } from "#db/queries/common/text.ts";
import {
  contacts,
  documents,
  journals,
  nominalCodes,
  payments,
  productGroups,
  products,
  taxCodes,
} from "#db/schema/operational.ts";
import { externalRefs } from "#db/schema/postings.ts";
import { incomingPayments, runs } from "#db/schema/work.ts";
import { minorDigits } from "#lib/common/money.ts";
import { DOCUMENT_KINDS, type RecordKind, type RefFamily } from "#lib/common/records.ts";
import type { ClientScope } from "#lib/common/scope.ts";

/** What has a page and is never sent by itself. */
type CodeKind = "nominal-code" | "tax-code" | "product-group";

/** One thing that was found. */
export interface SearchHit {
  readonly kind: RecordKind | CodeKind | "incoming-payment" | "run";
  readonly id: string;
  /** Its number or name. */
  readonly title: string;
  /** Whose it is, or its other name. */
  readonly detail: string;
  readonly day: string | null;
  readonly currency: string | null;
  /** Minor units as text; credit notes are positive, as stored. */
  readonly minor: string | null;
}

/** What the words may be, read by the caller: each is looked for where it could stand. */
export interface SearchWords {
  /** The words themselves, for numbers, names and references that begin so; "" for none. */
  readonly begins: string;
  /** An amount, by the decimals of a currency: `12.50` is 1250 of two and 12500 of three. Empty for none. */
  readonly amounts: readonly { readonly digits: number; readonly minor: string }[];
  /** What may be the package's ids; none where there is no such thing among them. */
  readonly externalIds: readonly string[];
  readonly runNumber: number | null;
}

const CODE_TABLES = [
  ["nominal-code", nominalCodes],
  ["tax-code", taxCodes],
  ["product-group", productGroups],
] as const;

const NONE = {
  day: sql<string | null>`null::date`,
  currency: sql<string | null>`null::text`,
  minor: sql<string | null>`null::text`,
};

/** Rows with one of these amounts: an exact value, which an index finds. Whether the row's own currency has those decimals is asked of the row. */
function amountIn(minor: PgColumn, amounts: SearchWords["amounts"]): SQL | undefined {
  if (amounts.length === 0) return undefined;
  const values = amounts.map((amount) => sql`${amount.minor}::bigint`);
  return sql`${minor} in (${sql.join(values, sql`, `)})`;
}

const hasAmount = (hit: SearchHit, amounts: SearchWords["amounts"]) =>
  amounts.some(({ digits, minor }) => hit.minor === minor && hit.currency !== null && minorDigits(hit.currency) === digits);

/** How records of one kind are looked for. */
interface Look {
  /** One look per condition, so that each enters its own index: an "or" over two would read the client's rows one by one. */
  readonly conditions: readonly (SQL | undefined)[];
  readonly read: (condition: SQL, limit: number) => Promise<SearchHit[]>;
  readonly byAmount?: SQL | undefined;
}

/** What every look is made of. */
interface Asked {
  readonly db: ScopedDb;
  readonly scope: ClientScope;
  readonly words: SearchWords;
  /** A column that begins with the words. */
  readonly begin: (column: Parameters<typeof beginsWith>[0]) => SQL | undefined;
  /** A column that is the words. */
  readonly is: (column: PgColumn) => SQL | undefined;
  /** The id of a record that is linked to the package's id. */
  readonly linked: (column: PgColumn, family: RefFamily) => SQL | undefined;
}

/**
 * The client's records that begin with the words, are worth the amount or stand in the package under the id: a few of each kind,
 * each from an index. Rows of other clients are out of reach twice, by the condition and by the policy.
 */
export async function searchRecords(db: ScopedDb, scope: ClientScope, words: SearchWords, each: number): Promise<SearchHit[]> {
  const { begins, externalIds } = words;
  const refs = externalIds.length === 0 ? [] : await linkedTo(db, scope, externalIds, each);
  const asked: Asked = {
    db,
    scope,
    words,
    begin: (column) => (begins === "" ? undefined : beginsWith(column, begins)),
    is: (column) => (begins === "" ? undefined : eq(column, begins)),
    linked: (column, family) => {
      const ids = refs.filter((ref) => ref.family === family).map((ref) => ref.recordId);
      return ids.length === 0 ? undefined : inArray(column, ids);
    },
  };
  const looks = [
    lookForDocuments(asked),
    lookForContacts(asked),
    lookForProducts(asked),
    lookForPayments(asked),
    lookForIncoming(asked),
    lookForJournals(asked),
    ...lookForCodes(asked),
    lookForRuns(asked),
  ];
  const hits: SearchHit[] = [];
  for (const look of looks) hits.push(...(await findBy(look, words.amounts, each)));
  return hits;
}

/** The records that are linked to one of the package's ids. */
async function linkedTo(db: ScopedDb, scope: ClientScope, externalIds: readonly string[], each: number) {
  return db
    .select({ family: externalRefs.family, recordId: externalRefs.recordId })
    .from(externalRefs)
    .where(
      and(
        eq(externalRefs.clientId, scope.clientId),
        sql`${externalRefs.connectionId} in (select id from connections where client_id = ${scope.clientId})`,
        inArray(externalRefs.family, ["contact", "product", "document", "payment", "journal"]),
        inArray(externalRefs.externalId, [...externalIds]),
      ),
    )
    .limit(each);
}

async function findBy({ conditions, read, byAmount }: Look, amounts: SearchWords["amounts"], each: number): Promise<SearchHit[]> {
  const found = new Map<string, SearchHit>();
  for (const condition of conditions) {
    if (condition === undefined || found.size >= each) continue;
    for (const hit of await read(condition, each)) if (found.size < each) found.set(hit.id, hit);
  }
  if (byAmount !== undefined) {
    // More than are shown: some may be of a currency whose decimals make it another amount.
    for (const hit of await read(byAmount, each * 3))
      if (found.size < 2 * each && hasAmount(hit, amounts)) found.set(hit.id, hit);
  }
  return [...found.values()];
}

function lookForDocuments({ db, scope, words, begin, is, linked }: Asked): Look {
  return {
    conditions: [
      linked(documents.id, "document"),
      begin(documents.numberFolded),
      words.begins === "" ? undefined : and(inArray(documents.kind, [...DOCUMENT_KINDS]), is(documents.reference)),
    ],
    read: (condition, limit) =>
      db
        .select({
          kind: documents.kind,
          id: documents.id,
          title: documents.number,
          detail: contacts.name,
          day: documents.issuedOn,
          currency: documents.currency,
          minor: sql<string>`${documents.grossMinor}::text`,
        })
        .from(documents)
        .innerJoin(contacts, eq(contacts.id, documents.contactId))
        .where(and(eq(documents.clientId, scope.clientId), condition))
        .limit(limit),
    byAmount: amountIn(documents.grossMinor, words.amounts),
  };
}

function lookForContacts({ db, scope, begin, linked }: Asked): Look {
  return {
    conditions: [linked(contacts.id, "contact"), begin(contacts.nameFolded), begin(contacts.referenceFolded)],
    read: (condition, limit) =>
      db
        .select({
          kind: sql<"customer" | "supplier">`case when ${contacts.isCustomer} then 'customer' else 'supplier' end`,
          id: contacts.id,
          title: contacts.name,
          detail: contacts.reference,
          ...NONE,
        })
        .from(contacts)
        .where(and(eq(contacts.clientId, scope.clientId), condition))
        .limit(limit),
  };
}

function lookForProducts({ db, scope, begin, linked }: Asked): Look {
  return {
    conditions: [linked(products.id, "product"), begin(products.referenceFolded), begin(products.nameFolded)],
    read: (condition, limit) =>
      db
        .select({ kind: sql<"product">`'product'`, id: products.id, title: products.reference, detail: products.name, ...NONE })
        .from(products)
        .where(and(eq(products.clientId, scope.clientId), condition))
        .limit(limit),
  };
}

function lookForPayments({ db, scope, words, begin, is, linked }: Asked): Look {
  return {
    conditions: [linked(payments.id, "payment"), begin(payments.referenceFolded), is(payments.recordReference)],
    read: (condition, limit) =>
      db
        .select({
          kind: sql<"payment">`'payment'`,
          id: payments.id,
          title: sql<string>`coalesce(${payments.recordReference}, ${payments.reference}, 'Payment')`,
          detail: sql<string>`coalesce((select name from contacts c where c.id = ${payments.contactId}), '')`,
          day: payments.paidOn,
          currency: payments.currency,
          minor: sql<string>`${payments.amountMinor}::text`,
        })
        .from(payments)
        .where(and(eq(payments.clientId, scope.clientId), condition))
        .limit(limit),
    byAmount: amountIn(payments.amountMinor, words.amounts),
  };
}

function lookForIncoming({ db, scope, words, begin }: Asked): Look {
  return {
    conditions: [
      words.externalIds.length === 0
        ? undefined
        : and(
            sql`${incomingPayments.connectionId} in (select id from connections where client_id = ${scope.clientId})`,
            inArray(incomingPayments.externalId, [...words.externalIds]),
          ),
      begin(incomingPayments.referenceFolded),
    ],
    read: (condition, limit) =>
      db
        .select({
          kind: sql<"incoming-payment">`'incoming-payment'`,
          id: incomingPayments.id,
          title: sql<string>`coalesce(${incomingPayments.reference}, 'Payment')`,
          detail: incomingPayments.company,
          day: incomingPayments.paidOn,
          currency: incomingPayments.currency,
          minor: sql<string>`${incomingPayments.amountMinor}::text`,
        })
        .from(incomingPayments)
        .where(and(eq(incomingPayments.clientId, scope.clientId), condition))
        .limit(limit),
    byAmount: amountIn(incomingPayments.amountMinor, words.amounts),
  };
}

function lookForJournals({ db, scope, is, linked }: Asked): Look {
  return {
    conditions: [linked(journals.id, "journal"), is(journals.reference)],
    read: (condition, limit) =>
      db
        .select({
          kind: sql<"journal">`'journal'`,
          id: journals.id,
          title: journals.reference,
          detail: journals.narration,
          day: journals.journalOn,
          currency: journals.currency,
          minor: sql<string>`${journals.debitMinor}::text`,
        })
        .from(journals)
        .where(and(eq(journals.clientId, scope.clientId), condition))
        .limit(limit),
  };
}

/** A chart is short: it is read through, by code and by name. */
function lookForCodes({ db, scope, words: { begins } }: Asked): Look[] {
  return CODE_TABLES.map(([kind, table]) => {
    const beginsIn = (column: PgColumn) => sql`starts_with(lower(${column}), lower(${begins}))`;
    return {
      conditions: [begins === "" ? undefined : or(beginsIn(table.code), beginsIn(table.name))],
      read: (condition: SQL, limit: number) =>
        db
          .select({ kind: sql<CodeKind>`${kind}`, id: table.id, title: table.code, detail: table.name, ...NONE })
          .from(table)
          .where(and(eq(table.clientId, scope.clientId), condition))
          .orderBy(table.code)
          .limit(limit),
    };
  });
}

function lookForRuns({ db, scope, words }: Asked): Look {
  return {
    conditions: [words.runNumber === null ? undefined : eq(runs.number, words.runNumber)],
    read: (condition, limit) =>
      db
        .select({
          kind: sql<"run">`'run'`,
          id: runs.id,
          title: sql<string>`'Run ' || ${runs.number}`,
          detail: runs.startedBy,
          ...NONE,
          day: sql<string | null>`(${runs.startedAt} at time zone 'UTC')::date::text`,
        })
        .from(runs)
        .where(and(eq(runs.clientId, scope.clientId), condition))
        .limit(limit),
  };
}
