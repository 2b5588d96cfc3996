// biome-ignore-all lint/a11y/useSemanticElements: the bar of unsaved changes is no form
"use client";

import { Button } from "@mantine/core";
import { IconArrowBackUp } from "@tabler/icons-react";
import Link from "next/link";
import { Moment } from "#components/ui/date-text.tsx";
import { Notice } from "#components/ui/notice.tsx";
import type { MappingKind } from "#lib/mapping/resolve.ts";
import { rowKey, rowLabel, rowQuery } from "#lib/mapping/sides.ts";
import type { DocumentSide } from "#lib/tax/kinds.ts";
import { changesText, counted, type Edits, TAB_TITLES } from "./edits.ts";
import classes from "./mapping.module.css";
import type { Target } from "./search-targets.ts";
import type { TableRow, TableWords } from "./table-row.ts";

/** One tab of the editor. */
export interface Tab {
  readonly rows: readonly TableRow[];
  readonly targets: readonly Target[];
  readonly words: TableWords;
  /** Rows that waiting documents need and that go nowhere. */
  readonly open: number;
}

export type Tabs = Readonly<Record<MappingKind, Tab>>;

/** A row that somebody else saved while it was edited here. */
export interface Late {
  readonly kind: MappingKind;
  readonly key: string;
  readonly side: DocumentSide | null;
  readonly label: string | null;
  readonly by: string | null;
  readonly at: Date | null;
}

/** Why a save was refused, and of which row. */
export interface SaveFault {
  readonly kind: MappingKind | null;
  readonly key: string | null;
  readonly message: string;
}

/** Says why nothing was saved, with the way to a row on another tab. */
export function FaultNotice({
  fault,
  kind,
  path,
}: {
  readonly fault: SaveFault;
  readonly kind: MappingKind;
  readonly path: string;
}) {
  return (
    <div className={classes.top}>
      <Notice kind="bad">
        {fault.message} Nothing was saved.{" "}
        {fault.kind !== null && fault.kind !== kind && (
          <Link href={`${path}${rowQuery(fault.kind, fault.key ?? "")}`}>Show it under {TAB_TITLES[fault.kind]}</Link>
        )}
      </Notice>
    </div>
  );
}

/** Rows that somebody else saved meanwhile, beside what is about to be put in their place. */
export function LateNotice({
  late,
  edits,
  tabs,
  timeZone,
  locale,
}: {
  readonly late: readonly Late[];
  readonly edits: Edits;
  readonly tabs: Tabs;
  readonly timeZone: string;
  readonly locale: string;
}) {
  const nameOf = (one: Late) => {
    const row = tabs[one.kind].rows.find((each) => each.key === rowKey(one.key, one.side));
    return row ? [row.code, row.name].filter((part) => part !== null && part !== "").join(" ") : rowLabel(one.key, one.side);
  };
  return (
    <div className={classes.top}>
      <Notice kind="warning">
        {late.length === 1 ? "A row was changed" : `${late.length} rows were changed`} by someone else while you edited. Nothing
        is saved yet and your changes are kept. Save again to put yours in {late.length === 1 ? "its" : "their"} place, or undo.
        <ul className={classes.warnings}>
          {late.map((one) => (
            <li key={`${one.kind}/${one.key}/${one.side}`}>
              {nameOf(one)} is now {one.label ?? "not mapped"}
              {one.by !== null && one.at !== null && (
                <>
                  {" "}
                  (saved by {one.by}, <Moment at={one.at} timeZone={timeZone} locale={locale} />)
                </>
              )}
              ; your change: {choiceText(edits[one.kind].get(rowKey(one.key, one.side))?.to, tabs[one.kind].targets)}
            </li>
          ))}
        </ul>
      </Notice>
    </div>
  );
}

/** What was saved and still cannot go. */
export function WarningsNotice({ warnings }: { readonly warnings: readonly string[] }) {
  return (
    <div className={classes.top}>
      <Notice kind="warning">
        Saved, but some lines cannot go like this:
        <ul className={classes.warnings}>
          {warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      </Notice>
    </div>
  );
}

/** Stands in view while something is not saved. */
export function UnsavedBar({
  edits,
  kind,
  saving,
  onUndo,
  onSave,
}: {
  readonly edits: Edits;
  readonly kind: MappingKind;
  readonly saving: boolean;
  readonly onUndo: () => void;
  readonly onSave: () => void;
}) {
  const count = counted(edits);
  return (
    <div className={classes.bar} data-floating="always" role="group" aria-label="Unsaved changes">
      <span role="status">{changesText(edits)}</span>
      <Button variant="default" leftSection={<IconArrowBackUp size={15} aria-hidden />} onClick={onUndo} disabled={saving}>
        {count === edits[kind].size ? "Undo" : "Undo all"}
      </Button>
      <Button onClick={onSave} loading={saving}>
        Save {count === 1 ? "1 change" : `${count} changes`}
      </Button>
    </div>
  );
}

function choiceText(to: string | null | undefined, targets: readonly Target[]): string {
  if (to === undefined) return "not mapped";
  if (to === null) return "clear it";
  const target = targets.find((one) => one.id === to);
  return target ? [target.code, target.name].filter((part) => part !== null).join(" ") : to;
}
