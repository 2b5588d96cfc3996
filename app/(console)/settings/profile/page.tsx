import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageTitle, Panel } from "#components/ui/page.tsx";
import { findPasswordHash } from "#db/queries/people/people.ts";
import { ROLE_LABELS } from "#lib/auth/permissions.ts";
import { practiceScopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { database } from "#lib/web.ts";
import { NameForm } from "./name-form.tsx";
import { PasswordForm } from "./password-form.tsx";
import classes from "./profile.module.css";

export const metadata: Metadata = { title: "Your profile" };

export default async function ProfilePage() {
  const staff = await requireStaff();
  const scope = await practiceScopeFor(staff, "view");
  if (!scope) notFound();
  const hasPassword = (await database().inScope(scope, (db) => findPasswordHash(db, scope, staff.userId))) !== null;
  return (
    <>
      <PageTitle
        title="Your profile"
        aside={`${staff.email}, ${ROLE_LABELS[staff.role].toLowerCase()}`}
        actions={
          <LinkButton href="/settings/sessions" variant="default">
            Your sessions
          </LinkButton>
        }
      />
      <div className={classes.panels}>
        <Panel title="Name" padded>
          <NameForm name={staff.name} />
        </Panel>
        <Panel title="Password" padded>
          {hasPassword ? (
            <PasswordForm email={staff.email} />
          ) : (
            <p className={classes.text}>
              You sign in through your organisation. An administrator can make a link that sets a password.
            </p>
          )}
        </Panel>
      </div>
    </>
  );
}
