"use client";

import { Checkbox, NumberInput, Select, TagsInput, Textarea, TextInput } from "@mantine/core";
import { memo } from "react";
import { Panel } from "#components/ui/page.tsx";
import { DOCUMENT_KINDS, KIND_LABELS } from "#lib/common/records.ts";
import { DATE_FORMATS, FIELDS_OF, FILE_KIND_LABELS, FILE_KINDS } from "#lib/operational/fields.ts";
import type { ImportProfile } from "#lib/operational/profile.ts";
import upload from "../../upload.module.css";

// Each part is drawn anew when what it shows has changed, and not at each letter that is typed into another.

/** Changes the profile by what a part makes of it as it is now; what it does not name stays. */
export type Change = (part: Partial<ImportProfile> | ((now: ImportProfile) => Partial<ImportProfile>)) => void;

type Part<Key extends keyof ImportProfile> = Readonly<Pick<ImportProfile, Key>> & { readonly change: Change };

/** What it is called, and what the lines of its files are. */
export const NamePart = memo(function NamePart({
  title,
  name,
  kind,
  description,
  isNew,
  change,
}: Part<"title" | "name" | "kind" | "description"> & { readonly isNew: boolean }) {
  return (
    <Panel title="The profile" padded>
      <div className={upload.fields}>
        <TextInput label="Title" value={title} onChange={(event) => change({ title: event.currentTarget.value })} />
        <TextInput
          label="Name"
          inputWrapperOrder={["label", "input", "description"]}
          description="Lower-case letters, digits and hyphens; used on the command line."
          value={name}
          readOnly={!isNew}
          onChange={(event) => change({ name: event.currentTarget.value })}
        />
        <Select
          label="Type of record"
          data={FILE_KINDS.map((kind) => ({ value: kind, label: FILE_KIND_LABELS[kind] }))}
          value={kind}
          allowDeselect={false}
          onChange={(value) => {
            const next = FILE_KINDS.find((one) => one === value) ?? kind;
            change(({ columns }) => {
              const kept = Object.entries(columns).filter(([field]) => FIELDS_OF[next].some((one) => one === field));
              return { kind: next, columns: Object.fromEntries(kept) };
            });
          }}
        />
        <TextInput
          label="Description"
          value={description}
          onChange={(event) => change({ description: event.currentTarget.value })}
        />
      </div>
    </Panel>
  );
});

/** Encoding, separator, numbers and dates. */
export const WrittenPart = memo(function WrittenPart({
  encoding,
  separator,
  headerRow,
  decimalMark,
  belowZero,
  dateFormats,
  change,
}: Part<"encoding" | "separator" | "headerRow" | "decimalMark" | "belowZero" | "dateFormats">) {
  return (
    <Panel title="File format" padded>
      <div className={upload.fields}>
        <Select
          label="Encoding"
          data={[
            { value: "detect", label: "Detect from the file" },
            { value: "utf-8", label: "UTF-8" },
            { value: "utf-16le", label: "UTF-16" },
            { value: "windows-1252", label: "Windows-1252" },
          ]}
          value={encoding}
          allowDeselect={false}
          onChange={(value) =>
            change({
              encoding:
                (["detect", "utf-8", "utf-16le", "utf-16be", "windows-1252"] as const).find((one) => one === value) ?? "detect",
            })
          }
        />
        <Select
          label="Separator"
          data={[
            { value: "detect", label: "Detect from the file" },
            { value: ",", label: "Comma" },
            { value: ";", label: "Semicolon" },
            { value: "\t", label: "Tab" },
          ]}
          value={separator}
          allowDeselect={false}
          onChange={(value) =>
            change({ separator: (["detect", ",", ";", "\t"] as const).find((one) => one === value) ?? "detect" })
          }
        />
        <NumberInput
          label="Headings are in line"
          placeholder="Detect"
          min={1}
          max={1_000}
          allowDecimal={false}
          value={headerRow ?? ""}
          onChange={(value) => change({ headerRow: typeof value === "number" ? value : null })}
        />
        <Select
          label="Decimals after"
          data={[
            { value: "detect", label: "Detect from the file" },
            { value: ".", label: "Point: 1,234.50" },
            { value: ",", label: "Comma: 1.234,50" },
          ]}
          value={decimalMark}
          allowDeselect={false}
          onChange={(value) => change({ decimalMark: (["detect", ".", ","] as const).find((one) => one === value) ?? "detect" })}
        />
        <Select
          label="Amounts marked CR or DR"
          data={[
            { value: "detect", label: "Detect from the file" },
            { value: "cr", label: "CR is below zero" },
            { value: "dr", label: "DR is below zero" },
            { value: "sides", label: "CR is below zero on sales, DR on purchases" },
          ]}
          value={belowZero}
          allowDeselect={false}
          onChange={(value) =>
            change({ belowZero: (["detect", "cr", "dr", "sides"] as const).find((one) => one === value) ?? "detect" })
          }
        />
        <TagsInput
          label="Dates"
          description="Tried in this order; the first that fits is used."
          data={[...DATE_FORMATS]}
          value={dateFormats}
          onChange={(values) =>
            change({
              dateFormats: DATE_FORMATS.filter((format) => values.includes(format)).sort(
                (a, b) => values.indexOf(a) - values.indexOf(b),
              ),
            })
          }
        />
      </div>
    </Panel>
  );
});

/** What makes a document of lines. */
export const DocumentsPart = memo(function DocumentsPart({
  kinds,
  creditNoteAmounts,
  headOnce,
  voidStatuses,
  notUsed,
  product,
  offered,
  change,
}: Part<"kinds" | "creditNoteAmounts" | "headOnce" | "voidStatuses" | "notUsed" | "product"> & {
  readonly offered: readonly string[];
}) {
  const typed = (kind: (typeof DOCUMENT_KINDS)[number]) =>
    kinds.by === "column" ? Object.entries(kinds.values).flatMap(([word, is]) => (is === kind ? [word] : [])) : [];
  return (
    <Panel title="Documents" padded>
      <div className={upload.fields}>
        <Select
          label="Document type"
          data={[
            { value: "column", label: "From the type column" },
            { value: "number", label: "All sales invoices, apart from credit notes" },
          ]}
          value={kinds.by}
          allowDeselect={false}
          onChange={(value) =>
            change({
              kinds: value === "column" ? { by: "column", values: {} } : { by: "number", negativeTotalIsCreditNote: false },
            })
          }
        />
        <Select
          label="Amounts of credit notes"
          data={[
            { value: "either", label: "Either" },
            { value: "negative", label: "Below zero" },
            { value: "positive", label: "Above zero" },
          ]}
          value={creditNoteAmounts}
          allowDeselect={false}
          onChange={(value) =>
            change({
              creditNoteAmounts: (["either", "negative", "positive"] as const).find((one) => one === value) ?? "either",
            })
          }
        />
        <Select
          label="Lines with blank document columns"
          data={[
            { value: "detect", label: "Belong to the document above" },
            { value: "no", label: "Are faults" },
          ]}
          value={headOnce}
          allowDeselect={false}
          onChange={(value) => change({ headOnce: value === "no" ? "no" : "detect" })}
        />
        {kinds.by === "column" ? (
          DOCUMENT_KINDS.map((kind) => (
            <TagsInput
              key={kind}
              label={`${KIND_LABELS[kind]} is written`}
              value={typed(kind)}
              onChange={(words) =>
                change({
                  kinds: {
                    by: "column",
                    values: {
                      ...Object.fromEntries(Object.entries(kinds.values).filter(([, is]) => is !== kind)),
                      ...Object.fromEntries(words.map((word) => [word.toLowerCase(), kind])),
                    },
                  },
                })
              }
            />
          ))
        ) : (
          <>
            <TextInput
              label="A credit note's number begins with"
              value={kinds.creditNotePrefix ?? ""}
              onChange={(event) => {
                const { creditNotePrefix: _, ...others } = kinds;
                const prefix = event.currentTarget.value;
                change({ kinds: prefix === "" ? others : { ...others, creditNotePrefix: prefix } });
              }}
            />
            <Checkbox
              label="A document below zero is a credit note, whatever its number"
              checked={kinds.negativeTotalIsCreditNote}
              onChange={(event) => change({ kinds: { ...kinds, negativeTotalIsCreditNote: event.currentTarget.checked } })}
            />
          </>
        )}
        <TagsInput
          label="Statuses that mean voided or deleted"
          value={voidStatuses}
          onChange={(voidStatuses) => change({ voidStatuses })}
        />
        <TagsInput
          label="Amount columns to ignore"
          description="Amounts that are not part of the document's total, such as amount paid."
          data={[...offered]}
          value={notUsed}
          onChange={(notUsed) => change({ notUsed })}
        />
        <TagsInput
          label="Product codes that are charges, not products"
          description="A * at the end matches anything that follows."
          value={product.notProducts}
          onChange={(notProducts) => change({ product: { ...product, notProducts } })}
        />
      </div>
    </Panel>
  );
});

/** What is taken where a file has no such column, or leaves it blank. */
export const DefaultsPart = memo(function DefaultsPart({
  currency,
  dueDays,
  contact,
  change,
}: Part<"currency" | "dueDays" | "contact">) {
  const { fallback } = contact;
  return (
    <Panel title="Defaults" padded>
      <div className={upload.fields}>
        <TextInput
          label="Currency"
          value={currency}
          onChange={(event) => change({ currency: event.currentTarget.value.toUpperCase() })}
        />
        <NumberInput
          label="Days until due"
          min={0}
          max={365}
          value={dueDays}
          onChange={(value) => change({ dueDays: typeof value === "number" ? value : 30 })}
        />
        <TextInput
          label="Name for a customer without one"
          description="{reference} is replaced by their number."
          value={contact.nameTemplate}
          onChange={(event) => change({ contact: { ...contact, nameTemplate: event.currentTarget.value } })}
        />
        <TextInput
          label="Customer for a sale without one"
          description="Its reference, such as COUNTER. If blank, such a line is a fault."
          value={fallback?.reference ?? ""}
          onChange={(event) => {
            const { fallback: _, ...others } = contact;
            const reference = event.currentTarget.value;
            change({
              contact:
                reference === "" ? others : { ...others, fallback: { reference, name: fallback?.name ?? "Counter sales" } },
            });
          }}
        />
        <Checkbox
          label="Remove the .0 that a spreadsheet adds to whole numbers"
          checked={contact.wholeNumbers}
          onChange={(event) => change({ contact: { ...contact, wholeNumbers: event.currentTarget.checked } })}
        />
      </div>
    </Panel>
  );
});

/** The rules, as they are stored. @param onRules must stay the same function */
export const RulesPart = memo(function RulesPart({
  rules,
  isBroken,
  onRules,
}: {
  rules: string;
  isBroken: boolean;
  onRules: (rules: string) => void;
}) {
  return (
    <Panel title="Rules" aside="nominal and tax codes by product, country and date; codes to create; lines to skip" padded>
      <Textarea
        label="Rules, as JSON"
        description="The first rule that fits gives the code. A rule with only a code fits every line."
        autosize
        minRows={6}
        maxRows={24}
        value={rules}
        onChange={(event) => onRules(event.currentTarget.value)}
        error={isBroken ? "This is not valid JSON: a bracket, comma or quotation mark is missing." : undefined}
        classNames={{ input: upload.code }}
      />
    </Panel>
  );
});
