import type { PackageCard } from "../cards.ts";

/** As Setup offers it. */
export const freeagentCard: PackageCard = {
  id: "freeagent",
  name: "FreeAgent",
  style: "direct",
  needs: "A FreeAgent user of the level Full Access.",
  colour: "#2f7fd6",
  onColour: "#ffffff",
};
