"use client";

import { Button, NativeSelect } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconUpload } from "@tabler/icons-react";
import dynamic from "next/dynamic";
import { useQueryStates } from "nuqs";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { ListExits } from "#components/grid/list-exits.tsx";
import type { GridPage } from "#components/grid/rows-query.ts";
import { formatCount, sumsInWords } from "#components/grid/words.ts";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { INTEGRATION_OFF } from "#lib/connections/integration-off.ts";
import type { PackageSite } from "#lib/connectors/deep-link.ts";
import { agreesWords } from "#lib/posting/standing.ts";
import { CauseList, MOST_CAUSES } from "./causes.tsx";
import type { ExportRow } from "./cells.tsx";
import { exportedColumns, pendingColumns } from "./columns.tsx";
import { Dialogues } from "./dialogues.tsx";
import classes from "./export.module.css";
import { NotReady, RunEnded } from "./export-notices.tsx";
import { Once } from "./once.tsx";
import { PostingPanel } from "./posting-panel.tsx";
import { RunProgressBar } from "./run-progress.tsx";
import { type Around, useAround } from "./use-around.ts";
import { type Asked, useExportActions } from "./use-export-actions.tsx";
import {
  exportedFilter,
  firstToGo,
  type PRECHECK_FILTERS,
  pendingFilter,
  type ReadSort,
  readSort,
  type TickFilter,
  VIEW,
} from "./view.ts";
import { WithheldLine } from "./withheld-line.tsx";
import { slugOf, type Wording } from "./words.ts";

// Loaded when first opened, as the dialogues are.
const RecordDrawer = dynamic(() => import("./record-drawer.tsx").then((file) => file.RecordDrawer), { ssr: false });

export interface ExportScreenProps {
  readonly clientId: string;
  readonly mayExport: boolean;
  readonly mayRedate: boolean;
  readonly connected: boolean;
  /** Why Upload data is disabled, a sentence each. */
  readonly blockers: readonly string[];
  readonly wording: Wording;
  readonly around: Around;
  /** Where the records stand in the package; null without a connection. */
  readonly site: PackageSite | null;
  readonly pending: GridPage<ExportRow>;
  readonly exported: GridPage<ExportRow>;
}

const PRECHECK_WORDS = [
  { value: "all", label: "All rows" },
  { value: "ready", label: "Ready" },
  { value: "warning", label: "With a note" },
  { value: "blocked", label: "Blocked" },
  { value: "none", label: "Not checked" },
] as const satisfies readonly { value: (typeof PRECHECK_FILTERS)[number]; label: string }[];
const tickWords = (packageName: string) =>
  [
    { value: "all", label: "All ticks" },
    { value: "seen", label: agreesWords(packageName) },
    { value: "sent", label: "Sent" },
    { value: "differs", label: "Differs" },
    { value: "draft", label: "Held as draft" },
    { value: "marked", label: "Marked by hand" },
  ] as const satisfies readonly { value: TickFilter; label: string }[];

/** The three panels of the Export screen. */
export function ExportScreen({
  clientId,
  mayExport,
  mayRedate,
  connected,
  blockers,
  wording,
  site,
  ...first
}: ExportScreenProps) {
  const [view, setView] = useQueryStates(VIEW);
  const { around, refresh } = useAround(clientId, first.around);
  const [opened, setOpened] = useState<ExportRow | null>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  // Pre-check changes rows without changing a count: after an action the rows are read again whatever the counts say.
  const [acted, setActed] = useState(0);
  const { panels, causes, run, withheld } = around;
  const { locale, packageName } = wording;
  const number = (count: number) => formatCount(count, locale);

  const pendingShown = useMemo(() => pendingFilter(view), [view]);
  const exportedShown = useMemo(() => exportedFilter(view), [view]);
  const pendingSort = useMemo(() => readSort(view.p_sort), [view.p_sort]);
  const exportedSort = useMemo(() => readSort(view.e_sort), [view.e_sort]);
  const columns = useMemo(() => ({ pending: pendingColumns(wording), exported: exportedColumns(wording) }), [wording]);
  // The drawer opens over the rows: the window of rows must not be drawn anew for it.
  const open = useCallback((row: ExportRow) => setOpened(row), []);

  // A run that ended while somebody watched is said once.
  const watched = useRef(run);
  useEffect(() => {
    const before = watched.current;
    watched.current = run;
    if (!before || run?.id === before.id) return;
    notifications.show({ message: <RunEnded number={before.number} id={before.id} base={wording.base} />, autoClose: 8_000 });
  }, [run, wording.base]);

  const onActed = () => {
    setActed((times) => times + 1);
    refresh();
  };
  const actions = useExportActions({ clientId, mayExport, mayRedate, blockers, wording, site, onActed, ask: setAsked });
  const { busy, upload, uploadBlocked, rowActions } = actions;

  const sortPending = useCallback(
    (sort: ReadSort) => void setView({ p_sort: VIEW.p_sort.parse(`${sort.by}.${sort.direction}`) }),
    [setView],
  );
  const firstRows = firstToGo(view, panels.pending, locale);
  const foldFirst = useCallback((folded: boolean) => void setView({ p_first: folded ? "folded" : "open" }), [setView]);
  const sortExported = useCallback(
    (sort: ReadSort) => void setView({ e_sort: VIEW.e_sort.parse(`${sort.by}.${sort.direction}`) }),
    [setView],
  );

  return (
    <div className={classes.screen}>
      <h1 className={classes.hidden}>Export</h1>
      <PostingPanel
        id="pending"
        title="Pending Export"
        clientId={clientId}
        wording={wording}
        filter={pendingShown}
        sort={pendingSort}
        onSort={sortPending}
        page={first.pending}
        {...(firstRows ? { first: { ...firstRows, onFold: foldFirst } } : {})}
        columns={columns.pending}
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
            {chosen ? `Upload data (${number(chosen.count)})` : "Upload data"}
          </Button>
        )}
        actions={actions.pendingActions}
        selectable={mayExport}
        rowActions={rowActions}
        onOpen={open}
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
      <PostingPanel
        id="exported"
        title="Exported Successfully"
        clientId={clientId}
        wording={wording}
        filter={exportedShown}
        sort={exportedSort}
        onSort={sortExported}
        page={first.exported}
        columns={columns.exported}
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
        onOpen={open}
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
      <section className={classes.panel} aria-label="Error Feedback" data-panel="errors">
        <header className={classes.head}>
          <h2>Error Feedback</h2>
          <span className={classes.amount} data-count={panels.errors.count}>
            {number(panels.errors.count)}
            {causes.length > 0 &&
              ` ${panels.errors.count === 1 ? "record" : "records"}, ${causes.length}${causes.length < MOST_CAUSES ? "" : " or more"} ${causes.length === 1 ? "cause" : "causes"}`}
            {panels.errors.sums.length > 0 && ` · ${sumsInWords(panels.errors.sums, locale, true)}`}
          </span>
          <div className={classes.tools}>
            <ListExits
              slug={slugOf(wording)}
              list="errors"
              query="sort=party&direction=asc"
              choice={null}
              count={panels.errors.count}
              locale={locale}
            />
          </div>
        </header>
        {causes.length === 0 ? (
          <EmptyState
            dense
            title="No errors"
            body={`Records that ${packageName} refuses or that are being checked appear here, with the cause and who fixes it.`}
          />
        ) : (
          <CauseList
            causes={causes}
            clientId={clientId}
            wording={wording}
            site={site}
            total={panels.errors.count}
            mayExport={mayExport}
            signature={JSON.stringify([panels.errors, acted])}
            onAct={actions.onCause}
            onLock={actions.onLock}
            onCreate={actions.onCreate}
            mayRedate={mayRedate}
            actions={actions.errorActions}
            rowActions={rowActions}
            onOpen={open}
          />
        )}
      </section>
      <Dialogues
        asked={asked}
        clientId={clientId}
        wording={wording}
        act={actions.act}
        onLinked={onActed}
        onClose={() => setAsked(null)}
      />
      <Once when={opened !== null}>
        <RecordDrawer
          row={opened}
          clientId={clientId}
          wording={wording}
          mayExport={mayExport}
          mayRedate={mayRedate}
          onLock={actions.onLock}
          onUndoLock={actions.takeBackLock}
          onChanged={refresh}
          onClose={() => setOpened(null)}
        />
      </Once>
    </div>
  );
}
