"use client";

import { useCallback, useEffect, useState } from "react";

export type ColumnVisibility = Record<string, boolean>;

/** Which columns a person shows, kept in this browser under the grid's name; all until they choose. */
export function useColumnVisibility(grid: string): readonly [ColumnVisibility, (next: ColumnVisibility) => void] {
  const key = `greentick.columns.${grid}`;
  const [visibility, setVisibility] = useState<ColumnVisibility>({});
  useEffect(() => {
    try {
      const kept: unknown = JSON.parse(window.localStorage.getItem(key) ?? "null");
      if (typeof kept !== "object" || kept === null) return;
      setVisibility(
        Object.fromEntries(Object.entries(kept).filter((entry): entry is [string, boolean] => typeof entry[1] === "boolean")),
      );
    } catch {
      window.localStorage.removeItem(key);
    }
  }, [key]);
  const change = useCallback(
    (next: ColumnVisibility) => {
      setVisibility(next);
      window.localStorage.setItem(key, JSON.stringify(next));
    },
    [key],
  );
  return [visibility, change];
}
