import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import { listConnectors } from "#lib/connectors/registry.ts";
import { ROOT } from "./binaries.ts";
import { ensureBuild, NEXT } from "./build.ts";
import { makeFolder, readJson } from "./files.ts";
import { faultsOfPlaywright, faultsOfVitest, suiteSchema } from "./test-faults.ts";
import { testOptions } from "./test-options.ts";
import { reportSchema, secondsByPackage } from "./test-seconds.ts";
import {
  atLeastOne,
  type Count,
  conclude,
  quietly,
  run,
  stage,
  told,
  whole,
} from "./test-stages.ts";

/**
 * Everything CI runs, or with `--package` what belongs to one package. A stage that fails doesn't
 * stop the next ones; the last line counts, a whole stage as one where it has no tests.
 */

const module = (...path: string[]) => join(ROOT, "node_modules", ...path);
/** The types of the app's routes, which a build writes as it begins. */
const ROUTE_TYPES = join(ROOT, ".next", "types", "validator.ts");

const playwrightSchema = z.object({
  suites: z.array(suiteSchema),
  stats: z.object({
    expected: z.number(),
    unexpected: z.number(),
    flaky: z.number(),
    skipped: z.number(),
  }),
});

const packages = listConnectors().map((connector) => connector.id);
const { packageId, shard } = testOptions(process.argv.slice(2), packages);
const reports = join(ROOT, ".data", "reports", String(process.pid));
makeFolder(reports, 0o755);
await (packageId === null ? everything() : ofPackage(packageId));
rmSync(reports, { recursive: true, force: true });
conclude();

async function everything(): Promise<void> {
  // Before the tests, because one of them starts the whole product. Types and lint are checked
  // meanwhile: a build leaves part of two cores idle.
  const build = ensureBuild(console.log);
  const types = routeTypes(build).then(checkTypes);
  const lint = checkLint();
  const unused = checkUnused();
  await stage("build", async () => {
    await build;
    return whole(true);
  });
  await stage("types, beside the build", async () => told(await types));
  await stage("lint, beside the build", async () => told(await lint));
  await stage("unused files, exports and dependencies, beside the build", async () =>
    told(await unused),
  );
  // A part of a runner's tests may hold none.
  const part = shard === null ? [] : [`--shard=${shard}`, "--passWithNoTests"];
  await vitest("unit, database and contract tests", part);
  await stage("browser tests", browserTests);
}

/**
 * One package's tests and the throwaway packages', with types and lint beside them: a minute. What
 * goes through the engine and a database too is left to a whole run.
 */
async function ofPackage(id: string): Promise<void> {
  const typegen = mtimeOf(ROUTE_TYPES) === null ? quietly([NEXT, "typegen"]) : Promise.resolve();
  const types = typegen.then(checkTypes);
  const lint = checkLint();
  const unused = checkUnused();
  const folders = [`lib/connectors/${id}/`, `lib/simulator/${id}/`, "lib/connectors/testing/"];
  await vitest(`tests of ${id}, and of the throwaway packages`, ["--project=unit", ...folders]);
  await stage("types, beside the tests", async () => told(await types));
  await stage("lint, beside the tests", async () => told(await lint));
  await stage("unused files, exports and dependencies, beside the tests", async () =>
    told(await unused),
  );
}

function checkTypes() {
  return quietly([module("typescript", "bin", "tsc"), "--noEmit"]);
}

function checkLint() {
  return quietly([module("@biomejs", "biome", "bin", "biome"), "check", "."]);
}

function checkUnused() {
  return quietly([module("knip", "bin", "knip.js")]);
}

/** Runs Vitest, and holds what each package's tests took against the budget. */
async function vitest(name: string, args: readonly string[]): Promise<void> {
  const report = join(reports, "vitest.json");
  await stage(name, async () => {
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    const code = await run([module("vitest", "vitest.mjs"), "run", ...reporters, ...args]);
    const written = reportSchema.safeParse(readJson(report));
    if (!written.success) return whole(false);
    const { numPassedTests, numFailedTests, numPendingTests, testResults } = written.data;
    // A file that could not even be read has no failed test of its own.
    const broken = testResults.filter(
      (file) =>
        file.status === "failed" &&
        file.assertionResults.every(({ status }) => status !== "failed"),
    );
    return atLeastOne(code, {
      passed: numPassedTests,
      failed: numFailedTests + broken.length,
      skipped: numPendingTests,
      faults: faultsOfVitest(testResults),
    });
  });
  await stage("seconds of each package's own tests", async () => {
    const written = reportSchema.safeParse(readJson(report));
    if (!written.success) return whole(false);
    const spent = secondsByPackage(written.data.testResults);
    for (const { packageId, seconds, most, over } of spent)
      console.log(
        `${packageId}: ${seconds} s of the processor, of ${most}${over ? ": over the budget" : ""}`,
      );
    return whole(spent.every(({ over }) => !over));
  });
}

async function browserTests(): Promise<Count> {
  const report = join(reports, "playwright.json");
  const part = shard === null ? [] : [`--shard=${shard}`, "--pass-with-no-tests"];
  const args = ["--reporter=list,json", "--grep-invert=@pictures", ...part];
  const code = await run([module("@playwright", "test", "cli.js"), "test", ...args], {
    PLAYWRIGHT_JSON_OUTPUT_FILE: report,
  });
  const written = playwrightSchema.safeParse(readJson(report));
  if (!written.success) return whole(false);
  const { expected, unexpected, flaky, skipped } = written.data.stats;
  return atLeastOne(code, {
    passed: expected + flaky,
    failed: unexpected,
    skipped,
    again: flaky,
    faults: faultsOfPlaywright(written.data.suites),
  });
}

/** Waits for the types of the app's routes; where a build does not come so far, they are made. */
async function routeTypes(building: Promise<unknown>): Promise<void> {
  const before = mtimeOf(ROUTE_TYPES);
  let over = false;
  const ended = building.then(
    () => (over = true),
    () => (over = true),
  );
  while (!over && mtimeOf(ROUTE_TYPES) === before) await Promise.race([ended, setTimeout(200)]);
  if (mtimeOf(ROUTE_TYPES) === null) await quietly([NEXT, "typegen"]);
  // They are written one after the other, within a twentieth of a second.
  else if (!over) await setTimeout(1_000);
}

function mtimeOf(file: string): number | null {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? null;
}
