import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import readSheets from "read-excel-file/node";
import { connectAndRead } from "./export-scene.ts";
import { expect, test } from "./fixtures.ts";
import { addInvoices, behindTheScreen, makeOwnClient, type OwnClient } from "./own-client.ts";
import { duplicatePerson, signInOverHttp } from "./people.ts";
import type { Product } from "./product.ts";

test.use({ role: "staff", hasTouch: true });

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

test("lists of records: words, filters, order and columns stand in the address, columns and views per person (M56, FD11)", async ({
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
  await expect(async () => {
    await page.keyboard.press("End");
    await expect(rows.last()).toContainText("Shop 130", { timeout: 500 });
  }).toPass();

  await page.getByRole("columnheader", { name: "Number" }).getByRole("button").click();
  await expect(rows.first()).toContainText("C-001");
  await page.getByLabel("Show by terms").selectOption("cash");
  await expect(page.locator("[data-count]").first()).toHaveText("13");
  await page.getByLabel("Find by name, number or e-mail").fill("C-1");
  await expect(rows).toHaveCount(4);
  await expect(page).toHaveURL(/q=C-1/);

  // FD11: a record leads on through the list as it was narrowed, by keys too, and its breadcrumb leads back to it.
  await rows.first().getByRole("link").click();
  const within = page.getByRole("navigation", { name: "Within the list" });
  await expect(within).toContainText("1 of 4");
  const crumbs = page.getByRole("navigation", { name: "Breadcrumb" });
  const first = await crumbs.textContent();
  await page.keyboard.press("j");
  await expect(within).toContainText("2 of 4");
  expect(await crumbs.textContent()).not.toBe(first);
  await within.getByRole("link", { name: "Previous" }).click();
  await expect(within).toContainText("1 of 4");
  await crumbs.getByRole("link", { name: "Customers" }).click();
  await expect(rows).toHaveCount(4);
  await expect(page).toHaveURL(/q=C-1/);
  await expect(page).toHaveURL(/sort=number\.asc/);
  await expect(page).toHaveURL(/terms=cash/);

  await page.getByRole("button", { name: "Choose columns" }).click();
  await page.getByRole("checkbox", { name: "Country" }).uncheck();
  await page.getByRole("button", { name: "Move Number up" }).click();
  await page.keyboard.press("Escape");
  await expect
    .poll(() => headsOf(page, "Customers"))
    .toEqual(["Number", "Name", "E-mail", "VAT number", "Terms", "State", "Integration"]);
  await expect(page).toHaveURL(/cols=number,name,email,taxNumber,terms,state,integration/);

  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("menuitem", { name: "Save this view…" }).click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Cash, by number");
  await page.getByRole("button", { name: "Keep", exact: true }).click();
  await expect(page.getByRole("dialog")).toHaveCount(0);

  // The address alone is enough for a colleague, or for tomorrow.
  const address = page.url();
  await page.goto(address);
  await expect(rows).toHaveCount(4);
  await expect
    .poll(() => headsOf(page, "Customers"))
    .toEqual(["Number", "Name", "E-mail", "VAT number", "Terms", "State", "Integration"]);

  // Without an address the columns are as this person left them, on whatever machine; filters are not.
  await page.goto(`/clients/${own.slug}/customers`);
  await expect(rows.first()).toContainText("Shop 001");
  await expect
    .poll(() => headsOf(page, "Customers"))
    .toEqual(["Number", "Name", "E-mail", "VAT number", "Terms", "State", "Integration"]);

  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("menuitem", { name: "Cash, by number", exact: true }).click();
  await expect(rows).toHaveCount(4);
  await expect(page).toHaveURL(/terms=cash/);

  // Put back, since the person is shared with other specs.
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("menuitem", { name: "Delete Cash, by number" }).click();
  await page.getByRole("button", { name: "Choose columns" }).click();
  await Promise.all([
    page.waitForResponse((answer) => answer.url().endsWith("/api/settings/grids/customers") && answer.ok()),
    page.getByRole("button", { name: "Default columns" }).click(),
  ]);
  await page.keyboard.press("Escape");
  await expect
    .poll(() => headsOf(page, "Customers"))
    .toEqual(["Name", "Number", "E-mail", "VAT number", "Country", "Terms", "State", "Integration"]);
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

test("a row's menu by mouse, keyboard and finger; what is shown leaves as CSV and XLSX (N26, B18)", async ({ page, product }) => {
  const own = await makeOwnClient(product);
  await addInvoices(product, own, ["4000", "4010", "4020"]);
  await behindTheScreen(product, async (db) => {
    await db.query(`update contacts set name = '=HYPERLINK("http://elsewhere.test","x")' where client_id = $1`, [own.clientId]);
    await db.query("update documents set kind = 'sales-credit-note' where client_id = $1 and number like '%-2'", [own.clientId]);
  });
  await connectAndRead(product, own);
  // Columns are kept for a person, and other specs read this very grid as the demo's staff.
  const duplicate = await signInOverHttp(product, await duplicatePerson(product, "staff", "grids"));
  await page.context().addCookies((await duplicate.storageState()).cookies);
  await duplicate.dispose();
  const inXero = "11111111-2222-4333-8444-555555555555";
  await expect
    .poll(() =>
      behindTheScreen(product, async (db) => {
        const { rowCount } = await db.query(
          "update postings set external_id = $2 where client_id = $1 and reference like '%-1' and kind = 'sales-invoice'",
          [own.clientId, inXero],
        );
        return rowCount;
      }),
    )
    .toBe(1);

  await page.goto(`/clients/${own.slug}/export?p_sort=number.asc`);
  const rows = rowsOf(page, "Pending Export");
  await expect(rows).toHaveCount(4);
  const invoice = rows.filter({ has: page.locator('[data-column="number"]', { hasText: /-1$/ }) });
  const menu = page.getByRole("menu");

  await invoice.click({ button: "right" });
  await expect(menu.getByRole("menuitem", { name: "Upload data (1)" })).toBeVisible();
  await expect(menu.getByRole("menuitem", { name: "Run pre-check" })).toBeEnabled();
  await expect(menu.getByRole("menuitem", { name: "Mark as exported" })).toBeEnabled();
  await expect(menu.getByRole("menuitem", { name: /^Exclude/ })).toBeVisible();
  await expect(menu.getByRole("menuitem", { name: "Open in Xero" })).toHaveAttribute("href", new RegExp(inXero));
  await page.keyboard.press("Escape");
  await expect(menu).toHaveCount(0);

  // The Menu key and Shift F10 are one; the row keeps its place for the keyboard.
  await expect(invoice).toBeFocused();
  await page.keyboard.press("Shift+F10");
  await expect(menu.getByRole("menuitem", { name: "Open record" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(menu).toHaveCount(0);
  await page.keyboard.press("Escape");

  const place = await rows.first().boundingBox();
  if (!place) throw new Error("the first row stands nowhere");
  const fingers = await page.context().newCDPSession(page);
  const at = { x: place.x + 200, y: place.y + 10 };
  await fingers.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [at] });
  await expect(menu.getByRole("menuitem", { name: "Open record" })).toBeVisible();
  await fingers.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await expect(menu.getByRole("menuitem", { name: "Link by pasted id" })).toBeVisible();
  await menu.getByRole("menuitem", { name: "Link by pasted id" }).click();
  await expect(page.getByRole("dialog", { name: /by pasted id/ })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);

  await page.getByLabel("Filter Pending Export").fill("INV-");
  await expect(rows).toHaveCount(3);
  const panel = page.getByRole("region", { name: "Pending Export" });
  await panel.getByRole("button", { name: "Choose columns" }).click();
  await page.getByRole("checkbox", { name: "Pre-check" }).uncheck();
  await page.getByRole("checkbox", { name: "Currency" }).uncheck();
  await page.keyboard.press("Escape");
  const save = async (item: string): Promise<{ name: string; bytes: Buffer }> => {
    await panel.getByRole("button", { name: "Download or print" }).click();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: item }).click()]);
    return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
  };
  const csv = await save("Download CSV");
  expect(csv.name).toMatch(new RegExp(`^${own.slug}-pending-\\d{4}-\\d{2}-\\d{2}\\.csv$`));
  const lines = csv.bytes.toString("utf8").replace("\uFEFF", "").trimEnd().split("\r\n");
  // Money takes its currency along, chosen or not.
  expect(lines[0]).toBe("Type,Number,Date,Customer or supplier,Gross,Currency");
  expect(lines.length).toBe(4);
  for (const line of lines.slice(1)) expect(line).toContain(`"'=HYPERLINK(""http://elsewhere.test"",""x"")"`);
  expect(lines.find((line) => line.startsWith("Sales credit note"))).toMatch(/,-120\.00,GBP$/);

  const sheet = await save("Download XLSX");
  const [{ data } = { data: [] }] = await readSheets(sheet.bytes, { parseNumber: (text: string) => text });
  expect(data[0]).toEqual(["Type", "Number", "Date", "Customer or supplier", "Gross", "Currency"]);
  expect(data.slice(1).map((row) => row[3])).toEqual(Array(3).fill('=HYPERLINK("http://elsewhere.test","x")'));
  expect(
    data
      .slice(1)
      .map((row) => row[4])
      .sort(),
  ).toEqual(["-120.00", "120.00", "120.00"]);
  expect(data[1]?.[2]).toEqual(new Date("2026-11-20T00:00:00Z"));
});
