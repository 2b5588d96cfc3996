"use client";

import { NativeSelect } from "@mantine/core";
import { useQueryStates } from "nuqs";
import { useCallback, useMemo } from "react";
import type { GridPage } from "#components/grid/rows-query.ts";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { agreesWords } from "#lib/posting/standing.ts";
import type { ExportRow } from "./cells.tsx";
import { exportedColumns } from "./columns.tsx";
import classes from "./export.module.css";
import type { PanelProps } from "./panel-props.ts";
import { PostingPanel } from "./posting-panel.tsx";
import { RunProgressBar } from "./run-progress.tsx";
import { exportedFilter, type ReadSort, readSort, type TickFilter, VIEW } from "./view.ts";

const tickWords = (packageName: string) =>
  [
    { value: "all", label: "All ticks" },
    { value: "seen", label: agreesWords(packageName) },
    { value: "sent", label: "Sent" },
    { value: "differs", label: "Differs" },
    { value: "draft", label: "Held as draft" },
    { value: "marked", label: "Marked by hand" },
  ] as const satisfies readonly { value: TickFilter; label: string }[];

/** Exported Successfully: what has gone, each with its tick, and the run under way. */
export function ExportedPanel({
  clientId,
  mayExport,
  wording,
  around: { panels, run },
  page,
  actions,
  acted,
  onOpen,
}: PanelProps & {
  readonly page: GridPage<ExportRow>;
}) {
  const [view, setView] = useQueryStates(VIEW);
  const { locale, packageName } = wording;
  const shown = useMemo(() => exportedFilter(view), [view]);
  const sort = useMemo(() => readSort(view.e_sort), [view.e_sort]);
  const columns = useMemo(() => exportedColumns(wording), [wording]);
  const { rowActions } = actions;
  const changeSort = useCallback(
    (next: ReadSort) => void setView({ e_sort: VIEW.e_sort.parse(`${next.by}.${next.direction}`) }),
    [setView],
  );

  return (
    <PostingPanel
      id="exported"
      title="Exported Successfully"
      clientId={clientId}
      wording={wording}
      filter={shown}
      sort={sort}
      onSort={changeSort}
      page={page}
      columns={columns}
      total={panels.exported.count}
      signature={JSON.stringify([panels.exported, acted])}
      search={{ value: view.e_q, onChange: (text) => void setView({ e_q: text }) }}
      filters={
        <NativeSelect
          size="xs"
          className={classes.choice}
          aria-label="Show by tick"
          data={[...tickWords(packageName)]}
          value={view.e_tick}
          onChange={(event) => void setView({ e_tick: VIEW.e_tick.parse(event.currentTarget.value) })}
        />
      }
      aside={
        run && (
          <RunProgressBar
            run={run}
            base={wording.base}
            locale={locale}
            {...(mayExport ? { onStop: () => actions.stop(run.id) } : {})}
          />
        )
      }
      actions={actions.exportedActions}
      selectable={mayExport}
      rowActions={rowActions}
      onOpen={onOpen}
      empty={
        <EmptyState
          dense
          title="Nothing exported yet"
          body={`Select rows above and press Upload data. They will appear here, each checked against ${packageName}.`}
        />
      }
      // With nothing above it there is room for more.
      maxRows={panels.pending.count === 0 ? 8 : 5}
      share={22}
    />
  );
}
