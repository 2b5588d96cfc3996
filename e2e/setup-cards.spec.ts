import { axeFindings } from "./axe.ts";
import { connectAndRead, mapCodes, panelOf, rowsOf } from "./export-scene.ts";
import { expect, test } from "./fixtures.ts";
import { addInvoices, control, makeOwnClient, type OwnClient } from "./own-client.ts";
import { signIn } from "./people.ts";
import type { Product } from "./product.ts";

test.describe.configure({ mode: "serial" });
test.use({ role: "adviser" });

let own: OwnClient;
test.beforeAll(async ({ product }) => {
  test.setTimeout(120_000);
  own = await makeOwnClient(product);
  await addInvoices(product, own, ["4000", "4000", "4010"]);
  await connectAndRead(product, own);
  await mapCodes(product, own, ["4000"]);
});

const ledgerOf = async (product: Product) => JSON.stringify(await control(product, "GET", `/xero/${own.tenantId}/ledger`));

test("M62 the card is coloured with a cross while on, grey with a plus while off, and off stops staff at once", async ({
  page,
}) => {
  await page.goto(`/clients/${own.slug}/setup`);
  const card = page.getByRole("listitem").filter({ hasText: "Needs: A Xero user" });
  await expect(card).toHaveAttribute("data-on", "true");
  await card.getByRole("button", { name: "Switch Xero off" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("Nothing is sent to Xero or read from it");
  await dialog.getByRole("button", { name: "Switch off" }).click();
  await expect(card).toHaveAttribute("data-on", "false");
  await expect(card).toContainText("Integration is off");

  await page.goto(`/clients/${own.slug}/export`);
  await expect(page.getByRole("status").filter({ hasText: "Integration is off." })).toBeVisible();
  await expect(panelOf(page, "Pending Export")).toContainText("Integration is off for this client");
  await expect(page.getByRole("button", { name: "Upload data" })).toBeDisabled();
  await page.goto(`/clients/${own.slug}/import`);
  await expect(page.getByText("Integration is off for this client").first()).toBeVisible();

  await page.goto(`/clients/${own.slug}/setup`);
  await page.getByRole("button", { name: "Switch Xero on" }).click();
  await expect(card).toHaveAttribute("data-on", "true");
  expect(await axeFindings(page)).toEqual([]);
});

test("M63 what was made meanwhile of a kind that does not sync is counted on the screen, and offered at once when it is ticked", async ({
  page,
}) => {
  await page.goto(`/clients/${own.slug}/setup`);
  const entities = page.getByRole("region", { name: "Entities to sync" });
  await entities.getByLabel("Sales invoices").uncheck();
  await expect(entities).toContainText("Not saved yet");
  await entities.getByRole("button", { name: "Save entities" }).click();
  await expect(entities).toContainText("Sales invoices are off. 3 left Pending Export.");
  await expect(entities).toContainText("3 created meanwhile, £360.00");
  await entities.getByLabel("Sales invoices").check();
  await entities.getByRole("button", { name: "Save entities" }).click();
  await expect(entities).toContainText("Sales invoices are on. 3 created meanwhile are now in Pending Export.");
  // The line with Save goes once the page has the new state, and what stands below it moves up.
  await expect(entities).not.toContainText("Not saved yet");
  await entities.getByRole("link", { name: "Open Pending Export" }).click();
  await expect(rowsOf(page, "Pending Export")).toHaveCount(4);
});

test("N11 only documents from the start date appear; older ones are counted, the unpaid ones listed", async ({ page }) => {
  await page.goto(`/clients/${own.slug}/setup`);
  const start = page.getByRole("region", { name: "Start date" });
  const save = start.getByRole("button", { name: "Save start date" });
  // What is filled in before the page is alive is forgotten.
  await expect(async () => {
    await start.getByLabel("Sync from").fill("2026-11-21");
    await expect(save).toBeEnabled({ timeout: 500 });
  }).toPass();
  await save.click();
  await expect(start).toContainText("3 from before it left Pending Export.");
  // FD11: in the order of the client's country, whatever the browser's language.
  await expect(start.getByLabel("Sync from")).toHaveValue("21/11/2026");
  await expect(start).toContainText(
    "3 older records are not sent: £360.00. 3 of them are unpaid (£360.00 open), so expect payments on them.",
  );
  await start.getByRole("link", { name: "See them" }).click();
  await expect(page.getByRole("region", { name: "Unpaid documents from before the start date" }).getByRole("row")).toHaveCount(4);
  await page.goto(`/clients/${own.slug}/setup`);
  await start.getByRole("button", { name: "Sync everything" }).click();
  await expect(start).toContainText("3 back in Pending Export.");
});

test("M36 N20 a profile sets its ways, each can be changed, and a one-way connection says on Import that nothing comes back", async ({
  page,
}) => {
  await page.goto(`/clients/${own.slug}/setup`);
  const save = page.getByRole("button", { name: "Save how it works" });
  await page.getByRole("radio", { name: "One-way" }).check();
  await save.click();
  await expect(page.getByText("One-way profile applied.")).toBeVisible();
  await expect(page.getByRole("radio", { name: "Out only" })).toBeChecked();
  await expect(page.getByRole("radio", { name: "Nightly both ways" })).toBeEnabled();
  await expect(page.getByText("One-way: records are sent, nothing is read back")).toBeVisible();
  await page.goto(`/clients/${own.slug}/import`);
  await expect(page.getByText("This connection is one-way").first()).toBeVisible();
  await expect(page.getByRole("button", { name: "Read payments now" })).toBeDisabled();
  await page.goto(`/clients/${own.slug}/setup`);
  await page.getByRole("radio", { name: "Manual upload" }).check();
  await save.click();
  await expect(page.getByRole("radio", { name: "Both ways", exact: true })).toBeChecked();
  await page.getByLabel("Show a message for each successful sync").check();
  await save.click();
  await expect(page.getByText("changed", { exact: true })).toBeVisible();
});

test("FD9 Setup is in sections with one rule of saving; a profile shows what it would change, asks before it resets Lines, and leaving asks", async ({
  page,
}, info) => {
  await page.goto(`/clients/${own.slug}/setup`);
  const how = page.getByRole("region", { name: "How it works" });
  const save = how.getByRole("button", { name: "Save how it works" });
  await expect(save).toHaveCount(0);
  await how.getByRole("radio", { name: /^Summarised/ }).check();
  await save.click();
  await expect(how).toContainText("Saved. It applies from the next document sent.");
  await how.getByRole("radio", { name: "One-way" }).check();
  await expect(how).toContainText("Direction: Both ways → Out only");
  await expect(how).toContainText("Lines: Summarised → Detailed (set by hand)");
  await page.screenshot({ path: info.outputPath("profile.png"), fullPage: true });
  expect(await axeFindings(page)).toEqual([]);

  const list = page.getByRole("navigation", { name: "Sections of Setup" });
  await expect(list.getByRole("link", { name: /How it works/ })).toContainText("not saved");
  await page.getByRole("link", { name: "Overview" }).first().click();
  const leaving = page.getByRole("dialog", { name: /^Leave with/ });
  await leaving.getByRole("button", { name: "Stay here" }).click();

  await save.click();
  const question = page.getByRole("dialog", { name: "Reset options changed by hand?" });
  await expect(question).toContainText("Lines: Summarised → Detailed");
  await question.getByRole("button", { name: /^Keep/ }).click();
  await expect(how).toContainText("One-way profile applied, with your own changes.");
  await page.reload();
  await expect(how.getByRole("radio", { name: /^Summarised/ })).toBeChecked();
  await expect(how.getByRole("radio", { name: "Out only" })).toBeChecked();
  // As it was, for those that follow.
  await how.getByRole("radio", { name: "Manual upload" }).check();
  await save.click();
  await question.getByRole("button", { name: /^Reset/ }).click();
  await expect(how.getByRole("radio", { name: /^Detailed/ })).toBeChecked();
  await expect(save).toHaveCount(0);
  await how.getByLabel("Show a message for each successful sync").check();
  await save.click();
  await expect(save).toHaveCount(0);
  const others = page.getByRole("region", { name: "Other packages" });
  await expect(others.getByRole("listitem")).toHaveCount(7);
});

test("M73 M27 M18 M65 D4 Synchronise now shows its change set, No changes nothing, Yes sends exactly that in one run and tells of each", async ({
  page,
  product,
  browser,
}) => {
  test.setTimeout(120_000);
  const context = await browser.newContext({ baseURL: product.url, storageState: undefined });
  const staff = await context.newPage();
  await signIn(staff, "staff@demo.greentick.test", product.password);
  await staff.goto(`/clients/${own.slug}`);
  await expect(staff.getByRole("heading", { name: "Overview" })).toBeVisible();
  await expect(staff.getByRole("button", { name: "Synchronise now" })).toHaveCount(0);
  await staff.goto(`/clients/${own.slug}/mapping`);

  await page.goto(`/clients/${own.slug}`);
  await expect(page.getByText(/Also here: .*Demo staff \(.*Mapping/)).toBeVisible({ timeout: 25_000 });
  const before = await ledgerOf(product);
  await page.getByRole("button", { name: "Synchronise now" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("row").filter({ hasText: "Sales invoice" })).toContainText("£240.00");
  await expect(dialog).toContainText("1 row stays in Pending Export, blocked:");
  await expect(dialog).toContainText("Demo staff has Mapping open");
  await dialog.getByRole("button", { name: "No", exact: true }).click();
  expect(await ledgerOf(product)).toBe(before);
  await context.close();

  await page.getByRole("button", { name: "Synchronise now" }).click();
  await dialog.getByRole("button", { name: "Yes, synchronise" }).click();
  await page.waitForURL(/\/runs\//);
  await expect(page.getByText(/agrees with Xero\./).first()).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText("Synchronise now").first()).toBeVisible();
  await page.goto(`/clients/${own.slug}/export`);
  await expect(rowsOf(page, "Exported Successfully").locator('[data-tick="confirmed"]')).toHaveCount(3, { timeout: 60_000 });
  await expect(rowsOf(page, "Pending Export")).toHaveCount(1);
});
