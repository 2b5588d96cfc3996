import type { PackageCard } from "../cards.ts";

/** As Setup offers it. */
export const quickbooksDesktopCard: PackageCard = {
  id: "quickbooks-desktop",
  name: "QuickBooks Desktop",
  style: "collected",
  needs: "The Web Connector on the machine where the company file is open.",
  program: "the Web Connector",
  colour: "#2ca01c",
  onColour: "#ffffff",
};
