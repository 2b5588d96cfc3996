"use client";

import { useCallback, useMemo } from "react";
import { FieldList, type ListOf } from "#components/grid/field-list.tsx";
import { DAY_FILTERS, type ListFilter } from "#components/grid/record-list.tsx";
import { recordPath } from "#lib/common/record-paths.ts";
import { type CorrectionRow, correctionFields, correctionWords } from "./fields.ts";

const filtersFor = (packageName: string): readonly ListFilter[] => [
  {
    type: "choice",
    name: "what",
    label: "Show by change",
    all: "All entries",
    options: Object.entries(correctionWords(packageName)).map(([value, label]) => ({ value, label })),
  },
  ...DAY_FILTERS,
];

/** The corrections log. A row leads to the record that it is about. */
export function CorrectionList({ packageName, ...props }: ListOf<CorrectionRow> & { readonly packageName: string }) {
  const fields = useMemo(() => correctionFields(packageName), [packageName]);
  const filters = useMemo(() => filtersFor(packageName), [packageName]);
  const href = useCallback((row: CorrectionRow) => `/clients/${props.slug}${recordPath(row.kind, row.recordId)}`, [props.slug]);
  return (
    <FieldList<CorrectionRow>
      {...props}
      list="corrections"
      title="Corrections"
      fields={fields}
      opens="reference"
      href={href}
      opensWith="at.desc"
      search={{ label: "Find by number, name or person", placeholder: "Number, name or person" }}
      filters={filters}
      empty={{
        title: "No corrections",
        body: "Changes made after export appear here, on either side, with both versions.",
      }}
    />
  );
}
