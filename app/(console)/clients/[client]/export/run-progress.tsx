"use client";

import { Button, Progress } from "@mantine/core";
import Link from "next/link";
import { formatCount } from "#components/grid/words.ts";
import type { RunProgress } from "#db/queries/export/runs.ts";
import type { Wire } from "#lib/common/wire.ts";
import { elapsedWords } from "../runs/words.ts";
import classes from "./export.module.css";

const STEP_WORDS = {
  contacts: "contacts first",
  products: "products first",
  documents: "documents",
  payments: "payments",
} as const;

/** The run under way, where its result appears: step, n of N, elapsed, and Stop. */
export function RunProgressBar({
  run,
  base,
  locale,
  onStop,
}: {
  readonly run: Wire<RunProgress>;
  readonly base: string;
  readonly locale: string;
  /** Absent where this person may not. */
  readonly onStop?: () => void;
}) {
  const { done, total, step } = run.counts;
  const verb = run.state === "stopping" ? "Stopping" : run.kind === "retry" ? "Retrying" : "Uploading";
  const words = `${verb} ${formatCount(done, locale)} of ${formatCount(total, locale)}`;
  return (
    <div className={classes.progress} data-run={run.number}>
      <Link href={`${base}/runs/${run.id}`} className={classes.progressWords} prefetch={false}>
        {words}
      </Link>
      <Progress
        value={total === 0 ? 0 : (done / total) * 100}
        size={5}
        radius="xl"
        color="tick.8"
        className={classes.progressBar}
        aria-label={words}
      />
      <span className={classes.progressStep}>
        {step ? STEP_WORDS[step] : "finishing"} · {elapsedWords(run.elapsedMs)}
      </span>
      {onStop && (
        <Button variant="subtle" size="compact-xs" onClick={onStop} disabled={run.state !== "running"}>
          Stop
        </Button>
      )}
    </div>
  );
}
