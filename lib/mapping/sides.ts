import { DOCUMENT_SIDES, type DocumentSide, TAX_SIDE_LABELS, type TaxSide } from "#lib/tax/kinds.ts";
import type { MappingKind, ResolvedMapping } from "./resolve.ts";

// A package's tax rate is often for sales or for purchases alone. A tax code of ours that stands on both then has two targets, and a row
// of the Mapping screen for each; any other code has one row, which is for all its documents.

/** Stands in no code: control characters come in nowhere. */
const PARTED = "\u001f";

/** What tells the rows of the Mapping screen apart. @param source our code, or the package's id of a bank account */
export function rowKey(source: string, side: DocumentSide | null): string {
  return side === null ? source : `${source}${PARTED}${side}`;
}

/** The code and side behind a {@link rowKey}. */
export function partsOfRowKey(key: string): { readonly source: string; readonly side: DocumentSide | null } {
  const [source = "", of] = key.split(PARTED);
  return { source, side: DOCUMENT_SIDES.find((side) => side === of) ?? null };
}

/** The address of a row, after the Mapping screen's own. */
export function rowQuery(kind: MappingKind, key: string): string {
  const { source, side } = partsOfRowKey(key);
  return `?tab=${kind}&code=${encodeURIComponent(source)}${side === null ? "" : `&side=${side}`}`;
}

/** A row as a person reads it: "T1 · Purchases". */
export function rowLabel(code: string, side: DocumentSide | null): string {
  return side === null ? code : `${code} · ${TAX_SIDE_LABELS[side]}`;
}

/** A tax code's mapping for documents of one side. */
export function onSide(mappings: readonly ResolvedMapping[], code: string, side: DocumentSide): ResolvedMapping | undefined {
  return mappings.find((one) => one.kind === "tax" && one.sourceCode === code && one.side === side);
}

/**
 * Whether a tax code has a target for each side: it is mapped for one side alone, it was said or is seen to stand on both, or what waits
 * is of the other side than the rate it is mapped to.
 *
 * @param said its side as somebody said it, or as its kind alone can have
 * @param waits the sides of the documents that use it now
 */
export function isMappedBySide(
  said: TaxSide | null,
  waits: ReadonlySet<DocumentSide>,
  mappings: readonly ResolvedMapping[],
): boolean {
  if (mappings.some((one) => one.apart)) return true;
  if (said !== null) return said === "both";
  if (waits.size > 1) return true;
  return mappings.some((one) => one.side !== null && waits.has(one.side) && isForOtherSide(one));
}

/** A row of both sides whose rate the package has for the other side alone: on this side the code is as good as not mapped. */
export function isForOtherSide(mapping: Pick<ResolvedMapping, "apart" | "fault">): boolean {
  return !mapping.apart && mapping.fault === "wrong-side";
}

/**
 * What of a tax code's mappings says how it stands where no documents are looked at: for both sides where it is mapped for each, else the
 * one of its side, or one that can be used.
 */
export function standing(
  said: TaxSide | null,
  mappings: readonly ResolvedMapping[],
  waits: ReadonlySet<DocumentSide> = new Set(),
): readonly { readonly side: DocumentSide | null; readonly mapping: ResolvedMapping | null }[] {
  if (mappings.length > 0 && isMappedBySide(said, waits, mappings)) {
    const [sales, purchase] = DOCUMENT_SIDES.map((side) => mappings.find((one) => one.side === side) ?? null);
    // One target that does for both is one target.
    if (sales && purchase && !sales.apart && !purchase.apart && sales.fault === purchase.fault)
      return [{ side: null, mapping: sales }];
    return DOCUMENT_SIDES.map((side) => ({ side, mapping: mappings.find((one) => one.side === side) ?? null }));
  }
  const of = said === "sales" || said === "purchase" ? said : waits.size === 1 ? [...waits][0] : undefined;
  return [{ side: null, mapping: mappingOf(of ?? null, mappings) ?? null }];
}

/** The mapping of a code that has one row: the one of its side where that is known, else one that can be used. */
export function mappingOf(side: TaxSide | null, mappings: readonly ResolvedMapping[]): ResolvedMapping | undefined {
  return mappings.find((one) => one.side === side) ?? mappings.find((one) => one.fault === null) ?? mappings[0];
}
