import type { Page } from "@playwright/test";
import { parse } from "csv-parse/sync";
import { removeScratch } from "#lib/start/embedded.ts";
import { startTestProduct } from "#lib/testing/product.ts";
import { claimScratch } from "#lib/testing/scratch.ts";
import { expect, test } from "./fixtures.ts";
import { behindTheScreen, makeOwnClient } from "./own-client.ts";
import { acceptThroughScreen, inviteThroughScreen, signIn } from "./people.ts";

test.use({ role: "admin" });

const PASSWORD = "a password of their own";
/** A refusal on the page; the page has another alert, which says where one is. */
const said = (page: Page, words: string) => page.getByRole("alert").filter({ hasText: words });
const newcomer = () => `newcomer-${Date.now()}@practice.test`;

test("a person who is invited sets a password by the link, lands in their client, and the link works no more", async ({
  page,
  browser,
  product,
}) => {
  const email = newcomer();
  const link = await inviteThroughScreen(page, { email, name: "Newcomer", clients: ["Ashdown Wholesale"] });
  const row = page.getByRole("row", { name: email });
  await expect(row).toContainText("Invited, until");

  const theirs = await browser.newContext({ baseURL: product.url, storageState: undefined });
  const their = await theirs.newPage();
  const addresses: string[] = [];
  their.on("request", (request) => addresses.push(request.url()));
  await their.goto(link);
  await expect(their.getByRole("heading", { name: "Welcome, Newcomer" })).toBeVisible();
  await expect(their.getByText(email)).toBeVisible();
  await their.getByLabel("Password", { exact: true }).fill("too short");
  await their.getByLabel("Password again", { exact: true }).fill("too short");
  await their.getByRole("button", { name: "Set password and sign in" }).click();
  await expect(their.getByText("at least 12 characters: a few words")).toBeVisible();
  await their.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await their.getByRole("button", { name: "Set password and sign in" }).click();
  await expect(their.getByText("The passwords don't match.")).toBeVisible();
  await their.getByLabel("Password again", { exact: true }).fill(PASSWORD);
  await their.getByRole("button", { name: "Set password and sign in" }).click();
  await expect(their).toHaveURL(/\/clients\/ashdown-wholesale$/);
  // Nothing secret in an address that a server or a log sees.
  const token = new URL(link).hash.slice(1);
  expect(token).toHaveLength(43);
  expect(addresses.filter((address) => new URL(address).href.replace(/#.*/, "").includes(token))).toEqual([]);

  await their.goto("/clients");
  await their.goto(link);
  await expect(said(their, "has been used")).toBeVisible();
  await theirs.close();
  await page.reload();
  await expect(row).toContainText("Can sign in");
});

test("a link that is over, taken back or made up is refused in words, with a way on", async ({ page, browser, product }) => {
  const email = newcomer();
  const over = await inviteThroughScreen(page, { email, name: "Too late" });
  await behindTheScreen(product, (db) =>
    db.query("update invitations i set expires_at = clock_timestamp() from users u where u.id = i.user_id and u.email = $1", [
      email,
    ]),
  );
  const theirs = await browser.newContext({ baseURL: product.url, storageState: undefined });
  const their = await theirs.newPage();
  await their.goto(over);
  await expect(said(their, "more than 7 days old")).toBeVisible();
  await their.goto("/sign-in");
  await their.goto("/invitation#AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
  await expect(said(their, "is not an invitation. Check")).toBeVisible();
  await their.goto("/sign-in");
  await their.goto("/invitation");
  await expect(said(their, "is not an invitation. Open")).toBeVisible();
  await expect(their.getByRole("link", { name: "Go to sign-in" })).toBeVisible();

  await page.reload();
  await expect(page.getByRole("row", { name: email })).toContainText("Invitation expired");
  await page.getByRole("link", { name: "Too late" }).last().click();
  await page.getByRole("button", { name: "Create a new link" }).click();
  const fresh = await page.getByLabel("Link", { exact: true }).inputValue();
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Cancel the link" }).click();
  await expect(page.getByText("The link is cancelled.")).toBeVisible();
  await their.goto("/sign-in");
  await their.goto(fresh);
  await expect(said(their, "cancelled")).toBeVisible();
  await theirs.close();
});

test("a user who is given a second client sees it at the next click, and one who loses it no more; a role counts as soon", async ({
  page,
  browser,
  product,
}) => {
  const own = await makeOwnClient(product);
  const ownName = own.tenantName.replace(/ Ltd$/, "");
  const email = newcomer();
  const link = await inviteThroughScreen(page, {
    email,
    name: `Second ${own.slug}`,
    role: "Client",
    clients: ["Ashdown Wholesale"],
  });
  const theirs = await browser.newContext({ baseURL: product.url, storageState: undefined });
  const their = await theirs.newPage();
  await acceptThroughScreen(their, link, PASSWORD);
  expect((await their.goto(`/clients/${own.slug}`))?.status()).toBe(404);

  await page.getByRole("link", { name: `Second ${own.slug}` }).click();
  await page.getByRole("combobox", { name: "Add clients" }).fill(ownName);
  await page.getByRole("option", { name: ownName }).click();
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.getByRole("row", { name: ownName })).toBeVisible();
  await their.goto("/clients");
  await expect(their.getByRole("rowheader").getByRole("link")).toHaveText(["Ashdown Wholesale", ownName]);
  await their.getByRole("link", { name: ownName }).click();
  await expect(their).toHaveURL(new RegExp(`/clients/${own.slug}$`));

  expect((await their.request.get(`/api/clients/${own.slug}/status`)).status()).toBe(200);
  await their.goto(`/clients/${own.slug}/documents/upload`);
  await expect(their.locator('input[type="file"]')).toHaveCount(0);
  await page.getByRole("combobox", { name: "Role" }).click();
  await page.getByRole("option", { name: "Staff", exact: true }).click();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText(`${email} saved`)).toBeVisible();
  await their.reload();
  await expect(their.locator('input[type="file"]')).not.toHaveCount(0);

  await page.getByRole("button", { name: `Remove ${ownName}` }).click();
  await expect(page.getByRole("row", { name: ownName })).toHaveCount(0);
  expect((await their.goto(`/clients/${own.slug}`))?.status()).toBe(404);
  expect((await their.request.get(`/api/clients/${own.slug}/status`)).status()).toBe(404);
  await theirs.close();
});

test("the audit names the person, finds by what is asked, and goes out as CSV without formulas", async ({ page, product }) => {
  const email = newcomer();
  await inviteThroughScreen(page, { email, name: "=1+1", role: "Adviser", clients: ["Brackenfell Pottery"] });
  await page.goto("/settings/audit");
  await page.getByLabel("Words").fill(email);
  await page.getByRole("combobox", { name: "Action" }).selectOption({ label: "User: invite" });
  await page.getByRole("button", { name: "Find" }).click();
  const rows = page.getByRole("region", { name: "Who did what" }).getByRole("row");
  await expect(rows).toHaveCount(2);
  await expect(rows.nth(1)).toContainText("admin@demo.greentick.test");
  await expect(rows.nth(1)).toContainText(email);
  await expect(rows.nth(1)).toContainText("role adviser; clients brackenfell-pottery");

  // Whatever stands in a person's name stands in the audit as their doing.
  await behindTheScreen(product, (db) =>
    db.query("insert into audit_events (actor, action, subject) values ('=cmd|'' /C calc''!A0', 'test.formula', $1)", [email]),
  );
  await page.goto(`/settings/audit?words=${encodeURIComponent(email)}`);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download CSV" }).click()]);
  expect(download.suggestedFilename()).toMatch(/^audit-\d{4}-\d\d-\d\d\.csv$/);
  const answer = await page.request.get(`/api/practice/audit?words=${encodeURIComponent(email)}`);
  expect(answer.headers()["cache-control"]).toBe("no-store");
  const cells: string[][] = parse(await answer.body(), { bom: true });
  const others = cells.map(([, , person, , , action]) => [person, action]).filter(([, action]) => action !== "audit.export");
  expect(others).toEqual([
    ["Person", "Action"],
    ["'=cmd|' /C calc'!A0", "test.formula"],
    [expect.stringContaining("<admin@demo.greentick.test>"), "user.invite"],
  ]);
});

test("an administrator verifies the chains, and is told which event was changed behind the console's back", async ({
  page,
  product,
}) => {
  const own = await makeOwnClient(product);
  const name = own.tenantName.replace(/ Ltd$/, "");
  await behindTheScreen(product, async (db) => {
    for (const n of [1, 2, 3]) {
      await db.query("insert into audit_events (client_id, actor, action) values ($1, 'Somebody', $2)", [
        own.clientId,
        `test.${n}`,
      ]);
    }
  });
  await page.goto(`/settings/audit?client=${own.slug}`);
  await page.getByRole("button", { name: "Verify chain" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Intact: 1 chain with 3 events." })).toBeVisible();
  await expect(page.getByRole("row", { name }).filter({ hasText: "Whole" })).toBeVisible();
  await behindTheScreen(product, async (db) => {
    await db.query("alter table audit_events disable trigger audit_events_fixed");
    await db.query("update audit_events set actor = 'Somebody else' where client_id = $1 and action = 'test.2'", [own.clientId]);
    await db.query("alter table audit_events enable trigger audit_events_fixed");
  });
  await page.goto("/settings/audit");
  await page.getByRole("button", { name: "Verify chain" }).click();
  await expect(page.getByRole("alert").filter({ hasText: /^1 of \d+ chains is broken/ })).toBeVisible();
  await expect(page.getByRole("row", { name }).filter({ hasText: "Broken at event" })).toBeVisible();
  await behindTheScreen(product, async (db) => {
    await db.query("alter table audit_events disable trigger audit_events_fixed");
    await db.query("update audit_events set actor = 'Somebody' where client_id = $1 and action = 'test.2'", [own.clientId]);
    await db.query("alter table audit_events enable trigger audit_events_fixed");
  });
});

test("one's own password is changed with the old one, and every other session ends with it", async ({
  page,
  browser,
  product,
}) => {
  const email = newcomer();
  const link = await inviteThroughScreen(page, { email, name: "Careful" });
  const theirs = await browser.newContext({ baseURL: product.url, storageState: undefined });
  const elsewhere = await browser.newContext({ baseURL: product.url, storageState: undefined });
  const [here, there] = [await theirs.newPage(), await elsewhere.newPage()];
  await acceptThroughScreen(here, link, PASSWORD);
  await signIn(there, email, PASSWORD);

  await here.goto("/settings/profile");
  await here.getByRole("textbox", { name: "Name" }).fill("Careful by name");
  await here.getByRole("button", { name: "Save name" }).click();
  await expect(here.getByText("Your name is saved.")).toBeVisible();
  const change = async (old: string, password: string) => {
    await here.getByLabel("Current password", { exact: true }).fill(old);
    await here.getByLabel("New password", { exact: true }).fill(password);
    await here.getByLabel("New password again", { exact: true }).fill(password);
    await here.getByRole("button", { name: "Change password" }).click();
  };
  await change("not the password", "another password of mine");
  await expect(here.getByText("This is not your current password.")).toBeVisible();
  await change(PASSWORD, "another password of mine");
  await expect(here.getByText("Your other session is ended.")).toBeVisible();
  await there.goto("/clients");
  await expect(there).toHaveURL(/\/sign-in/);
  await signIn(there, email, "another password of mine");
  await here.goto("/clients");
  await expect(here).toHaveURL(/\/clients$/);
  await theirs.close();
  await elsewhere.close();
});

for (const { mailbox } of [{ mailbox: "client" }, { mailbox: "staff" }, { mailbox: "adviser" }]) {
  test(`${mailbox} finds neither users nor audit nor a button for a new client`, async ({ browser, product }) => {
    const context = await browser.newContext({ baseURL: product.url, storageState: undefined });
    const page = await context.newPage();
    await signIn(page, `${mailbox}@demo.greentick.test`, product.password);
    await page.goto("/clients");
    await expect(page.getByRole("button", { name: "New client" })).toHaveCount(0);
    await page.goto("/settings/profile");
    await expect(page.getByRole("link", { name: "Audit" })).toHaveCount(0);
    for (const path of ["/settings/users", "/settings/audit", "/settings/users/00000000-0000-4000-8000-000000000000"]) {
      expect((await page.goto(path))?.status(), path).toBe(404);
    }
    for (const path of ["/api/practice/audit", "/api/practice/clients"]) {
      expect((await page.request.get(path)).status(), path).toBe(403);
    }
    await context.close();
  });
}

test("an empty practice is usable from the browser alone: set up, a first client, its first user", async ({ browser }) => {
  test.setTimeout(240_000);
  const { dataDir, release } = await claimScratch("start");
  const product = await startTestProduct(dataDir, { DEMO: "0" });
  try {
    const context = await browser.newContext({ baseURL: product.url, storageState: undefined });
    const page = await context.newPage();
    await page.goto("/");
    await expect(page.getByRole("heading", { name: "Set up this console" })).toBeVisible();
    await page.getByLabel("Practice", { exact: true }).fill("An empty practice");
    await page.getByLabel("Your name").fill("First");
    await page.getByLabel("E-mail").fill("first@practice.test");
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Set up" }).click();
    await expect(page.getByText("No clients yet")).toBeVisible();

    const fill = async (name: string) => {
      await page.getByRole("button", { name: "New client" }).click();
      await page.getByLabel("Name", { exact: true }).fill(name);
    };
    await fill("Elmfield & Söhne");
    await expect(page.getByLabel("Address", { exact: true })).toHaveValue("elmfield-sohne");
    await page.getByRole("combobox", { name: "Base currency" }).fill("EUR");
    await page.getByRole("option", { name: /^EUR/ }).click();
    await page.getByRole("combobox", { name: "Time zone" }).fill("Berlin");
    await page.getByRole("option", { name: "Europe/Berlin" }).click();
    await page.getByRole("button", { name: "Create client" }).click();
    await expect(page).toHaveURL(/\/clients\/elmfield-sohne$/);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    for (const part of [
      "export",
      "import",
      "mapping",
      "documents",
      "documents/upload",
      "customers",
      "suppliers",
      "products",
      "runs",
      "setup",
    ]) {
      expect((await page.goto(`/clients/elmfield-sohne/${part}`))?.status(), part).toBe(200);
      await expect(page.getByRole("heading", { level: 1 }), part).toBeVisible();
    }

    await page.goto("/clients");
    await fill("Elmfield Sohne");
    await page.getByRole("button", { name: "Create client" }).click();
    await expect(page.getByText("Another client has the address “elmfield-sohne” already.")).toBeVisible();
    await page.getByLabel("Address", { exact: true }).fill("elmfield-2");
    await page.getByRole("button", { name: "Create client" }).click();
    await expect(page).toHaveURL(/\/clients\/elmfield-2$/);

    const link = await inviteThroughScreen(page, { email: "second@practice.test", name: "Second", clients: ["Elmfield Sohne"] });
    const theirs = await browser.newContext({ baseURL: product.url, storageState: undefined });
    const their = await theirs.newPage();
    await acceptThroughScreen(their, link, PASSWORD);
    await expect(their).toHaveURL(/\/clients\/elmfield-2$/);
    await theirs.close();
    await context.close();
  } finally {
    await product.stop();
    await removeScratch(dataDir);
    release();
  }
});
