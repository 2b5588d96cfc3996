import type { PackageId } from "#lib/connectors/types.ts";

/** One accounting package as Setup offers it. The screen is drawn from this list: a further package is a further row. */
export interface PackageCard {
  readonly id: PackageId;
  readonly name: string;
  readonly style: "direct" | "collected" | "file";
  /** What connecting takes, a sentence. */
  readonly needs: string;
  /** The package's own colour, and one that is read on it. */
  readonly colour: string;
  readonly onColour: string;
}

export const PACKAGE_CARDS: readonly PackageCard[] = [
  {
    id: "xero",
    name: "Xero",
    style: "direct",
    needs: "A Xero user who may connect apps to the organisation.",
    colour: "#13b5ea",
    onColour: "#06222e",
  },
  {
    id: "quickbooks-online",
    name: "QuickBooks Online",
    style: "direct",
    needs: "A company administrator of QuickBooks Online.",
    colour: "#2ca01c",
    onColour: "#ffffff",
  },
  {
    id: "quickbooks-desktop",
    name: "QuickBooks Desktop",
    style: "collected",
    needs: "The Web Connector on the machine where the company file is open.",
    colour: "#2ca01c",
    onColour: "#ffffff",
  },
  {
    id: "sage-accounting",
    name: "Sage Business Cloud Accounting",
    style: "direct",
    needs: "A user of Sage Business Cloud Accounting with full access.",
    colour: "#00a03e",
    onColour: "#ffffff",
  },
  {
    id: "freeagent",
    name: "FreeAgent",
    style: "direct",
    needs: "A FreeAgent user of the level Full Access.",
    colour: "#2f7fd6",
    onColour: "#ffffff",
  },
  {
    id: "exact-online",
    name: "Exact Online",
    style: "direct",
    needs: "An Exact Online user with rights on the division.",
    colour: "#d6122b",
    onColour: "#ffffff",
  },
  {
    id: "twinfield",
    name: "Twinfield",
    style: "direct",
    needs: "A Twinfield user with rights on the office.",
    colour: "#1f6fb2",
    onColour: "#ffffff",
  },
  {
    id: "sage-50",
    name: "Sage 50",
    style: "file",
    needs: "Someone to import the file into Sage 50 and confirm it here.",
    colour: "#00a03e",
    onColour: "#ffffff",
  },
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
