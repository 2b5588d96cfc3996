"use client";

import { FieldList, type ListOf } from "#components/grid/field-list.tsx";
import { DAY_FILTERS, type ListFilter } from "#components/grid/record-list.tsx";
import { PAYMENT_KINDS } from "#lib/common/records.ts";
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
    label: "Show by source",
    all: "All sources",
    options: [
      { value: "operational", label: "Made here" },
      { value: "package", label: "From the package" },
    ],
  },
  ...DAY_FILTERS,
];

/** The list of payments, in and out, made here or read from the package. */
export function PaymentList(props: ListOf<PaymentRow>) {
  return (
    <FieldList<PaymentRow>
      {...props}
      list="payments"
      title="Payments in and out"
      fields={paymentFields}
      opens="reference"
      opensWith="date.desc"
      search={{ label: "Find by reference, document, customer or supplier", placeholder: "Reference, number or name" }}
      filters={FILTERS}
      empty={{
        title: "No payments yet",
        body: "Enter payments from cash customers and to suppliers here, or upload a file. Payments made in the package are on Import.",
      }}
    />
  );
}
