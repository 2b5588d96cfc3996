"use client";

import { Button, Menu, SegmentedControl, Select } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconChevronDown, IconDownload, IconInfoCircle, IconPlus, IconRefresh } from "@tabler/icons-react";
import Link from "next/link";
import { useQueryStates } from "nuqs";
import { useCallback, useEffect, useMemo, useRef, useState, useTransition } from "react";
import { ColumnChooser } from "#components/grid/column-chooser.tsx";
import { describeColumns } from "#components/grid/features.ts";
import { FilterBox } from "#components/grid/filter-box.tsx";
import { ActionItems, Grid, type GridAction } from "#components/grid/grid.tsx";
import { countSelected, type GridSelection, noSelection } from "#components/grid/selection.ts";
import { SelectionFoot } from "#components/grid/selection-foot.tsx";
import { useColumns } from "#components/grid/use-columns.ts";
import { BY_ITSELF, fetchJson, type GridPage, useGridRows } from "#components/grid/use-rows.ts";
import { formatCount, sumsInWords } from "#components/grid/words.ts";
import { Moment } from "#components/ui/date-text.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { PageTitle, Panel } from "#components/ui/page.tsx";
import type { IncomingRow } from "#db/queries/incoming-payments.ts";
import type { ImportOverview } from "#lib/allocating/overview.ts";
import { INCOMING_VIEWS, type IncomingSelection, type IncomingView } from "#lib/allocating/selection.ts";
import { errorEntry } from "#lib/errors/catalogue.ts";
import { createPayments, readPaymentsNow } from "./actions.ts";
import { BankMovements } from "./bank-movements.tsx";
import { importColumns } from "./columns.tsx";
import classes from "./import.module.css";
import { PaymentDetails } from "./payment-details.tsx";
import { filterOf, queryOf, VIEW } from "./view.ts";
import { isCreatable, resultWords, VIEW_LABELS, type Wording, worthOf } from "./words.ts";

export interface ImportScreenProps {
  readonly slug: string;
  readonly wording: Wording;
  readonly first: GridPage<IncomingRow>;
  readonly overview: ImportOverview;
  /** Why payments are not read: the integration is off, or the connection is one-way. Null while they are. */
  readonly stopped: string | null;
  /** Whether this person may create & allocate. */
  readonly mayCreate: boolean;
  /** Who may, when this person may not: "a member of staff". */
  readonly whoMay: string;
}

const WHILE_READING_MS = 1_500;
const OTHERWISE_MS = 10_000;
const MAX_ROWS = 16;

const isReading = ({ lastRead }: ImportOverview) => lastRead?.state === "running" || lastRead?.state === "stopping";

/** What the rows depend on: when it moves, they are read again. */
const printOf = ({ totals, readAsOf }: ImportOverview) => JSON.stringify([totals.counts, totals.sums, readAsOf]);

/** The Import screen: payments read from the package, green-select, Create & allocate payments. */
export function ImportScreen({ slug, wording, first, overview: given, stopped, mayCreate, whoMay }: ImportScreenProps) {
  const [view, setView] = useQueryStates(VIEW);
  const filter = filterOf(view);
  const query = queryOf(filter);
  const base = `/api/clients/${slug}/incoming-payments`;
  const source = `${base}?${query}&direction=${view.date}`;
  const rows = useGridRows<IncomingRow>(source, first);
  const [overview, ask] = useOverview(`${base}/totals?${query}`, given, rows.reload);
  const [selection, setSelection] = useState<GridSelection<IncomingRow>>(noSelection<IncomingRow>());
  const [choice, setChoice] = useColumns("import");
  const [opened, setOpened] = useState<IncomingRow | null>(null);
  const [creating, startCreating] = useTransition();
  const [asking, startAsking] = useTransition();
  const [failed, setFailed] = useState<string | null>(null);
  const columns = useMemo(() => importColumns(wording), [wording]);
  const { totals } = overview;

  const change = (next: Partial<typeof view>) => {
    setSelection(noSelection<IncomingRow>());
    void setView(next);
  };

  const selected = countSelected(selection);
  const creatable = creatableIn(selection, view.view);
  const create = () => {
    setFailed(null);
    const chosen: IncomingSelection =
      selection.kind === "some"
        ? { ids: [...selection.rows.keys()] }
        : { filter, exceptIds: [...selection.except.keys()], count: totals.count, asOf: selection.totals.asOf };
    startCreating(async () => {
      const answer = await createPayments({ clientId: slug, selection: chosen });
      if (!answer.ok) {
        setFailed(answer.error.message);
        return;
      }
      setSelection(noSelection<IncomingRow>());
      rows.reload();
      ask();
      const { created, failed: refused } = answer.data;
      notifications.show({
        title: created > 0 ? "Created and allocated" : refused > 0 ? "Not created" : "Nothing to do",
        message: resultWords(answer.data),
        color: refused > 0 ? "red" : "gray",
        autoClose: refused > 0 ? 12_000 : 6_000,
      });
    });
  };
  const readNow = () => {
    setFailed(null);
    startAsking(async () => {
      const answer = await readPaymentsNow({ clientId: slug });
      if (!answer.ok) setFailed(answer.error.message);
      ask();
    });
  };

  const blocked = !mayCreate
    ? `Ask ${whoMay}.`
    : selected === 0
      ? "Select payments first."
      : creatable === 0
        ? "None of these can be created: each says why in its row."
        : undefined;
  const actions: GridAction[] = [
    {
      id: "create",
      label: `Create & allocate payments${creatable > 0 ? ` (${formatCount(creatable, wording.locale)})` : ""}`,
      icon: <IconPlus size={16} stroke={1.8} aria-hidden />,
      ...(blocked === undefined ? {} : { blocked }),
      run: create,
    },
    {
      id: "details",
      label: "Details of this payment",
      icon: <IconInfoCircle size={16} stroke={1.8} aria-hidden />,
      ...(selection.kind === "some" && selected === 1 ? {} : { blocked: "Select one payment." }),
      run: () => setOpened(selection.kind === "some" ? ([...selection.rows.values()][0] ?? null) : null),
    },
  ];
  const primary = (
    <Button
      onClick={create}
      loading={creating}
      disabled={blocked !== undefined}
      title={blocked}
      leftSection={<IconDownload size={16} stroke={1.8} aria-hidden />}
    >
      Create &amp; allocate payments{creatable > 0 ? ` (${formatCount(creatable, wording.locale)})` : ""}
    </Button>
  );
  const lists = { filter: view.q !== "" || view.view !== "all" || view.side !== "both" };
  const reading = isReading(overview) || asking;

  return (
    <>
      <PageTitle
        title="Import"
        aside={<ReadAsOf overview={overview} reading={reading} wording={wording} />}
        actions={
          mayCreate && (
            <Button
              variant="default"
              onClick={readNow}
              loading={reading}
              disabled={overview.connection !== "live" || stopped !== null}
              title={stopped ?? (overview.connection === "live" ? undefined : "There is no live connection to read from.")}
              leftSection={<IconRefresh size={16} stroke={1.8} aria-hidden />}
            >
              Read payments now
            </Button>
          )
        }
      />
      <div className={classes.notices}>
        {stopped !== null && <Notice kind="info">{stopped}</Notice>}
        {failed && <Notice kind="bad">{failed}</Notice>}
        {rows.failed && <Notice kind="bad">{rows.failed}</Notice>}
        {overview.lastRead?.state === "failed" && (
          <Notice kind="bad">
            The last read stopped: {errorEntry(overview.lastRead.code ?? "").title.toLowerCase()}. What was read before it is
            here.
          </Notice>
        )}
      </div>
      <Panel
        title="Payments"
        aside={
          <span className={classes.sums}>
            {formatCount(totals.count, wording.locale)}
            {totals.sums.length > 0 && ` · ${sumsInWords(totals.sums, wording.locale)}`}
          </span>
        }
        actions={
          <>
            <FilterBox label="Filter by company, reference or document" value={view.q} onChange={(q) => change({ q })} />
            <Select
              className={classes.side}
              size="xs"
              aria-label="Sales or purchase"
              allowDeselect={false}
              value={view.side}
              onChange={(side) => change({ side: side === "sales" || side === "purchase" ? side : "both" })}
              data={[
                { value: "both", label: "Sales and purchase" },
                { value: "sales", label: "Sales" },
                { value: "purchase", label: "Purchase" },
              ]}
            />
            <span className={classes.wide}>
              <ColumnChooser columns={describeColumns(columns)} choice={choice} onChange={setChoice} />
            </span>
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
            <span className={classes.wide}>{primary}</span>
          </>
        }
      >
        <div className={classes.tabs}>
          <SegmentedControl
            size="xs"
            aria-label="Which payments"
            value={view.view}
            onChange={(next) => change({ view: INCOMING_VIEWS.find((one) => one === next) ?? "all" })}
            data={INCOMING_VIEWS.map((one) => ({
              value: one,
              label: `${one === "kept" ? VIEW_LABELS[one].replace("the package", wording.packageName) : VIEW_LABELS[one]} ${formatCount(totals.counts[one], wording.locale)}`,
            }))}
          />
        </div>
        <div className={classes.grid}>
          <Grid<IncomingRow>
            label="Payments read from the package"
            columns={columns}
            choice={choice}
            source={source}
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
                  onSelect: setSelection,
                  onSelectAll: () => setSelection({ kind: "all", totals, except: new Map() }),
                  actions,
                }
              : {})}
            onOpen={setOpened}
            empty={<Nothing overview={overview} filtered={lists.filter} slug={slug} wording={wording} />}
            maxRows={MAX_ROWS}
          />
        </div>
        {mayCreate && (
          <SelectionFoot
            selection={selection}
            worthOf={worthOf}
            total={totals.count}
            locale={wording.locale}
            onSelectAll={() => setSelection({ kind: "all", totals, except: new Map() })}
            onClear={() => setSelection(noSelection<IncomingRow>())}
          />
        )}
      </Panel>
      {overview.banks.length > 0 && <BankMovements banks={overview.banks} wording={wording} />}
      {mayCreate && <div className={classes.bar}>{primary}</div>}
      <PaymentDetails row={opened} wording={wording} onClose={() => setOpened(null)} />
    </>
  );
}

/** How many of the chosen rows Create & allocate would take. */
function creatableIn(selection: GridSelection<IncomingRow>, view: IncomingView): number {
  if (selection.kind === "some") return [...selection.rows.values()].filter(isCreatable).length;
  const spared = [...selection.except.values()].filter(isCreatable);
  const { counts } = selection.totals as ImportOverview["totals"];
  if (view === "not-ours") return counts["not-ours"] - spared.length;
  if (view !== "all" && view !== "to-do") return 0;
  return counts["to-do"] - spared.filter((row) => row.status !== "not-ours").length;
}

/** Counts and progress, asked for again while the page is seen: often while a read is under way. */
function useOverview(url: string, given: ImportOverview, onMoved: () => void): readonly [ImportOverview, () => void] {
  const [overview, setOverview] = useState(given);
  const [turn, setTurn] = useState(0);
  const latest = useRef(given);
  const moved = useRef(onMoved);
  moved.current = onMoved;
  const first = useRef(true);
  const reading = isReading(overview);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another turn asks at once
  useEffect(() => {
    const leaving = new AbortController();
    const askOnce = async () => {
      if (document.visibilityState === "hidden") return;
      const found = await fetchJson<ImportOverview>(url, leaving.signal, BY_ITSELF).catch(() => null);
      if (found === null || leaving.signal.aborted) return;
      const changed = printOf(found) !== printOf(latest.current);
      latest.current = found;
      setOverview(found);
      if (changed) moved.current();
    };
    // The page itself came with the first.
    if (first.current) first.current = false;
    else void askOnce();
    const timer = setInterval(askOnce, reading ? WHILE_READING_MS : OTHERWISE_MS);
    return () => {
      clearInterval(timer);
      leaving.abort();
    };
  }, [url, reading, turn]);
  const ask = useCallback(() => setTurn((before) => before + 1), []);
  return [overview, ask];
}

function ReadAsOf({
  overview,
  reading,
  wording,
}: {
  readonly overview: ImportOverview;
  readonly reading: boolean;
  readonly wording: Wording;
}) {
  const { readAsOf, lastRead } = overview;
  return (
    <output data-testid="as-of" className={classes.asOf}>
      {reading ? (
        <>
          Reading payments from {wording.packageName}
          {isReading(overview) && lastRead && lastRead.payments > 0
            ? `: ${formatCount(lastRead.payments, wording.locale)} so far`
            : "…"}
        </>
      ) : readAsOf ? (
        <>
          As of <Moment at={readAsOf} timeZone={wording.timeZone} locale={wording.locale} />
        </>
      ) : (
        "Not read yet"
      )}
    </output>
  );
}

function Nothing({
  overview,
  filtered,
  slug,
  wording,
}: {
  readonly overview: ImportOverview;
  readonly filtered: boolean;
  readonly slug: string;
  readonly wording: Wording;
}) {
  if (overview.connection === null) {
    return (
      <EmptyState
        title="No accounting package is connected"
        body="Payments made there on documents that were exported from here come in on this screen."
        action={
          <Button component={Link} href={`/clients/${slug}/setup`} variant="default">
            Open Setup
          </Button>
        }
      />
    );
  }
  if (filtered) {
    return <EmptyState title="No payment matches" body="Another tab, side or other words may show some." />;
  }
  return (
    <EmptyState
      title="No payments yet"
      body={`Pay an exported invoice in ${wording.packageName}, then press Read payments now: the payment stands here, ready to be created and allocated.`}
    />
  );
}
