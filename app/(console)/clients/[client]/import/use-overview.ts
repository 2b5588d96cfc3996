"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import { BY_ITSELF, fetchJson } from "#components/grid/use-rows.ts";
import { tellCounts } from "#components/shell/counts-in-step.ts";
import type { ImportOverview } from "#lib/allocating/overview.ts";

const WHILE_READING_MS = 1_500;
const OTHERWISE_MS = 10_000;

export const isReading = ({ lastRead }: ImportOverview) => lastRead?.state === "running" || lastRead?.state === "stopping";

/** What the rows depend on: when it moves, they are read again. */
const printOf = ({ totals, readAsOf }: ImportOverview) => JSON.stringify([totals.counts, totals.sums, readAsOf]);

/**
 * Counts and progress, asked for again while the page is seen: often while a read is under way. `onMoved` is told when the rows may be
 * others, and whether a whole read has come to its end since. `whole` says that no filter narrows the counts: the menu shows the same.
 */
export function useOverview(
  url: string,
  given: ImportOverview,
  whole: boolean,
  onMoved: (read: boolean) => void,
): readonly [ImportOverview, () => void] {
  const [overview, setOverview] = useState(given);
  const [turn, setTurn] = useState(0);
  const latest = useRef(given);
  const moved = useRef(onMoved);
  moved.current = onMoved;
  const first = useRef(true);
  const reading = isReading(overview);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another turn asks at once
  useEffect(() => {
    const leaving = new AbortController();
    const askOnce = async () => {
      if (document.visibilityState === "hidden") return;
      const found = await fetchJson<ImportOverview>(url, leaving.signal, BY_ITSELF).catch(() => null);
      if (found === null || leaving.signal.aborted) return;
      const before = latest.current;
      latest.current = found;
      setOverview(found);
      if (whole) tellCounts({ incoming: found.totals.counts["to-do"] });
      if (printOf(found) !== printOf(before)) moved.current(found.readAsOf !== before.readAsOf);
    };
    // The page itself came with the first.
    if (first.current) first.current = false;
    else void askOnce();
    const timer = setInterval(askOnce, reading ? WHILE_READING_MS : OTHERWISE_MS);
    return () => {
      clearInterval(timer);
      leaving.abort();
    };
  }, [url, whole, reading, turn]);
  const ask = useCallback(() => setTurn((before) => before + 1), []);
  return [overview, ask];
}
