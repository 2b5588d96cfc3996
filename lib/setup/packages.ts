import type { PackageId } from "#lib/connectors/types.ts";

/** One accounting package as Setup offers it. The screen is drawn from this list: a further package is a further row. */
export interface PackageCard {
  readonly id: PackageId;
  readonly name: string;
  readonly style: "direct" | "collected" | "file";
}

export const PACKAGE_CARDS: readonly PackageCard[] = [
  { id: "xero", name: "Xero", style: "direct" },
  { id: "quickbooks-online", name: "QuickBooks Online", style: "direct" },
  { id: "quickbooks-desktop", name: "QuickBooks Desktop", style: "collected" },
  { id: "sage-accounting", name: "Sage Business Cloud Accounting", style: "direct" },
  { id: "freeagent", name: "FreeAgent", style: "direct" },
  { id: "exact-online", name: "Exact Online", style: "direct" },
  { id: "twinfield", name: "Twinfield", style: "direct" },
  { id: "sage-50", name: "Sage 50", style: "file" },
];

/** The package's own name, for sentences. */
export function packageName(id: string): string {
  return PACKAGE_CARDS.find((card) => card.id === id)?.name ?? id;
}

export function isPackage(id: string): id is PackageId {
  return PACKAGE_CARDS.some((card) => card.id === id);
}
