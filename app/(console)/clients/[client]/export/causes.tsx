"use client";

import { Button } from "@mantine/core";
import { IconAlertTriangle, IconChevronDown, IconCircleX, IconClockPlay } from "@tabler/icons-react";
import Link from "next/link";
import { useId, useState } from "react";
import type { GridAction } from "#components/grid/action-items.tsx";
import { formatCount } from "#components/grid/words.ts";
import type { Cause } from "#db/queries/export/causes.ts";
import type { Wire } from "#lib/common/wire.ts";
import type { PackageSite } from "#lib/connectors/deep-link.ts";
import type { SyncErrorDetail } from "#lib/errors/sync-error.ts";
import type { LockPolicy } from "#lib/model/lock-policy.ts";
import type { PanelFilter, PostingSelection } from "#lib/pending/selection.ts";
import { lacksLink } from "../record/words.ts";
import type { ExportRow } from "./cells.tsx";
import { causeColumns } from "./columns.tsx";
import { ConflictLinks } from "./conflict-links.tsx";
import { ErrorCard } from "./error-card.tsx";
import classes from "./export.module.css";
import { isLockCode, LockOffers } from "./lock-offers.tsx";
import { nowOfCause } from "./now-words.ts";
import { type Chosen, PostingPanel } from "./posting-panel.tsx";
import type { ReadSort } from "./view.ts";
import {
  asksEach,
  causeHeadline,
  causeLine,
  type FixLink,
  fixerWords,
  fixLink,
  namesOf,
  reasonWords,
  unknownCode,
  type Wording,
  whyHref,
} from "./words.ts";

export type CauseButton = "retry" | "look" | "export-first";

/** The button that is valid for the class, beside a link to the field; null where only the package or the source can mend it. */
function causeButton(cause: Pick<Wire<Cause>, "code" | "checking">): CauseButton | null {
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

/** What each cause of the list needs beside itself. */
interface OfEach {
  readonly clientId: string;
  readonly wording: Wording;
  /** Where records stand in the package; null without a connection. */
  readonly site: PackageSite | null;
  readonly mayExport: boolean;
  readonly signature: string;
  readonly onAct: (button: CauseButton, selection: PostingSelection) => void;
  readonly onLock: (choice: LockPolicy, selection: PostingSelection) => void;
  readonly onCreate: (selection: PostingSelection) => void;
  readonly mayRedate: boolean;
  readonly actions: (chosen: Chosen | null) => readonly GridAction[];
  readonly rowActions: (row: ExportRow) => readonly GridAction[];
  readonly onOpen: (row: ExportRow) => void;
}

export function CauseList({
  causes,
  total,
  ...ofEach
}: OfEach & {
  readonly causes: readonly Wire<Cause>[];
  /** Rows of Error Feedback: of more causes than are listed too. */
  readonly total: number;
}) {
  // The counts and the causes are read one after the other: a row that moved between is none of another cause.
  const rest = causes.length < MOST_CAUSES ? 0 : total - causes.reduce((sum, cause) => sum + cause.count, 0);
  return (
    <ul className={classes.causes}>
      {causes.map((cause) => (
        <CauseItem key={`${cause.code} ${cause.value}`} cause={cause} {...ofEach} />
      ))}
      {rest > 0 && (
        <li className={classes.causeRest}>
          {formatCount(rest, ofEach.wording.locale)} more {rest === 1 ? "record" : "records"} of other causes appear as these are
          settled. Download or print the list to see all of them.
        </li>
      )}
    </ul>
  );
}

function CauseItem({
  cause,
  clientId,
  wording,
  site,
  mayExport,
  signature,
  onAct,
  onLock,
  onCreate,
  mayRedate,
  actions,
  rowActions,
  onOpen,
}: OfEach & { readonly cause: Wire<Cause> }) {
  const [open, setOpen] = useState(false);
  const [sort, setSort] = useState<ReadSort>({ by: "date", direction: "desc" });
  const [columns] = useState(() => causeColumns(wording));
  const id = useId();
  const checking = cause.checking > 0;
  // A card of one record has what is in its way and its own diagnosis; of many, each row has.
  const only = cause.count === 1 ? (cause.rows[0] ?? null) : null;
  const asks = cause.count > 1 && !checking && asksEach(cause.code);
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
          {mayExport && lacksLink(cause.code) && (
            <Button variant="default" onClick={() => onCreate(all)}>
              Create in {wording.packageName}
            </Button>
          )}
          {mayExport &&
            button !== null &&
            !lacksLink(cause.code) &&
            !(fix && button === "retry" && cause.code.startsWith("mapping.")) && (
              <Button variant="default" onClick={() => onAct(button, all)}>
                {button === "export-first" ? exportFirstWords(cause) : BUTTON_WORDS[button]}
              </Button>
            )}
        </span>
      </div>
      {asks && (
        <ul className={classes.questions} aria-label={`One question for each of ${namesOf(cause)}`}>
          {cause.rows.map((row) => (
            <li key={row.id}>
              <span className={classes.questionWords}>
                <strong>{row.reference}</strong>
                {row.party !== "" && row.party !== row.reference && ` of ${row.party}`}:{" "}
                {reasonWords(cause.code, row.detail, row.kind, wording)}
              </span>
              {fix && (
                <Link
                  href={answerHref(fix, row)}
                  className={classes.cardLink}
                  prefetch={false}
                  aria-label={`${fix.label}: ${row.reference}`}
                >
                  {fix.label}
                </Link>
              )}
              <ConflictLinks conflicts={row.conflicts} site={site} wording={wording} />
            </li>
          ))}
          {cause.count > cause.rows.length && (
            <li>
              {formatCount(cause.count - cause.rows.length, wording.locale)} more, each with its own question: open the cause to
              see them.
            </li>
          )}
        </ul>
      )}
      {only && !open && only.conflicts.length > 0 && (
        <div className={classes.questions}>
          <ConflictLinks conflicts={only.conflicts} site={site} wording={wording} />
        </div>
      )}
      {open && (
        <div id={id} className={classes.causeOpen}>
          <ErrorCard
            code={checking ? unknownCode(cause.sampleDetail) : cause.code}
            detail={cardDetail(cause)}
            wording={wording}
            now={nowOfCause(cause, wording)}
            offers={
              mayExport &&
              !checking &&
              isLockCode(cause.code) && (
                <LockOffers mayRedate={mayRedate} onChoose={(choice) => onLock(choice, all)} of={cause.count} />
              )
            }
            conflicts={only?.conflicts ?? []}
            site={site}
            why={only && whyHref(only, wording)}
            fix={fix}
          />
          <PostingPanel
            id="errors"
            title={causeHeadline(cause, wording)}
            clientId={clientId}
            wording={wording}
            filter={filter}
            sort={sort}
            onSort={setSort}
            page={null}
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

/** As many as the server lists. */
export const MOST_CAUSES = 50;

/** What a card says of a cause: of one row all that is known, of many what they have in common. */
function cardDetail(cause: Wire<Cause>): SyncErrorDetail | null {
  if (cause.count === 1) return cause.sampleDetail;
  const { field: _, ...shared } = cause.shared;
  // Causes of words that we do not know are told apart by them.
  const said = cause.code === "package.refused" ? cause.sampleDetail?.said : undefined;
  return { ...shared, ...(said ? { said } : {}) };
}

/** Where the question about one document is answered. */
const answerHref = (fix: FixLink, row: { readonly recordId: string }) =>
  fix.href.endsWith("/matches") ? `${fix.href}#match-${row.recordId}` : fix.href;

const FAR = "2199-12-31T00:00:00Z";
