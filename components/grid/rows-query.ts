import { type InfiniteData, infiniteQueryOptions } from "@tanstack/react-query";
import { BY_ITSELF, fetchJson } from "#components/ui/fetch-json.ts";
import { clientKey } from "#components/ui/queries.ts";
import type { GridRow } from "./features.ts";

export interface GridPage<Row extends GridRow> {
  readonly rows: readonly Row[];
  /** The cursor of the next page; null when there is none. */
  readonly next: string | null;
}

/** What one request asks for: so many rows after a cursor, or from the beginning. */
interface Asked {
  readonly after: string | null;
  readonly limit: number;
}

/** What a list has read so far. */
export type ReadPages<Row extends GridRow> = InfiniteData<GridPage<Row>, Asked>;

const FIRST = 100;
const MOST = 500;
const FROM_THE_START: Asked = { after: null, limit: FIRST };

/** Where a list's rows are kept. */
export const rowsKey = (client: string, url: string) => clientKey(client, "rows", url);

/**
 * A list's rows, page by page as they are scrolled to. `url` holds filter and order; `drawn` is what
 * the server drew for it.
 */
export function rowsQuery<Row extends GridRow>(client: string, url: string, drawn: GridPage<Row> | undefined) {
  return infiniteQueryOptions({
    queryKey: rowsKey(client, url),
    queryFn: ({ client: queries, queryKey, pageParam, signal }) => {
      const asked = new URL(url, "http://console");
      asked.searchParams.set("limit", String(pageParam.limit));
      if (pageParam.after !== null) asked.searchParams.set("after", pageParam.after);
      // A person asks for the first rows and scrolls to others; what was read already reads itself.
      const known = queries.getQueryData<ReadPages<Row>>(queryKey);
      const again = known?.pageParams.some(({ after }) => after === pageParam.after);
      return fetchJson<GridPage<Row>>(`${asked.pathname}${asked.search}`, signal, again ? BY_ITSELF : undefined);
    },
    initialPageParam: FROM_THE_START,
    getNextPageParam: ({ next }): Asked | null => (next === null ? null : { after: next, limit: FIRST }),
    ...(drawn && { initialData: { pages: [drawn], pageParams: [FROM_THE_START] } }),
  });
}

/** All rows that were read, and what follows them. */
export function joined<Row extends GridRow>(pages: readonly GridPage<Row>[]): GridPage<Row> {
  const [only] = pages;
  if (only !== undefined && pages.length === 1) return only;
  return { rows: pages.flatMap((page) => page.rows), next: pages.at(-1)?.next ?? null };
}

/**
 * What several requests have read, as if one had: to read it again then takes one request, of at
 * most 500 rows, however far somebody scrolled. Undefined where there is nothing to join.
 */
export function inOnePage<Row extends GridRow>(read: ReadPages<Row> | undefined): ReadPages<Row> | undefined {
  if (read === undefined || read.pages.length < 2) return undefined;
  const page = joined(read.pages);
  const limit = Math.min(MOST, Math.max(FIRST, page.rows.length));
  return { pages: [page], pageParams: [{ after: null, limit }] };
}
