import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { createLoader, type SearchParams } from "nuqs/server";
import { listCauses } from "#db/queries/export/causes.ts";
import { listPostings, totalPanels } from "#db/queries/export/posting-grid.ts";
import { findOpenRun } from "#db/queries/export/runs.ts";
import { groupWithheld } from "#db/queries/export/withheld.ts";
import { mappingConnection } from "#db/queries/mapping/mapping.ts";
import { can } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { toWire } from "#lib/common/wire.ts";
import { uploadBlockers } from "#lib/connections/checklist.ts";
import { packageSite } from "#lib/connections/site.ts";
import { packageName } from "#lib/connectors/cards.ts";
import { writeCursor } from "#lib/pending/selection.ts";
import { database } from "#lib/web.ts";
import { ExportScreen } from "./export-screen.tsx";
import { exportedFilter, firstToGo, pendingFilter, readSort, VIEW } from "./view.ts";

export const metadata: Metadata = { title: "Export" };

const readView = createLoader(VIEW);
const FIRST_ROWS = 60;

export default async function ExportPage({
  params,
  searchParams,
}: {
  readonly params: Promise<{ client: string }>;
  readonly searchParams: Promise<SearchParams>;
}) {
  const { client: slug } = await params;
  const staff = await requireStaff();
  const access = await scopeFor(staff, slug, "console");
  if (!access) notFound();
  const { scope, client } = access;
  const view = await readView(searchParams);
  const data = await database().inScope(
    scope,
    async (db) => {
      const panels = await totalPanels(db, scope);
      const folded = firstToGo(view, panels.pending, client.locale)?.folded === true;
      const page = async (panel: "pending" | "exported") => {
        const sort = readSort(panel === "pending" ? view.p_sort : view.e_sort);
        const found = await listPostings(db, scope, {
          filter: panel === "pending" ? pendingFilter(view) : exportedFilter(view),
          sort: sort.by,
          direction: sort.direction,
          after: null,
          limit: FIRST_ROWS,
          folded: panel === "pending" && folded,
        });
        return { rows: found.rows, next: found.next && writeCursor(found.next) };
      };
      const connection = await mappingConnection(db, scope);
      return {
        around: {
          panels,
          causes: await listCauses(db, scope),
          run: await findOpenRun(db, scope),
          withheld: await groupWithheld(db, scope),
        },
        site: await packageSite(db, scope),
        pending: await page("pending"),
        exported: await page("exported"),
        blockers: await uploadBlockers(db, scope),
        package: connection ? packageName(connection.package) : null,
      };
    },
    "one",
  );
  return (
    <ExportScreen
      clientId={client.id}
      mayExport={can(staff.role, "export")}
      mayRedate={can(staff.role, "lock-policy")}
      connected={data.package !== null}
      blockers={data.blockers}
      wording={{
        packageName: data.package ?? "the package",
        base: `/clients/${client.slug}`,
        locale: client.locale,
        timeZone: client.timeZone,
      }}
      around={toWire(data.around)}
      site={data.site}
      pending={toWire(data.pending)}
      exported={toWire(data.exported)}
    />
  );
}
