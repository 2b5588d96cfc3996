import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "./binaries.ts";
import { faultsOfPlaywright, faultsOfVitest, suiteSchema } from "./test-faults.ts";
import { reportSchema } from "./test-seconds.ts";

it("what failed stands in the last lines: its file, its title and the first line of why", () => {
  const { testResults } = reportSchema.parse({
    numPassedTests: 1,
    numFailedTests: 1,
    numPendingTests: 0,
    testResults: [
      {
        name: join(ROOT, "lib", "a.test.ts"),
        status: "failed",
        message: "",
        assertionResults: [
          { fullName: "M1 holds", status: "passed", meta: {}, failureMessages: [] },
          {
            fullName: "M2 holds too",
            status: "failed",
            meta: {},
            failureMessages: ["AssertionError: expected 1 to be 2\n    at a.test.ts:3:1"],
          },
        ],
      },
      {
        name: join(ROOT, "lib", "b.test.ts"),
        status: "failed",
        message: "Cannot find module './gone.ts'",
        assertionResults: [],
      },
    ],
  });
  expect(faultsOfVitest(testResults)).toEqual([
    `${join("lib", "a.test.ts")}: M2 holds too: AssertionError: expected 1 to be 2`,
    `${join("lib", "b.test.ts")}: not run: Cannot find module './gone.ts'`,
  ]);
});

it("a spec that failed is found in whatever group it stands, and one that passed when tried again is none", () => {
  const spec = (title: string, ok: boolean, ...messages: string[]) => ({
    title,
    file: "export.spec.ts",
    line: 7,
    ok,
    tests: [{ results: messages.map((message) => ({ error: { message } })) }],
  });
  const suites = [
    suiteSchema.parse({
      specs: [spec("M3 holds", true)],
      suites: [
        {
          specs: [
            spec("M4 holds", false, "\u001b[31mTimed out\u001b[39m\nCall log:"),
            spec("M5 holds", true, "Timed out"),
          ],
        },
      ],
    }),
  ];
  expect(faultsOfPlaywright(suites)).toEqual(["export.spec.ts:7: M4 holds: Timed out"]);
});
