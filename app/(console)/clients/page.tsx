import { NativeSelect } from "@mantine/core";
import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { z } from "zod";
import { PracticeShell } from "#components/shell/practice-shell.tsx";
import { Moment } from "#components/ui/date-text.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { FindForm, Pages } from "#components/ui/paged-list.tsx";
import { StatusDot } from "#components/ui/status-dot.tsx";
import { listNights } from "#db/queries/nights/nights.ts";
import { findPractice } from "#db/queries/people/people.ts";
import { listOwnAmong } from "#db/queries/practice/alerts.ts";
import { listPortfolio, PORTFOLIO_ONLY } from "#db/queries/practice/clients.ts";
import { listFailedChecks } from "#db/queries/practice/invariants.ts";
import { readMorning } from "#db/queries/practice/morning.ts";
import type { ConnectionState } from "#db/schema/clients.ts";
import { enterOnlyClient } from "#lib/auth/home.ts";
import { can } from "#lib/auth/permissions.ts";
import { practiceScopeFor } from "#lib/auth/scope.ts";
import { shellUser } from "#lib/auth/shell.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { packageName } from "#lib/connectors/cards.ts";
import { freshenFigures } from "#lib/night/figures.ts";
import { currencies, LOCALES, timeZones } from "#lib/setup/new-client.ts";
import { notConnectedWords } from "#lib/setup/not-connected.ts";
import { database } from "#lib/web.ts";
import { DemoNotice, DemoStrip } from "../demo/demo-strip.tsx";
import { MorningList } from "./morning-list.tsx";
import { NewClient } from "./new-client.tsx";
import { OwnCompanies } from "./own-companies.tsx";
import classes from "./portfolio.module.css";

export const metadata: Metadata = { title: "Clients" };

const PAGE = 50;
const PROBLEMS_SHOWN = 8;
const SHOW = [
  { value: "all", label: "All clients" },
  { value: "errors", label: "With errors" },
  { value: "pending", label: "With pending rows" },
  { value: "checking", label: "With rows being checked" },
  { value: "unmapped", label: "With unmapped codes" },
  { value: "incoming", label: "With payments waiting" },
  { value: "drafts", label: "With drafts waiting" },
  { value: "drifted", label: "With differences" },
  { value: "unconnected", label: "With documents, not connected" },
  { value: "lost", label: "Connection lost" },
];
const search = z.object({
  q: z.string().max(200).catch(""),
  show: z.enum(PORTFOLIO_ONLY).catch("all"),
  afterName: z.string().max(300).optional().catch(undefined),
  afterId: z.uuid().optional().catch(undefined),
});

export default async function PortfolioPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const staff = await requireStaff();
  const scope = await practiceScopeFor(staff, "view");
  if (!scope) notFound();
  const works = can(staff.role, "console");
  const parsed = search.parse(await searchParams);
  const { afterName, afterId } = parsed;
  // A client's own person has a few companies, and nothing to narrow them by.
  const { q, show } = works ? parsed : { q: "", show: "all" as const };
  const after = afterName !== undefined && afterId !== undefined ? { name: afterName, id: afterId } : null;
  // Where a person lands; whoever looks for a client looks at the list alone.
  const landing = q === "" && show === "all" && after === null && works;
  if (!works && after === null) await enterOnlyClient(staff);
  await freshenFigures(database(), staff.userId);
  const { practice, found, morning, failed, failing } = await database().inScope(scope, async (db) => {
    const failed = await listFailedChecks(db, scope);
    const night = landing ? ((await listNights(db, scope, 1))[0] ?? null) : null;
    return {
      practice: await findPractice(db, scope),
      failed,
      failing: await listOwnAmong(db, scope, staff.userId, [...new Set(failed.flatMap((check) => check.clients))]),
      found: await listPortfolio(db, scope, staff.userId, { search: q, after, limit: PAGE, only: show }),
      morning: landing
        ? { lastNight: night, ...(await readMorning(db, scope, staff.userId, night?.nightOn ?? null, PROBLEMS_SHOWN)) }
        : null,
    };
  });
  const asked = { ...(q === "" ? {} : { q }), ...(show === "all" ? {} : { show }) };
  const failedOf = (id: string) => failed.filter((check) => check.clients.includes(id));
  // Checks of all rows at once, as that no table lets another client in, are of no client.
  const ofAll = failed.filter((check) => check.clients.length === 0);
  const mayAdd = can(staff.role, "clients");
  const rows = found.slice(0, PAGE);
  const last = found.length > PAGE ? rows.at(-1) : undefined;

  const next = last === undefined ? null : { afterName: last.name, afterId: last.id };
  if (!works) {
    return (
      <PracticeShell practice={practice?.name ?? "Greentick"} user={shellUser(staff)}>
        <OwnCompanies companies={rows} isFirst={after === null} next={next} />
      </PracticeShell>
    );
  }

  return (
    <PracticeShell practice={practice?.name ?? "Greentick"} user={shellUser(staff)}>
      <PageTitle
        title="Clients"
        actions={mayAdd && <NewClient currencies={currencyChoices()} timeZones={timeZones()} locales={localeChoices()} />}
      />
      {landing && (ofAll.length > 0 || failing.length > 0) && (
        <Notice kind="bad">
          {ofAll.length > 0
            ? `A check of the whole practice failed: ${ofAll.map((check) => check.rule).join("; ")}. `
            : `Checks failed for ${namesInWords(failing.map((client) => client.name))}: stop uploading there. `}
          Keep the database as it is, and tell whoever looks after Greentick.
        </Notice>
      )}
      {landing && (
        <div className={classes.morning}>
          <DemoNotice staff={staff} />
        </div>
      )}
      {morning !== null && rows.length > 0 && (
        <div className={classes.morning}>
          <MorningList morning={morning} lastNight={morning.lastNight} />
        </div>
      )}
      {landing && (
        <div className={classes.morning}>
          <DemoStrip staff={staff} />
        </div>
      )}
      <Panel
        title="Your clients"
        actions={
          <FindForm
            action="/clients"
            q={q}
            label="Find a client by its name or its organisation's"
            placeholder="Client or organisation"
          >
            <NativeSelect name="show" size="xs" defaultValue={show} aria-label="Show clients" data={SHOW} />
          </FindForm>
        }
      >
        {rows.length === 0 ? (
          <EmptyState
            title={
              q === "" && show === "all"
                ? mayAdd
                  ? "No clients yet"
                  : "You have no clients yet"
                : q === ""
                  ? "No client matches this filter"
                  : `No client matches “${q}”`
            }
            body={
              q === "" && show === "all"
                ? mayAdd
                  ? "Press “New client” above: each is one set of books, to be connected to one organisation."
                  : "An administrator chooses your clients."
                : "The search looks at the client's name and its organisation's."
            }
            action={
              q === "" && show === "all" ? undefined : (
                <LinkButton href="/clients" variant="default">
                  Show all
                </LinkButton>
              )
            }
          />
        ) : (
          <PlainTable label="Clients">
            <thead>
              <tr>
                <th scope="col">Client</th>
                <th scope="col" className={classes.wide}>
                  Package and organisation
                </th>
                <th scope="col" className={classes.wide}>
                  Connection
                </th>
                <th scope="col" data-align="end">
                  Pending
                </th>
                <th scope="col" data-align="end">
                  Errors
                </th>
                <th scope="col" data-align="end" className={classes.wide}>
                  Checking
                </th>
                <th scope="col" data-align="end" className={classes.wide}>
                  Differ
                </th>
                <th scope="col" data-align="end" className={classes.wide}>
                  Payments
                </th>
                <th scope="col" data-align="end" className={classes.wide}>
                  Unmapped
                </th>
                <th scope="col" className={classes.wide}>
                  Data as of
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.id}>
                  <th scope="row" className={classes.name}>
                    <Link href={`/clients/${row.slug}`} prefetch={false}>
                      {row.name}
                    </Link>
                    <div className={classes.under}>
                      {row.package !== null && <span>{`${packageName(row.package)} · ${row.tenantName}`}</span>}
                      <Connection state={row.state} />
                    </div>
                    {failedOf(row.id).map((check) => (
                      <div key={check.id} className={classes.bad}>
                        <StatusDot kind="bad">{`Check failed: ${check.rule}. Stop uploading.`}</StatusDot>
                      </div>
                    ))}
                    {row.unconnected > 0 && (
                      <div className={classes.note}>
                        <Link href={`/clients/${row.slug}/documents`} prefetch={false}>
                          {notConnectedWords(row.unconnected, row.locale)}
                        </Link>
                      </div>
                    )}
                    {row.countedAt !== null && (
                      <div className={classes.note}>
                        Counted <Moment at={row.countedAt} timeZone={row.timeZone} locale={row.locale} />
                      </div>
                    )}
                  </th>
                  <td className={classes.wide}>
                    {row.package === null ? "" : `${packageName(row.package)} · ${row.tenantName}`}
                  </td>
                  <td className={classes.wide}>
                    <Connection state={row.state} />
                  </td>
                  <td data-align="end">
                    <Figure count={row.pending} href={`/clients/${row.slug}/export`} label={`pending of ${row.name}`} />
                  </td>
                  <td data-align="end">
                    <Figure count={row.errors} href={`/clients/${row.slug}/export`} label={`errors of ${row.name}`} />
                  </td>
                  <td data-align="end" className={classes.wide}>
                    <Figure count={row.checking} href={`/clients/${row.slug}/export`} label={`being checked of ${row.name}`} />
                  </td>
                  <td data-align="end" className={classes.wide}>
                    <Figure
                      count={row.drifted}
                      href={`/clients/${row.slug}/export?e_tick=differs`}
                      label={`that differ of ${row.name}`}
                    />
                  </td>
                  <td data-align="end" className={classes.wide}>
                    <Figure count={row.incoming} href={`/clients/${row.slug}/import`} label={`payments waiting of ${row.name}`} />
                  </td>
                  <td data-align="end" className={classes.wide}>
                    <Figure count={row.unmapped} href={`/clients/${row.slug}/mapping`} label={`unmapped codes of ${row.name}`} />
                  </td>
                  <td className={classes.wide}>
                    <Moment at={row.asOf ?? row.lastSyncAt} timeZone={row.timeZone} locale={row.locale} />
                  </td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        )}
      </Panel>
      <Pages label="Pages of clients" path="/clients" asked={asked} isFirst={after === null} next={next} />
    </PracticeShell>
  );
}

/** "Ashdown, Bracken and 4 more". */
function namesInWords(names: readonly string[]): string {
  const [first = "", second, ...rest] = names;
  if (second === undefined) return first;
  return rest.length === 0 ? `${first} and ${second}` : `${first}, ${second} and ${rest.length} more`;
}

function Connection({ state }: { state: ConnectionState | null }) {
  if (state === "live") return <StatusDot kind="good">Connected</StatusDot>;
  if (state === "lost") return <StatusDot kind="bad">Connection lost</StatusDot>;
  return <StatusDot kind="idle">Not connected</StatusDot>;
}

function Figure({ count, href, label }: { count: number; href: string; label: string }) {
  const text = new Intl.NumberFormat("en-GB").format(count);
  if (count === 0) return <span className={classes.nil}>{text}</span>;
  return (
    <Link href={href} aria-label={`${text} ${label}`} prefetch={false}>
      {text}
    </Link>
  );
}

/** The currencies by code, each with its English name: `GBP, British Pound`. */
function currencyChoices() {
  const names = new Intl.DisplayNames("en-GB", { type: "currency" });
  return currencies().map((code) => ({ value: code, label: `${code}, ${names.of(code) ?? code}` }));
}

/** The ways of writing, each named with an example: `English (United Kingdom): 21 Nov 2026, 1,234.50`. */
function localeChoices() {
  const names = new Intl.DisplayNames("en-GB", { type: "language" });
  const day = new Date("2026-11-21T00:00:00Z");
  return LOCALES.map((locale) => {
    const date = new Intl.DateTimeFormat(locale, { timeZone: "UTC", dateStyle: "medium" }).format(day);
    const amount = new Intl.NumberFormat(locale, { minimumFractionDigits: 2 }).format(1234.5);
    return { value: locale, label: `${names.of(locale) ?? locale}: ${date}, ${amount}` };
  });
}
