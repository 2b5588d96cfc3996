import { type SQL, sql } from "drizzle-orm";
import type { Database, ScopedDb } from "#db/client.ts";
import { minorToDecimal } from "#lib/common/money.ts";
import type { DocumentKind } from "#lib/common/records.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { makePostings } from "#lib/pending/make-postings.ts";

/** What a test says of one line; the rest is filled in. */
interface SceneLine {
  readonly nominalCode?: string;
  readonly taxCode?: string;
  readonly product?: string;
  readonly quantity?: string;
  readonly unitPrice?: string;
  readonly netMinor?: bigint;
  readonly taxMinor?: bigint;
}

export interface SceneDocument {
  readonly kind?: DocumentKind;
  readonly number: string;
  /** The operational system's own; the number where it is left out. */
  readonly reference?: string;
  readonly contact?: string;
  readonly issuedOn?: string;
  readonly currency?: string;
  readonly lines?: readonly SceneLine[];
}

/** Rows of a statement as what a test reads of them. */
export async function rowsOf<Row extends Record<string, unknown>>(db: ScopedDb, query: SQL): Promise<Row[]> {
  return [...(await db.execute<Row>(query)).rows] as Row[];
}

const NO_TAX = { code: "ZERO", minor: 0n };

/** What imports bring to a client's books: new documents, and later revisions of what is there. */
export function importsOf(database: Database, scope: ClientScope) {
  const { clientId } = scope;
  return {
    /** Adds documents, their contacts and products, as an import does. */
    async add(...documents: SceneDocument[]) {
      await database.inScope(scope, async (db) => {
        for (const document of documents) await insertDocument(db, clientId, document);
        await makePostings(db, scope);
      });
    },
    /** Raises a document's revision by changing its lines, as a second import does. */
    async amend(number: string, netMinor: bigint, tax: { readonly code: string; readonly minor: bigint } = NO_TAX) {
      await database.inScope(scope, async (db) => {
        await db.execute(sql`
          insert into document_revisions (client_id, document_id, revision, number, contact_id, issued_on, due_on, currency, net_minor, tax_minor, gross_minor)
          select client_id, id, revision, number, contact_id, issued_on, due_on, currency, net_minor, tax_minor, gross_minor
          from documents where client_id = ${clientId} and number = ${number}`);
        await db.execute(sql`
          insert into document_lines (client_id, document_id, revision, position, product_id, description, quantity, unit_price, net_minor, tax_minor, nominal_code, tax_code)
          select l.client_id, l.document_id, l.revision + 1, 1, l.product_id, l.description, '1', ${minorToDecimal(netMinor, "GBP")}, ${netMinor}, ${tax.minor}, l.nominal_code, ${tax.code}
          from document_lines l join documents d on d.id = l.document_id and d.revision = l.revision and l.position = 1
          where d.client_id = ${clientId} and d.number = ${number}`);
        await db.execute(sql`
          update documents set revision = revision + 1, net_minor = ${netMinor}, tax_minor = ${tax.minor}, gross_minor = ${netMinor + tax.minor}
          where client_id = ${clientId} and number = ${number}`);
        await makePostings(db, scope);
      });
    },
    /** Makes a document void, as a second import does: a new revision with the same amounts and no lines. */
    async voidDocument(number: string) {
      await database.inScope(scope, async (db) => {
        await db.execute(sql`
          insert into document_revisions (client_id, document_id, revision, number, contact_id, issued_on, due_on, currency, net_minor, tax_minor, gross_minor, status)
          select client_id, id, revision, number, contact_id, issued_on, due_on, currency, net_minor, tax_minor, gross_minor, status
          from documents where client_id = ${clientId} and number = ${number}`);
        await db.execute(
          sql`update documents set revision = revision + 1, status = 'void' where client_id = ${clientId} and number = ${number}`,
        );
        await makePostings(db, scope);
      });
    },
    /** Renames a contact or a product, as a second import does. */
    async rename(reference: string, name: string) {
      await database.inScope(scope, async (db) => {
        for (const table of ["contacts", "products"]) {
          await db.execute(sql`
            update ${sql.identifier(table)} set revision = revision + 1, name = ${name} where client_id = ${clientId} and reference = ${reference}`);
        }
        await makePostings(db, scope);
      });
    },
  };
}

async function insertDocument(db: ScopedDb, clientId: string, document: SceneDocument) {
  const kind = document.kind ?? "sales-invoice";
  const purchase = kind === "bill" || kind === "supplier-credit-note";
  const contact = document.contact ?? "C1";
  const [party] = await rowsOf<{ id: string }>(
    db,
    sql`
    insert into contacts (client_id, reference, name, is_customer, is_supplier, content_sha)
    values (${clientId}, ${contact}, ${`Company ${contact}`}, ${!purchase}, ${purchase}, 'x')
    on conflict (client_id, reference) do update set name = excluded.name returning id`,
  );
  const lines = (document.lines ?? [{}]).map((line) => ({
    nominalCode: line.nominalCode ?? (purchase ? "5000" : "4000"),
    taxCode: line.taxCode ?? (purchase ? "PSTD" : "STD"),
    product: line.product ?? null,
    quantity: line.quantity ?? "1",
    unitPrice: line.unitPrice ?? "10.00",
    netMinor: line.netMinor ?? 1000n,
    taxMinor: line.taxMinor ?? 200n,
  }));
  const net = lines.reduce((sum, line) => sum + line.netMinor, 0n);
  const tax = lines.reduce((sum, line) => sum + line.taxMinor, 0n);
  const [head] = await rowsOf<{ id: string }>(
    db,
    sql`
    insert into documents (client_id, kind, reference, number, contact_id, issued_on, due_on, currency, net_minor, tax_minor, gross_minor, content_sha)
    values (${clientId}, ${kind}, ${document.reference ?? document.number}, ${document.number}, ${party?.id ?? null}, ${document.issuedOn ?? "2026-11-02"},
      ${document.issuedOn ?? "2026-12-02"}, ${document.currency ?? "GBP"}, ${net}, ${tax}, ${net + tax}, 'x') returning id`,
  );
  for (const [index, line] of lines.entries()) {
    const [product] = line.product
      ? await rowsOf<{ id: string }>(
          db,
          sql`
          insert into products (client_id, reference, name, content_sha) values (${clientId}, ${line.product}, ${`Product ${line.product}`}, 'x')
          on conflict (client_id, reference) do update set name = excluded.name returning id`,
        )
      : [];
    await db.execute(sql`
      insert into document_lines (client_id, document_id, revision, position, product_id, description, quantity, unit_price, net_minor, tax_minor, nominal_code, tax_code)
      values (${clientId}, ${head?.id ?? null}, 1, ${index + 1}, ${product?.id ?? null}, ${`Line ${index + 1}`}, ${line.quantity}, ${line.unitPrice},
        ${line.netMinor}, ${line.taxMinor}, ${line.nominalCode}, ${line.taxCode})`);
  }
}
