import { VisuallyHidden } from "@mantine/core";
import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { z } from "zod";
import { Moment } from "#components/ui/date-text.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { FindForm, Pages } from "#components/ui/paged-list.tsx";
import { countGivenClients, findUser, listGivenClients, listLiveSessions } from "#db/queries/people.ts";
import { practiceScopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { database } from "#lib/web.ts";
import { EntryState } from "../entry-state.tsx";
import { UserActions } from "../user-actions.tsx";
import { GiveClients } from "./give-clients.tsx";
import { TakeClient } from "./take-client.tsx";
import classes from "./user.module.css";
import { UserForm } from "./user-form.tsx";
import { UserLink } from "./user-link.tsx";

export const metadata: Metadata = { title: "User" };

const PAGE = 50;
const searchSchema = z.object({
  q: z.string().max(200).catch(""),
  afterName: z.string().max(300).optional().catch(undefined),
  afterId: z.uuid().optional().catch(undefined),
});

export default async function UserPage({
  params,
  searchParams,
}: {
  params: Promise<{ user: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const staff = await requireStaff();
  const scope = await practiceScopeFor(staff, "users");
  const id = z.uuid().safeParse((await params).user);
  if (!scope || !id.success) notFound();
  const { q, afterName, afterId } = searchSchema.parse(await searchParams);
  const after = afterName !== undefined && afterId !== undefined ? { name: afterName, id: afterId } : null;
  const found = await database().inScope(scope, async (db) => {
    const user = await findUser(db, scope, id.data);
    if (!user) return null;
    return {
      user,
      given: await listGivenClients(db, scope, user.id, { search: q, after, limit: PAGE }),
      count: await countGivenClients(db, scope, user.id),
      sessions: await listLiveSessions(db, scope, user.id),
    };
  });
  if (!found) notFound();
  const { user, given, count, sessions } = found;
  const isSelf = user.id === staff.userId;
  const rows = given.slice(0, PAGE);
  const last = given.length > PAGE ? rows.at(-1) : undefined;
  const here = `/settings/users/${user.id}`;
  const linkOpen = user.linkEndsAt !== null && !user.linkIsOver;

  return (
    <>
      <PageTitle
        title={user.name}
        aside={<EntryState {...user} />}
        actions={
          <UserActions
            userId={user.id}
            email={user.email}
            disabled={user.disabledAt !== null}
            sessions={sessions.length}
            isSelf={isSelf}
          />
        }
      />
      <p className={classes.back}>
        <Link href="/settings/users" prefetch={false}>
          All users
        </Link>
      </p>
      <div className={classes.panels}>
        <Panel title="Who" padded>
          <UserForm
            key={`${user.name} ${user.role}`}
            userId={user.id}
            email={user.email}
            name={user.name}
            role={user.role}
            isSelf={isSelf}
          />
        </Panel>
        {!isSelf && (
          <Panel title={user.hasPassword ? "Password" : "Invitation"} padded>
            <UserLink
              userId={user.id}
              hasPassword={user.hasPassword}
              disabled={user.disabledAt !== null}
              open={linkOpen}
              ends={
                user.linkEndsAt === null ? null : (
                  <>
                    <Moment at={user.linkEndsAt} timeZone="UTC" /> UTC
                  </>
                )
              }
            />
          </Panel>
        )}
        <Panel
          title="Clients"
          aside={user.role === "administrator" ? "All" : new Intl.NumberFormat("en-GB").format(count)}
          actions={
            user.role !== "administrator" &&
            count > 0 && <FindForm action={here} q={q} label="Find one of the user's clients" placeholder="Client" />
          }
        >
          {user.role === "administrator" ? (
            <EmptyState
              title="An administrator sees every client"
              body="With another role, a user sees only the clients listed here."
            />
          ) : (
            <>
              <div className={classes.give}>
                <GiveClients userId={user.id} />
              </div>
              {rows.length === 0 ? (
                <EmptyState
                  title={q === "" ? "This user has no clients yet" : `None of this user's clients matches “${q}”`}
                  body={q === "" ? "Add one or more above. It applies from the user's next click." : undefined}
                  action={
                    q === "" ? undefined : (
                      <LinkButton href={here} variant="default">
                        Show all
                      </LinkButton>
                    )
                  }
                />
              ) : (
                <PlainTable label="Clients of this user">
                  <thead>
                    <tr>
                      <th scope="col">Client</th>
                      <th scope="col">Address</th>
                      <th scope="col">
                        <VisuallyHidden>Actions</VisuallyHidden>
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {rows.map((client) => (
                      <tr key={client.id}>
                        <th scope="row" className={classes.name}>
                          <Link href={`/clients/${client.slug}`} prefetch={false}>
                            {client.name}
                          </Link>
                        </th>
                        <td>{client.slug}</td>
                        <td data-align="end">
                          <TakeClient userId={user.id} clientId={client.id} name={client.name} />
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </PlainTable>
              )}
            </>
          )}
        </Panel>
        <Pages
          label="Pages of clients"
          path={here}
          asked={q === "" ? {} : { q }}
          isFirst={after === null}
          next={last === undefined ? null : { afterName: last.name, afterId: last.id }}
        />
        <Panel title="Open sessions" aside={`${sessions.length}`}>
          {sessions.length === 0 ? (
            <EmptyState title="Not signed in anywhere" />
          ) : (
            <PlainTable label="Open sessions">
              <thead>
                <tr>
                  <th scope="col">Signed in</th>
                  <th scope="col">Last used</th>
                  <th scope="col">Address</th>
                  <th scope="col">Browser</th>
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
                  </tr>
                ))}
              </tbody>
            </PlainTable>
          )}
        </Panel>
        <p className={classes.back}>
          <Link href={`/settings/audit?${new URLSearchParams({ person: user.email })}`} prefetch={false}>
            What {user.name} did, in the audit
          </Link>
        </p>
      </div>
    </>
  );
}
