import type { PackageCard } from "../cards.ts";

/** As Setup offers it. */
export const sage50Card: PackageCard = {
  id: "sage-50",
  name: "Sage 50",
  style: "file",
  needs: "Someone to import the file into Sage 50 and confirm it here.",
  colour: "#00a03e",
  onColour: "#ffffff",
};
