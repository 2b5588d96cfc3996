import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { z } from "zod";
import { Amount } from "#components/ui/amount.tsx";
import { Crumbs } from "#components/ui/crumbs.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { findGroup, idsOfCodes, listHeldUp } from "#db/queries/mapping/codes.ts";
import { findProduct, sumProductLines } from "#db/queries/operational/products.ts";
import { can } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { KIND_LABELS, signOf } from "#lib/common/records.ts";
import { database } from "#lib/web.ts";
import classes from "../../documents/records.module.css";
import { CodeLink } from "../../record/code-link.tsx";
import { readFormOptions } from "../../record/form-options.ts";
import { HeldUp } from "../../record/held-up.tsx";
import { PackagePanel } from "../../record/package-panel.tsx";
import { readRecord } from "../../record/read.ts";
import { RecordForm } from "../../record/record-form.tsx";
import { Timeline } from "../../record/timeline.tsx";
import { ExcludeSwitch } from "../../withheld/exclude-switch.tsx";

export const metadata: Metadata = { title: "Product" };

const SHOWN_WAITING = 10;

export default async function ProductPage({ params }: { params: Promise<{ client: string; product: string }> }) {
  const staff = await requireStaff();
  const { client: slug, product: id } = await params;
  const access = await scopeFor(staff, slug, "console");
  if (!access || !z.uuid().safeParse(id).success) notFound();
  const { scope, client } = access;
  const found = await database().inScope(scope, async (db) => {
    const product = await findProduct(db, scope, id);
    if (!product) return null;
    const uses = await sumProductLines(db, scope, id);
    const named = [product.salesNominalCode, product.purchaseNominalCode, product.stockNominalCode].filter(
      (code) => code !== null,
    );
    return {
      product,
      uses,
      group: product.groupId === null ? null : await findGroup(db, scope, product.groupId),
      ids: await idsOfCodes(db, scope, {
        nominal: [...named, ...uses.map((use) => use.nominalCode)],
        tax: product.taxCode === null ? [] : [product.taxCode],
      }),
      options: await readFormOptions(db, scope),
      record: await readRecord(db, scope, client, id),
      heldUp: await listHeldUp(db, scope, { family: "product", id }, SHOWN_WAITING),
    };
  });
  if (!found) notFound();
  const { product, uses, group, ids, record, heldUp } = found;
  const mayExport = can(staff.role, "export");
  const { base } = record.wording;

  return (
    <div className={classes.stack}>
      <Crumbs list={{ label: "Products", href: `${base}/products` }} here={product.reference} />
      <PageTitle
        title={product.reference}
        aside={product.revision > 1 ? `${product.name}, revision ${product.revision}` : product.name}
        actions={
          mayExport && (
            <RecordForm
              what="product"
              clientId={client.id}
              base={base}
              id={product.id}
              values={{
                reference: product.reference,
                name: product.name,
                description: product.description ?? "",
                groupId: product.groupId ?? "",
                salesNominalCode: product.salesNominalCode ?? "",
                purchaseNominalCode: product.purchaseNominalCode ?? "",
                stockNominalCode: product.stockNominalCode ?? "",
                taxCode: product.taxCode ?? "",
              }}
              options={found.options}
            />
          )
        }
      />
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
          {product.description !== null && (
            <div>
              <dt>Description</dt>
              <dd className={classes.wrap}>{product.description}</dd>
            </div>
          )}
          <div>
            <dt>Product group</dt>
            <dd>
              {group === null ? (
                "none"
              ) : (
                <Link href={`${base}/product-groups/${group.id}`} prefetch={false}>
                  {group.code} {group.name}
                </Link>
              )}
            </dd>
          </div>
          <div>
            <dt>Sales · purchase nominal code</dt>
            <dd>
              <CodeLink code={product.salesNominalCode} ids={ids.nominal} base={base} of="nominal-codes" /> ·{" "}
              <CodeLink code={product.purchaseNominalCode} ids={ids.nominal} base={base} of="nominal-codes" />
            </dd>
          </div>
          <div>
            <dt>Stock nominal code (not used)</dt>
            <dd>
              <CodeLink code={product.stockNominalCode} ids={ids.nominal} base={base} of="nominal-codes" />
            </dd>
          </div>
          <div>
            <dt>Tax code</dt>
            <dd>
              <CodeLink code={product.taxCode} ids={ids.tax} base={base} of="tax-codes" />
            </dd>
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
      <PackagePanel record={record} clientId={client.id} mayExport={mayExport} />
      <HeldUp waiting={heldUp} name={`Product ${product.reference}`} wording={record.wording} />
      <Panel title="Where it is used">
        {uses.length === 0 ? (
          <EmptyState title="Not used" body="No document uses it." />
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
      <Panel title="Timeline" aside="newest first" padded>
        <Timeline
          entries={record.entries}
          reference={product.reference}
          clientId={client.id}
          wording={record.wording}
          site={record.site}
        />
      </Panel>
    </div>
  );
}
