import type { PackageModule } from "../registry.ts";
import { xeroConsent } from "./consent.ts";
import { xero } from "./index.ts";
import { xeroWebhooks } from "./webhooks.ts";

/** All of Xero that a server uses. */
export const xeroModule: PackageModule = { connector: xero, consent: xeroConsent, webhooks: xeroWebhooks };
