"use client";

import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { tellCounts } from "#components/shell/counts-in-step.ts";
import { BY_ITSELF, fetchJson } from "#components/ui/fetch-json.ts";
import { clientKey } from "#components/ui/queries.ts";
import type { Cause } from "#db/queries/export/causes.ts";
import type { PanelTotal } from "#db/queries/export/posting-grid.ts";
import type { RunProgress } from "#db/queries/export/runs.ts";
import type { WithheldGroup } from "#db/queries/export/withheld.ts";
import type { Wire } from "#lib/common/wire.ts";
import type { Panel } from "#lib/model/states.ts";

/** What stands around the rows: totals, causes, and the run under way. */
export interface Around {
  readonly panels: Readonly<Record<Panel, Wire<PanelTotal>>>;
  readonly causes: readonly Wire<Cause>[];
  readonly run: Wire<RunProgress> | null;
  /** What stands in none of the panels. */
  readonly withheld: readonly WithheldGroup[];
}

const RUNNING_MS = 1_000;
const QUIET_MS = 10_000;

/**
 * Reads totals, causes and progress again: each second while a run is open, now and then otherwise, not at all while nobody looks.
 * The figures are the server's, so that leaving the page and coming back shows the same run.
 */
export function useAround(clientId: string, first: Around): { readonly around: Around; refresh(): void } {
  // One that fails is asked again at its next poll; the grids say when the console cannot be reached.
  const { data: around, refetch } = useQuery({
    queryKey: clientKey(clientId, "panels"),
    queryFn: async ({ signal }) => {
      const now = await fetchJson<Around>(`/api/clients/${clientId}/postings/panels`, signal, BY_ITSELF);
      tellCounts({ pending: now.panels.pending.count });
      return now;
    },
    initialData: first,
    refetchInterval: ({ state }) => (state.data?.run ? RUNNING_MS : QUIET_MS),
    refetchOnWindowFocus: "always",
  });
  return { around, refresh: useCallback(() => void refetch(), [refetch]) };
}
