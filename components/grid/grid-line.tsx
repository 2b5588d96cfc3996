// biome-ignore-all lint/a11y/useSemanticElements: a table element cannot hold a window of 100,000 rows; the ARIA grid pattern can
// biome-ignore-all lint/a11y/useFocusableInteractive: rows take the focus, cells and heads do not
"use client";

import { IconCheck } from "@tabler/icons-react";
import { FlexRender, type Row as TableRow } from "@tanstack/react-table";
import { type CSSProperties, memo } from "react";
import type { GridFeatures, GridRow } from "./features.ts";
import classes from "./grid.module.css";

interface GridLineProps<Row extends GridRow> {
  readonly row: TableRow<GridFeatures, Row>;
  readonly index: number;
  /** Another set of columns draws the row anew. */
  readonly visibleKey: string;
  readonly selectable: boolean;
  readonly selected: boolean;
  readonly active: boolean;
}

function GridLineOf<Row extends GridRow>({ row, index, selectable, selected, active }: GridLineProps<Row>) {
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      {...(selectable ? { "aria-selected": selected } : {})}
      tabIndex={active ? 0 : -1}
      data-row-index={index}
      data-row-id={row.id}
      className={classes.row}
      style={{ "--at": index } as CSSProperties}
    >
      {selectable && (
        <div role="gridcell" className={classes.check}>
          <span className={classes.box} data-on={selected || undefined}>
            {selected && <IconCheck size={13} stroke={3} aria-hidden />}
          </span>
        </div>
      )}
      {row.getVisibleCells().map((cell) => {
        const meta = cell.column.columnDef.meta;
        return (
          <div
            key={cell.id}
            role="gridcell"
            className={classes.cell}
            data-align={meta?.align}
            data-column={cell.column.id}
            data-narrow={meta?.narrow ?? "none"}
          >
            <FlexRender cell={cell} />
          </div>
        );
      })}
    </div>
  );
}
/** One row of the grid: drawn again only when its own content or state changes. */
export const GridLine = memo(GridLineOf) as typeof GridLineOf;
