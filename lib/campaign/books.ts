import { jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import { makePostings } from "#lib/pending/make-postings.ts";
import type { PlayedPackage } from "./played.ts";
import type { ScratchProduct } from "./product.ts";
import { addCampaignClients, seedCampaignDocuments } from "./seed-sql.ts";
import type { Books } from "./verdict.ts";

const CUSTOMERS = 40;
const SUPPLIERS = 10;
/** A few documents are of a few contacts. */
const contactsOf = (documents: number, most: number) => Math.min(most, Math.max(1, Math.ceil((documents * most) / 200)));

/** Clients with an organisation each and documents that wait for export. */
export async function prepareBooks(
  product: ScratchProduct,
  played: PlayedPackage,
  { seed, documents, tenants }: { seed: number; documents: number; tenants: number },
): Promise<Books[]> {
  const { database } = product;
  const practice = jobPracticeScope();
  const ids = await database.inScope(practice, (db) => addCampaignClients(db, practice, tenants));
  const books: Books[] = [];
  for (const [index, id] of ids.entries()) {
    const scope = jobScope(id, { userId: null, label: "Campaign" });
    const tenantId = await played.connect(product, scope, `Campaign ${index + 1} Ltd`);
    const count = Math.floor(documents / tenants) + (index < documents % tenants ? 1 : 0);
    await database.inScope(scope, (db) =>
      seedCampaignDocuments(db, scope, {
        seed: seed + index,
        count,
        customers: contactsOf(count, CUSTOMERS),
        suppliers: contactsOf(count, SUPPLIERS),
      }),
    );
    await database.inScope(scope, (db) => makePostings(db, scope));
    books.push({ scope, tenantId, documents: count });
  }
  return books;
}
