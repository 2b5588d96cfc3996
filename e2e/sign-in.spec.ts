import { type ConsoleMessage, type Page, request } from "@playwright/test";
import pg from "pg";
import { expect, test } from "./fixtures.ts";
import { acceptThroughScreen, inviteThroughScreen, signIn, signInOverHttp } from "./people.ts";

const ADMIN = "admin@demo.greentick.test";

/** What the browser complained of: a style or script that the policy refused, a failed call. */
function complaints(page: Page): string[] {
  const found: string[] = [];
  page.on("console", (message: ConsoleMessage) => {
    if (message.type() === "error" && !/status of (401|404)/.test(message.text())) found.push(message.text());
  });
  page.on("pageerror", (error) => found.push(error.message));
  return found;
}

test("a person signs in with the keyboard alone, is told of a wrong password, and goes on to where they were going", async ({
  page,
  product,
}) => {
  const found = complaints(page);
  await page.goto("/clients?q=ash");
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await expect(page.getByLabel("E-mail")).toBeFocused();
  await page.keyboard.type(ADMIN);
  await page.keyboard.press("Tab");
  await page.keyboard.type("not the password");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert").filter({ hasText: "don't match" })).toBeVisible();
  await expect(page.getByLabel("E-mail")).toHaveValue(ADMIN);
  await expect(page.getByLabel("Password", { exact: true })).toBeFocused();
  await page.keyboard.type(product.password);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/clients\?q=ash$/);
  await expect(page.getByRole("link", { name: "Ashdown Wholesale" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Calder Exports" })).toHaveCount(0);
  expect(found).toEqual([]);
});

test("who sees one client lands in it, and finds no way to others", async ({ page, product }) => {
  await signIn(page, "client@demo.greentick.test", product.password);
  await expect(page).toHaveURL(/\/clients\/ashdown-wholesale$/);
  await expect(page.getByRole("button", { name: /change client/ })).toHaveCount(0);
  await page.goto("/clients");
  await expect(page).toHaveURL(/\/clients\/ashdown-wholesale$/);
  await expect(page.getByText("Ashdown Wholesale").first()).toBeVisible();
  await expect(page.getByText("Brackenfell Pottery")).toHaveCount(0);
  await page.goto("/clients/brackenfell-pottery");
  await expect(page.getByText("Page not found")).toBeVisible();
});

test("staff see two clients in the portfolio and step between them by the switcher", async ({ page, product }) => {
  await signIn(page, "staff@demo.greentick.test", product.password);
  await expect(page).toHaveURL(/\/clients$/);
  // Other specs give the staff clients of their own.
  const names = page
    .getByRole("rowheader")
    .getByRole("link")
    .filter({ hasNotText: /^Spec |not connected yet$/ });
  await expect(names).toHaveText(["Ashdown Wholesale", "Brackenfell Pottery"]);
  await page.getByRole("link", { name: "Ashdown Wholesale" }).click();
  await page.getByRole("button", { name: "Ashdown Wholesale: change client" }).click();
  await page.getByRole("menuitem", { name: "Brackenfell Pottery" }).click();
  await expect(page).toHaveURL(/\/clients\/brackenfell-pottery$/);
});

test("the session's cookie cannot be read by scripts, holds no name, and ends within 12 hours", async ({
  page,
  context,
  product,
}) => {
  await signIn(page, ADMIN, product.password);
  const cookies = await context.cookies();
  const session = cookies.find((cookie) => cookie.name === "greentick-session");
  expect(session).toMatchObject({ httpOnly: true, sameSite: "Lax", path: "/" });
  expect(session?.expires).toBeLessThanOrEqual(Date.now() / 1000 + 12 * 3600 + 5);
  for (const cookie of cookies) expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Lax" });
  expect(await page.evaluate(() => document.cookie)).toBe("");
  expect(await (await page.request.get("/api/auth/session")).text()).not.toContain("demo.greentick.test");
});

test("sign-out ends the session at once, for a copied cookie too", async ({ page, context, product }) => {
  await signIn(page, "staff@demo.greentick.test", product.password);
  const copied = await request.newContext({ baseURL: product.url, storageState: await context.storageState() });
  const status = "/api/clients/ashdown-wholesale/status";
  expect((await copied.get(status)).status()).toBe(200);
  await page.getByRole("button", { name: /your menu/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/sign-in$/);
  expect((await copied.get(status)).status()).toBe(401);
  await page.goto("/clients");
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await copied.dispose();
});

test("a user that an administrator adds signs in, and is out within a second of being disabled", async ({
  page,
  browser,
  product,
}) => {
  const email = `added-${Date.now()}@practice.test`;
  const password = "a first password for them";
  await signIn(page, ADMIN, product.password);
  await page.goto("/settings/users");
  const link = await inviteThroughScreen(page, { email, name: "Added in a test" });
  await expect(page.getByRole("row", { name: email })).toContainText("Staff");

  const theirs = await browser.newContext({ baseURL: product.url, storageState: undefined });
  const their = await theirs.newPage();
  await acceptThroughScreen(their, link, password);
  await expect(their.getByText("You have no clients yet")).toBeVisible();

  await page.getByRole("button", { name: `Disable ${email}` }).click();
  await page.getByRole("button", { name: "Disable", exact: true }).click();
  await expect(page.getByRole("row", { name: email })).toContainText("Disabled");
  expect((await their.request.get("/api/clients/ashdown-wholesale/status")).status()).toBe(401);
  await their.goto("/clients");
  await expect(their).toHaveURL(/\/sign-in/);
  await their.getByLabel("E-mail").fill(email);
  await their.getByLabel("Password", { exact: true }).fill(password);
  await their.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(their.getByRole("alert").filter({ hasText: "don't match" })).toBeVisible();
  await theirs.close();
});

test("sign-in leads to our own pages only", async ({ page, product }) => {
  for (const next of [
    "https://elsewhere.test/",
    "//elsewhere.test",
    "/\\elsewhere.test",
    "/%5Celsewhere.test",
    "javascript:alert(1)",
  ]) {
    await page.context().clearCookies();
    await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
    await page.getByLabel("E-mail").fill(ADMIN);
    await page.getByLabel("Password", { exact: true }).fill(product.password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
    expect(new URL(page.url()).origin).toBe(product.url);
  }
});

test("sign-in itself refuses a request from elsewhere", async ({ product }) => {
  const context = await request.newContext({ baseURL: product.url, maxRedirects: 0 });
  const { csrfToken } = await (await context.get("/api/auth/csrf")).json();
  for (const origin of [undefined, "null", "https://elsewhere.test"]) {
    const answer = await context.post("/api/auth/callback/credentials", {
      headers: origin === undefined ? {} : { Origin: origin },
      form: { csrfToken, email: ADMIN, password: product.password, json: "true" },
    });
    expect(answer.status()).toBe(403);
  }
  await context.dispose();
});

test("an address that a caller makes up in its headers is not believed", async ({ product }) => {
  const context = await request.newContext({ baseURL: product.url, maxRedirects: 0 });
  const { csrfToken } = await (await context.get("/api/auth/csrf")).json();
  await context.post("/api/auth/callback/credentials", {
    headers: { Origin: product.url, "X-Forwarded-For": "198.51.100.77", "X-Greentick-Peer": "198.51.100.78" },
    form: { csrfToken, email: ADMIN, password: "not the password", json: "true" },
  });
  await context.dispose();
  const owner = new pg.Client({ connectionString: product.ownerUrl });
  await owner.connect();
  await owner.query("select set_config('app.all_clients', 'on', false)");
  const { rows } = await owner.query("select count(*)::int as n from audit_events where detail->>'address' like '198.51.100.%'");
  await owner.end();
  expect(rows[0]).toEqual({ n: 0 });
});

test("every answer carries the headers that keep a browser safe", async ({ product }) => {
  const admin = await signInOverHttp(product, ADMIN);
  for (const path of [
    "/sign-in",
    "/clients",
    "/settings/users",
    "/clients/ashdown-wholesale",
    "/no-such-page",
    "/api/clients/ashdown-wholesale/status",
  ]) {
    const answer = await admin.get(path);
    const headers = answer.headers();
    expect.soft(headers["x-content-type-options"], path).toBe("nosniff");
    expect.soft(headers["referrer-policy"], path).toBe("strict-origin-when-cross-origin");
    expect.soft(headers["x-frame-options"], path).toBe("DENY");
    expect.soft(headers["x-powered-by"], path).toBeUndefined();
    expect.soft(headers["cache-control"] ?? "", path).toContain("no-store");
    const policy = headers["content-security-policy"] ?? "";
    expect.soft(policy, path).toContain("frame-ancestors 'none'");
    if (!path.startsWith("/api/")) {
      expect.soft(policy, path).toMatch(/script-src 'self' 'nonce-[A-Za-z0-9+/=]{24}' 'strict-dynamic'(;|$)/);
      expect.soft(policy, path).not.toMatch(/script-src[^;]*unsafe/);
      expect.soft(policy, path).not.toMatch(/style-src [^;]*unsafe/);
    }
  }
  const nonces = await Promise.all([1, 2].map(async () => (await admin.get("/clients")).headers()["content-security-policy"]));
  expect(nonces[0]).not.toBe(nonces[1]);
  await admin.dispose();
});

test("on a narrow screen the navigation folds and opens", async ({ page, product }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await signIn(page, "staff@demo.greentick.test", product.password);
  await page.goto("/clients/ashdown-wholesale");
  const link = page.getByRole("navigation", { name: "Console" }).getByRole("link", { name: "Mapping" });
  await expect(link).toHaveCount(0);
  await page.getByRole("button", { name: "Open the navigation" }).click();
  await expect(link).toBeVisible();
  await link.click();
  await expect(page).toHaveURL(/\/mapping/);
  await expect(link).toHaveCount(0);
});

test("the colour scheme is the person's to choose, and stays", async ({ page, product }) => {
  await signIn(page, ADMIN, product.password);
  await page.getByRole("button", { name: /your menu/ }).click();
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", "dark");
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", "dark");
});

test("M37 while a connection is lost, a red bar stands on the client's pages, with Reconnect for administrators alone", async ({
  page,
  browser,
  product,
}) => {
  const owner = new pg.Client({ connectionString: product.ownerUrl });
  await owner.connect();
  await owner.query("select set_config('app.all_clients', 'on', false)");
  const slug = `lost-${Date.now()}`;
  const made = await owner.query("insert into clients (slug, name) values ($1, 'Lost Connection') returning id", [slug]);
  const clientId: unknown = made.rows[0].id;
  await owner.query(
    "insert into user_clients (user_id, client_id) select id, $1 from users where email = 'staff@demo.greentick.test'",
    [clientId],
  );
  await owner.query(
    `insert into connections (client_id, package, state, tenant_id, tenant_name, connected_by_name, connected_at, lost_at, lost_reason)
     values ($1, 'xero', 'lost', gen_random_uuid()::text, 'Lost Organisation', 'Test', now(), now(), 'Xero no longer accepts our sign-in.')`,
    [clientId],
  );

  await signIn(page, ADMIN, product.password);
  await page.goto(`/clients/${slug}`);
  const bar = page.getByRole("alert").filter({ hasText: "The connection to Xero is lost" });
  await expect(bar).toContainText("Xero no longer accepts our sign-in.");
  await expect(bar.getByRole("link", { name: "Reconnect" })).toHaveAttribute("href", `/clients/${slug}/setup`);

  const theirs = await browser.newContext({ baseURL: product.url, storageState: undefined });
  const their = await theirs.newPage();
  await signIn(their, "staff@demo.greentick.test", product.password);
  await their.goto(`/clients/${slug}`);
  const theirBar = their.getByRole("alert").filter({ hasText: "The connection to Xero is lost" });
  await expect(theirBar).toContainText("Ask an administrator");
  await expect(theirBar.getByRole("link")).toHaveCount(0);

  await owner.query("update connections set state = 'live', lost_at = null, lost_reason = null where client_id = $1", [clientId]);
  await expect(bar).toHaveCount(0, { timeout: 20_000 });
  await owner.query("update connections set state = 'disconnected' where client_id = $1", [clientId]);
  await owner.query("delete from user_clients where client_id = $1", [clientId]);
  await owner.end();
  await theirs.close();
});
