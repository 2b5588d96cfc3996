import { SyncError } from "#lib/errors/sync-error.ts";
import type { PackageConsent } from "./oauth.ts";
import type { Connector, DirectConnector, PackageId } from "./types.ts";
import type { PackageWebhooks } from "./webhooks.ts";
import { xeroModule } from "./xero/module.ts";

/**
 * All that a package is, on a server. What a browser may know of it stands in `cards.ts`, what it reads from the environment in
 * `environment.ts`, how its records are linked to in `deep-link.ts`: each of the four has a row for each package, and nothing else has.
 */
export interface PackageModule {
  readonly connector: Connector;
  /** How it is connected by OAuth; null for a package that isn't. */
  readonly consent: PackageConsent | null;
  /** How it tells by itself that something changed; null for a package that doesn't. */
  readonly webhooks: PackageWebhooks | null;
}

const MODULES: Partial<Record<PackageId, PackageModule>> = { xero: xeroModule };

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
  if (!consent)
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

/** Whether we call this package ourselves, so that it can `send`. */
export function isDirect(connector: Connector): connector is DirectConnector {
  return connector.style === "direct";
}
