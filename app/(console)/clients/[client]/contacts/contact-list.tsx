"use client";

import { FieldList, type ListOf } from "#components/grid/field-list.tsx";
import type { ListFilter } from "#components/grid/record-list.tsx";
import { INTEGRATION_FILTER, useExclude } from "../withheld/use-exclude.tsx";
import { type ContactRow, contactFields } from "./fields.ts";

const WORDS = {
  customers: { title: "Customers", empty: "Customers are added from the invoices that you upload." },
  suppliers: { title: "Suppliers", empty: "Suppliers are added from the bills that you upload." },
} as const;

const FILTERS: readonly ListFilter[] = [
  {
    type: "choice",
    name: "terms",
    label: "Show by terms",
    all: "All terms",
    options: [
      { value: "account", label: "Credit" },
      { value: "cash", label: "Cash" },
    ],
  },
  INTEGRATION_FILTER,
];

/** The list of customers or of suppliers: one contact may stand in both. */
export function ContactList({
  list,
  mayExport,
  ...props
}: ListOf<ContactRow> & {
  readonly list: "customers" | "suppliers";
  /** Whether this person may change what syncs. */
  readonly mayExport: boolean;
}) {
  const rowActions = useExclude(props.slug, "contact");
  const { title, empty } = WORDS[list];
  return (
    <FieldList<ContactRow>
      {...props}
      {...(mayExport ? { rowActions } : {})}
      list={list}
      title={title}
      fields={contactFields}
      opens="name"
      opensWith="name.asc"
      search={{ label: "Find by name, number or e-mail", placeholder: "Name or number" }}
      filters={FILTERS}
      empty={{ title: `No ${list} yet`, body: empty }}
    />
  );
}
