import { spawn } from "node:child_process";
import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import { childEnv } from "#lib/env.ts";
import { ROOT } from "./binaries.ts";
import { ensureBuild, NEXT } from "./build.ts";
import { makeFolder, readJson } from "./files.ts";
import { lastWords } from "./refusal.ts";

/** Everything CI runs. A stage that fails doesn't stop the next ones; the last line counts, a whole stage as one where it has no tests. */

interface Count {
  passed: number;
  failed: number;
  skipped: number;
  /** Of those that passed: the ones that failed first. */
  again?: number;
}

const module = (...path: string[]) => join(ROOT, "node_modules", ...path);
const reports = join(ROOT, ".data", "reports", String(process.pid));
makeFolder(reports, 0o755);

const vitestSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) })),
});
const playwrightSchema = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
});

const counts: [string, Count][] = [];
// Before the tests, because one of them starts the whole product. Types and lint are checked meanwhile: a build leaves part of two cores idle.
const build = ensureBuild(console.log);
const types = routeTypes(build).then(() => quietly([module("typescript", "bin", "tsc"), "--noEmit"]));
const lint = quietly([module("@biomejs", "biome", "bin", "biome"), "check", "."]);
const unused = quietly([module("knip", "bin", "knip.js")]);
await stage("build", async () => {
  await build;
  return whole(true);
});
await stage("types, beside the build", async () => told(await types));
await stage("lint, beside the build", async () => told(await lint));
await stage("unused files, exports and dependencies, beside the build", async () => told(await unused));
await stage("unit, database and contract tests", async () => {
  const report = join(reports, "vitest.json");
  const code = await run([
    module("vitest", "vitest.mjs"),
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ]);
  const written = vitestSchema.safeParse(readJson(report));
  if (!written.success) return whole(false);
  const { numPassedTests, numFailedTests, numPendingTests, testResults } = written.data;
  // A file that could not even be read has no failed test of its own.
  const broken = testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.every(({ status }) => status !== "failed"),
  );
  return atLeastOne(code, { passed: numPassedTests, failed: numFailedTests + broken.length, skipped: numPendingTests });
});
await stage("browser tests", async () => {
  const report = join(reports, "playwright.json");
  const code = await run([module("@playwright", "test", "cli.js"), "test", "--reporter=list,json", "--grep-invert=@pictures"], {
    PLAYWRIGHT_JSON_OUTPUT_FILE: report,
  });
  const written = playwrightSchema.safeParse(readJson(report));
  if (!written.success) return whole(false);
  const { expected, unexpected, flaky, skipped } = written.data.stats;
  return atLeastOne(code, { passed: expected + flaky, failed: unexpected, skipped, again: flaky });
});
rmSync(reports, { recursive: true, force: true });

console.log("");
for (const [name, { passed, failed, skipped, again = 0 }] of counts) {
  const rest = `${skipped === 0 ? "" : `, ${skipped} skipped`}${again === 0 ? "" : `, ${again} of those that passed only when tried again`}`;
  console.log(`${failed === 0 ? "ok  " : "FAIL"} ${name}: ${passed} passed, ${failed} failed${rest}`);
}
const sum = (of: (count: Count) => number) => counts.reduce((total, [, count]) => total + of(count), 0);
const failed = sum((count) => count.failed);
process.exitCode = failed === 0 ? 0 : 1;
console.log(`${sum((count) => count.passed)} passed, ${failed} failed`);

async function stage(name: string, work: () => Promise<Count>): Promise<void> {
  console.log(`\n== ${name}`);
  const since = performance.now();
  let count: Count;
  try {
    count = await work();
  } catch (error) {
    console.error(lastWords(error));
    count = whole(false);
  }
  counts.push([`${name} (${Math.round((performance.now() - since) / 1000)} s)`, count]);
}

function whole(passed: boolean): Count {
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 };
}

/** A stage that ended badly without a failed test (its set-up broke, an error nobody caught) has failed all the same. */
function atLeastOne(code: number, count: Count): Count {
  return code !== 0 && count.failed === 0 ? { ...count, failed: 1 } : count;
}

/** Waits for the types of the app's routes, which a build writes as it begins; where it does not come so far, they are made. */
async function routeTypes(building: Promise<unknown>): Promise<void> {
  const file = join(ROOT, ".next", "types", "validator.ts");
  const before = mtimeOf(file);
  let over = false;
  const ended = building.then(
    () => (over = true),
    () => (over = true),
  );
  while (!over && mtimeOf(file) === before) await Promise.race([ended, setTimeout(200)]);
  if (mtimeOf(file) === null) await quietly([NEXT, "typegen"]);
  // They are written one after the other, within a twentieth of a second.
  else if (!over) await setTimeout(1_000);
}

function mtimeOf(file: string): number | null {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? null;
}

interface Said {
  readonly code: number;
  readonly output: string;
}

function told({ code, output }: Said): Count {
  process.stdout.write(output);
  return whole(code === 0);
}

/** Runs one of the tools under this same Node, its output passed through; answers the exit code. */
async function run(args: readonly string[], own: Readonly<Record<string, string>> = {}): Promise<number> {
  return (await start(args, "inherit", own)).code;
}

/** Runs one of the tools beside others; answers what it printed too. */
function quietly(args: readonly string[]): Promise<Said> {
  return start(args, "pipe", {});
}

async function start(args: readonly string[], output: "inherit" | "pipe", own: Readonly<Record<string, string>>): Promise<Said> {
  return await new Promise((resolve) => {
    const child = spawn(process.execPath, [...args], {
      cwd: ROOT,
      stdio: ["inherit", output, output],
      env: childEnv({ NEXT_TELEMETRY_DISABLED: "1", ...own }),
    });
    const said: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (part: Buffer) => said.push(part));
    const end = (code: number) => resolve({ code, output: Buffer.concat(said).toString() });
    child.on("error", () => end(1));
    child.on("close", (code) => end(code ?? 1));
  });
}
