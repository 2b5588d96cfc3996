import type { PackageCard } from "../cards.ts";

/** As Setup offers it. */
export const xeroCard: PackageCard = {
  id: "xero",
  name: "Xero",
  style: "direct",
  needs: "A Xero user who may connect apps to the organisation.",
  colour: "#13b5ea",
  onColour: "#06222e",
};
