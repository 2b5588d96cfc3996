import { simulatorControl } from "#lib/simulator/control-client.ts";
import { panelOf, rowsOf } from "./export-scene.ts";
import { expect, test } from "./fixtures.ts";
import { addInvoices, connectThroughConsent, makeOwnClient } from "./own-client.ts";

test.use({ role: "admin" });

/** Beside Xero, whose journey is `journey.spec.ts`: what each calls its sales account and its standard rate. */
const PACKAGES = [
  { id: "quickbooks-online", name: "QuickBooks Online", sales: "200", rate: "20.0% S", made: 1 },
  { id: "freeagent", name: "FreeAgent", sales: "001", rate: "Standard rate", made: 0 },
] as const;

for (const { id, name, sales, rate, made } of PACKAGES) {
  test(`M1 M53 M54 M59 the first walk with ${name}: connect, map, upload, ticks, a fix, and a payment that comes back`, async ({
    page,
    product,
  }) => {
    test.setTimeout(300_000);
    const own = await makeOwnClient(product, id);
    const simulator = simulatorControl(product.simulatorUrl, id);
    await addInvoices(product, own, ["4000", "4010"]);
    const base = `/clients/${own.slug}`;

    await connectThroughConsent(page, own, `Connect ${name}`, name);

    const map = async (field: RegExp, typed: string) => {
      await page.getByLabel(field).fill(typed);
      await expect(page.getByRole("option").first()).toBeVisible();
      await page.keyboard.press("Enter");
      await expect(page.getByText("1 unsaved change")).toBeVisible();
      await page.keyboard.press("Control+s");
      await expect(page.getByText("1 unsaved change")).toHaveCount(0);
    };
    await page.goto(`${base}/mapping`);
    await map(new RegExp(`^Account in ${name} for 4000`), sales);
    await page.goto(`${base}/mapping?tab=tax`);
    await map(/ for T1 /, rate);
    await page.goto(`${base}/mapping?tab=bank`);
    await map(/^Our bank nominal for .*Current/, "1200");

    // A customer and two invoices; where sales lines name items, the one that is made for them comes with them.
    await page.goto(`${base}/export`);
    const pending = page.getByRole("grid", { name: "Pending Export" });
    await pending.getByRole("row").nth(1).click();
    await page.keyboard.press("Control+a");
    await expect(panelOf(page, "Pending Export")).toContainText("3 selected");
    await page.getByRole("button", { name: /^Upload data/ }).click();
    const ticks = rowsOf(page, "Exported Successfully").locator('[data-tick="confirmed"]');
    await expect(ticks).toHaveCount(2 + made, { timeout: 120_000 });
    const cause = panelOf(page, "Error Feedback").getByRole("listitem").filter({ hasText: "4010" });
    await expect(cause).toContainText(`has no ${name} account`);
    await cause.getByRole("link", { name: "Map 4010" }).click();
    await page.waitForURL(/mapping/);
    await map(new RegExp(`^Account in ${name} for 4010`), sales);
    await page.goto(`${base}/export`);
    await expect(ticks).toHaveCount(3 + made, { timeout: 120_000 });

    const { documents } = await simulator.ledger(own.tenantId);
    expect(documents.map(({ gross, due, status }) => [gross, due, status])).toEqual([
      ["120.00", "120.00", "AUTHORISED"],
      ["120.00", "120.00", "AUTHORISED"],
    ]);
    const number = documents[0]?.number ?? "";
    await simulator.pay(own.tenantId, { number, amount: "120.00", date: "2026-11-25", reference: "WALK" });
    await page.goto(`${base}/import`);
    await page.getByRole("button", { name: "Read payments now" }).click();
    const row = page.getByRole("grid", { name: "Payments read from the package" }).getByRole("row").filter({ hasText: number });
    await expect(row).toContainText("Waiting", { timeout: 60_000 });
    await row.click();
    await page.getByRole("button", { name: "Create & allocate payments (1)" }).click();
    await expect(row).toContainText("Payment created and allocated");
    // What came from there never goes back: only the records that were sent are there, and one payment.
    expect((await simulator.ledger(own.tenantId)).payments).toHaveLength(1);
  });
}
