import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import type { NominalKind } from "#db/schema/operational.ts";
import type { TaxKind, TaxSide } from "#lib/tax/kinds.ts";

/**
 * Fields are put together as a file's are, so that what a person typed and the same in a file are one content. A VAT number comes last:
 * `concat_ws` leaves out what is null, so that contacts without one keep the content that they had before it was a field.
 */
const UNIT = "\u001f";

export interface ContactFields {
  readonly reference: string;
  readonly name: string;
  readonly email: string | null;
  readonly taxNumber: string | null;
  readonly country: string | null;
  readonly terms: "account" | "cash";
  readonly isCustomer: boolean;
  readonly isSupplier: boolean;
}

export interface ProductFields {
  readonly reference: string;
  readonly name: string;
  readonly description: string | null;
  readonly groupId: string | null;
  readonly salesNominalCode: string | null;
  readonly purchaseNominalCode: string | null;
  readonly stockNominalCode: string | null;
  readonly taxCode: string | null;
}

export interface GroupFields {
  readonly code: string;
  readonly name: string;
  readonly salesNominalCode: string | null;
  readonly purchaseNominalCode: string | null;
  readonly taxCode: string | null;
}

const contactSha = (fields: ContactFields) => sql`encode(sha256(convert_to(concat_ws(${UNIT}, ${fields.name}::text,
  ${fields.email ?? ""}::text, ${fields.isCustomer}::boolean, ${fields.isSupplier}::boolean, ${fields.terms}::text,
  ${fields.taxNumber}::text), 'UTF8')), 'hex')`;

const productSha = (fields: ProductFields) => sql`encode(sha256(convert_to(concat_ws(${UNIT}, ${fields.name}::text,
  'd' || ${fields.description}::text, 'g' || ${fields.groupId}::text, 's' || ${fields.salesNominalCode}::text,
  'p' || ${fields.purchaseNominalCode}::text, 'k' || ${fields.stockNominalCode}::text, 't' || ${fields.taxCode}::text), 'UTF8')), 'hex')`;

async function idOf(db: ScopedDb, query: ReturnType<typeof sql>): Promise<string | null> {
  const { rows } = await db.execute<{ id: string }>(query);
  return rows[0]?.id ?? null;
}

/** Makes a contact; null when its number is taken. */
export function insertContact(db: ScopedDb, scope: ClientScope, fields: ContactFields): Promise<string | null> {
  return idOf(
    db,
    sql`insert into contacts (client_id, reference, name, email, tax_number, country, is_customer, is_supplier, terms, content_sha)
      values (${scope.clientId}, ${fields.reference}, ${fields.name}, ${fields.email}, ${fields.taxNumber}, ${fields.country}, ${fields.isCustomer}, ${fields.isSupplier},
        ${fields.terms}, ${contactSha(fields)})
      on conflict (client_id, reference) do nothing returning id`,
  );
}

/** Writes a contact's next revision; null when nothing of it changes, or it is not this client's. */
export function updateContact(db: ScopedDb, scope: ClientScope, id: string, fields: ContactFields): Promise<string | null> {
  return idOf(
    db,
    sql`update contacts set name = ${fields.name}, email = ${fields.email}, tax_number = ${fields.taxNumber},
        country = ${fields.country}, is_customer = ${fields.isCustomer},
        is_supplier = ${fields.isSupplier}, terms = ${fields.terms}, content_sha = ${contactSha(fields)}, revision = revision + 1, changed_at = app.now()
      where client_id = ${scope.clientId} and id = ${id}
        and (name, email, tax_number, country, is_customer, is_supplier, terms) is distinct from (${fields.name}::text, ${fields.email}::text,
          ${fields.taxNumber}::text, ${fields.country}::text, ${fields.isCustomer}::boolean, ${fields.isSupplier}::boolean, ${fields.terms}::text)
      returning id`,
  );
}

/** Makes a product; null when its code is taken. */
export function insertProduct(db: ScopedDb, scope: ClientScope, fields: ProductFields): Promise<string | null> {
  return idOf(
    db,
    sql`insert into products (client_id, reference, name, description, group_id, sales_nominal_code, purchase_nominal_code, stock_nominal_code,
        tax_code, content_sha)
      values (${scope.clientId}, ${fields.reference}, ${fields.name}, ${fields.description}, ${fields.groupId}, ${fields.salesNominalCode},
        ${fields.purchaseNominalCode}, ${fields.stockNominalCode}, ${fields.taxCode}, ${productSha(fields)})
      on conflict (client_id, reference) do nothing returning id`,
  );
}

/** Writes a product's next revision; null when nothing of it changes, or it is not this client's. */
export function updateProduct(db: ScopedDb, scope: ClientScope, id: string, fields: ProductFields): Promise<string | null> {
  return idOf(
    db,
    sql`update products set name = ${fields.name}, description = ${fields.description}, group_id = ${fields.groupId},
        sales_nominal_code = ${fields.salesNominalCode}, purchase_nominal_code = ${fields.purchaseNominalCode},
        stock_nominal_code = ${fields.stockNominalCode}, tax_code = ${fields.taxCode}, content_sha = ${productSha(fields)},
        revision = revision + 1, changed_at = app.now()
      where client_id = ${scope.clientId} and id = ${id}
        and (name, description, group_id, sales_nominal_code, purchase_nominal_code, stock_nominal_code, tax_code) is distinct from (
          ${fields.name}::text, ${fields.description}::text, ${fields.groupId}::uuid, ${fields.salesNominalCode}::text,
          ${fields.purchaseNominalCode}::text, ${fields.stockNominalCode}::text, ${fields.taxCode}::text)
      returning id`,
  );
}

/** Makes a product group; null when its code is taken. */
export function insertGroup(db: ScopedDb, scope: ClientScope, fields: GroupFields): Promise<string | null> {
  return idOf(
    db,
    sql`insert into product_groups (client_id, code, name, sales_nominal_code, purchase_nominal_code, tax_code)
      values (${scope.clientId}, ${fields.code}, ${fields.name}, ${fields.salesNominalCode}, ${fields.purchaseNominalCode}, ${fields.taxCode})
      on conflict (client_id, code) do nothing returning id`,
  );
}

export function updateGroup(db: ScopedDb, scope: ClientScope, id: string, fields: GroupFields): Promise<string | null> {
  return idOf(
    db,
    sql`update product_groups set name = ${fields.name}, sales_nominal_code = ${fields.salesNominalCode},
        purchase_nominal_code = ${fields.purchaseNominalCode}, tax_code = ${fields.taxCode}
      where client_id = ${scope.clientId} and id = ${id}
        and (name, sales_nominal_code, purchase_nominal_code, tax_code) is distinct from (${fields.name}::text, ${fields.salesNominalCode}::text,
          ${fields.purchaseNominalCode}::text, ${fields.taxCode}::text) returning id`,
  );
}

export function insertNominalCode(
  db: ScopedDb,
  scope: ClientScope,
  fields: { readonly code: string; readonly name: string; readonly kind: NominalKind },
): Promise<string | null> {
  return idOf(
    db,
    sql`insert into nominal_codes (client_id, code, name, kind) values (${scope.clientId}, ${fields.code}, ${fields.name}, ${fields.kind})
      on conflict (client_id, code) do nothing returning id`,
  );
}

export function updateNominalCode(
  db: ScopedDb,
  scope: ClientScope,
  id: string,
  fields: { readonly name: string; readonly kind: NominalKind },
): Promise<string | null> {
  return idOf(
    db,
    sql`update nominal_codes set name = ${fields.name}, kind = ${fields.kind} where client_id = ${scope.clientId} and id = ${id}
      and (name, kind) is distinct from (${fields.name}::text, ${fields.kind}::text) returning id`,
  );
}

interface TaxCodeFields {
  readonly name: string;
  readonly rate: string;
  readonly kind: TaxKind | null;
  readonly side: TaxSide | null;
  readonly followedBy: string | null;
  readonly followedFrom: string | null;
}

export function insertTaxCode(
  db: ScopedDb,
  scope: ClientScope,
  fields: TaxCodeFields & { readonly code: string },
): Promise<string | null> {
  const said = fields.kind !== null || fields.side !== null;
  return idOf(
    db,
    sql`insert into tax_codes (client_id, code, name, rate, kind, side, followed_by, followed_from, said_at, said_by)
      values (${scope.clientId}, ${fields.code}, ${fields.name}, ${fields.rate}, ${fields.kind}, ${fields.side}, ${fields.followedBy},
        ${fields.followedFrom}, ${said ? sql`app.now()` : null}, ${said ? scope.actor.label : null})
      on conflict (client_id, code) do nothing returning id`,
  );
}

/** Who last said kind or side stays beside it; a change of name alone says nothing about them. */
export function updateTaxCode(db: ScopedDb, scope: ClientScope, id: string, fields: TaxCodeFields): Promise<string | null> {
  const moved = sql`(kind, side) is distinct from (${fields.kind}::text, ${fields.side}::text)`;
  return idOf(
    db,
    sql`update tax_codes set name = ${fields.name}, rate = ${fields.rate}, kind = ${fields.kind}, side = ${fields.side},
        followed_by = ${fields.followedBy}, followed_from = ${fields.followedFrom},
        said_at = case when ${moved} then app.now() else said_at end, said_by = case when ${moved} then ${scope.actor.label} else said_by end
      where client_id = ${scope.clientId} and id = ${id}
        and (name, rate, kind, side, followed_by, followed_from) is distinct from (${fields.name}::text, ${fields.rate}::text,
          ${fields.kind}::text, ${fields.side}::text, ${fields.followedBy}::text, ${fields.followedFrom}::date)
      returning id`,
  );
}

/** Keeps what was said of codes whose kind nobody had said; a code that has one keeps it. */
export async function sayTaxKinds(db: ScopedDb, scope: ClientScope, kinds: ReadonlyMap<string, TaxKind>): Promise<void> {
  for (const [code, kind] of kinds) {
    await db.execute(sql`
      update tax_codes set kind = ${kind}, said_at = app.now(), said_by = ${scope.actor.label}
      where client_id = ${scope.clientId} and code = ${code} and kind is null`);
  }
}
