"use client";

import { defaultRangeExtractor, type Range, useVirtualizer } from "@tanstack/react-virtual";
import { type FocusEvent, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

const ROW_PX = 34;
const NARROW_ROW_PX = 58;
/** With a line of its own for a reason, which takes two lines of words. */
const REASON_ROW_PX = 96;
const HEAD_PX = 34;

/** How far before the last row that was read the next ones are asked for. */
const AHEAD_ROWS = 20;

export interface WindowOf {
  /** What the rows were asked for with: another filter or order is read from its beginning. */
  readonly source: string;
  /** Rows that are here. */
  readonly rows: number;
  /** With those that stand for rows to come. */
  readonly count: number;
  readonly narrow: boolean;
  /** Narrow rows have a line for a reason. */
  readonly reasons: boolean;
  readonly maxRows: number;
  readonly hasMore: boolean;
  readonly onLoadMore: () => void;
}

/** Which rows are in the document, and where the keyboard is among them. */
export type GridWindow = ReturnType<typeof useGridWindow>;

/**
 * The window over a grid's rows: at most a screenful is in the document, whatever the total, and the
 * focused row always. More rows are asked for as the last ones come into view.
 */
export function useGridWindow(of: WindowOf) {
  const { source, rows, narrow, hasMore, onLoadMore } = of;
  const rowPx = narrow ? (of.reasons ? REASON_ROW_PX : NARROW_ROW_PX) : ROW_PX;
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  /** Where a range began. */
  const anchor = useRef<number | null>(null);
  const focusNext = useRef(false);
  const hadFocus = useRef(false);
  const activeIndex = Math.min(active, Math.max(0, rows - 1));

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
    count: of.count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 4,
    scrollMargin: narrow ? 0 : HEAD_PX,
    scrollPaddingStart: narrow ? 0 : HEAD_PX,
    initialRect: { width: 1000, height: HEAD_PX + of.maxRows * ROW_PX },
    rangeExtractor: withActive,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes are estimated once; another row height needs them anew
  useEffect(() => virtualizer.measure(), [rowPx]);
  const items = virtualizer.getVirtualItems();

  const drawn = useRef(source);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another source goes back to the top, not another window of rows
  useEffect(() => {
    if (drawn.current === source) return;
    drawn.current = source;
    anchor.current = null;
    setActive(0);
    virtualizer.scrollToOffset(0);
  }, [source]);

  const lastSeen = items.at(-1)?.index ?? 0;
  const contiguousEnd = virtualizer.range?.endIndex ?? lastSeen;
  useEffect(() => {
    if (hasMore && contiguousEnd >= rows - AHEAD_ROWS) onLoadMore();
  }, [hasMore, contiguousEnd, rows, onLoadMore]);

  const rowAt = (index: number) => scroller.current?.querySelector<HTMLElement>(`[data-row-index="${index}"]`) ?? null;
  useLayoutEffect(() => {
    const lost = hadFocus.current && document.activeElement === document.body;
    if (!focusNext.current && !lost) return;
    focusNext.current = false;
    (rowAt(activeIndex) ?? scroller.current)?.focus({ preventScroll: true });
  });

  return {
    scroller,
    items,
    activeIndex,
    setActive,
    anchor,
    rowAt,
    /** Rows that a Page key moves by. */
    pageRows: () => Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 0) - HEAD_PX) / rowPx) - 1),
    /** The active row takes the focus when the grid is drawn next. */
    focusActive: () => {
      focusNext.current = true;
    },
    /** Moves the keyboard to a row, or the nearest there is. @returns where it went */
    moveTo: (index: number) => {
      const to = Math.max(0, Math.min(index, rows - 1));
      focusNext.current = true;
      setActive(to);
      virtualizer.scrollToIndex(to, { align: "auto" });
      return to;
    },
    focus: {
      onFocus: () => {
        hadFocus.current = true;
      },
      onBlur: (event: FocusEvent<HTMLDivElement>) => {
        if (event.relatedTarget !== null || document.hasFocus())
          hadFocus.current = event.currentTarget.contains(event.relatedTarget);
      },
    },
  };
}
