import { axeFindings } from "./axe.ts";
import { connectAndRead, mapCodes } from "./export-scene.ts";
import { expect, test } from "./fixtures.ts";
import { addInvoices, behindTheScreen, makeOwnClient, type OwnClient } from "./own-client.ts";
import { duplicatePerson, signIn } from "./people.ts";

test.describe.configure({ mode: "serial" });
test.use({ role: "adviser" });

let own: OwnClient;
let connectionId = "";
test.beforeAll(async ({ product }) => {
  own = await makeOwnClient(product);
  await addInvoices(product, own, ["4000"]);
  await connectAndRead(product, own);
  await mapCodes(product, own, ["4000"]);
  connectionId = await behindTheScreen(product, async (db) => {
    const { rows } = await db.query<{ id: string }>("select id from connections where client_id = $1", [own.clientId]);
    return rows[0]?.id ?? "";
  });
});

test("M11 an adviser sets the hour and zone of the nightly run, switches it off and on, and when the hour comes the run stands in Runs", async ({
  page,
  product,
}) => {
  await page.goto(`/clients/${own.slug}/setup`);
  const night = page.getByRole("region", { name: "Nightly run" });
  await expect(night).toContainText(/Next run: .*02:00 Europe\/London/);
  await page.getByRole("radio", { name: "Nightly both ways" }).check();
  await page.getByRole("button", { name: "Save how it works" }).click();
  await expect(night).toContainText("sends what is in Pending Export");
  await night.getByLabel("At").selectOption("05:00");
  const zone = night.getByRole("combobox", { name: "In the time zone" });
  // What is filled in while the page is drawn anew is forgotten.
  await expect(async () => {
    await zone.click();
    await zone.fill("New_York");
    await page.getByRole("option", { name: "America/New_York" }).click({ timeout: 1_000 });
  }).toPass();
  await night.getByRole("button", { name: "Save schedule" }).click();
  await expect(night).toContainText("Saved.");
  await expect(night).toContainText(/Next run: .*05:00 America\/New_York, which is .*\d\d:00 Europe\/London/);
  await night.getByLabel("Run every night").uncheck();
  await night.getByRole("button", { name: "Save schedule" }).click();
  await expect(night).toContainText("No nightly run for this client.");
  await night.getByLabel("Run every night").check();
  await night.getByRole("button", { name: "Save schedule" }).click();
  await expect(night).toContainText(/Next run: .*05:00/);
  expect(await axeFindings(page)).toEqual([]);

  await page.goto(`/clients/${own.slug}/runs`);
  const run = page.getByRole("row").filter({ hasText: "Nightly run" });
  await expect(page.getByRole("heading", { name: "Runs", level: 1 })).toBeVisible();
  await expect(run).toHaveCount(0);
  // Its hour has come.
  await behindTheScreen(product, (db) =>
    db.query("update night_schedules set next_at = app.now() where connection_id = $1", [connectionId]),
  );
  await expect(async () => {
    await page.reload();
    await expect(run).toContainText("Finished", { timeout: 1_500 });
  }).toPass({ timeout: 45_000, intervals: [1_000] });
  await run.getByRole("link").click();
  for (const words of [/^Start$/, /^End$/, /^Agrees?$/])
    await expect(page.getByRole("term").filter({ hasText: words })).toBeVisible();
  await page.getByRole("searchbox", { name: "Find a record in this run" }).fill("INV-");
  await page.getByRole("button", { name: "Find" }).click();
  await expect(page.getByRole("table").getByRole("row")).toHaveCount(2);
});

test("M17 the night's page shows what it did for each client, by outcome, and leads to the client and its run", async ({
  page,
  product,
}) => {
  const nightOn = await behindTheScreen(product, async (db) => {
    const { rows } = await db.query<{ on: string }>(
      'select night_on::text as "on" from runs where client_id = $1 and night_on is not null',
      [own.clientId],
    );
    return rows[0]?.on ?? "";
  });
  await page.goto("/settings/nights");
  await page.locator(`a[href="/settings/nights/${nightOn}"]`).click();
  const whole = page.getByRole("region", { name: "Summary" });
  for (const words of [/^Queued$/, /^Calls a second$/, /^(Expected to end|Ended)$/])
    await expect(whole.getByRole("term").filter({ hasText: words })).toBeVisible();
  const name = own.tenantName.replace(/ Ltd$/, "");
  await page.getByRole("searchbox", { name: "Find a client by its name" }).fill(name);
  await page.getByLabel("Show by outcome").selectOption("Something was sent");
  await page.getByRole("button", { name: "Find" }).click();
  const row = page.getByRole("row").filter({ hasText: name });
  await expect(row.getByRole("cell").first()).toHaveText("Sent");
  await expect(row.getByRole("cell").nth(2)).toHaveText("2");
  await expect(row.getByRole("link", { name: /^Run \d+$/ })).toHaveAttribute("href", new RegExp(`^/clients/${own.slug}/runs/`));
  expect(await axeFindings(page)).toEqual([]);
  await page.getByLabel("Show by outcome").selectOption("Failed");
  await page.getByRole("button", { name: "Find" }).click();
  await expect(page.getByText("No client matches this filter")).toBeVisible();
});

test.describe("an administrator", () => {
  test.use({ role: "admin" });
  test("N10 wakes a worker for a wake-up that was given up, and it leaves the failed jobs", async ({ page, product }) => {
    await behindTheScreen(product, (db) =>
      db.query("insert into pgboss.job (name, data, output) values ('sync-dead', $1, $2)", [
        { connectionId },
        { message: "The database went away" },
      ]),
    );
    await page.goto("/settings/workers");
    await expect(page.getByRole("region", { name: "Workers", exact: true })).toContainText("Running");
    const name = own.tenantName.replace(/ Ltd$/, "");
    const letter = page.getByRole("row").filter({ hasText: name });
    await expect(letter).toContainText("The database went away");
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole("button", { name: `Retry ${name}` }).click();
    await expect(page.getByText(`The job for ${name} was queued again.`)).toBeVisible();
    await expect(letter).toHaveCount(0);
  });
});

test("D1 who signs in after a night with three problems finds those three, in order of money", async ({ product, browser }) => {
  const [refused, paid, failed] = [await makeOwnClient(product), await makeOwnClient(product), await makeOwnClient(product)];
  const email = await duplicatePerson(product, "staff", "morning");
  await behindTheScreen(product, async (db) => {
    await db.query("delete from user_clients where user_id = (select id from users where email = $1)", [email]);
    for (const one of [refused, paid, failed]) {
      await db.query("insert into user_clients (user_id, client_id) select id, $2 from users where email = $1", [
        email,
        one.clientId,
      ]);
      // Switched off, so that no worker asks a package that knows nothing of it.
      await db.query(
        `insert into connections (id, client_id, package, state, tenant_id, tenant_name, connected_by_name, connected_at, module_on)
         values ($1, $1, 'xero', 'live', $2, $3, 'Spec', now(), false)`,
        [one.clientId, one.tenantId, one.tenantName],
      );
    }
    const posting = `insert into postings (client_id, connection_id, kind, record_id, revision, state, error_code, reference, party, issued_on, currency, gross_minor)
      select $1, $1, 'sales-invoice', gen_random_uuid(), 1, $2, $3, 'INV-' || n, 'Peak Gifts Ltd', '2026-11-01', 'GBP', $4 from generate_series(1, 2) n`;
    await db.query(posting, [refused.clientId, "rejected", "package.period-locked", 45_000]);
    await db.query(posting, [failed.clientId, "pending", null, 35_000]);
    await db.query(
      `insert into incoming_payments (client_id, connection_id, external_id, kind, side, company, paid_on, currency, amount_minor)
       values ($1, $1, 'BACS', 'receipt', 'sales', 'Peak Gifts Ltd', '2026-11-21', 'GBP', 5000)`,
      [paid.clientId],
    );
    await db.query(
      `insert into runs (client_id, connection_id, kind, state, started_by, ended_at, night_on, detail)
       select $1, $1, 'nightly', 'failed', 'Nightly run', app.now(), max(night_on), '{"why":"Xero did not answer."}' from nights`,
      [failed.clientId],
    );
  });
  await expect
    .poll(
      () =>
        behindTheScreen(product, async (db) => {
          const { rows } = await db.query<{ n: string }>(
            "select count(*) as n from client_figures where client_id = any($1) and errors + incoming + pending > 0",
            [[refused.clientId, paid.clientId, failed.clientId]],
          );
          return Number(rows[0]?.n);
        }),
      { timeout: 20_000 },
    )
    .toBe(3);
  const context = await browser.newContext({ baseURL: product.url, storageState: undefined });
  const page = await context.newPage();
  await signIn(page, email, product.password);
  await expect(page).toHaveURL(/\/clients$/);
  const problems = page.getByRole("list", { name: "Needs attention first" }).getByRole("listitem");
  await expect(problems).toHaveCount(3);
  await expect(problems.nth(0)).toContainText("2 records in Error Feedback");
  await expect(problems.nth(0)).toContainText("900.00");
  await expect(problems.nth(1)).toContainText("The nightly run failed: Xero did not answer. 2 records are waiting for it.");
  await expect(problems.nth(1)).toContainText("700.00");
  await expect(problems.nth(2)).toContainText("1 payment to create in Import");
  const morning = page.getByRole("region", { name: "This morning" });
  await expect(morning).toContainText(/Night of .*: 0 clients with changes, 0 records sent for 0 clients, 1 failed/);
  await expect(morning.getByRole("link", { name: /Oldest unsent/ })).toContainText("1 Nov 2026");
  expect(await axeFindings(page)).toEqual([]);
  await problems.nth(2).getByRole("link", { name: "1 payment to create in Import" }).click();
  await expect(page).toHaveURL(new RegExp(`/clients/${paid.slug}/import`));
  await context.close();
});
