import type { Page } from "@playwright/test";
import { axeFindings } from "./axe.ts";
import { connectAndRead, mapCodes } from "./export-scene.ts";
import { expect, test } from "./fixtures.ts";
import { addInvoices, behindTheScreen, makeOwnClient, type OwnClient } from "./own-client.ts";
import { duplicatePerson, signIn } from "./people.ts";
import type { Product } from "./product.ts";

test.describe.configure({ mode: "serial" });

const NOBODY = "00000000-0000-4000-8000-000000000000";
let own: OwnClient;
let person: string;

/** A client's own person, who sees these companies alone. */
async function makeOwnPerson(product: Product, companies: readonly OwnClient[]): Promise<string> {
  const email = await duplicatePerson(product, "client", "own-pages");
  await behindTheScreen(product, async (db) => {
    await db.query("delete from user_clients where user_id = (select id from users where email = $1)", [email]);
    for (const { clientId } of companies) {
      await db.query("insert into user_clients (user_id, client_id) select id, $2 from users where email = $1", [
        email,
        clientId,
      ]);
    }
  });
  return email;
}

test.beforeAll(async ({ product }) => {
  test.setTimeout(120_000);
  own = await makeOwnClient(product);
  await addInvoices(product, own, ["4000", "4010"]);
  await connectAndRead(product, own);
  await mapCodes(product, own, ["4000"]);
  person = await makeOwnPerson(product, [own]);
});

/** As it is looked at: nothing greyed, nothing for axe, nothing that scrolls sideways on a phone in the dark. */
async function look(page: Page, name: string): Promise<void> {
  await expect(page.locator("button:disabled")).toHaveCount(0);
  expect(await axeFindings(page), name).toEqual([]);
  await page.screenshot({ path: `test-results/own-${name}.png`, fullPage: true });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: "dark" });
  const widest = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(widest, `${name} scrolls sideways`).toBeLessThanOrEqual(0);
  expect(await axeFindings(page, { rules: ["color-contrast"] }), name).toEqual([]);
  await page.screenshot({ path: `test-results/own-${name}-narrow.png`, fullPage: true });
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ colorScheme: "light" });
}

test("FD11 N36 a client's own person lands in their company, with their own few pages and no button of staff", async ({
  page,
  product,
}) => {
  test.setTimeout(120_000);
  await signIn(page, person, product.password);
  await expect(page).toHaveURL(new RegExp(`/clients/${own.slug}$`));
  const menu = page.getByRole("navigation", { name: "Console" });
  await expect(menu.getByRole("link")).toHaveText([
    "Greentick",
    "Overview",
    "Documents",
    "Payments",
    "Customers",
    "Suppliers",
    "Help",
  ]);
  // The same figure as staff see, from the same count.
  const { counts } = (await (await page.request.get(`/api/clients/${own.slug}/status`)).json()) as {
    counts: { pending: number };
  };
  await expect(page.getByText("Waiting to be sent").locator("..")).toContainText(String(counts.pending));
  const withAccountant = page.getByRole("region", { name: "With your accountant" });
  await expect(withAccountant).toContainText("tax code T1");
  await expect(withAccountant).toContainText("Your accountant");
  await expect(page.getByText("Nothing for you to do", { exact: true })).toBeVisible();
  await look(page, "overview");

  await menu.getByRole("link", { name: "Documents" }).click();
  await expect(page.getByRole("grid")).toContainText("Pending Export");
  await expect(page.getByRole("link", { name: "Upload a file" })).toHaveCount(0);
  await look(page, "documents");
  await page.getByRole("grid").getByRole("link").first().click();
  await expect(page.getByRole("region", { name: "In Xero" })).toContainText("State");
  await expect(page.getByRole("heading", { name: "Timeline" })).toHaveCount(0);
  // Every way on leads to a page that they have.
  for (const link of await page.locator("#page a[href^='/']").all()) {
    expect(await link.getAttribute("href")).toMatch(/\/(documents|customers|suppliers|payments)(\/|$|\?)|^\/(help|api)/);
  }
  await look(page, "document");
});

test("FD11 N36 every other page is not found, and what it reads is refused over HTTP", async ({ page, product }) => {
  test.setTimeout(120_000);
  await signIn(page, person, product.password);
  const at = `/clients/${own.slug}`;
  for (const path of ["export", "import", "mapping", "setup", "runs", "matches", "corrections", "products", "journals"]) {
    const answer = await page.goto(`${at}/${path}`);
    expect(answer?.status(), path).toBe(404);
    await expect(page.getByText(/page not found|no such page/i), path).toBeVisible();
  }
  for (const path of ["/settings/alerts", "/settings/nights", "/help/screens/setup", `/print/${own.slug}/pending`]) {
    expect((await page.goto(path))?.status(), path).toBe(404);
  }
  const api = `/api/clients/${own.slug}`;
  for (const path of [
    "/postings?panel=pending",
    "/postings/panels",
    `/calls/${NOBODY}`,
    "/incoming-payments",
    `/runs/${NOBODY}`,
  ]) {
    expect((await page.request.get(api + path)).status(), path).toBe(403);
  }
  for (const path of ["/lists/products", "/lists/runs/totals"])
    expect((await page.request.get(api + path)).status(), path).toBe(422);
  expect((await page.request.get(`${api}/lists/pending/file`)).status()).toBe(404);
  expect((await page.request.get(`${api}/lists/documents/file`)).status()).toBe(200);
});

test("FD11 who has two companies chooses between them, and sees nothing of the practice", async ({ page, product }) => {
  const second = await makeOwnClient(product);
  await signIn(page, await makeOwnPerson(product, [own, second]), product.password);
  await expect(page).toHaveURL(/\/clients$/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Your companies");
  await expect(page.getByRole("rowheader").getByRole("link")).toHaveCount(2);
  await look(page, "companies");
  await page.getByRole("link", { name: second.tenantName.replace(" Ltd", "") }).click();
  await expect(page.getByText("No documents yet")).toBeVisible();
  await look(page, "empty");
});
