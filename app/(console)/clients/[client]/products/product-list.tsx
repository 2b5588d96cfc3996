"use client";

import { FieldList, type ListOf } from "#components/grid/field-list.tsx";
import { INTEGRATION_FILTER, useExclude } from "../withheld/use-exclude.tsx";
import { type ProductRow, productFields } from "./fields.ts";

const FILTERS = [INTEGRATION_FILTER];

/** The list of products. */
export function ProductList({
  mayExport,
  ...props
}: ListOf<ProductRow> & {
  /** Whether this person may change what syncs. */
  readonly mayExport: boolean;
}) {
  const rowActions = useExclude(props.slug, "product");
  return (
    <FieldList<ProductRow>
      {...props}
      {...(mayExport ? { rowActions } : {})}
      list="products"
      title="Products"
      fields={productFields}
      opens="number"
      opensWith="number.asc"
      search={{ label: "Find by code or name", placeholder: "Code or name" }}
      filters={FILTERS}
      empty={{ title: "No products yet", body: "Products are added from the lines of the files you upload." }}
    />
  );
}
