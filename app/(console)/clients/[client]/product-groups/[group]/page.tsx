import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { z } from "zod";
import { Crumbs } from "#components/ui/crumbs.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { findGroup, idsOfCodes, listCodeHistory, listGroupProducts } from "#db/queries/codes.ts";
import { can } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { diagnoseGroup } from "#lib/posting/diagnose.ts";
import { database } from "#lib/web.ts";
import classes from "../../documents/records.module.css";
import { CodeLink } from "../../record/code-link.tsx";
import { CodeHistory } from "../../record/code-parts.tsx";
import { readFormOptions } from "../../record/form-options.ts";
import { RecordForm } from "../../record/record-form.tsx";
import { WhyNot } from "../../record/why.tsx";
import { wordingFor } from "../../wording.ts";

export const metadata: Metadata = { title: "Product group" };

const SHOWN = 100;

export default async function ProductGroupPage({ params }: { params: Promise<{ client: string; group: string }> }) {
  const staff = await requireStaff();
  const { client: slug, group: id } = await params;
  const access = await scopeFor(staff, slug, "console");
  if (!access || !z.uuid().safeParse(id).success) notFound();
  const { scope, client } = access;
  const found = await database().inScope(scope, async (db) => {
    const group = await findGroup(db, scope, id);
    if (!group) return null;
    const nominal = [group.salesNominalCode, group.purchaseNominalCode].filter((code) => code !== null);
    return {
      group,
      ids: await idsOfCodes(db, scope, { nominal, tax: group.taxCode === null ? [] : [group.taxCode] }),
      products: await listGroupProducts(db, scope, id, SHOWN + 1),
      events: await listCodeHistory(db, scope, { id, mapped: null }),
      options: await readFormOptions(db, scope),
      wording: await wordingFor(db, scope, client),
      diagnosis: await diagnoseGroup(db, scope, group),
    };
  });
  if (!found) notFound();
  const { group, ids, products, wording } = found;
  const { base } = wording;
  return (
    <div className={classes.stack}>
      <Crumbs list={{ label: "Product groups", href: `${base}/product-groups` }} here={group.code} />
      <PageTitle
        title={`Product group ${group.code}`}
        aside={group.name}
        actions={
          can(staff.role, "export") && (
            <RecordForm
              what="product-group"
              clientId={client.id}
              base={base}
              id={group.id}
              values={{
                code: group.code,
                name: group.name,
                salesNominalCode: group.salesNominalCode ?? "",
                purchaseNominalCode: group.purchaseNominalCode ?? "",
                taxCode: group.taxCode ?? "",
              }}
              options={found.options}
            />
          )
        }
      />
      <Panel title="Product group" padded>
        <dl className={classes.facts}>
          <div>
            <dt>Code</dt>
            <dd>{group.code}</dd>
          </div>
          <div>
            <dt>Name</dt>
            <dd>{group.name}</dd>
          </div>
          <div>
            <dt>Sales nominal code</dt>
            <dd>
              <CodeLink code={group.salesNominalCode} ids={ids.nominal} base={base} of="nominal-codes" />
            </dd>
          </div>
          <div>
            <dt>Purchase nominal code</dt>
            <dd>
              <CodeLink code={group.purchaseNominalCode} ids={ids.nominal} base={base} of="nominal-codes" />
            </dd>
          </div>
          <div>
            <dt>Tax code</dt>
            <dd>
              <CodeLink code={group.taxCode} ids={ids.tax} base={base} of="tax-codes" />
            </dd>
          </div>
          <div>
            <dt>In {wording.packageName}</dt>
            <dd>Not sent: its products are sent individually</dd>
          </div>
        </dl>
        <WhyNot diagnosis={found.diagnosis} wording={wording} />
      </Panel>
      <Panel title="Products" aside={products.length > SHOWN ? `the first ${SHOWN}` : String(products.length)}>
        {products.length === 0 ? (
          <EmptyState title="No products" body="Choose the group on the product's page." />
        ) : (
          <PlainTable label="Products of this group">
            <thead>
              <tr>
                <th scope="col">Code</th>
                <th scope="col">Name</th>
              </tr>
            </thead>
            <tbody>
              {products.slice(0, SHOWN).map((row) => (
                <tr key={row.id}>
                  <th scope="row" className={classes.name}>
                    <Link href={`${base}/products/${row.id}`} prefetch={false}>
                      {row.reference}
                    </Link>
                  </th>
                  <td>{row.name}</td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        )}
      </Panel>
      <CodeHistory events={found.events} code={null} wording={wording} />
    </div>
  );
}
