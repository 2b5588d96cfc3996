import type { Metadata } from "next";
import { cookies } from "next/headers";
import { notFound } from "next/navigation";
import type { ComponentProps, CSSProperties } from "react";
import { Moment } from "#components/ui/date-text.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { PageTitle, Panel } from "#components/ui/page.tsx";
import { StatusDot } from "#components/ui/status-dot.tsx";
import { findCollectorLogin } from "#db/queries/connections/collector-logins.ts";
import { findIntegration, type Integration } from "#db/queries/connections/integration.ts";
import { findConnectionCard, queuedCount } from "#db/queries/connections/setup.ts";
import { groupWithheld, sumUnpaidBeforeStart } from "#db/queries/export/withheld.ts";
import { findSchedule } from "#db/queries/nights/nights.ts";
import { sumClientCalls } from "#db/queries/practice/usage.ts";
import { can, whoMay } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { now } from "#lib/clock.ts";
import { formatBytes } from "#lib/common/bytes.ts";
import { RECORD_KINDS, type RecordKind } from "#lib/common/records.ts";
import { isPackage, PACKAGE_CARDS, type PackageCard, packageName } from "#lib/connectors/cards.ts";
import { optionFields, optionsOf } from "#lib/connectors/options.ts";
import { authKindOf, connectorFor, listConnectors } from "#lib/connectors/registry.ts";
import { callsOfDay } from "#lib/connectors/windows.ts";
import { REFUSED_COOKIE, readRefused } from "#lib/setup/flash.ts";
import { timeZones } from "#lib/setup/new-client.ts";
import { changedOptions, syncOptionsOf } from "#lib/setup/profiles.ts";
import { MOST_GAP_MS } from "#lib/setup/settings.ts";
import { meanwhileOf, olderWords, unpaidWords } from "#lib/setup/withheld-words.ts";
import { database } from "#lib/web.ts";
import { CallGap } from "./call-gap.tsx";
import { RenewPassword } from "./collector-login.tsx";
import { ConnectButton } from "./connect-button.tsx";
import { DisconnectButton } from "./disconnect-button.tsx";
import { Entities } from "./entities.tsx";
import { IntegrationSwitch } from "./integration-switch.tsx";
import { LockList } from "./lock-list.tsx";
import { LockSettings } from "./lock-settings.tsx";
import { NameCompany } from "./name-company.tsx";
import { NightSchedule } from "./night-schedule.tsx";
import { PackageOptions } from "./package-options.tsx";
import { type Section, Sections } from "./sections.tsx";
import classes from "./setup.module.css";
import { StartDate } from "./start-date.tsx";
import { WorkingOptions } from "./sync-options.tsx";

export const metadata: Metadata = { title: "Setup" };

type Search = Promise<{ readonly [name: string]: string | string[] | undefined }>;

export default async function SetupPage({ params, searchParams }: { params: Promise<{ client: string }>; searchParams: Search }) {
  const staff = await requireStaff();
  const access = await scopeFor(staff, (await params).client, "console");
  if (!access) notFound();
  const { scope, client } = access;
  const search = await searchParams;
  const month = `${now().toISOString().slice(0, 7)}-01`;
  const { latest, login, queued, integration, schedule, withheld, unpaid, calls } = await database().inScope(
    scope,
    async (db) => {
      const found = await findConnectionCard(db, scope);
      return {
        latest: found,
        login: found && found.state !== "disconnected" ? await findCollectorLogin(db, scope, found.id) : null,
        queued: found && found.state !== "disconnected" ? await queuedCount(db, scope, found.id) : 0,
        integration: await findIntegration(db, scope),
        schedule: await findSchedule(db, scope),
        withheld: await groupWithheld(db, scope),
        unpaid: await sumUnpaidBeforeStart(db, scope),
        calls: await sumClientCalls(db, scope, month),
      };
    },
  );
  const base = `/clients/${client.slug}`;
  const number = new Intl.NumberFormat(client.locale);
  const maySetUp = can(staff.role, "setup");
  const connection = latest && latest.state !== "disconnected" ? latest : null;
  const packageId = connection !== null && isPackage(connection.package) ? connection.package : null;
  const authKind = packageId === null ? null : authKindOf(packageId);
  const callsADay = packageId === null ? null : callsOfDay(connectorFor(packageId).limits);
  const mayConnect = can(staff.role, "connect");
  const available = new Set<string>(listConnectors().map((connector) => connector.id));
  const isOffered = (card: PackageCard) => (connection === null ? available.has(card.id) : card.id === connection.package);
  const offered = PACKAGE_CARDS.filter(isOffered);
  const others = PACKAGE_CARDS.filter((card) => !isOffered(card));
  const fields = packageId === null ? [] : optionFields(connectorFor(packageId));
  const sections: Section[] = [
    { id: "package", title: connection === null ? "Connect a package" : "Integrations" },
    ...(connection !== null ? [{ id: "connection", title: packageName(connection.package) }] : []),
    ...(integration !== null && packageId !== null
      ? [
          { id: "start-date", title: "Start date" },
          { id: "how-it-works", title: "How it works" },
          ...(schedule !== null ? [{ id: "nightly-run", title: "Nightly run" }] : []),
          { id: "entities", title: "Entities to sync" },
          { id: "locks", title: "Locks" },
          ...(fields.length > 0 ? [{ id: "options", title: "Books" }] : []),
          { id: "calls", title: "Calls" },
        ]
      : []),
    ...(connection !== null ? [{ id: "other-packages", title: "Other packages" }] : []),
  ];
  const refused = search.refused === "1" ? readRefused((await cookies()).get(REFUSED_COOKIE)?.value) : null;
  return (
    <>
      <PageTitle title="Setup" />
      <p className={classes.rule}>
        Each section has its own Save button, which appears when you change something. You are asked before the integration is
        switched on or off, or disconnected.
      </p>
      <Sections sections={sections}>
        {refused !== null && <Notice kind="bad">{refused}</Notice>}
        {search.connected === "1" && connection !== null && refused === null && (
          <Notice kind="good">
            {packageName(connection.package)} is connected: {connection.tenantName}.
          </Notice>
        )}
        <Part
          id="package"
          title={connection === null ? "Connect an accounting package" : "Integrations"}
          aside={mayConnect ? undefined : `Only ${whoMay("connect")} can connect`}
        >
          <ul className={classes.cards}>
            {offered.map((card) => {
              const own = card.id === connection?.package;
              const on = own && integration?.moduleOn === true;
              return (
                <li
                  key={card.id}
                  className={classes.card}
                  data-on={on}
                  style={{ "--brand": card.colour, "--on-brand": card.onColour } as CSSProperties}
                >
                  <div className={classes.cardHead}>
                    <span className={classes.logo} aria-hidden>
                      {card.name.charAt(0)}
                    </span>
                    <span className={classes.cardName}>{card.name}</span>
                    {own && maySetUp && (
                      <IntegrationSwitch
                        clientId={client.slug}
                        packageName={card.name}
                        on={on}
                        locale={client.locale}
                        waiting={
                          queued === 0
                            ? "Nothing is queued."
                            : `${new Intl.NumberFormat(client.locale).format(queued)} queued ${queued === 1 ? "record waits" : "records wait"} as ${queued === 1 ? "it is" : "they are"}.`
                        }
                      />
                    )}
                  </div>
                  <span className={classes.dim}>
                    {own
                      ? on
                        ? `On · ${connection?.tenantName}`
                        : "Integration is off: nothing is sent or read"
                      : STYLE_WORDS[card.style]}
                  </span>
                  {on && integration.settings.direction === "out" && (
                    <span className={classes.dim}>One-way: records are sent, nothing is read back</span>
                  )}
                  <span className={`${classes.dim} ${classes.needs}`}>Needs: {card.needs}</span>
                  {!own &&
                    (mayConnect ? (
                      authKindOf(card.id) === "oauth" ? (
                        <ConnectButton
                          clientId={client.slug}
                          packageId={card.id}
                          label={latest?.package === card.id ? `Reconnect ${card.name}` : `Connect ${card.name}`}
                          primary
                        />
                      ) : (
                        <NameCompany
                          clientId={client.slug}
                          packageId={card.id}
                          packageName={card.name}
                          label={latest?.package === card.id ? `Reconnect ${card.name}` : `Connect ${card.name}`}
                          company={latest?.package === card.id ? latest.tenantName : ""}
                        />
                      )
                    ) : (
                      <span className={classes.dim}>Ask {whoMay("connect")} to connect it.</span>
                    ))}
                </li>
              );
            })}
          </ul>
          {connection === null && <OtherPackages cards={others} current={null} available={available} />}
        </Part>
        {connection !== null && (
          <Part
            id="connection"
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
                  {login !== null && <RenewPassword clientId={client.slug} packageName={packageName(connection.package)} />}
                  {connection.state === "lost" && authKind === "oauth" && (
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
                    removedThere={authKind === "oauth"}
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
              {login !== null && (
                <>
                  <dt>User name</dt>
                  <dd>{login.userName}</dd>
                  <dt>Password made</dt>
                  <dd>
                    <Moment at={login.madeAt} timeZone={client.timeZone} locale={client.locale} /> by {login.madeBy}
                  </dd>
                </>
              )}
              <dt>Calls</dt>
              <dd>
                {number.format(calls.today)} today
                {callsADay !== null && ` of ${number.format(callsADay)}`}, {number.format(calls.calls)} this month (
                {formatBytes(calls.bytesIn, client.locale)} received)
              </dd>
              <dt>Base currency</dt>
              <dd>{connection.baseCurrency}</dd>
              <dt>Lock dates</dt>
              <dd>
                <LockList locks={connection.locks} locale={client.locale} />
              </dd>
            </dl>
            {!mayConnect && <p className={classes.dim}>Only {whoMay("connect")} can reconnect or disconnect.</p>}
          </Part>
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
            . Mapping and history are kept: connect the same organisation again to resume.
          </Notice>
        )}

        {integration !== null && packageId !== null && (
          <>
            <Part id="start-date" title="Start date" padded>
              <StartDate
                clientId={client.slug}
                startOn={integration.startOn}
                chosen={integration.startOn !== null || integration.settings.startChosen === true}
                older={olderWords(withheld, client.locale)}
                unpaid={unpaidWords(unpaid, client.locale)}
                base={base}
                locale={client.locale}
                mayEdit={maySetUp}
                editedBy={whoMay("setup")}
              />
            </Part>
            <Part id="how-it-works" title="How it works" padded>
              <WorkingOptions
                clientId={client.slug}
                profile={integration.settings.profile ?? "khaos-like"}
                options={syncOptionsOf(integration.settings)}
                changed={changedOptions(integration.settings)}
                packageName={packageName(integration.package)}
                mayDraft={connectorFor(packageId).can.drafts}
                mayEdit={maySetUp}
                editedBy={whoMay("setup")}
              />
            </Part>
            {schedule !== null && (
              <Part id="nightly-run" title="Nightly run" padded>
                <NightSchedule
                  clientId={client.slug}
                  enabled={schedule.enabled}
                  hour={schedule.hour}
                  zone={schedule.zone}
                  clientZone={schedule.clientZone}
                  nextAt={schedule.nextAt?.toISOString() ?? null}
                  about={nightWords(integration.settings, packageName(integration.package))}
                  zones={timeZones()}
                  locale={client.locale}
                  mayEdit={maySetUp}
                  editedBy={whoMay("setup")}
                />
              </Part>
            )}
            <Part id="entities" title="Entities to sync" padded>
              <Entities
                clientId={client.slug}
                on={integration.entitiesOn}
                lacks={lacking(packageId)}
                meanwhile={meanwhileOf(withheld, client.locale)}
                base={base}
                locale={client.locale}
                mayEdit={maySetUp}
                editedBy={whoMay("setup")}
              />
            </Part>
            <Part id="locks" title="Locks" padded>
              <LockSettings
                clientId={client.slug}
                locale={client.locale}
                settings={{
                  lockPolicy: integration.settings.lockPolicy ?? {},
                  taxPeriods: integration.settings.taxPeriods ?? "quarters-3",
                  taxFiledTo: integration.settings.taxFiledTo ?? null,
                  close: integration.settings.close ?? null,
                }}
                packageName={packageName(integration.package)}
                mayDraft={connectorFor(packageId).can.drafts}
                mayEdit={can(staff.role, "lock-policy")}
                editedBy={whoMay("lock-policy")}
              />
            </Part>
            {fields.length > 0 && (
              <Part id="options" title="Books" padded>
                <PackageOptions
                  clientId={client.slug}
                  fields={fields}
                  saved={optionsOf(connectorFor(packageId), integration.options)}
                  packageName={packageName(integration.package)}
                  mayEdit={maySetUp}
                  editedBy={whoMay("setup")}
                />
              </Part>
            )}
            <Part id="calls" title="Calls" padded>
              <CallGap
                clientId={client.slug}
                gapMs={integration.settings.gapMs ?? null}
                ownMs={connectorFor(packageId).limits.gapMs}
                mostMs={MOST_GAP_MS}
                packageName={packageName(integration.package)}
                mayEdit={maySetUp}
                editedBy={whoMay("setup")}
              />
            </Part>
          </>
        )}
        {connection !== null && (
          <Part id="other-packages" title="Other packages">
            <OtherPackages cards={others} current={packageName(connection.package)} available={available} />
          </Part>
        )}
      </Sections>
    </>
  );
}

/** A section of Setup: its panel at an anchor of its own. */
/** Kinds of record that the package has no place for, each with the reason. */
function lacking(packageId: PackageCard["id"]): Partial<Record<RecordKind, string>> {
  const { can, guide, name } = connectorFor(packageId);
  const lacks = RECORD_KINDS.filter((kind) => !can.push.includes(kind));
  return Object.fromEntries(lacks.map((kind) => [kind, guide.lacks[`send:${kind}`] ?? `${name} does not accept them.`]));
}

function Part({ id, ...panel }: { readonly id: string } & ComponentProps<typeof Panel>) {
  return (
    <section id={id} className={classes.section}>
      <Panel {...panel} />
    </section>
  );
}

/** Packages that cannot be connected now: small, each with its reason. */
function OtherPackages({
  cards,
  current,
  available,
}: {
  readonly cards: readonly PackageCard[];
  /** The client's own package; null when nothing is connected. */
  readonly current: string | null;
  readonly available: ReadonlySet<string>;
}) {
  if (cards.length === 0) return null;
  return (
    <ul className={classes.others}>
      {cards.map((card) => (
        <li key={card.id}>
          {card.name}{" "}
          <span className={classes.dim}>
            {available.has(card.id) ? `Disconnect ${current} first: a client has one package` : "Not in this version"}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** What a night does for this client. */
function nightWords({ direction, trigger }: Integration["settings"], name: string): string {
  const sends = trigger === "nightly" ? "sends what is in Pending Export" : null;
  const again = "retries what a locked period stopped";
  if (direction === "out") return `Each night Greentick ${sends ?? again}. Nothing is read: this connection is one-way.`;
  const reads = `reads from ${name} what changed since the last run`;
  return sends === null
    ? `Each night Greentick ${reads}, and ${again}. Records in Pending Export are not sent automatically.`
    : `Each night Greentick ${reads}, ${sends}, and ${again}.`;
}

const STYLE_WORDS = {
  direct: "By the package’s own sign-in",
  collected: "Through the Web Connector on the customer’s machine",
  file: "By file: no sign-in",
} as const;
