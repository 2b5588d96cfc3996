import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { findSheet, splitSearch } from "#app/(console)/clients/[client]/sheets.ts";
import { wordingFor } from "#app/(console)/clients/[client]/wording.ts";
import { formatCount } from "#components/grid/words.ts";
import { listPermission } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { RawSearch } from "#lib/lists/source.ts";
import { database } from "#lib/web.ts";
import classes from "../print.module.css";
import { PrintSheet } from "../sheet.tsx";
import { PrintTotals } from "../totals.tsx";

export const metadata: Metadata = { title: "Print" };

/** About a hundred and fifty pages: more than that is no print, and a browser lays it out for minutes. */
const MOST_PRINTED = 5_000;

export default async function PrintListPage({
  params,
  searchParams,
}: {
  readonly params: Promise<{ client: string; list: string }>;
  readonly searchParams: Promise<RawSearch>;
}) {
  const staff = await requireStaff();
  const { client: slug, list } = await params;
  const access = await scopeFor(staff, slug, listPermission(list));
  const sheet = findSheet(list);
  if (!access || !sheet) notFound();
  const { scope, client } = access;
  const { choice, own } = splitSearch(await searchParams);
  const inScope: Parameters<typeof sheet.totals>[0]["inScope"] = (work) => database().inScope(scope, work);
  const ask = { scope, inScope, search: own, choice, wording: await inScope((db) => wordingFor(db, scope, client)) };
  const read = async () => ({ totals: await sheet.totals(ask), table: await sheet.printed(ask, MOST_PRINTED) });
  const found = await read().catch((thrown: unknown) => {
    // An address that is none of ours, as everywhere: there is no such page.
    if (thrown instanceof Refusal) notFound();
    throw thrown;
  });
  const { totals, table } = found;
  return (
    <PrintSheet title={sheet.title} client={client} by={staff.name}>
      {table.rows.length < totals.count && (
        <p className={classes.note}>
          The first {formatCount(table.rows.length, client.locale)} of {formatCount(totals.count, client.locale)} rows: narrow the
          list to print the others, or download it. The totals are of all of them.
        </p>
      )}
      <table className={classes.table} aria-label={sheet.title}>
        <thead>
          <tr>
            {table.columns.map((column) => (
              <th key={column.id} scope="col" data-figure={column.figure || undefined}>
                {column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row) => (
            <tr key={row.id}>
              {table.columns.map((column, at) => (
                <td key={column.id} data-figure={column.figure || undefined}>
                  {row.cells[at]}
                </td>
              ))}
            </tr>
          ))}
          {table.rows.length === 0 && (
            <tr>
              <td colSpan={table.columns.length}>Nothing matches.</td>
            </tr>
          )}
        </tbody>
      </table>
      <PrintTotals count={totals.count} sums={totals.sums} locale={client.locale} />
    </PrintSheet>
  );
}
