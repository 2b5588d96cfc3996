import { SyncError } from "#lib/errors/sync-error.ts";
import type { PackageConsent } from "./oauth.ts";
import type { Connector, DirectConnector, PackageId } from "./types.ts";
import { xeroConsent } from "./xero/consent.ts";
import { xero } from "./xero/index.ts";

const CONNECTORS: Partial<Record<PackageId, Connector>> = { xero };

/** The connector of a package. @throws {SyncError} `internal.unexpected` for a package that this version has none for */
export function connectorFor(packageId: PackageId): Connector {
  const connector = CONNECTORS[packageId];
  if (!connector)
    throw new SyncError("internal.unexpected", { value: packageId, said: ["there is no connector for this package"] });
  return connector;
}

const CONSENTS: Partial<Record<PackageId, PackageConsent>> = { xero: xeroConsent };

/** How a package is connected by OAuth. @throws {SyncError} `internal.unexpected` for a package that isn't */
export function consentOf(packageId: PackageId): PackageConsent {
  const consent = CONSENTS[packageId];
  if (!consent)
    throw new SyncError("internal.unexpected", { value: packageId, said: ["this package is not connected by OAuth"] });
  return consent;
}

/** Every package that can be connected. */
export function listConnectors(): readonly Connector[] {
  return Object.values(CONNECTORS);
}

/** Whether we call this package ourselves, so that it can `send`. */
export function isDirect(connector: Connector): connector is DirectConnector {
  return connector.style === "direct";
}
