"use client";

import { notifications } from "@mantine/notifications";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import type { ColumnChoice } from "./columns.ts";

/** A list's filters, order and columns under a name of the person's own, as they stand in an address. */
export interface SavedView {
  readonly name: string;
  readonly search: string;
}

/** What a person keeps of one grid. */
export interface GridSettings {
  readonly columns: ColumnChoice;
  readonly views: readonly SavedView[];
}

const NOTHING: GridSettings = { columns: null, views: [] };

interface Kept {
  readonly settings: Readonly<Record<string, GridSettings>>;
  readonly change: (grid: string, next: GridSettings) => void;
}

const Context = createContext<Kept>({ settings: {}, change: () => {} });

const WAIT_MS = 400;

function write(grid: string, next: GridSettings): void {
  fetch(`/api/settings/grids/${grid}`, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(next),
    // It is still sent when the page is being left.
    keepalive: true,
  })
    .then((answer) => {
      if (!answer.ok) throw new Error(String(answer.status));
    })
    .catch(() => {
      notifications.show({ message: "Your settings for this list could not be saved.", color: "red" });
    });
}

/** Keeps what the person chose for their grids: read once with the frame, written when they come to rest or leave the page. */
export function GridSettingsProvider({
  given,
  children,
}: {
  readonly given: Readonly<Record<string, GridSettings>>;
  readonly children: ReactNode;
}) {
  const [settings, setSettings] = useState(given);
  const waiting = useRef(new Map<string, { readonly timer: ReturnType<typeof setTimeout>; readonly write: () => void }>());
  const change = useCallback((grid: string, next: GridSettings) => {
    setSettings((before) => ({ ...before, [grid]: next }));
    clearTimeout(waiting.current.get(grid)?.timer);
    const atRest = () => {
      waiting.current.delete(grid);
      write(grid, next);
    };
    waiting.current.set(grid, { timer: setTimeout(atRest, WAIT_MS), write: atRest });
  }, []);
  useEffect(() => {
    const leave = () => {
      for (const { timer, write: writeNow } of [...waiting.current.values()]) {
        clearTimeout(timer);
        writeNow();
      }
    };
    window.addEventListener("pagehide", leave);
    return () => window.removeEventListener("pagehide", leave);
  }, []);
  const kept = useMemo(() => ({ settings, change }), [settings, change]);
  return <Context value={kept}>{children}</Context>;
}

/** What the person keeps of one grid, and how to change it. */
export function useGridSettings(grid: string): readonly [GridSettings, (next: Partial<GridSettings>) => void] {
  const { settings, change } = useContext(Context);
  const own = settings[grid] ?? NOTHING;
  const set = useCallback((next: Partial<GridSettings>) => change(grid, { ...own, ...next }), [change, grid, own]);
  return [own, set];
}
