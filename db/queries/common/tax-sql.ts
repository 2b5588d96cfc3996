import { type SQL, sql } from "drizzle-orm";
import { MINOR_DIGITS } from "#lib/common/money.ts";
import { CHARGE_NOTHING, TAX_KIND_ROWS, TAX_KINDS, type TaxKind } from "#lib/tax/kinds.ts";

// The rules of lib/tax in SQL. Names are of our own tables of constants, so they may stand in the text.

const listOf = (kinds: readonly TaxKind[]): SQL => sql.raw(`(${kinds.map((kind) => `'${kind}'`).join(", ")})`);
const SELF: readonly TaxKind[] = TAX_KINDS.filter((kind) => TAX_KIND_ROWS[kind].selfAccounts.length > 0);
const SELF_ON_PURCHASES: readonly TaxKind[] = SELF.filter((kind) => TAX_KIND_ROWS[kind].sides.length > 1);
const charging = (recovers: "all" | "part" | "nothing"): readonly TaxKind[] =>
  TAX_KINDS.filter((kind) => TAX_KIND_ROWS[kind].charges === "rate" && TAX_KIND_ROWS[kind].recovers === recovers);
const CHARGE_AND_RECOVER = charging("all");
const RECOVER_PART = charging("part");
const RECOVER_NOTHING = charging("nothing");
const ONE_SIDED: readonly TaxKind[] = TAX_KINDS.filter((kind) => TAX_KIND_ROWS[kind].sides.length === 1);

/** The side on which documents of a kind stand: as `sideOf` of lib/common/records.ts for them. */
export const documentSideSql = (kind: SQL): SQL =>
  sql`case when ${kind} in ('sales-invoice', 'sales-credit-note') then 'sales' else 'purchase' end`;

/** What a document with a code charges, per cent, numeric: as `chargedRate` of lib/tax/kinds.ts. @param code alias of `tax_codes` */
export function chargedSql(code: string): SQL {
  const c = sql.raw(code);
  return sql`case when ${c}.kind in ${listOf(CHARGE_NOTHING)} then 0 else ${c}.rate::numeric end`;
}

/** The side that was said of a code, or that its kind alone can have; null where neither. @param code alias of `tax_codes` */
export function saidSideSql(code: string): SQL {
  const c = sql.raw(code);
  const only = ONE_SIDED.map((kind) => sql.raw(`when '${kind}' then '${TAX_KIND_ROWS[kind].sides[0]}'`));
  return sql`coalesce(${c}.side, case ${c}.kind ${sql.join(only, sql` `)} end)`;
}

/**
 * Why a code cannot be a package's rate, or null: as `taxMappingFault` of lib/tax/charged.ts.
 *
 * @param code alias of `tax_codes`
 * @param rate alias of what has `rate`, `applies_to`, `self_accounts` and `recovers`
 * @param side 'sales', 'purchase', 'both' or null
 */
export function taxMappingFaultSql(code: string, rate: string, side: SQL): SQL {
  const c = sql.raw(code);
  const r = sql.raw(rate);
  return sql`case
    when ${c}.code is null then null
    -- A rate that says no figure is the package's own to reckon.
    when ${chargedSql(code)} <> ${r}.rate::numeric then 'charges-otherwise'
    when ${side} = 'sales' and 'expense' = any (${r}.applies_to) and not 'revenue' = any (${r}.applies_to)
      or ${side} = 'purchase' and 'revenue' = any (${r}.applies_to) and not 'expense' = any (${r}.applies_to) then 'wrong-side'
    when ${r}.recovers is not null and (${c}.kind in ${listOf(CHARGE_AND_RECOVER)} and ${side} = 'purchase' and ${r}.recovers <> 'all'
      or ${c}.kind in ${listOf(RECOVER_PART)} and ${r}.recovers <> 'part'
      or ${c}.kind in ${listOf(RECOVER_NOTHING)} and ${r}.recovers <> 'nothing') then 'recovers-otherwise'
    when ${c}.kind is null or ${r}.self_accounts is null or ${c}.kind = 'import-postponed'
      or ${c}.kind in ${listOf(SELF_ON_PURCHASES)} and ${side} is distinct from 'purchase' then null
    when (${c}.kind in ${listOf(SELF)}) <> ${r}.self_accounts then 'accounts-otherwise'
  end`;
}

/** A rate as it is said in a detail: "20%", "nothing". */
export const rateWordsSql = (rate: SQL): SQL =>
  sql`case when ${rate} = 0 then 'nothing' else trim_scale(${rate})::text || '%' end`;

/** Minor units as a plain decimal of their currency. */
export function decimalSql(minor: SQL, currency: SQL): SQL {
  const of = (digits: number) =>
    sql.raw(
      Object.entries(MINOR_DIGITS)
        .filter(([, n]) => n === digits)
        .map(([code]) => `'${code}'`)
        .join(", ") || "''",
    );
  return sql`case when ${currency} in (${of(0)}) then (${minor})::text
    when ${currency} in (${of(3)}) then to_char((${minor})::numeric / 1000, 'FM999999999999990.000')
    else to_char((${minor})::numeric / 100, 'FM999999999999990.00') end`;
}
