/** The columns that are shown, in their order; null as the grid comes. */
export type ColumnChoice = readonly string[] | null;

export interface ColumnState {
  readonly columnOrder: string[];
  readonly columnVisibility: Record<string, boolean>;
}

/** The most columns that an address or a person's settings may name. */
export const MOST_COLUMNS = 40;

/** A choice as the table takes it. Ids that this grid does not have are passed over; a choice that leaves nothing is none. */
export function columnState(ids: readonly string[], choice: ColumnChoice): ColumnState {
  const shown = [...new Set(choice)].filter((id) => ids.includes(id));
  if (shown.length === 0) return { columnOrder: [...ids], columnVisibility: {} };
  const hidden = ids.filter((id) => !shown.includes(id));
  return { columnOrder: [...shown, ...hidden], columnVisibility: Object.fromEntries(hidden.map((id) => [id, false])) };
}

/** All columns as the chooser lists them: the shown ones in their order, each hidden one after its neighbour of old. */
export function listed(ids: readonly string[], choice: ColumnChoice): { readonly id: string; readonly shown: boolean }[] {
  const { columnOrder, columnVisibility } = columnState(ids, choice);
  const order = columnOrder.filter((id) => columnVisibility[id] !== false);
  for (const id of ids.filter((one) => columnVisibility[one] === false)) {
    const before = ids.slice(0, ids.indexOf(id)).findLast((one) => order.includes(one));
    order.splice(before === undefined ? 0 : order.indexOf(before) + 1, 0, id);
  }
  return order.map((id) => ({ id, shown: columnVisibility[id] !== false }));
}

/** The choice that a list of columns stands for; null when it is how the grid comes. */
export function choiceOf(
  ids: readonly string[],
  list: readonly { readonly id: string; readonly shown: boolean }[],
): ColumnChoice {
  const shown = list.filter((one) => one.shown).map((one) => one.id);
  return shown.length === ids.length && shown.every((id, at) => id === ids[at]) ? null : shown;
}

/** The list with one column moved up (-1) or down (1). */
export function moved<One>(list: readonly One[], at: number, by: -1 | 1): One[] {
  const next = [...list];
  const [taken] = next.splice(at, 1);
  if (taken === undefined) return next;
  next.splice(Math.max(0, Math.min(next.length, at + by)), 0, taken);
  return next;
}
