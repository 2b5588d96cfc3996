import type { Metadata } from "next";
import { PageTitle } from "#components/ui/page.tsx";
import { productsList } from "#lib/lists/products.ts";
import { type ListProps, openList } from "../open-list.ts";
import { ProductList } from "./product-list.tsx";

export const metadata: Metadata = { title: "Products" };

export default async function ProductsPage(props: ListProps) {
  const { client, first } = await openList(productsList, props);
  return (
    <>
      <PageTitle title="Products" />
      <ProductList slug={client.slug} place={client} first={first} />
    </>
  );
}
