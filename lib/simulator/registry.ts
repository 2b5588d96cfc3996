import { createFreeAgent } from "#lib/simulator/freeagent/index.ts";
import type { SimulatedPackage, Surroundings } from "#lib/simulator/package.ts";
import { createQuickbooksOnline } from "#lib/simulator/quickbooks-online/index.ts";
import { createXero } from "#lib/simulator/xero/index.ts";

/** Every package that is played here, by its id. */
export const SIMULATED = {
  xero: createXero,
  freeagent: createFreeAgent,
  "quickbooks-online": createQuickbooksOnline,
} as const satisfies Readonly<Record<string, (surroundings: Surroundings) => SimulatedPackage>>;
export type SimulatedId = keyof typeof SIMULATED;
