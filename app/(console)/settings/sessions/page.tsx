import { VisuallyHidden } from "@mantine/core";
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { Moment } from "#components/ui/date-text.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { listLiveSessions, SESSION_HOURS, SESSION_IDLE_MINUTES } from "#db/queries/people/people.ts";
import { practiceScopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { database } from "#lib/web.ts";
import { EndSession } from "./end-session.tsx";

export const metadata: Metadata = { title: "Your sessions" };

export default async function SessionsPage() {
  const staff = await requireStaff();
  const scope = await practiceScopeFor(staff, "view");
  if (!scope) notFound();
  const sessions = await database().inScope(scope, (db) => listLiveSessions(db, scope, staff.userId));
  return (
    <>
      <PageTitle
        title="Your sessions"
        aside={`A session ends ${SESSION_IDLE_MINUTES} minutes after its last use, and ${SESSION_HOURS} hours after sign-in.`}
      />
      <Panel title="Where you are signed in" aside={`${sessions.length}`}>
        <PlainTable label="Your sessions">
          <thead>
            <tr>
              <th scope="col">Signed in</th>
              <th scope="col">Last used</th>
              <th scope="col">Address</th>
              <th scope="col">Browser</th>
              <th scope="col">
                <VisuallyHidden>Actions</VisuallyHidden>
              </th>
            </tr>
          </thead>
          <tbody>
            {sessions.map((session) => (
              <tr key={session.id}>
                <td>
                  <Moment at={session.createdAt} timeZone="UTC" /> UTC
                </td>
                <td>
                  <Moment at={session.lastSeenAt} timeZone="UTC" /> UTC
                </td>
                <td>{session.address}</td>
                <td>{session.userAgent}</td>
                <td data-align="end">{session.id === staff.sessionId ? "This one" : <EndSession sessionId={session.id} />}</td>
              </tr>
            ))}
          </tbody>
        </PlainTable>
      </Panel>
    </>
  );
}
