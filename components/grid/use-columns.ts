"use client";

import { parseAsArrayOf, parseAsString, useQueryState } from "nuqs";
import { useCallback } from "react";
import { type ColumnChoice, MOST_COLUMNS } from "./columns.ts";
import { useGridSettings } from "./settings.tsx";

const columnsInAddress = parseAsArrayOf(parseAsString).withOptions({ history: "replace" });

/**
 * Which columns a person shows and in what order: as the address says, else as they last chose, else as the grid comes. `parameter` is
 * the address's name for it, so that one page may hold several grids.
 */
export function useColumns(grid: string, parameter = "cols"): readonly [ColumnChoice, (next: ColumnChoice) => void] {
  const [{ columns }, keep] = useGridSettings(grid);
  const [asked, setAsked] = useQueryState(parameter, columnsInAddress);
  const change = useCallback(
    (next: ColumnChoice) => {
      void setAsked(next === null ? null : [...next]);
      keep({ columns: next });
    },
    [setAsked, keep],
  );
  return [asked === null ? columns : asked.slice(0, MOST_COLUMNS), change];
}
