import type { Locator, Page } from "@playwright/test";
import { expect } from "./fixtures.ts";

/** More stops than any page has: whoever needs more cannot reach it. */
const MOST_STOPS = 200;

/** Presses Tab (or Shift Tab) until the element has the focus, as somebody without a mouse does. Fails when no number of them gets there. */
export async function tabTo(page: Page, target: Locator, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  await expect(target).toBeVisible();
  await expect(target).toBeEnabled();
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${target} is not reached by ${key}`);
}

/** Goes to a button or link by keyboard and presses Enter. */
export async function pressOn(page: Page, target: Locator, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  await tabTo(page, target, key);
  await page.keyboard.press("Enter");
}

/** A page of the client, by the navigation at the left. */
export async function openByNavigation(page: Page, name: RegExp): Promise<void> {
  await pressOn(page, page.getByRole("navigation", { name: "Console" }).getByRole("link", { name }));
}

/** Goes to the grid's one stop: the row that is its place. */
export async function tabToRows(page: Page, grid: Locator): Promise<void> {
  await expect(grid.locator("[data-row-index]").first()).toBeVisible();
  const place = grid.locator("[data-row-index]:focus");
  for (let stop = 0; stop < MOST_STOPS && (await place.count()) === 0; stop += 1) await page.keyboard.press("Tab");
  await expect(place).toHaveCount(1);
}
