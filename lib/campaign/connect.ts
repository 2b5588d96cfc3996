import { randomUUID } from "node:crypto";
import { listPackageAccounts, listPackageTaxRates } from "#db/queries/mapping.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { completeConnect, startConnect } from "#lib/connections/connect.ts";
import { saveMappings } from "#lib/mapping/save.ts";
import { refreshLists } from "#lib/setup/refresh-lists.ts";
import { consent } from "#lib/simulator/control-client.ts";
import type { ScratchProduct } from "./product.ts";

type TaxRates = Awaited<ReturnType<typeof listPackageTaxRates>>;

/** Where a campaign's codes go: nominal and bank codes to accounts by code, tax codes to rates by id. */
export interface CampaignCodes {
  readonly nominal: Readonly<Record<string, string>>;
  readonly bank: Readonly<Record<string, string>>;
  readonly tax: (rates: TaxRates) => Readonly<Record<string, string | null>>;
}

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
  const { database, settings, simulatorUrl } = product;
  const person = { userId: randomUUID(), sessionId: randomUUID(), label: scope.actor.label };
  const { url } = await startConnect(database, scope, person, "xero", settings);
  const back = await consent(simulatorUrl, url, tenantId);
  const connected = await completeConnect(database, person, "xero", new URL(back), settings);
  if (connected.outcome !== "connected") throw new Error("The consent covered more than one organisation");
  const { connectionId } = connected;
  await refreshLists(database, scope, settings);
  await database.inScope(scope, async (db) => {
    const accounts = await listPackageAccounts(db, scope, connectionId);
    const rates = await listPackageTaxRates(db, scope, connectionId);
    const byCode = (of: Readonly<Record<string, string>>) =>
      Object.entries(of).map(([sourceCode, code]) => ({
        sourceCode,
        targetExternalId: accounts.find((one) => one.code === code)?.externalId ?? null,
      }));
    await saveMappings(db, scope, "nominal", byCode(codes.nominal));
    await saveMappings(
      db,
      scope,
      "tax",
      Object.entries(codes.tax(rates)).map(([sourceCode, targetExternalId]) => ({ sourceCode, targetExternalId })),
    );
    await saveMappings(db, scope, "bank", byCode(codes.bank));
  });
}
