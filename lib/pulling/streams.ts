import type { ScopedDb } from "#db/client.ts";
import { advanceReading } from "#db/queries/connections/list-reads.ts";
import { upsertPackageContacts, upsertPackageProducts } from "#db/queries/links/package-contacts.ts";
import { setBanks } from "#db/queries/payments/incoming-payments.ts";
import { upsertPackageDocuments } from "#db/queries/payments/package-documents.ts";
import { lockIncoming } from "#db/queries/payments/payment-reads.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { PackageStream, PulledPage } from "#lib/connectors/types.ts";
import { settlePayments, storePayments } from "./store-payments.ts";

/** What a page brought: how many are new or changed, and which movements of money. */
export interface Kept {
  readonly documents: number;
  readonly contacts: number;
  readonly products: number;
  readonly payments: ReadonlySet<string>;
}

/**
 * Keeps all that a page of a stream holds, whoever asked for it, together with the stream's cursor, in the caller's transaction. Documents
 * come before payments, so that a payment's row can say what kind of document it pays.
 * @param began when the read began that this page belongs to
 * @returns null when another reader has gone on from the same cursor: what this page holds is its to keep
 */
export async function keepPage(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  read: { readonly stream: PackageStream; readonly page: PulledPage; readonly from: string | null; readonly began: Date },
): Promise<Kept | null> {
  const { stream, page, from, began } = read;
  const paysUs = stream.gives.includes("payments");
  if (paysUs) await lockIncoming(db, connectionId);
  const move = { from, to: page.cursor, asOf: page.more ? null : began };
  if (!(await advanceReading(db, scope, connectionId, stream, move))) return null;
  const contacts = page.contacts ? await upsertPackageContacts(db, scope, connectionId, page.contacts) : 0;
  const products = page.products ? await upsertPackageProducts(db, scope, connectionId, page.products) : 0;
  const documents = await upsertPackageDocuments(db, scope, connectionId, page.documents, began);
  const payments = new Set(paysUs ? await storePayments(db, scope, connectionId, page.payments) : []);
  if (page.banks && paysUs) await setBanks(db, scope, connectionId, page.banks);
  if (paysUs && !page.more) for (const id of await settlePayments(db, scope, connectionId)) payments.add(id);
  return { documents, contacts, products, payments };
}
