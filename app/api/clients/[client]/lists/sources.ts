import { can, listPermission } from "#lib/auth/permissions.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { customersList, suppliersList } from "#lib/lists/contacts.ts";
import { correctionsList } from "#lib/lists/corrections.ts";
import { documentsList } from "#lib/lists/documents.ts";
import { journalsList } from "#lib/lists/journals.ts";
import { paymentsList } from "#lib/lists/payments.ts";
import { productsList } from "#lib/lists/products.ts";
import { runsList } from "#lib/lists/runs.ts";
import type { ListSource } from "#lib/lists/source.ts";

const SOURCES: ReadonlyMap<string, ListSource<unknown>> = new Map<string, ListSource<unknown>>([
  ["customers", customersList],
  ["suppliers", suppliersList],
  ["products", productsList],
  ["documents", documentsList],
  ["payments", paymentsList],
  ["journals", journalsList],
  ["runs", runsList],
  ["corrections", correctionsList],
]);

/** The list that an address names. @throws {Refusal} when there is none, or none that this role may see: the two look alike */
export function sourceOf(list: string | undefined, { role }: { readonly role: string }): ListSource<unknown> {
  const source = SOURCES.get(list ?? "");
  if (!source || !can(role, listPermission(list))) throw new Refusal("There is no such list.", { code: "not-found" });
  return source;
}
