import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";
import { addInvoices, behindTheScreen, makeOwnClient, type OwnClient } from "./own-client.ts";
import type { Product } from "./product.ts";

test.use({ role: "staff" });

/** 130 customers, more than one page, whose names and numbers run against each other. */
async function addCustomers(product: Product, own: OwnClient): Promise<void> {
  await behindTheScreen(product, (db) =>
    db.query(
      `insert into contacts (client_id, reference, name, email, is_customer, terms, content_sha)
       select $1, 'C-' || lpad(n::text, 3, '0'), 'Shop ' || lpad((131 - n)::text, 3, '0'), 'shop' || n || '@shops.test', true,
         case when n % 10 = 0 then 'cash' else 'account' end, '-' from generate_series(1, 130) n`,
      [own.clientId],
    ),
  );
}

const rowsOf = (page: Page, list: string) => page.getByRole("grid", { name: list, exact: true }).locator("[data-row-index]");
const headsOf = (page: Page, list: string) =>
  page.getByRole("grid", { name: list, exact: true }).getByRole("columnheader").allTextContents();

test("lists of records: words, filters, order and columns stand in the address, columns and views per person (M56)", async ({
  page,
  product,
}) => {
  const own = await makeOwnClient(product);
  await addCustomers(product, own);
  await page.goto(`/clients/${own.slug}/customers`);
  const rows = rowsOf(page, "Customers");
  await expect(rows.first()).toContainText("Shop 001");
  await expect(page.getByRole("grid", { name: "Customers" })).toHaveAttribute("aria-rowcount", "131");

  // By key: the last row of all comes when it is scrolled to.
  await rows.first().focus();
  for (let press = 0; press < 3; press += 1) {
    await page.keyboard.press("End");
    await page.waitForLoadState("networkidle");
  }
  await expect(rows.last()).toContainText("Shop 130");

  await page.getByRole("columnheader", { name: "Number" }).getByRole("button").click();
  await expect(rows.first()).toContainText("C-001");
  await page.getByLabel("Show by terms").selectOption("cash");
  await expect(page.locator("[data-count]").first()).toHaveText("13");
  await page.getByLabel("Find by name, number or e-mail").fill("C-1");
  await expect(rows).toHaveCount(4);
  await expect(page).toHaveURL(/q=C-1/);
  await expect(page).toHaveURL(/sort=number\.asc/);
  await expect(page).toHaveURL(/terms=cash/);

  await page.getByRole("button", { name: "Choose columns" }).click();
  await page.getByRole("checkbox", { name: "Country" }).uncheck();
  await page.getByRole("button", { name: "Move Number up" }).click();
  await page.keyboard.press("Escape");
  await expect.poll(() => headsOf(page, "Customers")).toEqual(["Number", "Name", "E-mail", "Terms", "Integration"]);
  await expect(page).toHaveURL(/cols=number,name,email,terms,integration/);

  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("menuitem", { name: "Keep this view…" }).click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Cash, by number");
  await Promise.all([
    page.waitForResponse((answer) => answer.url().endsWith("/api/settings/grids/customers") && answer.ok()),
    page.getByRole("button", { name: "Keep", exact: true }).click(),
  ]);

  // The address alone is enough for a colleague, or for tomorrow.
  const address = page.url();
  await page.goto(address);
  await expect(rows).toHaveCount(4);
  await expect.poll(() => headsOf(page, "Customers")).toEqual(["Number", "Name", "E-mail", "Terms", "Integration"]);

  // Without an address the columns are as this person left them, on whatever machine; filters are not.
  await page.goto(`/clients/${own.slug}/customers`);
  await expect(rows.first()).toContainText("Shop 001");
  await expect.poll(() => headsOf(page, "Customers")).toEqual(["Number", "Name", "E-mail", "Terms", "Integration"]);

  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("menuitem", { name: "Cash, by number", exact: true }).click();
  await expect(rows).toHaveCount(4);
  await expect(page).toHaveURL(/terms=cash/);

  // Put back, since the person is shared with other specs.
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("menuitem", { name: "Forget Cash, by number" }).click();
  await page.getByRole("button", { name: "Choose columns" }).click();
  await Promise.all([
    page.waitForResponse((answer) => answer.url().endsWith("/api/settings/grids/customers") && answer.ok()),
    page.getByRole("button", { name: "As it comes" }).click(),
  ]);
  await page.keyboard.press("Escape");
  await expect.poll(() => headsOf(page, "Customers")).toEqual(["Name", "Number", "E-mail", "Country", "Terms", "Integration"]);
});

test("lists of records open a row by keyboard, and say so when nothing matches", async ({ page, product }) => {
  const own = await makeOwnClient(product);
  await addInvoices(product, own, ["4000", "4010", "4020"]);
  await page.goto(`/clients/${own.slug}/documents`);
  const rows = rowsOf(page, "Invoices, bills and credit notes");
  await expect(rows).toHaveCount(3);
  await expect(page.locator("[data-count]").first()).toContainText("£360.00");
  await rows.first().focus();
  await page.keyboard.press("ArrowDown");
  const number = await rows.nth(1).getByRole("link").textContent();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toContainText(number ?? "no number");
  await page.goto(`/clients/${own.slug}/documents?q=%25&kind=nonsense&sort=constructor.asc&from=2026-02-30`);
  await expect(page.getByText("Nothing matches")).toBeVisible();
  await page.getByRole("button", { name: "Show all" }).click();
  await expect(rows).toHaveCount(3);
});
