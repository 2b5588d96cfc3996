import { randomUUID } from "node:crypto";
import type { Locator, Page } from "@playwright/test";
import { openDatabase } from "#db/client.ts";
import type { AppSettings } from "#lib/calling/app-settings.ts";
import { jobScope } from "#lib/common/scope.ts";
import { parseSecretKeys } from "#lib/common/secrets.ts";
import { startConnect } from "#lib/connections/kinds/oauth.ts";
import { packageApp, parseEnv } from "#lib/env.ts";
import { completeConnect } from "#lib/setup/connect.ts";
import { refreshLists } from "#lib/setup/refresh-lists.ts";
import { consent } from "#lib/simulator/control-client.ts";
import { savedUrl } from "#lib/start/embedded.ts";
import { keptSecrets } from "#lib/start/secrets.ts";
import { expect } from "./fixtures.ts";
import { addInvoices, behindTheScreen, makeOwnClient, type OwnClient } from "./own-client.ts";
import type { Product } from "./product.ts";

/** A connected client whose invoices wait for export; accounts and tax rates are read, nothing is mapped. */
export async function makeExportScene(product: Product, nominalCodes: readonly string[]): Promise<OwnClient> {
  const own = await makeOwnClient(product);
  await addInvoices(product, own, nominalCodes);
  await connectAndRead(product, own);
  return own;
}

/**
 * Connects by the console's own use cases, through the simulator's consent form, and reads accounts and tax rates. Without a browser:
 * the way through the screen has specs of its own, takes seconds, and uses up what the shared administrator may change in a minute.
 */
export async function connectAndRead(product: Product, own: OwnClient): Promise<void> {
  const settings = settingsOf(product);
  const database = openDatabase(savedUrl(product.dataDir, "web"), { max: 2, applicationName: "greentick spec" });
  try {
    const scope = jobScope(own.clientId, { userId: null, label: "Spec" });
    const person = { userId: randomUUID(), sessionId: randomUUID(), label: "Spec" };
    const { url } = await startConnect(database, scope, person, "xero", settings);
    const back = await consent(product.simulatorUrl, url, own.tenantId);
    const { outcome } = await completeConnect(database, person, "xero", new URL(back), settings);
    expect(outcome).toBe("connected");
    await refreshLists(database, scope, settings);
  } finally {
    await database.close();
  }
}

/** What the running product connects with. */
function settingsOf(product: Product): AppSettings {
  const { appSecrets } = keptSecrets(product.dataDir);
  const environment = parseEnv({
    DEMO: "1",
    SIMULATOR_PORT: new URL(product.simulatorUrl).port,
    PORT: new URL(product.url).port,
    GREENTICK_DATA: product.dataDir,
    APP_SECRETS: appSecrets,
  });
  return {
    appUrl: product.url,
    keys: parseSecretKeys(appSecrets),
    appAt: (packageId) => packageApp(packageId, environment),
  };
}

/** Maps codes behind the screen; the mapping screens have specs of their own. */
export async function mapCodes(
  product: Product,
  own: OwnClient,
  nominalCodes: readonly string[],
  taxCodes: Readonly<Record<string, string>> = { T1: "OUTPUT2" },
): Promise<void> {
  await behindTheScreen(product, async (db) => {
    await db.query(
      "insert into mapping_sets (client_id, level, purpose, package, name) values ($1, 'client', 'posting', 'xero', 'Spec') on conflict do nothing",
      [own.clientId],
    );
    const save = (kind: string, source: string, target: string, byCode: boolean) =>
      db.query(
        `insert into mapping_rows (set_id, client_id, kind, source_code, target_external_id, saved_by)
         select s.id, $1, $2, $3, ${byCode ? "(select external_id from package_accounts a join connections c on c.id = a.connection_id where c.client_id = $1 and c.state = 'live' and a.code = $4)" : "$4"}, 'Spec'
         from mapping_sets s where s.client_id = $1
         on conflict (set_id, kind, source_code, side) do update set target_external_id = excluded.target_external_id`,
        [own.clientId, kind, source, target],
      );
    // Codes of purchases to an account for them: a rate for purchases is not taken on one for sales.
    for (const code of nominalCodes) await save("nominal", code, code.startsWith("5") ? "310" : "200", true);
    for (const [code, rate] of Object.entries(taxCodes)) await save("tax", code, rate, false);
    await save("bank", "1200", "090", true);
  });
}

/** One panel of the Export screen, by its title. */
export const panelOf = (page: Page, title: "Pending Export" | "Exported Successfully" | "Error Feedback"): Locator =>
  page.getByRole("region", { name: title, exact: true });

/** Rows of a panel's grid, its head left out. */
export const rowsOf = (page: Page, title: "Pending Export" | "Exported Successfully"): Locator =>
  page.getByRole("grid", { name: title, exact: true }).locator("[data-row-index]");
