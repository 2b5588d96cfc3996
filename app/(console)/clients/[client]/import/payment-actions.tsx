"use client";

import { Button } from "@mantine/core";
import { IconArrowBackUp, IconDownload, IconInfoCircle, IconPlus } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { GridAction } from "#components/grid/action-items.tsx";
import { countSelected, type GridSelection } from "#components/grid/selection.ts";
import { formatCount } from "#components/grid/words.ts";
import type { IncomingRow } from "#db/queries/payments/incoming-grid.ts";
import type { ImportOverview } from "#lib/allocating/overview.ts";
import type { IncomingSelection } from "#lib/allocating/selection.ts";
import { creatableIn, toIncomingSelection, undoableIn, whyNotCreated } from "./chosen-payments.ts";
import type { ImportWork } from "./use-import-work.ts";
import { filterOf, type ImportView } from "./view.ts";

const createWords = (creatable: number, locale: string) =>
  `Create & allocate payments${creatable > 0 ? ` (${formatCount(creatable, locale)})` : ""}`;

/** What may be done with the chosen payments: the actions of the menu and of a row, and the main button. */
export function actionsOnPayments({
  selection,
  view,
  totals,
  mayCreate,
  whoMay,
  locale,
  work,
  onUndo,
  onOpen,
}: {
  readonly selection: GridSelection<IncomingRow>;
  readonly view: ImportView;
  readonly totals: ImportOverview["totals"];
  readonly mayCreate: boolean;
  readonly whoMay: string;
  readonly locale: string;
  readonly work: ImportWork;
  readonly onUndo: (selection: IncomingSelection) => void;
  readonly onOpen: (row: IncomingRow | null) => void;
}): { readonly actions: GridAction[]; readonly primary: ReactNode } {
  const chosen = () => toIncomingSelection(selection, filterOf(view), totals.count);
  const creatable = creatableIn(selection, view.view);
  const undoable = undoableIn(selection, view.view);
  const selected = countSelected(selection);
  const blocked = mayCreate ? whyNotCreated(selected, creatable) : `Ask ${whoMay}.`;
  const create = () => work.create(chosen());
  const actions: GridAction[] = [
    {
      id: "create",
      label: createWords(creatable, locale),
      icon: <IconPlus size={16} stroke={1.8} aria-hidden />,
      ...(blocked === undefined ? {} : { blocked }),
      run: create,
    },
    {
      id: "undo",
      label: `Undo Create & allocate${undoable > 0 ? ` (${formatCount(undoable, locale)})` : ""}…`,
      icon: <IconArrowBackUp size={16} stroke={1.8} aria-hidden />,
      ...(mayCreate && undoable > 0
        ? {}
        : { blocked: mayCreate ? "Select payments that were created and allocated." : `Ask ${whoMay}.` }),
      run: () => onUndo(chosen()),
    },
    {
      id: "details",
      label: "Details of this payment",
      icon: <IconInfoCircle size={16} stroke={1.8} aria-hidden />,
      ...(selection.kind === "some" && selected === 1 ? {} : { blocked: "Select one payment." }),
      run: () => onOpen(selection.kind === "some" ? ([...selection.rows.values()][0] ?? null) : null),
    },
  ];
  const primary = (
    <Button
      onClick={create}
      loading={work.creating}
      disabled={blocked !== undefined}
      title={blocked}
      leftSection={<IconDownload size={16} stroke={1.8} aria-hidden />}
    >
      {createWords(creatable, locale)}
    </Button>
  );
  return { actions, primary };
}
