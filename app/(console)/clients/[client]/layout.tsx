import { notFound } from "next/navigation";
import type { ReactNode } from "react";
import { ClientShell } from "#components/shell/client-shell.tsx";
import { listClientNames } from "#db/queries/practice/clients.ts";
import { can } from "#lib/auth/permissions.ts";
import { practiceScopeFor, scopeFor } from "#lib/auth/scope.ts";
import { clientStatus, shellUser } from "#lib/auth/shell.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { database } from "#lib/web.ts";
import { resumeSync } from "./synchronise/actions.ts";

/** The switcher names this many; the rest are found on /clients. */
const NAMED = 40;

export default async function ClientLayout({ params, children }: { params: Promise<{ client: string }>; children: ReactNode }) {
  const staff = await requireStaff();
  const access = await scopeFor(staff, (await params).client, "view");
  const practice = await practiceScopeFor(staff, "view");
  if (!access || !practice) notFound();
  const { scope, client } = access;
  const status = await database().inScope(scope, (db) => clientStatus(db, scope, client, staff));
  const clients = await database().inScope(practice, (db) => listClientNames(db, practice, staff.userId, NAMED));
  return (
    <ClientShell
      slug={client.slug}
      name={client.name}
      clients={clients}
      user={shellUser(staff)}
      mayConnect={can(staff.role, "connect")}
      maySetUp={can(staff.role, "setup")}
      resume={can(staff.role, "export") ? resumeSync : null}
      status={status}
    >
      {children}
    </ClientShell>
  );
}
