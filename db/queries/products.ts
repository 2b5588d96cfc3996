import { and, asc, eq, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { documentLines, documents, products } from "#db/schema/operational.ts";
import { containing } from "./documents.ts";

export interface ProductsPage {
  /** Code or name; "" for all. */
  readonly search: string;
  /** The last row of the page before. */
  readonly after: { readonly reference: string } | null;
  readonly limit: number;
}

/** A page of the client's products, by code. One row more than asked says that there is more. */
export async function listProducts(db: ScopedDb, scope: ClientScope, page: ProductsPage) {
  const found = page.search.trim() === "" ? undefined : containing(page.search);
  return db
    .select({
      id: products.id,
      reference: products.reference,
      name: products.name,
      excluded: products.excluded,
      revision: products.revision,
    })
    .from(products)
    .where(
      and(
        eq(products.clientId, scope.clientId),
        found === undefined ? undefined : sql`(${products.reference} ilike ${found} or ${products.name} ilike ${found})`,
        page.after === null ? undefined : sql`${products.reference} > ${page.after.reference}`,
      ),
    )
    .orderBy(asc(products.reference))
    .limit(page.limit + 1);
}

export async function findProduct(db: ScopedDb, scope: ClientScope, id: string) {
  const [row] = await db
    .select()
    .from(products)
    .where(and(eq(products.clientId, scope.clientId), eq(products.id, id)));
  return row ?? null;
}

/** How many current lines use the product, and what they come to, by nominal code and currency. */
export async function sumProductLines(db: ScopedDb, scope: ClientScope, productId: string) {
  return db
    .select({
      nominalCode: documentLines.nominalCode,
      kind: documents.kind,
      currency: documents.currency,
      lines: sql<number>`count(*)::int`,
      netMinor: sql<string>`sum(${documentLines.netMinor})::text`,
    })
    .from(documentLines)
    .innerJoin(documents, and(eq(documents.id, documentLines.documentId), eq(documents.revision, documentLines.revision)))
    .where(and(eq(documentLines.clientId, scope.clientId), eq(documentLines.productId, productId)))
    .groupBy(documentLines.nominalCode, documents.kind, documents.currency)
    .orderBy(asc(documentLines.nominalCode), asc(documents.kind), asc(documents.currency));
}
