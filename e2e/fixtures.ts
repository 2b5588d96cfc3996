import { existsSync } from "node:fs";
import { join } from "node:path";
import { test as base, expect, type Page } from "@playwright/test";
import { type Product, runningProduct } from "./product.ts";

export { expect } from "@playwright/test";

export type Role = "admin" | "adviser" | "staff" | "client";

interface Options {
  /** Who is signed in when a spec begins; null for nobody. `test.use({ role: "staff" })`. */
  role: Role | null;
}

interface Shared {
  /** The product that all specs of a run share. */
  product: Product;
}

/**
 * Waits until React has taken over what the server drew: what is chosen in a list before that is set back without a word. Pages of others
 * (the simulator's consent page) have nothing to wait for.
 */
export async function alive(page: Page): Promise<void> {
  const asleep = () => {
    if (document.querySelector('script[src*="/_next/"]') === null) return [];
    // Hidden from people are the boxes that a library measures text with; React has nothing to do with them.
    return [...document.querySelectorAll("button, select, input, textarea")]
      .filter((control) => control.getAttribute("aria-hidden") !== "true")
      .filter((control) => !Object.keys(control).some((key) => key.startsWith("__reactProps")))
      .map((control) => control.outerHTML.slice(0, 200));
  };
  await expect
    .poll(() => page.evaluate(asleep), { intervals: [20, 50, 100], message: "React has taken over every control" })
    .toEqual([]);
}

/** Playwright's test, aimed at this run's product, with one of the four demo people signed in when a spec asks for one. */
export const test = base.extend<Options, Shared>({
  role: [null, { option: true }],
  product: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the first parameter's pattern to know which fixtures to make.
    async ({}, use) => {
      await use(runningProduct());
    },
    { scope: "worker" },
  ],
  page: async ({ page }, use) => {
    const goto = page.goto.bind(page);
    page.goto = async (url, options) => {
      const answer = await goto(url, options);
      await alive(page);
      return answer;
    };
    await use(page);
  },
  baseURL: async ({ product }, use) => {
    await use(product.url);
  },
  storageState: async ({ role, product, browser }, use) => {
    if (role === null) {
      await use(undefined);
      return;
    }
    // Signed in through the screen once a run, and kept: sign-in attempts are limited, and each takes half a second.
    const kept = join(product.dataDir, `${role}.json`);
    if (!existsSync(kept)) {
      const context = await browser.newContext({ baseURL: product.url, storageState: undefined });
      const page = await context.newPage();
      await page.goto("/sign-in");
      await page.getByLabel("E-mail").fill(`${role}@demo.greentick.test`);
      await page.getByLabel("Password", { exact: true }).fill(product.password);
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
      await context.storageState({ path: kept });
      await context.close();
    }
    await use(kept);
  },
});
