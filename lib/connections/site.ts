import type { ScopedDb } from "#db/client.ts";
import { findPackageSite } from "#db/queries/connections/connections.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { PackageSite } from "#lib/connectors/deep-link.ts";
import { xeroWebUrl } from "#lib/connectors/xero/deep-link.ts";
import { env } from "#lib/env.ts";

/** Where this client's records stand in its package, for links; null without a connection. */
export async function packageSite(db: ScopedDb, scope: ClientScope): Promise<PackageSite | null> {
  const found = await findPackageSite(db, scope);
  return found && { packageId: found.package, webUrl: xeroWebUrl(env().XERO_LOGIN_URL), shortCode: found.shortCode };
}
