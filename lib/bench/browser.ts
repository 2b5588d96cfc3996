import { gzipSync } from "node:zlib";
import { type Browser, type BrowserContext, chromium, type Page } from "@playwright/test";
import { startScratchProduct } from "#lib/campaign/product.ts";
import { BROWSER_ARGS, findBrowser, requireBrowser } from "#lib/testing/browser.ts";
import { tidy } from "./grid.ts";
import { quantile, rounded } from "./machine.ts";
import { problemsOnly } from "./posting.ts";
import { addInvoices, CUSTOMERS, connectedClient, PRODUCTS, SLUG } from "./scene.ts";
import { signInCookies } from "./sign-in.ts";

export interface BrowserBenchOptions {
  readonly seed: number;
  /** Rows in Pending Export. */
  readonly pending: number;
  readonly say: (line: string) => void;
}

export interface BrowserBenchResult {
  readonly bench: "browser";
  readonly seed: number;
  readonly seconds: number;
  readonly ok: boolean;
  /** Median of several loads with an empty cache. */
  readonly lcpMs: number;
  /** The slowest of the interactions that choose rows, by mouse and by keyboard. */
  readonly inpMs: number;
  readonly longTasksOver100: number;
  /** The most rows in the document at once, while scrolling. */
  readonly domRows: number;
  /** Scripts that the page loads, gzipped. */
  readonly jsGzipKiB: number;
}

const SLOWER = 4;
const LOADS = 5;
const SCROLLS = 40;

declare global {
  interface Window {
    benchSeen?: { lcp: number; interactions: Record<string, number>; longTasks: number[] };
  }
}

/** The Export screen with 100,000 rows waiting, in headless Chromium with its processor slowed four times. */
export async function browserBench({ seed, pending, say }: BrowserBenchOptions): Promise<BrowserBenchResult> {
  requireBrowser();
  const began = performance.now();
  const product = await startScratchProduct(problemsOnly(say), { worker: null, web: true });
  const found = findBrowser();
  let browser: Browser | null = null;
  try {
    const { webUrl, password, ownerUrl } = product;
    if (webUrl === null) throw new Error("Web was not started");
    const { scope } = await connectedClient(product);
    await addInvoices(product, scope, { seed, from: 1, count: pending - CUSTOMERS - PRODUCTS, mostLines: 1 });
    await tidy(ownerUrl);
    say(`${pending} rows wait, after ${rounded((performance.now() - began) / 1_000)} s`);
    const cookies = await signInCookies(webUrl, "admin@demo.greentick.test", password);
    browser = await chromium.launch({
      args: [...BROWSER_ARGS],
      ...(found === null || found === "own" ? {} : { executablePath: found.path }),
    });
    const address = `${webUrl}/clients/${SLUG}/export`;
    const open = async (slow: boolean): Promise<{ context: BrowserContext; page: Page }> => {
      const context = await browserContext(browser, webUrl, cookies);
      const page = await context.newPage();
      await page.addInitScript(observe);
      if (slow) {
        const session = await context.newCDPSession(page);
        await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
      }
      return { context, page };
    };
    const ready = async (page: Page) => {
      await page.goto(address, { waitUntil: "load" });
      await page.getByRole("grid", { name: "Pending Export" }).locator("[data-row-index]").first().waitFor();
    };

    // The first request of a fresh server is not the one that people wait for. It also tells which scripts the page is made of.
    const warm = await open(false);
    const scripts: Promise<number>[] = [];
    warm.page.on("response", (response) => {
      if (response.request().resourceType() === "script") scripts.push(response.body().then((body) => gzipSync(body).length));
    });
    await ready(warm.page);
    const bytes = (await Promise.all(scripts)).reduce((total, one) => total + one, 0);
    const told = (await warm.page.getByRole("region", { name: "Pending Export", exact: true }).textContent()) ?? "";
    await warm.context.close();

    const paints: number[] = [];
    let inpMs = 0;
    let domRows = 0;
    let longTasks: number[] = [];
    for (let load = 0; load < LOADS; load += 1) {
      const { context, page } = await open(true);
      await ready(page);
      await page.waitForLoadState("networkidle");
      paints.push((await seenBy(page)).lcp);
      if (load === LOADS - 1) {
        inpMs = await chooseRows(page);
        ({ longTasks, domRows } = await scroll(page));
      }
      await context.close();
    }
    say(`largest contentful paint of ${LOADS} loads: ${paints.map((one) => rounded(one, 0)).join(", ")} ms`);
    say(
      `longest tasks while scrolling: ${
        longTasks
          .toSorted((a, b) => b - a)
          .slice(0, 5)
          .map((one) => rounded(one, 0))
          .join(", ") || "none over 50"
      } ms`,
    );
    const counted = told.includes(pending.toLocaleString("en-GB"));
    if (!counted) say(`wrong: the panel does not say ${pending} rows: ${told.slice(0, 200)}`);
    return {
      bench: "browser",
      seed,
      seconds: rounded((performance.now() - began) / 1_000),
      ok: counted && domRows > 0 && inpMs > 0,
      lcpMs: rounded(quantile(paints, 0.5), 0),
      inpMs: rounded(inpMs, 0),
      longTasksOver100: longTasks.filter((one) => one > 100).length,
      domRows,
      jsGzipKiB: rounded(bytes / 1024),
    };
  } finally {
    await browser?.close();
    await product.close();
  }
}

async function browserContext(
  browser: Browser | null,
  url: string,
  cookies: readonly { name: string; value: string }[],
): Promise<BrowserContext> {
  if (browser === null) throw new Error("There is no browser");
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB" });
  await context.addCookies(cookies.map((cookie) => ({ ...cookie, url })));
  return context;
}

/** Runs in the page before anything of it does. */
function observe(): void {
  const seen = { lcp: 0, interactions: {} as Record<string, number>, longTasks: [] as number[] };
  window.benchSeen = seen;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) seen.lcp = entry.startTime;
  }).observe({ type: "largest-contentful-paint", buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) seen.longTasks.push(entry.duration);
  }).observe({ type: "longtask", buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const id = "interactionId" in entry ? String(entry.interactionId) : "0";
      if (id !== "0") seen.interactions[id] = Math.max(seen.interactions[id] ?? 0, entry.duration);
    }
  }).observe({ type: "event", buffered: true, durationThreshold: 16 } as PerformanceObserverInit);
}

async function seenBy(page: Page) {
  const seen = await page.evaluate(() => window.benchSeen);
  if (seen === undefined) throw new Error("The page was not watched");
  return seen;
}

/** Chooses rows as staff do: clicks, Shift and Ctrl clicks, arrows and Space, all of them. */
async function chooseRows(page: Page): Promise<number> {
  const rows = page.getByRole("grid", { name: "Pending Export" }).locator("[data-row-index]");
  for (let row = 0; row < 6; row += 1) await rows.nth(row).click();
  await rows.nth(1).click({ modifiers: ["Shift"] });
  await rows.nth(3).click({ modifiers: ["Control"] });
  for (let turn = 0; turn < 6; turn += 1) {
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Space");
  }
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Escape");
  // An entry comes with the frame after the interaction's own.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  const { interactions } = await seenBy(page);
  // Chromium reports none that took less than a frame: those are as quick as can be told.
  return Math.max(16, ...Object.values(interactions));
}

async function scroll(page: Page): Promise<{ longTasks: number[]; domRows: number }> {
  await page.evaluate(() => {
    if (window.benchSeen) window.benchSeen.longTasks = [];
  });
  const grid = page.getByRole("grid", { name: "Pending Export" });
  await grid.hover();
  let domRows = 0;
  for (let turn = 0; turn < SCROLLS; turn += 1) {
    await page.mouse.wheel(0, 1_200);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
    domRows = Math.max(domRows, await page.locator("[data-row-index]").count());
  }
  return { longTasks: (await seenBy(page)).longTasks, domRows };
}
