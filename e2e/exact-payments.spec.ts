import { connectAndRead, mapCodes, rowsOf } from "./export-scene.ts";
import { expect, test } from "./fixtures.ts";
import { addInvoices, behindTheScreen, control, makeOwnClient, type OwnClient } from "./own-client.ts";

test.use({ role: "admin" });

let own: OwnClient;
test.beforeAll(async ({ product }) => {
  own = await makeOwnClient(product);
  await addInvoices(product, own, ["4000", "4000"]);
  await connectAndRead(product, own);
  await mapCodes(product, own, ["4000"]);
});

test("FD17 exact payments are created without a click once Setup says so, are listed on their run, and undone in one", async ({
  page,
  product,
}) => {
  test.setTimeout(180_000);
  await page.goto(`/clients/${own.slug}/export`);
  await page.getByRole("grid", { name: "Pending Export" }).getByRole("checkbox", { name: "Select all rows that match" }).click();
  await page.getByRole("button", { name: /^Upload data/ }).click();
  await expect(rowsOf(page, "Exported Successfully").locator('[data-tick="confirmed"]')).toHaveCount(3, { timeout: 90_000 });
  const number = await behindTheScreen(product, async (db) => {
    const { rows } = await db.query<{ number: string }>(
      "select number from documents where client_id = $1 order by number limit 1",
      [own.clientId],
    );
    return rows[0]?.number ?? "";
  });

  await page.goto(`/clients/${own.slug}/setup`);
  await page.getByLabel("Create and allocate them automatically").check();
  await page.getByRole("button", { name: "Save how it works" }).click();
  await expect(page.getByText("It applies from the next time payments are read.")).toBeVisible();

  await control(product, "POST", `/xero/${own.tenantId}/payments`, {
    number,
    amount: "120.00",
    date: "2026-11-21",
    reference: "EXACT",
  });
  await page.goto(`/clients/${own.slug}/import`);
  await page.getByRole("button", { name: "Read payments now" }).click();
  await expect(
    page.getByRole("grid", { name: "Payments read from the package" }).getByRole("row").filter({ hasText: "EXACT" }),
  ).toContainText("Payment created and allocated", { timeout: 60_000 });

  await page.goto(`/clients/${own.slug}/runs`);
  await page.getByRole("row").filter({ hasText: "Create & allocate payments" }).getByRole("link").first().click();
  const payments = page.getByRole("region", { name: "Payments of this run" });
  await expect(payments).toContainText(number);
  await page.screenshot({ path: "test-results/exact-run.png", fullPage: true });
  await page.getByRole("button", { name: "Undo this run" }).click();
  await expect(page.getByText(/Undoes 1 payment/)).toBeVisible();
  await page.getByRole("button", { name: "Undo 1 payment" }).click();
  await expect(payments).toContainText("Undone");
  await expect(page.getByRole("button", { name: "Undo this run" })).toBeHidden();
});
