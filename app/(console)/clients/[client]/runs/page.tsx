import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { z } from "zod";
import { formatCount } from "#components/grid/words.ts";
import { Moment } from "#components/ui/date-text.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { StatusDot } from "#components/ui/status-dot.tsx";
import { listRuns } from "#db/queries/runs.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { database } from "#lib/web.ts";
import classes from "./runs.module.css";
import { elapsedWords, outcomes, personWords, RUN_STATES, RUN_WORDS } from "./words.ts";

export const metadata: Metadata = { title: "Runs" };

const PAGE = 50;
const cursor = z.tuple([z.string().regex(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d+)?[+-]\d{2}(:?\d{2})?$/), z.uuid()]);

export default async function RunsPage({
  params,
  searchParams,
}: {
  readonly params: Promise<{ client: string }>;
  readonly searchParams: Promise<{ after?: string | string[] }>;
}) {
  const staff = await requireStaff();
  const access = await scopeFor(staff, (await params).client, "view");
  if (!access) notFound();
  const { scope, client } = access;
  const given = (await searchParams).after;
  const after = typeof given === "string" ? cursor.safeParse(given.split("~")) : null;
  const page = await database().inScope(scope, (db) =>
    listRuns(db, scope, after?.success ? { startedAt: after.data[0], id: after.data[1] } : null, PAGE),
  );
  const base = `/clients/${client.slug}/runs`;
  return (
    <>
      <PageTitle title="Runs" aside="What was asked for, by whom, and what came of it" />
      <Panel>
        {page.rows.length === 0 ? (
          <EmptyState
            title="No runs yet"
            body="Each Upload data, Retry, read of payments and Create & allocate stands here with its counts."
          />
        ) : (
          <PlainTable label="Runs">
            <thead>
              <tr>
                <th scope="col">Run</th>
                <th scope="col">Kind</th>
                <th scope="col">State</th>
                <th scope="col">By</th>
                <th scope="col">Start</th>
                <th scope="col" data-align="end">
                  Took
                </th>
                <th scope="col">Outcome</th>
              </tr>
            </thead>
            <tbody>
              {page.rows.map((run) => {
                const state = RUN_STATES[run.state];
                return (
                  <tr key={run.id}>
                    <td>
                      <Link href={`${base}/${run.id}`} className={classes.number} prefetch={false}>
                        Run {run.number}
                      </Link>
                    </td>
                    <td>{RUN_WORDS[run.kind]}</td>
                    <td>
                      <StatusDot kind={state.kind}>{state.words}</StatusDot>
                    </td>
                    <td>{personWords(run.startedBy)}</td>
                    <td>
                      <Moment at={run.startedAt} timeZone={client.timeZone} locale={client.locale} />
                    </td>
                    <td data-align="end">{elapsedWords(run.elapsedMs)}</td>
                    <td>
                      <span className={classes.outcomes}>
                        {outcomes(run.counts).map((one) => (
                          <span key={one.words}>
                            <strong>{formatCount(one.count, client.locale)}</strong> {one.words}
                          </span>
                        ))}
                      </span>
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </PlainTable>
        )}
        {page.next && (
          <div className={classes.more}>
            <Link href={`${base}?after=${encodeURIComponent(`${page.next.startedAt}~${page.next.id}`)}`}>Earlier runs</Link>
          </div>
        )}
      </Panel>
    </>
  );
}
