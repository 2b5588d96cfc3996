import { packageApp, parseEnv } from "#lib/env.ts";
import { removeScratch } from "#lib/start/embedded.ts";
import { type OtherXero, startOtherXero } from "#lib/testing/other-xero.ts";
import { startTestProduct, type TestProduct } from "#lib/testing/product.ts";
import { claimScratch } from "#lib/testing/scratch.ts";
import { panelOf, rowsOf } from "./export-scene.ts";
import { expect, test } from "./fixtures.ts";
import { signIn } from "./people.ts";

/** Started as anybody starts it, with nothing but the three addresses set: this server knows the client that the demo would register. */
const { clientId, clientSecret } = packageApp("xero", parseEnv({ DEMO: "1" }));
const SLUG = "ashdown-wholesale";

const FILE = [
  "Type,Number,Date,Customer/Supplier reference,Name,Currency,Product,Description,Quantity,Unit price,Nominal code,Tax code",
  "Sales invoice,K-1,2026-11-18,P1,Peak Gifts Ltd,NZD,MUG,Blue mug,2,10.00,4000,GST15",
  "Sales invoice,K-1,2026-11-18,P1,Peak Gifts Ltd,NZD,,Engraving,1,2.50,4000,GST15",
  "Sales invoice,K-2,2026-11-19,A1,Ashdown Trading Ltd,NZD,,Teapot,3,1.995,4000,GST15",
  "Sales credit note,K-C1,2026-11-20,A1,Ashdown Trading Ltd,NZD,,Chipped teapot,1,1.995,4000,GST15",
  "",
].join("\n");
/** Two customers, one product and three documents. */
const RECORDS = 6;

let other: OtherXero;
let own: TestProduct;
let folder: Awaited<ReturnType<typeof claimScratch>>;

test.beforeAll(async () => {
  test.setTimeout(240_000);
  other = await startOtherXero({ seed: 7, ids: "mixed", tokens: "jwt" }, () => new Date(), {
    id: clientId,
    secret: clientSecret,
  });
  folder = await claimScratch("start");
  own = await startTestProduct(folder.dataDir, {
    XERO_LOGIN_URL: other.loginUrl,
    XERO_IDENTITY_URL: other.identityUrl,
    XERO_API_URL: other.apiUrl,
  });
});

test.afterAll(async () => {
  await own?.stop();
  await other?.close();
  if (!folder) return;
  await removeScratch(folder.dataDir);
  folder.release();
});

test("the whole journey against another server that speaks Xero, when only the three XERO_…_URL variables change", async ({
  browser,
}) => {
  test.setTimeout(180_000);
  const context = await browser.newContext({ baseURL: own.url, storageState: undefined });
  const page = await context.newPage();
  await signIn(page, "admin@demo.greentick.test", own.password);

  await test.step("a tax code of this country, which charges what its books charge", async () => {
    await page.goto(`/clients/${SLUG}/tax-codes`);
    await page.getByRole("button", { name: "New tax code" }).click();
    const form = page.getByRole("dialog");
    await form.getByLabel("Code").fill("GST15");
    await form.getByLabel("Name").fill("GST 15%");
    await form.getByLabel("Rate (%)").fill("15");
    await form.getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("heading", { name: "Tax code GST15" })).toBeVisible();
  });

  await test.step("a file of invoices", async () => {
    await page.goto(`/clients/${SLUG}/documents/upload`);
    await expect(async () => {
      await page
        .locator('input[type="file"]')
        .setInputFiles({ name: "walk.csv", mimeType: "text/csv", buffer: Buffer.from(FILE) });
      await expect(page.getByRole("button", { name: "Upload and preview" })).toBeEnabled({ timeout: 1_000 });
    }).toPass();
    await page.getByRole("button", { name: "Upload and preview" }).click();
    await page.getByRole("button", { name: "Commit 3 documents" }).click();
    await expect(page.getByText(/Committed: 3 new documents/)).toBeVisible();
  });

  await test.step("connected through its own sign-in, which asks nothing", async () => {
    await page.goto(`/clients/${SLUG}/setup`);
    await page.getByRole("button", { name: "Connect Xero" }).first().click();
    await expect(page.getByText(`Xero is connected: ${other.books.name}.`)).toBeVisible({ timeout: 20_000 });
  });

  await test.step("mapped to its chart, a bank account without a code too", async () => {
    const map = async (tab: string, field: string, typed: string) => {
      await page.goto(`/clients/${SLUG}/mapping?tab=${tab}`);
      await page.getByLabel(field).fill(typed);
      await page.getByRole("option", { name: new RegExp(typed.replace(/[%()]/g, "\\$&")) }).click();
      await page.keyboard.press("Control+s");
      await expect(page.getByText(/unsaved change/)).toHaveCount(0);
    };
    await map("nominal", "Account in Xero for 4000 Sales", "Sales of goods");
    await map("tax", "Tax rate in Xero for GST15 GST 15%", "15% GST on Income");
    await map("bank", "Our bank nominal for Everyday account", "1200");
  });

  await test.step("uploaded, and each read back to its tick", async () => {
    await page.goto(`/clients/${SLUG}/export`);
    await expect(rowsOf(page, "Pending Export")).toHaveCount(RECORDS);
    await rowsOf(page, "Pending Export").first().click();
    await page.keyboard.press("Control+a");
    await page.getByRole("button", { name: `Upload data (${RECORDS})` }).click();
    const ticks = rowsOf(page, "Exported Successfully").locator('[data-tick="confirmed"]');
    await expect(ticks).toHaveCount(RECORDS, { timeout: 90_000 });
    await expect(panelOf(page, "Error Feedback")).toContainText("No errors");
  });

  await test.step("paid there, and the payment created and allocated here", async () => {
    const invoice = other.books.documents.find((one) => one.number === "K-1");
    if (!invoice) throw new Error("K-1 is not there");
    other.pay(invoice, "25.88", "2026-11-21", "OTHER-PAY");
    await page.goto(`/clients/${SLUG}/import`);
    await page.getByRole("button", { name: "Read payments now" }).click();
    const row = page
      .getByRole("grid", { name: "Payments read from the package" })
      .getByRole("row")
      .filter({ hasText: "OTHER-PAY" });
    await expect(row).toContainText(/Peak Gifts Ltd.*21 Nov 2026.*25\.88/, { timeout: 60_000 });
    await row.click();
    await page.getByRole("button", { name: "Create & allocate payments (1)" }).click();
    await expect(row).toContainText("Payment created and allocated");
  });
  await context.close();

  const held = other.books.documents.map(({ number, type, total, paid, status, contact }) => ({
    number,
    type,
    total: total.toFixed(2),
    paid: paid.toFixed(2),
    status,
    contact: contact.name,
  }));
  expect(held.toSorted((one, two) => (one.number < two.number ? -1 : 1))).toEqual([
    { number: "K-1", type: "ACCREC", total: "25.88", paid: "25.88", status: "PAID", contact: "Peak Gifts Ltd" },
    { number: "K-2", type: "ACCREC", total: "6.89", paid: "0.00", status: "AUTHORISED", contact: "Ashdown Trading Ltd" },
    { number: "K-C1", type: "ACCRECCREDIT", total: "2.30", paid: "0.00", status: "AUTHORISED", contact: "Ashdown Trading Ltd" },
  ]);
  // It has no clock to follow, so time was real; every call of Xero's own was one that it takes.
  const calls = other.calls.filter((call) => !call.path.startsWith("/_control/"));
  expect(calls.length).toBeGreaterThan(10);
  expect(calls.filter((call) => call.status === 0 || call.status >= 400)).toEqual([]);
});
