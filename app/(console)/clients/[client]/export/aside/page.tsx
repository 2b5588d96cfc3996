import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import type { ReactNode } from "react";
import { z } from "zod";
import { Amount } from "#components/ui/amount.tsx";
import { DateText } from "#components/ui/date-text.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { OwnTab } from "#components/ui/help-link.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { findIntegration } from "#db/queries/connections/integration.ts";
import {
  groupWithheld,
  listExclusions,
  listUnpaidBeforeStart,
  listWithheld,
  sumUnpaidBeforeStart,
  type WithheldRow,
} from "#db/queries/export/withheld.ts";
import { WITHHELD_REASONS, type WithheldReason } from "#db/schema/postings.ts";
import { can, whoMay } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { formatDate } from "#lib/common/dates.ts";
import { personWords } from "#lib/common/person-words.ts";
import { recordPath } from "#lib/common/record-paths.ts";
import { KIND_LABELS } from "#lib/common/records.ts";
import { helpHref } from "#lib/help/routes.ts";
import { moneyWords, totalOf, unpaidWords, WITHHELD_ORDER } from "#lib/setup/withheld-words.ts";
import { database } from "#lib/web.ts";
import { HoldDocument } from "../../withheld/hold-document.tsx";
import { IncludeButton } from "../../withheld/include-button.tsx";
import { wordingFor } from "../../wording.ts";
import { WhatThisMeans } from "../what-this-means.tsx";
import classes from "../withheld.module.css";
import { reasonWords } from "../words.ts";

export const metadata: Metadata = { title: "Not in Pending Export" };

const PAGE = 50;
const MOST_CAUSES = 200;
const search = z.object({
  why: z.enum(WITHHELD_REASONS).optional().catch(undefined),
  after: z.string().max(300).optional().catch(undefined),
});

const TITLES: Readonly<Record<WithheldReason, string>> = {
  excluded: "Excluded from Accounting Integration",
  "before-start": "Before the start date",
  "entity-off": "Types that are off",
  "on-hold": "On hold or ignored",
  void: "Voided before being sent",
};

/** Where the page before ended, as it stands in the address: date, id and number, parted by "~". */
function readAfter(text: string | undefined) {
  const [issuedOn, id, ...reference] = (text ?? "").split("~");
  const shape = z.tuple([z.iso.date(), z.uuid()]).safeParse([issuedOn, id]);
  return shape.success ? { issuedOn: shape.data[0], id: shape.data[1], reference: reference.join("~") } : null;
}

/** What stands in none of the three panels, reason by reason, with its amount and the way back. */
export default async function WithheldPage({
  params,
  searchParams,
}: {
  readonly params: Promise<{ client: string }>;
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const staff = await requireStaff();
  const access = await scopeFor(staff, (await params).client, "console");
  if (!access) notFound();
  const { scope, client } = access;
  const { why, after } = search.parse(await searchParams);
  const { integration, wording, groups, rows, exclusions, unpaid, unpaidSums } = await database().inScope(scope, async (db) => {
    const all = await groupWithheld(db, scope);
    const reasons = WITHHELD_ORDER.filter(
      (reason) => (why === undefined || why === reason) && all.some((one) => one.reason === reason),
    );
    const found: [WithheldReason, WithheldRow[]][] = [];
    for (const reason of reasons)
      found.push([reason, await listWithheld(db, scope, reason, why === reason ? readAfter(after) : null, PAGE + 1)]);
    return {
      integration: await findIntegration(db, scope),
      wording: await wordingFor(db, scope, client),
      groups: all,
      rows: new Map(found),
      exclusions: await listExclusions(db, scope, MOST_CAUSES),
      unpaid: await listUnpaidBeforeStart(db, scope, PAGE + 1),
      unpaidSums: await sumUnpaidBeforeStart(db, scope),
    };
  });
  const base = `/clients/${client.slug}`;
  const { locale } = client;
  const number = new Intl.NumberFormat(locale);
  const mayExport = can(staff.role, "export");
  const maySetUp = can(staff.role, "setup");
  const setUp = maySetUp ? (
    <LinkButton href={`${base}/setup`} variant="default">
      Open Setup
    </LinkButton>
  ) : (
    <span className={classes.dim}>Ask {whoMay("setup")}.</span>
  );
  const startOn = integration?.startOn ?? null;
  const wayBack: Readonly<Record<WithheldReason, ReactNode>> = {
    excluded: (
      <PlainTable label="Excluded customers, suppliers and products">
        <thead>
          <tr>
            <th scope="col">Customer, supplier or product</th>
            <th scope="col" data-align="end">
              Rows
            </th>
            <th scope="col">Amount</th>
            {mayExport && (
              <th scope="col" className={classes.act}>
                <span className={classes.dim}>Restore</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {exclusions.map((cause) => (
            <tr key={cause.id}>
              <th scope="row">
                <Link href={`${base}/${cause.path}/${cause.id}`} prefetch={false}>
                  {cause.name}
                </Link>
              </th>
              <td data-align="end">{number.format(cause.count)}</td>
              <td>{moneyWords(cause.amounts, locale)}</td>
              {mayExport && (
                <td className={classes.act}>
                  <IncludeButton clientId={client.slug} family={cause.family} id={cause.id} name={cause.name} />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </PlainTable>
    ),
    "before-start": (
      <>
        <p className={classes.amount}>
          {startOn !== null && <>Documents, payments and journals are sent from {formatDate(startOn, locale)}. </>}
          {unpaidWords(unpaidSums, locale) !== "" && <>{unpaidWords(unpaidSums, locale)}, so expect payments on them.</>}
        </p>
        {unpaid.length > 0 && (
          <>
            <h3 className={classes.sub}>Unpaid, oldest first</h3>
            <PlainTable label="Unpaid documents from before the start date">
              <thead>
                <tr>
                  <th scope="col">Type</th>
                  <th scope="col">Number</th>
                  <th scope="col">Date</th>
                  <th scope="col">Customer or supplier</th>
                  <th scope="col" data-align="end">
                    Open
                  </th>
                </tr>
              </thead>
              <tbody>
                {unpaid.slice(0, PAGE).map((row) => (
                  <tr key={row.id}>
                    <td>{KIND_LABELS[row.kind]}</td>
                    <th scope="row">
                      <Link href={`${base}${recordPath(row.kind, row.id)}`} prefetch={false}>
                        {row.number}
                      </Link>
                    </th>
                    <td>
                      <DateText date={row.issuedOn} locale={locale} />
                    </td>
                    <td>{row.party}</td>
                    <td data-align="end">
                      <Amount minor={row.openMinor} currency={row.currency} locale={locale} withCurrency />
                    </td>
                  </tr>
                ))}
              </tbody>
            </PlainTable>
            {unpaid.length > PAGE && <p className={classes.amount}>The oldest {PAGE} are shown.</p>}
            <h3 className={classes.sub}>All documents</h3>
          </>
        )}
      </>
    ),
    "entity-off": null,
    "on-hold": null,
    void: null,
  };

  return (
    <>
      <PageTitle
        title="Not in Pending Export"
        actions={
          <LinkButton href={`${base}/export`} variant="default">
            Back to Export
          </LinkButton>
        }
      />
      <div className={classes.stack}>
        {rows.size === 0 && (
          <Panel>
            <EmptyState
              title="Nothing set aside"
              body="Records that are excluded, on hold, from before the start date or of a type that is off appear here with their amounts."
            />
          </Panel>
        )}
        {[...rows].map(([reason, found]) => {
          const total = totalOf(groups.filter((group) => group.reason === reason));
          const shown = found.slice(0, PAGE);
          const last = found.length > PAGE ? shown.at(-1) : undefined;
          const money = moneyWords(total.amounts, locale);
          return (
            <div key={reason} id={reason} className={classes.stack}>
              <Panel
                title={TITLES[reason]}
                aside={
                  <>
                    {number.format(total.count)}
                    {money !== "" && ` · ${money}`} ·{" "}
                    <OwnTab href={helpHref("/screens/not-in-pending-export", client.slug)} className={classes.help}>
                      What this means
                    </OwnTab>
                  </>
                }
                {...(reason === "before-start" || reason === "entity-off" ? { actions: setUp } : {})}
              >
                {wayBack[reason]}
                <PlainTable label={`${TITLES[reason]}: rows`}>
                  <thead>
                    <tr>
                      <th scope="col">Type</th>
                      <th scope="col">Number</th>
                      <th scope="col">Date</th>
                      <th scope="col">Customer, supplier, product</th>
                      <th scope="col" data-align="end">
                        Gross
                      </th>
                      <th scope="col">
                        <span className={classes.dim}>Diagnosis</span>
                      </th>
                      {reason === "on-hold" && <th scope="col">Why</th>}
                      {reason === "on-hold" && mayExport && (
                        <th scope="col" className={classes.act}>
                          <span className={classes.dim}>Restore</span>
                        </th>
                      )}
                    </tr>
                  </thead>
                  <tbody>
                    {shown.map((row) => (
                      <tr key={row.id}>
                        <td>{KIND_LABELS[row.kind]}</td>
                        <th scope="row">
                          <Link href={`${base}${recordPath(row.kind, row.recordId)}`} prefetch={false}>
                            {row.reference}
                          </Link>
                        </th>
                        <td>
                          <DateText date={row.issuedOn} locale={locale} />
                        </td>
                        <td>{row.party}</td>
                        <td data-align="end">
                          {row.currency !== null && (
                            <Amount minor={row.grossMinor} currency={row.currency} locale={locale} withCurrency />
                          )}
                        </td>
                        <td>
                          <Link
                            href={`${base}${recordPath(row.kind, row.recordId)}#why`}
                            prefetch={false}
                            aria-label={`Why isn\u2019t this syncing? ${row.reference}`}
                          >
                            Why isn&rsquo;t this syncing?
                          </Link>
                        </td>
                        {reason === "on-hold" && (
                          <td>
                            {row.why} <span className={classes.dim}>{personWords(row.by ?? "")}</span>
                            {row.errorCode !== null && (
                              <span className={classes.stopped}>
                                Ignored: {reasonWords(row.errorCode, row.errorDetail, row.kind, wording)}{" "}
                                <WhatThisMeans code={row.errorCode} wording={wording} />
                              </span>
                            )}
                          </td>
                        )}
                        {reason === "on-hold" && mayExport && (
                          <td className={classes.act}>
                            <HoldDocument
                              clientId={client.slug}
                              postingId={row.id}
                              name={row.reference}
                              held
                              error={row.errorCode !== null}
                              compact
                            />
                          </td>
                        )}
                      </tr>
                    ))}
                  </tbody>
                </PlainTable>
                {last && (
                  <p className={classes.foot}>
                    <Link
                      href={`${base}/export/aside?${new URLSearchParams({ why: reason, after: `${last.issuedOn}~${last.id}~${last.reference}` })}`}
                      prefetch={false}
                    >
                      Older ones
                    </Link>
                  </p>
                )}
              </Panel>
            </div>
          );
        })}
      </div>
    </>
  );
}
