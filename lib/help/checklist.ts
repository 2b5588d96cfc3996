import type { CheckStep } from "#db/queries/checks.ts";
import type { PlaceId } from "./places.ts";

/** One step of "Why isn't this syncing?" (M72): its line on a record's own page, and how a person looks at it by hand. */
export interface ChecklistStep {
  readonly title: string;
  readonly look: string;
  readonly places: readonly PlaceId[];
}

/** In the order of `CHECK_STEPS`, which a test holds it to: each is looked at once all before it are in order. */
export const CHECKLIST = {
  module: {
    title: "Integration is on",
    look: "Setup shows the switch, the organisation and whether the connection is lost. While it is off, nothing is sent or read.",
    places: ["setup"],
  },
  entity: {
    title: "This type of record is on",
    look: "Its type must be ticked under Entities to sync. Records made while it was not ticked are counted there and offered.",
    places: ["setup", "aside"],
  },
  customer: {
    title: "Customer is linked",
    look: "The customer's page says which record of the package it is, and whether it is excluded. Without a link their sales documents are not sent.",
    places: ["customers"],
  },
  product: {
    title: "Products are linked",
    look: "The same for each product on a line: linked, not excluded, and without an error of its own.",
    places: ["products"],
  },
  supplier: {
    title: "Supplier is linked",
    look: "The supplier's page says which record of the package it is. Without a link their bills are not sent.",
    places: ["suppliers"],
  },
  tax: {
    title: "Tax is set",
    look: "Each line has a tax code, each tax code a package rate that charges the same, and the tax on the document is what the code charges.",
    places: ["tax-mapping", "tax-codes"],
  },
  account: {
    title: "Account codes are set",
    look: "Each line has a nominal code, and each nominal code an account that the package still has and accepts on this type of record.",
    places: ["nominal-mapping", "bank-mapping"],
  },
  ours: {
    title: "Nothing else stops it: locks, totals, duplicates, currency, exclusions",
    look: "Other causes: a locked date, totals that do not add up, a number already used, a currency the package does not have, or a record that was put on hold.",
    places: ["export", "aside", "matches"],
  },
} as const satisfies Readonly<Record<CheckStep, ChecklistStep>>;
