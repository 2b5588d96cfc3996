"use client";

import { Button, Menu, SegmentedControl, Select } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import {
  IconArrowBackUp,
  IconChevronDown,
  IconDownload,
  IconInfoCircle,
  IconPlayerStop,
  IconPlus,
  IconRefresh,
} from "@tabler/icons-react";
import { useRouter } from "next/navigation";
import { useQueryStates } from "nuqs";
import { useMemo, useState, useTransition } from "react";
import { ActionItems, type GridAction } from "#components/grid/action-items.tsx";
import { ColumnChooser } from "#components/grid/column-chooser.tsx";
import { describeColumns } from "#components/grid/features.ts";
import { FilterBox } from "#components/grid/filter-box.tsx";
import { Grid } from "#components/grid/grid.tsx";
import { ListExits } from "#components/grid/list-exits.tsx";
import type { GridPage } from "#components/grid/rows-query.ts";
import { countSelected, type GridSelection, noSelection } from "#components/grid/selection.ts";
import { SelectionFoot } from "#components/grid/selection-foot.tsx";
import { useColumns } from "#components/grid/use-columns.ts";
import { useGridRows } from "#components/grid/use-rows.ts";
import { formatCount, sumsInWords } from "#components/grid/words.ts";
import { useWorkerDown } from "#components/shell/worker-down.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { PageTitle, Panel } from "#components/ui/page.tsx";
import type { IncomingRow } from "#db/queries/payments/incoming-grid.ts";
import type { OpenApart, OpenDifferences } from "#db/queries/payments/open-apart.ts";
import type { NotOurs, PackageDocument } from "#db/queries/payments/package-documents.ts";
import type { ImportOverview } from "#lib/allocating/overview.ts";
import { INCOMING_VIEWS, type IncomingSelection, type IncomingView } from "#lib/allocating/selection.ts";
import { countWords } from "#lib/common/count-words.ts";
import { errorEntry } from "#lib/errors/catalogue.ts";
import { WhatThisMeans } from "../export/what-this-means.tsx";
import { createPayments, readPaymentsNow, stopReading } from "./actions.ts";
import { BankMovements } from "./bank-movements.tsx";
import { importColumns } from "./columns.tsx";
import classes from "./import.module.css";
import { Nothing } from "./nothing.tsx";
import { OnlyThere } from "./only-there.tsx";
import { OpenDiffers } from "./open-differs.tsx";
import { PaymentDetails } from "./payment-details.tsx";
import { ReadAsOf } from "./read-as-of.tsx";
import { UndoDialog } from "./undo-dialog.tsx";
import { isReading, useOverview } from "./use-overview.ts";
import { filterOf, queryOf, VIEW } from "./view.ts";
import { amountOf, isCreatable, isUndoable, resultWords, VIEW_LABELS, type Wording } from "./words.ts";

export interface ImportScreenProps {
  readonly slug: string;
  readonly wording: Wording;
  readonly first: GridPage<IncomingRow>;
  readonly overview: ImportOverview;
  /** Why payments are not read: the integration is off, or the connection is one-way. Null while they are. */
  readonly stopped: string | null;
  /** What is only in the package, and the first documents of it. */
  readonly notOurs: NotOurs;
  readonly notOursDocuments: readonly PackageDocument[];
  /** Documents that are open by another amount there, and the first of those that nothing explains. */
  readonly differences: OpenDifferences;
  readonly differing: readonly OpenApart[];
  /** Whether this person may create & allocate. */
  readonly mayCreate: boolean;
  /** Who may, when this person may not: "a member of staff". */
  readonly whoMay: string;
}

const MAX_ROWS = 16;

/** The Import screen: payments read from the package, green-select, Create & allocate payments. */
export function ImportScreen(props: ImportScreenProps) {
  const { slug, wording, first, overview: given, stopped, mayCreate, whoMay } = props;
  const router = useRouter();
  const [view, setView] = useQueryStates(VIEW);
  const filter = filterOf(view);
  const query = queryOf(filter);
  const base = `/api/clients/${slug}/incoming-payments`;
  const source = `${base}?${query}&direction=${view.date}`;
  const rows = useGridRows<IncomingRow>(slug, source, first);
  const down = useWorkerDown();
  const whole = filter.search === undefined && filter.side === undefined;
  const [overview, ask] = useOverview(slug, `${base}/totals?${query}`, given, whole, (read) => {
    rows.reload();
    // What is only in the package is the server's to say.
    if (read) router.refresh();
  });
  const [selection, setSelection] = useState<GridSelection<IncomingRow>>(noSelection<IncomingRow>());
  const [choice, setChoice] = useColumns("import");
  const [opened, setOpened] = useState<IncomingRow | null>(null);
  const [creating, startCreating] = useTransition();
  const [asking, startAsking] = useTransition();
  const [stopping, startStopping] = useTransition();
  const [undoing, setUndoing] = useState<IncomingSelection | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const columns = useMemo(() => importColumns(wording), [wording]);
  const { totals } = overview;

  const change = (next: Partial<typeof view>) => {
    setSelection(noSelection<IncomingRow>());
    void setView(next);
  };

  const selected = countSelected(selection);
  const creatable = creatableIn(selection, view.view);
  const undoable = undoableIn(selection, view.view);
  const chosen = (): IncomingSelection =>
    selection.kind === "some"
      ? { ids: [...selection.rows.keys()] }
      : { filter, exceptIds: [...selection.except.keys()], count: totals.count, asOf: selection.totals.asOf };
  const create = () => {
    setFailed(null);
    startCreating(async () => {
      const answer = await createPayments({ clientId: slug, selection: chosen() });
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

  const stop = () => {
    setFailed(null);
    startStopping(async () => {
      const answer = await stopReading({ clientId: slug });
      if (!answer.ok) setFailed(answer.error.message);
      ask();
    });
  };

  const blocked = !mayCreate
    ? `Ask ${whoMay}.`
    : selected === 0
      ? "Select payments first."
      : creatable === 0
        ? "None of these can be created: the reason is in each row."
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
      id: "undo",
      label: `Undo Create & allocate${undoable > 0 ? ` (${formatCount(undoable, wording.locale)})` : ""}…`,
      icon: <IconArrowBackUp size={16} stroke={1.8} aria-hidden />,
      ...(mayCreate && undoable > 0
        ? {}
        : { blocked: mayCreate ? "Select payments that were created and allocated." : `Ask ${whoMay}.` }),
      run: () => setUndoing(chosen()),
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
            <>
              <LinkButton href={`/clients/${slug}/handover`} variant="default">
                Export to operational system
              </LinkButton>
              {isReading(overview) && (
                <Button
                  variant="default"
                  onClick={stop}
                  loading={stopping}
                  disabled={overview.lastRead?.state === "stopping"}
                  leftSection={<IconPlayerStop size={16} stroke={1.8} aria-hidden />}
                >
                  Stop
                </Button>
              )}
              <Button
                variant="default"
                onClick={readNow}
                loading={reading}
                disabled={overview.connection !== "live" || stopped !== null || down !== undefined}
                title={
                  stopped ?? down ?? (overview.connection === "live" ? undefined : "There is no live connection to read from.")
                }
                leftSection={<IconRefresh size={16} stroke={1.8} aria-hidden />}
              >
                Read payments now
              </Button>
            </>
          )
        }
      />
      <div className={classes.notices}>
        {stopped !== null && <Notice kind="info">{stopped}</Notice>}
        <OpenDiffers differences={props.differences} first={props.differing} wording={wording} />
        {failed && <Notice kind="bad">{failed}</Notice>}
        {rows.failed && <Notice kind="bad">{rows.failed}</Notice>}
        {overview.lastRead?.state === "failed" && (
          <Notice kind="bad">
            The last read stopped: {errorEntry(overview.lastRead.code ?? "").title.toLowerCase()}. Payments read before that are
            shown. <WhatThisMeans code={overview.lastRead.code ?? "internal.unexpected"} wording={wording} />
          </Notice>
        )}
        {overview.lastRead?.state === "stopped" && overview.lastRead.startedAt > (overview.readAsOf ?? "") && (
          <Notice kind="info">
            The last read was stopped after {countWords(overview.lastRead.payments, "payment", wording.locale)}. Payments read so
            far are shown; the next read continues from there.
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
            <ListExits
              slug={slug}
              list="import"
              query={`${query}&direction=${view.date}`}
              choice={choice}
              count={totals.count}
              locale={wording.locale}
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
            amountOf={amountOf}
            total={totals.count}
            locale={wording.locale}
            onSelectAll={() => setSelection({ kind: "all", totals, except: new Map() })}
            onClear={() => setSelection(noSelection<IncomingRow>())}
          />
        )}
      </Panel>
      <p className={classes.note}>Allocate credit notes in each system yourself; allocations don't sync.</p>
      {overview.banks.length > 0 && <BankMovements banks={overview.banks} wording={wording} />}
      <OnlyThere totals={props.notOurs} documents={props.notOursDocuments} wording={wording} />
      {mayCreate && (
        <div className={classes.bar} data-floating="narrow">
          {primary}
        </div>
      )}
      <UndoDialog
        selection={undoing}
        slug={slug}
        wording={wording}
        onClose={() => setUndoing(null)}
        onDone={({ payments, refused }) => {
          setUndoing(null);
          setSelection(noSelection<IncomingRow>());
          rows.reload();
          ask();
          notifications.show({
            title: "Undone",
            message: `${countWords(payments, "payment", wording.locale)} undone. You can create ${payments === 1 ? "it" : "them"} again.${refused > 0 ? ` ${countWords(refused, "payment", wording.locale)} not undone.` : ""}`,
            color: "gray",
          });
        }}
      />
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

/** How many of the chosen rows stand created, and so may be undone. */
function undoableIn(selection: GridSelection<IncomingRow>, view: IncomingView): number {
  if (selection.kind === "some") return [...selection.rows.values()].filter(isUndoable).length;
  const { counts } = selection.totals as ImportOverview["totals"];
  return view === "all" || view === "created" ? counts.created - [...selection.except.values()].filter(isUndoable).length : 0;
}
