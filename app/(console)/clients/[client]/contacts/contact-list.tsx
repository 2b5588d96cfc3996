"use client";

import Link from "next/link";
import { useMemo } from "react";
import { fieldColumns } from "#components/grid/field-columns.tsx";
import { type FirstList, type ListFilter, RecordList } from "#components/grid/record-list.tsx";
import type { Place } from "#lib/lists/field.ts";
import { useExclude } from "../aside/use-exclude.tsx";
import { type ContactRow, contactFields } from "./fields.ts";

const WORDS = {
  customers: { title: "Customers", empty: "Customers come in with the invoices of a file." },
  suppliers: { title: "Suppliers", empty: "Suppliers come in with the bills of a file." },
} as const;

const FILTERS: readonly ListFilter[] = [
  {
    type: "choice",
    name: "terms",
    label: "Show by terms",
    all: "All terms",
    options: [
      { value: "account", label: "Account" },
      { value: "cash", label: "Cash" },
    ],
  },
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

/** The list of customers or of suppliers: one contact may stand in both. */
export function ContactList({
  list,
  slug,
  mayExport,
  place,
  first,
}: {
  readonly list: "customers" | "suppliers";
  readonly slug: string;
  /** Whether this person may change what syncs. */
  readonly mayExport: boolean;
  readonly place: Place;
  readonly first: FirstList<ContactRow>;
}) {
  const base = `/clients/${slug}/${list}`;
  const rowActions = useExclude(slug, "contact");
  const columns = useMemo(
    () =>
      fieldColumns(contactFields, place, {
        name: (row) => (
          <Link href={`${base}/${row.id}`} prefetch={false}>
            {row.name}
          </Link>
        ),
      }),
    [place, base],
  );
  const { title, empty } = WORDS[list];
  return (
    <RecordList<ContactRow>
      list={list}
      title={title}
      slug={slug}
      columns={columns}
      first={first}
      opensWith="name.asc"
      search={{ label: "Find by name, number or e-mail", placeholder: "Name or number" }}
      filters={FILTERS}
      locale={place.locale}
      {...(mayExport ? { rowActions } : {})}
      href={(row) => `${base}/${row.id}`}
      empty={{ title: `No ${list} yet`, body: empty }}
    />
  );
}
