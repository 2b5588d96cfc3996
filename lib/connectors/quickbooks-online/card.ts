import type { PackageCard } from "../cards.ts";

/** As Setup offers it. */
export const quickbooksOnlineCard: PackageCard = {
  id: "quickbooks-online",
  name: "QuickBooks Online",
  style: "direct",
  needs: "A company administrator of QuickBooks Online.",
  colour: "#2ca01c",
  onColour: "#ffffff",
};
