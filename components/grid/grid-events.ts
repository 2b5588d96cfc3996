import type { KeyboardEvent, MouseEvent } from "react";
import { indexOf, isWithinControl } from "./row-of-event.ts";
import type { GridChoosing } from "./use-grid-choosing.ts";
import type { GridMenu } from "./use-grid-menu.ts";
import type { GridWindow } from "./use-grid-window.ts";

/** What the mouse and the keys of a grid act on. */
export interface ActsOn {
  readonly rows: number;
  readonly view: GridWindow;
  readonly choosing: GridChoosing;
  readonly menu: GridMenu;
  readonly isAnySelected: boolean;
  /** Opens the row at a place; null where rows do not open. */
  readonly open: ((index: number) => void) | null;
}

/** Click chooses or opens, Shift extends, a double click opens. */
export function mouseOf({ view, choosing, open }: ActsOn) {
  return {
    onClick: (event: MouseEvent<HTMLDivElement>) => {
      const index = indexOf(event.target);
      if (index === null || isWithinControl(event.target)) return;
      // Words marked with the mouse are for copying, not a click.
      if (window.getSelection()?.type === "Range" && !event.shiftKey) return;
      view.focusActive();
      view.setActive(index);
      if (!choosing.selectable) open?.(index);
      else if (event.shiftKey) choosing.extendTo(index);
      else choosing.toggle(index);
    },
    onMouseDown: (event: MouseEvent<HTMLDivElement>) => {
      if (event.shiftKey && indexOf(event.target) !== null) event.preventDefault();
    },
    onDoubleClick: (event: MouseEvent<HTMLDivElement>) => {
      const index = indexOf(event.target);
      if (index !== null && choosing.selectable && !isWithinControl(event.target)) open?.(index);
    },
  };
}

/** Arrows and Page keys move, Space chooses, Shift extends, Enter opens, Ctrl A takes all, Escape clears. */
export function keysOf({ rows, view, choosing, menu, isAnySelected, open }: ActsOn) {
  const { activeIndex, anchor } = view;
  return (event: KeyboardEvent<HTMLDivElement>) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "a") {
      event.preventDefault();
      choosing.selectAll();
      return;
    }
    if (event.key === "Escape") {
      if (isAnySelected) {
        event.preventDefault();
        choosing.clear();
      }
      return;
    }
    if (isWithinControl(event.target) || event.altKey) return;
    const step = stepOf(event.key, activeIndex, rows, view.pageRows);
    if (step !== undefined && rows > 0) {
      event.preventDefault();
      if (event.shiftKey && choosing.selectable) anchor.current ??= activeIndex;
      const to = view.moveTo(step);
      if (event.shiftKey && choosing.selectable) choosing.extendTo(to);
      return;
    }
    if (event.key === " " && choosing.selectable) {
      event.preventDefault();
      if (event.shiftKey) choosing.extendTo(activeIndex);
      else choosing.toggle(activeIndex);
    } else if (event.key === "Enter") {
      if (rows === 0 || open === null) return;
      event.preventDefault();
      open(activeIndex);
    } else if (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) {
      event.preventDefault();
      menu.openAtRow(activeIndex);
    }
  };
}

function stepOf(key: string, from: number, rows: number, pageRows: () => number): number | undefined {
  switch (key) {
    case "ArrowDown":
      return from + 1;
    case "ArrowUp":
      return from - 1;
    case "PageDown":
      return from + pageRows();
    case "PageUp":
      return from - pageRows();
    case "Home":
      return 0;
    case "End":
      return rows - 1;
    default:
      return undefined;
  }
}
