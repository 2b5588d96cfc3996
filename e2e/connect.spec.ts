import { expect, test } from "./fixtures.ts";
import { addInvoices, behindTheScreen, connectThroughConsent, control, makeOwnClient, type OwnClient } from "./own-client.ts";
import { signIn } from "./people.ts";

test.describe.configure({ mode: "serial" });
test.use({ role: "admin" });

let own: OwnClient;
test.beforeAll(async ({ product }) => {
  own = await makeOwnClient(product);
  await addInvoices(product, own, ["4000"]);
});

test("M1 an administrator connects through the package's consent page and sees organisation, person and time", async ({
  page,
}) => {
  await page.goto(`/clients/${own.slug}/setup`);
  const packages = page.getByRole("region", { name: "Connect an accounting package" }).getByRole("listitem");
  await expect(packages).toHaveCount(8);
  await connectThroughConsent(page, own);
  const card = page.getByRole("region", { name: "Xero", exact: true });
  await expect(card).toContainText("Connected");
  await expect(card).toContainText(own.tenantName);
  await expect(card).toContainText("Demo administrator");
  await expect(card).toContainText(/Connected at\s*\d{1,2} \w{3} \d{4}/);
  await page.goto(`/clients/${own.slug}`);
  await expect(page.getByText(`Connected to Xero`)).toBeVisible();
});

test("M1 a cancelled consent changes nothing and says so", async ({ page, product }) => {
  const other = await makeOwnClient(product);
  await page.goto(`/clients/${other.slug}/setup`);
  await page.getByRole("button", { name: "Connect Xero" }).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByText("The consent was cancelled in Xero; nothing was changed.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Connect Xero" })).toBeVisible();
});

test("M1 an organisation that another client has is refused by that client's name", async ({ page, product }) => {
  const other = await makeOwnClient(product);
  await page.goto(`/clients/${other.slug}/setup`);
  await page.getByRole("button", { name: "Connect Xero" }).click();
  await page.getByLabel("Find an organisation").fill(own.tenantName);
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByLabel(own.tenantName, { exact: true }).check();
  await page.getByRole("button", { name: "Allow access" }).click();
  await expect(page.getByText(/is connected to Spec .* Disconnect it there first/)).toBeVisible();
});

test("M1 a consent for several organisations asks which one, and a way back works once", async ({ page, product }) => {
  const other = await makeOwnClient(product);
  const second = (await control(product, "POST", "/xero/tenants", { name: `${other.tenantName} Two`, currencies: ["GBP"] })) as {
    name: string;
  };
  await page.goto(`/clients/${other.slug}/setup`);
  await page.getByRole("button", { name: "Connect Xero" }).click();
  await page.getByLabel("Find an organisation").fill(other.tenantName);
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByLabel(other.tenantName, { exact: true }).check();
  await page.getByLabel(second.name, { exact: true }).check();
  const callback = page.waitForRequest((request) => request.url().includes("/api/connections/xero/callback"));
  await page.getByRole("button", { name: "Allow access" }).click();
  const used = (await callback).url();
  await page.getByRole("button", { name: `Choose ${second.name}` }).click();
  await expect(page.getByText(`Xero is connected: ${second.name}.`)).toBeVisible();
  await page.goto(used);
  await expect(page.getByText("was already used, has expired, or was started in another browser")).toBeVisible();
});

test("M37 a lost connection is a red bar for everybody, with Reconnect for administrators only, and comes back", async ({
  page,
  product,
  browser,
}) => {
  await control(product, "POST", `/xero/${own.tenantId}/revoke`, {});
  // The next read finds the consent gone.
  await page.goto(`/clients/${own.slug}/mapping`);
  await page.getByRole("button", { name: "Refresh accounts" }).click();
  const bar = page.getByRole("alert").filter({ hasText: "The connection to Xero is lost" });
  await expect(bar).toBeVisible({ timeout: 20_000 });
  for (const path of ["", "/export", "/setup"]) {
    await page.goto(`/clients/${own.slug}${path}`);
    await expect(bar).toBeVisible();
    await expect(bar.getByRole("link", { name: "Reconnect" })).toBeVisible();
  }

  const context = await browser.newContext({ baseURL: product.url, storageState: undefined });
  const staff = await context.newPage();
  await signIn(staff, "staff@demo.greentick.test", product.password);
  await staff.goto(`/clients/${own.slug}/setup`);
  const theirs = staff.getByRole("alert").filter({ hasText: "The connection to Xero is lost" });
  await expect(theirs).toContainText("Ask an administrator to reconnect.");
  await expect(theirs.getByRole("link", { name: "Reconnect" })).toHaveCount(0);
  await expect(staff.getByRole("button", { name: /connect/i })).toHaveCount(0);
  await context.close();

  await connectThroughConsent(page, own, "Reconnect Xero");
  await expect(bar).toHaveCount(0);
});

test("M9 disconnecting tells what stops, removes the connection in the package and keeps mapping and history", async ({
  page,
  product,
}) => {
  // Asked for, and due tomorrow: no worker takes it meanwhile.
  await behindTheScreen(product, (db) =>
    db.query(
      "update postings set state = 'queued', retry_at = app.now() + interval '1 day' where client_id = $1 and kind = 'sales-invoice' and state = 'pending'",
      [own.clientId],
    ),
  );
  await page.goto(`/clients/${own.slug}/setup`);
  await page.getByRole("button", { name: "Disconnect" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("1 queued record stops. It resumes when the same organisation is connected again.");
  await expect(dialog).toContainText("Mapping and history are kept: connect");
  await dialog.getByRole("button", { name: "Disconnect" }).click();
  // The question says the same sentence.
  await expect(dialog).toBeHidden();
  await expect(page.getByText("Mapping and history are kept: connect the same organisation again")).toBeVisible();
  // Nothing is left there to withdraw.
  expect(await control(product, "POST", `/xero/${own.tenantId}/revoke`, {})).toEqual({ connections: 0 });
  const kept = await behindTheScreen(product, async (db) => {
    const { rows } = await db.query("select 1 from postings where client_id = $1 and kind = 'sales-invoice'", [own.clientId]);
    return rows.length;
  });
  expect(kept).toBe(1);
  await connectThroughConsent(page, own, "Reconnect Xero");
});

test("documents land authorised or as drafts, as an adviser sets it", async ({ page, product, browser }) => {
  const context = await browser.newContext({ baseURL: product.url, storageState: undefined });
  const adviser = await context.newPage();
  await signIn(adviser, "adviser@demo.greentick.test", product.password);
  await adviser.goto(`/clients/${own.slug}/setup`);
  await adviser.getByLabel("As drafts: someone approves them there").check();
  await adviser.getByRole("button", { name: "Save how it works" }).click();
  await expect(adviser.getByText("Saved. It applies from the next document sent.")).toBeVisible();
  await context.close();
  await page.goto(`/clients/${own.slug}/setup`);
  await expect(page.getByLabel("As drafts: someone approves them there")).toBeChecked();
});
