import type { ScopedDb } from "#db/client.ts";
import { findPackageSite } from "#db/queries/connections/connections.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { type PackageSite, packageWebUrl } from "#lib/connectors/deep-link.ts";
import { packageSettings } from "#lib/env.ts";

/** Where this client's records stand in its package, for links; null without a connection, or where the package has no screens. */
export async function packageSite(db: ScopedDb, scope: ClientScope): Promise<PackageSite | null> {
  const found = await findPackageSite(db, scope);
  if (!found) return null;
  const webUrl = packageWebUrl(found.package, packageSettings(found.package).loginUrl);
  return webUrl === null ? null : { packageId: found.package, webUrl, shortCode: found.shortCode };
}
