// biome-ignore-all lint/a11y/useSemanticElements: on a narrow screen a row is two lines, which a table cannot be
"use client";

import { Button, TextInput } from "@mantine/core";
import { IconFilter, IconSparkles } from "@tabler/icons-react";
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { Kbd } from "#components/ui/kbd.tsx";
import { Panel } from "#components/ui/page.tsx";
import { type KindEdits, withChoice } from "./edits.ts";
import classes from "./mapping.module.css";
import { MappingRow } from "./mapping-row.tsx";
import { type Target, targetLabel, targetsForSide } from "./search-targets.ts";
import type { TableRow, TableWords } from "./table-row.ts";
import { inputOf, useTargetList } from "./target-list.tsx";

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
  const [onlyOpen, setOnlyOpen] = useState(props.onlyOpen);
  const [filter, setFilter] = useState("");
  const wanted = useDeferredValue(filter);
  const targetById = useMemo(() => new Map(targets.map((target) => [target.id, target])), [targets]);
  const body = useRef<HTMLDivElement>(null);

  const isOpen = useCallback((row: TableRow) => (row.targetId === null || row.fault !== null) && !row.notUsed, []);
  const openCount = rows.filter(isOpen).length;
  const shown = useMemo(() => {
    const text = wanted.trim().toLowerCase();
    return rows.filter(
      (row) =>
        (!onlyOpen || isOpen(row) || row.key === props.focusKey) &&
        (text === "" || `${row.code ?? ""} ${row.name} ${row.targetLabel ?? ""}`.toLowerCase().includes(text)),
    );
  }, [rows, wanted, onlyOpen, isOpen, props.focusKey]);

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
            <Button variant="default" aria-pressed={onlyOpen} onClick={() => setOnlyOpen((before) => !before)}>
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
          <div role="row" tabIndex={-1} className={`${classes.row} ${classes.head}`}>
            <span role="columnheader" tabIndex={-1}>
              {words.source}
            </span>
            <span role="columnheader" tabIndex={-1}>
              Name
            </span>
            <span role="columnheader" tabIndex={-1} className={classes.end}>
              Waiting
            </span>
            <span role="columnheader" tabIndex={-1}>
              {words.target}
            </span>
            <span role="columnheader" tabIndex={-1}>
              Set at
            </span>
          </div>
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
          {shown.length === 0 && (
            <EmptyState
              title={
                rows.length === 0 ? "Nothing to map yet" : onlyOpen && filter === "" ? "Everything is mapped" : "No row matches"
              }
              body={
                rows.length === 0
                  ? words.empty
                  : onlyOpen && filter === ""
                    ? "New codes appear here once a document uses them."
                    : "Change the filter above."
              }
            />
          )}
        </div>
        <footer className={classes.foot}>
          {mayEdit ? (
            <>
              <span>
                <Kbd>↑</Kbd> <Kbd>↓</Kbd> rows
              </span>
              <span>type to search</span>
              <span>
                <Kbd>Enter</Kbd> choose, or accept the suggestion
              </span>
              <span>
                <Kbd>Del</Kbd> clear
              </span>
              <span>
                <Kbd>Ctrl S</Kbd> save
              </span>
            </>
          ) : (
            <span>Read only: {props.editedBy} may change it.</span>
          )}
        </footer>
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

/** Targets with the codes that share them: many codes to one account, seen from the account. */
function Shared({
  targets,
  takenBy,
  heading,
}: {
  targets: readonly Target[];
  takenBy: ReadonlyMap<string, readonly TableRow[]>;
  heading: string;
}) {
  const used = targets.filter((target) => takenBy.has(target.id));
  if (used.length === 0) return null;
  return (
    <div className={classes.shared}>
      <Panel title={`${heading}, and what goes there`} aside={String(used.length)} padded>
        <ul className={classes.sharedList}>
          {used.map((target) => (
            <li key={target.id} data-target={target.code ?? target.id}>
              <strong>{targetLabel(target)}:</strong>{" "}
              {(takenBy.get(target.id) ?? []).map((row) => row.code ?? row.name).join(", ")}
            </li>
          ))}
        </ul>
      </Panel>
    </div>
  );
}
