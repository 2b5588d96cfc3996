"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import { BY_ITSELF, fetchJson } from "#components/grid/use-rows.ts";
import { tellCounts } from "#components/shell/counts-in-step.ts";
import type { AsideGroup } from "#db/queries/export/aside.ts";
import type { Cause } from "#db/queries/export/causes.ts";
import type { PanelTotal } from "#db/queries/export/posting-grid.ts";
import type { RunProgress } from "#db/queries/export/runs.ts";
import type { Wire } from "#lib/common/wire.ts";
import type { Panel } from "#lib/model/states.ts";

/** What stands around the rows: totals, causes, and the run under way. */
export interface Around {
  readonly panels: Readonly<Record<Panel, Wire<PanelTotal>>>;
  readonly causes: readonly Wire<Cause>[];
  readonly run: Wire<RunProgress> | null;
  /** What stands in none of the panels. */
  readonly aside: readonly AsideGroup[];
}

const RUNNING_MS = 1_000;
const QUIET_MS = 10_000;

/**
 * Reads totals, causes and progress again: each second while a run is open, now and then otherwise, not at all while nobody looks.
 * The figures are the server's, so that leaving the page and coming back shows the same run.
 */
export function useAround(clientId: string, first: Around): { readonly around: Around; refresh(): void } {
  const [around, setAround] = useState(first);
  const reading = useRef(false);
  const read = useCallback(
    async (byItself: boolean) => {
      if (reading.current) return;
      reading.current = true;
      try {
        const own = byItself ? BY_ITSELF : undefined;
        const now = await fetchJson<Around>(`/api/clients/${clientId}/postings/panels`, undefined, own);
        setAround(now);
        tellCounts({ pending: now.panels.pending.count });
      } catch {
        // The next poll asks again; the grids say when the console cannot be reached.
      } finally {
        reading.current = false;
      }
    },
    [clientId],
  );
  const open = around.run !== null;
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && void read(true), open ? RUNNING_MS : QUIET_MS);
    const seen = () => document.visibilityState === "visible" && void read(true);
    document.addEventListener("visibilitychange", seen);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [open, read]);
  return { around, refresh: useCallback(() => void read(false), [read]) };
}
