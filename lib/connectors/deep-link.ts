import type { RecordKind } from "#lib/common/records.ts";
import type { PackageId } from "./types.ts";
import { xeroLink } from "./xero/deep-link.ts";

/** A package's own screens, showing one organisation: what a link to a record is made of. Plain data, so that a page may hand it to the browser. */
export interface PackageSite {
  readonly packageId: PackageId;
  /** Without a trailing slash. */
  readonly webUrl: string;
  readonly shortCode: string | null;
}

type Link = (site: PackageSite, kind: RecordKind, externalId: string) => string | null;

const LINKS: Partial<Record<PackageId, Link>> = {
  xero: (site, kind, externalId) => xeroLink(site.webUrl, site.shortCode, kind, externalId),
};

/** The address that opens a record in its package; null for what has no screen of its own there. */
export function packageLink(site: PackageSite, kind: RecordKind, externalId: string): string | null {
  return LINKS[site.packageId]?.(site, kind, externalId) ?? null;
}
