import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { z } from "zod";
import { ROOT } from "./binaries.ts";
import type { Report } from "./test-seconds.ts";

/** Most characters of a fault's line. */
const LONGEST = 300;

const faultLine = (file: string, title: string, why: string) => {
  const first = stripVTControlCharacters(why).trim().split("\n", 1)[0] ?? "";
  return `${file}: ${title}${first === "" ? "" : `: ${first}`}`.slice(0, LONGEST);
};

/** The tests that failed in Vitest's report, and the files that could not be read, a line each. */
export function faultsOfVitest(files: Report["testResults"]): string[] {
  return files.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(ROOT, name);
    const failed = assertionResults.filter((one) => one.status === "failed");
    if (status === "failed" && failed.length === 0) return [faultLine(file, "not run", message)];
    return failed.map((one) => faultLine(file, one.fullName, one.failureMessages[0] ?? ""));
  });
}

const specSchema = z.object({
  title: z.string(),
  file: z.string(),
  line: z.number(),
  ok: z.boolean(),
  tests: z.array(
    z.object({
      results: z.array(
        z.object({ error: z.object({ message: z.string().optional() }).optional() }),
      ),
    }),
  ),
});

/** A file of specs, or a group within it. */
export const suiteSchema = z.object({
  specs: z.array(specSchema),
  get suites() {
    return z.array(suiteSchema).optional();
  },
});

/** The specs that failed in Playwright's report, a line each. */
export function faultsOfPlaywright(suites: readonly z.infer<typeof suiteSchema>[]): string[] {
  return suites.flatMap(({ specs, suites: groups = [] }) => [
    ...specs
      .filter(({ ok }) => !ok)
      .map(({ file, line, title, tests }) => {
        const errors = tests.flatMap(({ results }) => results.map(({ error }) => error?.message));
        return faultLine(`${file}:${line}`, title, errors.find((one) => one !== undefined) ?? "");
      }),
    ...faultsOfPlaywright(groups),
  ]);
}
