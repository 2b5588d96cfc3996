import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { z } from "zod";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { listProducts } from "#db/queries/products.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { database } from "#lib/web.ts";
import { FindForm, Pages } from "../documents/find-form.tsx";
import classes from "../documents/records.module.css";

export const metadata: Metadata = { title: "Products" };

const PAGE = 50;
const search = z.object({ q: z.string().max(200).catch(""), after: z.string().max(200).optional().catch(undefined) });

export default async function ProductsPage({
  params,
  searchParams,
}: {
  params: Promise<{ client: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const staff = await requireStaff();
  const access = await scopeFor(staff, (await params).client, "view");
  if (!access) notFound();
  const { scope, client } = access;
  const { q, after } = search.parse(await searchParams);
  const found = await database().inScope(scope, (db) =>
    listProducts(db, scope, { search: q, after: after === undefined ? null : { reference: after }, limit: PAGE }),
  );
  const rows = found.slice(0, PAGE);
  const last = found.length > PAGE ? rows.at(-1) : undefined;
  const base = `/clients/${client.slug}/products`;

  return (
    <>
      <PageTitle title="Products" />
      <Panel
        title="Products by code"
        actions={<FindForm action={base} q={q} label="Find by code or name" placeholder="Code or name" />}
      >
        {rows.length === 0 ? (
          <EmptyState
            title={q === "" ? "No products yet" : `No product matches “${q}”`}
            body={q === "" ? "Products come in with the lines of a file." : "The search looks at code and name."}
            action={
              q === "" ? undefined : (
                <LinkButton href={base} variant="default">
                  Show all
                </LinkButton>
              )
            }
          />
        ) : (
          <PlainTable label="Products">
            <thead>
              <tr>
                <th scope="col">Code</th>
                <th scope="col">Name</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.id}>
                  <th scope="row" className={classes.name}>
                    <Link href={`${base}/${row.id}`} prefetch={false}>
                      {row.reference}
                    </Link>
                    {row.excluded && <span className={classes.dim}> · excluded</span>}
                  </th>
                  <td>{row.name}</td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        )}
      </Panel>
      <Pages
        base={base}
        q={q}
        first={after === undefined}
        next={last === undefined ? null : { after: last.reference }}
        label="Pages of products"
      />
    </>
  );
}
