// biome-ignore-all lint/a11y/useSemanticElements: a table element cannot hold a window of 100,000 rows; the ARIA grid pattern can
// biome-ignore-all lint/a11y/useFocusableInteractive: rows take the focus, cells and heads do not
"use client";

import { Menu } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconArrowDown, IconArrowUp, IconCheck, IconMinus } from "@tabler/icons-react";
import { FlexRender, useTable } from "@tanstack/react-table";
import { defaultRangeExtractor, type Range, useVirtualizer } from "@tanstack/react-virtual";
import {
  type CSSProperties,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  type TouchEvent,
  useCallback,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { ActionItems, type GridAction } from "./action-items.tsx";
import { type ColumnChoice, columnState } from "./columns.ts";
import { describeColumns, type GridColumns, type GridRow, type GridSort, gridFeatures } from "./features.ts";
import classes from "./grid.module.css";
import { GridLine } from "./grid-line.tsx";
import { countSelected, type GridSelection, isSelected, noSelection, toggleRow, withRows } from "./selection.ts";

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

const ROW_PX = 34;
const NARROW_ROW_PX = 58;
/** With a line of its own for a reason, which takes two lines of words. */
const REASON_ROW_PX = 96;
const HEAD_PX = 34;
const NARROW = "(max-width: 48em)";
/** Skeleton rows that stand where the next page will. */
const WAITING_ROWS = 3;
/** How long a finger rests before it is no tap. */
const REST_MS = 550;

const OUTSIDE = ["mousedown", "touchstart"];
const INTERACTIVE = "a,button,input,select,textarea,summary,label";

/**
 * The one grid of the product. Click or Space turns a row green, Shift extends, Ctrl A takes all that match, Escape clears; arrows,
 * Home, End and Page keys move; Enter opens; Shift F10 and the right button show the actions. At most a screenful of rows is in
 * the document, whatever the total.
 */
export function Grid<Row extends GridRow>(props: GridProps<Row>) {
  const { rows, columns, choice, selection, onSelect, onLoadMore, hasMore } = props;
  const narrow = useMediaQuery(NARROW, false, { getInitialValueInEffect: true }) ?? false;
  const reasons = columns.some((column) => column.meta?.narrow === "r");
  const rowPx = narrow ? (reasons ? REASON_ROW_PX : NARROW_ROW_PX) : ROW_PX;
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  const [active, setActive] = useState(0);
  const anchor = useRef<number | null>(null);
  const focusNext = useRef(false);
  const hadFocus = useRef(false);
  const [menuAt, setMenuAt] = useState<{ x: number; y: number } | null>(null);

  const columnsState = useMemo(
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
    state: columnsState,
  });
  const tableRows = table.getRowModel().rows;
  const visibleColumns = table.getVisibleLeafColumns();
  const selectable = selection !== undefined && onSelect !== undefined;
  const tracks = [...(selectable ? ["36px"] : []), ...visibleColumns.map((column) => column.columnDef.meta?.width ?? "1fr")].join(
    " ",
  );
  const visibleKey = visibleColumns.map((column) => column.id).join(" ");
  const activeIndex = Math.min(active, Math.max(0, tableRows.length - 1));

  const count = tableRows.length + (hasMore || (props.changing && tableRows.length === 0) ? WAITING_ROWS : 0);
  const withActive = useCallback(
    (range: Range) => {
      const indexes = defaultRangeExtractor(range);
      // The focused row stays in the document when it is scrolled away, or the keyboard would lose its place.
      if (activeIndex < range.count && !indexes.includes(activeIndex)) indexes.push(activeIndex);
      return indexes.sort((a, b) => a - b);
    },
    [activeIndex],
  );
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 4,
    scrollMargin: narrow ? 0 : HEAD_PX,
    scrollPaddingStart: narrow ? 0 : HEAD_PX,
    initialRect: { width: 1000, height: HEAD_PX + props.maxRows * ROW_PX },
    rangeExtractor: withActive,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes are estimated once; another row height needs them anew
  useEffect(() => virtualizer.measure(), [rowPx]);
  const items = virtualizer.getVirtualItems();

  const drawn = useRef(props.source);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another source goes back to the top, not another window of rows
  useEffect(() => {
    if (drawn.current === props.source) return;
    drawn.current = props.source;
    anchor.current = null;
    setActive(0);
    virtualizer.scrollToOffset(0);
  }, [props.source]);

  const lastSeen = items.at(-1)?.index ?? 0;
  const contiguousEnd = virtualizer.range?.endIndex ?? lastSeen;
  useEffect(() => {
    if (hasMore && contiguousEnd >= tableRows.length - 20) onLoadMore();
  }, [hasMore, contiguousEnd, tableRows.length, onLoadMore]);

  const rowAt = (index: number) => scroller.current?.querySelector<HTMLElement>(`[data-row-index="${index}"]`) ?? null;
  useLayoutEffect(() => {
    const lost = hadFocus.current && document.activeElement === document.body;
    if (!focusNext.current && !lost) return;
    focusNext.current = false;
    (rowAt(activeIndex) ?? scroller.current)?.focus({ preventScroll: true });
  });

  const moveTo = (index: number) => {
    const to = Math.max(0, Math.min(index, tableRows.length - 1));
    focusNext.current = true;
    setActive(to);
    virtualizer.scrollToIndex(to, { align: "auto" });
    return to;
  };
  const dataAt = (index: number): Row | undefined => tableRows[index]?.original;
  const between = (a: number, b: number) => tableRows.slice(Math.min(a, b), Math.max(a, b) + 1).map((row) => row.original);

  const toggle = (index: number) => {
    const row = dataAt(index);
    if (!row || !selection || !onSelect) return;
    anchor.current = index;
    onSelect(toggleRow(selection, row));
  };
  const extendTo = (index: number) => {
    if (!selection || !onSelect) return;
    anchor.current ??= activeIndex;
    onSelect(withRows(selection, between(anchor.current, index), true));
  };
  const selectAll = () => {
    if (!selection) return;
    props.onSelectAll?.();
  };
  const clear = () => {
    anchor.current = null;
    onSelect?.(noSelection<Row>());
  };

  const openMenu = (index: number, x: number, y: number) => {
    const row = dataAt(index);
    if (!row || props.actions === undefined) return;
    props.onPoint?.(row);
    if (selection && onSelect && !isSelected(selection, row)) {
      anchor.current = index;
      onSelect(withRows(noSelection<Row>(), [row], true));
    }
    setActive(index);
    setMenuAt({ x, y });
  };

  const indexOf = (target: EventTarget | null): number | null => {
    if (!(target instanceof Element)) return null;
    const found = target.closest<HTMLElement>("[data-row-index]")?.dataset.rowIndex;
    return found === undefined ? null : Number(found);
  };

  const onClick = (event: MouseEvent<HTMLDivElement>) => {
    const index = indexOf(event.target);
    if (index === null || (event.target instanceof Element && event.target.closest(INTERACTIVE))) return;
    // Words marked with the mouse are for copying, not a click.
    if (window.getSelection()?.type === "Range" && !event.shiftKey) return;
    focusNext.current = true;
    setActive(index);
    if (!selectable) {
      const row = dataAt(index);
      if (row) props.onOpen?.(row);
    } else if (event.shiftKey) extendTo(index);
    else toggle(index);
  };
  const onMouseDown = (event: MouseEvent<HTMLDivElement>) => {
    if (event.shiftKey && indexOf(event.target) !== null) event.preventDefault();
  };
  const onDoubleClick = (event: MouseEvent<HTMLDivElement>) => {
    const index = indexOf(event.target);
    const row = index === null ? undefined : dataAt(index);
    if (row && selectable && !(event.target instanceof Element && event.target.closest(INTERACTIVE))) props.onOpen?.(row);
  };
  const onContextMenu = (event: MouseEvent<HTMLDivElement>) => {
    const index = indexOf(event.target);
    if (index === null || props.actions === undefined) return;
    event.preventDefault();
    // The Menu key sends no place of its own.
    const place = event.clientX === 0 && event.clientY === 0 ? rowAt(index)?.getBoundingClientRect() : null;
    openMenu(index, place ? place.left + 48 : event.clientX, place ? place.bottom : event.clientY);
  };

  // A finger that rests on a row asks for its menu; iOS sends no event of its own for it.
  const resting = useRef<ReturnType<typeof setTimeout> | null>(null);
  const rested = useRef(false);
  const stopResting = () => {
    if (resting.current) clearTimeout(resting.current);
    resting.current = null;
  };
  const onTouchStart = (event: TouchEvent<HTMLDivElement>) => {
    stopResting();
    rested.current = false;
    const index = indexOf(event.target);
    const finger = event.touches[0];
    if (index === null || !finger || event.touches.length > 1 || props.actions === undefined) return;
    const { clientX, clientY } = finger;
    resting.current = setTimeout(() => {
      rested.current = true;
      openMenu(index, clientX, clientY);
    }, REST_MS);
  };
  const onTouchEnd = (event: TouchEvent<HTMLDivElement>) => {
    stopResting();
    // The click that follows would toggle the row or close the menu again.
    if (rested.current && event.cancelable) event.preventDefault();
  };

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const inRow = event.target instanceof Element && event.target.closest(INTERACTIVE) !== null;
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key.toLowerCase() === "a") {
      event.preventDefault();
      selectAll();
      return;
    }
    if (event.key === "Escape") {
      if (selection && countSelected(selection) > 0) {
        event.preventDefault();
        clear();
      }
      return;
    }
    if (inRow || event.altKey) return;
    const pageRows = Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 0) - HEAD_PX) / rowPx) - 1);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: activeIndex + 1,
      ArrowUp: activeIndex - 1,
      PageDown: activeIndex + pageRows,
      PageUp: activeIndex - pageRows,
      Home: 0,
      End: tableRows.length - 1,
    };
    const step = steps[event.key];
    if (step !== undefined && tableRows.length > 0) {
      event.preventDefault();
      if (event.shiftKey && selectable) anchor.current ??= activeIndex;
      const to = moveTo(step);
      if (event.shiftKey && selectable) extendTo(to);
      return;
    }
    if (event.key === " " && selectable) {
      event.preventDefault();
      if (event.shiftKey) extendTo(activeIndex);
      else toggle(activeIndex);
    } else if (event.key === "Enter") {
      const row = dataAt(activeIndex);
      if (!row || !props.onOpen) return;
      event.preventDefault();
      props.onOpen(row);
    } else if (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) {
      event.preventDefault();
      const place = rowAt(activeIndex)?.getBoundingClientRect();
      if (place) openMenu(activeIndex, place.left + 48, place.bottom);
    }
  };

  const selected = selection ? countSelected(selection) : 0;
  const headState = selected === 0 ? "false" : selected >= props.total ? "true" : "mixed";

  return (
    <>
      <div
        ref={scroller}
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
        onClick={onClick}
        onMouseDown={onMouseDown}
        onDoubleClick={onDoubleClick}
        onContextMenu={onContextMenu}
        onTouchStart={onTouchStart}
        onTouchMove={stopResting}
        onTouchCancel={stopResting}
        onTouchEnd={onTouchEnd}
        onKeyDown={onKeyDown}
        onFocus={() => {
          hadFocus.current = true;
        }}
        onBlur={(event) => {
          if (event.relatedTarget !== null || document.hasFocus())
            hadFocus.current = event.currentTarget.contains(event.relatedTarget);
        }}
      >
        <div role="rowgroup" className={classes.head}>
          <div role="row" aria-rowindex={1} className={classes.headRow}>
            {selectable && (
              <div role="columnheader" className={classes.headCheck}>
                <button
                  type="button"
                  role="checkbox"
                  aria-checked={headState}
                  aria-label="Select all rows that match"
                  className={classes.box}
                  data-on={selected > 0 || undefined}
                  disabled={props.total === 0}
                  onClick={() => (selected > 0 ? clear() : selectAll())}
                >
                  {headState === "true" ? (
                    <IconCheck size={13} stroke={3} aria-hidden />
                  ) : selected > 0 ? (
                    <IconMinus size={13} stroke={3} aria-hidden />
                  ) : null}
                </button>
              </div>
            )}
            {table.getHeaderGroups()[0]?.headers.map((header) => {
              const meta = header.column.columnDef.meta;
              const sorted = meta?.sort !== undefined && meta.sort === props.sort.by;
              return (
                <div
                  key={header.id}
                  role="columnheader"
                  className={classes.headCell}
                  data-align={meta?.align}
                  aria-label={meta?.label}
                  {...(sorted
                    ? { "aria-sort": props.sort.direction === "asc" ? ("ascending" as const) : ("descending" as const) }
                    : {})}
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
                        props.onSort({
                          by: meta.sort ?? "",
                          direction: sorted && props.sort.direction === first ? other : first,
                        });
                      }}
                    >
                      <FlexRender header={header} />
                      <span className={classes.sortMark} data-on={sorted || undefined} aria-hidden>
                        {sorted && props.sort.direction === "asc" ? (
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
        <div role="rowgroup" className={classes.body}>
          {items.map((item) => {
            const row = tableRows[item.index];
            return row ? (
              <GridLine
                key={row.id}
                row={row}
                index={item.index}
                visibleKey={visibleKey}
                selectable={selectable}
                selected={selection ? isSelected(selection, row.original) : false}
                active={item.index === activeIndex}
              />
            ) : (
              <div
                key={`waiting-${item.index}`}
                role="row"
                aria-rowindex={item.index + 2}
                className={classes.waiting}
                style={{ "--at": item.index } as CSSProperties}
              >
                {[...(selectable ? ["check"] : []), ...visibleColumns.map((column) => column.id)].map((column) => (
                  <div key={column} role="gridcell" className={classes.cell}>
                    <span className={classes.skeleton} />
                  </div>
                ))}
              </div>
            );
          })}
        </div>
        {tableRows.length === 0 && !props.changing && <div className={classes.empty}>{props.empty}</div>}
      </div>
      <Menu
        opened={menuAt !== null}
        onClose={() => {
          focusNext.current = true;
          setMenuAt(null);
        }}
        position="bottom-start"
        trapFocus
        withinPortal
        // Not keydown, as it comes: where nothing moves, the very key that opens the menu would close it.
        clickOutsideEvents={OUTSIDE}
      >
        <Menu.Target>
          <span aria-hidden className={classes.menuAt} style={{ left: menuAt?.x ?? 0, top: menuAt?.y ?? 0 }} />
        </Menu.Target>
        <Menu.Dropdown>
          <ActionItems actions={props.actions ?? []} />
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
