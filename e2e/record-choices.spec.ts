import { axeFindings } from "./axe.ts";
import { connectAndRead, mapCodes, panelOf, rowsOf } from "./export-scene.ts";
import { expect, test } from "./fixtures.ts";
import { addInvoices, behindTheScreen, control, makeOwnClient, type OwnClient } from "./own-client.ts";

test.describe.configure({ mode: "serial" });
test.use({ role: "adviser" });

let own: OwnClient;
test.beforeAll(async ({ product }) => {
  test.setTimeout(120_000);
  own = await makeOwnClient(product);
  await addInvoices(product, own, ["4000", "4000"]);
  await control(product, "PATCH", `/xero/${own.tenantId}/settings`, { periodLock: "2026-11-30" });
  await connectAndRead(product, own);
  await mapCodes(product, own, ["4000"]);
});

test("FD14 the card of a locked date offers hold, draft and re-date for its own rows, with both dates and the VAT period before it is agreed", async ({
  page,
  product,
}) => {
  test.setTimeout(180_000);
  await page.goto(`/clients/${own.slug}/export`);
  await rowsOf(page, "Pending Export").filter({ hasText: "Sales invoice" }).first().click();
  await page.getByRole("button", { name: "Upload data (1)" }).click();
  const cause = panelOf(page, "Error Feedback").locator('[data-cause="package.period-locked"]');
  await expect(cause).toBeVisible({ timeout: 90_000 });
  await cause.locator("button[aria-expanded]").first().click();

  await cause.getByRole("button", { name: "Send as draft" }).click();
  const drafts = page.getByRole("dialog", { name: "Send as draft" });
  await expect(drafts).toContainText("with their own dates");
  await drafts.getByRole("button", { name: "Cancel" }).click();

  await cause.getByRole("button", { name: "Re-date to the first open day" }).click();
  const redate = page.getByRole("dialog", { name: "Re-date to the first open day" });
  await expect(redate).toContainText("This client's tax periods are not set");
  await redate.getByRole("button", { name: "Cancel" }).click();
  await behindTheScreen(product, (db) =>
    db.query(
      `update connections set settings = settings || '{"taxPeriods": "quarters-2"}' where client_id = $1 and state = 'live'`,
      [own.clientId],
    ),
  );
  await cause.getByRole("button", { name: "Re-date to the first open day" }).click();
  await expect(redate.getByRole("row").filter({ hasText: "INV-" })).toContainText(/20 Nov 2026.*1 Dec 2026/);
  await expect(redate).toContainText("moves from the tax period 1 Sep");
  expect(await axeFindings(page)).toEqual([]);
  await redate.getByRole("button", { name: "Re-date", exact: true }).click();
  await expect(page.getByText("1 goes now.")).toBeVisible();
  await expect(
    rowsOf(page, "Exported Successfully").filter({ hasText: "Sales invoice" }).locator('[data-tick="confirmed"]'),
  ).toBeVisible({ timeout: 90_000 });
  const ledger = (await control(product, "GET", `/xero/${own.tenantId}/ledger`)) as { documents: { date: string }[] };
  expect(ledger.documents.map((document) => document.date)).toEqual(["2026-12-01"]);
});

test("M67 the link of a customer is cleared on its page: its documents are blocked with words of their own, with Link and Create, until it is linked again", async ({
  page,
  product,
}) => {
  test.setTimeout(180_000);
  const external = await behindTheScreen(product, async (db) => {
    const found = await db.query<{ external_id: string }>(
      "select external_id from external_refs where client_id = $1 and family = 'contact'",
      [own.clientId],
    );
    return found.rows[0]?.external_id ?? "";
  });
  await page.goto(`/clients/${own.slug}/customers`);
  await page.getByRole("link", { name: "Peak Gifts Ltd" }).first().click();
  const panel = page.getByRole("region", { name: "In Xero", exact: true });
  await panel.getByRole("button", { name: "Clear the link" }).click();
  const asked = page.getByRole("dialog", { name: /^Clear the link of/ });
  await expect(asked).toContainText("Nothing changes in Xero");
  await asked.getByRole("button", { name: "Clear the link" }).click();
  await expect(panel.getByRole("button", { name: "Create in Xero" })).toBeVisible();
  expect(await axeFindings(page, { within: "main" })).toEqual([]);
  const customer = page.url();

  await page.goto(`/clients/${own.slug}/export`);
  const cause = panelOf(page, "Error Feedback").locator('[data-cause="mapping.link-cleared"]');
  await expect(cause).toContainText(`ustomer not linked to Xero · ${own.tenantName}: Peak Gifts Ltd`);
  await expect(cause.getByRole("link", { name: "Open its page to link it" }).first()).toBeVisible();
  await cause.getByRole("button", { name: "Create in Xero" }).first().click();
  const create = page.getByRole("dialog", { name: "Create in Xero?" });
  await expect(create).toContainText("Peak Gifts Ltd");
  await create.getByRole("button", { name: "Cancel" }).click();

  await page.goto(customer);
  await panel.getByRole("button", { name: "Link by pasted id" }).click();
  const link = page.getByRole("dialog", { name: /by pasted id$/ });
  await link.getByLabel(/Id or address/).fill(external);
  await link.getByRole("button", { name: "Look it up and link" }).click();
  await expect(panel.getByRole("button", { name: "Create in Xero" })).toHaveCount(0);
});
