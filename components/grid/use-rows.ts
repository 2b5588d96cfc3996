"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import type { GridRow } from "./features.ts";

export interface GridPage<Row extends GridRow> {
  readonly rows: readonly Row[];
  /** The cursor of the next page; null when there is none. */
  readonly next: string | null;
}

export interface GridRows<Row extends GridRow> {
  readonly rows: readonly Row[];
  readonly hasMore: boolean;
  /** Another filter or order was asked for and its rows are not here yet. */
  readonly changing: boolean;
  /** Why the last read failed, in words; null when it did not. */
  readonly failed: string | null;
  loadMore(): void;
  /** Reads again as many rows as are shown: after an action, or when the counts moved. */
  reload(): void;
}

/** Header of requests that a page makes by itself: they do not count as the person being there. */
export const BY_ITSELF = { "x-greentick-background": "1" };

const FIRST = 100;
const MOST = 500;

/** Fetches JSON that no cache may keep. @throws {Error} in the reader's words */
export async function fetchJson<Body>(url: string, signal?: AbortSignal, headers?: Record<string, string>): Promise<Body> {
  let response: Response;
  try {
    response = await fetch(url, { cache: "no-store", ...(signal ? { signal } : {}), ...(headers ? { headers } : {}) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Error("The console cannot be reached. Check your connection.");
  }
  if (!response.ok) {
    const body = (await response.json().catch(() => null)) as { error?: { message?: string } } | null;
    throw new Error(body?.error?.message ?? "The rows could not be read.");
  }
  return (await response.json()) as Body;
}

/**
 * The window of rows that a grid has read so far. `url` holds filter and order; another one is read anew while the old rows stay
 * in view. `first` is what the server drew; null reads it now. Pages follow by key: `after` and `limit` are added to the address.
 */
export function useGridRows<Row extends GridRow>(url: string, first: GridPage<Row> | null): GridRows<Row> {
  const [page, setPage] = useState<GridPage<Row>>(first ?? { rows: [], next: null });
  const [shown, setShown] = useState(first === null ? null : url);
  const [failed, setFailed] = useState<string | null>(null);
  const reading = useRef<AbortController | null>(null);
  const more = useRef(false);
  const size = useRef(0);
  size.current = page.rows.length;

  const read = useCallback(async (address: string, after: string | null, limit: number, byItself: boolean) => {
    reading.current?.abort();
    const controller = new AbortController();
    reading.current = controller;
    const asked = new URL(address, window.location.origin);
    asked.searchParams.set("limit", String(limit));
    if (after !== null) asked.searchParams.set("after", after);
    try {
      const found = await fetchJson<GridPage<Row>>(asked.href, controller.signal, byItself ? BY_ITSELF : undefined);
      if (controller.signal.aborted) return;
      setPage((before) => (after === null ? found : { rows: [...before.rows, ...found.rows], next: found.next }));
      setShown(address);
      setFailed(null);
    } catch (error) {
      if (!controller.signal.aborted) setFailed(error instanceof Error ? error.message : "The rows could not be read.");
    } finally {
      if (reading.current === controller) more.current = false;
    }
  }, []);

  useEffect(() => {
    if (url !== shown) void read(url, null, FIRST, false);
  }, [url, shown, read]);
  useEffect(() => () => reading.current?.abort(), []);

  const { next } = page;
  const loadMore = useCallback(() => {
    if (more.current || next === null || url !== shown) return;
    more.current = true;
    void read(url, next, FIRST, false);
  }, [next, url, shown, read]);
  const reload = useCallback(() => {
    void read(url, null, Math.min(MOST, Math.max(FIRST, size.current)), true);
  }, [url, read]);

  return { rows: page.rows, hasMore: page.next !== null, changing: url !== shown, failed, loadMore, reload };
}
