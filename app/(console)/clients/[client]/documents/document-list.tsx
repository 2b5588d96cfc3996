"use client";

import Link from "next/link";
import { type ReactNode, useMemo } from "react";
import { fieldColumns } from "#components/grid/field-columns.tsx";
import { type FirstList, type ListFilter, RecordList } from "#components/grid/record-list.tsx";
import { DOCUMENT_KINDS, KIND_LABELS } from "#lib/common/records.ts";
import type { Place } from "#lib/lists/field.ts";
import { type DocumentRow, documentFields } from "./fields.ts";

const FILTERS: readonly ListFilter[] = [
  {
    type: "choice",
    name: "kind",
    label: "Show by type",
    all: "All types",
    options: DOCUMENT_KINDS.map((kind) => ({ value: kind, label: KIND_LABELS[kind] })),
  },
  {
    type: "choice",
    name: "state",
    label: "Show by state",
    all: "Open, settled, void",
    options: [
      { value: "open", label: "Open" },
      { value: "settled", label: "Settled" },
      { value: "void", label: "Void" },
    ],
  },
  { type: "day", name: "from", label: "From this day" },
  { type: "day", name: "to", label: "Up to this day" },
];

/** The list of sales invoices, bills and credit notes. */
export function DocumentList({
  slug,
  place,
  first,
  emptyAction,
}: {
  readonly slug: string;
  readonly place: Place;
  readonly first: FirstList<DocumentRow>;
  /** How to bring the first ones in. */
  readonly emptyAction?: ReactNode;
}) {
  const base = `/clients/${slug}/documents`;
  const columns = useMemo(
    () =>
      fieldColumns(documentFields, place, {
        number: (row) => (
          <Link href={`${base}/${row.id}`} prefetch={false}>
            {row.number}
          </Link>
        ),
      }),
    [place, base],
  );
  return (
    <RecordList<DocumentRow>
      list="documents"
      title="Invoices, bills and credit notes"
      slug={slug}
      columns={columns}
      first={first}
      opensWith="date.desc"
      search={{ label: "Find by number, customer or supplier", placeholder: "Number or name" }}
      filters={FILTERS}
      locale={place.locale}
      href={(row) => `${base}/${row.id}`}
      empty={{
        title: "No documents yet",
        body: "Invoices, bills and credit notes come in from a file.",
        ...(emptyAction === undefined ? {} : { action: emptyAction }),
      }}
    />
  );
}
