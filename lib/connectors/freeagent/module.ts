import type { PackageModule } from "../registry.ts";
import { freeagentConsent } from "./consent.ts";
import { freeagent } from "./index.ts";

/** All of FreeAgent that a server uses. It tells nobody of changes by itself. */
export const freeagentModule: PackageModule = { connector: freeagent, consent: freeagentConsent, webhooks: null };
