import { Stack, VisuallyHidden } from "@mantine/core";
import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { Moment } from "#components/ui/date-text.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { StatusDot } from "#components/ui/status-dot.tsx";
import { listDeadLetters, listWorkers, queueDepth, type WorkerBeat } from "#db/queries/workers.ts";
import { practiceScopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { QUEUES } from "#lib/jobs/queues.ts";
import { database } from "#lib/web.ts";
import { RetryLetter } from "./retry-letter.tsx";

export const metadata: Metadata = { title: "Workers and queue" };

const MOST_LETTERS = 100;

const STATES: Record<WorkerBeat["state"], { readonly kind: "good" | "bad" | "idle"; readonly words: string }> = {
  running: { kind: "good", words: "Running" },
  stopped: { kind: "idle", words: "Stopped" },
  silent: { kind: "bad", words: "No heartbeat" },
};

const number = new Intl.NumberFormat("en-GB");

/** "12 s", "4 min". */
function age(seconds: number | null): string {
  if (seconds === null) return "None waiting";
  return seconds < 120 ? `${Math.max(0, Math.round(seconds))} s` : `${number.format(Math.round(seconds / 60))} min`;
}

export default async function WorkersPage() {
  const staff = await requireStaff();
  const scope = await practiceScopeFor(staff, "audit");
  if (!scope) notFound();
  const { workers, depth, letters } = await database().inScope(scope, async (db) => ({
    workers: await listWorkers(db, scope),
    depth: await queueDepth(db, scope, QUEUES.sync),
    letters: await listDeadLetters(db, scope, QUEUES.dead, MOST_LETTERS),
  }));
  const running = workers.filter((worker) => worker.state === "running").length;
  return (
    <Stack gap="sm">
      <PageTitle
        title="Workers and queue"
        aside="Workers send to the packages and read from them. Waiting jobs are kept in the database, so nothing is lost if no worker runs."
      />
      <Panel title="Workers" aside={`${running} running`}>
        {workers.length === 0 ? (
          <EmptyState title="No worker has run yet" body="Start one with npm start, or as docs/operations.md says." />
        ) : (
          <PlainTable label="Workers of the last week">
            <thead>
              <tr>
                <th scope="col">State</th>
                <th scope="col">Machine</th>
                <th scope="col" data-align="end">
                  Process
                </th>
                <th scope="col">Started</th>
                <th scope="col">Last heartbeat</th>
              </tr>
            </thead>
            <tbody>
              {workers.map((worker) => (
                <tr key={worker.id}>
                  <td>
                    <StatusDot kind={STATES[worker.state].kind}>{STATES[worker.state].words}</StatusDot>
                  </td>
                  <td>{worker.host}</td>
                  <td data-align="end">{worker.pid}</td>
                  <td>
                    <Moment at={worker.startedAt} timeZone="UTC" /> UTC
                  </td>
                  <td>
                    <Moment at={worker.seenAt} timeZone="UTC" /> UTC
                  </td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        )}
      </Panel>
      <Panel title="Queue">
        <PlainTable label="Jobs in the queue">
          <thead>
            <tr>
              <th scope="col" data-align="end">
                Ready
              </th>
              <th scope="col" data-align="end">
                Oldest ready
              </th>
              <th scope="col" data-align="end">
                Scheduled
              </th>
              <th scope="col" data-align="end">
                In progress
              </th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <td data-align="end">{number.format(depth.ready)}</td>
              <td data-align="end">{age(depth.oldestSeconds)}</td>
              <td data-align="end">{number.format(depth.later)}</td>
              <td data-align="end">{number.format(depth.active)}</td>
            </tr>
          </tbody>
        </PlainTable>
      </Panel>
      <Panel
        title="Failed jobs"
        aside={
          letters.length === 0
            ? undefined
            : letters.length === MOST_LETTERS
              ? `The latest ${MOST_LETTERS}`
              : number.format(letters.length)
        }
      >
        {letters.length === 0 ? (
          <EmptyState
            title="No failed jobs"
            body="A job that failed six times appears here, with its error. Its records stay queued; press Retry to run it again."
          />
        ) : (
          <PlainTable label="Latest failed jobs">
            <thead>
              <tr>
                <th scope="col">Client</th>
                <th scope="col">Failed</th>
                <th scope="col">Error</th>
                <th scope="col">
                  <VisuallyHidden>Actions</VisuallyHidden>
                </th>
              </tr>
            </thead>
            <tbody>
              {letters.map((letter) => (
                <tr key={letter.id}>
                  <td>
                    {letter.clientSlug === null ? (
                      "No longer connected"
                    ) : (
                      <Link href={`/clients/${letter.clientSlug}`}>{letter.clientName}</Link>
                    )}
                  </td>
                  <td>
                    <Moment at={letter.at} timeZone="UTC" /> UTC
                  </td>
                  <td>{letter.said ?? "None given"}</td>
                  <td data-align="end">
                    <RetryLetter id={letter.id} client={letter.clientName ?? "it"} />
                  </td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        )}
      </Panel>
    </Stack>
  );
}
