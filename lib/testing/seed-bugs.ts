import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { childEnv } from "#lib/env.ts";
import { ROOT } from "#lib/start/binaries.ts";
import { readJson } from "#lib/start/files.ts";
import type { SeededBug } from "./seeded-bugs.ts";

/** What became of one safety rule's test, with the rule in the code and without it. `none`: no test of that name ran. */
export interface SeededOutcome {
  readonly bug: SeededBug;
  readonly withRule: Outcome;
  readonly without: Outcome;
  /** The tests that turned red without the rule, and the first line of what the first of them said. */
  readonly red: readonly string[];
  readonly said: string | null;
  /** Green with the rule, red without. */
  readonly noticed: boolean;
}

type Outcome = "red" | "green" | "none" | "the text of the rule does not stand once in the file";

const reportSchema = z.object({
  testResults: z.array(
    z.object({
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).default([]) }),
      ),
    }),
  ),
});

const LONGEST_MS = 300_000;

/**
 * Takes one safety rule after the other out of a copy of the product and runs the test that holds it, which must fail; `report` is told of
 * each as soon as it is done.
 */
export function seedBugs(bugs: readonly SeededBug[], report: (outcome: SeededOutcome) => void): SeededOutcome[] {
  const copy = copyOf(ROOT);
  try {
    // With every rule in, file by file: a file's set-up is done once for all its tests.
    const before = new Map<string, Ran>();
    for (const [file, of] of Map.groupBy(bugs, (bug) => bug.test)) before.set(file, runTests(copy, file, of));
    return bugs.map((bug) => {
      const path = join(copy, bug.file);
      const whole = readFileSync(path, "utf8");
      const withRule = before.get(bug.test)?.outcomeOf(bug) ?? "none";
      let without: Outcome = "the text of the rule does not stand once in the file";
      let red: readonly { readonly fullName: string; readonly failureMessages: readonly string[] }[] = [];
      if (whole.split(bug.takes).length === 2) {
        writeFileSync(
          path,
          whole.replace(bug.takes, () => bug.puts),
        );
        const ran = runTests(copy, bug.test, [bug]);
        writeFileSync(path, whole);
        without = ran.outcomeOf(bug);
        red = ran.red;
      }
      const outcome = {
        bug,
        withRule,
        without,
        red: red.map((one) => one.fullName),
        said: red[0]?.failureMessages[0]?.split("\n", 1)[0] ?? null,
        noticed: withRule === "green" && without === "red",
      };
      report(outcome);
      return outcome;
    });
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function copyOf(root: string): string {
  const copy = mkdtempSync(join(tmpdir(), "greentick-seeded-"));
  const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { cwd: root, encoding: "utf8" }).split("\n");
  for (const file of files.filter((one) => /^(lib|db)\/|^[^/]+\.(json|ts)$/.test(one))) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    try {
      cpSync(join(root, file), join(copy, file));
    } catch (error) {
      // Deleted in the work tree and still in the index.
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    }
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  return copy;
}

interface Ran {
  readonly outcomeOf: (bug: SeededBug) => "red" | "green" | "none";
  readonly red: readonly { readonly fullName: string; readonly failureMessages: readonly string[] }[];
}

/** Runs of one test file the tests of these bugs. A file that cannot be read has run none. */
function runTests(copy: string, file: string, bugs: readonly SeededBug[]): Ran {
  const names = bugs.map((bug) => bug.name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const report = join(copy, "report.json");
  rmSync(report, { force: true });
  spawnSync(
    process.execPath,
    ["node_modules/vitest/vitest.mjs", "run", file, "-t", `(${names.join("|")})`, "--reporter=json", `--outputFile=${report}`],
    { cwd: copy, env: { ...childEnv(), NODE_ENV: "test" }, stdio: "ignore", timeout: LONGEST_MS },
  );
  const told = reportSchema.safeParse(readJson(report));
  const ran = told.success
    ? told.data.testResults
        .flatMap((one) => one.assertionResults)
        .filter((one) => one.status === "passed" || one.status === "failed")
    : [];
  return {
    outcomeOf(bug) {
      const of = ran.filter((one) => one.fullName.includes(bug.name));
      return of.length === 0 ? "none" : of.some((one) => one.status === "failed") ? "red" : "green";
    },
    red: ran.filter((one) => one.status === "failed"),
  };
}
