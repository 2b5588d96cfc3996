import { seedBugs } from "#lib/testing/seed-bugs.ts";
import { SEEDED_BUGS, type SeededBug } from "#lib/testing/seeded-bugs.ts";
import { type CampaignResult, rulesResult } from "./result.ts";

export interface BugsOptions {
  readonly seed: number;
  /** Only the rules whose name or test has one of these words; all of them with none. */
  readonly words: readonly string[];
  readonly say: (line: string) => void;
  /** The list itself without it. */
  readonly bugs?: readonly SeededBug[];
}

/**
 * C10: takes one safety rule after the other out of a copy of the code; each time the test that holds the rule must turn red. `faults` counts
 * the rules taken out, `invariantsBroken` names those whose test did not notice.
 */
export async function runBugs({ seed, words, say, bugs = SEEDED_BUGS }: BugsOptions): Promise<CampaignResult> {
  const began = performance.now();
  const chosen = bugs.filter(
    (bug) =>
      words.length === 0 ||
      words.some((word) => `${bug.rule} ${bug.test} ${bug.name}`.toLowerCase().includes(word.toLowerCase())),
  );
  const outcomes = seedBugs(chosen, ({ bug, noticed, withRule, without, red, said }) => {
    if (noticed) say(`noticed: ${bug.rule}\n  ${bug.test}: ${red.join("; ")}\n  ${said}`);
    else say(`UNNOTICED: ${bug.rule} (with the rule ${withRule}, without: ${without})\n  ${bug.test}: ${bug.name}`);
  });
  const unnoticed = outcomes.filter((outcome) => !outcome.noticed);
  say(`${outcomes.length - unnoticed.length} of ${outcomes.length} seeded bugs were noticed`);
  const result = rulesResult({
    campaign: "bugs",
    seed,
    documents: 0,
    kills: 0,
    faults: outcomes.length,
    broken: unnoticed.map(({ bug }) => `unnoticed: ${bug.rule}`),
    began,
  });
  return { ...result, ok: result.ok && outcomes.length > 0 };
}
