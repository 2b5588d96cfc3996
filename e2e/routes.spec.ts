import { mkdirSync } from "node:fs";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { ROOT } from "#lib/start/binaries.ts";
import { addressOf, appRoutes } from "./app-routes.ts";
import { expect, test } from "./fixtures.ts";
import { makeWorkingDay } from "./routes-scene.ts";

test.use({ role: "admin" });

const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 390, height: 844 };
const LOOKS = [
  { viewport: WIDE, colorScheme: "light", axe: true },
  { viewport: WIDE, colorScheme: "dark", axe: false },
  { viewport: NARROW, colorScheme: "dark", axe: true },
  { viewport: NARROW, colorScheme: "light", axe: false },
] as const;

/** Left out of git: pictures are for looking at, and what can be told without looking is asserted. */
const FOLDER = join(ROOT, ".screenshots");

test("every page of the app, wide and narrow, light and dark: axe finds nothing serious, nothing scrolls sideways, the console is silent", async ({
  page,
  product,
  browser,
}) => {
  // Some fifty pages: a minute on a quiet machine, and several beside other work.
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
    await shown.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    const answer = await shown.goto(address);
    expect.soft(answer?.status(), address).toBe(200);
    await expect.soft(shown.getByRole("heading", { level: 1 }).first(), address).toBeVisible();
    await shown.waitForLoadState("networkidle");
    const name = route.path === "/" ? "home" : route.path.slice(1).replaceAll("/", "-").replace(/[[\]]/g, "");
    for (const { viewport, colorScheme, axe } of LOOKS) {
      const look = `${address}, ${viewport.width} px, ${colorScheme}`;
      await shown.setViewportSize(viewport);
      await shown.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await expect(shown.locator("html"), look).toHaveAttribute("data-mantine-color-scheme", colorScheme);
      await shown.screenshot({
        path: join(FOLDER, `${name}-${viewport.width}-${colorScheme}.png`),
        fullPage: viewport === NARROW,
      });
      const widest = await shown.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect.soft(widest, `${look}: scrolls sideways`).toBeLessThanOrEqual(0);
      if (!axe) continue;
      const { violations } = await new AxeBuilder({ page: shown }).analyze();
      const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
      expect
        .soft(
          grave.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
          look,
        )
        .toEqual([]);
    }
  }
  await nobody.close();
  expect(complaints).toEqual([]);
});
