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
      search={{ label: "Find by reference or narration", placeholder: "Reference or words" }}
      filters={DAY_FILTERS}
      empty={{
        title: "No journals yet",
        body: "Journals are entered here or come in from a file. They balance, and never touch stock, control or bank nominals.",
      }}
    />
  );
}
