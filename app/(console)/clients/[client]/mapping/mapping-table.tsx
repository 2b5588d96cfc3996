// biome-ignore-all lint/a11y/useSemanticElements: on a narrow screen a row is two lines, which a table cannot be
"use client";

import { Button, TextInput } from "@mantine/core";
import { IconFilter, IconSparkles } from "@tabler/icons-react";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { Panel } from "#components/ui/page.tsx";
import { type KindEdits, withChoice } from "./edits.ts";
import classes from "./mapping.module.css";
import { MappingRow } from "./mapping-row.tsx";
import { type Target, targetLabel, targetsForSide } from "./search-targets.ts";
import { NoRows, Shared, TableFoot, TableHead } from "./table-parts.tsx";
import type { TableRow, TableWords } from "./table-row.ts";
import { inputOf, useTargetList } from "./target-list.tsx";
import { useShownRows } from "./use-shown-rows.ts";

interface Props {
  readonly title: string;
  readonly rows: readonly TableRow[];
  readonly targets: readonly Target[];
  readonly words: TableWords;
  readonly packageName: string;
  readonly mayEdit: boolean;
  /** Who may, when this person may not. */
  readonly editedBy: string;
  /** The row to open at. */
  readonly focusKey: string | null;
  readonly onlyOpen: boolean;
  /** One row a target: a bank account stands for one nominal. */
  readonly oneToOne: boolean;
  readonly edits: KindEdits;
  /** The row that a refused save named. */
  readonly badKey: string | null;
  readonly onEdit: (change: (before: KindEdits) => KindEdits) => void;
}

/** The mapping editor: one row a code, one shared list of targets, keyboard all through. What is chosen is the screen's until it is saved. */
export function MappingTable(props: Props) {
  const { rows, targets, words, mayEdit, edits, onEdit } = props;
  const { shown, openCount, onlyOpen, toggleOnlyOpen, filter, setFilter } = useShownRows(rows, props.onlyOpen, props.focusKey);
  const targetById = useMemo(() => new Map(targets.map((target) => [target.id, target])), [targets]);
  const body = useRef<HTMLDivElement>(null);

  const change = useCallback(
    (key: string, targetId: string | null) => {
      const row = rows.find((one) => one.key === key);
      if (row) onEdit((before) => withChoice(before, row, targetId));
    },
    [rows, onEdit],
  );

  const offeredTo = useCallback(
    (key: string) => targetsForSide(targets, rows.find((row) => row.key === key)?.side ?? null),
    [rows, targets],
  );
  const list = useTargetList(offeredTo, targetById, change, body);

  // biome-ignore lint/correctness/useExhaustiveDependencies: opens at the row once, when the page comes
  useEffect(() => {
    if (props.focusKey === null) return;
    const input = inputOf(body.current, props.focusKey);
    input?.scrollIntoView({ block: "center" });
    input?.focus({ preventScroll: true });
  }, []);

  const offers = shown.filter((row) => row.suggestion !== null && !edits.has(row.key) && mayEdit);
  const acceptAll = () => {
    onEdit((before) =>
      offers.reduce((after, row) => (row.suggestion ? withChoice(after, row, row.suggestion.id) : after), before),
    );
  };
  const takenBy = useMemo(() => codesByTarget(rows, edits), [rows, edits]);

  return (
    <>
      <Panel
        title={props.title}
        aside={openCount === 0 ? `${rows.length}, all mapped` : `${openCount} of ${rows.length} not mapped`}
        actions={
          <>
            <TextInput
              size="xs"
              className={classes.filter}
              aria-label="Filter these rows"
              placeholder="Filter these rows"
              leftSection={<IconFilter size={15} aria-hidden />}
              value={filter}
              onChange={(event) => setFilter(event.currentTarget.value)}
            />
            <Button variant="default" aria-pressed={onlyOpen} onClick={toggleOnlyOpen}>
              {onlyOpen ? "Show all" : "Only unmapped"}
            </Button>
            {offers.length > 0 && (
              <Button variant="default" leftSection={<IconSparkles size={15} aria-hidden />} onClick={acceptAll}>
                {offers.length === 1 ? "Accept 1 suggestion" : `Accept ${offers.length} suggestions`}
              </Button>
            )}
          </>
        }
      >
        <div role="table" aria-label={props.title} aria-rowcount={shown.length + 1} ref={body} {...list.bodyProps}>
          <TableHead words={words} />
          {shown.map((row) => {
            const edited = edits.has(row.key);
            const targetId = edited ? (edits.get(row.key)?.to ?? null) : row.targetId;
            const target = targetId === null ? undefined : targetById.get(targetId);
            return (
              <MappingRow
                key={row.key}
                row={row}
                words={words}
                edited={edited}
                label={target ? targetLabel(target) : edited ? "" : (row.targetLabel ?? "")}
                target={target}
                packageName={props.packageName}
                suggested={row.suggestion && !edited ? targetById.get(row.suggestion.id) : undefined}
                bad={props.badKey !== null && (props.badKey === row.key || props.badKey === row.code)}
                mayEdit={mayEdit}
                onAccept={change}
                list={list.rowProps}
              />
            );
          })}
          {shown.length === 0 && <NoRows isEmpty={rows.length === 0} isAllMapped={onlyOpen && filter === ""} words={words} />}
        </div>
        <TableFoot mayEdit={mayEdit} editedBy={props.editedBy} />
      </Panel>

      <Shared targets={targets} takenBy={takenBy} heading={words.target} />
      {list.popover(takenBy, props.oneToOne)}
    </>
  );
}

/** Which codes go to each target, with what is not saved yet. */
function codesByTarget(rows: readonly TableRow[], edits: KindEdits): ReadonlyMap<string, readonly TableRow[]> {
  const found = new Map<string, TableRow[]>();
  for (const row of rows) {
    const id = edits.has(row.key) ? (edits.get(row.key)?.to ?? null) : row.targetId;
    if (id === null) continue;
    found.set(id, [...(found.get(id) ?? []), row]);
  }
  return found;
}
