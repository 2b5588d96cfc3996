import type { Metadata } from "next";
import { cookies } from "next/headers";
import { notFound } from "next/navigation";
import { DateText, Moment } from "#components/ui/date-text.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { PageTitle, Panel } from "#components/ui/page.tsx";
import { StatusDot } from "#components/ui/status-dot.tsx";
import { findConnectionCard, queuedCount } from "#db/queries/setup.ts";
import { can, whoMay } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { connectorFor, listConnectors } from "#lib/connectors/registry.ts";
import { REFUSED_COOKIE, readRefused } from "#lib/setup/flash.ts";
import { isPackage, PACKAGE_CARDS, packageName } from "#lib/setup/packages.ts";
import { database } from "#lib/web.ts";
import { ConnectButton } from "./connect-button.tsx";
import { DisconnectButton } from "./disconnect-button.tsx";
import { PostingSettings } from "./posting-settings.tsx";
import classes from "./setup.module.css";

export const metadata: Metadata = { title: "Setup" };

type Search = Promise<{ readonly [name: string]: string | string[] | undefined }>;

export default async function SetupPage({ params, searchParams }: { params: Promise<{ client: string }>; searchParams: Search }) {
  const staff = await requireStaff();
  const access = await scopeFor(staff, (await params).client, "view");
  if (!access) notFound();
  const { scope, client } = access;
  const search = await searchParams;
  const { latest, queued } = await database().inScope(scope, async (db) => {
    const found = await findConnectionCard(db, scope);
    return { latest: found, queued: found && found.state !== "disconnected" ? await queuedCount(db, scope, found.id) : 0 };
  });
  const connection = latest && latest.state !== "disconnected" ? latest : null;
  const packageId = connection !== null && isPackage(connection.package) ? connection.package : null;
  const mayConnect = can(staff.role, "connect");
  const available = new Set<string>(listConnectors().map((connector) => connector.id));
  const refused = search.refused === "1" ? readRefused((await cookies()).get(REFUSED_COOKIE)?.value) : null;
  return (
    <>
      <PageTitle title="Setup" />
      <div className={classes.stack}>
        {refused !== null && <Notice kind="bad">{refused}</Notice>}
        {search.connected === "1" && connection !== null && refused === null && (
          <Notice kind="good">
            {packageName(connection.package)} is connected: {connection.tenantName}.
          </Notice>
        )}
        {connection !== null && (
          <Panel
            title={packageName(connection.package)}
            aside={
              connection.state === "lost" ? (
                <StatusDot kind="bad">Connection lost</StatusDot>
              ) : (
                <StatusDot kind="good">Connected</StatusDot>
              )
            }
            actions={
              mayConnect && (
                <>
                  {connection.state === "lost" && (
                    <ConnectButton
                      clientId={client.slug}
                      packageId={connection.package}
                      label={`Reconnect ${packageName(connection.package)}`}
                      primary
                    />
                  )}
                  <DisconnectButton
                    clientId={client.slug}
                    packageName={packageName(connection.package)}
                    tenantName={connection.tenantName}
                    queued={queued}
                  />
                </>
              )
            }
            padded
          >
            <dl className={classes.facts}>
              <dt>Organisation</dt>
              <dd>{connection.tenantName}</dd>
              <dt>Connected by</dt>
              <dd>{connection.connectedByName}</dd>
              <dt>Connected at</dt>
              <dd>
                <Moment at={connection.connectedAt} timeZone={client.timeZone} locale={client.locale} />
              </dd>
              {connection.state === "lost" && (
                <>
                  <dt>Lost since</dt>
                  <dd>
                    <Moment at={connection.lostAt} timeZone={client.timeZone} locale={client.locale} />
                    {connection.lostReason === null ? "" : `: ${connection.lostReason}`}
                  </dd>
                </>
              )}
              <dt>Base currency</dt>
              <dd>{connection.baseCurrency}</dd>
              <dt>Lock dates</dt>
              <dd>
                {connection.periodLockOn === null && connection.yearLockOn === null ? (
                  "None set"
                ) : (
                  <>
                    {connection.periodLockOn !== null && (
                      <>
                        Period locked up to <DateText date={connection.periodLockOn} locale={client.locale} />
                      </>
                    )}
                    {connection.periodLockOn !== null && connection.yearLockOn !== null && ", "}
                    {connection.yearLockOn !== null && (
                      <>
                        year up to <DateText date={connection.yearLockOn} locale={client.locale} />
                      </>
                    )}
                  </>
                )}
              </dd>
            </dl>
            {!mayConnect && <p className={classes.dim}>Only {whoMay("connect")} can reconnect or disconnect.</p>}
          </Panel>
        )}
        {connection === null && latest !== null && (
          <Notice kind="info">
            {packageName(latest.package)} ({latest.tenantName}) was disconnected
            {latest.disconnectedAt && (
              <>
                {" "}
                on <Moment at={latest.disconnectedAt} timeZone={client.timeZone} locale={client.locale} />
              </>
            )}
            . Mapping and history are kept: connecting the same organisation again goes on from there.
          </Notice>
        )}

        {connection !== null && packageId !== null && (
          <Panel title="How documents land" padded>
            <PostingSettings
              clientId={client.slug}
              postAs={connection.settings.postAs}
              packageName={packageName(connection.package)}
              mayDraft={connectorFor(packageId).can.drafts}
              mayEdit={can(staff.role, "setup")}
              editedBy={whoMay("setup")}
            />
          </Panel>
        )}

        <Panel
          title={connection === null ? "Connect an accounting package" : "Other packages"}
          aside={mayConnect ? undefined : `Only ${whoMay("connect")} can connect`}
        >
          <ul className={classes.cards}>
            {PACKAGE_CARDS.filter((card) => card.id !== connection?.package).map((card) => {
              const reason = !available.has(card.id)
                ? "Not in this version"
                : connection !== null
                  ? `Disconnect ${packageName(connection.package)} first: a client has one package`
                  : null;
              return (
                <li key={card.id} className={classes.card}>
                  <span className={classes.cardName}>{card.name}</span>
                  <span className={classes.dim}>{reason ?? STYLE_WORDS[card.style]}</span>
                  {reason === null &&
                    (mayConnect ? (
                      <ConnectButton
                        clientId={client.slug}
                        packageId={card.id}
                        label={latest?.package === card.id ? `Reconnect ${card.name}` : `Connect ${card.name}`}
                        primary
                      />
                    ) : (
                      <span className={classes.dim}>Ask {whoMay("connect")} to connect it.</span>
                    ))}
                </li>
              );
            })}
          </ul>
        </Panel>
      </div>
    </>
  );
}

const STYLE_WORDS = {
  direct: "By the package’s own sign-in",
  collected: "Through the Web Connector on the customer’s machine",
  file: "By file: no sign-in",
} as const;
