"use client";

import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { useDrawn, useLastKnown } from "#components/ui/queries.ts";
import type { GridRow } from "./features.ts";
import { type GridPage, inOnePage, joined, type ReadPages, rowsKey, rowsQuery } from "./rows-query.ts";

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

/**
 * The window of rows that a grid has read so far. `url` holds filter and order; another one is read
 * anew while the old rows stay in view. `first` is what the server drew; null reads it now. While
 * `isMoving` says so of a row, the rows are read again every `everyMs`.
 */
export function useGridRows<Row extends GridRow>(
  client: string,
  url: string,
  first: GridPage<Row> | null,
  moving?: { readonly isMoving: (row: Row) => boolean; readonly everyMs: number },
): GridRows<Row> {
  const queries = useQueryClient();
  const drawn = useDrawn(url, first) ?? undefined;
  const { data, error, dataUpdatedAt, refetch, fetchNextPage } = useInfiniteQuery({
    ...rowsQuery<Row>(client, url, drawn),
    refetchInterval: ({ state }) =>
      moving !== undefined && state.data?.pages.some((page) => page.rows.some(moving.isMoving)) === true && moving.everyMs,
  });
  const read = useMemo(() => data && joined(data.pages), [data]);
  const page = useLastKnown(read, first ?? { rows: [], next: null });
  const ready = read !== undefined && read.next !== null;

  // The grid asks again whenever this is another function: after each read, since a read that was
  // under way sent it away, but not after one that failed, or it would fail for ever.
  // biome-ignore lint/correctness/useExhaustiveDependencies: dataUpdatedAt is why it is another one
  const loadMore = useCallback(async () => {
    if (!ready) return;
    await fetchNextPage({ cancelRefetch: false });
    queries.setQueryData<ReadPages<Row>>(rowsKey(client, url), inOnePage);
  }, [ready, fetchNextPage, dataUpdatedAt, queries, client, url]);
  const reload = useCallback(async () => {
    // A first read of this address that is under way began before whatever asks now: it would be joined instead of made anew.
    await queries.cancelQueries({ queryKey: rowsKey(client, url), exact: true });
    void refetch();
  }, [queries, client, url, refetch]);

  return {
    rows: page.rows,
    hasMore: page.next !== null,
    changing: read === undefined,
    failed: error === null ? null : error.message,
    loadMore,
    reload,
  };
}
