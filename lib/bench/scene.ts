import { findClientBySlug } from "#db/queries/imports/file-imports.ts";
import { type CampaignCodes, connectAndMap } from "#lib/campaign/connect.ts";
import type { ScratchProduct } from "#lib/campaign/product.ts";
import { type ClientScope, jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import { makePostings } from "#lib/pending/make-postings.ts";
import { seedInvoices } from "./bench-seed-sql.ts";

/** How many customers and products the invoices of a benchmark are spread over. */
export const CUSTOMERS = 400;
export const PRODUCTS = 300;

export const SLUG = "ashdown-wholesale";

const CODES: CampaignCodes = { nominal: { "4000": "200" }, bank: { "1200": "090" }, tax: () => ({ STD20: "OUTPUT2" }) };

/** The demo's first client, connected to an empty organisation and mapped. */
export async function connectedClient(product: ScratchProduct): Promise<{ scope: ClientScope; tenantId: string }> {
  const practice = jobPracticeScope();
  const client = await product.database.inScope(practice, (db) => findClientBySlug(db, practice, SLUG));
  if (!client) throw new Error("The demo has no client");
  const scope = jobScope(client.id, { userId: null, label: "Benchmark" });
  const { id: tenantId } = await product.control.addTenant("Benchmark Ltd", ["GBP"]);
  await connectAndMap(product, scope, tenantId, CODES);
  return { scope, tenantId };
}

/** Adds invoices of 1 to `mostLines` lines, which wait for export with their customers and products. */
export async function addInvoices(
  { database }: ScratchProduct,
  scope: ClientScope,
  { seed, from, count, mostLines }: { seed: number; from: number; count: number; mostLines: number },
): Promise<void> {
  await database.inScope(scope, (db) =>
    seedInvoices(db, scope, { seed, from, count, customers: CUSTOMERS, products: PRODUCTS, mostLines }),
  );
  await database.inScope(scope, (db) => makePostings(db, scope));
}

/** Everything in Pending Export, as "select all" has it. */
export function allPending(asOf: string) {
  return { filter: { panel: "pending" as const }, exceptIds: [], count: 0, grossByCurrency: {}, asOf };
}
