import { type SQL, sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { Level, MappingFault, MappingKind, ResolvedMapping } from "#lib/mapping/resolve.ts";

/**
 * A derived table, in brackets and without a name: `join ${resolvedMappingSql(scope, connectionId)} as m on m.kind = 'nominal' and m.source_code = l.nominal_code`.
 *
 * One row per kind and code that has a mapping, by client → practice → master; a code that is not mapped has no row. Columns:
 * `kind` ('nominal' | 'tax' | 'bank'), `source_code`, `level`, `target_external_id`, `target_code`, `target_name`, `target_class` (accounts),
 * `applies_to` (tax rates: text[] of classes) and `fault`: null when usable, else 'absent' | 'archived' | 'no-code' | 'wrong-type'
 * (meanings at `MappingFault` in lib/mapping/resolve.ts, whose `resolveMappings` is the same rule without a database).
 */
export function resolvedMappingSql(scope: ClientScope, connectionId: string): SQL {
  return sql`(
    with chosen as materialized (
      select distinct on (r.kind, r.source_code) r.kind, r.source_code, s.level, r.target_external_id, r.target_code
      from mapping_rows r
      join mapping_sets s on s.id = r.set_id and s.purpose = 'posting' and (s.client_id is null or s.client_id = ${scope.clientId})
      join connections c on c.id = ${connectionId} and c.client_id = ${scope.clientId} and c.package = s.package
      order by r.kind, r.source_code, case s.level when 'client' then 1 when 'practice' then 2 else 3 end
    ), by_code as materialized (
      select a.code, (array_agg(a.external_id order by a.active desc))[1] as external_id
      from package_accounts a
      where a.connection_id = ${connectionId} and a.client_id = ${scope.clientId} and a.code is not null
      group by a.code
      having case when bool_or(a.active) then count(*) filter (where a.active) else count(*) end = 1
    )
    select ch.kind, ch.source_code, ch.level,
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
        when ch.kind = 'nominal' and coalesce(a.code, '') = '' then 'no-code'
      end as fault
    from chosen ch
    left join by_code bc on ch.kind <> 'tax' and ch.target_external_id is null and bc.code = ch.target_code
    left join package_accounts a on ch.kind <> 'tax' and a.connection_id = ${connectionId} and a.client_id = ${scope.clientId}
      and a.external_id = coalesce(ch.target_external_id, bc.external_id)
    left join package_tax_rates t on ch.kind = 'tax' and t.connection_id = ${connectionId} and t.client_id = ${scope.clientId}
      and t.external_id = coalesce(ch.target_external_id, ch.target_code)
  )`;
}

/** The derived table of {@link resolvedMappingSql} as objects, by kind and code; all kinds when none is named. */
export async function resolvedMappings(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  kind?: MappingKind,
): Promise<ResolvedMapping[]> {
  const { rows } = await db.execute<{
    kind: MappingKind;
    source_code: string;
    level: Level;
    target_external_id: string | null;
    target_code: string | null;
    target_name: string | null;
    target_class: string | null;
    applies_to: string[] | null;
    fault: MappingFault | null;
  }>(
    sql`select m.* from ${resolvedMappingSql(scope, connectionId)} as m ${kind ? sql`where m.kind = ${kind}` : sql``} order by m.kind, m.source_code`,
  );
  return rows.map((row) => ({
    kind: row.kind,
    sourceCode: row.source_code,
    level: row.level,
    targetExternalId: row.target_external_id,
    targetCode: row.target_code,
    targetName: row.target_name,
    targetClass: row.target_class,
    appliesTo: row.applies_to,
    fault: row.fault,
  }));
}
