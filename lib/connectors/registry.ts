import { SyncError } from "#lib/errors/sync-error.ts";
import { freeagentModule } from "./freeagent/module.ts";
import type { PackageConsent } from "./oauth.ts";
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

const MODULES: Partial<Record<PackageId, PackageModule>> = { xero: xeroModule, freeagent: freeagentModule };

/** How packages are connected. */
export type AuthKind = "oauth" | "collector" | "none";

/** How a package is connected. @throws {SyncError} `internal.unexpected` for a package that this version does not know */
export function authKindOf(packageId: PackageId): AuthKind {
  const consent = MODULES[packageId]?.consent;
  if (!consent)
    throw new SyncError("internal.unexpected", { value: packageId, said: ["there is no connector for this package"] });
  return typeof consent === "string" ? consent : "oauth";
}

/** Whether this version has a connector for a package. */
export function hasConnector(packageId: PackageId): boolean {
  return MODULES[packageId] !== undefined;
}

/** The connector of a package. @throws {SyncError} `internal.unexpected` for a package that this version has none for */
export function connectorFor(packageId: PackageId): Connector {
  const connector = MODULES[packageId]?.connector;
  if (!connector)
    throw new SyncError("internal.unexpected", { value: packageId, said: ["there is no connector for this package"] });
  return connector;
}

/** How a package is connected by OAuth. @throws {SyncError} `internal.unexpected` for a package that isn't */
export function consentOf(packageId: PackageId): PackageConsent {
  const consent = MODULES[packageId]?.consent;
  if (!consent || typeof consent === "string")
    throw new SyncError("internal.unexpected", { value: packageId, said: ["this package is not connected by OAuth"] });
  return consent;
}

/** How a package's events are read; null where it sends none, or this version does not know the package. */
export function webhooksOf(packageId: PackageId): PackageWebhooks | null {
  return MODULES[packageId]?.webhooks ?? null;
}

/** Every package that can be connected. */
export function listConnectors(): readonly Connector[] {
  return Object.values(MODULES).map(({ connector }) => connector);
}
