import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { z } from "zod";
import { Amount } from "#components/ui/amount.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { findProduct, sumProductLines } from "#db/queries/products.ts";
import { can } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { KIND_LABELS, signOf } from "#lib/common/records.ts";
import { database } from "#lib/web.ts";
import { ExcludeSwitch } from "../../aside/exclude-switch.tsx";
import classes from "../../documents/records.module.css";

export const metadata: Metadata = { title: "Product" };

export default async function ProductPage({ params }: { params: Promise<{ client: string; product: string }> }) {
  const staff = await requireStaff();
  const { client: slug, product: id } = await params;
  const access = await scopeFor(staff, slug, "view");
  if (!access || !z.uuid().safeParse(id).success) notFound();
  const { scope, client } = access;
  const found = await database().inScope(scope, async (db) => {
    const product = await findProduct(db, scope, id);
    return product ? { product, uses: await sumProductLines(db, scope, id) } : null;
  });
  if (!found) notFound();
  const { product, uses } = found;

  return (
    <div className={classes.stack}>
      <PageTitle title={product.reference} aside={product.name} />
      <Panel title="Product" padded>
        <dl className={classes.facts}>
          <div>
            <dt>Code</dt>
            <dd>{product.reference}</dd>
          </div>
          <div>
            <dt>Name</dt>
            <dd>{product.name}</dd>
          </div>
          <div>
            <dt>Accounting integration</dt>
            <dd>
              <ExcludeSwitch
                clientId={client.slug}
                family="product"
                id={product.id}
                excluded={product.excluded}
                mayEdit={can(staff.role, "export")}
              />
            </dd>
          </div>
        </dl>
      </Panel>
      <Panel title="Where it is used">
        {uses.length === 0 ? (
          <EmptyState title="On no document" body="No line of a document's latest revision names it." />
        ) : (
          <PlainTable label="Lines by nominal code">
            <thead>
              <tr>
                <th scope="col">Nominal code</th>
                <th scope="col">Type</th>
                <th scope="col" data-align="end">
                  Lines
                </th>
                <th scope="col" data-align="end">
                  Net
                </th>
              </tr>
            </thead>
            <tbody>
              {uses.map((use) => (
                <tr key={`${use.nominalCode} ${use.kind} ${use.currency}`}>
                  <th scope="row">
                    <Link
                      href={`/clients/${client.slug}/mapping?tab=nominal&code=${encodeURIComponent(use.nominalCode)}`}
                      prefetch={false}
                    >
                      {use.nominalCode}
                    </Link>
                  </th>
                  <td>{KIND_LABELS[use.kind]}</td>
                  <td data-align="end">{new Intl.NumberFormat(client.locale).format(use.lines)}</td>
                  <td data-align="end">
                    <Amount
                      minor={signOf(use.kind) * BigInt(use.netMinor)}
                      currency={use.currency}
                      locale={client.locale}
                      withCurrency
                    />
                  </td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        )}
      </Panel>
    </div>
  );
}
