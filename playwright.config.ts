import { defineConfig } from "@playwright/test";
import { BROWSER_ARGS, findBrowser } from "#lib/testing/browser.ts";

const browser = findBrowser();

export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  globalSetup: "./e2e/global-setup.ts",
  // The product and its browsers share two cores; specs share one product, each with a client of its own, and mostly wait.
  workers: 3,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: true,
  reporter: "list",
  use: {
    browserName: "chromium",
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    timezoneId: "Europe/London",
    contextOptions: { reducedMotion: "reduce" },
    // Without the film: drawing it takes a third of a core.
    trace: { mode: "retain-on-failure", screenshots: false },
    launchOptions: {
      args: [...BROWSER_ARGS],
      ...(browser === null || browser === "own" ? {} : { executablePath: browser.path }),
    },
  },
});
