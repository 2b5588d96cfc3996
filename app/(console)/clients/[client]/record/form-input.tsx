"use client";

import { Checkbox, Select, Textarea, TextInput } from "@mantine/core";
import type { FormField, FormOptions } from "./form-fields.ts";

/** One field of a record's form, with what is wrong with it. */
export function FormInput({
  field,
  value,
  error,
  options,
  isNew,
  focus = false,
  disabled = false,
  onChange,
}: {
  readonly field: FormField;
  readonly value: string | boolean | undefined;
  readonly error: string | undefined;
  readonly options: FormOptions;
  readonly isNew: boolean;
  readonly focus?: boolean;
  readonly disabled?: boolean;
  readonly onChange: (value: string | boolean) => void;
}) {
  // The number that the package knows a record by stays.
  const fixed = field.fixed === true && !isNew;
  if (field.type === "check") {
    return (
      <Checkbox
        label={field.label}
        error={error}
        disabled={disabled}
        checked={value === true}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    );
  }
  if (field.type === "choice") {
    return (
      <Select
        label={field.label}
        error={error}
        disabled={disabled}
        data={[...(typeof field.options === "string" ? options[field.options] : field.options)]}
        value={typeof value === "string" && value !== "" ? value : null}
        onChange={(next) => onChange(next ?? "")}
        clearable={field.required !== true}
        allowDeselect={field.required !== true}
        searchable
        nothingFoundMessage="None of these"
        placeholder={field.required === true ? "Choose" : (field.none ?? "none")}
        required={field.required === true}
        withAsterisk={false}
      />
    );
  }
  const Input = field.type === "long" ? Textarea : TextInput;
  return (
    <Input
      {...(focus ? { "data-autofocus": true } : {})}
      label={field.label}
      description={fixed ? "Can't be changed: the package knows the record by it." : field.hint}
      error={error}
      disabled={fixed || disabled}
      required={field.required === true}
      withAsterisk={false}
      value={typeof value === "string" ? value : ""}
      onChange={(event) => onChange(event.currentTarget.value)}
      autoComplete="off"
    />
  );
}
