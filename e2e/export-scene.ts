import type { Browser, Locator, Page } from "@playwright/test";
import { expect } from "./fixtures.ts";
import { addInvoices, behindTheScreen, connectThroughConsent, makeOwnClient, type OwnClient } from "./own-client.ts";
import { signIn } from "./people.ts";
import type { Product } from "./product.ts";

/** A connected client whose invoices wait for export; accounts and tax rates are read, nothing is mapped. */
export async function makeExportScene(product: Product, browser: Browser, nominalCodes: readonly string[]): Promise<OwnClient> {
  const own = await makeOwnClient(product);
  await addInvoices(product, own, nominalCodes);
  await connectAndRead(product, browser, own);
  return own;
}

/** Connects as an administrator and waits until accounts and tax rates are read. */
export async function connectAndRead(product: Product, browser: Browser, own: OwnClient): Promise<void> {
  const context = await browser.newContext({ baseURL: product.url, storageState: undefined });
  const admin = await context.newPage();
  await signIn(admin, "admin@demo.greentick.test", product.password);
  await connectThroughConsent(admin, own);
  await expect
    .poll(
      () =>
        behindTheScreen(product, async (db) => {
          const { rows } = await db.query<{ ready: boolean }>(
            "select lists_as_of is not null as ready from connections where client_id = $1 and state = 'live'",
            [own.clientId],
          );
          return rows[0]?.ready ?? false;
        }),
      { timeout: 30_000, message: "accounts and tax rates are read after connecting" },
    )
    .toBe(true);
  await context.close();
}

/** Maps codes behind the screen; the mapping screens have specs of their own. */
export async function mapCodes(product: Product, own: OwnClient, nominalCodes: readonly string[]): Promise<void> {
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
         on conflict (set_id, kind, source_code) do update set target_external_id = excluded.target_external_id`,
        [own.clientId, kind, source, target],
      );
    for (const code of nominalCodes) await save("nominal", code, "200", true);
    await save("tax", "T1", "OUTPUT2", false);
    await save("bank", "1200", "090", true);
  });
}

/** One panel of the Export screen, by its title. */
export const panelOf = (page: Page, title: "Pending Export" | "Exported Successfully" | "Error Feedback"): Locator =>
  page.getByRole("region", { name: title, exact: true });

/** Rows of a panel's grid, its head left out. */
export const rowsOf = (page: Page, title: "Pending Export" | "Exported Successfully"): Locator =>
  page.getByRole("grid", { name: title, exact: true }).locator("[data-row-index]");
