import { connectAndRead, mapCodes, rowsOf } from "./export-scene.ts";
import { expect, test } from "./fixtures.ts";
import { behindTheScreen, control, makeOwnClient, type OwnClient } from "./own-client.ts";

test.use({ role: "staff" });

let own: OwnClient;
test.beforeAll(async ({ product }) => {
  own = await makeOwnClient(product);
  await behindTheScreen(product, (db) =>
    db.query("insert into nominal_codes (client_id, code, name, kind) values ($1, '1001', 'Stock', 'stock')", [own.clientId]),
  );
  await connectAndRead(product, own);
  await mapCodes(product, own, ["4010", "4020"]);
});

test("M19 a journal is entered when it balances, refused whole when it does not, and arrives posted", async ({
  page,
  product,
}) => {
  test.setTimeout(120_000);
  await page.goto(`/clients/${own.slug}/journals`);
  await page.getByRole("link", { name: "New journal" }).first().click();
  await page.getByRole("textbox", { name: "Narration", exact: true }).fill("Carriage that was training");
  await expect(page.getByLabel("Nominal code of line 1").getByRole("option", { name: "1001 Stock" })).toBeDisabled();
  await page.getByLabel("Nominal code of line 1").selectOption("4020");
  await page.getByLabel("Debit of line 1").fill("42.00");
  await page.getByLabel("Nominal code of line 2").selectOption("4010");
  await page.getByLabel("Credit of line 2").fill("40");
  await expect(page.getByText("Out of balance: credits are short by 2.00")).toBeVisible();
  await page.getByRole("button", { name: "Save journal" }).click();
  await expect(page.getByText("The journal does not balance: debits are £2.00 more. Nothing was saved.")).toBeVisible();
  await page.getByLabel("Credit of line 2").fill("42");
  await expect(page.getByText("Balanced")).toBeVisible();
  await page.getByRole("button", { name: "Save journal" }).click();
  await expect(page.getByRole("heading", { name: "Journal JNL-000001" })).toBeVisible();

  await page.goto(`/clients/${own.slug}/export`);
  await rowsOf(page, "Pending Export").filter({ hasText: "JNL-000001" }).click();
  await page.getByRole("button", { name: "Upload data (1)" }).click();
  const row = rowsOf(page, "Exported Successfully").filter({ hasText: "JNL-000001" });
  await expect(row.locator('[data-tick="confirmed"]')).toBeVisible({ timeout: 60_000 });
  const ledger = (await control(product, "GET", `/xero/${own.tenantId}/ledger`)) as { journals: unknown[] };
  expect(ledger.journals).toMatchObject([{ narration: "JNL-000001 Carriage that was training", status: "POSTED" }]);

  await page.goto(`/clients/${own.slug}/journals`);
  await page.getByRole("link", { name: "JNL-000001" }).click();
  await expect(page.getByRole("region", { name: "Timeline" })).toContainText("JNL-000001");
  await expect(page.getByRole("button", { name: "Void" })).toHaveCount(0);
});
