"use client";

import { formatCount } from "#components/grid/words.ts";
import { Moment } from "#components/ui/date-text.tsx";
import type { ImportOverview } from "#lib/allocating/overview.ts";
import classes from "./import.module.css";
import { isReading } from "./use-overview.ts";
import type { Wording } from "./words.ts";

/** How far reading has come: what is being read and how much of it, else when it was read last. */
export function ReadAsOf({
  overview,
  reading,
  wording,
}: {
  readonly overview: ImportOverview;
  readonly reading: boolean;
  readonly wording: Wording;
}) {
  const { readAsOf, lastRead } = overview;
  const count = isReading(overview) ? (lastRead?.payments ?? 0) : 0;
  return (
    <output data-testid="as-of" className={classes.asOf}>
      {reading ? (
        <>
          {lastRead?.state === "stopping" ? "Stopping the read of" : "Reading"} payments from {wording.packageName}
          {count > 0 ? `: ${formatCount(count, wording.locale)} so far` : "…"}
        </>
      ) : readAsOf ? (
        <>
          As of <Moment at={readAsOf} timeZone={wording.timeZone} locale={wording.locale} />
        </>
      ) : (
        "Not read yet"
      )}
    </output>
  );
}
