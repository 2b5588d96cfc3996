// biome-ignore-all lint/a11y/useSemanticElements: a table element cannot hold a window of 100,000 rows; the ARIA grid pattern can
// biome-ignore-all lint/a11y/useFocusableInteractive: rows take the focus, cells and heads do not
"use client";

import { Menu } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { type CSSProperties, type ReactNode, useId } from "react";
import { ActionItems, type GridAction } from "./action-items.tsx";
import type { ColumnChoice } from "./columns.ts";
import type { GridColumns, GridRow, GridSort } from "./features.ts";
import classes from "./grid.module.css";
import { keysOf, mouseOf } from "./grid-events.ts";
import { GridHead } from "./grid-head.tsx";
import { GridLine } from "./grid-line.tsx";
import { countSelected, type GridSelection, isSelected } from "./selection.ts";
import { useGridChoosing } from "./use-grid-choosing.ts";
import { type GridMenu, useGridMenu } from "./use-grid-menu.ts";
import { useGridTable } from "./use-grid-table.ts";
import { useGridWindow } from "./use-grid-window.ts";

export interface GridProps<Row extends GridRow> {
  readonly label: string;
  readonly columns: GridColumns<Row>;
  /** Which columns are shown, and in what order. */
  readonly choice: ColumnChoice;
  readonly rows: readonly Row[];
  /** What the rows were asked for with: another filter or order is read from its beginning. */
  readonly source: string;
  /** All rows that match, known or not yet read. */
  readonly total: number;
  readonly hasMore: boolean;
  readonly changing: boolean;
  readonly onLoadMore: () => void;
  readonly sort: GridSort;
  readonly onSort: (sort: GridSort) => void;
  /** Absent where rows cannot be chosen. */
  readonly selection?: GridSelection<Row>;
  readonly onSelect?: (selection: GridSelection<Row>) => void;
  /** Ctrl A and the head's box: all that match, beyond what was read. */
  readonly onSelectAll?: () => void;
  readonly onOpen?: (row: Row) => void;
  /** What the context menu offers; it is drawn for the selection as it is after the row was added, or for the row pointed at. */
  readonly actions?: readonly GridAction[];
  /** The context menu is about to open on this row. */
  readonly onPoint?: (row: Row) => void;
  readonly empty: ReactNode;
  /** Rows in view before the panel scrolls. */
  readonly maxRows: number;
  /** On a tall window as many more as fit in this share of its height, per cent. */
  readonly share?: number | undefined;
}

const NARROW = "(max-width: 48em)";
/** Skeleton rows that stand where the next page will. */
const WAITING_ROWS = 3;

const OUTSIDE = ["mousedown", "touchstart"];

/**
 * The one grid of the product. Click or Space turns a row green, Shift extends, Ctrl A takes all that match, Escape clears; arrows,
 * Home, End and Page keys move; Enter opens; Shift F10 and the right button show the actions. At most a screenful of rows is in
 * the document, whatever the total.
 */
export function Grid<Row extends GridRow>(props: GridProps<Row>) {
  const { rows, columns, selection, hasMore } = props;
  const narrow = useMediaQuery(NARROW, false, { getInitialValueInEffect: true }) ?? false;
  const reasons = columns.some((column) => column.meta?.narrow === "r");
  const id = useId();

  const { tableRows, visibleColumns, headers } = useGridTable(rows, columns, props.choice);
  const count = tableRows.length + (hasMore || (props.changing && tableRows.length === 0) ? WAITING_ROWS : 0);
  const view = useGridWindow({
    source: props.source,
    rows: tableRows.length,
    count,
    narrow,
    reasons,
    maxRows: props.maxRows,
    hasMore,
    onLoadMore: props.onLoadMore,
  });
  const choosing = useGridChoosing(props, tableRows, view);
  const { selectable } = choosing;
  const menu = useGridMenu(
    props.actions !== undefined,
    (index) => {
      const row = tableRows[index]?.original;
      if (!row) return false;
      props.onPoint?.(row);
      choosing.chooseForMenu(index);
      return true;
    },
    view,
  );
  const { onOpen } = props;
  const open = (index: number) => {
    const row = tableRows[index]?.original;
    if (row) onOpen?.(row);
  };
  const selected = selection ? countSelected(selection) : 0;
  const acts = {
    rows: tableRows.length,
    view,
    choosing,
    menu,
    isAnySelected: selected > 0,
    open: onOpen === undefined ? null : open,
  };
  const tracks = [...(selectable ? ["36px"] : []), ...visibleColumns.map((column) => column.columnDef.meta?.width ?? "1fr")].join(
    " ",
  );
  const visibleIds = visibleColumns.map((column) => column.id);
  const visibleKey = visibleIds.join(" ");

  return (
    <>
      <div
        ref={view.scroller}
        role="grid"
        id={id}
        aria-label={props.label}
        aria-rowcount={props.total + 1}
        aria-colcount={visibleColumns.length + (selectable ? 1 : 0)}
        aria-multiselectable={selectable || undefined}
        aria-busy={props.changing || undefined}
        tabIndex={tableRows.length === 0 ? 0 : -1}
        className={classes.scroller}
        data-changing={props.changing || undefined}
        data-reasons={reasons || undefined}
        style={
          {
            "--grid-rows": props.maxRows,
            "--grid-share": props.share ?? 0,
            "--grid-count": count,
            "--grid-tracks": tracks,
          } as CSSProperties
        }
        {...mouseOf(acts)}
        {...menu.asks}
        {...view.focus}
        onKeyDown={keysOf(acts)}
      >
        <GridHead
          headers={headers}
          sort={props.sort}
          onSort={props.onSort}
          all={
            selectable ? { selected, total: props.total, onSelectAll: choosing.selectAll, onClear: choosing.clear } : undefined
          }
        />
        <div role="rowgroup" className={classes.body}>
          {view.items.map((item) => {
            const row = tableRows[item.index];
            return row ? (
              <GridLine
                key={row.id}
                row={row}
                index={item.index}
                visibleKey={visibleKey}
                selectable={selectable}
                selected={selection ? isSelected(selection, row.original) : false}
                active={item.index === view.activeIndex}
              />
            ) : (
              <WaitingLine
                key={`waiting-${item.index}`}
                index={item.index}
                columns={selectable ? ["check", ...visibleIds] : visibleIds}
              />
            );
          })}
        </div>
        {tableRows.length === 0 && !props.changing && <div className={classes.empty}>{props.empty}</div>}
      </div>
      <RowMenu menu={menu} actions={props.actions ?? []} />
    </>
  );
}

/** Stands where a row will that is not here yet. */
function WaitingLine({ index, columns }: { readonly index: number; readonly columns: readonly string[] }) {
  return (
    <div role="row" aria-rowindex={index + 2} className={classes.waiting} style={{ "--at": index } as CSSProperties}>
      {columns.map((column) => (
        <div key={column} role="gridcell" className={classes.cell}>
          <span className={classes.skeleton} />
        </div>
      ))}
    </div>
  );
}

function RowMenu({ menu, actions }: { readonly menu: GridMenu; readonly actions: readonly GridAction[] }) {
  return (
    <Menu
      opened={menu.at !== null}
      onClose={menu.close}
      position="bottom-start"
      trapFocus
      withinPortal
      // Not keydown, as it comes: where nothing moves, the very key that opens the menu would close it.
      clickOutsideEvents={OUTSIDE}
    >
      <Menu.Target>
        <span aria-hidden className={classes.menuAt} style={{ left: menu.at?.x ?? 0, top: menu.at?.y ?? 0 }} />
      </Menu.Target>
      <Menu.Dropdown>
        <ActionItems actions={actions} />
      </Menu.Dropdown>
    </Menu>
  );
}
