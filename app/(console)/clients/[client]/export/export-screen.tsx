"use client";

import { Button, NativeSelect } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import {
  IconArrowBackUp,
  IconCheckbox,
  IconExternalLink,
  IconEye,
  IconEyeOff,
  IconFileText,
  IconHandOff,
  IconHandStop,
  IconLink,
  IconRefresh,
  IconShieldCheck,
  IconUpload,
} from "@tabler/icons-react";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useQueryStates } from "nuqs";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { GridAction } from "#components/grid/action-items.tsx";
import { ListExits } from "#components/grid/list-exits.tsx";
import type { GridPage } from "#components/grid/use-rows.ts";
import { formatCount, sumsInWords } from "#components/grid/words.ts";
import { useWorkerDown } from "#components/shell/worker-down.tsx";
import type { ActionAnswer } from "#lib/common/answer.ts";
import { recordPath } from "#lib/common/record-paths.ts";
import { type PackageSite, packageLink } from "#lib/connectors/deep-link.ts";
import type { PostingSelection } from "#lib/posting/selection.ts";
import { INTEGRATION_OFF } from "#lib/setup/integration-off.ts";
import { excludeParties, holdRows } from "../aside/actions.ts";
import { movedWords } from "../aside/words.ts";
import { packageIdsOf } from "../record/open-in-package.tsx";
import { isLinkable } from "../record/words.ts";
import { lookNow, markExported, retry, runPrecheck, stopRun, undoMark, uploadData, withdraw } from "./actions.ts";
import { AsideLine } from "./aside-line.tsx";
import { type CauseButton, CauseList } from "./causes.tsx";
import type { ExportRow } from "./cells.tsx";
import { exportedColumns, pendingColumns } from "./columns.tsx";
import classes from "./export.module.css";
import { Once } from "./once.tsx";
import { type Chosen, PostingPanel } from "./posting-panel.tsx";
import { RunProgressBar } from "./run-progress.tsx";
import { type Around, useAround } from "./use-around.ts";
import { exportedFilter, type PRECHECK_FILTERS, pendingFilter, type ReadSort, readSort, type TickFilter, VIEW } from "./view.ts";
import type { Wording } from "./words.ts";

// Loaded when first opened: none of them is part of the screen's first sight, and together they are a tenth of its scripts.
const MarkModal = dynamic(() => import("./mark-modal.tsx").then((file) => file.MarkModal), { ssr: false });
const HoldModal = dynamic(() => import("../aside/hold-modal.tsx").then((file) => file.HoldModal), { ssr: false });
const ExcludeModal = dynamic(() => import("../aside/exclude-modal.tsx").then((file) => file.ExcludeModal), { ssr: false });
const LinkByIdModal = dynamic(() => import("../record/link-by-id.tsx").then((file) => file.LinkByIdModal), { ssr: false });
const RecordDrawer = dynamic(() => import("./record-drawer.tsx").then((file) => file.RecordDrawer), { ssr: false });

export interface ExportScreenProps {
  readonly clientId: string;
  readonly mayExport: boolean;
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
const TICK_WORDS = [
  { value: "all", label: "All ticks" },
  { value: "seen", label: "Seen, equal" },
  { value: "sent", label: "Sent" },
  { value: "differs", label: "Differs" },
  { value: "draft", label: "Held as draft" },
  { value: "marked", label: "Marked by hand" },
] as const satisfies readonly { value: TickFilter; label: string }[];

const ICON = { size: 16, stroke: 1.8, "aria-hidden": true } as const;
const NOTHING = "Select rows first.";

/** The three panels of the Export screen. */
export function ExportScreen({ clientId, mayExport, connected, blockers, wording, site, ...first }: ExportScreenProps) {
  const [view, setView] = useQueryStates(VIEW);
  const { around, refresh } = useAround(clientId, first.around);
  const router = useRouter();
  const [opened, setOpened] = useState<ExportRow | null>(null);
  const [linking, setLinking] = useState<ExportRow | null>(null);
  const [marking, setMarking] = useState<Chosen | null>(null);
  const [holding, setHolding] = useState<Chosen | null>(null);
  const [excluding, setExcluding] = useState<Chosen | null>(null);
  const [busy, setBusy] = useState(false);
  // Pre-check changes rows without changing a count: after an action the rows are read again whatever the counts say.
  const [acted, setActed] = useState(0);
  const { panels, causes, run, aside } = around;
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

  const act = async <Data,>(work: Promise<ActionAnswer<Data>>, say: (data: Data) => string, done?: () => void) => {
    setBusy(true);
    try {
      const answer = await work;
      if (!answer.ok) {
        notifications.show({ message: answer.error.message, color: "red", autoClose: 10_000 });
        return answer.error.message;
      }
      done?.();
      notifications.show({ message: say(answer.data), autoClose: 6_000 });
      return null;
    } catch {
      const message = "The console cannot be reached, so nothing was done. Check your connection.";
      notifications.show({ message, color: "red", autoClose: 10_000 });
      return message;
    } finally {
      setBusy(false);
      setActed((times) => times + 1);
      refresh();
    }
  };

  const upload = (chosen: Chosen) =>
    void act(
      uploadData({ clientId, selection: chosen.selection }),
      (data) =>
        [
          `Run ${data.number}: ${number(data.queued)} on their way`,
          data.dependencies > 0 && `${number(data.dependencies)} customers, suppliers or products go first`,
          data.held > 0 && `${number(data.held)} held in Error Feedback with the cause`,
        ]
          .filter(Boolean)
          .join(". "),
      chosen.clear,
    );
  const check = (selection: PostingSelection | null) =>
    void act(
      runPrecheck({ clientId, selection }),
      (data) =>
        `Pre-check: ${number(data.ready)} ready, ${number(data.warning)} with a note, ${number(data.blocked)} blocked. Nothing was sent.`,
    );
  const takeBack = (chosen: Chosen) =>
    void act(
      withdraw({ clientId, selection: chosen.selection }),
      (data) => `${number(data.withdrawn)} taken back to Pending Export.`,
      chosen.clear,
    );
  const onCause = (button: CauseButton, selection: PostingSelection, done?: () => void) => {
    if (button === "look") {
      void act(lookNow({ clientId, selection }), (data) => `Looking up ${number(data.looking)} in ${packageName} now.`, done);
      return;
    }
    void act(
      retry({ clientId, selection }),
      (data) =>
        `Run ${data.number}: ${number(data.queued)} on their way${data.held > 0 ? `, ${number(data.held)} still held` : ""}.`,
      done,
    );
  };

  const down = useWorkerDown();
  const uploadBlocked = (chosen: Chosen | null): string | undefined =>
    blockers.length > 0
      ? blockers.join(" ")
      : down !== undefined
        ? down
        : chosen === null
          ? NOTHING
          : busy
            ? "One moment."
            : undefined;
  const needs = (chosen: Chosen | null) => (chosen === null ? { blocked: NOTHING } : {});
  const all = (chosen: Chosen | null, states: readonly ExportRow["state"][]) =>
    chosen?.rows === null || chosen?.rows.some((row) => states.includes(row.state));

  const setAside = (chosen: Chosen | null): GridAction[] => [
    {
      id: "hold",
      label: "Hold with a reason",
      icon: <IconHandStop {...ICON} />,
      ...needs(chosen),
      run: () => setHolding(chosen),
    },
    {
      id: "exclude",
      label: "Exclude customer, supplier or product",
      icon: <IconEyeOff {...ICON} />,
      ...needs(chosen),
      run: () => setExcluding(chosen),
    },
  ];
  const pendingActions = (chosen: Chosen | null): GridAction[] => {
    const blocked = uploadBlocked(chosen);
    return [
      {
        id: "upload",
        label: chosen ? `Upload data (${number(chosen.count)})` : "Upload data",
        icon: <IconUpload {...ICON} />,
        ...(blocked === undefined ? {} : { blocked }),
        run: () => chosen && upload(chosen),
      },
      {
        id: "precheck",
        label: chosen ? "Run pre-check" : "Run pre-check on all",
        icon: <IconShieldCheck {...ICON} />,
        run: () => check(chosen?.selection ?? null),
      },
      {
        id: "mark",
        label: "Mark as exported",
        icon: <IconCheckbox {...ICON} />,
        ...needs(chosen),
        run: () => setMarking(chosen),
      },
      {
        id: "withdraw",
        label: "Withdraw",
        icon: <IconHandOff {...ICON} />,
        ...(chosen === null
          ? { blocked: NOTHING }
          : all(chosen, ["queued", "waiting"])
            ? {}
            : { blocked: "None of these rows is queued." }),
        run: () => chosen && takeBack(chosen),
      },
      ...setAside(chosen),
    ];
  };
  const exportedActions = (chosen: Chosen | null): GridAction[] => [
    {
      id: "undo-mark",
      label: "Undo mark",
      icon: <IconArrowBackUp {...ICON} />,
      ...(chosen === null
        ? { blocked: NOTHING }
        : all(chosen, ["skipped"])
          ? {}
          : { blocked: `What ${packageName} holds stays exported.` }),
      run: () =>
        chosen &&
        void act(
          undoMark({ clientId, selection: chosen.selection }),
          (data) => `${number(data.undone)} back in Pending Export.`,
          chosen.clear,
        ),
    },
  ];
  const errorActions = (chosen: Chosen | null): GridAction[] => [
    {
      id: "retry",
      label: "Retry",
      icon: <IconRefresh {...ICON} />,
      ...(chosen === null
        ? { blocked: NOTHING }
        : all(chosen, ["rejected", "held", "dead"])
          ? {}
          : { blocked: "What is being checked is never sent blindly." }),
      run: () => chosen && onCause("retry", chosen.selection, chosen.clear),
    },
    {
      id: "look",
      label: "Look now",
      icon: <IconEye {...ICON} />,
      ...(chosen === null
        ? { blocked: NOTHING }
        : all(chosen, ["unknown"])
          ? {}
          : { blocked: "The outcome of these rows is known." }),
      run: () => chosen && onCause("look", chosen.selection, chosen.clear),
    },
    {
      id: "mark",
      label: "Mark as exported",
      icon: <IconCheckbox {...ICON} />,
      ...(chosen === null
        ? { blocked: NOTHING }
        : all(chosen, ["held", "rejected", "conflict", "dead"])
          ? {}
          : { blocked: "These rows are being checked." }),
      run: () => setMarking(chosen),
    },
    {
      id: "withdraw",
      label: "Withdraw",
      icon: <IconHandOff {...ICON} />,
      ...(chosen === null ? { blocked: NOTHING } : all(chosen, ["held"]) ? {} : { blocked: "Only held rows can be taken back." }),
      run: () => chosen && takeBack(chosen),
    },
  ];

  const rowActions = (row: ExportRow): GridAction[] => {
    const [externalId] = packageIdsOf(row);
    const href = site !== null && externalId !== undefined ? packageLink(site, row.kind, externalId) : null;
    return [
      {
        id: "open",
        label: "Open record",
        icon: <IconFileText {...ICON} />,
        apart: mayExport,
        run: () => router.push(`${wording.base}${recordPath(row.kind, row.recordId)}`),
      },
      {
        id: "open-in-package",
        label: `Open in ${packageName}`,
        icon: <IconExternalLink {...ICON} />,
        ...(href === null ? { blocked: `${packageName} is not known to hold it.` } : { href }),
        run: () => {},
      },
      ...(mayExport
        ? [
            {
              id: "link",
              label: "Link by pasted id",
              icon: <IconLink {...ICON} />,
              ...(isLinkable(row.state) ? {} : { blocked: "It is linked, or on its way." }),
              run: () => setLinking(row),
            },
          ]
        : []),
    ];
  };

  const sortPending = useCallback(
    (sort: ReadSort) => void setView({ p_sort: VIEW.p_sort.parse(`${sort.by}.${sort.direction}`) }),
    [setView],
  );
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
        first={first.pending}
        columns={columns.pending}
        total={panels.pending.count}
        worth={sumsInWords(panels.pending.sums, locale, true)}
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
            <AsideLine groups={aside} base={wording.base} locale={locale} />
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
        actions={pendingActions}
        selectable={mayExport}
        rowActions={rowActions}
        onOpen={open}
        empty={
          <div className={classes.empty}>
            <strong>Nothing waits for export</strong>
            <span>
              {connected
                ? "Customers, products, invoices and credit notes stand here as soon as a file brings them in."
                : "Connect the accounting package under Setup: everything not yet exported then stands here."}
            </span>
          </div>
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
        first={first.exported}
        columns={columns.exported}
        total={panels.exported.count}
        signature={JSON.stringify([panels.exported, acted])}
        search={{ value: view.e_q, onChange: (text) => void setView({ e_q: text }) }}
        filters={
          <NativeSelect
            size="xs"
            className={classes.choice}
            aria-label="Show by tick"
            data={[...TICK_WORDS]}
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
              {...(mayExport
                ? {
                    onStop: () =>
                      void act(
                        stopRun({ clientId, runId: run.id }),
                        (data) => `Stopping. ${number(data.withdrawn)} taken back to Pending Export.`,
                      ),
                  }
                : {})}
            />
          )
        }
        actions={exportedActions}
        selectable={mayExport}
        rowActions={rowActions}
        onOpen={open}
        empty={
          <div className={classes.empty}>
            <strong>Nothing exported yet</strong>
            <span>Select rows above and press Upload data. Each stands here with what {packageName} was seen to hold.</span>
          </div>
        }
        maxRows={5}
        share={22}
      />
      <section className={classes.panel} aria-label="Error Feedback" data-panel="errors">
        <header className={classes.head}>
          <h2>Error Feedback</h2>
          <span className={classes.worth} data-count={panels.errors.count}>
            {number(panels.errors.count)}
            {causes.length > 0 && ` in ${causes.length} ${causes.length === 1 ? "cause" : "causes"}`}
            {panels.errors.sums.length > 0 && ` · ${sumsInWords(panels.errors.sums, locale, true)}`}
          </span>
          <div className={classes.tools}>
            <ListExits
              slug={wording.base.replace("/clients/", "")}
              list="errors"
              query="sort=party&direction=asc"
              choice={null}
              count={panels.errors.count}
              locale={locale}
            />
          </div>
        </header>
        {causes.length === 0 ? (
          <div className={classes.empty}>
            <strong>No errors</strong>
            <span>What {packageName} refuses, and what is being checked, stands here with its cause and who fixes it.</span>
          </div>
        ) : (
          <CauseList
            causes={causes}
            clientId={clientId}
            wording={wording}
            mayExport={mayExport}
            signature={JSON.stringify([panels.errors, acted])}
            onAct={onCause}
            actions={errorActions}
            rowActions={rowActions}
            onOpen={open}
          />
        )}
      </section>
      <Once when={marking !== null}>
        <MarkModal
          count={marking?.count ?? null}
          packageName={packageName}
          locale={locale}
          onClose={() => setMarking(null)}
          onMark={(reason) =>
            marking
              ? act(
                  markExported({ clientId, selection: marking.selection, reason }),
                  (data) => `${number(data.marked)} marked as exported.`,
                  marking.clear,
                )
              : Promise.resolve(null)
          }
        />
      </Once>
      <Once when={holding !== null}>
        <HoldModal
          what={
            holding === null ? null : (holding.count === 1 && holding.rows?.[0]?.reference) || `${number(holding.count)} rows`
          }
          onClose={() => setHolding(null)}
          onHold={(reason) =>
            holding
              ? act(
                  holdRows({ clientId, selection: holding.selection, reason }),
                  (data) => `${number(data.held)} on hold.`,
                  holding.clear,
                )
              : Promise.resolve(null)
          }
        />
      </Once>
      <Once when={excluding !== null}>
        <ExcludeModal
          clientId={clientId}
          selection={excluding?.selection ?? null}
          locale={locale}
          onClose={() => setExcluding(null)}
          onExclude={(selection) =>
            act(excludeParties({ clientId, selection }), (data) => movedWords(true, data), excluding?.clear)
          }
        />
      </Once>
      {linking && (
        <LinkByIdModal
          key={linking.id}
          opened
          onClose={() => setLinking(null)}
          onLinked={() => {
            setActed((times) => times + 1);
            refresh();
          }}
          postingId={linking.id}
          reference={linking.reference}
          clientId={clientId}
          wording={wording}
        />
      )}
      <Once when={opened !== null}>
        <RecordDrawer
          row={opened}
          clientId={clientId}
          wording={wording}
          mayExport={mayExport}
          onChanged={refresh}
          onClose={() => setOpened(null)}
        />
      </Once>
    </div>
  );
}

function RunEnded({ number, id, base }: { readonly number: number; readonly id: string; readonly base: string }) {
  return (
    <>
      Run {number} has ended.{" "}
      <Link href={`${base}/runs/${id}`} className={classes.cardLink}>
        See what it did
      </Link>
    </>
  );
}

function NotReady({
  blockers,
  base,
  connected,
}: {
  readonly blockers: readonly string[];
  readonly base: string;
  readonly connected: boolean;
}) {
  return (
    <div className={classes.notReady} role="status">
      <strong>Upload data is not ready yet.</strong>
      <ul>
        {blockers.map((blocker) => (
          <li key={blocker}>{blocker}</li>
        ))}
      </ul>
      <Link href={connected ? `${base}/mapping` : `${base}/setup`} className={classes.fix}>
        {connected ? "Open mapping" : "Open setup"}
      </Link>
    </div>
  );
}
