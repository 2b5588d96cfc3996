"use client";

import { Popover } from "@mantine/core";
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconClock,
  IconFileText,
  IconHandStop,
  IconListNumbers,
  IconPlayerPlay,
} from "@tabler/icons-react";
import Link from "next/link";
import { Tick } from "#components/ui/tick.tsx";
import type { PostingGridRow } from "#db/queries/posting-grid.ts";
import { formatAmount } from "#lib/common/money.ts";
import type { Wire } from "#lib/common/wire.ts";
import classes from "./export.module.css";
import { clock, differenceWords, fixLink, goesFirst, reasonWords, type Wording } from "./words.ts";

export type ExportRow = Wire<PostingGridRow>;

/** Pre-check's verdict with its reason and the way to the fix; a row that is on its way says so instead. */
export function PrecheckCell({ row, wording }: { readonly row: ExportRow; readonly wording: Wording }) {
  switch (row.state) {
    case "queued":
      return (
        <span
          className={classes.state}
          data-look="dim"
          title={row.errorCode ? reasonWords(row.errorCode, row.errorDetail, row.kind, wording) : undefined}
        >
          <IconClock size={16} stroke={1.8} aria-hidden />
          <span>{row.errorCode && row.retryAt ? `Will be sent at ${clock(row.retryAt, wording)}` : "Queued"}</span>
        </span>
      );
    case "waiting":
      return (
        <span className={classes.state} data-look="dim">
          <IconCircleDashed size={16} stroke={1.8} aria-hidden />
          <span>Waiting for pickup</span>
        </span>
      );
    case "sending":
      return (
        <span className={classes.state} data-look="busy">
          <IconPlayerPlay size={16} stroke={1.8} aria-hidden />
          <span>Sending now</span>
        </span>
      );
  }
  if (row.precheck === "ready" || row.precheck === null) {
    if (row.heldMinor !== null && row.settledThere) {
      const words = `Paid or credited in ${wording.packageName}: it will be held, for a credit note`;
      return (
        <span className={classes.state} data-look="warning" title={words}>
          <IconAlertTriangle size={16} stroke={1.8} aria-label="Warning" />
          <span>{words}</span>
        </span>
      );
    }
    return (
      <span className={classes.state} data-look="dim">
        {row.precheck === null ? (
          <IconCircleDashed size={16} stroke={1.8} aria-hidden />
        ) : (
          <IconCircleCheck size={16} stroke={1.8} aria-hidden />
        )}
        <span>{heldWords(row, wording) ?? (row.precheck === null ? "Not checked yet" : "Ready")}</span>
      </span>
    );
  }
  const code = row.precheckCode ?? "internal.unexpected";
  const words = reasonWords(code, row.precheckDetail, row.kind, wording);
  if (row.precheck === "warning" && goesFirst(row.precheckDetail)) {
    return (
      <span className={classes.state} data-look="dim" title={words}>
        <IconListNumbers size={16} stroke={1.8} aria-hidden />
        <span>{words}</span>
      </span>
    );
  }
  const fix = row.precheck === "blocked" ? fixLink(code, row.precheckDetail, wording) : null;
  const Icon = row.precheck === "warning" ? IconAlertTriangle : IconHandStop;
  return (
    <>
      <span className={classes.state} data-look={row.precheck} title={words}>
        <Icon size={16} stroke={1.8} aria-label={row.precheck === "warning" ? "Warning" : "Blocked"} />
        <span>{words}</span>
      </span>
      {fix && (
        <Link className={classes.fix} href={fix.href} prefetch={false}>
          {fix.label}
        </Link>
      )}
    </>
  );
}

/** What uploading a row changes in the package; null where it changes nothing there. */
function heldWords(row: ExportRow, { packageName, locale }: Wording): string | null {
  const { heldMinor, grossMinor, currency } = row;
  if (heldMinor === null || grossMinor === null || currency === null) return null;
  if (row.voidedHere) return `Voids it in ${packageName}: ${formatAmount(BigInt(heldMinor), currency, locale)}`;
  const now = grossMinor.replace("-", "");
  const [before, after] = [heldMinor, now].map((minor) => formatAmount(BigInt(minor), currency, locale));
  return `Changes what ${packageName} holds: ${before === after ? before : `${before} → ${after}`}`;
}

/** What the package was seen to hold; a difference opens both values. */
export function TickCell({ row, wording }: { readonly row: ExportRow; readonly wording: Wording }) {
  switch (row.state) {
    case "confirmed":
      return <Tick state="confirmed" packageName={wording.packageName} />;
    case "skipped":
      return row.changedSinceMarked ? (
        <span className={classes.state} data-look="warning">
          <IconAlertTriangle size={16} stroke={1.8} aria-hidden />
          <span>Changed since marked</span>
        </span>
      ) : (
        <Tick state="skipped" />
      );
    case "drifted":
      return (
        <Popover position="bottom-start" withinPortal shadow="md" trapFocus>
          <Popover.Target>
            <button type="button" className={classes.differs}>
              <Tick
                state="drifted"
                words={`${differenceWords(row.differences, row.currency, wording.locale)}${row.driftAcceptedBy ? ", accepted" : ""}`}
              />
            </button>
          </Popover.Target>
          <Popover.Dropdown>
            <Differences row={row} wording={wording} />
          </Popover.Dropdown>
        </Popover>
      );
    default:
      return row.heldAsDraft ? (
        <span className={classes.state} data-look="draft" title={`${wording.packageName} holds it as a draft: approve it there`}>
          <IconFileText size={16} stroke={1.8} aria-hidden />
          <span>Held as draft</span>
        </span>
      ) : (
        <Tick state="posted" />
      );
  }
}

/** Ours and theirs, side by side. */
export function Differences({
  row,
  wording,
}: {
  readonly row: Pick<ExportRow, "differences" | "reference">;
  readonly wording: Wording;
}) {
  return (
    <table className={classes.differences}>
      <caption>
        {row.reference}: what was sent, and what {wording.packageName} holds
      </caption>
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Sent</th>
          <th scope="col">{wording.packageName}</th>
        </tr>
      </thead>
      <tbody>
        {(row.differences ?? []).map((one) => (
          <tr key={one.field}>
            <th scope="row">{one.field}</th>
            <td>{one.ours}</td>
            <td>{one.theirs}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
