import { exactOnlineCard } from "./exact-online/card.ts";
import { freeagentCard } from "./freeagent/card.ts";
import { quickbooksDesktopCard } from "./quickbooks-desktop/card.ts";
import { quickbooksOnlineCard } from "./quickbooks-online/card.ts";
import { sage50Card } from "./sage-50/card.ts";
import { sageAccountingCard } from "./sage-accounting/card.ts";
import { twinfieldCard } from "./twinfield/card.ts";
import type { PackageId } from "./types.ts";
import { xeroCard } from "./xero/card.ts";

/** One accounting package as Setup offers it. The screen is drawn from this list: a further package is a further row. */
export interface PackageCard {
  readonly id: PackageId;
  readonly name: string;
  readonly style: "direct" | "collected" | "file";
  /** What connecting takes, a sentence. */
  readonly needs: string;
  /** What comes by for its work, in sentences; left out where nothing does. */
  readonly program?: string;
  /** The package's own colour, and one that is read on it. */
  readonly colour: string;
  readonly onColour: string;
}

/** In the order of Setup: a further package is a further row. */
export const PACKAGE_CARDS: readonly PackageCard[] = [
  xeroCard,
  quickbooksOnlineCard,
  quickbooksDesktopCard,
  sageAccountingCard,
  freeagentCard,
  exactOnlineCard,
  twinfieldCard,
  sage50Card,
];

/** The package's own name, for sentences. */
export function packageName(id: string): string {
  return PACKAGE_CARDS.find((card) => card.id === id)?.name ?? id;
}

/** The id of a package by the name that sentences give it; null for "the package", where none is connected. */
export function packageOfName(name: string): PackageId | null {
  return PACKAGE_CARDS.find((card) => card.name === name)?.id ?? null;
}

export function isPackage(id: string): id is PackageId {
  return PACKAGE_CARDS.some((card) => card.id === id);
}
