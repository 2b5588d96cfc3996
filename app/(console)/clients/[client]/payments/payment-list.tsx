"use client";

import Link from "next/link";
import { type ReactNode, useMemo } from "react";
import { fieldColumns } from "#components/grid/field-columns.tsx";
import { type FirstList, type ListFilter, RecordList } from "#components/grid/record-list.tsx";
import { PAYMENT_KINDS } from "#lib/common/records.ts";
import type { Place } from "#lib/lists/field.ts";
import { type PaymentRow, paymentFields } from "./fields.ts";
import { PAYMENT_WORDS } from "./words.ts";

const FILTERS: readonly ListFilter[] = [
  {
    type: "choice",
    name: "kind",
    label: "Show by type",
    all: "All types",
    options: PAYMENT_KINDS.map((kind) => ({ value: kind, label: PAYMENT_WORDS[kind] })),
  },
  {
    type: "choice",
    name: "origin",
    label: "Show by where it was made",
    all: "Made anywhere",
    options: [
      { value: "operational", label: "Made here" },
      { value: "package", label: "From the package" },
    ],
  },
  { type: "day", name: "from", label: "From this day" },
  { type: "day", name: "to", label: "Up to this day" },
];

/** The list of payments, in and out, made here or read from the package. */
export function PaymentList({
  slug,
  place,
  first,
  emptyAction,
}: {
  readonly slug: string;
  readonly place: Place;
  readonly first: FirstList<PaymentRow>;
  readonly emptyAction?: ReactNode;
}) {
  const base = `/clients/${slug}/payments`;
  const columns = useMemo(
    () =>
      fieldColumns(paymentFields, place, {
        reference: (row) => (
          <Link href={`${base}/${row.id}`} prefetch={false}>
            {row.reference || "No reference"}
          </Link>
        ),
      }),
    [place, base],
  );
  return (
    <RecordList<PaymentRow>
      list="payments"
      title="Payments in and out"
      slug={slug}
      columns={columns}
      first={first}
      opensWith="date.desc"
      search={{ label: "Find by reference, document, customer or supplier", placeholder: "Reference, number or name" }}
      filters={FILTERS}
      locale={place.locale}
      href={(row) => `${base}/${row.id}`}
      empty={{
        title: "No payments yet",
        body: "Payments of cash customers and of bills are entered here or come in from a file; those made in the package come back under Import.",
        ...(emptyAction === undefined ? {} : { action: emptyAction }),
      }}
    />
  );
}
