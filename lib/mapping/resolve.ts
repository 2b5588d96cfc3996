import type { PackageAccount } from "#lib/connectors/types.ts";
import { type TaxMappingFault, type TheirRate, taxMappingFault } from "#lib/tax/charged.ts";
import { DOCUMENT_SIDES, type DocumentSide, TAX_KIND_ROWS, type TaxKind, type TaxSide } from "#lib/tax/kinds.ts";

/** A client's own row wins over the practice's, and that over the master's. */
export const LEVELS_IN_ORDER = ["client", "practice", "master"] as const;
export type Level = (typeof LEVELS_IN_ORDER)[number];
export type MappingKind = "nominal" | "tax" | "bank";

/**
 * Why a mapping that exists can't be used. `absent`: the package has no such target, or more than one under that code;
 * `archived`: it is no longer active; `no-code`: an account for lines that has no code, in a package whose lines need one;
 * `wrong-type`: a bank or control account on a line, or an account that takes no payments as a bank account;
 * `charges-otherwise`, `wrong-side`, `accounts-otherwise`, `recovers-otherwise`: a tax rate that our tax code cannot be.
 */
export type MappingFault = AccountFault | "absent" | TaxMappingFault;
export type AccountFault = "archived" | "no-code" | "wrong-type";

/** A tax code of ours, by which a mapping of it is judged. */
export interface TaxSource {
  readonly code: string;
  readonly rate: string;
  readonly kind: TaxKind | null;
  readonly side: TaxSide | null;
}

/** One saved row: practice and master rows name their target by its match key, mostly its code, a client's own by the package's id. */
export interface MappingRow {
  readonly level: Level;
  readonly kind: MappingKind;
  readonly sourceCode: string;
  /** Of a tax code: the documents that the row is for; null for both sides, and for every row of another kind. */
  readonly side: DocumentSide | null;
  readonly targetExternalId: string | null;
  readonly targetCode: string | null;
}

export type AccountTarget = Pick<
  PackageAccount,
  "externalId" | "code" | "matchKey" | "name" | "active" | "isBank" | "isSystem" | "takesPayments" | "class"
> & {
  /** The package names accounts on lines by their id. */
  readonly byId?: boolean;
};

export interface TaxTarget {
  readonly externalId: string;
  readonly name: string;
  readonly rate: string | null;
  readonly selfAccounts: boolean | null;
  readonly recovers?: "all" | "part" | "nothing" | null;
  readonly active: boolean;
  /** Classes of account that it may be used with. */
  readonly appliesTo: readonly string[];
}

export interface Targets {
  readonly accounts: readonly AccountTarget[];
  readonly taxRates: readonly TaxTarget[];
}

/** Where one of our codes goes; a tax code by side. A code without any row has none of these: it is not mapped. */
export interface ResolvedMapping {
  readonly kind: MappingKind;
  readonly sourceCode: string;
  /** The documents that a tax code's target is for; null of another kind. */
  readonly side: DocumentSide | null;
  /** The row behind it is for this side alone. */
  readonly apart: boolean;
  readonly level: Level;
  readonly targetExternalId: string | null;
  readonly targetCode: string | null;
  readonly targetName: string | null;
  /** The account's class; null for tax rates and absent targets. */
  readonly targetClass: string | null;
  /** The tax rate's classes of account; null for accounts and absent targets. */
  readonly appliesTo: readonly string[] | null;
  readonly fault: MappingFault | null;
}

/** What keeps an account from being a target of this kind, or null. */
export function accountFault(
  kind: "nominal" | "bank",
  account: Omit<AccountTarget, "externalId" | "name" | "class" | "matchKey">,
): AccountFault | null {
  if (!account.active) return "archived";
  if (kind === "bank") return account.isBank || account.takesPayments ? null : "wrong-type";
  if (account.isBank || account.isSystem) return "wrong-type";
  return (account.code === null || account.code === "") && !account.byId ? "no-code" : null;
}

/** Whether a tax rate may stand on a line of this account's class. */
export function pairAllowed(accountClass: string | null, appliesTo: readonly string[] | null): boolean {
  return accountClass === null || appliesTo === null || appliesTo.includes(accountClass);
}

/** The sides that a row answers for: a tax code stands on sales or on purchases, everything else has no side. */
function sidesOfRow(row: MappingRow): readonly (DocumentSide | null)[] {
  if (row.kind !== "tax") return [null];
  return row.side === null ? DOCUMENT_SIDES : [row.side];
}

/** Lower wins: first by level, then the row of one side before the row of both. */
const rankOf = (row: MappingRow): number => LEVELS_IN_ORDER.indexOf(row.level) * 2 + (row.side === null ? 1 : 0);

/**
 * Resolves every code that has a row: client, then practice, then master, and at one level the row of a document's side before the row
 * of both sides. A client's row whose target is gone, or is for the other side, stays that row, with its fault: falling back to another
 * level would post to an account that nobody chose.
 *
 * `resolvedMappingSql` in db/queries/mapping/mapping.ts is the same rule in SQL; a test holds the two together.
 */
export function resolveMappings(
  rows: readonly MappingRow[],
  targets: Targets,
  codes: readonly TaxSource[] = [],
): ResolvedMapping[] {
  const chosen = new Map<string, { readonly row: MappingRow; readonly side: DocumentSide | null }>();
  for (const row of rows) {
    for (const side of sidesOfRow(row)) {
      const key = `${row.kind}\u0000${row.sourceCode}\u0000${side ?? ""}`;
      const held = chosen.get(key);
      if (!held || rankOf(row) < rankOf(held.row)) chosen.set(key, { row, side });
    }
  }
  return [...chosen.values()].map(({ row, side }) =>
    side === null
      ? resolveAccount(row, row.kind === "bank" ? "bank" : "nominal", targets.accounts)
      : resolveTax(row, side, targets.taxRates, codes),
  );
}

function resolveAccount(row: MappingRow, kind: "nominal" | "bank", accounts: readonly AccountTarget[]): ResolvedMapping {
  const account =
    row.targetExternalId !== null
      ? accounts.find((one) => one.externalId === row.targetExternalId)
      : only(accounts.filter((one) => (one.matchKey ?? one.code) === row.targetCode));
  if (!account) return absent(row, null);
  return {
    kind,
    sourceCode: row.sourceCode,
    side: null,
    apart: false,
    level: row.level,
    targetExternalId: account.externalId,
    targetCode: account.code,
    targetName: account.name,
    targetClass: account.class,
    appliesTo: null,
    fault: accountFault(kind, account),
  };
}

/** The one account under a code: the active one where an archived one had it before; none when two active ones share it. */
function only(accounts: readonly AccountTarget[]): AccountTarget | undefined {
  const active = accounts.filter((one) => one.active);
  const [first, second] = active.length > 0 ? active : accounts;
  return second === undefined ? first : undefined;
}

/** The side that was said of a code, or that its kind alone can have. */
export function saidSide(code: Pick<TaxSource, "kind" | "side">): TaxSide | null {
  if (code.side !== null || code.kind === null) return code.side;
  const [only, other] = TAX_KIND_ROWS[code.kind].sides;
  return other === undefined ? (only ?? null) : null;
}

/** Why a tax code cannot go to a rate on documents of one side: by the side that was said of it, then by that of the documents. */
function taxFaultOn(code: Omit<TaxSource, "code">, side: DocumentSide, rate: TheirRate): TaxMappingFault | null {
  return taxMappingFault({ ...code, side: saidSide(code) }, rate) ?? taxMappingFault({ ...code, side }, rate);
}

function resolveTax(
  row: MappingRow,
  side: DocumentSide,
  rates: readonly TaxTarget[],
  codes: readonly TaxSource[],
): ResolvedMapping {
  const wanted = row.targetExternalId ?? row.targetCode;
  const rate = rates.find((one) => one.externalId === wanted);
  if (!rate) return absent(row, side);
  const ours = codes.find((one) => one.code === row.sourceCode);
  const against = ours ? taxFaultOn(ours, side, rate) : null;
  return {
    kind: "tax",
    sourceCode: row.sourceCode,
    side,
    apart: row.side !== null,
    level: row.level,
    targetExternalId: rate.externalId,
    targetCode: rate.externalId,
    targetName: rate.name,
    targetClass: null,
    appliesTo: rate.appliesTo,
    fault: rate.active ? against : "archived",
  };
}

function absent(row: MappingRow, side: DocumentSide | null): ResolvedMapping {
  return {
    kind: row.kind,
    sourceCode: row.sourceCode,
    side,
    apart: row.side !== null,
    level: row.level,
    targetExternalId: row.targetExternalId,
    targetCode: row.targetCode,
    targetName: null,
    targetClass: null,
    appliesTo: null,
    fault: "absent",
  };
}
