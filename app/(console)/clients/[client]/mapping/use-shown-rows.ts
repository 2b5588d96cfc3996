"use client";

import { useDeferredValue, useMemo, useState } from "react";
import type { TableRow } from "./table-row.ts";

/** Nothing is chosen for it, or what was chosen is at fault. */
const isOpen = (row: TableRow) => (row.targetId === null || row.fault !== null) && !row.notUsed;

/** The rows that a filter and "Only unmapped" leave; the one that the page opens at always stays. */
export function useShownRows(rows: readonly TableRow[], startsOpen: boolean, focusKey: string | null) {
  const [onlyOpen, setOnlyOpen] = useState(startsOpen);
  const [filter, setFilter] = useState("");
  const wanted = useDeferredValue(filter);
  const shown = useMemo(() => {
    const text = wanted.trim().toLowerCase();
    return rows.filter(
      (row) =>
        (!onlyOpen || isOpen(row) || row.key === focusKey) &&
        (text === "" || `${row.code ?? ""} ${row.name} ${row.targetLabel ?? ""}`.toLowerCase().includes(text)),
    );
  }, [rows, wanted, onlyOpen, focusKey]);
  return {
    shown,
    openCount: rows.filter(isOpen).length,
    onlyOpen,
    toggleOnlyOpen: () => setOnlyOpen((before) => !before),
    filter,
    setFilter,
  };
}
