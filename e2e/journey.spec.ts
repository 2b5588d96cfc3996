import { simulatorControl } from "#lib/simulator/control-client.ts";
import { panelOf, rowsOf } from "./export-scene.ts";
import { expect, test } from "./fixtures.ts";
import { openByNavigation, pressOn, tabTo, tabToRows } from "./keyboard.ts";
import { makeOwnClient } from "./own-client.ts";

const FILE = [
  "Type,Number,Date,Customer/Supplier reference,Name,Product,Description,Quantity,Unit price,Nominal code,Tax code",
  "Sales invoice,J-1,2026-11-18,P1,Peak Gifts Ltd,MUG,Blue mug,2,10.00,4000,T1",
  "Sales invoice,J-1,2026-11-18,P1,Peak Gifts Ltd,,Engraving,1,2.50,4000,T1",
  "Sales invoice,J-2,2026-11-19,P1,Peak Gifts Ltd,,Evening course,1,80.00,4010,T1",
  "Sales invoice,J-3,2026-11-20,A1,Ashdown Trading Ltd,,Teapot,1,15.00,4000,T1",
  "Sales credit note,J-C1,2026-11-20,A1,Ashdown Trading Ltd,,Chipped teapot,1,5.00,4000,T1",
  "",
].join("\n");
/** Two customers, one product and four documents. */
const RECORDS = 7;

test("M1 M14 M48 M52 M53 M54 M56 M59 M60 M71 the whole journey without the mouse", async ({ page, product }) => {
  test.setTimeout(300_000);
  const own = await makeOwnClient(product);
  const simulator = simulatorControl(product.simulatorUrl, "xero");
  // Slow enough that progress is there to be seen.
  await simulator.patchSettings(own.tenantId, { latencyMs: 250 });
  const name = own.tenantName.replace(/ Ltd$/, "");

  await test.step("sign in and open the client", async () => {
    await page.goto("/sign-in");
    await page.getByLabel("E-mail").focus();
    await page.keyboard.type("admin@demo.greentick.test");
    await page.keyboard.press("Tab");
    await page.keyboard.type(product.password);
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/clients$/);
    await tabTo(page, page.getByLabel("Find a client by its name or its organisation's"));
    await page.keyboard.type(name);
    await page.keyboard.press("Enter");
    await pressOn(page, page.getByRole("link", { name, exact: true }));
    await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
  });

  await test.step("upload a file, look at the preview, commit", async () => {
    await openByNavigation(page, /^Documents/);
    await pressOn(page, page.getByRole("link", { name: "Upload a file" }).first());
    // The file dialogue is the browser's own; the button that opens it is pressed by keyboard.
    await expect(async () => {
      await tabTo(page, page.getByRole("button", { name: "File", exact: true }));
      const dialogue = page.waitForEvent("filechooser", { timeout: 5_000 });
      await page.keyboard.press("Enter");
      await (await dialogue).setFiles({ name: "journey.csv", mimeType: "text/csv", buffer: Buffer.from(FILE) });
    }).toPass({ timeout: 40_000 });
    await pressOn(page, page.getByRole("button", { name: "Upload and preview" }));
    await expect(page.getByRole("heading", { name: "Preview" })).toBeVisible();
    await expect(page.getByRole("region", { name: "Documents by type and currency" })).toContainText("Sales credit note");
    await pressOn(page, page.getByRole("button", { name: "Commit 4 documents" }));
    await expect(page.getByText(/Committed: 4 new documents/)).toBeVisible();
  });

  await test.step("M1 connect through the package's consent page", async () => {
    await openByNavigation(page, /^Setup/);
    await pressOn(page, page.getByRole("button", { name: "Connect Xero" }));
    await tabTo(page, page.getByLabel("Find an organisation"));
    await page.keyboard.type(own.tenantName);
    await page.keyboard.press("Enter");
    await tabTo(page, page.getByLabel(own.tenantName, { exact: true }));
    await page.keyboard.press("Space");
    await pressOn(page, page.getByRole("button", { name: "Allow access" }));
    await expect(page.getByText(`Xero is connected: ${own.tenantName}.`)).toBeVisible();
  });

  await test.step("M71 refresh the accounts, and map a nominal code, a tax rate and the bank account by typing", async () => {
    await openByNavigation(page, /^Mapping/);
    await pressOn(page, page.getByRole("button", { name: "Refresh accounts" }));
    await expect(page.getByText(/accounts? and \d+ tax rates? read/)).toBeVisible({ timeout: 30_000 });
    const kinds = page.getByRole("navigation", { name: "Kinds of mapping" });
    const map = async (field: string, typed: string) => {
      await tabTo(page, page.getByLabel(field));
      await page.keyboard.type(typed);
      await expect(page.getByRole("option").first()).toBeVisible();
      await page.keyboard.press("Enter");
      await expect(page.getByText("1 unsaved change")).toBeVisible();
      await page.keyboard.press("Control+s");
      await expect(page.getByText("1 unsaved change")).toHaveCount(0);
    };
    await map("Account in Xero for 4000 Sales", "200");
    await pressOn(page, kinds.getByRole("link", { name: /^Tax rates/ }));
    await map("Tax rate in Xero for T1 Standard rate", "20% (VAT on Income)");
    await pressOn(page, kinds.getByRole("link", { name: /^Bank accounts/ }));
    await map("Our bank nominal for 090 Business Bank Account", "1200");
  });

  const errors = panelOf(page, "Error Feedback");
  const ticks = rowsOf(page, "Exported Successfully").locator('[data-tick="confirmed"]');

  await test.step("M48 M52 M53 M56 select all, upload, watch it, and see green ticks", async () => {
    await openByNavigation(page, /^Export/);
    await expect(rowsOf(page, "Pending Export")).toHaveCount(RECORDS);
    await tabToRows(page, page.getByRole("grid", { name: "Pending Export" }));
    await page.keyboard.press("Control+a");
    await expect(panelOf(page, "Pending Export")).toContainText(`${RECORDS} selected`);
    await pressOn(page, page.getByRole("button", { name: `Upload data (${RECORDS})` }), "Shift+Tab");
    await expect(page.getByText(/Run \d+: .* on their way/)).toBeVisible();
    await expect(page.getByRole("link", { name: /^Uploading \d+ of \d+$/ })).toBeVisible({ timeout: 30_000 });
    await expect(ticks).toHaveCount(RECORDS - 1, { timeout: 120_000 });
    await expect(panelOf(page, "Pending Export")).toContainText("Nothing to export");
  });

  await test.step("M54 M14 the unmapped one says cause and fix; its button leads to the code, and Save releases it", async () => {
    const cause = errors.getByRole("listitem").filter({ hasText: "4010" });
    await expect(cause).toContainText("J-2 waits: sales code 4010 “Training” has no Xero account");
    await expect(cause).toContainText("Nothing was sent. Mapping 4010 releases it.");
    await expect(cause).toContainText("Bookkeeper, here");
    await pressOn(page, cause.getByRole("link", { name: "Map 4010" }));
    await expect(page.getByLabel("Account in Xero for 4010 Training")).toBeFocused();
    await page.keyboard.type("200");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Control+s");
    await expect(page.getByText(/1 held row is now on its way/)).toBeVisible();
    await expect(page.locator('[data-target="200"]')).toHaveText("200 Sales: 4000, 4010");
    await openByNavigation(page, /^Export/);
    await expect(ticks).toHaveCount(RECORDS, { timeout: 120_000 });
    await expect(errors).toContainText("No errors");
  });

  await test.step("M59 M60 a payment made in the package is read, created and allocated; nothing stays open", async () => {
    await simulator.pay(own.tenantId, { number: "J-1", amount: "27.00", date: "2026-11-21", reference: "JOURNEY" });
    await openByNavigation(page, /^Import/);
    await pressOn(page, page.getByRole("button", { name: "Read payments now" }));
    const grid = page.getByRole("grid", { name: "Payments read from the package" });
    const row = grid.getByRole("row").filter({ hasText: "JOURNEY" });
    await expect(row).toContainText(/Peak Gifts Ltd.*21 Nov 2026.*27\.00/, { timeout: 60_000 });
    await expect(row).toContainText("Waiting");
    await tabToRows(page, grid);
    await page.keyboard.press("Space");
    await expect(row).toHaveAttribute("aria-selected", "true");
    await pressOn(page, page.getByRole("button", { name: "Create & allocate payments (1)" }), "Shift+Tab");
    await expect(row).toContainText("Payment created and allocated");
    await pressOn(page, row.getByRole("link", { name: "J-1" }));
    await expect(page.getByRole("heading", { name: "Sales invoice J-1" })).toBeVisible();
    const balance = page.getByRole("definition").filter({ hasText: "27.00 · 0.00" });
    await expect(balance).toHaveCount(1);
  });

  const { documents } = await simulator.ledger(own.tenantId, { lines: true });
  const held = documents
    .map(({ number, type, gross, due, status, lines }) => ({
      number,
      type,
      gross,
      due,
      status,
      accounts: [...new Set(lines?.map((line) => line.account))],
    }))
    .sort((a, b) => (a.number ?? "").localeCompare(b.number ?? ""));
  expect(held).toEqual([
    { number: "J-1", type: "sales-invoice", gross: "27.00", due: "0.00", status: "PAID", accounts: ["200"] },
    { number: "J-2", type: "sales-invoice", gross: "96.00", due: "96.00", status: "AUTHORISED", accounts: ["200"] },
    { number: "J-3", type: "sales-invoice", gross: "18.00", due: "18.00", status: "AUTHORISED", accounts: ["200"] },
    { number: "J-C1", type: "sales-credit-note", gross: "6.00", due: "6.00", status: "AUTHORISED", accounts: ["200"] },
  ]);
});
