import { axeFindings } from "./axe.ts";
import { connectAndRead, mapCodes, panelOf, rowsOf } from "./export-scene.ts";
import { expect, test } from "./fixtures.ts";
import { addInvoices, control, makeOwnClient, type OwnClient } from "./own-client.ts";

test.use({ role: "staff" });

let own: OwnClient;
test.beforeAll(async ({ product }) => {
  own = await makeOwnClient(product);
  await addInvoices(product, own, ["4000"]);
  await connectAndRead(product, own);
  await mapCodes(product, own, ["4000"]);
  // The customer is in the books already, as a person typed it: without our number.
  const tokens = (await control(product, "POST", "/xero/tokens", { tenants: [own.tenantId] })) as { access_token: string };
  const answer = await fetch(`${product.simulatorUrl}/api.xro/2.0/Contacts`, {
    method: "PUT",
    headers: {
      Authorization: `Bearer ${tokens.access_token}`,
      "Xero-Tenant-Id": own.tenantId,
      "Content-Type": "application/json",
      Accept: "application/json",
    },
    body: JSON.stringify({ Contacts: [{ Name: "Peak Gifts Ltd" }] }),
  });
  expect(answer.status).toBe(200);
});

test("FB1 M29 N10 a customer whom the books hold already is offered, nothing of it is sent before somebody has answered, and one click links it", async ({
  page,
}) => {
  test.setTimeout(180_000);
  await page.goto(`/clients/${own.slug}/export`);
  await page.getByRole("grid", { name: "Pending Export" }).getByRole("checkbox", { name: "Select all rows that match" }).click();
  await page.getByRole("button", { name: /^Upload data/ }).click();
  const errors = panelOf(page, "Error Feedback");
  await expect(errors.getByRole("link", { name: /^Answer on Matches/ }).first()).toBeVisible({ timeout: 60_000 });
  await expect(rowsOf(page, "Exported Successfully").locator("[data-tick]")).toHaveCount(0);
  await page.screenshot({ path: "test-results/offer-card.png", fullPage: true });

  await page.goto(`/clients/${own.slug}/matches`);
  const sure = page.getByRole("region", { name: "Ready to link", exact: true });
  await expect(sure).toContainText("Peak Gifts Ltd");
  await expect(sure).toContainText("Same name");
  expect(await axeFindings(page)).toEqual([]);
  await page.screenshot({ path: "test-results/offers.png", fullPage: true });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: "dark" });
  await page.screenshot({ path: "test-results/offers-narrow.png", fullPage: true });
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ colorScheme: "light" });
  await page.getByRole("button", { name: "Link all 1" }).click();
  await expect(page.getByText("1 linked. Nothing in Xero is changed.")).toBeVisible();

  await page.goto(`/clients/${own.slug}/export`);
  await expect(rowsOf(page, "Exported Successfully").locator('[data-tick="confirmed"]')).toHaveCount(2, { timeout: 90_000 });
});
