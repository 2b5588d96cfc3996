"use client";

import { Group, NativeSelect, TextInput } from "@mantine/core";
import { useState } from "react";
import { Notice } from "#components/ui/notice.tsx";
import type { OptionField } from "#lib/connectors/options.ts";
import { savePackageOptions } from "./actions.ts";
import { SaveLine } from "./sections.tsx";
import classes from "./setup.module.css";
import { useSave } from "./use-save.ts";

/** What the package needs to be told about the client's books. */
export function PackageOptions({
  clientId,
  fields,
  saved,
  packageName,
  mayEdit,
  editedBy,
}: {
  readonly clientId: string;
  readonly fields: readonly OptionField[];
  /** The values in force, the package's own among them. */
  readonly saved: Readonly<Record<string, string>>;
  readonly packageName: string;
  readonly mayEdit: boolean;
  readonly editedBy: string;
}) {
  const { busy, said, save } = useSave();
  const [values, setValues] = useState(saved);
  const put = (name: string, value: string) => setValues((before) => ({ ...before, [name]: value }));
  return (
    <form
      className={classes.startDate}
      onSubmit={(event) => {
        event.preventDefault();
        save(
          () => savePackageOptions({ clientId, options: values }),
          () => "Saved. It applies from the next call.",
        );
      }}
    >
      <p className={classes.plain}>
        {packageName} needs to know these about the client’s books. {!mayEdit && `Only ${editedBy} may change this.`}
      </p>
      <Group align="flex-end" gap="sm">
        {fields.map(({ name, label, hint, choices }) =>
          choices === null ? (
            <TextInput
              key={name}
              label={label}
              description={hint}
              value={values[name] ?? ""}
              maxLength={200}
              disabled={!mayEdit || busy}
              onChange={(event) => put(name, event.currentTarget.value)}
            />
          ) : (
            <NativeSelect
              key={name}
              label={label}
              description={hint}
              value={values[name] ?? ""}
              data={values[name] === undefined ? [{ value: "", label: "" }, ...choices] : [...choices]}
              disabled={!mayEdit || busy}
              onChange={(event) => put(name, event.currentTarget.value)}
            />
          ),
        )}
      </Group>
      <SaveLine
        id="options"
        dirty={fields.some(({ name }) => values[name] !== saved[name])}
        busy={busy}
        label="Save options"
        onUndo={() => setValues(saved)}
      />
      {said !== null && <Notice kind={said.good ? "good" : "bad"}>{said.message}</Notice>}
    </form>
  );
}
