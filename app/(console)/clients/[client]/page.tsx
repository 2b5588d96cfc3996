import { IconAlertTriangle, IconCircleCheck, IconCircleDashed } from "@tabler/icons-react";
import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { sumsInWords } from "#components/grid/words.ts";
import { Moment } from "#components/ui/date-text.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { StatusDot } from "#components/ui/status-dot.tsx";
import { totalNotOurs } from "#db/queries/payments/package-documents.ts";
import { findStanding } from "#db/queries/practice/clients.ts";
import { can } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { toWire, type Wire } from "#lib/common/wire.ts";
import { packageName } from "#lib/connectors/cards.ts";
import { ALIVE_CLIENT } from "#lib/demo/clients.ts";
import { lockNews } from "#lib/setup/locks.ts";
import { notConnectedWords } from "#lib/setup/not-connected.ts";
import { overview } from "#lib/setup/overview.ts";
import { database } from "#lib/web.ts";
import { DemoStrip } from "../../demo/demo-strip.tsx";
import { causeHeadline, countWords, fixerWords, fixLink, type Wording } from "./export/words.ts";
import { LockNews } from "./lock-news.tsx";
import classes from "./overview.module.css";
import { OwnOverview } from "./own-overview.tsx";
import { RUN_WORDS } from "./runs/words.ts";
import { SynchroniseNow } from "./synchronise/synchronise-now.tsx";

export const metadata: Metadata = { title: "Overview" };

/** Causes that are listed; the others are on the Export page. */
const SHOWN_CAUSES = 12;

export default async function OverviewPage({ params }: { params: Promise<{ client: string }> }) {
  const staff = await requireStaff();
  const access = await scopeFor(staff, (await params).client, "view");
  if (!access) notFound();
  if (!can(staff.role, "console")) return <OwnOverview {...access} />;
  const { scope, client } = access;
  const { standing, checklist, counts, openApart, toFinish, causes, runs, worker, notOurs, locks } = await database().inScope(
    scope,
    async (db) => ({
      standing: await findStanding(db, scope),
      ...(await overview(db, scope)),
      notOurs: await totalNotOurs(db, scope),
      locks: await lockNews(db, scope, client.timeZone),
    }),
    "one",
  );
  const at = (path: string) => `/clients/${client.slug}${path}`;
  const wording: Wording = {
    packageName: standing === null ? "the package" : packageName(standing.package),
    base: at(""),
    locale: client.locale,
    timeZone: client.timeZone,
  };
  const number = new Intl.NumberFormat(client.locale);
  const todo = checklist.items.findIndex((item) => !item.done || item.problem !== null);
  const figures: { label: string; value: number; href: string; note?: string }[] = [
    {
      label: "Pending Export",
      value: counts.pending,
      href: at("/export"),
      ...(counts.unconnected > 0 ? { note: notConnectedWords(counts.unconnected, client.locale) } : {}),
    },
    {
      label: "Exported Successfully",
      value: counts.exported,
      href: at("/export"),
      note: `${number.format(counts.confirmed)} with a green tick`,
    },
    {
      label: "Error Feedback",
      value: counts.errors,
      href: at("/export"),
      ...(counts.checking > 0 ? { note: `${number.format(counts.checking)} being checked` } : {}),
    },
    {
      label: standing === null ? "Differences" : `Differ from ${packageName(standing.package)}`,
      value: counts.drifted,
      href: at("/export?e_tick=differs"),
    },
    { label: "Payments to import", value: counts.incoming, href: at("/import") },
    ...(openApart > 0 ? [{ label: "Open amounts differ", value: openApart, href: at("/import") }] : []),
    ...(toFinish > 0 ? [{ label: "Corrections to finish", value: toFinish, href: at("/corrections") }] : []),
    ...(counts.aside > 0 ? [{ label: "Set aside", value: counts.aside, href: at("/export/aside") }] : []),
  ];
  return (
    <>
      <PageTitle
        title="Overview"
        actions={
          can(staff.role, "synchronise") && standing !== null && <SynchroniseNow clientId={client.slug} wording={wording} />
        }
      />
      <div className={classes.stack}>
        <LockNews
          clientId={client.slug}
          news={toWire(locks) as Wire<typeof locks>}
          packageName={standing ? packageName(standing.package) : ""}
          locale={client.locale}
          timeZone={client.timeZone}
          mayAnswer={can(staff.role, "lock-policy")}
        />
        {!checklist.done && (
          <Panel
            title={!checklist.firstUse ? "Still to map" : checklist.begun ? "Before the next upload" : "Before the first upload"}
            aside={`${checklist.items.filter((item) => item.done).length} of ${checklist.items.length} done`}
          >
            <ol className={classes.list}>
              {checklist.items.map((item, index) => (
                <li key={item.key} className={classes.item} data-done={item.done}>
                  {item.problem !== null ? (
                    <IconAlertTriangle
                      size={18}
                      stroke={1.8}
                      aria-label="Done, but needs attention"
                      className={classes.problem}
                    />
                  ) : item.done ? (
                    <IconCircleCheck size={18} stroke={1.8} aria-label="Done" className={classes.done} />
                  ) : (
                    <IconCircleDashed size={18} stroke={1.8} aria-label="To do" className={classes.open} />
                  )}
                  <span className={classes.what}>
                    <strong>{item.label}</strong>
                    <span className={classes.dim}>{item.problem ?? item.why}</span>
                  </span>
                  {(!item.done || item.problem !== null) && (
                    <LinkButton href={at(item.path)} variant={index === todo ? "filled" : "default"}>
                      {item.path.startsWith("/setup") ? "Open Setup" : "Open Mapping"}
                    </LinkButton>
                  )}
                </li>
              ))}
            </ol>
          </Panel>
        )}

        <div className={classes.figures}>
          {figures.map((figure) => (
            <Link key={figure.label} href={figure.href} className={classes.figure}>
              <span className={classes.dim}>{figure.label}</span>
              <span className={classes.value}>{number.format(figure.value)}</span>
              <span className={classes.dim}>{figure.note ?? "\u00a0"}</span>
            </Link>
          ))}
        </div>

        {client.slug === ALIVE_CLIENT.slug && <DemoStrip staff={staff} />}

        <Panel
          title="Blocked, by cause"
          aside={causes.length === 0 ? undefined : causes.length === 1 ? "1 cause" : `${causes.length} causes`}
        >
          {causes.length === 0 ? (
            <EmptyState
              title="Nothing is blocked"
              body="Unmapped codes, locked periods and refusals appear here, with the records they block."
            />
          ) : (
            <ul className={classes.list}>
              {causes.slice(0, SHOWN_CAUSES).map((cause) => (
                <li key={`${cause.code}/${cause.value}`} className={classes.item}>
                  <span className={classes.what}>
                    <strong>{causeHeadline(cause, wording)}</strong>
                    <span className={classes.dim}>
                      {countWords(cause)}
                      {cause.sums.length > 0 && `, ${sumsInWords(cause.sums, client.locale, true)}`}
                    </span>
                  </span>
                  <span className={classes.badge}>{fixerWords(cause.code, wording)}</span>
                  <LinkButton href={fixLink(cause.code, cause.sampleDetail, wording)?.href ?? at("/export")} variant="default">
                    {fixLink(cause.code, cause.sampleDetail, wording)?.label ?? "Open Export"}
                  </LinkButton>
                </li>
              ))}
            </ul>
          )}
        </Panel>

        <div className={classes.pair}>
          <Panel title="Health" padded>
            <dl className={classes.facts}>
              <dt>Connection</dt>
              <dd>
                {standing === null ? (
                  <StatusDot kind="idle">Not connected</StatusDot>
                ) : standing.state === "lost" ? (
                  <StatusDot kind="bad">{packageName(standing.package)}, lost</StatusDot>
                ) : (
                  <StatusDot kind="good">
                    {packageName(standing.package)}, {standing.tenantName}
                  </StatusDot>
                )}
              </dd>
              <dt>Last sync</dt>
              <dd>
                {standing?.lastSyncAt ? (
                  <Moment at={standing.lastSyncAt} timeZone={client.timeZone} locale={client.locale} />
                ) : (
                  "None yet"
                )}
              </dd>
              {standing !== null && notOurs.count + notOurs.possible.count > 0 && (
                <>
                  <dt>Only in {packageName(standing.package)}</dt>
                  <dd>
                    <Link href={at("/import#only-there")}>
                      {number.format(notOurs.count)} not ours
                      {notOurs.amounts.length > 0 && `, ${sumsInWords(notOurs.amounts, client.locale)}`}
                      {notOurs.possible.count > 0 && `; ${number.format(notOurs.possible.count)} may be ours`}
                    </Link>
                  </dd>
                </>
              )}
              <dt>Background worker</dt>
              <dd>
                {worker.alive ? (
                  <StatusDot kind="good">Running</StatusDot>
                ) : (
                  <StatusDot kind="bad">
                    Not running
                    {worker.seenAt && (
                      <>
                        {" "}
                        since <Moment at={worker.seenAt} timeZone={client.timeZone} locale={client.locale} />
                      </>
                    )}
                    : tell an administrator
                  </StatusDot>
                )}
              </dd>
            </dl>
          </Panel>
          <Panel title="Last runs">
            {runs.length === 0 ? (
              <EmptyState title="No runs yet" body="Press Upload data on Export to start one." />
            ) : (
              <PlainTable label="Runs, latest first">
                <tbody>
                  {runs.map((run) => (
                    <tr key={run.id}>
                      <td>
                        <Link href={at(`/runs/${run.id}`)}>{RUN_WORDS[run.kind]}</Link>
                      </td>
                      <td>
                        {run.state === "finished"
                          ? "Finished"
                          : run.state === "failed"
                            ? "Failed"
                            : run.state === "stopped"
                              ? "Stopped"
                              : "Running"}
                      </td>
                      <td data-align="end">{run.total > 0 ? number.format(run.total) : ""}</td>
                      <td data-align="end">
                        <Moment at={run.startedAt} timeZone={client.timeZone} locale={client.locale} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </PlainTable>
            )}
          </Panel>
        </div>
      </div>
    </>
  );
}
