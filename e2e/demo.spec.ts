import { removeScratch } from "#lib/start/embedded.ts";
import { startTestProduct, type TestProduct } from "#lib/testing/product.ts";
import { claimScratch } from "#lib/testing/scratch.ts";
import { axeFindings } from "./axe.ts";
import { alive, expect, test } from "./fixtures.ts";

test.describe.configure({ mode: "serial" });

// As a person starts it: with the two clients that show a practice at work, which the specs' shared product goes without.
let own: TestProduct;
let folder: Awaited<ReturnType<typeof claimScratch>>;
test.beforeAll(async () => {
  test.setTimeout(240_000);
  folder = await claimScratch("start");
  own = await startTestProduct(folder.dataDir, { DEMO_SCENE: "1" });
});
test.afterAll(async () => {
  await own?.stop();
  if (!folder) return;
  await removeScratch(folder.dataDir);
  folder.release();
});

test("FD10 D1 the first screen of the demo says what needs doing, and what to try", async ({ page, context }) => {
  test.setTimeout(240_000);
  await page.goto(`${own.url}/sign-in`);
  await page.getByLabel("E-mail").fill("staff@demo.greentick.test");
  await page.getByLabel("Password", { exact: true }).fill(own.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL(/\/clients$/);
  // The console answers while the scene is made, and the page follows by itself.
  const strip = page.getByRole("region", { name: "Try this" });
  await expect(strip).toBeVisible({ timeout: 150_000 });
  const morning = page.getByRole("region", { name: "This morning" });
  await expect(morning).not.toContainText("Nothing needs attention");
  const problems = morning.getByRole("list").last().getByRole("listitem");
  await expect(problems).toHaveCount(3);
  for (const [at, words] of ["3 records in Error Feedback", "1 record differs", "1 payment to create"].entries()) {
    await expect(problems.nth(at)).toContainText("Dunmore Garden Supplies");
    await expect(problems.nth(at)).toContainText(words);
  }
  await alive(page);
  expect(await axeFindings(page)).toEqual([]);

  // A link into the simulator, and back: the invoice is paid there and waits in Import here.
  const [simulator] = await Promise.all([
    context.waitForEvent("page"),
    strip.getByRole("link", { name: /^Pay INV-3009 / }).click(),
  ]);
  await simulator.getByRole("button", { name: "Pay", exact: true }).click();
  await expect(simulator.getByRole("status")).toContainText("paid");
  await simulator.close();
  await page.goto(`${own.url}/clients/dunmore-garden-supplies/import`);
  await page.getByRole("button", { name: "Read payments now" }).click();
  await expect(page.getByText("INV-3009").first()).toBeVisible({ timeout: 60_000 });

  await page.goto(`${own.url}/clients/dunmore-garden-supplies`);
  await expect(page.getByRole("region", { name: "Try this" })).toBeVisible();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole("button", { name: /^Dismiss/ }).click();
  await expect(page.getByRole("region", { name: "Try this" })).toHaveCount(0);
  await page.goto(`${own.url}/clients`);
  await expect(page.getByRole("rowheader").getByRole("link", { name: "Elmfield Joinery" })).toBeVisible();
  await expect(page.getByRole("region", { name: "Try this" })).toHaveCount(0);
});
