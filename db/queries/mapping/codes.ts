import { and, asc, desc, eq, inArray, type SQL, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { nominalCodes, productGroups, products, taxCodes } from "#db/schema/operational.ts";
import { auditEvents } from "#db/schema/work.ts";
import type { DocumentKind } from "#lib/common/records.ts";

/** What stands in the audit about one code or group, as far as a reader of its page wants it. */
const MOST_EVENTS = 50;

export async function findNominalCode(db: ScopedDb, scope: ClientScope, id: string) {
  const [row] = await db
    .select({ id: nominalCodes.id, code: nominalCodes.code, name: nominalCodes.name, kind: nominalCodes.kind })
    .from(nominalCodes)
    .where(and(eq(nominalCodes.clientId, scope.clientId), eq(nominalCodes.id, id)));
  return row ?? null;
}

export async function findTaxCode(db: ScopedDb, scope: ClientScope, id: string) {
  const [row] = await db
    .select({
      id: taxCodes.id,
      code: taxCodes.code,
      name: taxCodes.name,
      rate: taxCodes.rate,
      kind: taxCodes.kind,
      side: taxCodes.side,
      followedBy: taxCodes.followedBy,
      followedFrom: taxCodes.followedFrom,
      saidAt: taxCodes.saidAt,
      saidBy: taxCodes.saidBy,
    })
    .from(taxCodes)
    .where(and(eq(taxCodes.clientId, scope.clientId), eq(taxCodes.id, id)));
  return row ?? null;
}

export async function findGroup(db: ScopedDb, scope: ClientScope, id: string) {
  const [row] = await db
    .select({
      id: productGroups.id,
      code: productGroups.code,
      name: productGroups.name,
      salesNominalCode: productGroups.salesNominalCode,
      purchaseNominalCode: productGroups.purchaseNominalCode,
      taxCode: productGroups.taxCode,
    })
    .from(productGroups)
    .where(and(eq(productGroups.clientId, scope.clientId), eq(productGroups.id, id)));
  return row ?? null;
}

/** The client's whole chart with the ids of its pages, by code. */
export async function listNominalCodes(db: ScopedDb, scope: ClientScope) {
  return db
    .select({ id: nominalCodes.id, code: nominalCodes.code, name: nominalCodes.name, kind: nominalCodes.kind })
    .from(nominalCodes)
    .where(eq(nominalCodes.clientId, scope.clientId))
    .orderBy(asc(nominalCodes.code));
}

export async function listTaxCodes(db: ScopedDb, scope: ClientScope) {
  return db
    .select({
      id: taxCodes.id,
      code: taxCodes.code,
      name: taxCodes.name,
      rate: taxCodes.rate,
      kind: taxCodes.kind,
      side: taxCodes.side,
    })
    .from(taxCodes)
    .where(eq(taxCodes.clientId, scope.clientId))
    .orderBy(asc(taxCodes.code));
}

/** The client's product groups with how many products each has, by code. */
export async function listGroups(db: ScopedDb, scope: ClientScope) {
  return db
    .select({
      id: productGroups.id,
      code: productGroups.code,
      name: productGroups.name,
      salesNominalCode: productGroups.salesNominalCode,
      purchaseNominalCode: productGroups.purchaseNominalCode,
      taxCode: productGroups.taxCode,
      products: sql<number>`(select count(*)::int from products p where p.group_id = product_groups.id)`,
    })
    .from(productGroups)
    .where(eq(productGroups.clientId, scope.clientId))
    .orderBy(asc(productGroups.code));
}

/** The first products of a group, by code. */
export async function listGroupProducts(db: ScopedDb, scope: ClientScope, groupId: string, limit: number) {
  return db
    .select({ id: products.id, reference: products.reference, name: products.name })
    .from(products)
    .where(and(eq(products.clientId, scope.clientId), eq(products.groupId, groupId)))
    .orderBy(asc(products.reference))
    .limit(limit);
}

/** Ids of the pages of these codes. */
export async function idsOfCodes(
  db: ScopedDb,
  scope: ClientScope,
  codes: { readonly nominal: readonly string[]; readonly tax: readonly string[] },
): Promise<{ nominal: ReadonlyMap<string, string>; tax: ReadonlyMap<string, string> }> {
  const nominal =
    codes.nominal.length === 0
      ? []
      : await db
          .select({ code: nominalCodes.code, id: nominalCodes.id })
          .from(nominalCodes)
          .where(and(eq(nominalCodes.clientId, scope.clientId), inArray(nominalCodes.code, [...new Set(codes.nominal)])));
  const tax =
    codes.tax.length === 0
      ? []
      : await db
          .select({ code: taxCodes.code, id: taxCodes.id })
          .from(taxCodes)
          .where(and(eq(taxCodes.clientId, scope.clientId), inArray(taxCodes.code, [...new Set(codes.tax)])));
  return { nominal: new Map(nominal.map((one) => [one.code, one.id])), tax: new Map(tax.map((one) => [one.code, one.id])) };
}

export interface CodeUse extends Record<string, unknown> {
  readonly kind: DocumentKind;
  readonly currency: string;
  readonly documents: number;
  readonly lines: number;
  /** Decimal integer in minor units. */
  readonly net: string;
}

const usedOn = (scope: ClientScope, by: "nominal" | "tax", code: string): SQL => sql`
  document_lines l join documents d on d.id = l.document_id and d.revision = l.revision
  where l.client_id = ${scope.clientId} and ${by === "nominal" ? sql`l.nominal_code` : sql`l.tax_code`} = ${code}`;

/** What a code's lines on documents as they stand come to, by type and currency. */
export async function sumCodeLines(db: ScopedDb, scope: ClientScope, by: "nominal" | "tax", code: string): Promise<CodeUse[]> {
  const { rows } = await db.execute<CodeUse>(sql`
    select d.kind, d.currency, count(distinct d.id)::int as documents, count(*)::int as lines, sum(l.net_minor)::text as net
    from ${usedOn(scope, by, code)} group by d.kind, d.currency order by d.kind, d.currency`);
  return rows;
}

/** The latest documents that use a code. */
export async function listCodeDocuments(db: ScopedDb, scope: ClientScope, by: "nominal" | "tax", code: string, limit: number) {
  const { rows } = await db.execute<{
    id: string;
    kind: DocumentKind;
    number: string;
    contact: string;
    issued_on: string;
    currency: string;
    net: string;
  }>(sql`
    select d.id, d.kind, d.number, c.name as contact, d.issued_on::text as issued_on, d.currency, u.net from (
      select d.id, sum(l.net_minor)::text as net from ${usedOn(scope, by, code)} group by d.id, d.issued_on order by d.issued_on desc, d.id desc limit ${limit}
    ) u join documents d on d.id = u.id join contacts c on c.id = d.contact_id order by d.issued_on desc, d.id desc`);
  return rows.map(({ issued_on: issuedOn, net, ...row }) => ({ ...row, issuedOn, netMinor: BigInt(net) }));
}

/** Where else a nominal or tax code stands: on products and groups as what their lines usually take, in payments and journals. */
export async function countCodeUses(db: ScopedDb, scope: ClientScope, by: "nominal" | "tax", code: string) {
  const client = sql`client_id = ${scope.clientId}`;
  const { rows } = await db.execute<{ products: number; groups: number; payments: number; journals: number }>(
    by === "nominal"
      ? sql`select
          (select count(*)::int from products where ${client} and ${code} in (sales_nominal_code, purchase_nominal_code, stock_nominal_code)) as products,
          (select count(*)::int from product_groups where ${client} and ${code} in (sales_nominal_code, purchase_nominal_code)) as groups,
          (select count(*)::int from payments where ${client} and bank_nominal_code = ${code}) as payments,
          (select count(distinct journal_id)::int from journal_lines where ${client} and nominal_code = ${code}) as journals`
      : sql`select
          (select count(*)::int from products where ${client} and tax_code = ${code}) as products,
          (select count(*)::int from product_groups where ${client} and tax_code = ${code}) as groups, 0 as payments,
          (select count(distinct journal_id)::int from journal_lines where ${client} and tax_code = ${code}) as journals`,
  );
  return rows[0] ?? { products: 0, groups: 0, payments: 0, journals: 0 };
}

/** What the audit says of a code or group: its changes by hand, and the mappings that were saved for it. */
export async function listCodeHistory(
  db: ScopedDb,
  scope: ClientScope,
  of: { readonly id: string; readonly mapped: { readonly kind: "nominal" | "tax"; readonly code: string } | null },
) {
  return db
    .select({ at: auditEvents.at, actor: auditEvents.actor, action: auditEvents.action, detail: auditEvents.detail })
    .from(auditEvents)
    .where(
      and(
        eq(auditEvents.clientId, scope.clientId),
        sql`((${auditEvents.action} = 'record.save' and ${auditEvents.detail} ->> 'recordId' = ${of.id})
          or (${auditEvents.action} = 'mapping.save' and not ${auditEvents.detail} ? 'changedMeanwhile' and (
            ${auditEvents.detail} -> 'changes' @> ${JSON.stringify([{ kind: of.mapped?.kind ?? "", key: of.mapped?.code ?? "" }])}::jsonb
            or ${auditEvents.subject} = ${of.mapped?.kind ?? null}
              and ${auditEvents.detail} -> 'changes' @> ${JSON.stringify([{ sourceCode: of.mapped?.code ?? "" }])}::jsonb)))`,
      ),
    )
    .orderBy(desc(auditEvents.seq))
    .limit(MOST_EVENTS);
}
export type CodeEvent = Awaited<ReturnType<typeof listCodeHistory>>[number];

export interface Waiting {
  readonly count: number;
  readonly first: readonly {
    readonly id: string;
    readonly kind: DocumentKind;
    readonly number: string;
    readonly issuedOn: string;
    readonly currency: string;
    readonly grossMinor: bigint;
  }[];
}

/** Documents that a contact or product holds up, because it is not in the package itself: how many, and the first by date. */
export async function listHeldUp(
  db: ScopedDb,
  scope: ClientScope,
  by: { readonly family: "contact" | "product"; readonly id: string },
  limit: number,
): Promise<Waiting> {
  const names =
    by.family === "contact"
      ? sql`d.contact_id = ${by.id}`
      : sql`exists (select from document_lines l where l.document_id = d.id and l.revision = p.revision and l.product_id = ${by.id})`;
  const { rows } = await db.execute<{
    id: string;
    kind: DocumentKind;
    number: string;
    issued_on: string;
    currency: string;
    gross: string;
    of: number;
  }>(sql`
    select d.id, d.kind, d.number, d.issued_on::text as issued_on, d.currency,
      (case when d.kind in ('sales-credit-note', 'supplier-credit-note') then -d.gross_minor else d.gross_minor end)::text as gross,
      (count(*) over ())::int as of
    from postings p join documents d on d.id = p.record_id
    where p.client_id = ${scope.clientId} and p.current and p.panel in ('pending', 'errors') and ${names}
      and not exists (select from external_refs r where r.connection_id = p.connection_id and r.family = ${by.family} and r.record_id = ${by.id})
    order by d.issued_on, d.number limit ${limit}`);
  return {
    count: rows[0]?.of ?? 0,
    first: rows.map((row) => ({
      id: row.id,
      kind: row.kind,
      number: row.number,
      issuedOn: row.issued_on,
      currency: row.currency,
      grossMinor: BigInt(row.gross),
    })),
  };
}
