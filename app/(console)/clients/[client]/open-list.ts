import "server-only";
import { notFound } from "next/navigation";
import type { FirstList } from "#components/grid/record-list.tsx";
import { listPermission } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { toWire, type Wire } from "#lib/common/wire.ts";
import type { ListSource, RawSearch } from "#lib/lists/source.ts";
import { database } from "#lib/web.ts";

export interface ListProps {
  readonly params: Promise<{ readonly client: string }>;
  readonly searchParams: Promise<RawSearch>;
}

/** What every page of a list begins with: who is there, whose list it is, and the rows that its address asks for. */
export async function openList<Row>(list: string, source: ListSource<Row>, { params, searchParams }: ListProps) {
  const staff = await requireStaff();
  const access = await scopeFor(staff, (await params).client, listPermission(list));
  if (!access) notFound();
  const { scope, client } = access;
  const search = source.tidy(await searchParams);
  const first = await database().inScope(scope, async (db) => ({
    page: await source.page(db, scope, search),
    totals: await source.totals(db, scope, search),
  }));
  return { staff, scope, client, first: toWire(first) as Wire<{ page: typeof first.page; totals: FirstList<never>["totals"] }> };
}
