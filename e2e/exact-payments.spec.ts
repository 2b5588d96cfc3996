import { connectAndRead, mapCodes } from "./export-scene.ts";
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
  const number = await behindTheScreen(product, async (db) => {
    const look = async () =>
      (
        await db.query<{ number: string; bank: string }>(
          `select d.number, a.external_id as bank from documents d join postings p on p.record_id = d.id and p.state = 'confirmed'
           join package_accounts a on a.client_id = d.client_id and a.is_bank where d.client_id = $1 order by d.number limit 1`,
          [own.clientId],
        )
      ).rows[0];
    await expect.poll(async () => (await look()) !== undefined, { timeout: 90_000 }).toBe(true);
    const found = await look();
    await db.query(
      `insert into mapping_rows (set_id, client_id, kind, source_code, target_external_id, saved_by)
       select id, $1, 'bank', '1200', $2, 'Spec' from mapping_sets where client_id = $1`,
      [own.clientId, found?.bank],
    );
    return found?.number ?? "";
  });

  await page.goto(`/clients/${own.slug}/setup`);
  await page.getByLabel("Create and allocate them without a click").check();
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
  const payments = page.getByRole("table", { name: "Payments of this run" });
  await expect(payments).toContainText(number);
  await page.screenshot({ path: "test-results/exact-run.png", fullPage: true });
  await page.getByRole("button", { name: "Undo this run" }).click();
  await expect(page.getByText(/Takes back 1 payment/)).toBeVisible();
  await page.getByRole("button", { name: "Take back 1 payment" }).click();
  await expect(payments).toContainText("Taken back");
  await expect(page.getByRole("button", { name: "Undo this run" })).toBeHidden();
});
