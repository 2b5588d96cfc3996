// biome-ignore-all lint/a11y/useSemanticElements: a table element cannot hold a window of 100,000 rows; the ARIA grid pattern can
// biome-ignore-all lint/a11y/useFocusableInteractive: rows take the focus, cells and heads do not
"use client";

import { IconArrowDown, IconArrowUp, IconCheck, IconMinus } from "@tabler/icons-react";
import { FlexRender, type Header } from "@tanstack/react-table";
import type { GridFeatures, GridRow, GridSort } from "./features.ts";
import classes from "./grid.module.css";

/** The grid's heads: the box that takes all rows, and a name for each column, by which it sorts where it can. */
export function GridHead<Row extends GridRow>({
  headers,
  sort,
  onSort,
  all,
}: {
  readonly headers: readonly Header<GridFeatures, Row>[] | undefined;
  readonly sort: GridSort;
  readonly onSort: (sort: GridSort) => void;
  /** Absent where rows cannot be chosen. */
  readonly all: AllRows | undefined;
}) {
  return (
    <div role="rowgroup" className={classes.head}>
      <div role="row" aria-rowindex={1} className={classes.headRow}>
        {all && <AllBox {...all} />}
        {headers?.map((header) => {
          const meta = header.column.columnDef.meta;
          const sorted = meta?.sort !== undefined && meta.sort === sort.by;
          return (
            <div
              key={header.id}
              role="columnheader"
              className={classes.headCell}
              data-align={meta?.align}
              aria-label={meta?.label}
              {...(sorted ? { "aria-sort": sort.direction === "asc" ? ("ascending" as const) : ("descending" as const) } : {})}
            >
              {meta?.sort === undefined ? (
                <FlexRender header={header} />
              ) : (
                <button
                  type="button"
                  className={classes.sort}
                  onClick={() => {
                    const first = meta.firstDirection ?? "asc";
                    const other = first === "asc" ? "desc" : "asc";
                    onSort({ by: meta.sort ?? "", direction: sorted && sort.direction === first ? other : first });
                  }}
                >
                  <FlexRender header={header} />
                  <span className={classes.sortMark} data-on={sorted || undefined} aria-hidden>
                    {sorted && sort.direction === "asc" ? (
                      <IconArrowUp size={13} stroke={2} />
                    ) : (
                      <IconArrowDown size={13} stroke={2} />
                    )}
                  </span>
                </button>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface AllRows {
  readonly selected: number;
  /** All rows that match, known or not yet read. */
  readonly total: number;
  readonly onSelectAll: () => void;
  readonly onClear: () => void;
}

function AllBox({ selected, total, onSelectAll, onClear }: AllRows) {
  const state = selected === 0 ? "false" : selected >= total ? "true" : "mixed";
  return (
    <div role="columnheader" className={classes.headCheck}>
      <button
        type="button"
        role="checkbox"
        aria-checked={state}
        aria-label="Select all rows that match"
        className={classes.box}
        data-on={selected > 0 || undefined}
        disabled={total === 0}
        onClick={() => (selected > 0 ? onClear() : onSelectAll())}
      >
        {state === "true" ? (
          <IconCheck size={13} stroke={3} aria-hidden />
        ) : selected > 0 ? (
          <IconMinus size={13} stroke={3} aria-hidden />
        ) : null}
      </button>
    </div>
  );
}
