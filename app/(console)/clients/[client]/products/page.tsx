import type { Metadata } from "next";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageTitle } from "#components/ui/page.tsx";
import { can } from "#lib/auth/permissions.ts";
import { productsList } from "#lib/lists/products.ts";
import { database } from "#lib/web.ts";
import { type ListProps, openList } from "../open-list.ts";
import { readFormOptions } from "../record/form-options.ts";
import { RecordForm } from "../record/record-form.tsx";
import { ProductList } from "./product-list.tsx";

const NEW_PRODUCT = {
  reference: "",
  name: "",
  description: "",
  groupId: "",
  salesNominalCode: "",
  purchaseNominalCode: "",
  stockNominalCode: "",
  taxCode: "",
};

export const metadata: Metadata = { title: "Products" };

export default async function ProductsPage(props: ListProps) {
  const { staff, scope, client, first } = await openList("products", productsList, props);
  const options = await database().inScope(scope, (db) => readFormOptions(db, scope));
  return (
    <>
      <PageTitle
        title="Products"
        actions={
          <>
            <LinkButton href={`/clients/${client.slug}/product-groups`} variant="default">
              Product groups
            </LinkButton>
            {can(staff.role, "export") && (
              <RecordForm
                what="product"
                clientId={client.id}
                base={`/clients/${client.slug}`}
                id={null}
                values={NEW_PRODUCT}
                options={options}
              />
            )}
          </>
        }
      />
      <ProductList slug={client.slug} mayExport={can(staff.role, "export")} place={client} first={first} />
    </>
  );
}
