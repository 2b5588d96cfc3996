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
  for (const words of [/^Start$/, /^End$/, /^Seen, equal$/])
    await expect(page.getByRole("term").filter({ hasText: words })).toBeVisible();
  await page.getByRole("searchbox", { name: "Find a record in this run" }).fill("INV-");
  await page.getByRole("button", { name: "Find" }).click();
  await expect(page.getByRole("table").getByRole("row")).toHaveCount(2);
});
