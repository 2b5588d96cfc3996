import { and, asc, eq, ilike, or, type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { type KeysetAsk, keyOf, readByKey, type SortKey, withoutKeys } from "#db/queries/common/keyset.ts";
import { containing } from "#db/queries/common/text.ts";
import { standingOf } from "#db/queries/connections/standing.ts";
import { byBytes } from "#db/schema/columns.ts";
import { contacts, documents } from "#db/schema/operational.ts";

export interface ContactsFilter {
  readonly role: "customer" | "supplier";
  /** Part of name, number or e-mail. */
  readonly q?: string | undefined;
  readonly terms?: "account" | "cash" | undefined;
  readonly excluded?: "yes" | "no" | undefined;
}

const id = { column: contacts.id, type: "uuid" } as const;
export const CONTACT_KEYS = {
  name: { parts: [{ column: byBytes(contacts.nameFolded), type: "text" }, id] },
  number: { parts: [{ column: byBytes(contacts.referenceFolded), type: "text" }, id] },
} as const satisfies Record<string, SortKey>;

function contactsWhere(scope: ClientScope, { role, q, terms, excluded }: ContactsFilter): SQL | undefined {
  const words = q ? containing(q) : null;
  return and(
    eq(contacts.clientId, scope.clientId),
    eq(role === "customer" ? contacts.isCustomer : contacts.isSupplier, true),
    words === null ? undefined : or(ilike(contacts.name, words), ilike(contacts.reference, words), ilike(contacts.email, words)),
    terms && eq(contacts.terms, terms),
    excluded && eq(contacts.excluded, excluded === "yes"),
  );
}

/** A page of the client's customers or suppliers. */
export async function listContacts(db: ScopedDb, scope: ClientScope, filter: ContactsFilter, key: SortKey, ask: KeysetAsk) {
  const page = await readByKey(key, ask, (more, order, limit) =>
    db
      .select({
        id: contacts.id,
        reference: contacts.reference,
        name: contacts.name,
        email: contacts.email,
        taxNumber: contacts.taxNumber,
        country: contacts.country,
        terms: contacts.terms,
        excluded: contacts.excluded,
        standing: standingOf(scope, sql`contacts.id`, ["customer", "supplier"]),
        createdAt: contacts.createdAt,
        key: keyOf(key),
      })
      .from(contacts)
      .where(and(contactsWhere(scope, filter), more))
      .orderBy(...order)
      .limit(limit),
  );
  return withoutKeys(page);
}

export async function countContacts(db: ScopedDb, scope: ClientScope, filter: ContactsFilter): Promise<number> {
  return db.$count(contacts, contactsWhere(scope, filter));
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
      openMinor: sql<string>`sum(${documents.grossMinor} - ${documents.paidMinor} - ${documents.settledMinor})::text`,
    })
    .from(documents)
    .where(and(eq(documents.clientId, scope.clientId), eq(documents.contactId, contactId), eq(documents.status, "open")))
    .groupBy(documents.kind, documents.currency)
    .orderBy(asc(documents.kind), asc(documents.currency));
}

export async function findContactByReference(
  db: ScopedDb,
  scope: ClientScope,
  reference: string,
): Promise<{ id: string } | null> {
  const [row] = await db
    .select({ id: contacts.id })
    .from(contacts)
    .where(and(eq(contacts.clientId, scope.clientId), eq(contacts.reference, reference)));
  return row ?? null;
}
