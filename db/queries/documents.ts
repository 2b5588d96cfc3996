import { and, asc, desc, eq, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { contacts, documentLines, documentRevisions, documents, fileImports, products } from "#db/schema/operational.ts";
import { postings } from "#db/schema/postings.ts";
import type { DocumentKind } from "#lib/common/records.ts";

/** A text to be found anywhere, its wildcards taken as they are. */
export function containing(text: string): string {
  return `%${text
    .trim()
    .slice(0, 200)
    .replaceAll(/[\\%_]/g, (mark) => `\\${mark}`)}%`;
}

export interface DocumentsPage {
  /** Number, or contact's name or reference; "" for all. */
  readonly search: string;
  readonly kind: DocumentKind | null;
  readonly contactId?: string;
  /** The last row of the page before. */
  readonly after: { readonly issuedOn: string; readonly id: string } | null;
  readonly limit: number;
}

/** A page of the client's documents, newest first. One row more than asked says that there is more. */
export async function listDocuments(db: ScopedDb, scope: ClientScope, page: DocumentsPage) {
  const found = page.search.trim() === "" ? undefined : containing(page.search);
  return db
    .select({
      id: documents.id,
      kind: documents.kind,
      number: documents.number,
      contactName: contacts.name,
      issuedOn: documents.issuedOn,
      dueOn: documents.dueOn,
      currency: documents.currency,
      grossMinor: documents.grossMinor,
      paidMinor: documents.paidMinor,
      status: documents.status,
      revision: documents.revision,
    })
    .from(documents)
    .innerJoin(contacts, eq(contacts.id, documents.contactId))
    .where(
      and(
        eq(documents.clientId, scope.clientId),
        page.kind === null ? undefined : eq(documents.kind, page.kind),
        page.contactId === undefined ? undefined : eq(documents.contactId, page.contactId),
        found === undefined
          ? undefined
          : sql`(${documents.number} ilike ${found} or ${contacts.name} ilike ${found} or ${contacts.reference} ilike ${found})`,
        page.after === null
          ? undefined
          : sql`(${documents.issuedOn}, ${documents.id}) < (${page.after.issuedOn}::date, ${page.after.id}::uuid)`,
      ),
    )
    .orderBy(desc(documents.issuedOn), desc(documents.id))
    .limit(page.limit + 1);
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

/** Where a record stands on its way to the package: its current posting; null without a connection. */
export async function findRecordPosting(db: ScopedDb, scope: ClientScope, recordId: string) {
  const [row] = await db
    .select({ state: postings.state, panel: postings.panel, errorCode: postings.errorCode, exportedAt: postings.exportedAt })
    .from(postings)
    .where(and(eq(postings.clientId, scope.clientId), eq(postings.recordId, recordId), eq(postings.current, true)))
    .orderBy(desc(postings.createdAt))
    .limit(1);
  return row ?? null;
}
