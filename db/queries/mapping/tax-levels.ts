import { and, asc, eq, isNotNull, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { contacts, taxCodes, taxLevels } from "#db/schema/operational.ts";
import type { DocumentKind } from "#lib/common/records.ts";
import type { DocumentSide } from "#lib/tax/kinds.ts";
import type { DatedCode } from "#lib/tax/levels.ts";

export interface TaxLevelRow {
  readonly level: "default" | "contact" | "abroad";
  /** The contact's reference; blank for the default. */
  readonly subject: string;
  readonly side: DocumentSide;
  /** Null, of one abroad: as at home. */
  readonly taxCode: string | null;
}

/** What was said of the client's default and of contacts, with their names where they are here. */
export async function listTaxLevels(db: ScopedDb, scope: ClientScope) {
  const t = taxLevels;
  return db
    .select({
      level: t.level,
      subject: t.subject,
      side: t.side,
      taxCode: t.taxCode,
      saidAt: t.saidAt,
      saidBy: t.saidBy,
      name: contacts.name,
      contactId: contacts.id,
    })
    .from(t)
    .leftJoin(contacts, and(eq(contacts.clientId, t.clientId), eq(contacts.reference, t.subject)))
    .where(eq(t.clientId, scope.clientId))
    .orderBy(sql`(${t.level} <> 'default')`, asc(t.level), asc(t.subject), asc(t.side));
}

export async function saveTaxLevel(db: ScopedDb, scope: ClientScope, row: TaxLevelRow): Promise<void> {
  const said = { taxCode: row.taxCode, saidAt: sql`app.now()`, saidBy: scope.actor.label };
  await db
    .insert(taxLevels)
    .values({ clientId: scope.clientId, ...row, ...said })
    .onConflictDoUpdate({ target: [taxLevels.clientId, taxLevels.level, taxLevels.subject, taxLevels.side], set: said });
}

export async function deleteTaxLevel(
  db: ScopedDb,
  scope: ClientScope,
  { level, subject, side }: Omit<TaxLevelRow, "taxCode">,
): Promise<void> {
  const t = taxLevels;
  await db.delete(t).where(and(eq(t.clientId, scope.clientId), eq(t.level, level), eq(t.subject, subject), eq(t.side, side)));
}

/** Codes that another one follows from a day on. */
export async function listDatedCodes(db: ScopedDb, scope: ClientScope): Promise<DatedCode[]> {
  const { code, followedBy, followedFrom } = taxCodes;
  return db
    .select({ code, followedBy, followedFrom })
    .from(taxCodes)
    .where(and(eq(taxCodes.clientId, scope.clientId), isNotNull(followedBy)));
}

/** Products that have a tax code of their own or by their group. */
export async function listProductTax(db: ScopedDb, scope: ClientScope) {
  const { rows } = await db.execute<{ reference: string; product: string | null; product_group: string | null }>(sql`
    select p.reference, p.tax_code as product, g.tax_code as product_group
    from products p left join product_groups g on g.client_id = ${scope.clientId} and g.id = p.group_id
    where p.client_id = ${scope.clientId} and (p.tax_code is not null or g.tax_code is not null)`);
  return rows.map(({ product_group: productGroup, ...row }) => ({ ...row, productGroup }));
}

/** The countries that contacts have, as they are written. */
export async function listContactCountries(db: ScopedDb, scope: ClientScope): Promise<string[]> {
  const { rows } = await db.execute<{ country: string }>(
    sql`select distinct country from contacts where client_id = ${scope.clientId} and country is not null`,
  );
  return rows.map((row) => row.country);
}

export async function listContactsIn(db: ScopedDb, scope: ClientScope, countries: readonly string[]) {
  if (countries.length === 0) return [];
  const { rows } = await db.execute<{ reference: string; country: string }>(
    sql`select reference, country from contacts where client_id = ${scope.clientId} and country = any (${sql.param([...countries])}::text[])`,
  );
  return rows;
}

/** Invoices and bills under some numbers: their date, and their tax code where all lines have the same; whose they are. */
export async function findCredited(db: ScopedDb, scope: ClientScope, numbers: readonly string[]) {
  const { rows } = await db.execute<{
    kind: DocumentKind;
    number: string;
    contact: string;
    issued_on: string;
    code: string | null;
  }>(sql`
    select d.kind, d.number, c.reference as contact, d.issued_on::text as issued_on,
      case when min(l.tax_code) = max(l.tax_code) then min(l.tax_code) end as code
    from documents d join contacts c on c.client_id = ${scope.clientId} and c.id = d.contact_id
      join document_lines l on l.client_id = ${scope.clientId} and l.document_id = d.id and l.revision = d.revision
    where d.client_id = ${scope.clientId} and d.status = 'open' and d.kind in ('sales-invoice', 'bill')
      and d.number_folded collate "C" in (select lower(n) collate "C" from unnest(${sql.param([...numbers])}::text[]) as n)
    group by d.id, c.reference`);
  return rows.map(({ issued_on: issuedOn, ...row }) => ({ ...row, issuedOn }));
}
