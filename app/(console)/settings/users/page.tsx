import { VisuallyHidden } from "@mantine/core";
import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { listUsers } from "#db/queries/people.ts";
import { ROLE_LABELS } from "#lib/auth/permissions.ts";
import { practiceScopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { database } from "#lib/web.ts";
import classes from "./[user]/user.module.css";
import { EntryState } from "./entry-state.tsx";
import { InviteUser } from "./invite-user.tsx";
import { UserActions } from "./user-actions.tsx";

export const metadata: Metadata = { title: "Users" };

export default async function UsersPage() {
  const staff = await requireStaff();
  const scope = await practiceScopeFor(staff, "users");
  if (!scope) notFound();
  const users = await database().inScope(scope, (db) => listUsers(db, scope));
  return (
    <>
      <PageTitle title="Users" actions={<InviteUser />} />
      <Panel title="Who can sign in" aside={`${users.length}`}>
        <PlainTable label="Users">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">E-mail</th>
              <th scope="col">Role</th>
              <th scope="col" data-align="end">
                Clients
              </th>
              <th scope="col">State</th>
              <th scope="col" data-align="end">
                Open sessions
              </th>
              <th scope="col">
                <VisuallyHidden>Actions</VisuallyHidden>
              </th>
            </tr>
          </thead>
          <tbody>
            {users.map((user) => (
              <tr key={user.id}>
                <th scope="row" className={classes.name}>
                  <Link href={`/settings/users/${user.id}`} prefetch={false}>
                    {user.name}
                  </Link>
                </th>
                <td>{user.email}</td>
                <td>{ROLE_LABELS[user.role]}</td>
                <td data-align="end">{user.role === "administrator" ? "All" : user.clients}</td>
                <td>
                  <EntryState {...user} />
                </td>
                <td data-align="end">{user.sessions}</td>
                <td data-align="end">
                  <UserActions
                    userId={user.id}
                    email={user.email}
                    disabled={user.disabledAt !== null}
                    sessions={user.sessions}
                    isSelf={user.id === staff.userId}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </PlainTable>
      </Panel>
    </>
  );
}
