import type { Database } from "#db/client.ts";
import { takeAllowance } from "#db/queries/allowances.ts";
import { jobScope } from "#lib/common/scope.ts";
import type { Limits, PackageId } from "#lib/connectors/types.ts";

/**
 * Takes leave for one call from the tenant's minute, its day and the app's minute, all counted in the database and so shared by every
 * worker. Answers null when the call may be made, else the moment (on the one clock) from which it may.
 */
export async function takeCall(
  database: Database,
  tenant: { clientId: string; connectionId: string; package: PackageId; tenantId: string },
  limits: Limits,
): Promise<Date | null> {
  return database.inScope(jobScope(tenant.clientId), (db) => takeAllowance(db, tenant, limits));
}
