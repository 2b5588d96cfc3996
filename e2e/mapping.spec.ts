import { expect, test } from "./fixtures.ts";
import { addInvoices, behindTheScreen, connectThroughConsent, control, makeOwnClient, type OwnClient } from "./own-client.ts";

test.describe.configure({ mode: "serial" });
test.use({ role: "admin" });

let own: OwnClient;
test.beforeAll(async ({ product }) => {
  own = await makeOwnClient(product);
  await addInvoices(product, own, ["4000", "4010", "4020"]);
});

test("M71 N30 the accounts of the package are there after connecting, with the time they were read, and Refresh reads them again", async ({
  page,
  product,
}) => {
  await connectThroughConsent(page, own);
  await page.goto(`/clients/${own.slug}/mapping`);
  await expect(page.getByTestId("as-of")).toContainText("Accounts as of");
  await control(product, "POST", `/xero/${own.tenantId}/accounts`, {
    code: "299",
    name: "Fresh account",
    type: "REVENUE",
    taxType: "OUTPUT2",
  });
  await page.getByRole("button", { name: "Refresh accounts" }).click();
  await expect(page.getByText(/accounts? and \d+ tax rates? read/)).toBeVisible();
  await page.getByLabel("Account in Xero for 4000 Sales").fill("fresh");
  await expect(page.getByRole("option", { name: /299 Fresh account/ })).toBeVisible();
  await page.keyboard.press("Escape");
});

test("M54 FD8 Overview names the code that blocks and leads to its row in the editor", async ({ page }) => {
  await page.goto(`/clients/${own.slug}`);
  const todo = page.getByRole("listitem").filter({ hasText: "Map nominal codes" });
  await expect(todo).toContainText("4000, 4010, 4020");
  // FD8: connected and read, and nothing else that nobody did; the start date is one of the steps.
  await expect(page.getByRole("region", { name: "Before the first upload" })).toContainText("2 of 6 done");
  const start = page.getByRole("listitem").filter({ hasText: "Set the start date" });
  await expect(start.getByRole("link", { name: "Open Setup" })).toHaveAttribute("href", /\/setup#start-date$/);
  await page.goto(`/clients/${own.slug}/mapping?tab=nominal&code=4010`);
  await expect(page.getByLabel("Account in Xero for 4010 Training")).toBeFocused();
});

test("M14 three codes go to one account by keyboard alone, and the editor lists the three under it", async ({ page }) => {
  await page.goto(`/clients/${own.slug}/mapping?code=4000`);
  await expect(page.getByLabel("Account in Xero for 4000 Sales")).toBeFocused();
  // The suggestion with its reason is taken by Enter; the other two are typed.
  await expect(page.getByText("Same name")).toBeVisible();
  await page.keyboard.press("Enter");
  for (const name of ["4010 Training", "4020 Carriage"]) {
    await expect(page.getByLabel(`Account in Xero for ${name}`)).toBeFocused();
    await page.keyboard.type("200");
    await page.keyboard.press("Enter");
  }
  await expect(page.getByText("3 unsaved changes")).toBeVisible();
  await page.keyboard.press("Control+s");
  await expect(page.getByText("3 unsaved changes")).toHaveCount(0);
  await expect(page.locator('[data-target="200"]')).toHaveText("200 Sales: 4000, 4010, 4020");
  const row = page.getByRole("row").filter({ hasText: "Training" });
  await expect(row).toContainText("Client");
  await expect(page.getByText("(client level)")).toBeVisible();
});

test("N27 suggestions are shown with a reason and saved only by Save", async ({ page, product }) => {
  await page.goto(`/clients/${own.slug}/mapping?tab=tax`);
  await expect(page.getByText("The one rate of 20% for sales")).toBeVisible();
  await page.getByRole("button", { name: "Accept 1 suggestion" }).click();
  const saved = () =>
    behindTheScreen(product, async (db) => {
      const { rows } = await db.query("select 1 from mapping_rows where client_id = $1 and kind = 'tax'", [own.clientId]);
      return rows.length;
    });
  expect(await saved()).toBe(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: "Accept 1 suggestion" }).click();
  await page.getByRole("button", { name: "Save 1 change" }).click();
  await expect(page.getByRole("row").filter({ hasText: "T1" })).toContainText("Client");
  expect(await saved()).toBe(1);
});

test("FD2 edits are kept over the tabs, leaving asks, and the second of two who save is told what changed and loses nothing", async ({
  page,
}, info) => {
  await page.goto(`/clients/${own.slug}/mapping`);
  await page.getByLabel("Account in Xero for 4020 Carriage").fill("Other Revenue");
  await page.keyboard.press("Enter");
  const kinds = page.getByRole("navigation", { name: "Kinds of mapping" });
  await kinds.getByRole("link", { name: /Bank accounts/ }).click();
  await page.getByLabel("Our bank nominal for Till Deposit Account").fill("1200");
  await page.keyboard.press("Enter");
  const count = page.getByText("2 unsaved changes: 1 nominal code, 1 bank account");
  await expect(count).toBeVisible();
  await page.getByRole("link", { name: "Overview" }).first().click();
  const question = page.getByRole("dialog", { name: "Leave with 2 unsaved changes?" });
  await expect(question).toBeVisible();
  await page.screenshot({ path: info.outputPath("leaving.png") });
  await question.getByRole("button", { name: "Stay here" }).click();
  await expect(question).toBeHidden();
  await kinds.getByRole("link", { name: /Nominal codes/ }).click();
  await expect(page.getByLabel("Account in Xero for 4020 Carriage")).toHaveValue(/Other Revenue/);

  const second = await page.context().newPage();
  await second.goto(`/clients/${own.slug}/mapping`);
  await second.getByLabel("Account in Xero for 4020 Carriage").fill("fresh");
  await second.keyboard.press("Enter");
  await second.getByRole("button", { name: "Save 1 change" }).click();
  await expect(second.getByText("1 saved", { exact: false })).toBeVisible();
  await second.close();

  await page.getByRole("button", { name: "Save 2 changes" }).click();
  await expect(
    page.getByText(/4020 Carriage is now 299 Fresh account \(saved by .*\); your change: 260 Other Revenue/),
  ).toBeVisible();
  await expect(count).toBeVisible();
  await page.screenshot({ path: info.outputPath("meanwhile.png"), fullPage: true });
  await page.getByRole("button", { name: "Undo all" }).click();
  await expect(page.getByLabel("Account in Xero for 4020 Carriage")).toHaveValue("299 Fresh account");
  // With nothing unsaved nothing is asked.
  await page.getByRole("link", { name: "Overview" }).first().click();
  await expect(page).toHaveURL(`/clients/${own.slug}`);
});

test("FD2 Back asks before unsaved edits are left, and goes where it led only when it is told to", async ({ page }) => {
  await page.goto(`/clients/${own.slug}`);
  await page
    .getByRole("navigation", { name: "Console" })
    .getByRole("link", { name: /^Mapping/ })
    .click();
  const edited = page.getByLabel("Account in Xero for 4020 Carriage");
  await edited.fill("Other Revenue");
  await page.keyboard.press("Enter");
  await expect(page.getByText("1 unsaved change")).toBeVisible();
  const question = page.getByRole("dialog", { name: "Leave with 1 unsaved change?" });

  await page.evaluate(() => window.history.back());
  await expect(question).toBeVisible();
  await expect(page).toHaveURL(new RegExp(`/clients/${own.slug}/mapping`));
  await question.getByRole("button", { name: "Stay here" }).click();
  await expect(question).toBeHidden();
  await expect(edited).toHaveValue(/Other Revenue/);

  await page.evaluate(() => window.history.back());
  await question.getByRole("button", { name: "Leave without saving" }).click();
  await expect(page).toHaveURL(`/clients/${own.slug}`);
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
  // What was left is gone, and nothing asks about it any more.
  await page.evaluate(() => window.history.forward());
  await expect(edited).toHaveValue("299 Fresh account");
  await page.evaluate(() => window.history.back());
  await expect(page).toHaveURL(`/clients/${own.slug}`);
});

test("N17 N27 FD3 a rate for the other side is refused in the editor, with both named", async ({ page }) => {
  await page.goto(`/clients/${own.slug}/mapping?tab=tax&code=T1`);
  await page.getByLabel("Tax rate in Xero for T1 Standard rate").fill("20% (VAT on Expenses)");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+s");
  await expect(
    page.getByText(/T1: Ours is for sales, and Xero has 20% \(VAT on Expenses\) for purchases only\..* Nothing was saved\./),
  ).toBeVisible();
});

test("FA7 N17 a code's kind is said on its page, and its mapping is judged by what the document is charged", async ({
  page,
  product,
}, info) => {
  await behindTheScreen(product, (db) =>
    db.query("insert into tax_codes (client_id, code, name, rate) values ($1, 'DRC20', 'Domestic reverse charge 20%', '20')", [
      own.clientId,
    ]),
  );
  const map = async (typed: string) => {
    await page.goto(`/clients/${own.slug}/mapping?tab=tax&code=DRC20`);
    await page.getByLabel("Tax rate in Xero for DRC20 Domestic reverse charge 20%").fill(typed);
    await page.keyboard.press("Enter");
    await page.keyboard.press("Control+s");
  };
  await map("Domestic Reverse Charge @ 20% (VAT on Expenses)");
  await expect(
    page.getByText(/DRC20: Ours charges 20%, theirs charges nothing on the bill\..* Nothing was saved\./),
  ).toBeVisible();
  await page.screenshot({ path: info.outputPath("refused.png"), fullPage: true });
  await page.goto(`/clients/${own.slug}/tax-codes`);
  await page.getByRole("link", { name: "DRC20", exact: true }).click();
  await page.getByRole("button", { name: "Edit" }).click();
  const form = page.getByRole("dialog");
  await form.getByRole("combobox", { name: "Kind" }).click();
  await page.getByRole("option", { name: "Domestic reverse charge" }).click();
  await form.getByRole("combobox", { name: "Side" }).click();
  await page.getByRole("option", { name: "Purchases", exact: true }).click();
  await form.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("nothing on the bill")).toBeVisible();
  await page.screenshot({ path: info.outputPath("tax-code.png"), fullPage: true });
  await map("20% (VAT on Expenses)");
  await expect(
    page.getByText(/Ours charges nothing on the bill \(domestic reverse charge\), theirs charges 20%\..* Nothing was saved\./),
  ).toBeVisible();
  await map("Domestic Reverse Charge @ 20% (VAT on Expenses)");
  await expect(page.getByRole("row").filter({ hasText: "DRC20" })).toContainText("Client");
});

test("M41 an account that has no code is greyed with the reason, and a bank account without one can be used", async ({
  page,
  product,
}) => {
  await control(product, "PATCH", `/xero/${own.tenantId}/settings`, { accountsWithoutCode: ["260"] });
  await page.goto(`/clients/${own.slug}/mapping`);
  await page.getByRole("button", { name: "Refresh accounts" }).click();
  await expect(page.getByText(/accounts? and \d+ tax rates? read/)).toBeVisible();
  await page.getByLabel("Account in Xero for 5000 Purchases").fill("Other Revenue");
  const greyed = page.getByRole("option", { name: /Other Revenue/ });
  await expect(greyed).toContainText("no code in Xero");
  await expect(greyed).toHaveAttribute("aria-disabled", "true");
  await page.keyboard.press("Escape");
  await page.goto(`/clients/${own.slug}/mapping?tab=bank`);
  await page.getByLabel("Our bank nominal for Till Deposit Account").fill("1200");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+s");
  await expect(page.getByRole("row").filter({ hasText: "Till Deposit Account" })).toContainText("Client");
  await page.goto(`/clients/${own.slug}`);
  await expect(page.getByText("Before the first upload")).toHaveCount(0);
});

test("N27 FA7 FD3 a tax code of both sides has a row for each, with its own rates; what it had stays in force where it fits", async ({
  page,
  product,
}) => {
  await behindTheScreen(product, (db) =>
    db.query("update tax_codes set side = 'both' where client_id = $1 and code = 'T1'", [own.clientId]),
  );
  await page.goto(`/clients/${own.slug}/mapping?tab=tax&code=T1&side=purchase`);
  const purchases = page.getByLabel("Tax rate in Xero for T1 · Purchases Standard rate");
  await expect(purchases).toBeFocused();
  const row = page.getByRole("row").filter({ hasText: "T1 · Purchases" });
  await expect(row).toContainText("which is for sales only. Choose a rate for purchases.");
  await expect(row).toContainText("Not mapped");
  await purchases.fill("20% (VAT on Income)");
  await expect(page.getByText("No match.")).toBeVisible();
  await purchases.fill("20% (VAT on Expenses)");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+s");
  await expect(row).toContainText("Client");
  await expect(page.getByLabel("Tax rate in Xero for T1 · Sales Standard rate")).toHaveValue(/VAT on Income/);
  await page.goto(`/clients/${own.slug}/tax-codes`);
  const code = page.getByRole("row").filter({ has: page.getByRole("link", { name: "T1", exact: true }) });
  await expect(code).toContainText("Sales: OUTPUT2 20% (VAT on Income)");
  await expect(code).toContainText("Purchases: INPUT2 20% (VAT on Expenses)");
});
