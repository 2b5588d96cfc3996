import type { RecordKind } from "#lib/common/records.ts";
import { freeagentLink, freeagentWebUrl } from "./freeagent/deep-link.ts";
import { quickbooksLink, quickbooksWebUrl } from "./quickbooks-online/deep-link.ts";
import type { PackageId } from "./types.ts";
import { xeroLink, xeroWebUrl } from "./xero/deep-link.ts";

/** A package's own screens, showing one organisation: what a link to a record is made of. Plain data, so that a page may hand it to the browser. */
export interface PackageSite {
  readonly packageId: PackageId;
  /** Without a trailing slash. */
  readonly webUrl: string;
  readonly shortCode: string | null;
}

interface Links {
  /** Where the package's screens are, when it is signed in to at `loginUrl`; no trailing slash. */
  readonly webUrl: (loginUrl: string) => string;
  readonly linkTo: (site: PackageSite, kind: RecordKind, externalId: string) => string | null;
}

const LINKS: Partial<Record<PackageId, Links>> = {
  freeagent: {
    webUrl: freeagentWebUrl,
    linkTo: (site, kind, externalId) => freeagentLink(site.webUrl, site.shortCode, kind, externalId),
  },
  "quickbooks-online": {
    webUrl: quickbooksWebUrl,
    linkTo: (site, kind, externalId) => quickbooksLink(site.webUrl, kind, externalId),
  },
  xero: {
    webUrl: xeroWebUrl,
    linkTo: (site, kind, externalId) => xeroLink(site.webUrl, site.shortCode, kind, externalId),
  },
};

/** Where a package's screens are, when it is signed in to at `loginUrl`; null for a package without screens to link to. */
export function packageWebUrl(packageId: PackageId, loginUrl: string): string | null {
  return LINKS[packageId]?.webUrl(loginUrl) ?? null;
}

/** The address that opens a record in its package; null for what has no screen of its own there. */
export function packageLink(site: PackageSite, kind: RecordKind, externalId: string): string | null {
  return LINKS[site.packageId]?.linkTo(site, kind, externalId) ?? null;
}
