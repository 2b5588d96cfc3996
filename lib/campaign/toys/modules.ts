import { addPackage, type PackageModule } from "#lib/connectors/registry.ts";
import { collected } from "#lib/connectors/testing/collected.ts";
import { twoStepModule } from "./two-step-line.ts";

/** The throwaways that a campaign can send to. */
const TOYS: readonly PackageModule[] = [twoStepModule, { connector: collected, consent: "collector", webhooks: null }];

/** Lets this process know them: the campaign's own, and each of its workers. */
export function addToys(): void {
  for (const toy of TOYS) addPackage(toy);
}
