"use client";

import type { ReactNode } from "react";
import { Notice } from "#components/ui/notice.tsx";
import type { ImportOverview } from "#lib/allocating/overview.ts";
import { countWords } from "#lib/common/count-words.ts";
import { errorEntry } from "#lib/errors/catalogue.ts";
import { WhatThisMeans } from "../export/what-this-means.tsx";
import classes from "./import.module.css";
import type { Wording } from "./words.ts";

/** Why payments are not read, what failed, and how the last read ended where it did not run through. */
export function ImportNotices({
  overview: { lastRead, readAsOf },
  stopped,
  failed,
  rowsFailed,
  wording,
  children,
}: {
  readonly overview: ImportOverview;
  readonly stopped: string | null;
  readonly failed: string | null;
  readonly rowsFailed: string | null;
  readonly wording: Wording;
  /** What differs, below why nothing is read. */
  readonly children: ReactNode;
}) {
  return (
    <div className={classes.notices}>
      {stopped !== null && <Notice kind="info">{stopped}</Notice>}
      {children}
      {failed && <Notice kind="bad">{failed}</Notice>}
      {rowsFailed && <Notice kind="bad">{rowsFailed}</Notice>}
      {lastRead?.state === "failed" && (
        <Notice kind="bad">
          The last read stopped: {errorEntry(lastRead.code ?? "").title.toLowerCase()}. Payments read before that are shown.{" "}
          <WhatThisMeans code={lastRead.code ?? "internal.unexpected"} wording={wording} />
        </Notice>
      )}
      {lastRead?.state === "stopped" && lastRead.startedAt > (readAsOf ?? "") && (
        <Notice kind="info">
          The last read was stopped after {countWords(lastRead.payments, "payment", wording.locale)}. Payments read so far are
          shown; the next read continues from there.
        </Notice>
      )}
    </div>
  );
}
