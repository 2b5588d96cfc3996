"use client";

import { notifications } from "@mantine/notifications";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useCallback, useEffect, useRef, useState, useTransition } from "react";
import { useUnsaved } from "#components/ui/unsaved.tsx";
import type { MappingKind } from "#lib/mapping/resolve.ts";
import { saveMapping } from "./actions.ts";
import { FaultNotice, type Late, LateNotice, type SaveFault, type Tabs, UnsavedBar, WarningsNotice } from "./editor-parts.tsx";
import { counted, type Edits, type KindEdits, listed, NO_EDITS, savedSentence, TAB_TITLES, TABS, withEdits } from "./edits.ts";
import classes from "./mapping.module.css";
import { MappingTable } from "./mapping-table.tsx";

interface Props {
  readonly clientId: string;
  readonly kind: MappingKind;
  readonly tabs: Tabs;
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
  const [fault, setFault] = useState<SaveFault | null>(null);
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
      {fault && <FaultNotice fault={fault} kind={kind} path={path} />}
      {late.length > 0 && <LateNotice late={late} edits={edits} tabs={tabs} timeZone={timeZone} locale={locale} />}
      {warnings.length > 0 && <WarningsNotice warnings={warnings} />}
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
        <UnsavedBar
          edits={edits}
          kind={kind}
          saving={saving}
          onUndo={() => {
            setEdits(NO_EDITS);
            setFault(null);
            setLate([]);
          }}
          onSave={saveAll}
        />
      )}
      {leaving}
    </div>
  );
}
