import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { DateText, Moment } from "#components/ui/date-text.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { listNights } from "#db/queries/nights.ts";
import { practiceScopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { database } from "#lib/web.ts";
import { NightState } from "./night-state.tsx";

export const metadata: Metadata = { title: "Nightly runs" };

const SHOWN = 60;
const number = new Intl.NumberFormat("en-GB");

export default async function NightsPage() {
  const staff = await requireStaff();
  const scope = await practiceScopeFor(staff, "export");
  if (!scope) notFound();
  const nights = await database().inScope(scope, (db) => listNights(db, scope, SHOWN));
  return (
    <>
      <PageTitle
        title="Nightly runs"
        aside="Every connection is read once a night, at its own time, and clients set to nightly upload are sent. Times are UTC."
      />
      <Panel title="Latest nightly runs">
        {nights.length === 0 ? (
          <EmptyState title="No nightly run yet" body="The first starts at two o'clock in each connected client's time zone." />
        ) : (
          <PlainTable label="Nightly runs">
            <thead>
              <tr>
                <th scope="col">Night</th>
                <th scope="col">State</th>
                <th scope="col">Started</th>
                <th scope="col">Ended or expected</th>
                <th scope="col" data-align="end">
                  Connections
                </th>
                <th scope="col" data-align="end">
                  Queued
                </th>
                <th scope="col" data-align="end">
                  With changes
                </th>
                <th scope="col" data-align="end">
                  Failed
                </th>
                <th scope="col" data-align="end">
                  Calls
                </th>
                <th scope="col" data-align="end">
                  Calls a second
                </th>
              </tr>
            </thead>
            <tbody>
              {nights.map((night) => (
                <tr key={night.nightOn}>
                  <th scope="row">
                    <Link href={`/settings/nights/${night.nightOn}`} prefetch={false}>
                      <DateText date={night.nightOn} locale="en-GB" />
                    </Link>
                  </th>
                  <td>
                    <NightState night={night} />
                  </td>
                  <td>
                    <Moment at={night.startedAt} timeZone="UTC" />
                  </td>
                  <td>
                    {night.endedAt === null && night.finishAt === null ? (
                      "Not known yet"
                    ) : (
                      <Moment at={night.endedAt ?? night.finishAt} timeZone="UTC" />
                    )}
                  </td>
                  <td data-align="end">{number.format(night.total)}</td>
                  <td data-align="end">{number.format(Math.max(0, night.total - night.done))}</td>
                  <td data-align="end">{number.format(night.changed)}</td>
                  <td data-align="end">{number.format(night.failed)}</td>
                  <td data-align="end">{number.format(night.calls)}</td>
                  <td data-align="end">{number.format(Math.round(night.callsPerSecond))}</td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        )}
      </Panel>
    </>
  );
}
