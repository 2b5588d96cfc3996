"use client";

import { notifications } from "@mantine/notifications";
import dynamic from "next/dynamic";
import { useCallback, useEffect, useRef, useState } from "react";
import type { GridPage } from "#components/grid/rows-query.ts";
import type { PackageSite } from "#lib/connectors/deep-link.ts";
import type { ExportRow } from "./cells.tsx";
import { Dialogues } from "./dialogues.tsx";
import { ErrorPanel } from "./error-panel.tsx";
import classes from "./export.module.css";
import { RunEnded } from "./export-notices.tsx";
import { ExportedPanel } from "./exported-panel.tsx";
import { Once } from "./once.tsx";
import { PendingPanel } from "./pending-panel.tsx";
import { type Around, useAround } from "./use-around.ts";
import { type Asked, useExportActions } from "./use-export-actions.tsx";
import type { Wording } from "./words.ts";

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
  const { around, refresh } = useAround(clientId, first.around);
  const [opened, setOpened] = useState<ExportRow | null>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  // Pre-check changes rows without changing a count: after an action the rows are read again whatever the counts say.
  const [acted, setActed] = useState(0);
  const { run } = around;
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
  const panel = { clientId, mayExport, wording, around, actions, acted, onOpen: open };

  return (
    <div className={classes.screen}>
      <h1 className={classes.hidden}>Export</h1>
      <PendingPanel {...panel} connected={connected} blockers={blockers} page={first.pending} />
      <ExportedPanel {...panel} page={first.exported} />
      <ErrorPanel {...panel} mayRedate={mayRedate} site={site} />
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
