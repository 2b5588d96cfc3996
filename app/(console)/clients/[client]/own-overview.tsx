import { Moment } from "#components/ui/date-text.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageTitle, Panel } from "#components/ui/page.tsx";
import { StatusDot } from "#components/ui/status-dot.tsx";
import { findStanding } from "#db/queries/clients.ts";
import type { ClientAccess } from "#lib/auth/scope.ts";
import { notConnectedWords } from "#lib/setup/not-connected.ts";
import { ownOverview } from "#lib/setup/overview.ts";
import { packageName } from "#lib/setup/packages.ts";
import { database } from "#lib/web.ts";
import { DocumentTable } from "./documents/document-table.tsx";
import type { Wording } from "./export/words.ts";
import classes from "./overview.module.css";
import { OwnCauses } from "./own-causes.tsx";
import { isOwnToDo } from "./own-words.ts";

/** A client's own Overview: what went, what waits, what was refused, and which of it is theirs to put right. */
export async function OwnOverview({ scope, client }: ClientAccess) {
  const { standing, counts, causes, documents } = await database().inScope(
    scope,
    async (db) => ({ standing: await findStanding(db, scope), ...(await ownOverview(db, scope)) }),
    "one",
  );
  const base = `/clients/${client.slug}`;
  const name = standing === null ? "the package" : packageName(standing.package);
  const wording: Wording = { packageName: name, base, locale: client.locale, timeZone: client.timeZone };
  const number = new Intl.NumberFormat(client.locale);
  const figures: { label: string; value: number; note?: string }[] = [
    {
      label: standing === null ? "Sent" : `Sent to ${name}`,
      value: counts.exported,
      ...(standing === null ? {} : { note: `${number.format(counts.confirmed)} agree with ${name}` }),
    },
    {
      label: "Waiting to be sent",
      value: counts.pending,
      ...(counts.unconnected > 0 ? { note: notConnectedWords(counts.unconnected, client.locale) } : {}),
    },
    {
      label: "Refused or held",
      value: counts.errors,
      ...(counts.checking > 0 ? { note: `${number.format(counts.checking)} being checked` } : {}),
    },
    ...(counts.drifted > 0 ? [{ label: `Differ from ${name}`, value: counts.drifted }] : []),
    ...(counts.aside > 0 ? [{ label: "Set aside by your accountant", value: counts.aside }] : []),
  ];
  const yours = causes.filter(({ code }) => isOwnToDo(code));
  const others = causes.filter(({ code }) => !isOwnToDo(code));
  return (
    <>
      <PageTitle title="Overview" />
      <div className={classes.stack}>
        <div className={classes.figures}>
          {figures.map((figure) => (
            <div key={figure.label} className={classes.figure}>
              <span className={classes.dim}>{figure.label}</span>
              <span className={classes.value}>{number.format(figure.value)}</span>
              <span className={classes.dim}>{figure.note ?? "\u00a0"}</span>
            </div>
          ))}
        </div>
        <Panel title="For you to correct" aside={yours.length === 0 ? undefined : number.format(yours.length)}>
          {yours.length === 0 ? (
            <EmptyState
              title="Nothing for you to do"
              body="If something in your own system needs correcting, it will appear here."
            />
          ) : (
            <OwnCauses causes={yours} wording={wording} />
          )}
        </Panel>
        {others.length > 0 && (
          <Panel title="With your accountant" aside={number.format(others.length)}>
            <OwnCauses causes={others} wording={wording} />
          </Panel>
        )}
        <Panel
          title="Latest documents"
          actions={
            documents.length > 0 && (
              <LinkButton href={`${base}/documents`} variant="default">
                All documents
              </LinkButton>
            )
          }
        >
          {documents.length === 0 ? (
            <EmptyState title="No documents yet" body="They appear here once your accountant has uploaded a file." />
          ) : (
            <DocumentTable rows={documents} base={base} locale={client.locale} />
          )}
        </Panel>
        <Panel title="Connection" padded>
          <dl className={classes.facts}>
            <dt>Accounting package</dt>
            <dd>
              {standing === null ? (
                <StatusDot kind="idle">Not connected</StatusDot>
              ) : standing.state === "lost" ? (
                <StatusDot kind="bad">{name}, connection lost</StatusDot>
              ) : (
                <StatusDot kind="good">
                  {name}, {standing.tenantName}
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
          </dl>
        </Panel>
      </div>
    </>
  );
}
