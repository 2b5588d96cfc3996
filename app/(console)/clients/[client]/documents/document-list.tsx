"use client";

import { FieldList, type ListOf } from "#components/grid/field-list.tsx";
import { DAY_FILTERS, type ListFilter } from "#components/grid/record-list.tsx";
import { DOCUMENT_KINDS, KIND_LABELS } from "#lib/common/records.ts";
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
      { value: "apart", label: "Open amounts differ" },
    ],
  },
  ...DAY_FILTERS,
];

/** The list of sales invoices, bills and credit notes. */
export function DocumentList(props: ListOf<DocumentRow>) {
  return (
    <FieldList<DocumentRow>
      {...props}
      list="documents"
      title="Invoices, bills and credit notes"
      fields={documentFields}
      opens="number"
      opensWith="date.desc"
      search={{ label: "Find by number, customer or supplier", placeholder: "Number or name" }}
      filters={FILTERS}
      empty={{ title: "No documents yet", body: "Upload a file to add invoices, bills and credit notes." }}
    />
  );
}
