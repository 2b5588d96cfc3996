import type { PackageModule } from "../registry.ts";
import { quickbooksConsent } from "./consent.ts";
import { quickbooksOnline } from "./index.ts";
import { quickbooksWebhooks } from "./webhooks.ts";

/** All of QuickBooks Online that a server uses. */
export const quickbooksModule: PackageModule = {
  connector: quickbooksOnline,
  consent: quickbooksConsent,
  webhooks: quickbooksWebhooks,
};
