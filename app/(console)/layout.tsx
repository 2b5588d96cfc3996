import { NuqsAdapter } from "nuqs/adapters/next/app";
import type { ReactNode } from "react";
import { GridSettingsProvider } from "#components/grid/settings.tsx";
import { practiceScopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { readGridSettings } from "#lib/lists/settings.ts";
import { database } from "#lib/web.ts";

export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const staff = await requireStaff();
  const scope = await practiceScopeFor(staff, "view");
  const settings = scope ? await database().inScope(scope, (db) => readGridSettings(db, scope, staff.userId)) : {};
  return (
    <NuqsAdapter>
      <GridSettingsProvider given={settings}>{children}</GridSettingsProvider>
    </NuqsAdapter>
  );
}
