// biome-ignore-all lint/a11y/useSemanticElements: the bar of unsaved changes is no form
"use client";

import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconArrowBackUp } from "@tabler/icons-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useCallback, useEffect, useRef, useState, useTransition } from "react";
import { Moment } from "#components/ui/date-text.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { useUnsaved } from "#components/ui/unsaved.tsx";
import type { MappingKind } from "#lib/mapping/resolve.ts";
import { rowKey, rowLabel, rowQuery } from "#lib/mapping/sides.ts";
import type { DocumentSide } from "#lib/tax/kinds.ts";
import { saveMapping } from "./actions.ts";
import {
  changesText,
  counted,
  type Edits,
  type KindEdits,
  listed,
  NO_EDITS,
  savedSentence,
  TAB_TITLES,
  TABS,
  withEdits,
} from "./edits.ts";
import classes from "./mapping.module.css";
import { MappingTable } from "./mapping-table.tsx";
import type { Target } from "./search-targets.ts";
import type { TableRow, TableWords } from "./table-row.ts";

export interface Tab {
  readonly rows: readonly TableRow[];
  readonly targets: readonly Target[];
  readonly words: TableWords;
  /** Rows that waiting documents need and that go nowhere. */
  readonly open: number;
}

interface Late {
  readonly kind: MappingKind;
  readonly key: string;
  readonly side: DocumentSide | null;
  readonly label: string | null;
  readonly by: string | null;
  readonly at: Date | null;
}

interface Props {
  readonly clientId: string;
  readonly kind: MappingKind;
  readonly tabs: Readonly<Record<MappingKind, Tab>>;
  readonly packageName: string;
  readonly mayEdit: boolean;
  /** Who may, when this person may not. */
  readonly editedBy: string;
  /** The row to open at. */
  readonly focusKey: string | null;
  readonly onlyOpen: boolean;
  readonly timeZone: string;
  readonly locale: string;
}

/**
 * The three tabs of the mapping screen. What is changed on any of them is kept until it is saved, all at once, or undone; leaving
 * the screen before that asks.
 */
export function MappingEditor({ clientId, kind, tabs, timeZone, locale, ...given }: Props) {
  const router = useRouter();
  const [edits, setEdits] = useState<Edits>(NO_EDITS);
  const [fault, setFault] = useState<{ kind: MappingKind | null; key: string | null; message: string } | null>(null);
  const [warnings, setWarnings] = useState<readonly string[]>([]);
  const [late, setLate] = useState<readonly Late[]>([]);
  const [saving, startSaving] = useTransition();
  const frame = useRef<HTMLDivElement>(null);
  const path = `/clients/${clientId}/mapping`;
  const count = counted(edits);

  const changeKind = useCallback((of: MappingKind, after: (before: KindEdits) => KindEdits) => {
    setFault(null);
    setEdits((before) => ({ ...before, [of]: after(before[of]) }));
  }, []);
  const change = useCallback((after: (before: KindEdits) => KindEdits) => changeKind(kind, after), [changeKind, kind]);

  const save = useCallback(async (): Promise<boolean> => {
    const answer = await saveMapping({ clientId, edits: listed(edits) });
    if (!answer.ok) {
      const at = /^(nominal|tax|bank)\/(.*)$/s.exec(answer.error.field ?? "");
      setFault({ kind: TABS.find((tab) => tab === at?.[1]) ?? null, key: at?.[2] ?? null, message: answer.error.message });
      return false;
    }
    setFault(null);
    if (answer.data.outcome === "changed-meanwhile") {
      const { meanwhile } = answer.data;
      setLate(meanwhile);
      // Shown, so saving again is saving over it.
      setEdits((before) => withEdits(before, meanwhile));
      router.refresh();
      return false;
    }
    setEdits(NO_EDITS);
    setLate([]);
    setWarnings(answer.data.saved.warnings);
    notifications.show({ message: savedSentence(answer.data.saved), color: "ink", autoClose: 8000 });
    router.refresh();
    return true;
  }, [clientId, edits, router]);

  const saveAll = useCallback(() => {
    if (count === 0 || saving) return;
    startSaving(async () => {
      await save();
    });
  }, [count, saving, save]);

  useEffect(() => {
    if (fault?.kind !== kind || fault.key === null) return;
    const row = frame.current?.querySelector<HTMLElement>(`input[data-row="${CSS.escape(fault.key)}"]`);
    row?.focus();
  }, [fault, kind]);

  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
        event.preventDefault();
        saveAll();
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [saveAll]);

  const leaving = useUnsaved(count, (to) => to.pathname === path, save);
  const nameOf = (one: Late) => {
    const row = tabs[one.kind].rows.find((each) => each.key === rowKey(one.key, one.side));
    return row ? [row.code, row.name].filter((part) => part !== null && part !== "").join(" ") : rowLabel(one.key, one.side);
  };
  const tab = tabs[kind];

  return (
    <div ref={frame}>
      <nav className={classes.tabs} aria-label="Kinds of mapping">
        {TABS.map((of) => (
          <Link key={of} href={`${path}?tab=${of}`} className={classes.tab} aria-current={of === kind ? "page" : undefined}>
            {TAB_TITLES[of]}
            {tabs[of].open > 0 && <span className={classes.count}>{tabs[of].open} open</span>}
            {edits[of].size > 0 && <span className={classes.unsavedCount}>{edits[of].size} unsaved</span>}
          </Link>
        ))}
      </nav>
      {fault && (
        <div className={classes.top}>
          <Notice kind="bad">
            {fault.message} Nothing was saved.{" "}
            {fault.kind !== null && fault.kind !== kind && (
              <Link href={`${path}${rowQuery(fault.kind, fault.key ?? "")}`}>Show it under {TAB_TITLES[fault.kind]}</Link>
            )}
          </Notice>
        </div>
      )}
      {late.length > 0 && (
        <div className={classes.top}>
          <Notice kind="warning">
            {late.length === 1 ? "A row was changed" : `${late.length} rows were changed`} by someone else while you edited.
            Nothing is saved yet and your changes are kept. Save again to put yours in {late.length === 1 ? "its" : "their"}{" "}
            place, or undo.
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
      )}
      {warnings.length > 0 && (
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
      )}
      <MappingTable
        key={kind}
        {...given}
        title={TAB_TITLES[kind]}
        rows={tab.rows}
        targets={tab.targets}
        words={tab.words}
        oneToOne={kind === "bank"}
        edits={edits[kind]}
        badKey={fault?.kind === kind ? fault.key : null}
        onEdit={change}
      />
      {count > 0 && (
        <div className={classes.bar} data-floating="always" role="group" aria-label="Unsaved changes">
          <span role="status">{changesText(edits)}</span>
          <Button
            variant="default"
            leftSection={<IconArrowBackUp size={15} aria-hidden />}
            onClick={() => {
              setEdits(NO_EDITS);
              setFault(null);
              setLate([]);
            }}
            disabled={saving}
          >
            {count === edits[kind].size ? "Undo" : "Undo all"}
          </Button>
          <Button onClick={saveAll} loading={saving}>
            Save {count === 1 ? "1 change" : `${count} changes`}
          </Button>
        </div>
      )}
      {leaving}
    </div>
  );
}

function choiceText(to: string | null | undefined, targets: readonly Target[]): string {
  if (to === undefined) return "not mapped";
  if (to === null) return "clear it";
  const target = targets.find((one) => one.id === to);
  return target ? [target.code, target.name].filter((part) => part !== null).join(" ") : to;
}
