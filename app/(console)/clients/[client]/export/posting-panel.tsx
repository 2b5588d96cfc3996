"use client";

import { Button, Menu } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { ActionItems, type GridAction } from "#components/grid/action-items.tsx";
import { ColumnChooser } from "#components/grid/column-chooser.tsx";
import { describeColumns, type GridColumns, type GridSort } from "#components/grid/features.ts";
import { FilterBox } from "#components/grid/filter-box.tsx";
import { Grid } from "#components/grid/grid.tsx";
import { ListExits } from "#components/grid/list-exits.tsx";
import type { GridPage } from "#components/grid/rows-query.ts";
import { countSelected, type FilterTotals, type GridSelection, noSelection } from "#components/grid/selection.ts";
import { SelectionFoot } from "#components/grid/selection-foot.tsx";
import { useColumns } from "#components/grid/use-columns.ts";
import { useGridRows } from "#components/grid/use-rows.ts";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { BY_ITSELF, fetchJson } from "#components/ui/fetch-json.ts";
import { clientKey } from "#components/ui/queries.ts";
import { FIRST_KINDS, sideOf } from "#lib/common/records.ts";
import type { SideSum } from "#lib/common/sums.ts";
import type { PanelFilter, PostingSelection } from "#lib/pending/selection.ts";
import type { ExportRow } from "./cells.tsx";
import classes from "./export.module.css";
import { filterQuery, type ReadSort } from "./view.ts";
import { slugOf, type Wording } from "./words.ts";

/** What a row adds to a selection's sums. */
function amountOf(row: ExportRow): SideSum | null {
  if (row.grossMinor === null || row.currency === null) return null;
  return { side: sideOf(row.kind), currency: row.currency, minor: row.grossMinor };
}

/** The selection as the actions take it: ids and the change, never amounts to be trusted. */
function toPostingSelection(selection: GridSelection<ExportRow>, filter: PanelFilter): PostingSelection {
  if (selection.kind === "some") return { ids: [...selection.rows.keys()] };
  const gross = new Map<string, bigint>();
  for (const sum of selection.totals.sums) gross.set(sum.currency, (gross.get(sum.currency) ?? 0n) + BigInt(sum.minor));
  return {
    filter,
    exceptIds: [...selection.except.keys()],
    count: countSelected(selection),
    grossByCurrency: Object.fromEntries([...gross].map(([currency, minor]) => [currency, minor.toString()])),
    asOf: selection.totals.asOf,
  };
}

export interface Chosen {
  readonly selection: PostingSelection;
  readonly count: number;
  /** The rows where they were chosen by hand; null for a filter. */
  readonly rows: readonly ExportRow[] | null;
  clear(): void;
}

export interface PostingPanelProps {
  /** The grid's name, for its columns and its landmarks. */
  readonly id: string;
  readonly title: string;
  readonly clientId: string;
  readonly wording: Wording;
  readonly filter: PanelFilter;
  readonly sort: ReadSort;
  readonly onSort: (sort: ReadSort) => void;
  readonly page: GridPage<ExportRow> | null;
  readonly columns: GridColumns<ExportRow>;
  /** Rows of the whole panel, and what it is worth in words. */
  readonly total: number;
  readonly amount?: string;
  /** Changes when the panel's rows may have. */
  readonly signature: string;
  readonly search?: { readonly value: string; readonly onChange: (text: string) => void };
  /** Beside the filter box. */
  readonly filters?: ReactNode;
  /** In the head, where the result of a run appears. */
  readonly aside?: ReactNode;
  /** Rows that may stand as one row above the others; they count and are chosen as if each had its own. */
  readonly first?: FirstRows;
  /** Under the head: why something cannot be done. */
  readonly notice?: ReactNode;
  readonly primary?: (chosen: Chosen | null) => ReactNode;
  readonly actions: (chosen: Chosen | null) => readonly GridAction[];
  readonly selectable: boolean;
  /** What a row's context menu offers for that row alone, below the actions on the selection. */
  readonly rowActions: (row: ExportRow) => readonly GridAction[];
  readonly onOpen: (row: ExportRow) => void;
  readonly empty: ReactNode;
  /** Rows in view at least where there are as many, and the share of the window's height that they may grow to. */
  readonly maxRows: number;
  readonly share?: number;
  /** Keep the foot in view before anything is chosen. */
  readonly foot?: boolean;
  /** Drawn within another panel: no head of its own but its actions. */
  readonly nested?: boolean;
}

interface FirstRows {
  readonly words: string;
  /** How many of them cannot go, in words; null when all can. */
  readonly blocked: string | null;
  readonly count: number;
  readonly folded: boolean;
  readonly onFold: (folded: boolean) => void;
}

const RELOAD_MS = 2_000;
const COLUMNS_IN_ADDRESS = { pending: "p_cols", exported: "e_cols", errors: "x_cols" } as const;

/** One panel of the Export screen: head with count and money at stake, its grid, and the foot that says what is chosen. */
export function PostingPanel(props: PostingPanelProps) {
  const { id, clientId, wording, filter, sort, total, selectable } = props;
  const address = filterQuery(filter);
  const url = `/api/clients/${clientId}/postings?${filterQuery(filter, sort, props.first?.folded)}`;
  const grid = useGridRows<ExportRow>(clientId, url, props.page);
  const [choice, setChoice] = useColumns(`export-${id}`, COLUMNS_IN_ADDRESS[filter.panel]);
  const [selection, setSelection] = useState<GridSelection<ExportRow>>(noSelection);
  const [failed, setFailed] = useState<string | null>(null);
  const filtered = address !== `panel=${filter.panel}`;

  // What another filter hides must not stay chosen unseen.
  const chosenAt = useRef(address);
  useEffect(() => {
    if (chosenAt.current === address) return;
    chosenAt.current = address;
    setSelection(noSelection());
  }, [address]);

  // The rows follow the counts, at most every other second, so that a running upload does not make the grid flicker.
  const { reload } = grid;
  const bare = grid.rows.length === 0 && total > 0;
  const readAt = useRef({ signature: props.signature, at: 0 });
  useEffect(() => {
    if (readAt.current.signature === props.signature) return;
    // A panel that shows nothing while its count says otherwise cannot flicker.
    const wait = bare ? 0 : Math.max(0, readAt.current.at + RELOAD_MS - performance.now());
    const timer = setTimeout(() => {
      readAt.current = { signature: props.signature, at: performance.now() };
      reload();
    }, wait);
    return () => clearTimeout(timer);
  }, [props.signature, reload, bare]);

  const readTotals = useCallback(
    (signal?: AbortSignal, headers?: Record<string, string>) =>
      fetchJson<FilterTotals>(`/api/clients/${clientId}/postings/totals?${address}`, signal, headers),
    [clientId, address],
  );
  const matching = useQuery({
    queryKey: clientKey(clientId, "postings-matching", address),
    // Counted again after each poll of a run: that is not the person being there.
    queryFn: ({ signal, client, queryKey }) =>
      readTotals(signal, client.getQueryData(queryKey) === undefined ? undefined : BY_ITSELF),
    enabled: filtered,
  });
  const countAgain = matching.refetch;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the signature is why the count is read again
  useEffect(() => {
    if (filtered) void countAgain();
  }, [filtered, countAgain, props.signature]);
  const matches = filtered ? (matching.data?.count ?? grid.rows.length) : total;

  const selectAll = useCallback(() => {
    readTotals()
      .then((totals) => {
        setFailed(null);
        setSelection({ kind: "all", totals, except: new Map() });
      })
      .catch((error: unknown) => setFailed(error instanceof Error ? error.message : "The rows could not be read."));
  }, [readTotals]);
  const clear = useCallback(() => setSelection(noSelection()), []);

  const count = countSelected(selection);
  const chosen: Chosen | null = useMemo(
    () =>
      count === 0
        ? null
        : {
            selection: toPostingSelection(selection, filter),
            count,
            rows: selection.kind === "some" ? [...selection.rows.values()] : null,
            clear,
          },
    [count, selection, filter, clear],
  );
  const actions = props.actions(chosen);
  const [pointed, setPointed] = useState<ExportRow | null>(null);
  const menu = [...(selectable ? actions : []), ...(pointed === null ? [] : props.rowActions(pointed))];
  const onSort = props.onSort;
  const changeSort = useCallback((next: GridSort) => onSort(next as ReadSort), [onSort]);
  const head = (
    <>
      {props.search && <FilterBox label={`Filter ${props.title}`} {...props.search} />}
      {props.filters}
      {!props.nested && (
        <ListExits
          slug={slugOf(wording)}
          list={filter.panel}
          query={filterQuery(filter, sort)}
          choice={choice}
          count={matches}
          locale={wording.locale}
        />
      )}
      {!props.nested && (
        <span className={classes.wideOnly}>
          <ColumnChooser columns={describeColumns(props.columns)} choice={choice} onChange={setChoice} />
        </span>
      )}
      {selectable && (
        <span className={classes.acts}>
          <ActionsButton actions={actions} />
          {props.primary?.(chosen)}
        </span>
      )}
    </>
  );

  return (
    <section className={props.nested ? classes.nested : classes.panel} aria-label={props.title} data-panel={id}>
      {!props.nested && (
        <header className={classes.head}>
          <h2>{props.title}</h2>
          <span className={classes.amount} data-count={total}>
            {new Intl.NumberFormat(wording.locale).format(total)}
            {props.amount && ` · ${props.amount}`}
          </span>
          {props.aside}
          <div className={classes.tools}>{head}</div>
        </header>
      )}
      {props.notice}
      {(grid.failed ?? failed) && (
        <p className={classes.failed} role="alert">
          {grid.failed ?? failed}{" "}
          <Button variant="subtle" size="compact-xs" onClick={reload}>
            Try again
          </Button>
        </p>
      )}
      {props.first && <FirstLine first={props.first} chosen={selection} locale={wording.locale} />}
      <Grid
        label={props.title}
        columns={props.columns}
        choice={choice}
        source={url}
        rows={grid.rows}
        total={matches}
        hasMore={grid.hasMore}
        changing={grid.changing}
        onLoadMore={grid.loadMore}
        sort={sort}
        onSort={changeSort}
        {...(selectable ? { selection, onSelect: setSelection, onSelectAll: selectAll } : {})}
        actions={menu}
        onPoint={setPointed}
        onOpen={props.onOpen}
        empty={filtered ? <FilteredEmpty /> : bare ? <ComingRows /> : props.empty}
        maxRows={props.maxRows}
        share={props.share}
      />
      {selectable && (count > 0 || (props.foot === true && matches > 0)) && (
        <SelectionFoot
          selection={selection}
          amountOf={amountOf}
          total={matches}
          locale={wording.locale}
          onSelectAll={selectAll}
          onClear={clear}
        />
      )}
      {selectable && props.nested && <div className={classes.nestedActs}>{head}</div>}
    </section>
  );
}

/** What goes first, as one row: folded it is out of the documents' way, and still counted and chosen with them. */
function FirstLine({
  first,
  chosen,
  locale,
}: {
  readonly first: FirstRows;
  readonly chosen: GridSelection<ExportRow>;
  readonly locale: string;
}) {
  const isFirst = (row: ExportRow) => FIRST_KINDS.some((kind) => kind === row.kind);
  const among = (rows: Iterable<ExportRow>) => [...rows].filter(isFirst).length;
  const selected = chosen.kind === "some" ? among(chosen.rows.values()) : first.count - among(chosen.except.values());
  const Icon = first.folded ? IconChevronRight : IconChevronDown;
  return (
    <button
      type="button"
      className={classes.firstLine}
      aria-expanded={!first.folded}
      data-selected={selected > 0 || undefined}
      onClick={() => first.onFold(!first.folded)}
    >
      <Icon size={15} stroke={2} aria-hidden />
      <span>{first.words}</span>
      {first.blocked !== null && <span className={classes.firstBlocked}>{first.blocked}</span>}
      {selected > 0 && <span className={classes.firstChosen}>{new Intl.NumberFormat(locale).format(selected)} selected</span>}
      <span className={classes.firstShow}>{first.folded ? "Show" : "Fold"}</span>
    </button>
  );
}

/** The count is here before the rows: the panel never says that it is empty beside a figure that says otherwise. */
function ComingRows() {
  return <EmptyState dense title="Reading the rows" body="They will appear here in a moment." />;
}

function FilteredEmpty() {
  return <EmptyState dense title="Nothing matches this filter" body="Clear the filter box, or choose All." />;
}

function ActionsButton({ actions }: { readonly actions: readonly GridAction[] }) {
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button variant="default" rightSection={<IconChevronDown size={15} stroke={2} aria-hidden />}>
          Actions
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <ActionItems actions={actions} />
      </Menu.Dropdown>
    </Menu>
  );
}
