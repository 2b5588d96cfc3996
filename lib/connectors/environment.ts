import { freeagentEnvironment } from "./freeagent/environment.ts";
import type { PackageAddresses } from "./oauth.ts";
import { quickbooksEnvironment } from "./quickbooks-online/environment.ts";
import type { PackageId } from "./types.ts";
import { xeroEnvironment } from "./xero/environment.ts";

/**
 * What a package reads from the environment, as data, which `lib/env.ts` makes the variables of. Each begins with the package's prefix:
 * `XERO_CLIENT_ID`, `_CLIENT_SECRET`, `_LOGIN_URL`, `_IDENTITY_URL`, `_API_URL` and `_WEBHOOK_KEY`.
 */
export interface PackageEnvironment {
  readonly packageId: PackageId;
  readonly name: string;
  /** In capitals, as the variables begin. */
  readonly prefix: string;
  /** Where the real package answers. */
  readonly addresses: PackageAddresses;
  /** The path on the simulator where this package is played: "" or "/name". */
  readonly simulatedUnder: string;
  /** Made-up credentials that the demo gives its own simulator: useless anywhere else. */
  readonly demo: { readonly clientId: string; readonly clientSecret: string; readonly webhookKey: string };
}

/** One row for each package that is called by http. */
export const PACKAGE_ENVIRONMENTS: readonly PackageEnvironment[] = [xeroEnvironment, freeagentEnvironment, quickbooksEnvironment];

/** The package that the demo's own clients are connected to. */
export const DEMO_PACKAGE: PackageId = "xero";
