"use client";

import { useCallback } from "react";
import { FieldList, type ListOf } from "#components/grid/field-list.tsx";
import { DAY_FILTERS, type ListFilter } from "#components/grid/record-list.tsx";
import { recordPath } from "#lib/common/record-paths.ts";
import { CORRECTION_WORDS, type CorrectionRow, correctionFields } from "./fields.ts";

const FILTERS: readonly ListFilter[] = [
  {
    type: "choice",
    name: "what",
    label: "Show by what happened",
    all: "All entries",
    options: Object.entries(CORRECTION_WORDS).map(([value, label]) => ({ value, label })),
  },
  ...DAY_FILTERS,
];

/** The corrections log. A row leads to the record that it is about. */
export function CorrectionList(props: ListOf<CorrectionRow>) {
  const href = useCallback((row: CorrectionRow) => `/clients/${props.slug}${recordPath(row.kind, row.recordId)}`, [props.slug]);
  return (
    <FieldList<CorrectionRow>
      {...props}
      list="corrections"
      title="Corrections"
      fields={correctionFields}
      opens="reference"
      href={href}
      opensWith="at.desc"
      search={{ label: "Find by number, name or person", placeholder: "Number, name or person" }}
      filters={FILTERS}
      empty={{
        title: "Nothing was corrected",
        body: "What is changed in the package after it was exported stands here, whoever changed it, with both versions.",
      }}
    />
  );
}
