import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { ROOT } from "#lib/start/binaries.ts";
import { expect, test } from "./fixtures.ts";
import { behindTheScreen, makeOwnClient, type OwnClient } from "./own-client.ts";
import type { Product } from "./product.ts";

test.use({ role: "staff" });

/** A run of thirty, 120 rows that wait, twelve errors and forty payments; a lost connection, so that nobody works on them. */
async function addRows(product: Product, own: OwnClient): Promise<string> {
  const run = randomUUID();
  const connection = randomUUID();
  await behindTheScreen(product, async (db) => {
    await db.query(
      `insert into connections (id, client_id, package, state, tenant_id, tenant_name, connected_by_name, connected_at, lost_at, lost_reason)
       values ($1, $2, 'xero', 'lost', $3, $3, 'Spec', now(), now(), 'For a spec.')`,
      [connection, own.clientId, own.tenantId],
    );
    await db.query(
      "insert into runs (id, client_id, connection_id, kind, state, started_by, ended_at, total) values ($1, $2, $3, 'upload', 'finished', 'Demo staff <staff@demo.greentick.test>', app.now(), 30)",
      [run, own.clientId, connection],
    );
    await db.query(
      `insert into postings (client_id, connection_id, kind, record_id, revision, state, run_id, error_code, reference, party, issued_on, currency, gross_minor, exported_at)
       select $1, $2, case when n % 10 = 0 then 'bill' else 'sales-invoice' end, gen_random_uuid(), 1,
         case when n <= 120 then 'pending' when n <= 132 then 'held' else 'confirmed' end, case when n > 132 then $3::uuid end,
         case when n between 121 and 132 then 'mapping.account-missing' end, 'P-' || lpad(n::text, 3, '0'), 'Peak Gifts Ltd', '2026-11-20',
         case when n % 10 = 5 then 'EUR' else 'GBP' end, 1000 + n, case when n > 132 then app.now() end
       from generate_series(1, 162) n`,
      [own.clientId, connection, run],
    );
    await db.query(
      `insert into run_members (client_id, run_id, position, posting_id, revision, connection_id, kind, issued_on, was, taken, outcome, ended_at, reference,
         party, currency, gross_minor)
       select client_id, run_id, row_number() over (order by reference), id, revision, connection_id, kind, issued_on, 'pending', true, state, app.now(),
         reference, party, currency, gross_minor from postings where run_id = $1`,
      [run],
    );
    await db.query(
      `insert into incoming_payments (client_id, connection_id, external_id, kind, side, company, paid_on, reference, currency, amount_minor)
       select $1, $2, 'R-' || n, case when n = 40 then 'sales-refund' else 'receipt' end, 'sales', 'Peak Gifts Ltd', '2026-11-20', 'BACS ' || n, 'GBP', 10000
       from generate_series(1, 40) n`,
      [own.clientId, connection],
    );
  });
  return run;
}

/** Prints as the browser does; answers the pages that the PDF has. */
async function pagesOf(page: Page, name: string): Promise<number> {
  const folder = join(ROOT, "test-results/print");
  mkdirSync(folder, { recursive: true });
  const pdf = await page.pdf({ preferCSSPageSize: true, path: join(folder, `${name}.pdf`) });
  const text = pdf.toString("latin1");
  // A4 on its long side, in points.
  expect(text).toMatch(/\/MediaBox \[0 0 84[12](\.\d+)? 59[456](\.\d+)?\]/);
  return [...text.matchAll(/\/Type\s*\/Page\b/g)].length;
}

/** What the paper's margin says: Chromium draws it from the sheet's own rule. */
const marginOf = (page: Page) =>
  page.evaluate(() =>
    [...document.styleSheets]
      .flatMap((sheet) => [...sheet.cssRules])
      .filter((rule) => rule instanceof CSSPageRule)
      .map((rule) => rule.cssText)
      .join(" "),
  );

test("each list prints on A4 with page numbers and totals (D5)", async ({ page, product }) => {
  const own = await makeOwnClient(product);
  const run = await addRows(product, own);
  const totals = page.getByRole("region", { name: "Totals" });

  await page.goto(`/print/${own.slug}/pending?sort=number&direction=asc`);
  await expect(page.getByRole("heading", { level: 1, name: "Pending Export" })).toBeVisible();
  await expect(page.getByRole("table", { name: "Pending Export" }).locator("tbody tr")).toHaveCount(120);
  // 1..120 of GBP sales: all but every tenth (bills) and those that end in 5 (euros).
  await expect(totals).toContainText("Rows120");
  await expect(totals).toContainText("SalesGBP1,017.60");
  await expect(totals).toContainText("SalesEUR127.20");
  await expect(totals).toContainText("PurchasesGBP127.80");
  expect(await marginOf(page)).toMatch(/"Page " counter\(page\) " of " counter\(pages\)/);
  expect(await pagesOf(page, "pending")).toBeGreaterThanOrEqual(3);

  await page.goto(`/print/${own.slug}/errors?sort=party&direction=asc`);
  await expect(page.getByRole("table", { name: "Error Feedback" }).locator("tbody tr")).toHaveCount(12);
  await expect(page.getByRole("columnheader", { name: "Who fixes it" })).toBeVisible();
  await expect(totals).toContainText("Rows12");
  expect(await pagesOf(page, "errors")).toBe(1);

  await page.goto(`/print/${own.slug}/import?view=all`);
  await expect(page.getByRole("table", { name: "Payments read" }).locator("tbody tr")).toHaveCount(40);
  await expect(totals).toContainText("SalesGBP3,800.00");
  expect(await pagesOf(page, "payments")).toBeGreaterThanOrEqual(2);

  await page.goto(`/clients/${own.slug}/runs/${run}`);
  await page.getByRole("link", { name: "Batch control sheet" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Batch control sheet" })).toBeVisible();
  await expect(page.getByText("Demo staff").first()).toBeVisible();
  await expect(totals.getByRole("row")).toHaveText([
    "TypeCurrencyRecordsGrossConfirmed in the packageGross confirmed",
    "BillGBP334.50334.50",
    "Sales invoiceEUR334.35334.35",
    "Sales invoiceGBP24275.4024275.40",
  ]);
  await expect(page.getByRole("table", { name: "Records of this run" }).locator("tbody tr")).toHaveCount(30);
  expect(await pagesOf(page, "control-sheet")).toBeGreaterThanOrEqual(1);

  const missing = await page.goto(`/print/${own.slug}/pending?panel=nonsense&sort=nonsense`);
  expect(missing?.status()).toBe(404);
});
