import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageTitle, Panel } from "#components/ui/page.tsx";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { findChoice } from "#lib/connections/kinds/oauth.ts";
import { database } from "#lib/web.ts";
import classes from "../setup.module.css";
import { ChooseButton } from "./choose-button.tsx";

export const metadata: Metadata = { title: "Choose the organisation" };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

type Search = Promise<{ readonly [name: string]: string | string[] | undefined }>;

export default async function ChoosePage({
  params,
  searchParams,
}: {
  params: Promise<{ client: string }>;
  searchParams: Search;
}) {
  const staff = await requireStaff();
  const access = await scopeFor(staff, (await params).client, "connect");
  if (!access) notFound();
  const { scope, client } = access;
  const choiceId = (await searchParams).choice;
  const person = { userId: staff.userId, sessionId: staff.sessionId, label: `${staff.name} <${staff.email}>` };
  const tenants =
    typeof choiceId === "string" && UUID.test(choiceId) ? await findChoice(database(), scope, person, choiceId) : null;
  return (
    <>
      <PageTitle title="Choose the organisation" />
      <Panel
        title={`Which set of books is ${client.name}?`}
        aside={tenants === null ? undefined : `${tenants.length} in this consent`}
      >
        {tenants === null || typeof choiceId !== "string" ? (
          <EmptyState
            title="This choice has expired"
            body="Choose within ten minutes, in the browser that you connected with. Each choice can be made once."
            action={<LinkButton href={`/clients/${client.slug}/setup`}>Back to Setup</LinkButton>}
          />
        ) : (
          <ul className={classes.tenants}>
            {tenants.map((tenant) => (
              <li key={tenant.id} className={classes.tenant}>
                <span className={classes.tenantName}>{tenant.name}</span>
                {tenant.holder === null ? (
                  <ChooseButton clientId={client.slug} choiceId={choiceId} tenantId={tenant.id} name={tenant.name} />
                ) : (
                  <span className={classes.dim}>Connected to {tenant.holder}: disconnect it there first</span>
                )}
              </li>
            ))}
          </ul>
        )}
      </Panel>
    </>
  );
}
