import { makeExportScene, mapCodes, rowsOf } from "./export-scene.ts";
import { expect, test } from "./fixtures.ts";
import { connectThroughConsent, control, type OwnClient } from "./own-client.ts";
import { signIn } from "./people.ts";

test.use({ role: "staff" });

let own: OwnClient;
test.beforeAll(async ({ product }) => {
  own = await makeExportScene(product, ["4000"]);
  await mapCodes(product, own, ["4000"]);
});

test("M37 what staff uploaded while the connection was lost goes by itself once an administrator reconnects", async ({
  page,
  product,
  browser,
}) => {
  test.setTimeout(180_000);
  await control(product, "POST", `/xero/${own.tenantId}/revoke`, {});
  await page.goto(`/clients/${own.slug}/export`);
  await rowsOf(page, "Pending Export").filter({ hasText: "Sales invoice" }).click();
  await page.getByRole("button", { name: "Upload data (1)" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "The connection to Xero is lost" })).toBeVisible({ timeout: 60_000 });
  await expect(rowsOf(page, "Pending Export").filter({ hasText: "Sales invoice" })).toContainText("Queued");

  const context = await browser.newContext({ baseURL: product.url, storageState: undefined });
  const admin = await context.newPage();
  await signIn(admin, "admin@demo.greentick.test", product.password);
  await connectThroughConsent(admin, own, "Reconnect Xero");
  await context.close();

  await page.goto(`/clients/${own.slug}/export`);
  const row = rowsOf(page, "Exported Successfully").filter({ hasText: "Sales invoice" });
  await expect(row.locator('[data-tick="confirmed"]')).toBeVisible({ timeout: 90_000 });
});
