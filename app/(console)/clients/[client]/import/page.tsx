import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { createLoader, type SearchParams } from "nuqs/server";
import { findIntegration } from "#db/queries/connections/integration.ts";
import { listIncoming } from "#db/queries/payments/incoming-grid.ts";
import { countOpenDifferences, listOpenDifferences } from "#db/queries/payments/open-apart.ts";
import { listNotOurs, totalNotOurs } from "#db/queries/payments/package-documents.ts";
import { importOverview } from "#lib/allocating/overview.ts";
import { can, whoMay } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { clientStatus } from "#lib/auth/shell.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { INTEGRATION_OFF } from "#lib/connections/integration-off.ts";
import { ONE_WAY } from "#lib/connections/one-way.ts";
import { database } from "#lib/web.ts";
import { ImportScreen } from "./import-screen.tsx";
import { filterOf, VIEW } from "./view.ts";

export const metadata: Metadata = { title: "Import" };

const readView = createLoader(VIEW);
const FIRST_ROWS = 100;
const FIRST_NOT_OURS = 20;
const FIRST_DIFFERENCES = 5;

export default async function ImportPage({
  params,
  searchParams,
}: {
  params: Promise<{ client: string }>;
  searchParams: Promise<SearchParams>;
}) {
  const staff = await requireStaff();
  const access = await scopeFor(staff, (await params).client, "console");
  if (!access) notFound();
  const { scope, client } = access;
  const view = await readView(searchParams);
  const filter = filterOf(view);
  const found = await database().inScope(scope, async (db) => ({
    page: await listIncoming(db, scope, filter, { after: null, limit: FIRST_ROWS, direction: view.date }),
    overview: await importOverview(db, scope, filter, client.timeZone),
    status: await clientStatus(db, scope, client, staff),
    integration: await findIntegration(db, scope),
    notOurs: await totalNotOurs(db, scope),
    notOursDocuments: await listNotOurs(db, scope, FIRST_NOT_OURS),
    differences: await countOpenDifferences(db, scope),
    differing: await listOpenDifferences(db, scope, FIRST_DIFFERENCES),
  }));
  const { rows, next } = found.page;
  return (
    <ImportScreen
      slug={client.slug}
      wording={{
        packageName: found.status.connection?.packageName ?? "the package",
        base: `/clients/${client.slug}`,
        locale: client.locale,
        timeZone: client.timeZone,
      }}
      first={{ rows, next: next && `${next.paidOn}.${next.id}` }}
      overview={found.overview}
      stopped={
        found.integration?.moduleOn === false ? INTEGRATION_OFF : found.integration?.settings.direction === "out" ? ONE_WAY : null
      }
      notOurs={found.notOurs}
      notOursDocuments={found.notOursDocuments}
      differences={found.differences}
      differing={found.differing}
      mayCreate={can(staff.role, "export")}
      whoMay={whoMay("export")}
    />
  );
}
