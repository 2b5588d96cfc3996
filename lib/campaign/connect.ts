import type { ClientScope } from "#lib/common/scope.ts";
import { type CodesTo, connectSimulated, mapCodes } from "#lib/demo/connect.ts";
import type { ScratchProduct } from "./product.ts";

/** Where a campaign's codes go. */
export type CampaignCodes = Required<CodesTo>;

/**
 * Connects a client through the simulator's consent page and maps its codes.
 *
 * @param tenantId the organisation to consent to
 */
export async function connectAndMap(
  product: ScratchProduct,
  scope: ClientScope,
  tenantId: string,
  codes: CampaignCodes,
): Promise<void> {
  const connectionId = await connectSimulated(product, scope, tenantId);
  await product.database.inScope(scope, (db) => mapCodes(db, scope, connectionId, codes));
}
