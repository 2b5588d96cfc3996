import Link from "next/link";
import { StatusDot } from "#components/ui/status-dot.tsx";
import type { MadeCorrection } from "#db/queries/open-corrections.ts";
import type { Wording } from "../export/words.ts";
import classes from "./correction.module.css";
import { workOf } from "./work-words.ts";

/** What a correction leaves to do, with its steps. */
export function OpenWork({
  correction,
  payments,
  wording,
}: {
  readonly correction: MadeCorrection;
  readonly payments: boolean;
  readonly wording: Wording;
}) {
  return workOf(correction, payments, wording).map(({ what, steps }) => (
    <div key={what} className={classes.work}>
      <StatusDot kind="warning">{what}</StatusDot>
      <ol className={classes.steps}>
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
    </div>
  ));
}

/** Where a document is part of a correction: the way to it, and what it leaves. */
export function PartOfCorrection({ correction, base }: { readonly correction: MadeCorrection; readonly base: string }) {
  const { number, creditNote, reissue, leavesWork } = correction;
  return (
    <p className={classes.words}>
      {number} was credited by {creditNote}
      {reissue === null ? "" : ` and reissued as ${reissue}`}.{" "}
      <Link href={`${base}/corrections/${correction.id}`} prefetch={false}>
        {leavesWork ? "What is left to do" : "Open the correction"}
      </Link>
    </p>
  );
}
