"use client";

import type { GridRow } from "./features.ts";
import { type GridSelection, isSelected, noSelection, toggleRow, withRows } from "./selection.ts";
import type { GridWindow } from "./use-grid-window.ts";

export interface ChoosingOf<Row extends GridRow> {
  /** Absent where rows cannot be chosen. */
  readonly selection?: GridSelection<Row> | undefined;
  readonly onSelect?: ((selection: GridSelection<Row>) => void) | undefined;
  readonly onSelectAll?: (() => void) | undefined;
}

/** How rows are turned green: one, a range from where the last one was, or all. */
export type GridChoosing = ReturnType<typeof useGridChoosing>;

/** Turns rows of the grid green and takes the green from them, by their place. */
export function useGridChoosing<Row extends GridRow>(
  { selection, onSelect, onSelectAll }: ChoosingOf<Row>,
  rows: readonly { readonly original: Row }[],
  { anchor, activeIndex }: GridWindow,
) {
  const between = (a: number, b: number) => rows.slice(Math.min(a, b), Math.max(a, b) + 1).map((row) => row.original);
  return {
    selectable: selection !== undefined && onSelect !== undefined,
    toggle: (index: number) => {
      const row = rows[index]?.original;
      if (!row || !selection || !onSelect) return;
      anchor.current = index;
      onSelect(toggleRow(selection, row));
    },
    extendTo: (index: number) => {
      if (!selection || !onSelect) return;
      anchor.current ??= activeIndex;
      onSelect(withRows(selection, between(anchor.current, index), true));
    },
    /** A menu that opens on a row is about that row, unless it is among those chosen. */
    chooseForMenu: (index: number) => {
      const row = rows[index]?.original;
      if (!row || !selection || !onSelect || isSelected(selection, row)) return;
      anchor.current = index;
      onSelect(withRows(noSelection<Row>(), [row], true));
    },
    selectAll: () => {
      if (selection) onSelectAll?.();
    },
    clear: () => {
      anchor.current = null;
      onSelect?.(noSelection<Row>());
    },
  };
}
