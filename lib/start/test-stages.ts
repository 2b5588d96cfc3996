import { spawn } from "node:child_process";
import { childEnv } from "#lib/env.ts";
import { ROOT } from "./binaries.ts";
import { lastWords } from "./refusal.ts";

/** How the tests of a stage went; a stage without tests counts as one. */
export interface Count {
  passed: number;
  failed: number;
  skipped: number;
  /** Of those that passed: the ones that failed first. */
  again?: number;
  /** Which failed, and why, a line each. */
  faults?: readonly string[];
}

/** What a tool that ran beside others ended with, and printed. */
interface Said {
  readonly code: number;
  readonly output: string;
}

const counts: [string, Count][] = [];
/** Failed tests that the last lines name, of each stage. */
const MOST_FAULTS = 10;

/** Runs one stage and notes how it went. One that throws has failed; the next ones still run. */
export async function stage(name: string, work: () => Promise<Count>): Promise<void> {
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

/** Prints how each stage went and how all did; the process ends with 1 when something failed. */
export function conclude(): void {
  console.log("");
  for (const [name, { passed, failed, skipped, again = 0, faults = [] }] of counts) {
    const left = skipped === 0 ? "" : `, ${skipped} skipped`;
    const tried = again === 0 ? "" : `, ${again} of those that passed only when tried again`;
    const verdict = failed === 0 ? "ok  " : "FAIL";
    console.log(`${verdict} ${name}: ${passed} passed, ${failed} failed${left}${tried}`);
    // The last lines are all that some runners keep.
    for (const fault of faults.slice(0, MOST_FAULTS)) console.log(`     ${fault}`);
    if (faults.length > MOST_FAULTS) console.log(`     and ${faults.length - MOST_FAULTS} more`);
  }
  const sum = (of: (count: Count) => number) =>
    counts.reduce((total, [, count]) => total + of(count), 0);
  const failed = sum((count) => count.failed);
  process.exitCode = failed === 0 ? 0 : 1;
  console.log(`${sum((count) => count.passed)} passed, ${failed} failed`);
}

/** A stage without tests. */
export function whole(passed: boolean): Count {
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 };
}

/** A stage that ended badly without a failed test has failed: its set-up broke, say. */
export function atLeastOne(code: number, count: Count): Count {
  return code !== 0 && count.failed === 0 ? { ...count, failed: 1 } : count;
}

/** Prints what a tool said that ran beside others. */
export function told({ code, output }: Said): Count {
  process.stdout.write(output);
  return whole(code === 0);
}

/** Runs one of the tools under this same Node, its output passed through; answers the exit code. */
export async function run(
  args: readonly string[],
  own: Readonly<Record<string, string>> = {},
): Promise<number> {
  return (await start(args, "inherit", own)).code;
}

/** Runs one of the tools beside others; answers what it printed too. */
export function quietly(args: readonly string[]): Promise<Said> {
  return start(args, "pipe", {});
}

async function start(
  args: readonly string[],
  output: "inherit" | "pipe",
  own: Readonly<Record<string, string>>,
): Promise<Said> {
  return await new Promise((resolve) => {
    const child = spawn(process.execPath, [...args], {
      cwd: ROOT,
      stdio: ["inherit", output, output],
      env: childEnv({ NEXT_TELEMETRY_DISABLED: "1", ...own }),
    });
    const said: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (part: Buffer) => said.push(part));
    const end = (code: number) => resolve({ code, output: Buffer.concat(said).toString() });
    child.on("error", () => end(1));
    child.on("close", (code) => end(code ?? 1));
  });
}
