import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { SEEDED_BUGS, type SeededBug } from "./seeded-bugs.ts";

// Takes one safety rule after the other out of a copy of the product and runs the test that holds it: it must fail. Run with words of a
// rule's name for some of them alone. Exits with 1 when a test stays green, or is red with the rule in.

const ROOT = join(import.meta.dirname, "../..");

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

/** What became of the one test: `red`, `green`, or `none` when no test of that name ran. */
function outcomeOf(copy: string, bug: SeededBug): "red" | "green" | "none" {
  const name = bug.name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const report = join(copy, "report.json");
  rmSync(report, { force: true });
  spawnSync(
    process.execPath,
    ["node_modules/vitest/vitest.mjs", "run", bug.test, "-t", name, "--reporter=json", `--outputFile=${report}`],
    { cwd: copy, stdio: "ignore", timeout: 300_000 },
  );
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, "utf8")) as {
    numPassedTests: number;
    numFailedTests: number;
  };
  return numFailedTests > 0 ? "red" : numPassedTests > 0 ? "green" : "none";
}

const words = process.argv.slice(2).map((word) => word.toLowerCase());
const chosen = SEEDED_BUGS.filter((bug) => words.every((word) => bug.rule.toLowerCase().includes(word)));
const copy = copyOf(ROOT);
let wrong = 0;
try {
  for (const bug of chosen) {
    const path = join(copy, bug.file);
    const whole = readFileSync(path, "utf8");
    if (whole.split(bug.takes).length !== 2) throw new Error(`${bug.rule}: its text does not stand once in ${bug.file}`);
    const before = outcomeOf(copy, bug);
    writeFileSync(
      path,
      whole.replace(bug.takes, () => bug.puts),
    );
    const after = outcomeOf(copy, bug);
    writeFileSync(path, whole);
    const held = before === "green" && after === "red";
    if (!held) wrong += 1;
    process.stdout.write(`${held ? "held" : "NOT HELD"}: ${bug.rule} (with the rule ${before}, without ${after}) ${bug.test}\n`);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
process.exitCode = wrong > 0 ? 1 : 0;
