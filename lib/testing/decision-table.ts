import type { DecisionTable, Facts, FactValues } from "#lib/common/decision-table.ts";

/** Every combination of the values that a table's facts may have, whether or not it can come up. */
export function everyCase<V extends FactValues>(facts: V): Facts<V>[] {
  let cases: Record<string, string | boolean>[] = [{}];
  for (const [name, values] of Object.entries(facts)) {
    cases = cases.flatMap((one) => values.map((value) => ({ ...one, [name]: value })));
  }
  // Each has one value for each name of `facts`, which no type can follow through the loop.
  return cases as Facts<V>[];
}

const WHEN_WIDTH = 60;

/** A table as text, a line or two for each row: what a change of its rules is reviewed by. */
export function tableText<V extends FactValues>({ rows }: DecisionTable<V, string>): string {
  const line = (at: string, when: string, outcome: string) =>
    `${at.padStart(2)}  ${when.padEnd(WHEN_WIDTH)}  ${outcome}`.trimEnd();
  const text = rows.flatMap(({ when, outcome }, at) => {
    const [first = "whatever else", ...more] = wrap(Object.entries(when).map(said));
    return [line(`${at + 1}`, first, outcome), ...more.map((part) => line("", part, ""))];
  });
  return [line("", "when", "outcome"), ...text].join("\n");
}

function said([name, wanted]: [string, unknown]): string {
  if (typeof wanted === "boolean") return wanted ? name : `not ${name}`;
  return `${name} ${[wanted].flat().join(" or ")}`;
}

/** Conditions in lines of at most the column's width. */
function wrap(conditions: readonly string[]): string[] {
  const lines: string[] = [];
  for (const [at, condition] of conditions.entries()) {
    const part = at < conditions.length - 1 ? `${condition},` : condition;
    const longer = `${lines.at(-1)} ${part}`;
    if (lines.length > 0 && longer.length <= WHEN_WIDTH) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
}
