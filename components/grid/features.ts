import {
  columnOrderingFeature,
  columnVisibilityFeature,
  metaHelper,
  type TableOptions,
  tableFeatures,
} from "@tanstack/react-table";

export interface GridColumnMeta {
  /** The column's name for the chooser and for screen readers, where the header itself is no text. */
  readonly label: string;
  /** A CSS grid track: `120px`, `minmax(160px, 1.4fr)`. */
  readonly width: string;
  readonly align?: "start" | "end";
  /** What the server calls this column when it sorts by it; absent where no index serves it. */
  readonly sort?: string;
  /** The direction of the first click. */
  readonly firstDirection?: "asc" | "desc";
  /**
   * Where it stands when a row takes two lines: first line `a` (left) `b` (rest) `c` (right), second line `d` `e` `f`; a reason `r` has a
   * line below them to itself.
   * Absent: not shown there.
   */
  readonly narrow?: "a" | "b" | "c" | "d" | "e" | "f" | "r";
}

/** What every grid of the product is made with: the server pages, sorts and filters; the selection is the grid's own. */
export const gridFeatures = tableFeatures({
  columnOrderingFeature,
  columnVisibilityFeature,
  columnMeta: metaHelper<GridColumnMeta>(),
});
export type GridFeatures = typeof gridFeatures;

/** Columns made with `createColumnHelper<GridFeatures, Row>().columns([...])`. */
export type GridColumns<Row extends GridRow> = TableOptions<GridFeatures, Row>["columns"];

/** The columns by id and name, for choosing among them. */
export function describeColumns<Row extends GridRow>(
  columns: GridColumns<Row>,
): readonly { readonly id: string; readonly label: string }[] {
  return columns.flatMap((column) => {
    const id = column.id ?? ("accessorKey" in column ? String(column.accessorKey) : undefined);
    return id === undefined ? [] : [{ id, label: column.meta?.label ?? id }];
  });
}

/** The least that a row has: a stable id, and when it was made (ISO), for selections as of a moment. */
export interface GridRow {
  readonly id: string;
  readonly createdAt: string;
}

export interface GridSort {
  readonly by: string;
  readonly direction: "asc" | "desc";
}
