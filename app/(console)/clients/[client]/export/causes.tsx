"use client";

import { Button } from "@mantine/core";
import { IconAlertTriangle, IconChevronDown, IconCircleX, IconClockPlay } from "@tabler/icons-react";
import Link from "next/link";
import { useId, useState } from "react";
import type { GridAction } from "#components/grid/action-items.tsx";
import type { Cause } from "#db/queries/posting-grid.ts";
import type { Wire } from "#lib/common/wire.ts";
import type { LockPolicy } from "#lib/posting/lock-policy.ts";
import type { PanelFilter, PostingSelection } from "#lib/posting/selection.ts";
import type { ExportRow } from "./cells.tsx";
import { causeColumns } from "./columns.tsx";
import { ErrorCard } from "./error-card.tsx";
import classes from "./export.module.css";
import { isLockCode, LockOffers } from "./lock-offers.tsx";
import { nowOfCause } from "./now-words.ts";
import { type Chosen, PostingPanel } from "./posting-panel.tsx";
import type { ReadSort } from "./view.ts";
import { causeHeadline, causeLine, fixerWords, fixLink, unknownCode, type Wording } from "./words.ts";

export type CauseButton = "retry" | "look" | "export-first";

/** The button that is valid for the class, beside a link to the field; null where only the package or the source can mend it. */
export function causeButton(cause: Pick<Wire<Cause>, "code" | "checking">): CauseButton | null {
  if (cause.checking > 0) return "look";
  if (cause.code === "source.dependency-missing") return "export-first";
  if (cause.code.startsWith("package.") || cause.code.startsWith("transient.") || cause.code.startsWith("mapping."))
    return "retry";
  return null;
}

const BUTTON_WORDS: Readonly<Record<CauseButton, string>> = {
  retry: "Retry",
  look: "Look now",
  "export-first": "Export item first",
};

function exportFirstWords(cause: Wire<Cause>): string {
  switch (cause.sampleDetail?.field) {
    case "contact":
      return cause.sampleDetail.subject?.startsWith("Supplier") ? "Export supplier first" : "Export customer first";
    default:
      return BUTTON_WORDS["export-first"];
  }
}

export function CauseList({
  causes,
  clientId,
  wording,
  mayExport,
  signature,
  onAct,
  onLock,
  mayRedate,
  actions,
  rowActions,
  onOpen,
}: {
  readonly causes: readonly Wire<Cause>[];
  readonly clientId: string;
  readonly wording: Wording;
  readonly mayExport: boolean;
  readonly signature: string;
  readonly onAct: (button: CauseButton, selection: PostingSelection) => void;
  readonly onLock: (choice: LockPolicy, selection: PostingSelection) => void;
  readonly mayRedate: boolean;
  readonly actions: (chosen: Chosen | null) => readonly GridAction[];
  readonly rowActions: (row: ExportRow) => readonly GridAction[];
  readonly onOpen: (row: ExportRow) => void;
}) {
  return (
    <ul className={classes.causes}>
      {causes.map((cause) => (
        <CauseItem
          key={`${cause.code} ${cause.value}`}
          {...{ cause, clientId, wording, mayExport, signature, onAct, onLock, mayRedate, actions, rowActions, onOpen }}
        />
      ))}
    </ul>
  );
}

function CauseItem({
  cause,
  clientId,
  wording,
  mayExport,
  signature,
  onAct,
  onLock,
  mayRedate,
  actions,
  rowActions,
  onOpen,
}: {
  readonly cause: Wire<Cause>;
  readonly clientId: string;
  readonly wording: Wording;
  readonly mayExport: boolean;
  readonly signature: string;
  readonly onAct: (button: CauseButton, selection: PostingSelection) => void;
  readonly onLock: (choice: LockPolicy, selection: PostingSelection) => void;
  readonly mayRedate: boolean;
  readonly actions: (chosen: Chosen | null) => readonly GridAction[];
  readonly rowActions: (row: ExportRow) => readonly GridAction[];
  readonly onOpen: (row: ExportRow) => void;
}) {
  const [open, setOpen] = useState(false);
  const [sort, setSort] = useState<ReadSort>({ by: "date", direction: "desc" });
  const [columns] = useState(() => causeColumns(wording));
  const id = useId();
  const checking = cause.checking > 0;
  const fix = fixLink(cause.code, cause.sampleDetail, wording);
  const button = causeButton(cause);
  const filter: PanelFilter = { panel: "errors", code: cause.code, value: cause.value };
  const all: PostingSelection = {
    filter,
    exceptIds: [],
    count: cause.count,
    grossByCurrency: {},
    // All that stand under this cause when the server takes it up.
    asOf: FAR,
  };
  const look = checking ? "busy" : cause.code === "unknown.ambiguous-match" ? "warning" : "bad";
  const Icon = { busy: IconClockPlay, warning: IconAlertTriangle, bad: IconCircleX }[look];
  return (
    <li className={classes.cause} data-cause={cause.code} data-look={look}>
      <div className={classes.causeRow}>
        <Icon size={18} stroke={1.8} className={classes.causeIcon} aria-label={checking ? "Checking" : "Stopped"} />
        <button
          type="button"
          className={classes.causeWords}
          aria-expanded={open}
          aria-controls={id}
          onClick={() => setOpen(!open)}
        >
          <span className={classes.causeHead}>
            {causeHeadline(cause, wording)}
            <IconChevronDown size={15} stroke={2} className={classes.chevron} data-open={open || undefined} aria-hidden />
          </span>
          <span className={classes.causeLine}>{causeLine(cause, wording)}</span>
        </button>
        <span className={classes.causeActs}>
          <span className={classes.badge}>{fixerWords(cause.code, wording)}</span>
          {fix && (
            <Button component={Link} href={fix.href} prefetch={false}>
              {fix.label}
            </Button>
          )}
          {mayExport && button !== null && !(fix && button === "retry" && cause.code.startsWith("mapping.")) && (
            <Button variant="default" onClick={() => onAct(button, all)}>
              {button === "export-first" ? exportFirstWords(cause) : BUTTON_WORDS[button]}
            </Button>
          )}
        </span>
      </div>
      {open && (
        <div id={id} className={classes.causeOpen}>
          <ErrorCard
            code={checking ? unknownCode(cause.sampleDetail) : cause.code}
            detail={cause.sampleDetail}
            wording={wording}
            now={nowOfCause(cause, wording)}
            offers={
              mayExport &&
              !checking &&
              isLockCode(cause.code) && (
                <LockOffers mayRedate={mayRedate} onChoose={(choice) => onLock(choice, all)} of={cause.count} />
              )
            }
          />
          <PostingPanel
            id="errors"
            title={causeHeadline(cause, wording)}
            clientId={clientId}
            wording={wording}
            filter={filter}
            sort={sort}
            onSort={setSort}
            first={null}
            columns={columns}
            total={cause.count}
            signature={signature}
            actions={actions}
            selectable={mayExport}
            rowActions={rowActions}
            onOpen={onOpen}
            empty={null}
            maxRows={6}
            nested
          />
        </div>
      )}
    </li>
  );
}

const FAR = "2199-12-31T00:00:00Z";
