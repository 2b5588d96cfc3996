import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { z } from "zod";
import { childEnv } from "#lib/env.ts";
import { ROOT } from "./binaries.ts";
import { makeFolder, readJson, writeWhole } from "./files.ts";
import { takeLock, waitUntil } from "./processes.ts";
import { StartRefusal } from "./refusal.ts";

/** Next's command, run by this same Node. */
export const NEXT = join(ROOT, "node_modules", "next", "dist", "bin", "next");

const STAMP = join(ROOT, ".next", "greentick-sources.json");
const FOLDERS = ["app", "components", "db", "lib", "public"];
const FILES = ["next.config.js", "package.json", "package-lock.json", "tsconfig.json", "proxy.ts", "instrumentation.ts"];
/** Never part of what web serves. */
const APART = new Set(["lib/start", "lib/testing", "lib/bench", "lib/campaign", "db/migrations"]);

const stampSchema = z.object({ sources: z.string() });

/** Whether the build in `.next` is of the sources as they are now. Compared by content: a fresh clone's times say nothing. */
function isBuilt(): boolean {
  const stamp = stampSchema.safeParse(readJson(STAMP));
  return stamp.success && existsSync(join(ROOT, ".next", "BUILD_ID")) && stamp.data.sources === sourcesHash();
}

/**
 * Builds web when there is no build, or one of other sources. Two at once wait for each other.
 *
 * @param signal gives up: the build is stopped, and the call returns without one
 * @throws {StartRefusal} when the build fails; its own words have then been printed
 */
export async function ensureBuild(say: (line: string) => void, signal?: AbortSignal): Promise<void> {
  if (isBuilt()) return;
  makeFolder(join(ROOT, ".data"), 0o711);
  let lock = takeLock(join(ROOT, ".data", "build.lock"), "building");
  await waitUntil(() => {
    if (signal?.aborted === true || "release" in lock) return true;
    lock = takeLock(join(ROOT, ".data", "build.lock"), "building");
    return "release" in lock;
  }, 600_000);
  if (signal?.aborted === true && !("release" in lock)) return;
  if (!("release" in lock)) throw new StartRefusal(`Process ${lock.holder.pid} has been building for ten minutes.`);
  try {
    if (isBuilt()) return;
    say("Building the pages (once, and again when the sources change) ...");
    const sources = sourcesHash();
    rmSync(STAMP, { force: true });
    const code = await build(signal);
    if (signal?.aborted === true) return;
    if (code !== 0) throw new StartRefusal("The pages could not be built; the reason is printed above.");
    writeWhole(STAMP, `${JSON.stringify({ sources })}\n`, 0o644);
  } finally {
    lock.release();
  }
}

/** Runs Next's build; answers its exit code. */
async function build(signal: AbortSignal | undefined): Promise<number> {
  return await new Promise((resolve) => {
    const run = spawn(process.execPath, [NEXT, "build"], {
      cwd: ROOT,
      stdio: "inherit",
      env: childEnv({ NEXT_TELEMETRY_DISABLED: "1" }),
    });
    const stop = () => run.kill("SIGTERM");
    signal?.addEventListener("abort", stop);
    run.on("error", () => resolve(1));
    run.on("exit", (code) => {
      signal?.removeEventListener("abort", stop);
      resolve(code ?? 1);
    });
  });
}

function sourcesHash(): string {
  const hash = createHash("sha256");
  for (const file of [
    ...FILES.map((name) => join(ROOT, name)).filter(existsSync),
    ...FOLDERS.flatMap((name) => filesUnder(join(ROOT, name))),
  ]) {
    hash
      .update(`${relative(ROOT, file)}\0`)
      .update(readFileSync(file))
      .update("\0");
  }
  return hash.digest("hex");
}

function filesUnder(folder: string): string[] {
  if (!existsSync(folder) || APART.has(relative(ROOT, folder).replaceAll("\\", "/"))) return [];
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesUnder(path);
      return /\.test\.tsx?$/.test(entry.name) || !entry.isFile() ? [] : [path];
    });
}
