import { randomUUID } from "node:crypto";
import type { Database, ScopedDb } from "#db/client.ts";
import { listPackageAccounts, listPackageTaxRates } from "#db/queries/mapping/mapping.ts";
import type { AppSettings } from "#lib/calling/app-settings.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { startConnect } from "#lib/connections/kinds/oauth.ts";
import { DEMO_PACKAGE } from "#lib/connectors/environment.ts";
import type { PackageId } from "#lib/connectors/types.ts";
import { saveMappings } from "#lib/mapping/save.ts";
import { completeConnect } from "#lib/setup/connect.ts";
import { refreshLists } from "#lib/setup/refresh-lists.ts";
import { consent } from "#lib/simulator/control-client.ts";

type TaxRates = Awaited<ReturnType<typeof listPackageTaxRates>>;

/** Where codes go: nominal and bank codes to accounts by code, tax codes to rates by id. A kind left out stays open. */
export interface CodesTo {
  readonly nominal?: Readonly<Record<string, string>>;
  readonly bank?: Readonly<Record<string, string>>;
  readonly tax?: (rates: TaxRates) => Readonly<Record<string, string | null>>;
}

/** The simulator, and how we reach it. */
export interface SimulatedSite {
  readonly database: Database;
  readonly settings: AppSettings;
  readonly simulatorUrl: string;
}

/**
 * Connects a client through the simulator's consent page, as an administrator does in a browser, and reads its lists.
 *
 * @param tenantId the organisation to consent to
 * @param userId in whose name
 * @param packageId the demo's own without it
 * @returns the connection's id
 */
export async function connectSimulated(
  { database, settings, simulatorUrl }: SimulatedSite,
  scope: ClientScope,
  tenantId: string,
  userId: string = randomUUID(),
  packageId: PackageId = DEMO_PACKAGE,
): Promise<string> {
  const person = { userId, sessionId: randomUUID(), label: scope.actor.label };
  const { url } = await startConnect(database, scope, person, packageId, settings);
  const back = await consent(simulatorUrl, url, tenantId);
  const connected = await completeConnect(database, person, packageId, new URL(back), settings);
  if (connected.outcome !== "connected") throw new Error("The consent covered more than one organisation");
  await refreshLists(database, scope, settings);
  return connected.connectionId;
}

/** Maps a connected client's codes, as the Mapping screen saves them. */
export async function mapCodes(db: ScopedDb, scope: ClientScope, connectionId: string, codes: CodesTo): Promise<void> {
  const accounts = await listPackageAccounts(db, scope, connectionId);
  const byCode = (of: Readonly<Record<string, string>>) =>
    Object.entries(of).map(([sourceCode, code]) => ({
      sourceCode,
      targetExternalId: accounts.find((one) => one.code === code)?.externalId ?? null,
    }));
  if (codes.nominal) await saveMappings(db, scope, "nominal", byCode(codes.nominal));
  if (codes.tax) {
    const to = codes.tax(await listPackageTaxRates(db, scope, connectionId));
    const changes = Object.entries(to).map(([sourceCode, targetExternalId]) => ({ sourceCode, targetExternalId }));
    await saveMappings(db, scope, "tax", changes);
  }
  if (codes.bank) await saveMappings(db, scope, "bank", byCode(codes.bank));
}
