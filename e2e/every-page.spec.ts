import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "#lib/start/binaries.ts";
import { addressOf, appRoutes } from "./app-routes.ts";
import { axeFindings } from "./axe.ts";
import { makeWorkingDay } from "./every-page-scene.ts";
import { expect, test } from "./fixtures.ts";

test.use({ role: "admin" });

const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 390, height: 844 };
/** What another width or colour scheme can change: the rest is told by the first look. */
const BY_LOOK = ["color-contrast", "link-in-text-block", "scrollable-region-focusable"];
const LOOKS = [
  { viewport: WIDE, colorScheme: "light", axe: "all", everyRun: true },
  { viewport: WIDE, colorScheme: "dark", axe: "none", everyRun: false },
  { viewport: NARROW, colorScheme: "dark", axe: "by look", everyRun: false },
  { viewport: NARROW, colorScheme: "light", axe: "none", everyRun: true },
] as const;
/** What every run does, and what `npm run pictures` does: all four looks of fifty pages take minutes. */
const RUNS = [
  {
    title: "every page of the app, wide and narrow: axe finds nothing serious, nothing scrolls sideways, the console is silent",
    whole: false,
  },
  { title: "every page of the app, wide and narrow, light and dark, pictured and held against axe @pictures", whole: true },
] as const;

/** Left out of git: pictures are for looking at, and what can be told without looking is asserted. */
const FOLDER = join(ROOT, ".screenshots");

for (const { title, whole } of RUNS) {
  test(title, async ({ page, product, browser }) => {
    test.setTimeout(900_000);
    mkdirSync(FOLDER, { recursive: true });
    const { values } = await makeWorkingDay(product, browser);
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(`${page.url()} ${message.text()}`);
    });
    page.on("pageerror", (error) => complaints.push(`${page.url()} ${error.message}`));
    const nobody = await browser.newContext({ baseURL: product.url, storageState: undefined });
    const outside = await nobody.newPage();

    for (const route of appRoutes().filter(({ kind }) => kind === "page")) {
      const shown = route.open ? outside : page;
      const address = addressOf(route.path, (name, folder) => values[`${folder}/${name}`] ?? values[name]);
      await shown.setViewportSize(WIDE);
      await shown.emulateMedia({ colorScheme: "light" });
      const answer = await shown.goto(address);
      expect.soft(answer?.status(), address).toBe(200);
      await expect.soft(shown.getByRole("heading", { level: 1 }).first(), address).toBeVisible();
      await expect.soft(shown.locator(".mantine-Skeleton-root"), address).toHaveCount(0);
      const name = route.path === "/" ? "home" : route.path.slice(1).replaceAll("/", "-").replace(/[[\]]/g, "");
      for (const { viewport, colorScheme, axe } of LOOKS.filter(({ everyRun }) => whole || everyRun)) {
        const look = `${address}, ${viewport.width} px, ${colorScheme}`;
        await shown.setViewportSize(viewport);
        await shown.emulateMedia({ colorScheme });
        await expect(shown.locator("html"), look).toHaveAttribute("data-mantine-color-scheme", colorScheme);
        if (whole) {
          await shown.screenshot({
            path: join(FOLDER, `${name}-${viewport.width}-${colorScheme}.png`),
            fullPage: viewport === NARROW,
          });
        }
        const widest = await shown.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect.soft(widest, `${look}: scrolls sideways`).toBeLessThanOrEqual(0);
        if (axe === "none") continue;
        const found = await axeFindings(shown, { least: "serious", ...(axe === "all" ? {} : { rules: BY_LOOK }) });
        expect.soft(found, look).toEqual([]);
      }
    }
    await nobody.close();
    expect(complaints).toEqual([]);
  });
}
