import { SyncError } from "#lib/errors/sync-error.ts";
import { freeagentModule } from "./freeagent/module.ts";
import type { PackageConsent } from "./oauth.ts";
import { quickbooksModule } from "./quickbooks-online/module.ts";
import type { Connector, PackageId } from "./types.ts";
import type { PackageWebhooks } from "./webhooks.ts";
import { xeroModule } from "./xero/module.ts";

/**
 * A finished package's parts on a server. The other lists with a row for each: `cards.ts` (what a browser may know, unfinished ones among
 * them), `environment.ts`, `deep-link.ts`, `PackageId` in `types.ts`, and `lib/simulator/registry.ts`.
 */
export interface PackageModule {
  readonly connector: Connector;
  /**
   * How it is connected: by consent (OAuth); `collector`: its program signs in with a password of ours; `none`: nobody signs in, a
   * person names the company.
   */
  readonly consent: PackageConsent | "collector" | "none";
  /** How it tells by itself that something changed; null for a package that doesn't. */
  readonly webhooks: PackageWebhooks | null;
}

const MODULES = new Map<PackageId, PackageModule>([
  ["xero", xeroModule],
  ["freeagent", freeagentModule],
  ["quickbooks-online", quickbooksModule],
]);

/**
 * Lets this process alone know one package more: the throwaways that campaigns and tests bring. Nothing that is served calls it
 * (`docs/packages.test.ts`).
 */
export function addPackage(module: PackageModule): void {
  MODULES.set(module.connector.id, module);
}

/** How packages are connected. */
export type AuthKind = "oauth" | "collector" | "none";

/** How a package is connected. @throws {SyncError} `internal.unexpected` for a package that this version does not know */
export function authKindOf(packageId: PackageId): AuthKind {
  const consent = MODULES.get(packageId)?.consent;
  if (!consent)
    throw new SyncError("internal.unexpected", { value: packageId, said: ["there is no connector for this package"] });
  return typeof consent === "string" ? consent : "oauth";
}

/** Whether this version has a connector for a package. */
export function hasConnector(packageId: PackageId): boolean {
  return MODULES.has(packageId);
}

/** The connector of a package. @throws {SyncError} `internal.unexpected` for a package that this version has none for */
export function connectorFor(packageId: PackageId): Connector {
  const connector = MODULES.get(packageId)?.connector;
  if (!connector)
    throw new SyncError("internal.unexpected", { value: packageId, said: ["there is no connector for this package"] });
  return connector;
}

/** How a package is connected by OAuth. @throws {SyncError} `internal.unexpected` for a package that isn't */
export function consentOf(packageId: PackageId): PackageConsent {
  const consent = MODULES.get(packageId)?.consent;
  if (!consent || typeof consent === "string")
    throw new SyncError("internal.unexpected", { value: packageId, said: ["this package is not connected by OAuth"] });
  return consent;
}

/** How a package's events are read; null where it sends none, or this version does not know the package. */
export function webhooksOf(packageId: PackageId): PackageWebhooks | null {
  return MODULES.get(packageId)?.webhooks ?? null;
}

/** Every package that can be connected. */
export function listConnectors(): readonly Connector[] {
  return [...MODULES.values()].map(({ connector }) => connector);
}
