import type { GridSelection } from "#components/grid/selection.ts";
import type { IncomingRow } from "#db/queries/payments/incoming-grid.ts";
import type { ImportOverview } from "#lib/allocating/overview.ts";
import type { IncomingFilter, IncomingSelection, IncomingView } from "#lib/allocating/selection.ts";
import { isCreatable, isUndoable } from "./words.ts";

/** The selection as the actions take it: ids, or the filter with what it counted when. */
export function toIncomingSelection(
  selection: GridSelection<IncomingRow>,
  filter: IncomingFilter,
  count: number,
): IncomingSelection {
  if (selection.kind === "some") return { ids: [...selection.rows.keys()] };
  return { filter, exceptIds: [...selection.except.keys()], count, asOf: selection.totals.asOf };
}

/** Why nothing of what is chosen can be created; undefined where something can. */
export function whyNotCreated(selected: number, creatable: number): string | undefined {
  if (selected === 0) return "Select payments first.";
  return creatable === 0 ? "None of these can be created: the reason is in each row." : undefined;
}

/** How many of the chosen rows Create & allocate would take. */
export function creatableIn(selection: GridSelection<IncomingRow>, view: IncomingView): number {
  if (selection.kind === "some") return [...selection.rows.values()].filter(isCreatable).length;
  const spared = [...selection.except.values()].filter(isCreatable);
  const { counts } = selection.totals as ImportOverview["totals"];
  if (view === "not-ours") return counts["not-ours"] - spared.length;
  if (view !== "all" && view !== "to-do") return 0;
  return counts["to-do"] - spared.filter((row) => row.status !== "not-ours").length;
}

/** How many of the chosen rows stand created, and so may be undone. */
export function undoableIn(selection: GridSelection<IncomingRow>, view: IncomingView): number {
  if (selection.kind === "some") return [...selection.rows.values()].filter(isUndoable).length;
  const { counts } = selection.totals as ImportOverview["totals"];
  return view === "all" || view === "created" ? counts.created - [...selection.except.values()].filter(isUndoable).length : 0;
}
