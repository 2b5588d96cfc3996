import { and, asc, desc, eq, gte, ilike, lte, or, type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { type KeysetAsk, keyOf, readByKey, type SortKey, withoutKeys } from "#db/queries/common/keyset.ts";
import { containing } from "#db/queries/common/text.ts";
import { standingOf } from "#db/queries/connections/standing.ts";
import { findOpenApart } from "#db/queries/payments/open-apart.ts";
import { byBytes } from "#db/schema/columns.ts";
import { contacts, documentLines, documentRevisions, documents, fileImports, products } from "#db/schema/operational.ts";
import { DOCUMENT_KINDS, type DocumentKind, sideOf, signOf } from "#lib/common/records.ts";
import { addUp } from "#lib/common/sums.ts";

export interface DocumentsFilter {
  /** Part of the number, or of the contact's name or number. */
  readonly q?: string | undefined;
  readonly kind?: DocumentKind | undefined;
  /** `open`: something is still to be paid; `settled`: nothing is; `apart`: another amount is open in the package. */
  readonly state?: "open" | "settled" | "void" | "apart" | undefined;
  /** First and last day of issue. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly contactId?: string | undefined;
}

const id = { column: documents.id, type: "uuid" } as const;
export const DOCUMENT_KEYS = {
  date: { parts: [{ column: documents.issuedOn, type: "date" }, id] },
  number: { parts: [{ column: byBytes(documents.numberFolded), type: "text" }, id] },
} as const satisfies Record<string, SortKey>;

/** What is owed on it: neither paid here nor settled in the package by other means. */
const openOf = sql`(${documents.grossMinor} - ${documents.paidMinor} - ${documents.settledMinor})`;

function documentsWhere(scope: ClientScope, filter: DocumentsFilter): SQL | undefined {
  const { q, kind, state, from, to, contactId } = filter;
  const words = q ? containing(q) : null;
  return and(
    eq(documents.clientId, scope.clientId),
    kind && eq(documents.kind, kind),
    contactId ? eq(documents.contactId, contactId) : undefined,
    state && eq(documents.status, state === "void" ? "void" : "open"),
    state === "apart" ? sql`${documents.thereMinor} <> ${openOf}` : undefined,
    state === "open" ? sql`${openOf} > 0` : undefined,
    state === "settled" ? sql`${openOf} <= 0` : undefined,
    from ? gte(documents.issuedOn, from) : undefined,
    to ? lte(documents.issuedOn, to) : undefined,
    words === null
      ? undefined
      : or(ilike(documents.number, words), ilike(contacts.name, words), ilike(contacts.reference, words)),
  );
}

/** Credit notes are stored as positive amounts and listed as negative ones. */
const signed = (minor: SQL) =>
  sql<string>`(case when ${documents.kind} in ('sales-credit-note', 'supplier-credit-note') then -(${minor}) else ${minor} end)::text`;

/** A page of the client's documents; amounts are signed minor units as text. */
export async function listDocuments(db: ScopedDb, scope: ClientScope, filter: DocumentsFilter, key: SortKey, ask: KeysetAsk) {
  const page = await readByKey(key, ask, (more, order, limit) =>
    db
      .select({
        id: documents.id,
        kind: documents.kind,
        number: documents.number,
        contactName: contacts.name,
        issuedOn: documents.issuedOn,
        dueOn: documents.dueOn,
        currency: documents.currency,
        grossMinor: signed(sql`${documents.grossMinor}`),
        openMinor: signed(openOf),
        settledMinor: signed(sql`${documents.settledMinor}`),
        status: documents.status,
        standing: standingOf(scope, sql`documents.id`, DOCUMENT_KINDS),
        revision: documents.revision,
        createdAt: documents.createdAt,
        key: keyOf(key),
      })
      .from(documents)
      .innerJoin(contacts, eq(contacts.id, documents.contactId))
      .where(and(documentsWhere(scope, filter), more))
      .orderBy(...order)
      .limit(limit),
  );
  const apart = new Map(
    (
      await findOpenApart(
        db,
        scope,
        page.rows.map((row) => row.id),
      )
    ).map((one) => [one.documentId, one]),
  );
  const { rows, ...rest } = withoutKeys(page);
  return {
    ...rest,
    rows: rows.map((row) => {
      const one = apart.get(row.id);
      return { ...row, apart: one ?? null };
    }),
  };
}
export type DocumentRow = Awaited<ReturnType<typeof listDocuments>>["rows"][number];

/** How many documents match, and what they come to by side and currency, credit notes taken off. */
export async function sumDocuments(db: ScopedDb, scope: ClientScope, filter: DocumentsFilter) {
  const rows = await db
    .select({
      kind: documents.kind,
      currency: documents.currency,
      count: sql<number>`count(*)::int`,
      minor: sql<string>`sum(${documents.grossMinor})::text`,
    })
    .from(documents)
    .innerJoin(contacts, eq(contacts.id, documents.contactId))
    .where(documentsWhere(scope, filter))
    .groupBy(documents.kind, documents.currency);
  return {
    count: rows.reduce((sum, row) => sum + row.count, 0),
    sums: addUp(
      rows.map((row) => ({ side: sideOf(row.kind), currency: row.currency, minor: signOf(row.kind) * BigInt(row.minor) })),
    ),
  };
}

export async function findDocument(db: ScopedDb, scope: ClientScope, id: string) {
  const [row] = await db
    .select({
      id: documents.id,
      kind: documents.kind,
      number: documents.number,
      reference: documents.reference,
      contactId: contacts.id,
      contactName: contacts.name,
      contactReference: contacts.reference,
      issuedOn: documents.issuedOn,
      dueOn: documents.dueOn,
      currency: documents.currency,
      netMinor: documents.netMinor,
      taxMinor: documents.taxMinor,
      grossMinor: documents.grossMinor,
      paidMinor: documents.paidMinor,
      settledMinor: documents.settledMinor,
      country: documents.country,
      status: documents.status,
      revision: documents.revision,
      changedAt: documents.changedAt,
      importId: documents.importId,
      importName: fileImports.fileName,
    })
    .from(documents)
    .innerJoin(contacts, eq(contacts.id, documents.contactId))
    .leftJoin(fileImports, eq(fileImports.id, documents.importId))
    .where(and(eq(documents.clientId, scope.clientId), eq(documents.id, id)));
  return row ?? null;
}

export async function listDocumentLines(db: ScopedDb, scope: ClientScope, documentId: string, revision: number) {
  return db
    .select({
      position: documentLines.position,
      productId: documentLines.productId,
      productReference: products.reference,
      description: documentLines.description,
      quantity: documentLines.quantity,
      unitPrice: documentLines.unitPrice,
      netMinor: documentLines.netMinor,
      taxMinor: documentLines.taxMinor,
      nominalCode: documentLines.nominalCode,
      taxCode: documentLines.taxCode,
    })
    .from(documentLines)
    .leftJoin(products, eq(products.id, documentLines.productId))
    .where(
      and(
        eq(documentLines.clientId, scope.clientId),
        eq(documentLines.documentId, documentId),
        eq(documentLines.revision, revision),
      ),
    )
    .orderBy(asc(documentLines.position));
}

/** The revisions that later ones replaced, newest first. */
export async function listDocumentRevisions(db: ScopedDb, scope: ClientScope, documentId: string) {
  return db
    .select()
    .from(documentRevisions)
    .where(and(eq(documentRevisions.clientId, scope.clientId), eq(documentRevisions.documentId, documentId)))
    .orderBy(desc(documentRevisions.revision));
}
