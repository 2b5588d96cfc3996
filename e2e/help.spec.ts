import type { Locator, Page } from "@playwright/test";
import { axeFindings } from "./axe.ts";
import { makeExportScene, mapCodes, panelOf, rowsOf } from "./export-scene.ts";
import { expect, test } from "./fixtures.ts";
import type { OwnClient } from "./own-client.ts";

test.describe.configure({ mode: "serial" });
test.use({ role: "staff" });

let own: OwnClient;
test.beforeAll(async ({ product }) => {
  test.setTimeout(120_000);
  own = await makeExportScene(product, ["4000", "4010"]);
  await mapCodes(product, own, ["4000"]);
});

/** The tab that a link opens, once its heading is there. */
async function tabOf(page: Page, link: Locator): Promise<Page> {
  const [tab] = await Promise.all([page.context().waitForEvent("page"), link.click()]);
  await expect(tab.getByRole("heading", { level: 1 })).toBeVisible();
  return tab;
}

test("M44 M75 FD13 the card of an error leads to its own help: what it means, who fixes it, how, and the package's own words", async ({
  page,
}) => {
  await page.goto(`/clients/${own.slug}/export`);
  await rowsOf(page, "Pending Export").first().focus();
  await page.keyboard.press("Control+a");
  await page.getByRole("button", { name: /^Upload data \(/ }).click();
  const cause = panelOf(page, "Error Feedback").locator('[data-cause="mapping.account-missing"]');
  await expect(cause).toBeVisible({ timeout: 60_000 });
  await cause.getByRole("button", { name: /waits/ }).click();
  const tab = await tabOf(page, cause.getByRole("link", { name: /^What this means/ }));

  await expect(tab.getByRole("heading", { level: 1 })).toHaveText("A nominal code has no mapping");
  const text = tab.getByRole("article");
  await expect(text).toContainText("Bookkeeper, here.");
  await expect(text).toContainText("Xero's books are as they were.");
  await expect(text).toContainText("Account code or ID must be specified");
  expect(await axeFindings(tab)).toEqual([]);
  await expect(text.getByRole("link", { name: "Open Mapping, nominal codes" })).toHaveAttribute(
    "href",
    `/clients/${own.slug}/mapping?tab=nominal`,
  );
  await text.getByRole("link", { name: "Why isn\u2019t this syncing?" }).click();
  await expect(tab.getByRole("listitem").filter({ hasText: "Integration is on." })).toBeVisible();

  // A code that nobody knows has the checklist for a page (M72).
  await tab.goto(`/help/errors/xero/nobody.knows-this?client=${own.slug}`);
  await expect(tab.getByRole("heading", { level: 1 })).toHaveText("Why isn\u2019t this syncing?");
  await expect(tab.getByRole("article")).toContainText("nobody.knows-this");
  await expect(tab.getByRole("listitem").filter({ hasText: "Tax is set." })).toBeVisible();
  await tab.close();
});

test("M40 FD13 help is found from each screen, the menu and Ctrl K, searched without a server, and says that bank feeds do not work", async ({
  page,
}) => {
  await page.goto(`/clients/${own.slug}/import`);
  const tab = await tabOf(page, page.locator("#page").getByRole("link", { name: /^Help/ }));
  await expect(tab.getByRole("heading", { level: 1 })).toHaveText("Import");
  await expect(tab.getByRole("article")).toContainText("Payment created and allocated");
  await tab.getByRole("link", { name: "All help" }).click();

  const box = tab.getByRole("searchbox", { name: "Search help" });
  await box.fill("account code or ID must be specified");
  await expect(tab.getByRole("status").filter({ hasText: "1 page found" })).toBeVisible();
  await box.fill("zebra crossing");
  await expect(tab.getByText("Nothing about \u201czebra crossing\u201d")).toBeVisible();
  await tab.getByRole("button", { name: "Show all help" }).click();
  await expect(box).toHaveValue("");
  expect(await axeFindings(tab)).toEqual([]);
  await box.fill("bank feeds");
  await box.press("Enter");
  await expect(tab.getByRole("heading", { level: 1 })).toHaveText("What works with each package");
  await expect(tab.getByRole("row").filter({ hasText: "Bank feeds" })).toContainText(
    /No\..*cannot be used through the integration/,
  );
  await tab.close();

  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Search" }).fill("help matches");
  await page.getByRole("option").filter({ hasText: "Matches" }).click();
  await expect(page).toHaveURL(new RegExp(`/help/screens/matches\\?client=${own.slug}`));
  await page.getByRole("button", { name: /your menu/ }).click();
  await expect(page.getByRole("menuitem", { name: "Help" })).toHaveAttribute("href", /^\/help/);
});
