import { hasConnector } from "#lib/connectors/registry.ts";
import type { PackageId } from "#lib/connectors/types.ts";
import { StartRefusal } from "#lib/start/refusal.ts";
import type { PlayedPackage } from "./played.ts";
import type { ScratchProduct } from "./product.ts";
import { simulatedPackage } from "./simulated.ts";
import { collectedPackage } from "./toys/collected.ts";
import { addToys } from "./toys/modules.ts";
import { twoStepPackage } from "./toys/two-step.ts";

/** The throwaways, a row for each. */
const TOYS = new Map<PackageId, () => Promise<PlayedPackage>>([
  ["toy-two-step", twoStepPackage],
  ["toy-collected", collectedPackage],
]);

/** Plays a package for a campaign: one that is finished, by its simulator, or a throwaway. @throws {StartRefusal} for any other */
export async function playPackage(packageId: PackageId, product: ScratchProduct): Promise<PlayedPackage> {
  addToys();
  const toy = TOYS.get(packageId);
  if (toy) return toy();
  if (hasConnector(packageId)) return simulatedPackage(packageId, product);
  throw new StartRefusal(`There is no package "${packageId}" that a campaign can send to.`);
}
