import type { ScopedDb } from "#db/client.ts";
import { findPackageSite } from "#db/queries/connections/connections.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { type PackageSite, packageWebUrl } from "#lib/connectors/deep-link.ts";
import { env } from "#lib/env.ts";

/** Where this client's records stand in its package, for links; null without a connection, or where the package has no screens. */
export async function packageSite(db: ScopedDb, scope: ClientScope): Promise<PackageSite | null> {
  const found = await findPackageSite(db, scope);
  if (!found) return null;
  const settings = env().PACKAGES.get(found.package);
  const webUrl = settings ? packageWebUrl(found.package, settings.loginUrl) : null;
  return webUrl === null ? null : { packageId: found.package, webUrl, shortCode: found.shortCode };
}
