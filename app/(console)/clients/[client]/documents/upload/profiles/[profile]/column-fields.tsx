"use client";

import { Checkbox, TagsInput } from "@mantine/core";
import { PlainTable } from "#components/ui/page.tsx";
import { FIELD_LABELS, FIELDS_OF, type FileKind, NEEDED_FIELDS } from "#lib/operational/fields.ts";
import type { ImportProfile } from "#lib/operational/profile.ts";
import upload from "../../upload.module.css";

/** Under which headings each field is found. A sample's own headings are offered. */
export function ColumnFields({
  kind,
  columns,
  headers,
  onChange,
}: {
  kind: FileKind;
  columns: ImportProfile["columns"];
  headers: readonly string[];
  onChange: (columns: ImportProfile["columns"]) => void;
}) {
  const offered = [...new Set(headers.filter((header) => header !== ""))];
  return (
    <PlainTable label="Columns of the file">
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Headings in the file</th>
          <th scope="col">Must be there</th>
        </tr>
      </thead>
      <tbody>
        {FIELDS_OF[kind].map((field) => {
          const column = columns[field];
          const always = NEEDED_FIELDS[kind].includes(field);
          return (
            <tr key={field}>
              <th scope="row">{FIELD_LABELS[field]}</th>
              <td className={upload.headings}>
                <TagsInput
                  aria-label={`Headings of ${FIELD_LABELS[field]}`}
                  size="xs"
                  data={offered}
                  value={column?.headers ?? []}
                  placeholder={column === undefined ? "No column" : undefined}
                  onChange={(found) => {
                    const { [field]: _, ...others } = columns;
                    onChange(
                      found.length === 0
                        ? others
                        : { ...columns, [field]: { required: column?.required ?? always, headers: found } },
                    );
                  }}
                />
              </td>
              <td>
                <Checkbox
                  aria-label={`${FIELD_LABELS[field]} must be there`}
                  checked={column?.required ?? false}
                  disabled={column === undefined}
                  onChange={(event) => {
                    if (column) onChange({ ...columns, [field]: { ...column, required: event.currentTarget.checked } });
                  }}
                />
              </td>
            </tr>
          );
        })}
      </tbody>
    </PlainTable>
  );
}
