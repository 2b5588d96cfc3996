import { and, asc, eq, ilike, or, type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { type KeysetAsk, keyOf, readByKey, type SortKey, withoutKeys } from "#db/queries/common/keyset.ts";
import { containing } from "#db/queries/common/text.ts";
import { standingOf } from "#db/queries/connections/standing.ts";
import { byBytes } from "#db/schema/columns.ts";
import { documentLines, documents, productGroups, products } from "#db/schema/operational.ts";

export interface ProductsFilter {
  /** Part of code or name. */
  readonly q?: string | undefined;
  readonly excluded?: "yes" | "no" | undefined;
}

const id = { column: products.id, type: "uuid" } as const;
export const PRODUCT_KEYS = {
  number: { parts: [{ column: byBytes(products.referenceFolded), type: "text" }, id] },
  name: { parts: [{ column: byBytes(products.nameFolded), type: "text" }, id] },
} as const satisfies Record<string, SortKey>;

function productsWhere(scope: ClientScope, { q, excluded }: ProductsFilter): SQL | undefined {
  const words = q ? containing(q) : null;
  return and(
    eq(products.clientId, scope.clientId),
    words === null ? undefined : or(ilike(products.reference, words), ilike(products.name, words)),
    excluded && eq(products.excluded, excluded === "yes"),
  );
}

/** A page of the client's products. */
export async function listProducts(db: ScopedDb, scope: ClientScope, filter: ProductsFilter, key: SortKey, ask: KeysetAsk) {
  const page = await readByKey(key, ask, (more, order, limit) =>
    db
      .select({
        id: products.id,
        reference: products.reference,
        name: products.name,
        group: productGroups.name,
        salesNominalCode: products.salesNominalCode,
        purchaseNominalCode: products.purchaseNominalCode,
        taxCode: products.taxCode,
        excluded: products.excluded,
        standing: standingOf(scope, sql`products.id`, ["product"]),
        createdAt: products.createdAt,
        key: keyOf(key),
      })
      .from(products)
      .leftJoin(productGroups, eq(productGroups.id, products.groupId))
      .where(and(productsWhere(scope, filter), more))
      .orderBy(...order)
      .limit(limit),
  );
  return withoutKeys(page);
}

export async function countProducts(db: ScopedDb, scope: ClientScope, filter: ProductsFilter): Promise<number> {
  return db.$count(products, productsWhere(scope, filter));
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
