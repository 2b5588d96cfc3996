import { NuqsAdapter } from "nuqs/adapters/next/app";
import type { ReactNode } from "react";
import { GridSettingsProvider } from "#components/grid/settings.tsx";
import { QueryProvider } from "#components/ui/query-provider.tsx";
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
      {/* Another person, or another role, starts with nothing read. */}
      <QueryProvider key={`${staff.userId} ${staff.role}`}>
        <GridSettingsProvider given={settings}>{children}</GridSettingsProvider>
      </QueryProvider>
    </NuqsAdapter>
  );
}
