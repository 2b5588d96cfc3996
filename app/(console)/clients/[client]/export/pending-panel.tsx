"use client";

import { Button, NativeSelect } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { useQueryStates } from "nuqs";
import { useCallback, useMemo } from "react";
import type { GridPage } from "#components/grid/rows-query.ts";
import { formatCount, sumsInWords } from "#components/grid/words.ts";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { INTEGRATION_OFF } from "#lib/connections/integration-off.ts";
import type { ExportRow } from "./cells.tsx";
import { pendingColumns } from "./columns.tsx";
import classes from "./export.module.css";
import { NotReady } from "./export-notices.tsx";
import type { PanelProps } from "./panel-props.ts";
import { PostingPanel } from "./posting-panel.tsx";
import { firstToGo, type PRECHECK_FILTERS, pendingFilter, type ReadSort, readSort, VIEW } from "./view.ts";
import { WithheldLine } from "./withheld-line.tsx";

const PRECHECK_WORDS = [
  { value: "all", label: "All rows" },
  { value: "ready", label: "Ready" },
  { value: "warning", label: "With a note" },
  { value: "blocked", label: "Blocked" },
  { value: "none", label: "Not checked" },
] as const satisfies readonly { value: (typeof PRECHECK_FILTERS)[number]; label: string }[];

/** Pending Export: what has not gone yet, with Upload data. */
export function PendingPanel({
  clientId,
  mayExport,
  connected,
  blockers,
  wording,
  around: { panels, withheld },
  page,
  actions,
  acted,
  onOpen,
}: PanelProps & {
  readonly connected: boolean;
  /** Why Upload data is disabled, a sentence each. */
  readonly blockers: readonly string[];
  readonly page: GridPage<ExportRow>;
}) {
  const [view, setView] = useQueryStates(VIEW);
  const { locale } = wording;
  const shown = useMemo(() => pendingFilter(view), [view]);
  const sort = useMemo(() => readSort(view.p_sort), [view.p_sort]);
  const columns = useMemo(() => pendingColumns(wording), [wording]);
  const { busy, upload, uploadBlocked, rowActions } = actions;
  const changeSort = useCallback(
    (next: ReadSort) => void setView({ p_sort: VIEW.p_sort.parse(`${next.by}.${next.direction}`) }),
    [setView],
  );
  const firstRows = firstToGo(view, panels.pending, locale);
  const foldFirst = useCallback((folded: boolean) => void setView({ p_first: folded ? "folded" : "open" }), [setView]);

  return (
    <PostingPanel
      id="pending"
      title="Pending Export"
      clientId={clientId}
      wording={wording}
      filter={shown}
      sort={sort}
      onSort={changeSort}
      page={page}
      {...(firstRows ? { first: { ...firstRows, onFold: foldFirst } } : {})}
      columns={columns}
      total={panels.pending.count}
      amount={sumsInWords(panels.pending.sums, locale, true)}
      signature={JSON.stringify([panels.pending, acted])}
      search={{ value: view.p_q, onChange: (text) => void setView({ p_q: text }) }}
      filters={
        <NativeSelect
          size="xs"
          className={classes.choice}
          aria-label="Show by pre-check"
          data={[...PRECHECK_WORDS]}
          value={view.p_check}
          onChange={(event) => void setView({ p_check: VIEW.p_check.parse(event.currentTarget.value) })}
        />
      }
      notice={
        <>
          {blockers.length > 0 && mayExport && (
            <NotReady blockers={blockers} base={wording.base} connected={connected && !blockers.includes(INTEGRATION_OFF)} />
          )}
          <WithheldLine groups={withheld} base={wording.base} locale={locale} />
        </>
      }
      primary={(chosen) => (
        <Button
          leftSection={<IconUpload size={15} stroke={2} aria-hidden />}
          disabled={uploadBlocked(chosen) !== undefined}
          title={uploadBlocked(chosen)}
          loading={busy}
          onClick={() => chosen && upload(chosen)}
        >
          {chosen ? `Upload data (${formatCount(chosen.count, locale)})` : "Upload data"}
        </Button>
      )}
      actions={actions.pendingActions}
      selectable={mayExport}
      rowActions={rowActions}
      onOpen={onOpen}
      empty={
        <EmptyState
          dense
          title="Nothing to export"
          body={
            connected
              ? "Customers, products, invoices and credit notes will appear here once you upload a file."
              : "Connect the accounting package under Setup: everything not yet exported will appear here."
          }
        />
      }
      maxRows={8}
      share={34}
      foot
    />
  );
}
