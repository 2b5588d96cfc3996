"use client";

import { Button, Menu } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { type ReactNode, useMemo } from "react";
import { ActionItems, type GridAction } from "#components/grid/action-items.tsx";
import { ColumnChooser } from "#components/grid/column-chooser.tsx";
import { describeColumns } from "#components/grid/features.ts";
import { Grid } from "#components/grid/grid.tsx";
import { ListExits } from "#components/grid/list-exits.tsx";
import { type GridSelection, noSelection } from "#components/grid/selection.ts";
import { SelectionFoot } from "#components/grid/selection-foot.tsx";
import { useColumns } from "#components/grid/use-columns.ts";
import type { GridRows } from "#components/grid/use-rows.ts";
import { formatCount, sumsInWords } from "#components/grid/words.ts";
import { Panel } from "#components/ui/page.tsx";
import type { IncomingRow } from "#db/queries/payments/incoming-grid.ts";
import type { ImportOverview } from "#lib/allocating/overview.ts";
import type { IncomingSelection } from "#lib/allocating/selection.ts";
import { importColumns } from "./columns.tsx";
import classes from "./import.module.css";
import { Nothing } from "./nothing.tsx";
import { actionsOnPayments } from "./payment-actions.tsx";
import { PaymentFilters, PaymentTabs } from "./payment-filters.tsx";
import type { ImportWork } from "./use-import-work.ts";
import { filterOf, type ImportView, queryOf } from "./view.ts";
import { amountOf, type Wording } from "./words.ts";

const MAX_ROWS = 16;

interface PaymentsPanelProps {
  readonly slug: string;
  readonly wording: Wording;
  readonly mayCreate: boolean;
  readonly whoMay: string;
  readonly view: ImportView;
  /** Narrows or orders the payments otherwise; nothing stays chosen then. */
  readonly change: (next: Partial<ImportView>) => void;
  readonly source: string;
  readonly rows: GridRows<IncomingRow>;
  readonly overview: ImportOverview;
  readonly selection: GridSelection<IncomingRow>;
  readonly onSelect: (selection: GridSelection<IncomingRow>) => void;
  readonly onOpen: (row: IncomingRow | null) => void;
  readonly onUndo: (selection: IncomingSelection) => void;
  readonly work: ImportWork;
  readonly children: ReactNode;
}

/** The payments with what may be done with them; `children` stand below, above the button of a narrow screen. */
export function PaymentsPanel(props: PaymentsPanelProps) {
  const { slug, wording, mayCreate, view, change, rows, overview, selection, onSelect, onOpen } = props;
  const [choice, setChoice] = useColumns("import");
  const columns = useMemo(() => importColumns(wording), [wording]);
  const { totals } = overview;
  const { locale } = wording;

  const selectAll = () => onSelect({ kind: "all", totals, except: new Map() });
  const { actions, primary } = actionsOnPayments({
    selection,
    view,
    totals,
    mayCreate,
    whoMay: props.whoMay,
    locale,
    work: props.work,
    onUndo: props.onUndo,
    onOpen,
  });
  const query = queryOf(filterOf(view));
  const isNarrowed = view.q !== "" || view.view !== "all" || view.side !== "both";

  return (
    <>
      <Panel
        title="Payments"
        aside={
          <span className={classes.sums}>
            {formatCount(totals.count, locale)}
            {totals.sums.length > 0 && ` · ${sumsInWords(totals.sums, locale)}`}
          </span>
        }
        actions={
          <>
            <PaymentFilters view={view} change={change} />
            <ListExits
              slug={slug}
              list="import"
              query={`${query}&direction=${view.date}`}
              choice={choice}
              count={totals.count}
              locale={locale}
            />
            <span className={classes.wide}>
              <ColumnChooser columns={describeColumns(columns)} choice={choice} onChange={setChoice} />
            </span>
            <ActionsMenu actions={actions} />
            <span className={classes.wide}>{primary}</span>
          </>
        }
      >
        <div className={classes.tabs}>
          <PaymentTabs view={view} change={change} counts={totals.counts} wording={wording} />
        </div>
        <div className={classes.grid}>
          <Grid<IncomingRow>
            label="Payments read from the package"
            columns={columns}
            choice={choice}
            source={props.source}
            rows={rows.rows}
            total={totals.count}
            hasMore={rows.hasMore}
            changing={rows.changing}
            onLoadMore={rows.loadMore}
            sort={{ by: "date", direction: view.date }}
            onSort={({ direction }) => change({ date: direction })}
            {...(mayCreate
              ? {
                  selection,
                  onSelect,
                  onSelectAll: selectAll,
                  actions,
                }
              : {})}
            onOpen={onOpen}
            empty={<Nothing overview={overview} filtered={isNarrowed} slug={slug} wording={wording} />}
            maxRows={MAX_ROWS}
          />
        </div>
        {mayCreate && (
          <SelectionFoot
            selection={selection}
            amountOf={amountOf}
            total={totals.count}
            locale={locale}
            onSelectAll={selectAll}
            onClear={() => onSelect(noSelection<IncomingRow>())}
          />
        )}
      </Panel>
      <p className={classes.note}>Allocate credit notes in each system yourself; allocations don't sync.</p>
      {props.children}
      {mayCreate && (
        <div className={classes.bar} data-floating="narrow">
          {primary}
        </div>
      )}
    </>
  );
}

function ActionsMenu({ actions }: { readonly actions: readonly GridAction[] }) {
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button variant="default" rightSection={<IconChevronDown size={15} aria-hidden />}>
          Actions
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <ActionItems actions={actions} />
      </Menu.Dropdown>
    </Menu>
  );
}
