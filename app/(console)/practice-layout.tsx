import { notFound } from "next/navigation";
import type { ReactNode } from "react";
import { PracticeShell } from "#components/shell/practice-shell.tsx";
import { findPractice } from "#db/queries/people/people.ts";
import { practiceScopeFor } from "#lib/auth/scope.ts";
import { shellUser } from "#lib/auth/shell.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { database } from "#lib/web.ts";

/** What the practice's own pages and help stand in: signed in, in its shell. */
export async function PracticeLayout({ children }: { children: ReactNode }) {
  const staff = await requireStaff();
  const scope = await practiceScopeFor(staff, "view");
  if (!scope) notFound();
  const practice = await database().inScope(scope, (db) => findPractice(db, scope));
  return (
    <PracticeShell practice={practice?.name ?? "Greentick"} user={shellUser(staff)}>
      {children}
    </PracticeShell>
  );
}
