import { and, asc, eq, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { contacts, documents } from "#db/schema/operational.ts";
import { containing } from "./documents.ts";

export interface ContactsPage {
  readonly role: "customer" | "supplier";
  /** Name, reference or e-mail; "" for all. */
  readonly search: string;
  /** The last row of the page before. */
  readonly after: { readonly name: string; readonly id: string } | null;
  readonly limit: number;
}

/** A page of the client's customers or suppliers, by name. One row more than asked says that there is more. */
export async function listContacts(db: ScopedDb, scope: ClientScope, page: ContactsPage) {
  const found = page.search.trim() === "" ? undefined : containing(page.search);
  return db
    .select({
      id: contacts.id,
      reference: contacts.reference,
      name: contacts.name,
      email: contacts.email,
      country: contacts.country,
      terms: contacts.terms,
      excluded: contacts.excluded,
    })
    .from(contacts)
    .where(
      and(
        eq(contacts.clientId, scope.clientId),
        eq(page.role === "customer" ? contacts.isCustomer : contacts.isSupplier, true),
        found === undefined
          ? undefined
          : sql`(${contacts.name} ilike ${found} or ${contacts.reference} ilike ${found} or ${contacts.email} ilike ${found})`,
        page.after === null ? undefined : sql`(${contacts.name}, ${contacts.id}) > (${page.after.name}, ${page.after.id}::uuid)`,
      ),
    )
    .orderBy(asc(contacts.name), asc(contacts.id))
    .limit(page.limit + 1);
}

export async function findContact(db: ScopedDb, scope: ClientScope, id: string) {
  const [row] = await db
    .select()
    .from(contacts)
    .where(and(eq(contacts.clientId, scope.clientId), eq(contacts.id, id)));
  return row ?? null;
}

/** What a contact's documents of each kind come to, by currency; kinds are never added together. */
export async function sumContactDocuments(db: ScopedDb, scope: ClientScope, contactId: string) {
  return db
    .select({
      kind: documents.kind,
      currency: documents.currency,
      count: sql<number>`count(*)::int`,
      grossMinor: sql<string>`sum(${documents.grossMinor})::text`,
      openMinor: sql<string>`sum(${documents.grossMinor} - ${documents.paidMinor})::text`,
    })
    .from(documents)
    .where(and(eq(documents.clientId, scope.clientId), eq(documents.contactId, contactId), eq(documents.status, "open")))
    .groupBy(documents.kind, documents.currency)
    .orderBy(asc(documents.kind), asc(documents.currency));
}
