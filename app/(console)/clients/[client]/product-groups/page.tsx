import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { listGroups } from "#db/queries/codes.ts";
import { can } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { database } from "#lib/web.ts";
import classes from "../documents/records.module.css";
import { readFormOptions } from "../record/form-options.ts";
import { RecordForm } from "../record/record-form.tsx";

export const metadata: Metadata = { title: "Product groups" };

export default async function ProductGroupsPage({ params }: { params: Promise<{ client: string }> }) {
  const staff = await requireStaff();
  const access = await scopeFor(staff, (await params).client, "console");
  if (!access) notFound();
  const { scope, client } = access;
  const { groups, options } = await database().inScope(scope, async (db) => ({
    groups: await listGroups(db, scope),
    options: await readFormOptions(db, scope),
  }));
  const base = `/clients/${client.slug}`;
  return (
    <>
      <PageTitle
        title="Product groups"
        aside={String(groups.length)}
        actions={
          can(staff.role, "export") && (
            <RecordForm
              what="product-group"
              clientId={client.id}
              base={base}
              id={null}
              values={{ code: "", name: "", salesNominalCode: "", purchaseNominalCode: "", taxCode: "" }}
              options={options}
            />
          )
        }
      />
      <Panel title="Products of one group share its codes">
        {groups.length === 0 ? (
          <EmptyState title="No product groups yet" body="Upload a file or add them here." />
        ) : (
          <PlainTable label="Product groups">
            <thead>
              <tr>
                <th scope="col">Code</th>
                <th scope="col">Name</th>
                <th scope="col">Sales nominal code</th>
                <th scope="col">Purchase nominal code</th>
                <th scope="col">Tax code</th>
                <th scope="col" data-align="end">
                  Products
                </th>
              </tr>
            </thead>
            <tbody>
              {groups.map((row) => (
                <tr key={row.id}>
                  <th scope="row" className={classes.name}>
                    <Link href={`${base}/product-groups/${row.id}`} prefetch={false}>
                      {row.code}
                    </Link>
                  </th>
                  <td>{row.name}</td>
                  <td>{row.salesNominalCode}</td>
                  <td>{row.purchaseNominalCode}</td>
                  <td>{row.taxCode}</td>
                  <td data-align="end">{new Intl.NumberFormat(client.locale).format(row.products)}</td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        )}
      </Panel>
    </>
  );
}
