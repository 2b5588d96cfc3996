import type { PackageCard } from "../cards.ts";

/** As Setup offers it. */
export const sageAccountingCard: PackageCard = {
  id: "sage-accounting",
  name: "Sage Business Cloud Accounting",
  style: "direct",
  needs: "A user of Sage Business Cloud Accounting with full access.",
  colour: "#00a03e",
  onColour: "#ffffff",
};
