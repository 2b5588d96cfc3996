import { randomUUID } from "node:crypto";
import { connectAndRead, mapCodes, rowsOf } from "./export-scene.ts";
import { expect, test } from "./fixtures.ts";
import { behindTheScreen, control, makeOwnClient, type OwnClient } from "./own-client.ts";

test.use({ role: "staff" });

let own: OwnClient;
test.beforeAll(async ({ product }) => {
  own = await makeOwnClient(product);
  await behindTheScreen(product, async (db) => {
    for (const [name, terms, number] of [
      ["Counter Sales", "cash", "TILL-1"],
      ["Peak Gifts Ltd", "account", "INV-1"],
    ] as const) {
      const [contact, document] = [randomUUID(), randomUUID()];
      await db.query(
        "insert into contacts (id, client_id, reference, name, is_customer, terms, content_sha) values ($1, $2, $3, $3, true, $4, '-')",
        [contact, own.clientId, name, terms],
      );
      await db.query(
        `insert into documents (id, client_id, kind, reference, number, contact_id, issued_on, due_on, currency, net_minor, tax_minor, gross_minor, content_sha)
         values ($1, $2, 'sales-invoice', $3, $3, $4, '2026-11-20', '2026-12-20', 'GBP', 10000, 2000, 12000, '-')`,
        [document, own.clientId, number, contact],
      );
      await db.query(
        `insert into document_lines (client_id, document_id, revision, position, description, quantity, unit_price, net_minor, tax_minor, nominal_code, tax_code)
         values ($1, $2, 1, 1, 'One line', '1', '100', 10000, 2000, '4000', 'T1')`,
        [own.clientId, document],
      );
    }
  });
  await connectAndRead(product, own);
  await mapCodes(product, own, ["4000"]);
});

test("M51 M47 an account customer's payment is blocked with the reason and the way to Import; a cash customer's is entered, sent and confirmed", async ({
  page,
  product,
}) => {
  test.setTimeout(120_000);
  const find = async (name: string) => {
    await page.goto(`/clients/${own.slug}/payments`);
    await page.getByRole("link", { name: "New payment" }).first().click();
    await page.getByLabel("Find a customer or supplier").fill(name);
    await page.getByRole("button", { name: "Find", exact: true }).click();
    await page.getByRole("table").getByRole("link", { name }).click();
  };

  await find("Peak Gifts Ltd");
  await expect(page.getByRole("main")).toContainText("Peak Gifts Ltd is a credit customer: while the integration is on");
  await expect(page.getByRole("button", { name: "Save payment" })).toHaveCount(0);
  await page.getByRole("link", { name: "Open Import" }).click();
  await page.waitForURL(`**/clients/${own.slug}/import`);

  await find("Counter Sales");
  await page.getByLabel("Amount paid of TILL-1").fill("500");
  await page.getByRole("textbox", { name: "Reference", exact: true }).fill("Till 3");
  await page.getByRole("button", { name: "Save payment" }).click();
  await expect(page.getByText("TILL-1 has £120.00 open, so £500.00 is too much.")).toBeVisible();
  await page.getByRole("button", { name: "Pay TILL-1 in full" }).click();
  await page.getByRole("button", { name: "Save payment" }).click();
  await expect(page.getByRole("heading", { name: "Receipt PAY-000001" })).toBeVisible();
  await expect(page.getByRole("region", { name: "Allocations" })).toContainText("TILL-1");

  await page.goto(`/clients/${own.slug}/export`);
  const pending = rowsOf(page, "Pending Export");
  await pending.filter({ has: page.locator('[data-column="number"]', { hasText: "TILL-1" }) }).click();
  await pending.filter({ hasText: "PAY-000001" }).click();
  await page.getByRole("button", { name: "Upload data (2)" }).click();
  const exported = rowsOf(page, "Exported Successfully");
  await expect(exported.filter({ hasText: "PAY-000001" }).locator('[data-tick="confirmed"]')).toBeVisible({ timeout: 60_000 });
  const ledger = (await control(product, "GET", `/xero/${own.tenantId}/ledger`)) as {
    documents: { number: string; due: string }[];
    payments: { amount: string; reference: string }[];
  };
  expect(ledger.payments).toMatchObject([{ amount: "120.00", reference: "PAY-000001 Till 3" }]);
  expect(ledger.documents).toMatchObject([{ number: "TILL-1", due: "0.00" }]);
  await page.goto(`/clients/${own.slug}/import`);
  await expect(page.getByRole("main")).not.toContainText("PAY-000001");

  await behindTheScreen(product, (db) =>
    db.query("update connections set module_on = false where client_id = $1", [own.clientId]),
  );
  await find("Peak Gifts Ltd");
  await page.getByRole("button", { name: "Pay INV-1 in full" }).click();
  await page.getByRole("button", { name: "Save payment" }).click();
  await expect(page.getByRole("heading", { name: "Receipt PAY-000002" })).toBeVisible();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete PAY-000002?" }).click();
  await expect(page.getByRole("heading", { name: "Payments", exact: true })).toBeVisible();
});
