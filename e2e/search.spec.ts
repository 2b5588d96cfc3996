import { randomUUID } from "node:crypto";
import { expect, test } from "./fixtures.ts";
import { behindTheScreen, makeOwnClient, type OwnClient } from "./own-client.ts";
import type { Product } from "./product.ts";

test.use({ role: "staff" });

const IN_XERO = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";

async function addRecords(product: Product, own: OwnClient): Promise<{ run: number }> {
  return behindTheScreen(product, async (db) => {
    const contact = randomUUID();
    const connection = randomUUID();
    const document = randomUUID();
    await db.query(
      "insert into contacts (id, client_id, reference, name, is_customer, content_sha) values ($1, $2, 'K-77', 'Zebra & Söhne', true, '-')",
      [contact, own.clientId],
    );
    await db.query("insert into products (client_id, reference, name, content_sha) values ($1, 'ZB-MUG', 'Striped mug', '-')", [
      own.clientId,
    ]);
    await db.query(
      `insert into documents (id, client_id, kind, reference, number, contact_id, issued_on, due_on, currency, net_minor, tax_minor, gross_minor, content_sha)
       values ($1, $2, 'sales-credit-note', 'ZQ-900', 'ZQ-900', $3, '2026-11-20', '2026-12-20', 'GBP', 102875, 20575, 123450, '-')`,
      [document, own.clientId, contact],
    );
    await db.query(
      `insert into connections (id, client_id, package, state, tenant_id, tenant_name, connected_by_name, connected_at, lost_at, lost_reason)
       values ($1, $2, 'xero', 'lost', $3, $3, 'Spec', now(), now(), 'For a spec.')`,
      [connection, own.clientId, own.tenantId],
    );
    await db.query(
      "insert into external_refs (client_id, connection_id, family, external_id, record_id, linked_by) values ($1, $2, 'document', $3, $4, 'Spec')",
      [own.clientId, connection, IN_XERO, document],
    );
    await db.query(
      `insert into incoming_payments (client_id, connection_id, external_id, kind, side, company, paid_on, reference, currency, amount_minor)
       values ($1, $2, $3, 'receipt', 'sales', 'Zebra & Söhne', '2026-11-21', 'ZPAY 1', 'GBP', 123450)`,
      [own.clientId, connection, randomUUID()],
    );
    const { rows } = await db.query<{ number: string }>(
      "insert into runs (client_id, connection_id, kind, state, started_by, ended_at) values ($1, $2, 'upload', 'finished', 'Demo staff', app.now()) returning number",
      [own.clientId, connection],
    );
    return { run: Number(rows[0]?.number) };
  });
}

test("Ctrl K finds records by number, name, reference, amount, run and package id, by keyboard, and none of a client that is not one's own (D6)", async ({
  page,
  product,
}) => {
  const own = await makeOwnClient(product);
  const foreign = await makeOwnClient(product);
  const { run } = await addRecords(product, own);
  await addRecords(product, foreign);
  await behindTheScreen(product, (db) => db.query("delete from user_clients where client_id = $1", [foreign.clientId]));

  await page.goto(`/clients/${own.slug}`);
  await expect(page.getByRole("button", { name: "Search" })).toBeVisible();
  const box = page.getByRole("combobox", { name: "Search" });
  const options = page.getByRole("listbox", { name: "Found" }).getByRole("option");
  await page.keyboard.press("Control+k");
  await expect(box).toBeFocused();

  const find = async (words: string, expected: readonly (string | RegExp)[]) => {
    await box.fill(words);
    await expect(options).toHaveText(expected);
  };
  await find("zq-9", [/^Sales credit noteZQ-900Zebra & Söhne−£1,234\.50/]);
  await find("zebra", [/^CustomerZebra & SöhneK-77/]);
  await find("K-7", [/^CustomerZebra & Söhne/]);
  await find("zb-", [/^ProductZB-MUGStriped mug/]);
  await find("zpay", [/^Payment readZPAY 1/]);
  await find("£1,234.50", [/^Sales credit noteZQ-900/, /^Payment readZPAY 1/]);
  await find(`https://go.xero.com/AccountsReceivable/View.aspx?InvoiceID=${IN_XERO.toUpperCase()}`, [/ZQ-900/]);
  await find(`run ${run}`, [new RegExp(`Run ${run}`)]);
  // Wildcards are characters, and what begins nothing finds nothing.
  await box.fill("%%");
  await expect(page.getByText("Nothing starts with “%%”")).toBeVisible();
  // Another client's name, which is not one's own, does not exist.
  await box.fill(foreign.tenantName.replace(" Ltd", ""));
  await expect(page.getByText("Nothing starts with")).toBeVisible();
  await find(own.tenantName.replace(" Ltd", ""), [/^Client/]);

  await find("z", []);
  await box.fill("z");
  await box.fill("ze");
  await expect(options).toHaveCount(1);
  await box.fill("1234.50");
  await expect(options).toHaveCount(2);
  await page.keyboard.press("ArrowDown");
  await expect(options.nth(1)).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("ZQ-900");
  await expect(box).toHaveCount(0);

  const theirs = await page.request.get(`/api/clients/${foreign.slug}/search?q=zebra`);
  expect(theirs.status()).toBe(404);
  const long = await page.request.get(`/api/clients/${own.slug}/search?q=${"x".repeat(10_000)}`);
  expect(long.status()).toBe(400);
});
