import { divideRounded, parseExact, percentOf, tenTo } from "#lib/common/exact.ts";
import { chargedRate, type DocumentSide, TAX_KIND_ROWS, type TaxKind } from "./kinds.ts";

/** Lines of one document that share a tax code. Amounts in minor units of the document's currency. */
export interface CodeLines {
  readonly lines: number;
  readonly netMinor: bigint;
  readonly taxMinor: bigint;
  /** What the code charges rounded line by line, as packages do; left out where it is not known. */
  readonly byLineMinor?: bigint;
}

/**
 * How far the tax carried may be from what the code charges, in half minor units: half a penny a line, which is what rounding each can
 * come to, and a penny, as other systems reckon. `source.tax-disagrees` in the pre-check says the same in SQL.
 */
function toleranceHalves(lines: number): bigint {
  return BigInt(lines + 2);
}

export interface Charge {
  /** What the code charges on the net, halves away from zero: line by line where that is known. */
  readonly expectedMinor: bigint;
  /** `exact`: the amount carried is that, rounded by line or on the whole; `penny`: within rounding, carried as it is and listed; `disagrees`: never sent. */
  readonly verdict: "exact" | "penny" | "disagrees";
}

/** Compares the tax that the lines of one code carry with what the code charges on their net. @param rate per cent, what is charged */
export function compareCharge(of: CodeLines, rate: string): Charge {
  const exact = parseExact(rate);
  if (!exact) throw new RangeError(`"${rate}" is no rate`);
  const scale = tenTo(exact.scale + 2);
  const difference = of.taxMinor * scale - of.netMinor * exact.units;
  const away = difference < 0n ? -difference : difference;
  const onWhole = percentOf(of.netMinor, exact);
  const expectedMinor = of.byLineMinor ?? onWhole;
  if (expectedMinor === of.taxMinor || onWhole === of.taxMinor) return { expectedMinor, verdict: "exact" };
  return { expectedMinor, verdict: away * 2n <= toleranceHalves(of.lines) * scale ? "penny" : "disagrees" };
}

export interface SelfAccounted {
  /** VAT that the buyer accounts for, in minor units; null where the code's rate does not say it. */
  readonly vatMinor: bigint | null;
  readonly vatBoxes: readonly number[];
  readonly netBoxes: readonly number[];
}

/** What of a line's net we account for ourselves; null where nothing. */
export function selfAccounted(
  code: { readonly kind: TaxKind | null; readonly rate: string },
  side: DocumentSide,
  netMinor: bigint,
): SelfAccounted | null {
  if (code.kind === null) return null;
  const row = TAX_KIND_ROWS[code.kind];
  if (!row.selfAccounts.includes(side)) return null;
  const rate = parseExact(code.rate);
  const vatMinor = rate === null || rate.units === 0n ? null : divideRounded(netMinor * rate.units, tenTo(rate.scale + 2));
  return { vatMinor, vatBoxes: row.boxes[side].vat, netBoxes: row.boxes[side].net };
}

/** Whether two percentages are the same number, however they are written. */
export function sameRate(a: string, b: string): boolean {
  const left = parseExact(a);
  const right = parseExact(b);
  return left !== null && right !== null && left.units === right.units && left.scale === right.scale;
}

/** Our tax code as far as a mapping is judged by it. */
export interface OurCode {
  readonly rate: string;
  readonly kind: TaxKind | null;
  /** Said by a person, or told by its use or name; null where nobody knows, "both" where it stands on both. */
  readonly side: DocumentSide | "both" | null;
}

/** A rate of the package as far as a mapping is judged by it. */
export interface TheirRate {
  /** What it charges on a document, per cent; null where the package reckons it by more than the rate. */
  readonly rate: string | null;
  readonly appliesTo: readonly string[];
  /** Whether the package accounts for VAT that the document does not charge; null where it does not say. */
  readonly selfAccounts: boolean | null;
  /** How much of what it charges on a purchase the package reclaims; null where it charges nothing there or does not say. */
  readonly recovers?: "all" | "part" | "nothing" | null;
}

/** What a mapping of a tax code is refused for. */
export type TaxMappingFault = "charges-otherwise" | "accounts-otherwise" | "recovers-otherwise" | "wrong-side";

/** The sides that a package's rate is for, by its own flags: null where they say neither (a rate of balance-sheet accounts alone). */
export function sideOfRate(appliesTo: readonly string[]): DocumentSide | "both" | null {
  const sales = appliesTo.includes("revenue");
  const purchases = appliesTo.includes("expense");
  if (sales && purchases) return "both";
  return sales ? "sales" : purchases ? "purchase" : null;
}

/** Whether the package has a rate for the other side alone. */
export function isForOtherSideAlone({ appliesTo }: Pick<TheirRate, "appliesTo">, side: DocumentSide): boolean {
  const of = sideOfRate(appliesTo);
  return of !== null && of !== "both" && of !== side;
}

/** Why our code cannot be this rate of theirs; null when it can. */
export function taxMappingFault(ours: OurCode, theirs: TheirRate): TaxMappingFault | null {
  if (theirs.rate !== null && !sameRate(chargedRate(ours), theirs.rate)) return "charges-otherwise";
  if (ours.side !== null && ours.side !== "both" && isForOtherSideAlone(theirs, ours.side)) return "wrong-side";
  if (ours.kind === null) return null;
  const row = TAX_KIND_ROWS[ours.kind];
  const { recovers = null } = theirs;
  // What is not reclaimed stands on purchases alone: a rate for both sides is judged by the side that ours is for.
  if (
    row.charges === "rate" &&
    recovers !== null &&
    recovers !== row.recovers &&
    (row.recovers !== "all" || ours.side === "purchase")
  )
    return "recovers-otherwise";
  if (theirs.selfAccounts === null) return null;
  const accounts = row.selfAccounts.length > 0;
  // Import VAT that is postponed is adjusted on the return itself in some packages: either rate can be right.
  if (ours.kind === "import-postponed" || (accounts && ours.side !== "purchase" && row.sides.length > 1)) return null;
  return accounts === theirs.selfAccounts ? null : "accounts-otherwise";
}

/** What a rate charges on the document, as a sentence's end: "20%", "nothing on the bill". */
export function chargeWords(rate: string, side: DocumentSide | "both" | null): string {
  if (!sameRate(rate, "0")) return `${plainRate(rate)}%`;
  return side === "purchase" ? "nothing on the bill" : side === "sales" ? "nothing on the invoice" : "nothing on the document";
}

/** "20.0000" as "20", "17.50" as "17.5". */
export function plainRate(rate: string): string {
  return rate.includes(".") ? rate.replace(/\.?0+$/, "") : rate;
}

/** What is wrong with a mapping, with both figures: what a person reads beside the row, in the refusal, and where a record is held. */
export function taxFaultWords(
  fault: TaxMappingFault,
  ours: OurCode,
  theirs: TheirRate & { readonly name: string },
  packageName: string,
): string {
  const side = ours.side ?? sideOfRate(theirs.appliesTo);
  switch (fault) {
    case "charges-otherwise": {
      const kind = ours.kind === null ? "" : ` (${TAX_KIND_ROWS[ours.kind].label.toLowerCase()})`;
      return `Ours charges ${chargeWords(chargedRate(ours), side)}${kind}, theirs charges ${chargeWords(theirs.rate ?? "0", side)}.`;
    }
    case "accounts-otherwise":
      return theirs.selfAccounts
        ? `Ours charges nothing, and the buyer accounts for nothing; with ${theirs.name}, ${packageName} also has the buyer account for VAT.`
        : `With ours the buyer accounts for the VAT; with ${theirs.name}, ${packageName} accounts for none.`;
    case "recovers-otherwise": {
      const own = ours.kind === null ? "all" : TAX_KIND_ROWS[ours.kind].recovers;
      const { recovers } = theirs;
      return `Of our VAT ${RECLAIMED[own]} is reclaimed; of ${theirs.name}’s, ${packageName} reclaims ${RECLAIMED[recovers ?? "all"]}: box 4 would be wrong.`;
    }
    case "wrong-side":
      return ours.side === "sales"
        ? `Ours is for sales, and ${packageName} has ${theirs.name} for purchases only.`
        : `Ours is for purchases, and ${packageName} has ${theirs.name} for sales only.`;
  }
}

const RECLAIMED = { all: "all", part: "a part", nothing: "nothing" } as const;

/** What is left where no rate of the package reclaims as a code does: that is no bookkeeper's to decide. */
export function noFittingRate(ours: OurCode, packageName: string): string {
  const own = ours.kind === null ? "all" : TAX_KIND_ROWS[ours.kind].recovers;
  return `${packageName} has no rate of ${plainRate(chargedRate(ours))}% that reclaims ${RECLAIMED[own]}. An adviser decides how to enter such bills: the operational system gives them with the VAT in the net amount, under a code that charges nothing, or they are entered in ${packageName} by hand and marked as exported here.`;
}

/** "boxes 1 and 4", "box 7". */
export function boxWords(boxes: readonly number[]): string {
  return `${boxes.length === 1 ? "box" : "boxes"} ${boxes.join(" and ")}`;
}
