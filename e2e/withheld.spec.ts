import { axeFindings } from "./axe.ts";
import { connectAndRead, mapCodes, panelOf, rowsOf } from "./export-scene.ts";
import { expect, test } from "./fixtures.ts";
import { addInvoices, makeOwnClient, type OwnClient } from "./own-client.ts";

test.describe.configure({ mode: "serial" });
test.use({ role: "staff" });

/** Two customers of one name, each with two invoices of 120.00. */
const RECORDS = 6;

let own: OwnClient;
test.beforeAll(async ({ product }) => {
  test.setTimeout(120_000);
  own = await makeOwnClient(product);
  await addInvoices(product, own, ["4000", "4000"]);
  await addInvoices(product, own, ["4000", "4000"]);
  await connectAndRead(product, own);
  await mapCodes(product, own, ["4000"]);
});

test("M66 a customer that is excluded takes its documents out of Pending Export, listed with count and amounts; including it again returns them", async ({
  page,
}) => {
  await page.goto(`/clients/${own.slug}/export`);
  await expect(rowsOf(page, "Pending Export")).toHaveCount(RECORDS);
  await page.goto(`/clients/${own.slug}/customers`);
  await page.getByRole("link", { name: "Peak Gifts Ltd" }).first().click();
  const tick = page.getByLabel("Exclude from Accounting Integration");
  await tick.check();
  await expect(page.getByText("Peak Gifts Ltd is excluded. 3 rows left Pending Export.")).toBeVisible();

  await page.goto(`/clients/${own.slug}/export`);
  await expect(rowsOf(page, "Pending Export")).toHaveCount(RECORDS - 3);
  const line = page.getByRole("navigation", { name: "Not in Pending Export" });
  await expect(line).toContainText("3 excluded (£240.00)");
  await line.getByRole("link").click();
  await expect(page.getByRole("heading", { name: "Not in Pending Export" })).toBeVisible();
  const panel = page.getByRole("region", { name: "Excluded from Accounting Integration", exact: true });
  await expect(panel).toContainText("3 · £240.00");
  await expect(panel.getByRole("row").filter({ hasText: "Sales invoice" })).toHaveCount(2);
  expect(await axeFindings(page)).toEqual([]);
  await panel.getByRole("button", { name: "Include again: Peak Gifts Ltd" }).click();
  await expect(page.getByText("Nothing set aside")).toBeVisible();
  await page.goto(`/clients/${own.slug}/export`);
  await expect(rowsOf(page, "Pending Export")).toHaveCount(RECORDS);
});

test("M66 from a row: what leaves is shown first, then excluded", async ({ page }) => {
  await page.goto(`/clients/${own.slug}/export`);
  await rowsOf(page, "Pending Export").filter({ hasText: "Sales invoice" }).first().click();
  const menu = async () => {
    await panelOf(page, "Pending Export").getByRole("button", { name: "Actions" }).click();
    await page.getByRole("menuitem", { name: "Exclude customer, supplier or product" }).click();
  };
  await menu();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("Peak Gifts Ltd: 3 rows leave Pending Export (£240.00)");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(rowsOf(page, "Pending Export")).toHaveCount(RECORDS);
  await menu();
  await dialog.getByRole("button", { name: "Exclude" }).click();
  await expect(rowsOf(page, "Pending Export")).toHaveCount(RECORDS - 3);
  await page.goto(`/clients/${own.slug}/export/aside`);
  await page.getByRole("button", { name: "Include again: Peak Gifts Ltd" }).click();
  await expect(page.getByText("Nothing set aside")).toBeVisible();
});

test("D4 one document is held with a reason that everybody sees, is not uploaded, and is released", async ({ page }) => {
  await page.goto(`/clients/${own.slug}/export`);
  await rowsOf(page, "Pending Export").filter({ hasText: "Sales invoice" }).first().click();
  await panelOf(page, "Pending Export").getByRole("button", { name: "Actions" }).click();
  await page.getByRole("menuitem", { name: "Hold with a reason" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Reason").fill("Price disputed");
  await dialog.getByRole("button", { name: "Hold", exact: true }).click();
  const line = page.getByRole("navigation", { name: "Not in Pending Export" });
  await expect(line).toContainText("1 on hold (£120.00)");
  await expect(rowsOf(page, "Pending Export")).toHaveCount(RECORDS - 1);
  await line.getByRole("link").click();
  const held = page.getByRole("region", { name: "On hold or ignored", exact: true });
  await expect(held).toContainText("Price disputed Demo staff");

  await held.getByRole("link", { name: /^INV-/ }).click();
  await expect(page.getByText("Set aside").first()).toBeVisible();
  await page.getByRole("button", { name: "Release" }).click();
  await expect(page.getByText(/is back in Pending Export/)).toBeVisible();
  await page.getByRole("button", { name: "Hold", exact: true }).click();
  await page.getByRole("dialog").getByLabel("Reason").fill("Again");
  await page.getByRole("dialog").getByRole("button", { name: "Hold", exact: true }).click();
  await expect(page.getByText(/is on hold\./)).toBeVisible();
  await page.goto(`/clients/${own.slug}/export/aside`);
  await page.getByRole("button", { name: "Release" }).click();
  await expect(page.getByText("Nothing set aside")).toBeVisible();
});
