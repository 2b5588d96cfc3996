import type { PackageCard } from "../cards.ts";

/** As Setup offers it. */
export const twinfieldCard: PackageCard = {
  id: "twinfield",
  name: "Twinfield",
  style: "direct",
  needs: "A Twinfield user with rights on the office.",
  colour: "#1f6fb2",
  onColour: "#ffffff",
};
