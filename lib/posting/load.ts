import type { ScopedDb } from "#db/client.ts";
import { loadHelpers } from "#db/queries/mapping/helpers.ts";
import { type ClaimedPosting, type Loaded, loadContacts, loadDocuments, loadProducts } from "#db/queries/postings/outgoing.ts";
import { loadAllocations } from "#db/queries/postings/outgoing-allocations.ts";
import { loadJournals, loadPayments } from "#db/queries/postings/outgoing-money.ts";
import { familyOf, type OutgoingRecord } from "#lib/common/records.ts";
import type { Connector } from "#lib/connectors/types.ts";
import { summarised } from "./summarise.ts";
import type { PostingWorld } from "./world.ts";

/** What loading a record needs to know of its connection. */
export type LoadWorld = Pick<PostingWorld, "scope" | "postAs" | "lines" | "urlOf"> & {
  readonly connection: { readonly id: string };
  readonly connector: Pick<Connector, "can">;
};

/** Records of one family as they would be sent now, mappings resolved, or the error that keeps one from being sent; by posting. */
export async function loadRecords(
  db: ScopedDb,
  world: LoadWorld,
  postings: readonly ClaimedPosting[],
): Promise<Map<string, Loaded<OutgoingRecord>>> {
  const first = postings[0];
  switch (first ? familyOf(first.kind) : null) {
    case "contact":
      return loadContacts(db, postings);
    case "product":
      return loadProducts(db, postings);
    case "document": {
      const loaded = await loadDocuments(db, world.scope, world.connection.id, postings, {
        postAs: world.postAs,
        tax: world.connector.can.tax,
        onSales: world.connector.can.accounts.onSales,
        urlOf: world.urlOf,
      });
      if (world.lines !== "summarised") return loaded;
      return new Map([...loaded].map(([id, one]) => [id, "record" in one ? { record: summarised(one.record) } : one]));
    }
    case "payment":
      return loadPayments(db, world.scope, world.connection.id, postings);
    case "journal":
      return loadJournals(db, world.scope, world.connection.id, postings, world.urlOf);
    case "helper":
      return loadHelpers(db, postings);
    case "allocation":
      return loadAllocations(db, world.scope, world.connection.id, postings);
    default:
      return new Map();
  }
}
