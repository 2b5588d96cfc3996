import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { SEEDED_BUGS } from "./seeded-bugs.ts";

const ROOT = join(import.meta.dirname, "../..");
const text = (path: string) => readFileSync(join(ROOT, path), "utf8");

it.each(SEEDED_BUGS.map((bug) => [bug.rule, bug] as const))("the list of safety rules is of this code: %s", (_, bug) => {
  expect(text(bug.file).split(bug.takes)).toHaveLength(2);
  // A row of a table of tests has its name in two parts.
  expect(
    bug.name.split(/ (?=N05|N13|P06|on the)/).every((part) => text(bug.test).includes(part)) || bug.name.startsWith("L1 finds a"),
  ).toBe(true);
  expect(text("docs/safety-rules.md")).toContain(`| ${bug.rule} |`);
});
