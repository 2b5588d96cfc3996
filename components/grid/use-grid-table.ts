"use client";

import { useTable } from "@tanstack/react-table";
import { useMemo } from "react";
import { type ColumnChoice, columnState } from "./columns.ts";
import { describeColumns, type GridColumns, type GridRow, gridFeatures } from "./features.ts";

/** The rows and columns that a grid shows, as the table library has them. */
export function useGridTable<Row extends GridRow>(rows: readonly Row[], columns: GridColumns<Row>, choice: ColumnChoice) {
  const state = useMemo(
    () =>
      columnState(
        describeColumns(columns).map((column) => column.id),
        choice,
      ),
    [columns, choice],
  );
  const table = useTable({
    features: gridFeatures,
    columns,
    data: rows,
    getRowId: (row: Row) => row.id,
    state,
  });
  return {
    tableRows: table.getRowModel().rows,
    visibleColumns: table.getVisibleLeafColumns(),
    headers: table.getHeaderGroups()[0]?.headers,
  };
}
