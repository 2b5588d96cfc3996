/** The facts that a table knows, each with every value that it may have. */
export type FactValues = Readonly<Record<string, readonly (string | boolean)[]>>;

/** One case: a value for each fact. */
export type Facts<V extends FactValues> = { readonly [Name in keyof V]: V[Name][number] };

/** A rule: it holds when each fact that it names has the value, or one of the values, given. */
export interface Row<V extends FactValues, Outcome extends string> {
  readonly when: { readonly [Name in keyof V]?: V[Name][number] | readonly V[Name][number][] };
  readonly outcome: Outcome;
  /** The reason, for whoever reads or changes the table. */
  readonly because: string;
}

/** Rules in order: the first that holds decides. The last names no fact: it is for all the rest. */
export interface DecisionTable<V extends FactValues, Outcome extends string> {
  readonly facts: V;
  readonly rows: readonly Row<V, Outcome>[];
}

/**
 * Finds the first row that holds.
 * @throws when none does: the table lacks its last row, which holds for all the rest
 */
export function decide<V extends FactValues, Outcome extends string>(
  table: DecisionTable<V, Outcome>,
  facts: Facts<V>,
): Row<V, Outcome> {
  const row = table.rows.find(({ when }) => holds(when, facts));
  if (!row) throw new Error("No row of the table holds");
  return row;
}

type AnyFacts = Readonly<Record<string, string | boolean>>;

const holds = (when: Readonly<Record<string, unknown>>, facts: AnyFacts): boolean =>
  Object.entries(when).every(([name, wanted]) => [wanted].flat().includes(facts[name]));
