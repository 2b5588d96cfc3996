import { axeFindings } from "./axe.ts";
import { connectAndRead, mapCodes } from "./export-scene.ts";
import { expect, test } from "./fixtures.ts";
import { addInvoices, behindTheScreen, makeOwnClient, type OwnClient } from "./own-client.ts";

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
  await page.getByRole("radio", { name: "Practice-like" }).check();
  await expect(night).toContainText("sends what waits in Pending Export");
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
  await expect(night).toContainText("No night comes to this client.");
  await night.getByLabel("Run every night").check();
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
  const whole = page.getByRole("main");
  for (const words of ["Start", "End", "Seen, equal"]) await expect(whole.getByText(words, { exact: true })).toBeVisible();
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
  const whole = page.getByRole("region", { name: "As a whole" });
  for (const words of ["In line", "Calls a second", /^(Expected to end|Ended)$/])
    await expect(whole.getByText(words)).toBeVisible();
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
  await expect(page.getByText("No client is like that")).toBeVisible();
});

test.describe("an administrator", () => {
  test.use({ role: "admin" });
  test("N10 wakes a worker for a wake-up that was given up, and it leaves the dead letters", async ({ page, product }) => {
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
    await expect(page.getByText(`A worker is woken for ${name}.`)).toBeVisible();
    await expect(letter).toHaveCount(0);
  });
});
