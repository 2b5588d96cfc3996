import { defineConfig } from "@playwright/test";
import { BROWSER_ARGS, findBrowser } from "#lib/testing/browser.ts";
import { TEST_WORKERS } from "#lib/testing/workers.ts";

const browser = findBrowser();

export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  globalSetup: "./e2e/global-setup.ts",
  // The product and its browsers share two cores; specs share one product, each with a client of its own, and mostly wait.
  workers: TEST_WORKERS,
  timeout: 90_000,
  // Longer than anything takes alone: three browsers, the product and its database share the processor with whoever else is there.
  expect: { timeout: 20_000 },
  // Once, and never in silence: what passed only the second time is named and counted in the last lines of `npm test`.
  retries: 1,
  forbidOnly: true,
  reporter: "list",
  use: {
    browserName: "chromium",
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    timezoneId: "Europe/London",
    contextOptions: { reducedMotion: "reduce" },
    // Of a second try alone, and without the film: keeping both of every test takes half a core.
    trace: { mode: "on-first-retry", screenshots: false },
    launchOptions: {
      args: [...BROWSER_ARGS],
      ...(browser === null || browser === "own" ? {} : { executablePath: browser.path }),
    },
  },
});
