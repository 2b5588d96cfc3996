"use client";

import Link from "next/link";
import { useMemo } from "react";
import { fieldColumns } from "#components/grid/field-columns.tsx";
import { type FirstList, type ListFilter, RecordList } from "#components/grid/record-list.tsx";
import type { Place } from "#lib/lists/field.ts";
import { useExclude } from "../aside/use-exclude.tsx";
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
  mayExport,
  place,
  first,
}: {
  readonly slug: string;
  /** Whether this person may change what syncs. */
  readonly mayExport: boolean;
  readonly place: Place;
  readonly first: FirstList<ProductRow>;
}) {
  const base = `/clients/${slug}/products`;
  const rowActions = useExclude(slug, "product");
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
      {...(mayExport ? { rowActions } : {})}
      href={(row) => `${base}/${row.id}`}
      empty={{ title: "No products yet", body: "Products come in with the lines of a file." }}
    />
  );
}
