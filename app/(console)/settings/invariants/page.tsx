import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { Moment } from "#components/ui/date-text.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { StatusDot, type StatusKind } from "#components/ui/status-dot.tsx";
import { INVARIANTS, type InvariantCheck, listInvariantChecks } from "#db/queries/invariants.ts";
import { practiceScopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { database } from "#lib/web.ts";
import { CheckNow } from "./check-now.tsx";
import classes from "./invariants.module.css";

export const metadata: Metadata = { title: "Invariants" };

const KEPT = 30;

const figure = (count: number) => new Intl.NumberFormat("en-GB").format(count);

/** What the last check of the invariants found, and those before it. The worker does the checking. */
export default async function InvariantsPage() {
  const staff = await requireStaff();
  const scope = await practiceScopeFor(staff, "audit");
  if (!scope) notFound();
  const checks = await database().inScope(scope, (db) => listInvariantChecks(db, scope, KEPT));
  const last = checks.find((check) => check.broken !== null);
  const waiting = checks.some((check) => check.endedAt === null);

  return (
    <>
      <PageTitle
        title="Invariants"
        aside="Rules that every posting must keep. The worker checks them once a day; times are UTC."
        actions={<CheckNow waiting={waiting} />}
      />
      <div className={classes.panels}>
        {last === undefined ? (
          <Panel>
            <EmptyState title="Not checked yet" body="The worker checks soon after it starts, then once a day." />
          </Panel>
        ) : (
          <>
            <Notice kind={last.broken?.length === 0 ? "good" : "bad"}>
              {last.broken?.length === 0
                ? `All ${Object.keys(INVARIANTS).length} checks passed.`
                : `${last.broken?.length === 1 ? "1 check" : `${last.broken?.length} checks`} failed. Stop uploading for the clients named, keep the database as it is, and send the rows below to whoever looks after Greentick.`}
            </Notice>
            <Panel title="Checks" aside={<Moment at={last.endedAt} timeZone="UTC" />}>
              <Each check={last} />
            </Panel>
            {last.broken?.map((broken) => (
              <Panel key={broken.id} title={`${broken.id}: ${broken.rule}`} aside={`${figure(broken.count)} found`}>
                <PlainTable label={`What breaks ${broken.id}`}>
                  <thead>
                    <tr>
                      <th scope="col">Client</th>
                      <th scope="col">Record</th>
                      <th scope="col">What is wrong</th>
                    </tr>
                  </thead>
                  <tbody>
                    {broken.rows.map((row) => (
                      <tr key={`${row.client} ${row.subject} ${row.detail}`}>
                        <td>{row.client ?? "The practice"}</td>
                        <td className={classes.words}>{row.subject}</td>
                        <td className={classes.words}>{row.detail}</td>
                      </tr>
                    ))}
                  </tbody>
                </PlainTable>
              </Panel>
            ))}
          </>
        )}
        {checks.length > 0 && (
          <Panel title="Check history" aside="Newest first">
            <History checks={checks} />
          </Panel>
        )}
      </div>
    </>
  );
}

function Each({ check }: { readonly check: InvariantCheck }) {
  return (
    <PlainTable label="Checks and what they would mean">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">What it would mean</th>
          <th scope="col">State</th>
        </tr>
      </thead>
      <tbody>
        {Object.entries(INVARIANTS).map(([id, rule]) => {
          const count = check.broken?.find((one) => one.id === id)?.count ?? 0;
          return (
            <tr key={id}>
              <th scope="row">{id}</th>
              <td>{rule}</td>
              <td>
                {count === 0 ? (
                  <StatusDot kind="good">Passed</StatusDot>
                ) : (
                  <StatusDot kind="bad">Failed, {figure(count)}</StatusDot>
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </PlainTable>
  );
}

function resultOf({ broken, error, startedAt, endedAt }: InvariantCheck): { kind: StatusKind; words: string } {
  if (error !== null) return { kind: "bad", words: `Did not finish: ${error}` };
  if (broken !== null) {
    return broken.length === 0
      ? { kind: "good", words: "All passed" }
      : { kind: "bad", words: `Failed: ${broken.map((one) => one.id).join(", ")}` };
  }
  return { kind: "busy", words: startedAt !== null && endedAt === null ? "In progress" : "Waiting for the worker" };
}

function History({ checks }: { readonly checks: readonly InvariantCheck[] }) {
  return (
    <PlainTable label="Results of past checks">
      <thead>
        <tr>
          <th scope="col">Requested</th>
          <th scope="col">By</th>
          <th scope="col">Ended</th>
          <th scope="col">Result</th>
        </tr>
      </thead>
      <tbody>
        {checks.map((check) => {
          const { kind, words } = resultOf(check);
          return (
            <tr key={check.id}>
              <td>
                <Moment at={check.askedAt} timeZone="UTC" />
              </td>
              <td>{check.askedBy ?? "Daily"}</td>
              <td>
                <Moment at={check.endedAt} timeZone="UTC" />
              </td>
              <td className={classes.words}>
                <StatusDot kind={kind}>{words}</StatusDot>
              </td>
            </tr>
          );
        })}
      </tbody>
    </PlainTable>
  );
}
