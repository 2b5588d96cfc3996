import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "@playwright/test";
import { childEnv } from "#lib/env.ts";
import { ROOT } from "#lib/start/binaries.ts";

/** Keeps Chromium from calling home, which a closed network answers with long waits; root may not use its sandbox. */
export const BROWSER_ARGS: readonly string[] = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // A page lives for seconds: code made quick for long use is not used long enough to pay. An eighth
  // of the browser's processor time (records.spec.ts: 40 s without, 35 s with).
  "--js-flags=--no-opt,--no-maglev,--max-lazy",
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
];

/** First the one without windows: it is what Playwright's own download holds, and takes a quarter less of the processor. */
const NAMES = [
  "chromium-headless-shell",
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "chrome",
  "msedge",
];
const PLACES = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/snap/bin/chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
];

/** Playwright's own browser (`own`), else the path of an installed Chromium or Chrome, else null. */
export function findBrowser(): "own" | { path: string } | null {
  if (existsSync(chromium.executablePath())) return "own";
  const suffix = process.platform === "win32" ? ".exe" : "";
  const folders = (childEnv().PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const installed = [...folders.flatMap((folder) => NAMES.map((name) => join(folder, name + suffix))), ...PLACES].find(
    existsSync,
  );
  return installed === undefined ? null : { path: installed };
}

/**
 * Makes sure there is a browser, by Playwright's own download when none is installed, tried once.
 *
 * @throws {Error} with the one command that mends it
 */
export function requireBrowser(): void {
  if (findBrowser() !== null) return;
  const cli = join(ROOT, "node_modules", "@playwright", "test", "cli.js");
  console.log("No Chromium or Chrome is installed; Playwright's own is downloaded ...");
  spawnSync(process.execPath, [cli, "install", "chromium"], { cwd: ROOT, stdio: "inherit", env: childEnv(), timeout: 300_000 });
  if (findBrowser() !== null) return;
  throw new Error("The browser tests need a browser. This installs one: npx playwright install --with-deps chromium");
}
