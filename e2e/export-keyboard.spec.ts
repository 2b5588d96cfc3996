import { makeExportScene, mapCodes, panelOf, rowsOf } from "./export-scene.ts";
import { expect, test } from "./fixtures.ts";
import type { OwnClient } from "./own-client.ts";

test.describe.configure({ mode: "serial" });
test.use({ role: "staff" });

const CODES = ["4000", "4000", "4000", "4000"];

let own: OwnClient;
test.beforeAll(async ({ product }) => {
  test.setTimeout(120_000);
  own = await makeExportScene(product, CODES);
  await mapCodes(product, own, ["4000"]);
});

test("M53 rows are found, chosen, opened and uploaded without the mouse", async ({ page }) => {
  test.setTimeout(180_000);
  await page.goto(`/clients/${own.slug}/export`);
  const grid = page.getByRole("grid", { name: "Pending Export" });
  const chosen = grid.locator('[aria-selected="true"]');
  const focused = grid.locator("[data-row-index]:focus");
  await expect(rowsOf(page, "Pending Export")).toHaveCount(CODES.length + 1);

  // Tab reaches the grid's one stop: the row that is its place.
  await page.getByRole("textbox", { name: "Filter Pending Export" }).focus();
  for (let stop = 0; stop < 20 && (await focused.count()) === 0; stop += 1) await page.keyboard.press("Tab");
  await page.keyboard.press("End");
  await expect(focused).toHaveAttribute("data-row-index", String(CODES.length));
  await page.keyboard.press("Home");
  await expect(focused).toHaveAttribute("data-row-index", "0");

  await page.keyboard.press("Space");
  await expect(chosen).toHaveCount(1);
  await page.keyboard.press("Shift+ArrowDown");
  await page.keyboard.press("Shift+ArrowDown");
  await expect(chosen).toHaveCount(3);
  await expect(page.getByRole("status").filter({ hasText: "3 selected" })).toBeAttached();
  await page.keyboard.press("Escape");
  await expect(chosen).toHaveCount(0);

  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toContainText("Timeline");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(focused).toHaveAttribute("data-row-index", "2");

  await page.keyboard.press("Control+a");
  await expect(chosen).toHaveCount(CODES.length + 1);
  await expect(panelOf(page, "Pending Export")).toContainText("sales £480.00");
  await page.keyboard.press("Shift+F10");
  await expect(page.getByRole("menuitem", { name: `Upload data (${CODES.length + 1})` })).toBeVisible();
  const upload = page.getByRole("menuitem", { name: /^Upload data/ });
  for (let step = 0; step < 8 && !(await upload.evaluate((item) => item === document.activeElement)); step += 1) {
    await page.keyboard.press("ArrowDown");
  }
  await expect(upload).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByText(new RegExp(`Run \\d+: ${CODES.length + 1} on their way`))).toBeVisible();
  await expect(rowsOf(page, "Exported Successfully").locator('[data-tick="confirmed"]')).toHaveCount(CODES.length + 1, {
    timeout: 120_000,
  });
});
