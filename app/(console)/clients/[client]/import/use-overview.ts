"use client";

import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { tellCounts } from "#components/shell/counts-in-step.ts";
import { BY_ITSELF, fetchJson } from "#components/ui/fetch-json.ts";
import { clientKey, useDrawn, useLastKnown } from "#components/ui/queries.ts";
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
  slug: string,
  url: string,
  given: ImportOverview,
  whole: boolean,
  onMoved: (read: boolean) => void,
): readonly [ImportOverview, () => void] {
  const { data, refetch } = useQuery({
    queryKey: clientKey(slug, "import-overview", url),
    queryFn: async ({ signal }) => {
      const found = await fetchJson<ImportOverview>(url, signal, BY_ITSELF);
      if (whole) tellCounts({ incoming: found.totals.counts["to-do"] });
      return found;
    },
    initialData: useDrawn(url, given),
    refetchInterval: ({ state }) => (state.data && isReading(state.data) ? WHILE_READING_MS : OTHERWISE_MS),
  });
  const overview = useLastKnown(data, given);
  const moved = useRef(onMoved);
  moved.current = onMoved;
  const latest = useRef(given);
  useEffect(() => {
    const before = latest.current;
    latest.current = overview;
    if (printOf(overview) !== printOf(before)) moved.current(overview.readAsOf !== before.readAsOf);
  }, [overview]);
  return [overview, useCallback(() => void refetch(), [refetch])];
}
