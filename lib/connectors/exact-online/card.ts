import type { PackageCard } from "../cards.ts";

/** As Setup offers it. */
export const exactOnlineCard: PackageCard = {
  id: "exact-online",
  name: "Exact Online",
  style: "direct",
  needs: "An Exact Online user with rights on the division.",
  colour: "#d6122b",
  onColour: "#ffffff",
};
