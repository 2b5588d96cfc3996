"use client";

import { memo } from "react";
import { PlainTable } from "#components/ui/page.tsx";
import { WordsInput } from "#components/ui/words-input.tsx";
import { FIELD_LABELS, FIELDS_OF, type Field, type FileKind, NEEDED_FIELDS } from "#lib/operational/fields.ts";
import type { ImportProfile } from "#lib/operational/profile.ts";
import upload from "../../upload.module.css";
import type { Change } from "./profile-parts.tsx";

/** The list of a sample's headings, which every field offers. */
const OFFERED = "headings-of-the-sample";
const NONE: readonly string[] = [];

type Column = ImportProfile["columns"][Field];

/** Under which headings each field is found. A sample's own headings are offered. */
export const ColumnFields = memo(function ColumnFields({
  kind,
  columns,
  offered,
  change,
}: {
  kind: FileKind;
  columns: ImportProfile["columns"];
  offered: readonly string[];
  change: Change;
}) {
  return (
    <>
      <datalist id={OFFERED}>
        {offered.map((heading) => (
          <option key={heading} value={heading} />
        ))}
      </datalist>
      <PlainTable label="Columns of the file">
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Headings in the file</th>
            <th scope="col">Required</th>
          </tr>
        </thead>
        <tbody>
          {FIELDS_OF[kind].map((field) => (
            <ColumnField
              key={field}
              field={field}
              always={NEEDED_FIELDS[kind].includes(field)}
              column={columns[field]}
              change={change}
            />
          ))}
        </tbody>
      </PlainTable>
    </>
  );
});

/** One field's headings. Kept as drawn while another field changes: the fields of a shipped profile hold some two hundred headings. */
const ColumnField = memo(function ColumnField({
  field,
  always,
  column,
  change,
}: {
  field: Field;
  always: boolean;
  column: Column;
  change: Change;
}) {
  return (
    <tr>
      <th scope="row">{FIELD_LABELS[field]}</th>
      <td className={upload.headings}>
        <WordsInput
          label={`Headings of ${FIELD_LABELS[field]}`}
          list={OFFERED}
          value={column?.headers ?? NONE}
          placeholder={column === undefined ? "No column" : undefined}
          onChange={(headers) =>
            change(({ columns }) => {
              const { [field]: now, ...others } = columns;
              if (headers.length === 0) return { columns: others };
              const next = { required: now?.required ?? always, headers: [...headers], otherwise: [] };
              return { columns: { ...columns, [field]: next } };
            })
          }
        />
      </td>
      <td>
        <input
          type="checkbox"
          className={upload.check}
          aria-label={`${FIELD_LABELS[field]} is required`}
          checked={column?.required ?? false}
          disabled={column === undefined}
          onChange={(event) => {
            const required = event.currentTarget.checked;
            change(({ columns }) => {
              const now = columns[field];
              return now ? { columns: { ...columns, [field]: { ...now, required } } } : {};
            });
          }}
        />
      </td>
    </tr>
  );
});
