"use client";

import { Button, NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { parseAsString, useQueryStates } from "nuqs";
import { type ReactNode, useCallback, useEffect, useMemo, useState } from "react";
import { DayInput } from "#components/ui/day-input.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { fetchJson } from "#components/ui/fetch-json.ts";
import { keepTrail } from "#components/ui/list-trail.ts";
import { Notice } from "#components/ui/notice.tsx";
import { Panel } from "#components/ui/page.tsx";
import { clientKey, useDrawn, useLastKnown } from "#components/ui/queries.ts";
import { isPlainDate } from "#lib/common/dates.ts";
import { MOST_WORDS } from "#lib/common/limits.ts";
import type { SideSum } from "#lib/common/sums.ts";
import type { GridAction } from "./action-items.tsx";
import { ColumnChooser } from "./column-chooser.tsx";
import { describeColumns, type GridColumns, type GridRow, type GridSort } from "./features.ts";
import { FilterBox } from "./filter-box.tsx";
import classes from "./grid.module.css";
import { Grid } from "./grid.tsx";
import { ListExits } from "./list-exits.tsx";
import type { GridPage } from "./rows-query.ts";
import type { SavedView } from "./settings.tsx";
import { useColumns } from "./use-columns.ts";
import { useGridRows } from "./use-rows.ts";
import { ViewsMenu } from "./views-menu.tsx";
import { formatCount, sumsInWords } from "./words.ts";

/** One way to narrow a list, beside its words. */
export type ListFilter =
  | {
      readonly type: "choice";
      readonly name: string;
      /** Says what is chosen; also the words of the choice that narrows nothing: "All types". */
      readonly label: string;
      readonly all: string;
      readonly options: readonly { readonly value: string; readonly label: string }[];
      /** Where there are many filters: no wider than this, however long its choices are. */
      readonly mostPx?: number;
    }
  /** `short` stands before the date: "From". */
  | { readonly type: "day"; readonly name: string; readonly label: string; readonly short: string };

/** First and last day, for lists that have a date. */
export const DAY_FILTERS: readonly ListFilter[] = [
  { type: "day", name: "from", label: "From this day", short: "From" },
  { type: "day", name: "to", label: "Up to this day", short: "To" },
];

export interface ListTotals {
  readonly count: number;
  readonly sums: readonly SideSum[];
}

/** What the server drew a list with. */
export interface FirstList<Row extends GridRow> {
  readonly page: GridPage<Row>;
  readonly totals: ListTotals;
}

export interface RecordListProps<Row extends GridRow> {
  /** The list's name in its address and in the person's settings. */
  readonly list: string;
  /** Names the panel and the grid. */
  readonly title: string;
  /** The client, as addresses name it. */
  readonly slug: string;
  readonly columns: GridColumns<Row>;
  readonly first: FirstList<Row>;
  /** `name.asc`: the order that the list opens with. */
  readonly opensWith: string;
  readonly search: { readonly label: string; readonly placeholder: string };
  readonly filters?: readonly ListFilter[];
  readonly locale: string;
  /** A row's own page. */
  readonly href: (row: Row) => string;
  /** What the list says before it has any row. */
  readonly empty: { readonly title: string; readonly body: string; readonly action?: ReactNode };
  /** What the row's context menu offers beside opening it. */
  readonly rowActions?: (row: Row, reload: () => void) => readonly GridAction[];
  /** A row that changes by itself: while one is shown the rows are read again. */
  readonly moving?: (row: Row) => boolean;
}

const AGAIN_MS = 3_000;

/**
 * The one list of records: words, filters, order and columns stand in the address; columns and named views are kept per person; rows
 * are read by key as they are scrolled to. A click or Enter opens a row.
 */
export function RecordList<Row extends GridRow>(props: RecordListProps<Row>) {
  const { list, slug, title, columns, first, locale, filters = [] } = props;
  const router = useRouter();
  const address = `/api/clients/${slug}/lists/${list}`;
  const parsers = useMemo(
    () =>
      Object.fromEntries(
        ["q", "sort", ...filters.map((filter) => filter.name)].map((name) => [
          name,
          parseAsString
            .withDefault(name === "sort" ? props.opensWith : "")
            .withOptions({ history: "replace", clearOnDefault: true }),
        ]),
      ),
    [filters, props.opensWith],
  );
  const [view, setView] = useQueryStates(parsers);
  const [choice, setChoice] = useColumns(list);
  const described = useMemo(() => describeColumns(columns), [columns]);

  const sorts = new Set(
    columns.flatMap((column) => (column.meta?.sort ? [`${column.meta.sort}.asc`, `${column.meta.sort}.desc`] : [])),
  );
  const asked = view.sort ?? props.opensWith;
  const [by = "", direction] = (sorts.has(asked) ? asked : props.opensWith).split(".");
  const sort: GridSort = { by, direction: direction === "desc" ? "desc" : "asc" };

  const words = (view.q ?? "").trim().slice(0, MOST_WORDS);
  const chosen = filters.flatMap((filter) => {
    const value = view[filter.name] ?? "";
    const known = filter.type === "day" || filter.options.some((option) => option.value === value);
    return value !== "" && known ? [[filter.name, value] as const] : [];
  });
  const narrowed = new URLSearchParams(
    [...(words ? [["q", words] as const] : []), ...chosen].map(([name, value]) => [name, value]),
  ).toString();
  const query = `${narrowed}${narrowed === "" ? "" : "&"}sort=${by}.${sort.direction}`;

  const source = `${address}?${query}`;
  const moving = props.moving && { isMoving: props.moving, everyMs: AGAIN_MS };
  const rows = useGridRows<Row>(slug, source, first.page, moving);
  const totals = useTotals(slug, `${address}/totals?${narrowed}`, first.totals);
  const { reload } = rows;

  const { href, rowActions } = props;
  // What a record's page leads on from: previous, next, and back to the list as it was.
  useEffect(() => {
    keepTrail({ at: `${window.location.pathname}${window.location.search}`, hrefs: rows.rows.map(href) });
  });
  const open = useCallback((row: Row) => router.push(href(row)), [router, href]);
  const [pointed, setPointed] = useState<Row | null>(null);
  const actions = useMemo<readonly GridAction[]>(
    () =>
      pointed === null
        ? []
        : [{ id: "open", label: "Open record", run: () => open(pointed) }, ...(rowActions?.(pointed, reload) ?? [])],
    [pointed, open, rowActions, reload],
  );

  const apply = ({ search }: SavedView) => {
    const kept = new URLSearchParams(search);
    void setView(Object.fromEntries(Object.keys(parsers).map((name) => [name, kept.get(name)])));
    setChoice(kept.get("cols")?.split(",") ?? null);
  };
  const current = () => {
    const kept = new URLSearchParams(query);
    if (choice !== null) kept.set("cols", choice.join(","));
    return kept.toString();
  };
  const isNarrowed = narrowed !== "";

  return (
    <Panel
      title={title}
      aside={
        <span className={classes.listTotals} data-count={totals.count}>
          {formatCount(totals.count, locale)}
          {totals.sums.length > 0 && ` · ${sumsInWords(totals.sums, locale, true)}`}
        </span>
      }
      actions={
        <>
          <FilterBox
            label={props.search.label}
            placeholder={props.search.placeholder}
            value={view.q ?? ""}
            onChange={(q) => void setView({ q })}
          />
          {filters.map((filter) =>
            filter.type === "choice" ? (
              <NativeSelect
                key={filter.name}
                size="xs"
                aria-label={filter.label}
                maw={filter.mostPx}
                data={[{ value: "", label: filter.all }, ...filter.options]}
                value={chosen.find(([name]) => name === filter.name)?.[1] ?? ""}
                onChange={(event) => void setView({ [filter.name]: event.currentTarget.value })}
              />
            ) : (
              <DayInput
                key={filter.name}
                size="xs"
                locale={locale}
                leftSection={<span className={classes.dayWord}>{filter.short}</span>}
                leftSectionWidth={44}
                aria-label={filter.label}
                title={filter.label}
                value={view[filter.name] ?? ""}
                onChange={(day) => {
                  if (day === "" || isPlainDate(day)) void setView({ [filter.name]: day });
                }}
              />
            ),
          )}
          <ListExits slug={slug} list={list} query={query} choice={choice} count={totals.count} locale={locale} />
          <ViewsMenu grid={list} current={current} onApply={apply} />
          <span className={classes.wideOnly}>
            <ColumnChooser columns={described} choice={choice} onChange={setChoice} />
          </span>
        </>
      }
    >
      {rows.failed && (
        <div className={classes.listNotice}>
          <Notice kind="bad">
            {rows.failed}{" "}
            <Button variant="subtle" size="compact-xs" onClick={reload}>
              Try again
            </Button>
          </Notice>
        </div>
      )}
      <Grid<Row>
        label={title}
        columns={columns}
        choice={choice}
        source={source}
        rows={rows.rows}
        total={totals.count}
        hasMore={rows.hasMore}
        changing={rows.changing}
        onLoadMore={rows.loadMore}
        sort={sort}
        onSort={(next) => void setView({ sort: `${next.by}.${next.direction}` })}
        onOpen={open}
        actions={actions}
        onPoint={setPointed}
        empty={
          isNarrowed ? (
            <EmptyState
              title="Nothing matches"
              body="Try other words or fewer filters."
              action={
                <Button variant="default" onClick={() => apply({ name: "", search: current().replace(narrowed, "") })}>
                  Show all
                </Button>
              }
            />
          ) : (
            <EmptyState {...props.empty} />
          )
        }
        maxRows={12}
        share={72}
      />
    </Panel>
  );
}

/** Count and sums of the filter; the last known ones stand until the new ones are here. */
function useTotals(slug: string, url: string, given: ListTotals): ListTotals {
  const { data } = useQuery({
    queryKey: clientKey(slug, "list-totals", url),
    queryFn: ({ signal }) => fetchJson<ListTotals>(url, signal),
    initialData: useDrawn(url, given),
  });
  return useLastKnown(data, given);
}
