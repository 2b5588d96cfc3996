"use client";

import Link from "next/link";
import { type ReactNode, useMemo } from "react";
import { fieldColumns } from "#components/grid/field-columns.tsx";
import { type FirstList, type ListFilter, RecordList } from "#components/grid/record-list.tsx";
import type { Place } from "#lib/lists/field.ts";
import { type JournalRow, journalFields } from "./fields.ts";

const FILTERS: readonly ListFilter[] = [
  { type: "day", name: "from", label: "From this day" },
  { type: "day", name: "to", label: "Up to this day" },
];

/** The list of journals. */
export function JournalList({
  slug,
  place,
  first,
  emptyAction,
}: {
  readonly slug: string;
  readonly place: Place;
  readonly first: FirstList<JournalRow>;
  readonly emptyAction?: ReactNode;
}) {
  const base = `/clients/${slug}/journals`;
  const columns = useMemo(
    () =>
      fieldColumns(journalFields, place, {
        reference: (row) => (
          <Link href={`${base}/${row.id}`} prefetch={false}>
            {row.reference}
          </Link>
        ),
      }),
    [place, base],
  );
  return (
    <RecordList<JournalRow>
      list="journals"
      title="Journals"
      slug={slug}
      columns={columns}
      first={first}
      opensWith="date.desc"
      search={{ label: "Find by reference or narration", placeholder: "Reference or words" }}
      filters={FILTERS}
      locale={place.locale}
      href={(row) => `${base}/${row.id}`}
      empty={{
        title: "No journals yet",
        body: "Journals are entered here or come in from a file. They balance, and never touch stock, control or bank nominals.",
        ...(emptyAction === undefined ? {} : { action: emptyAction }),
      }}
    />
  );
}
