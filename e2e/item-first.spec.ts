import { openDatabase } from "#db/client.ts";
import { brokenInvariants } from "#lib/campaign/checks-sql.ts";
import { jobScope } from "#lib/common/scope.ts";
import { savedUrl } from "#lib/start/embedded.ts";
import { connectAndRead, mapCodes, panelOf, rowsOf } from "./export-scene.ts";
import { expect, test } from "./fixtures.ts";
import { addInvoices, behindTheScreen, control, makeOwnClient, type OwnClient } from "./own-client.ts";

test.use({ role: "staff" });

let own: OwnClient;
test.beforeAll(async ({ product }) => {
  own = await makeOwnClient(product);
  await addInvoices(product, own, ["4000", "4000"]);
  await behindTheScreen(product, async (db) => {
    await db.query("insert into products (client_id, reference, name, content_sha) values ($1, 'MUG', 'Enamel mug', '-')", [
      own.clientId,
    ]);
    await db.query("update document_lines set product_id = (select id from products where client_id = $1) where client_id = $1", [
      own.clientId,
    ]);
  });
  await connectAndRead(product, own);
  await mapCodes(product, own, ["4000"]);
});

test("M58 FD1 an invoice whose stock item is gone stands in Error Feedback with the item's code, and Export item first sends both in order", async ({
  page,
  product,
}) => {
  test.setTimeout(180_000);
  await page.goto(`/clients/${own.slug}/export`);
  const pending = rowsOf(page, "Pending Export");
  const exported = rowsOf(page, "Exported Successfully");
  await pending.filter({ hasText: "Sales invoice" }).nth(0).click();
  await page.getByRole("button", { name: "Upload data (1)" }).click();
  await expect(exported.filter({ hasText: "MUG" }).locator('[data-tick="confirmed"]')).toBeVisible({ timeout: 90_000 });
  await expect(exported.filter({ hasText: "Sales invoice" })).toHaveCount(1, { timeout: 90_000 });

  await control(product, "DELETE", `/xero/${own.tenantId}/items/MUG`);
  await pending.filter({ hasText: "Sales invoice" }).nth(0).click();
  await page.getByRole("button", { name: "Upload data (1)" }).click();
  const cause = panelOf(page, "Error Feedback").locator('[data-cause="source.dependency-missing"]');
  await expect(cause).toContainText("MUG", { timeout: 90_000 });
  await cause.getByRole("button", { name: "Export item first" }).first().click();
  await expect(exported.filter({ hasText: "Sales invoice" }).locator('[data-tick="confirmed"]')).toHaveCount(2, {
    timeout: 90_000,
  });
  const ledger = (await control(product, "GET", `/xero/${own.tenantId}/ledger`)) as {
    items: { code: string }[];
    documents: unknown[];
  };
  expect(ledger.items.map((item) => item.code)).toContain("MUG");
  expect(ledger.documents).toHaveLength(2);
  // FD1: our own step has broken no rule, and the Corrections log has the link that ended.
  await page.goto(`/clients/${own.slug}/corrections`);
  await expect(page.getByText(/MUG/).first()).toBeVisible();
  const database = openDatabase(savedUrl(product.dataDir, "web"), { max: 1, applicationName: "greentick spec" });
  try {
    const scope = jobScope(own.clientId, { userId: null, label: "Spec" });
    expect(await database.inScope(scope, (db) => brokenInvariants(db, scope))).toEqual([]);
  } finally {
    await database.close();
  }
});
