import type { ClientScope, ScopedDb } from "#db/client.ts";
import { listCodes } from "#db/queries/imports/file-imports.ts";
import { listStagedTax, type StagedTax } from "#db/queries/imports/import-tax.ts";
import { sideOf, signOf } from "#lib/common/records.ts";
import { compareCharge, selfAccounted } from "#lib/tax/charged.ts";
import { chargedRate, TAX_KIND_ROWS, type TaxKind, type TaxSide } from "#lib/tax/kinds.ts";
import type { ImportProfile } from "./profile.ts";
import type { Asking } from "./questions.ts";
import { saidTaxKind } from "./tax-question.ts";

export interface TaxCodeInFile {
  readonly code: string;
  readonly name: string;
  readonly rate: string;
  readonly kind: TaxKind | null;
  readonly side: TaxSide | null;
}

/**
 * The tax codes that a file's lines may name: what the client has stands, with the kind that was said of it or none; the profile's are
 * those that it would make.
 *
 * @param asking what was said of codes for this upload; null leaves it out
 */
export async function taxCodesFor(
  db: ScopedDb,
  scope: ClientScope,
  profile: ImportProfile,
  asking: Asking | null,
): Promise<TaxCodeInFile[]> {
  const { tax } = await listCodes(db, scope);
  const known = new Set(tax.map((one) => one.code));
  return [...tax, ...profile.taxCodes.filter((one) => !known.has(one.code))].map(({ code, name, rate, kind, side }) => ({
    code,
    name,
    rate,
    side: side ?? null,
    kind: kind ?? saidTaxKind(asking, code),
  }));
}

/** A document's lines of one code whose tax is not exactly what the code charges. */
export interface TaxDifference extends StagedTax {
  /** What the code charges, per cent and in minor units. */
  readonly charged: string;
  readonly expectedMinor: string;
}

/** What is to be said of an upload's tax before it is committed. */
export interface TaxSummary {
  /** Documents that will be held: amount and code disagree by more than rounding. */
  readonly held: { readonly count: number; readonly first: readonly TaxDifference[] };
  /** Differences within rounding, carried as they are. */
  readonly pennies: { readonly count: number; readonly first: readonly TaxDifference[] };
  /** VAT that no document charges and the buyer accounts for, by code and currency. */
  readonly selfAccounted: readonly {
    readonly code: string;
    readonly currency: string;
    readonly label: string;
    readonly netMinor: string;
    /** Null where the code's rate does not say it. */
    readonly vatMinor: string | null;
    readonly vatBoxes: readonly number[];
    readonly netBoxes: readonly number[];
  }[];
}

const SHOWN = 20;

/**
 * What the staged documents' tax comes to against their codes.
 *
 * @param isOff whether a line carries another tax than its code charges: else no document needs to be looked at
 */
export async function summariseTax(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  codes: readonly TaxCodeInFile[],
  used: readonly string[],
  isOff: boolean,
): Promise<TaxSummary> {
  const byCode = new Map(codes.filter((one) => used.includes(one.code)).map((one) => [one.code, one]));
  const own = [...byCode.values()].filter(({ kind }) => kind !== null && TAX_KIND_ROWS[kind].selfAccounts.length > 0);
  const charged = [...byCode.values()].map((one) => ({ code: one.code, charged: chargedRate(one) }));
  const held: TaxDifference[] = [];
  const pennies: TaxDifference[] = [];
  const accounted = new Map<string, { row: StagedTax; net: bigint }>();
  const looked = isOff || own.length > 0;
  for (const row of !looked
    ? []
    : await listStagedTax(
        db,
        scope,
        importId,
        charged,
        own.map((one) => one.code),
      )) {
    const code = byCode.get(row.code);
    if (!code) continue;
    const netMinor = BigInt(row.netMinor);
    const rate = chargedRate(code);
    const carried = { lines: row.lines, netMinor, taxMinor: BigInt(row.taxMinor), byLineMinor: BigInt(row.byLineMinor) };
    const { verdict, expectedMinor } = compareCharge(carried, rate);
    const difference = { ...row, charged: rate, expectedMinor: expectedMinor.toString() };
    if (verdict === "disagrees") held.push(difference);
    if (verdict === "penny") pennies.push(difference);
    if (selfAccounted(code, sideOf(row.kind), netMinor) === null) continue;
    const key = `${row.code} ${row.currency}`;
    accounted.set(key, { row, net: (accounted.get(key)?.net ?? 0n) + signOf(row.kind) * netMinor });
  }
  return {
    held: { count: held.length, first: held.slice(0, SHOWN) },
    pennies: { count: pennies.length, first: pennies.slice(0, SHOWN) },
    selfAccounted: [...accounted.values()].flatMap(({ row, net }) => {
      const code = byCode.get(row.code);
      const of = code && selfAccounted(code, sideOf(row.kind), net);
      if (!code || !of || code.kind === null) return [];
      return [
        {
          code: row.code,
          currency: row.currency,
          label: TAX_KIND_ROWS[code.kind].label,
          netMinor: net.toString(),
          vatMinor: of.vatMinor?.toString() ?? null,
          vatBoxes: of.vatBoxes,
          netBoxes: of.netBoxes,
        },
      ];
    }),
  };
}
