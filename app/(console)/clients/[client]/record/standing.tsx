"use client";

import Link from "next/link";
import { Moment } from "#components/ui/date-text.tsx";
import { StatusDot } from "#components/ui/status-dot.tsx";
import { Tick } from "#components/ui/tick.tsx";
import type { Conflict } from "#db/queries/export/conflicts.ts";
import type { Standing } from "#db/queries/export/timeline.ts";
import { personWords } from "#lib/common/person-words.ts";
import type { PackageSite } from "#lib/connectors/deep-link.ts";
import { Differences } from "../export/cells.tsx";
import { ErrorCard } from "../export/error-card.tsx";
import { nowWords } from "../export/now-words.ts";
import { differenceWords, howWords, stoppedCode, type Wording } from "../export/words.ts";
import { OpenInPackage, packageIdsOf } from "./open-in-package.tsx";
import classes from "./timeline.module.css";
import { withheldWords } from "./words.ts";

/** Where a record stands: its tick or its state, in words. */
export function StandingState({ standing, wording }: { readonly standing: Standing; readonly wording: Wording }) {
  const { state, precheck } = standing;
  switch (state) {
    case "confirmed":
    case "unknown":
      return <Tick state={state} packageName={wording.packageName} />;
    case "posted":
      return standing.heldAsDraft ? <StatusDot kind="warning">Held as draft</StatusDot> : <Tick state="posted" />;
    case "drifted":
      return (
        <Tick
          state="drifted"
          words={`${differenceWords(standing.differences, standing.currency, wording.locale)}${standing.driftAcceptedBy === null ? "" : ", accepted"}`}
        />
      );
    case "skipped":
      return <Tick state="skipped" words={standing.changedSinceMarked ? "Changed since marked" : "Marked as exported"} />;
    case "queued":
      return <StatusDot kind="busy">Queued</StatusDot>;
    case "waiting":
      return <StatusDot kind="busy">Waiting for pickup</StatusDot>;
    case "sending":
      return <StatusDot kind="busy">Sending now</StatusDot>;
    case "held":
      return <StatusDot kind="bad">{standing.there ? "Change held before sending" : "Held before sending"}</StatusDot>;
    case "rejected":
      return <StatusDot kind="bad">Refused</StatusDot>;
    case "conflict":
      return <StatusDot kind="bad">Different record there</StatusDot>;
    case "dead":
      return <StatusDot kind="bad">Given up</StatusDot>;
    case "pending":
      if (standing.aside !== null)
        return <StatusDot kind="idle">Set aside: {withheldWords(standing.aside, standing.errorCode)}</StatusDot>;
      return precheck === "blocked" ? (
        <StatusDot kind="warning">Pending Export, blocked</StatusDot>
      ) : (
        <StatusDot kind="idle">Pending Export</StatusDot>
      );
  }
}

/** A record in the package: its state, its id with the way to it, why it is not there, and both values where they differ. */
export function InThePackage({
  standing,
  wording,
  site,
  conflicts,
}: {
  /** Null when nothing is to be sent of it: no connection, or a kind that stays here. */
  readonly standing: Standing | null;
  readonly wording: Wording;
  readonly site: PackageSite | null;
  /** The records that stand in its way. */
  readonly conflicts: readonly Conflict[];
}) {
  if (standing === null) {
    return (
      <p className={classes.words}>
        {site === null ? (
          <>
            No accounting package is connected. <Link href={`${wording.base}/setup`}>Open setup</Link>
          </>
        ) : (
          `Nothing has been sent to ${wording.packageName} yet.`
        )}
      </p>
    );
  }
  const ids = packageIdsOf(standing);
  const stopped = stoppedCode(standing);
  return (
    <div className={classes.standing}>
      <dl className={classes.fields}>
        <div>
          <dt>State</dt>
          <dd>
            <StandingState standing={standing} wording={wording} />
          </dd>
        </div>
        {standing.exportedAt && (
          <div>
            <dt>Exported</dt>
            <dd>
              <Moment at={standing.exportedAt} timeZone={wording.timeZone} locale={wording.locale} />, {howWords(standing)}
            </dd>
          </div>
        )}
        {standing.confirmedAt && (
          <div>
            <dt>Last seen</dt>
            <dd>
              <Moment at={standing.confirmedAt} timeZone={wording.timeZone} locale={wording.locale} />
            </dd>
          </div>
        )}
        {standing.state === "unknown" && standing.resolveAfter && (
          <div>
            <dt>Next check at</dt>
            <dd>
              <Moment at={standing.resolveAfter} timeZone={wording.timeZone} locale={wording.locale} />
            </dd>
          </div>
        )}
        {(standing.markReason ?? standing.asideWhy) && (
          <div>
            <dt>Reason</dt>
            <dd>
              {standing.markReason ?? standing.asideWhy}
              {standing.asideWhy && standing.asideBy && `, ${personWords(standing.asideBy)}`}
            </dd>
          </div>
        )}
        {ids.length > 0 && (
          <div>
            <dt>{standing.externalId === null ? `What ${wording.packageName} holds` : `${wording.packageName} id`}</dt>
            <dd>
              {ids.map((id) => (
                <OpenInPackage key={id} id={id} kind={standing.kind} site={site} wording={wording} />
              ))}
            </dd>
          </div>
        )}
      </dl>
      {stopped !== null && (
        <ErrorCard
          code={stopped}
          detail={standing.panel === "errors" ? standing.errorDetail : standing.precheckDetail}
          wording={wording}
          now={nowWords(standing, wording)}
          conflicts={conflicts}
          site={site}
          why="#why"
        />
      )}
      {standing.differences && standing.differences.length > 0 && <Differences row={standing} wording={wording} />}
    </div>
  );
}
