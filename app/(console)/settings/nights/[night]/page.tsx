import { NativeSelect } from "@mantine/core";
import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { z } from "zod";
import { Moment } from "#components/ui/date-text.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { FindForm, Pages } from "#components/ui/paged-list.tsx";
import { StatusDot } from "#components/ui/status-dot.tsx";
import { listNightResults, NIGHT_OUTCOMES, type NightResult } from "#db/queries/night-results.ts";
import { findPracticeNight, type Night, QUIET_DAYS } from "#db/queries/nights.ts";
import { practiceScopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { now } from "#lib/clock.ts";
import { formatBytes } from "#lib/common/bytes.ts";
import { formatDate, isPlainDate } from "#lib/common/dates.ts";
import { database } from "#lib/web.ts";
import { NightState } from "../night-state.tsx";
import classes from "./night.module.css";

export const metadata: Metadata = { title: "Night" };

const PAGE = 50;
const SHOW = [
  { value: "all", label: "All clients" },
  { value: "done", label: "Done" },
  { value: "sent", label: "Something was sent" },
  { value: "failed", label: "Failed" },
  { value: "later", label: "Not done yet" },
];
const search = z.object({
  q: z.string().max(200).catch(""),
  show: z.enum(NIGHT_OUTCOMES).catch("all"),
  afterName: z.string().max(300).optional().catch(undefined),
  afterId: z.uuid().optional().catch(undefined),
});
const number = new Intl.NumberFormat("en-GB");

/** One night of the practice: where it stands, and what it came to for each client that the person sees. */
export default async function NightPage({
  params,
  searchParams,
}: {
  params: Promise<{ night: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const staff = await requireStaff();
  const scope = await practiceScopeFor(staff, "export");
  const { night: nightOn } = await params;
  if (!scope || !isPlainDate(nightOn)) notFound();
  const { q, show, afterName, afterId } = search.parse(await searchParams);
  const after = afterName !== undefined && afterId !== undefined ? { name: afterName, id: afterId } : null;
  const found = await database().inScope(scope, async (db) => {
    const night = await findPracticeNight(db, scope, nightOn);
    if (!night) return null;
    return {
      night,
      results: await listNightResults(db, scope, staff.userId, nightOn, { only: show, search: q, after, limit: PAGE }),
    };
  });
  if (!found) notFound();
  const { night, results } = found;
  const rows = results.slice(0, PAGE);
  const last = results.length > PAGE ? rows.at(-1) : undefined;
  const path = `/settings/nights/${nightOn}`;
  // The night's own figures stay for good.
  const isOld = now().getTime() - night.startedAt.getTime() > QUIET_DAYS * 86_400_000;
  const asked = { ...(q === "" ? {} : { q }), ...(show === "all" ? {} : { show }) };

  return (
    <>
      <PageTitle
        title={`Night of ${formatDate(nightOn)}`}
        aside="What the run did for each client; times are UTC."
        actions={<Link href="/settings/nights">All nightly runs</Link>}
      />
      <div className={classes.panels}>
        <Panel title="Summary" aside={<NightState night={night} />} padded>
          <Figures night={night} />
        </Panel>
        <Panel
          title="Your clients"
          aside={isOld ? `After ${QUIET_DAYS} days only those with changes are listed` : undefined}
          actions={
            <FindForm action={path} q={q} label="Find a client by its name" placeholder="Client">
              <NativeSelect key={show} name="show" size="xs" defaultValue={show} aria-label="Show by outcome" data={SHOW} />
            </FindForm>
          }
        >
          {rows.length === 0 ? (
            <EmptyState
              title={
                q !== "" || show !== "all"
                  ? "No client matches this filter"
                  : isOld
                    ? "None of your clients had changes in this run"
                    : "None of your clients was in this run"
              }
              body="Each live connection that is switched on is read once a night, at its own time."
            />
          ) : (
            <PlainTable label="Clients in this run">
              <thead>
                <tr>
                  <th scope="col">Client</th>
                  <th scope="col">Outcome</th>
                  <th scope="col" data-align="end">
                    Changed
                  </th>
                  <th scope="col" data-align="end">
                    Sent
                  </th>
                  <th scope="col" data-align="end">
                    Held
                  </th>
                  <th scope="col" data-align="end">
                    Calls
                  </th>
                  <th scope="col" data-align="end">
                    Bytes
                  </th>
                  <th scope="col">Why</th>
                  <th scope="col">Run</th>
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <tr key={row.runId}>
                    <th scope="row" className={classes.client}>
                      <Link href={`/clients/${row.clientSlug}`} prefetch={false}>
                        {row.clientName}
                      </Link>
                    </th>
                    <td>
                      <Outcome row={row} />
                    </td>
                    <Figure count={row.changed} />
                    <Figure count={row.sent} />
                    <Figure count={row.held} />
                    <Figure count={row.calls} />
                    <td data-align="end">{row.bytes === 0 ? <span className={classes.nil}>0</span> : formatBytes(row.bytes)}</td>
                    <td className={classes.why}>
                      {row.why}
                      {row.retryAt !== null && (
                        <>
                          {" "}
                          Retry at <Moment at={row.retryAt} timeZone="UTC" />
                        </>
                      )}
                    </td>
                    <td>
                      <Link href={`/clients/${row.clientSlug}/runs/${row.runId}`} prefetch={false}>
                        Run {row.number}
                      </Link>
                    </td>
                  </tr>
                ))}
              </tbody>
            </PlainTable>
          )}
        </Panel>
        <Pages
          label="Pages of clients"
          path={path}
          asked={asked}
          isFirst={after === null}
          next={last === undefined ? null : { afterName: last.key.name, afterId: last.key.id }}
        />
      </div>
    </>
  );
}

function Figures({ night }: { readonly night: Night }) {
  const end = night.endedAt ?? night.finishAt;
  return (
    <dl className={classes.figures}>
      <div>
        <dt>Started</dt>
        <dd>
          <Moment at={night.startedAt} timeZone="UTC" />
        </dd>
      </div>
      <div>
        <dt>{night.endedAt === null ? "Expected to end" : "Ended"}</dt>
        <dd>{end === null ? "Not known yet" : <Moment at={end} timeZone="UTC" />}</dd>
      </div>
      {[
        { label: "Connections", value: number.format(night.total) },
        { label: "Queued", value: number.format(Math.max(0, night.total - night.done)) },
        { label: "With changes", value: number.format(night.changed) },
        { label: "Failed", value: number.format(night.failed) },
        { label: "Read calls", value: number.format(night.calls) },
        { label: "Bytes read", value: formatBytes(night.bytesIn) },
        {
          label: "Calls a second",
          value: new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 }).format(night.callsPerSecond),
        },
      ].map(({ label, value }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Outcome({ row }: { readonly row: NightResult }) {
  switch (row.state) {
    case "done":
      return row.held > 0 ? (
        <StatusDot kind="warning">Done, some held</StatusDot>
      ) : (
        <StatusDot kind="good">{row.sent > 0 ? "Sent" : "Done"}</StatusDot>
      );
    case "failed":
      return <StatusDot kind="bad">Failed</StatusDot>;
    case "stopped":
      return <StatusDot kind="idle">Stopped</StatusDot>;
    case "later":
      return <StatusDot kind="idle">Queued</StatusDot>;
    default:
      return <StatusDot kind="busy">Running</StatusDot>;
  }
}

function Figure({ count }: { readonly count: number }) {
  return <td data-align="end">{count === 0 ? <span className={classes.nil}>0</span> : number.format(count)}</td>;
}
