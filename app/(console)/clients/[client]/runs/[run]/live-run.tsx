"use client";

import { Progress } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect, useRef } from "react";
import { formatCount } from "#components/grid/words.ts";
import { Moment } from "#components/ui/date-text.tsx";
import { BY_ITSELF, fetchJson } from "#components/ui/fetch-json.ts";
import { clientKey } from "#components/ui/queries.ts";
import { StatusDot } from "#components/ui/status-dot.tsx";
import type { RunProgress } from "#db/queries/export/runs.ts";
import { personWords } from "#lib/common/person-words.ts";
import type { Wire } from "#lib/common/wire.ts";
import classes from "../runs.module.css";
import { elapsedWords, failureWords, movesPostings, outcomes, RUN_STATES } from "../words.ts";

const EACH_MS = 1_000;
const isOpen = (run: { readonly state: string }) => run.state === "running" || run.state === "stopping";

/** A run's counts, read again each second while it is open. */
export function LiveRun({
  first,
  clientId,
  locale,
  timeZone,
}: {
  readonly first: Wire<RunProgress>;
  readonly clientId: string;
  readonly locale: string;
  readonly timeZone: string;
}) {
  const router = useRouter();
  const { data: run } = useQuery({
    queryKey: clientKey(clientId, "run", first.id),
    queryFn: ({ signal }) => fetchJson<Wire<RunProgress>>(`/api/clients/${clientId}/runs/${first.id}`, signal, BY_ITSELF),
    initialData: first,
    refetchInterval: ({ state }) => state.data !== undefined && isOpen(state.data) && EACH_MS,
  });
  const open = isOpen(run);
  // The rows below are the server's: once more when the run has ended.
  const wasOpen = useRef(open);
  useEffect(() => {
    if (wasOpen.current && !open) router.refresh();
    wasOpen.current = open;
  }, [open, router]);

  const { counts } = run;
  const words = `${formatCount(counts.done, locale)} of ${formatCount(counts.total, locale)}`;
  const state = RUN_STATES[run.state];
  const failure = failureWords(run);
  return (
    <div className={classes.live} aria-live="polite">
      <dl className={classes.figures}>
        <div>
          <dt>State</dt>
          <dd>
            <StatusDot kind={state.kind}>{state.words}</StatusDot>
          </dd>
        </div>
        <div>
          <dt>By</dt>
          <dd>{personWords(run.startedBy)}</dd>
        </div>
        <div>
          <dt>Start</dt>
          <dd>
            <Moment at={run.startedAt} timeZone={timeZone} locale={locale} />
          </dd>
        </div>
        {run.endedAt && (
          <div>
            <dt>End</dt>
            <dd>
              <Moment at={run.endedAt} timeZone={timeZone} locale={locale} />
            </dd>
          </div>
        )}
        <div>
          <dt>{open ? "Elapsed" : "Took"}</dt>
          <dd>{elapsedWords(run.elapsedMs)}</dd>
        </div>
        {outcomes(run).map((one) => (
          <div key={one.words}>
            <dt>{`${one.words.charAt(0).toUpperCase()}${one.words.slice(1)}`}</dt>
            <dd>{formatCount(one.count, locale)}</dd>
          </div>
        ))}
      </dl>
      {failure && <span>{failure}</span>}
      {movesPostings(run.kind) && counts.total > 0 && (
        <Progress value={(counts.done / counts.total) * 100} size={6} radius="xl" color="tick.8" aria-label={`${words} done`} />
      )}
      {movesPostings(run.kind) && (
        <span className={classes.dim}>
          {words} done{counts.step ? `, ${counts.step} now` : ""}
        </span>
      )}
    </div>
  );
}
