import { and, eq, inArray, isNull, ne, or, type SQL, sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import { alongIndexes } from "#db/queries/common/bulk.ts";
import { chargedSql, documentSideSql, saidSideSql, taxMappingFaultSql } from "#db/queries/common/tax-sql.ts";
import { packageAccounts, packageTaxRates } from "#db/schema/catalogue.ts";
import { connections } from "#db/schema/clients.ts";
import { type MAPPING_ROW_SIDES, mappingRows, mappingSets } from "#db/schema/mapping.ts";
import { type NominalKind, nominalCodes, taxCodes } from "#db/schema/operational.ts";
import { incomingPayments } from "#db/schema/work.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { PackageAccount } from "#lib/connectors/types.ts";
import type { Level, MappingFault, MappingKind, ResolvedMapping } from "#lib/mapping/resolve.ts";
import type { DocumentSide } from "#lib/tax/kinds.ts";

/**
 * A derived table, in brackets and without a name: `join ${resolvedMappingSql(scope, connectionId)} as m on m.kind = 'nominal' and m.source_code = l.nominal_code`.
 *
 * One row per kind and code that has a mapping, by client → practice → master, and of a tax code one per side of a document
 * (`and m.side = 'purchase'`), at one level the row of that side before the row of both; a code that is not mapped has no row. Columns:
 * `kind` ('nominal' | 'tax' | 'bank'), `source_code`, `side` (tax: 'sales' | 'purchase', else null), `apart` (the row is for that side alone),
 * `level`, `target_external_id`, `target_code`, `target_name`, `target_class` (accounts), `applies_to` (tax rates: text[] of classes), `rate`, `tax_code`, `attributes`,
 * `self_accounts` and `recovers` (of the target's tax rate), `charged` (what our tax code charges, per cent), and `fault`: null when usable, else
 * 'absent' | 'archived' | 'no-code' | 'wrong-type' | 'charges-otherwise' | 'wrong-side' | 'accounts-otherwise' |
 * 'recovers-otherwise'
 * (meanings at `MappingFault` in lib/mapping/resolve.ts, whose `resolveMappings` is the same rule without a database).
 */
export function resolvedMappingSql(scope: ClientScope, connectionId: string): SQL {
  return sql`(
    with chosen as materialized (
      select distinct on (r.kind, r.source_code, of.side) r.kind, r.source_code, of.side, r.side <> '' as apart, s.level,
        r.target_external_id, r.target_code
      from mapping_rows r
      cross join lateral unnest(case when r.kind <> 'tax' then array[null::text] when r.side = '' then array['sales', 'purchase']
        else array[r.side] end) as of (side)
      join mapping_sets s on s.id = r.set_id and s.purpose = 'posting' and (s.client_id is null or s.client_id = ${scope.clientId})
      join connections c on c.id = ${connectionId} and c.client_id = ${scope.clientId} and c.package = s.package
      order by r.kind, r.source_code, of.side, case s.level when 'client' then 1 when 'practice' then 2 else 3 end, r.side = ''
    ), by_code as materialized (
      select coalesce(a.match_key, a.code) as code, (array_agg(a.external_id order by a.active desc))[1] as external_id
      from package_accounts a
      where a.connection_id = ${connectionId} and a.client_id = ${scope.clientId} and coalesce(a.match_key, a.code) is not null
      group by coalesce(a.match_key, a.code)
      having case when bool_or(a.active) then count(*) filter (where a.active) else count(*) end = 1
    )
    select ch.kind, ch.source_code, ch.side, ch.apart, ch.level,
      coalesce(a.external_id, t.external_id, ch.target_external_id) as target_external_id,
      case when a.external_id is not null then a.code else coalesce(t.external_id, ch.target_code) end as target_code,
      coalesce(a.name, t.name) as target_name,
      a.class as target_class,
      t.applies_to,
      case
        when a.external_id is null and t.external_id is null then 'absent'
        when not coalesce(a.active, t.active) then 'archived'
        when ch.kind = 'bank' and not (a.is_bank or a.takes_payments) then 'wrong-type'
        when ch.kind = 'nominal' and (a.is_bank or a.is_system) then 'wrong-type'
        when ch.kind = 'nominal' and coalesce(a.code, '') = '' and not a.by_id then 'no-code'
        else coalesce(${taxMappingFaultSql("tc", "t", saidSideSql("tc"))}, ${taxMappingFaultSql("tc", "t", sql`ch.side`)})
      end as fault,
      t.rate, t.code as tax_code, t.attributes, t.self_accounts, t.recovers, ${chargedSql("tc")} as charged
    from chosen ch
    left join by_code bc on ch.kind <> 'tax' and ch.target_external_id is null and bc.code = ch.target_code
    left join package_accounts a on ch.kind <> 'tax' and a.connection_id = ${connectionId} and a.client_id = ${scope.clientId}
      and a.external_id = coalesce(ch.target_external_id, bc.external_id)
    left join package_tax_rates t on ch.kind = 'tax' and t.connection_id = ${connectionId} and t.client_id = ${scope.clientId}
      and t.external_id = coalesce(ch.target_external_id, ch.target_code)
    left join tax_codes tc on ch.kind = 'tax' and tc.client_id = ${scope.clientId} and tc.code = ch.source_code
  )`;
}

/** The derived table of {@link resolvedMappingSql} as objects, by kind, code and side, sales first; all kinds when none is named. */
export async function resolvedMappings(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  kind?: MappingKind,
): Promise<ResolvedMapping[]> {
  const { rows } = await db.execute<{
    kind: MappingKind;
    source_code: string;
    side: DocumentSide | null;
    apart: boolean;
    level: Level;
    target_external_id: string | null;
    target_code: string | null;
    target_name: string | null;
    target_class: string | null;
    applies_to: string[] | null;
    fault: MappingFault | null;
  }>(
    sql`select m.* from ${resolvedMappingSql(scope, connectionId)} as m ${kind ? sql`where m.kind = ${kind}` : sql``} order by m.kind, m.source_code, m.side desc`,
  );
  return rows.map((row) => ({
    kind: row.kind,
    sourceCode: row.source_code,
    side: row.side,
    apart: row.apart,
    level: row.level,
    targetExternalId: row.target_external_id,
    targetCode: row.target_code,
    targetName: row.target_name,
    targetClass: row.target_class,
    appliesTo: row.applies_to,
    fault: row.fault,
  }));
}

/** The client's connection that is not disconnected, as the mapping editors need it; null without one. */
export async function mappingConnection(
  db: ScopedDb,
  scope: ClientScope,
): Promise<{
  id: string;
  package: string;
  tenantName: string;
  state: "live" | "lost";
  listsAsOf: Date | null;
  mappingVersion: number;
} | null> {
  const [row] = await db
    .select({
      id: connections.id,
      package: connections.package,
      tenantName: connections.tenantName,
      state: connections.state,
      listsAsOf: connections.listsAsOf,
      mappingVersion: connections.mappingVersion,
    })
    .from(connections)
    .where(and(eq(connections.clientId, scope.clientId), ne(connections.state, "disconnected")));
  return row ? { ...row, state: row.state === "lost" ? "lost" : "live" } : null;
}

/** Of `p` in `postings`: documents that are not exported yet and will be. */
const WAITING = sql`p.current and p.panel in ('pending', 'errors') and p.state in ('pending', 'queued', 'held', 'rejected')
  and p.kind in ('sales-invoice', 'bill', 'sales-credit-note', 'supplier-credit-note')`;

/** Documents that are not exported yet and will be, with the lines of the revision that waits; without a connection, every open document. */
function waitingLines(scope: ClientScope, connectionId: string | null): SQL {
  return connectionId === null
    ? sql`select d.id, d.kind, d.currency, d.gross_minor, l.nominal_code, l.tax_code
        from documents d join document_lines l on l.document_id = d.id and l.revision = d.revision
        where d.client_id = ${scope.clientId} and d.status = 'open'`
    : sql`select d.id, d.kind, d.currency, d.gross_minor, l.nominal_code, l.tax_code
        from postings p join documents d on d.id = p.record_id join document_lines l on l.document_id = d.id and l.revision = p.revision
        where p.client_id = ${scope.clientId} and p.connection_id = ${connectionId} and ${WAITING}`;
}

export interface CodeInUse {
  readonly kind: "nominal" | "tax";
  readonly code: string;
  /** It has a mapping, whose target is there and may be used; of a tax code on one of its sides at least. */
  readonly mapped: boolean;
  /** It has a mapping that is refused: on one side at least it is none. */
  readonly refused: boolean;
  /** It has no mapping, on one side at least. */
  readonly missing: boolean;
  /** The one side of a mapped tax code on which it has none; null otherwise. */
  readonly missingOn: DocumentSide | null;
}

/** With so few waiting documents their own lines are looked at; beyond it, the client's codes. */
const FEW = 2_000;

/**
 * The nominal and tax codes that stand on a document that waits for export, by kind and code; without a connection, on any open document.
 * No line is counted: a long list is stepped through from pair of codes to pair of codes, and each pair asked whether one such document has it.
 * @param connectionId the client's connection, or the last that it had: its mappings are kept
 * @param which `unmapped` asks only for those without a usable mapping, which is cheaper: the rest need not be looked for
 */
export async function codesInUse(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string | null,
  which: "all" | "unmapped" = "all",
): Promise<CodeInUse[]> {
  const mapped =
    connectionId === null
      ? sql`(select null::text as kind, null::text as source_code, null::text as side, null::text as fault where false)`
      : sql`(select kind, source_code, side, fault from ${resolvedMappingSql(scope, connectionId)} as r)`;
  const waiting =
    connectionId === null
      ? sql`select 1 from documents d where d.id = l.document_id and d.revision = l.revision and d.status = 'open' limit 1`
      : sql`select 1 from postings p where p.record_id = l.document_id and p.revision = l.revision and p.connection_id = ${connectionId} and ${WAITING} limit 1`;
  // A tax code is asked about by the side of what waits; where many wait, their sides are not looked at, and one that is mapped will do.
  const ofSide = sql`(c.side is null or m.side = c.side)`;
  const nominalKnown = sql`m.kind = 'nominal' and m.source_code = c.nominal_code`;
  const taxKnown = sql`m.kind = 'tax' and m.source_code = c.tax_code and ${ofSide}`;
  const nominalMapped = sql`exists (select from mapped m where ${nominalKnown} and m.fault is null)`;
  const taxMapped = sql`exists (select from mapped m where ${taxKnown} and m.fault is null)`;
  const known = (kind: "nominal" | "tax") => sql`exists (select from mapped m where ${kind === "tax" ? taxKnown : nominalKnown})`;
  const asked = which === "all" ? sql`true` : sql`not (${nominalMapped} and ${taxMapped})`;
  const { rows: some } =
    connectionId === null
      ? { rows: [{ n: FEW + 1 }] }
      : await db.execute<{ n: number }>(sql`
          select count(*)::int as n from (select 1 from postings p
            where p.client_id = ${scope.clientId} and p.connection_id = ${connectionId} and ${WAITING} limit ${FEW + 1}) p`);
  if (some[0]?.n === 0) return [];
  const few = (some[0]?.n ?? 0) <= FEW;
  const pairs =
    few && connectionId !== null
      ? sql`found as materialized (
          select distinct l.nominal_code, l.tax_code,
            ${documentSideSql(sql`p.kind`)} as side
          from postings p
          join document_lines l on l.document_id = p.record_id and l.revision = p.revision
          where p.client_id = ${scope.clientId} and p.connection_id = ${connectionId} and ${WAITING}
        )`
      : sql`pairs as (
          (select l.nominal_code, l.tax_code, null::text as side from document_lines l where l.client_id = ${scope.clientId}
            order by l.nominal_code, l.tax_code limit 1)
          union all
          select n.nominal_code, n.tax_code, null from pairs cross join lateral (
            select l.nominal_code, l.tax_code from document_lines l
            where l.client_id = ${scope.clientId} and (l.nominal_code, l.tax_code) > (pairs.nominal_code, pairs.tax_code)
            order by l.nominal_code, l.tax_code limit 1) n
        ), found as materialized (
          select c.nominal_code, c.tax_code, c.side from pairs c where ${asked} and (
            select true from document_lines l cross join lateral (${waiting}) w
            where l.client_id = ${scope.clientId} and l.nominal_code = c.nominal_code and l.tax_code = c.tax_code limit 1)
        )`;
  const { rows } = await alongIndexes(db, () =>
    db.execute<{
      kind: "nominal" | "tax";
      code: string;
      mapped: boolean;
      refused: boolean;
      missing: boolean;
      missing_on: DocumentSide | null;
    }>(sql`
      with recursive mapped as materialized ${mapped}, ${pairs}
      select u.kind, u.code, bool_or(u.mapped) as mapped, bool_or(u.known and not u.mapped) as refused, bool_or(not u.known) as missing,
        case when bool_or(u.mapped) then min(u.side) filter (where not u.known) end as missing_on
      from (
        select 'nominal' as kind, c.nominal_code as code, null::text as side, ${nominalMapped} as mapped, ${known("nominal")} as known from found c
        union
        select 'tax', c.tax_code, c.side, ${taxMapped}, ${known("tax")} from found c) u
      group by u.kind, u.code ${which === "all" ? sql`` : sql`having not bool_and(u.mapped)`} order by 1, 2`),
  );
  return rows.map(({ missing_on: missingOn, ...row }) => ({ ...row, missingOn }));
}

/**
 * The client's connection, live or lost; else the last that it had, whose mappings and rows are kept for when it is connected again; null
 * when there never was one.
 */
export async function lastConnectionId(db: ScopedDb, scope: ClientScope): Promise<string | null> {
  const [row] = await db
    .select({ id: connections.id })
    .from(connections)
    .where(eq(connections.clientId, scope.clientId))
    .orderBy(sql`(${connections.state} = 'disconnected')`, sql`${connections.connectedAt} desc`)
    .limit(1);
  return row?.id ?? null;
}

export interface CodeUsage {
  readonly code: string;
  readonly side: "sales" | "purchase";
  readonly currency: string;
  /** Waiting documents that have at least one line with the code. */
  readonly documents: number;
  /** Their gross, credit notes negative. */
  readonly grossMinor: bigint;
}

/**
 * How many waiting documents use each nominal or tax code, and their amounts, by side and currency.
 * @param only one code alone
 */
export async function codeUsage(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string | null,
  by: "nominal" | "tax",
  only?: string,
): Promise<CodeUsage[]> {
  const code = by === "nominal" ? sql`w.nominal_code` : sql`w.tax_code`;
  const { rows } = await db.execute<{
    code: string;
    side: "sales" | "purchase";
    currency: string;
    documents: number;
    gross: string;
  }>(sql`
    select u.code, ${documentSideSql(sql`u.kind`)} as side, u.currency,
      count(*)::int as documents,
      sum(case when u.kind in ('sales-credit-note', 'supplier-credit-note') then -u.gross_minor else u.gross_minor end)::text as gross
    from (select distinct ${code} as code, w.id, w.kind, w.currency, w.gross_minor from (${waitingLines(scope, connectionId)}) w
      ${only === undefined ? sql`` : sql`where ${code} = ${only}`}) u
    group by 1, 2, 3 order by 1, 2, 3`);
  return rows.map(({ gross, ...row }) => ({ ...row, grossMinor: BigInt(gross) }));
}

/** Which nominal and tax codes stand on one line of a waiting document of a side, with how many lines. */
export async function codePairs(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
): Promise<{ nominalCode: string; taxCode: string; side: DocumentSide; lines: number }[]> {
  const { rows } = await db.execute<{ nominal_code: string; tax_code: string; side: DocumentSide; lines: number }>(sql`
    select w.nominal_code, w.tax_code, ${documentSideSql(sql`w.kind`)} as side, count(*)::int as lines
    from (${waitingLines(scope, connectionId)}) w group by 1, 2, 3 order by 1, 2, 3`);
  return rows.map((row) => ({ nominalCode: row.nominal_code, taxCode: row.tax_code, side: row.side, lines: row.lines }));
}

/** Payments on the package's side that wait in Import, by bank account. */
export async function bankUsage(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
): Promise<{ accountExternalId: string; currency: string; payments: number; amountMinor: bigint }[]> {
  const i = incomingPayments;
  const rows = await db
    .select({
      accountExternalId: i.bankAccountExternalId,
      currency: i.currency,
      payments: sql<number>`count(*)::int`,
      amountMinor: sql<string>`sum(${i.amountMinor})::text`,
    })
    .from(i)
    .where(
      and(eq(i.clientId, scope.clientId), eq(i.connectionId, connectionId), inArray(i.status, ["waiting", "queued", "failed"])),
    )
    .groupBy(i.bankAccountExternalId, i.currency);
  return rows.flatMap((row) =>
    row.accountExternalId === null
      ? []
      : [
          {
            accountExternalId: row.accountExternalId,
            currency: row.currency,
            payments: row.payments,
            amountMinor: BigInt(row.amountMinor),
          },
        ],
  );
}

export async function listChart(db: ScopedDb, scope: ClientScope): Promise<{ code: string; name: string; kind: NominalKind }[]> {
  const n = nominalCodes;
  return db.select({ code: n.code, name: n.name, kind: n.kind }).from(n).where(eq(n.clientId, scope.clientId)).orderBy(n.code);
}

export async function listTaxCodes(db: ScopedDb, scope: ClientScope) {
  const t = taxCodes;
  return db
    .select({ code: t.code, name: t.name, rate: t.rate, kind: t.kind, side: t.side })
    .from(t)
    .where(eq(t.clientId, scope.clientId))
    .orderBy(t.code);
}

export async function listPackageAccounts(db: ScopedDb, scope: ClientScope, connectionId: string) {
  const a = packageAccounts;
  return db
    .select({
      externalId: a.externalId,
      code: a.code,
      byId: a.byId,
      matchKey: a.matchKey,
      name: a.name,
      type: a.type,
      class: sql<PackageAccount["class"]>`${a.class}`,
      active: a.active,
      isBank: a.isBank,
      isSystem: a.isSystem,
      takesPayments: a.takesPayments,
      currency: a.currency,
    })
    .from(a)
    .where(and(eq(a.clientId, scope.clientId), eq(a.connectionId, connectionId)))
    .orderBy(a.code, a.name);
}

export async function listPackageTaxRates(db: ScopedDb, scope: ClientScope, connectionId: string) {
  const t = packageTaxRates;
  return db
    .select({
      externalId: t.externalId,
      name: t.name,
      rate: t.rate,
      selfAccounts: t.selfAccounts,
      recovers: t.recovers,
      active: t.active,
      appliesTo: t.appliesTo,
    })
    .from(t)
    .where(and(eq(t.clientId, scope.clientId), eq(t.connectionId, connectionId)))
    .orderBy(t.name);
}

/** The posting sets that this client resolves through, its own first. */
export async function listMappingSets(
  db: ScopedDb,
  scope: ClientScope,
  packageId: string,
): Promise<{ id: string; level: Level; name: string; version: number }[]> {
  const s = mappingSets;
  return db
    .select({ id: s.id, level: s.level, name: s.name, version: s.version })
    .from(s)
    .where(and(eq(s.purpose, "posting"), eq(s.package, packageId), or(isNull(s.clientId), eq(s.clientId, scope.clientId))))
    .orderBy(sql`case ${s.level} when 'client' then 1 when 'practice' then 2 else 3 end`);
}

/** The client's own posting set, one version on; made, with the client's name, when there is none. The row stays locked until commit. */
export async function nextClientSet(
  db: ScopedDb,
  scope: ClientScope,
  packageId: string,
): Promise<{ id: string; version: number }> {
  const { rows } = await db.execute<{ id: string; version: number }>(sql`
    insert into mapping_sets (client_id, level, purpose, package, name)
    select c.id, 'client', 'posting', ${packageId}, c.name from clients c where c.id = ${scope.clientId}
    on conflict (level, purpose, package, coalesce(client_id, '00000000-0000-0000-0000-000000000000'::uuid))
      do update set version = mapping_sets.version + 1
    returning id, version`);
  const row = rows[0];
  if (!row) throw new Error("The client of this scope does not exist");
  return row;
}

/**
 * The client's mappings belong to this transaction until it ends: two saves go one after the other. Writes nothing, so that a save
 * that turns out to be too late leaves no version behind.
 */
export async function holdMappings(db: ScopedDb, scope: ClientScope, connectionId: string): Promise<void> {
  await db.execute(sql`
    select 1 from connections where client_id = ${scope.clientId} and id = ${connectionId} for no key update`);
}

/** Who saved each of the client's own mappings of a package last, and when. */
export async function listWhoMapped(
  db: ScopedDb,
  scope: ClientScope,
  packageId: string,
): Promise<{ kind: MappingKind; sourceCode: string; side: RowSide; savedBy: string; savedAt: Date }[]> {
  const [r, s] = [mappingRows, mappingSets];
  return db
    .select({ kind: r.kind, sourceCode: r.sourceCode, side: r.side, savedBy: r.savedBy, savedAt: r.savedAt })
    .from(r)
    .innerJoin(s, eq(s.id, r.setId))
    .where(and(eq(r.clientId, scope.clientId), eq(s.purpose, "posting"), eq(s.package, packageId)));
}

/** Raises the connection's mapping version: postings keep the one they were fixed with. Answers the new version. */
export async function raiseMappingVersion(db: ScopedDb, scope: ClientScope, connectionId: string): Promise<number> {
  const [row] = await db
    .update(connections)
    .set({ mappingVersion: sql`${connections.mappingVersion} + 1` })
    .where(and(eq(connections.clientId, scope.clientId), eq(connections.id, connectionId)))
    .returning({ version: connections.mappingVersion });
  if (!row) throw new Error("The connection of this scope does not exist");
  return row.version;
}

export type RowSide = (typeof MAPPING_ROW_SIDES)[number];

export interface RowToSave {
  readonly sourceCode: string;
  readonly side: RowSide;
  readonly targetExternalId: string;
  readonly targetCode: string | null;
}

/** Saves rows of the client's own set; a code that has one of the same side gets the new target. */
export async function upsertMappingRows(
  db: ScopedDb,
  scope: ClientScope,
  setId: string,
  kind: MappingKind,
  rows: readonly RowToSave[],
): Promise<void> {
  if (rows.length === 0) return;
  await db
    .insert(mappingRows)
    .values(rows.map((row) => ({ ...row, setId, kind, clientId: scope.clientId, savedBy: scope.actor.label })))
    .onConflictDoUpdate({
      target: [mappingRows.setId, mappingRows.kind, mappingRows.sourceCode, mappingRows.side],
      set: {
        targetExternalId: sql`excluded.target_external_id`,
        targetCode: sql`excluded.target_code`,
        savedAt: sql`app.now()`,
        savedBy: scope.actor.label,
      },
    });
}

/** Removes rows of the client's own set, of every side; what the practice or master says then applies. Answers how many codes had one. */
export async function deleteMappingRows(
  db: ScopedDb,
  scope: ClientScope,
  setId: string,
  kind: MappingKind,
  sourceCodes: readonly string[],
): Promise<number> {
  if (sourceCodes.length === 0) return 0;
  const gone = await db
    .delete(mappingRows)
    .where(ownRows(scope, setId, kind, sourceCodes))
    .returning({ sourceCode: mappingRows.sourceCode });
  return new Set(gone.map((row) => row.sourceCode)).size;
}

const ownRows = (scope: ClientScope, setId: string, kind: MappingKind, sourceCodes: readonly string[]) =>
  and(
    eq(mappingRows.clientId, scope.clientId),
    eq(mappingRows.setId, setId),
    eq(mappingRows.kind, kind),
    inArray(mappingRows.sourceCode, [...sourceCodes]),
  );

/** Removes the rows of one side of tax codes that are mapped for both sides from now on. */
export async function deleteSideRows(
  db: ScopedDb,
  scope: ClientScope,
  setId: string,
  sourceCodes: readonly string[],
): Promise<void> {
  if (sourceCodes.length === 0) return;
  await db.delete(mappingRows).where(and(ownRows(scope, setId, "tax", sourceCodes), ne(mappingRows.side, "")));
}

/**
 * Takes what the client's own set says of a tax code away for one side; the other side keeps what it had, be it a row of both sides.
 * Answers whether there was anything for that side.
 */
export async function clearMappingSide(
  db: ScopedDb,
  scope: ClientScope,
  setId: string,
  sourceCode: string,
  side: DocumentSide,
): Promise<boolean> {
  const of = ownRows(scope, setId, "tax", [sourceCode]);
  const own = await db.delete(mappingRows).where(and(of, eq(mappingRows.side, side)));
  const other: DocumentSide = side === "sales" ? "purchase" : "sales";
  // A row of both sides becomes the other side's, unless that has one already.
  const kept = await db.execute(sql`
    update mapping_rows r set side = ${other} where r.client_id = ${scope.clientId} and r.set_id = ${setId} and r.kind = 'tax'
      and r.source_code = ${sourceCode} and r.side = '' and not exists (
        select from mapping_rows o where o.set_id = r.set_id and o.kind = 'tax' and o.source_code = r.source_code and o.side = ${other})`);
  const both = await db.delete(mappingRows).where(and(of, eq(mappingRows.side, "")));
  return (own.rowCount ?? 0) + (kept.rowCount ?? 0) + (both.rowCount ?? 0) > 0;
}

/** Adds a bank nominal to the client's chart; false when the code is taken. */
export async function insertBankNominal(db: ScopedDb, scope: ClientScope, code: string, name: string): Promise<boolean> {
  const made = await db.insert(nominalCodes).values({ clientId: scope.clientId, code, name, kind: "bank" }).onConflictDoNothing();
  return (made.rowCount ?? 0) > 0;
}
