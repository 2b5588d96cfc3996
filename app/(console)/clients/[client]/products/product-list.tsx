"use client";

import Link from "next/link";
import { useMemo } from "react";
import { fieldColumns } from "#components/grid/field-columns.tsx";
import { type FirstList, type ListFilter, RecordList } from "#components/grid/record-list.tsx";
import type { Place } from "#lib/lists/field.ts";
import { type ProductRow, productFields } from "./fields.ts";

const FILTERS: readonly ListFilter[] = [
  {
    type: "choice",
    name: "excluded",
    label: "Show by integration",
    all: "All",
    options: [
      { value: "no", label: "Included" },
      { value: "yes", label: "Excluded" },
    ],
  },
];

/** The list of products. */
export function ProductList({
  slug,
  place,
  first,
}: {
  readonly slug: string;
  readonly place: Place;
  readonly first: FirstList<ProductRow>;
}) {
  const base = `/clients/${slug}/products`;
  const columns = useMemo(
    () =>
      fieldColumns(productFields, place, {
        number: (row) => (
          <Link href={`${base}/${row.id}`} prefetch={false}>
            {row.reference}
          </Link>
        ),
      }),
    [place, base],
  );
  return (
    <RecordList<ProductRow>
      list="products"
      title="Products"
      slug={slug}
      columns={columns}
      first={first}
      opensWith="number.asc"
      search={{ label: "Find by code or name", placeholder: "Code or name" }}
      filters={FILTERS}
      locale={place.locale}
      href={(row) => `${base}/${row.id}`}
      empty={{ title: "No products yet", body: "Products come in with the lines of a file." }}
    />
  );
}
