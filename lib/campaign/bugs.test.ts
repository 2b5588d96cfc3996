import { expect, it } from "vitest";
import { SEEDED_BUGS } from "#lib/testing/seeded-bugs.ts";
import { runBugs } from "./bugs.ts";

it("C10 a rule that is taken out turns its test red, and a change that no test notices is named", () => {
  const held = SEEDED_BUGS.find((bug) => bug.rule === "The tick compares: Gross");
  if (!held) throw new Error("The rule is gone");
  const unheld = { ...held, rule: "Nothing at all", puts: `${held.takes} ` };
  return expect(runBugs({ seed: 1, words: [], say: () => undefined, bugs: [held, unheld] })).resolves.toMatchObject({
    faults: 2,
    invariantsBroken: ["unnoticed: Nothing at all"],
    ok: false,
  });
}, 60_000);
