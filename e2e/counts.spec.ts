import type { Page } from "@playwright/test";
import { connectAndRead, mapCodes, panelOf, rowsOf } from "./export-scene.ts";
import { expect, test } from "./fixtures.ts";
import { addInvoices, makeOwnClient, type OwnClient } from "./own-client.ts";

test.use({ role: "staff" });

let own: OwnClient;
test.beforeAll(async ({ product }) => {
  own = await makeOwnClient(product);
  await addInvoices(product, own, ["4000", "4000", "4010", "4010"]);
});

/** The count beside Export in the menu; 0 where none stands. */
async function inMenu(page: Page): Promise<number> {
  const text = await page
    .getByRole("navigation")
    .getByRole("link", { name: /^Export/ })
    .first()
    .textContent();
  return Number(text?.replace(/\D/g, "") ?? 0);
}

/** A figure of the Overview: its label, the value, and what is said below it. */
async function onOverview(page: Page, label: string): Promise<number> {
  const link = page.getByRole("main").getByRole("link", { name: new RegExp(`^${label}`) });
  return Number(await link.first().locator("span").nth(1).textContent());
}

/** What each screen says of the client, read once each. */
async function figures(page: Page) {
  await page.goto(`/clients/${own.slug}/export`);
  const panel = async (title: Parameters<typeof panelOf>[1]) =>
    Number(await panelOf(page, title).locator("[data-count]").first().getAttribute("data-count"));
  const panels = {
    pending: await panel("Pending Export"),
    exported: await panel("Exported Successfully"),
    errors: await panel("Error Feedback"),
  };
  const menu = await inMenu(page);
  await page.goto(`/clients/${own.slug}`);
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
  const overview = {
    pending: await onOverview(page, "Pending Export"),
    exported: await onOverview(page, "Exported Successfully"),
    errors: await onOverview(page, "Error Feedback"),
  };
  await page.goto(`/clients?q=${own.tenantName.replace(/ Ltd$/, "").replace(" ", "+")}`);
  const row = page.getByRole("row").filter({ hasText: own.tenantName.replace(/ Ltd$/, "") });
  const cell = async (at: number) => Number(await row.getByRole("cell").nth(at).textContent());
  const portfolio = { pending: await cell(2), errors: await cell(3) };
  return { panels, menu, overview, portfolio };
}

test("FD7 what was uploaded before connecting is counted in the menu, the Overview, the portfolio and the list", async ({
  page,
}) => {
  await page.goto(`/clients/${own.slug}`);
  await expect(page.getByRole("navigation").getByRole("link", { name: /Documents/ })).toContainText("4 not connected");
  await expect(page.getByRole("main").getByRole("link", { name: /Pending Export/ })).toContainText(
    "4 documents, not connected yet",
  );
  await page.goto(`/clients/${own.slug}/documents`);
  await expect(page.getByText("Not connected yet")).toHaveCount(4);
  await page.goto(`/clients?q=${own.slug.replace("spec-", "Spec+")}`);
  await expect(page.getByRole("link", { name: "4 documents, not connected yet" })).toBeVisible();
});

test("FD5 FD7 menu, Overview, portfolio and panels say the same before and after an upload, and the list says where each stands", async ({
  page,
  product,
}) => {
  test.setTimeout(180_000);
  await connectAndRead(product, own);
  await mapCodes(product, own, ["4000"]);
  const before = await figures(page);
  // Four invoices and their customer.
  expect(before).toEqual({
    panels: { pending: 5, exported: 0, errors: 0 },
    menu: 5,
    overview: { pending: 5, exported: 0, errors: 0 },
    portfolio: { pending: 5, errors: 0 },
  });
  await page.goto(`/clients/${own.slug}/export`);
  await page.getByRole("grid", { name: "Pending Export" }).getByRole("checkbox", { name: "Select all rows that match" }).click();
  await page.getByRole("button", { name: "Upload data (5)" }).click();
  await expect(rowsOf(page, "Exported Successfully").locator('[data-tick="confirmed"]')).toHaveCount(3, { timeout: 90_000 });
  await expect(panelOf(page, "Error Feedback").locator("[data-count]").first()).toHaveAttribute("data-count", "2", {
    timeout: 30_000,
  });
  // As the panels say it, not at the menu's own next turn ten seconds later.
  await expect.poll(() => inMenu(page), { timeout: 2_500 }).toBe(0);
  expect(await figures(page)).toEqual({
    panels: { pending: 0, exported: 3, errors: 2 },
    menu: 0,
    overview: { pending: 0, exported: 3, errors: 2 },
    portfolio: { pending: 0, errors: 2 },
  });
  await page.screenshot({ path: "test-results/counts-portfolio.png", fullPage: true });
  await page.goto(`/clients/${own.slug}/documents`);
  await expect(page.getByText("Agrees", { exact: true })).toHaveCount(2);
  await expect(page.getByText("Held", { exact: true })).toHaveCount(2);
  await page.screenshot({ path: "test-results/counts-documents.png" });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.screenshot({ path: "test-results/counts-documents-narrow.png" });
  await page.goto(`/clients/${own.slug}`);
  await page.screenshot({ path: "test-results/counts-overview-narrow.png", fullPage: true });
});
