"use client";

import { type MouseEvent, type TouchEvent, useRef, useState } from "react";
import { indexOf } from "./row-of-event.ts";
import type { GridWindow } from "./use-grid-window.ts";

/** How long a finger rests before it is no tap. */
const REST_MS = 550;

/** The context menu of a grid's rows, by the right button, the Menu key and a finger that rests. */
export type GridMenu = ReturnType<typeof useGridMenu>;

/**
 * Opens a row's menu. `onOpen` says that it is about to open on a row and answers whether it may;
 * `isOffered` whether this grid has one.
 */
export function useGridMenu(
  isOffered: boolean,
  onOpen: (index: number) => boolean,
  { rowAt, setActive, focusActive }: GridWindow,
) {
  const [at, setAt] = useState<{ x: number; y: number } | null>(null);
  const open = (index: number, x: number, y: number) => {
    if (!isOffered || !onOpen(index)) return;
    setActive(index);
    setAt({ x, y });
  };

  // A finger that rests on a row asks for its menu; iOS sends no event of its own for it.
  const resting = useRef<ReturnType<typeof setTimeout> | null>(null);
  const rested = useRef(false);
  const stopResting = () => {
    if (resting.current) clearTimeout(resting.current);
    resting.current = null;
  };
  return {
    at,
    close: () => {
      focusActive();
      setAt(null);
    },
    /** Below a row, where no pointer says a place. */
    openAtRow: (index: number) => {
      const place = rowAt(index)?.getBoundingClientRect();
      if (place) open(index, place.left + 48, place.bottom);
    },
    asks: {
      onContextMenu: (event: MouseEvent<HTMLDivElement>) => {
        const index = indexOf(event.target);
        if (index === null || !isOffered) return;
        event.preventDefault();
        // The Menu key sends no place of its own.
        const place = event.clientX === 0 && event.clientY === 0 ? rowAt(index)?.getBoundingClientRect() : null;
        open(index, place ? place.left + 48 : event.clientX, place ? place.bottom : event.clientY);
      },
      onTouchStart: (event: TouchEvent<HTMLDivElement>) => {
        stopResting();
        rested.current = false;
        const index = indexOf(event.target);
        const finger = event.touches[0];
        if (index === null || !finger || event.touches.length > 1 || !isOffered) return;
        const { clientX, clientY } = finger;
        resting.current = setTimeout(() => {
          rested.current = true;
          open(index, clientX, clientY);
        }, REST_MS);
      },
      onTouchMove: stopResting,
      onTouchCancel: stopResting,
      onTouchEnd: (event: TouchEvent<HTMLDivElement>) => {
        stopResting();
        // The click that follows would toggle the row or close the menu again.
        if (rested.current && event.cancelable) event.preventDefault();
      },
    },
  };
}
