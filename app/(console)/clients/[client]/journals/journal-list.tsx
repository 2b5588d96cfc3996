"use client";

import { FieldList, type ListOf } from "#components/grid/field-list.tsx";
import { DAY_FILTERS } from "#components/grid/record-list.tsx";
import { type JournalRow, journalFields } from "./fields.ts";

/** The list of journals. */
export function JournalList(props: ListOf<JournalRow>) {
  return (
    <FieldList<JournalRow>
      {...props}
      list="journals"
      title="Journals"
      fields={journalFields}
      opens="reference"
      opensWith="date.desc"
      search={{ label: "Find by reference or narration", placeholder: "Reference or narration" }}
      filters={DAY_FILTERS}
      empty={{
        title: "No journals yet",
        body: "Add journals here or upload a file. They must balance, and can't use stock, control or bank codes.",
      }}
    />
  );
}
