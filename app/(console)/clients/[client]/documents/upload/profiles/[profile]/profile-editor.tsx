"use client";

import { Button, Checkbox, NumberInput, Select, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import { Panel } from "#components/ui/page.tsx";
import { DOCUMENT_KINDS, KIND_LABELS } from "#lib/common/records.ts";
import { DATE_FORMATS, FIELDS_OF, FILE_KIND_LABELS, FILE_KINDS } from "#lib/operational/fields.ts";
import type { ImportProfile } from "#lib/operational/profile.ts";
import { deleteImportProfile, saveImportProfile } from "../../../actions.ts";
import classes from "../../../records.module.css";
import upload from "../../upload.module.css";
import { ColumnFields } from "./column-fields.tsx";
import { LivePreview } from "./live-preview.tsx";

/** The parts that are rules and lists: shown as they are stored, for whoever needs more than one default. */
const RULES = ["nominalRules", "taxRules", "nominalCodes", "taxCodes", "setAside"] as const;

function rulesText(profile: ImportProfile): string {
  return JSON.stringify(Object.fromEntries(RULES.map((part) => [part, profile[part]])), null, 2);
}

function rulesOf(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

/** Edits a profile and shows, line by line, how a sample would be understood by it. */
export function ProfileEditor({
  clientSlug,
  locale,
  start,
  isNew,
}: {
  clientSlug: string;
  locale: string;
  start: ImportProfile;
  isNew: boolean;
}) {
  const router = useRouter();
  const [profile, setProfile] = useState(start);
  const [rules, setRules] = useState(() => rulesText(start));
  const [headers, setHeaders] = useState<readonly string[]>([]);
  const [error, setError] = useState<string | null>(null);
  const [busy, begin] = useTransition();
  const change = (part: Partial<ImportProfile>) => setProfile((now) => ({ ...now, ...part }));
  const parsed = rulesOf(rules);
  const definition = { ...profile, ...parsed };
  const base = `/clients/${clientSlug}/documents/upload/profiles`;

  const save = () =>
    begin(async () => {
      setError(null);
      if (parsed === null) return setError("The rules are not written as JSON: a bracket, comma or quotation mark is missing.");
      const answer = await saveImportProfile({ clientId: clientSlug, profile: definition, isNew });
      if (!answer.ok) return setError(answer.error.message);
      router.push(base);
      router.refresh();
    });
  const remove = () =>
    begin(async () => {
      const answer = await deleteImportProfile({ clientId: clientSlug, name: start.name });
      if (!answer.ok) return setError(answer.error.message);
      router.push(base);
      router.refresh();
    });

  const { kinds } = profile;
  const typed = (kind: (typeof DOCUMENT_KINDS)[number]) =>
    kinds.by === "column" ? Object.entries(kinds.values).flatMap(([word, is]) => (is === kind ? [word] : [])) : [];
  const fallback = profile.contact.fallback;
  return (
    <div className={classes.stack}>
      <Panel title="The profile" padded>
        <div className={upload.fields}>
          <TextInput label="Title" value={profile.title} onChange={(event) => change({ title: event.currentTarget.value })} />
          <TextInput
            label="Name"
            inputWrapperOrder={["label", "input", "description"]}
            description="Lower-case letters, digits and hyphens: how commands call it."
            value={profile.name}
            readOnly={!isNew}
            onChange={(event) => change({ name: event.currentTarget.value })}
          />
          <Select
            label="Its lines are"
            data={FILE_KINDS.map((kind) => ({ value: kind, label: FILE_KIND_LABELS[kind] }))}
            value={profile.kind}
            allowDeselect={false}
            onChange={(value) => {
              const kind = FILE_KINDS.find((one) => one === value) ?? profile.kind;
              const kept = Object.entries(profile.columns).filter(([field]) => FIELDS_OF[kind].some((one) => one === field));
              change({ kind, columns: Object.fromEntries(kept) });
            }}
          />
          <TextInput
            label="Description"
            value={profile.description}
            onChange={(event) => change({ description: event.currentTarget.value })}
          />
        </div>
      </Panel>
      <LivePreview
        clientSlug={clientSlug}
        locale={locale}
        definition={parsed === null ? null : definition}
        onHeaders={setHeaders}
      />
      <Panel title="Columns" aside="by their headings, compared without capitals, spaces and punctuation">
        <ColumnFields
          kind={profile.kind}
          columns={profile.columns}
          headers={headers}
          onChange={(columns) => change({ columns })}
        />
      </Panel>
      <Panel title="How it is written" padded>
        <div className={upload.fields}>
          <Select
            label="Encoding"
            data={[
              { value: "detect", label: "As the file shows" },
              { value: "utf-8", label: "UTF-8" },
              { value: "utf-16le", label: "UTF-16" },
              { value: "windows-1252", label: "Windows-1252" },
            ]}
            value={profile.encoding}
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
              { value: "detect", label: "As the file shows" },
              { value: ",", label: "Comma" },
              { value: ";", label: "Semicolon" },
              { value: "\t", label: "Tab" },
            ]}
            value={profile.separator}
            allowDeselect={false}
            onChange={(value) =>
              change({ separator: (["detect", ",", ";", "\t"] as const).find((one) => one === value) ?? "detect" })
            }
          />
          <Select
            label="Decimals after"
            data={[
              { value: "detect", label: "As the file shows" },
              { value: ".", label: "Point: 1,234.50" },
              { value: ",", label: "Comma: 1.234,50" },
            ]}
            value={profile.decimalMark}
            allowDeselect={false}
            onChange={(value) =>
              change({ decimalMark: (["detect", ".", ","] as const).find((one) => one === value) ?? "detect" })
            }
          />
          <TagsInput
            label="Dates"
            description="In this order: the first that reads the text wins."
            data={[...DATE_FORMATS]}
            value={profile.dateFormats}
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
      {profile.kind === "documents" && (
        <Panel title="How lines make documents" padded>
          <div className={upload.fields}>
            <Select
              label="What a document is"
              data={[
                { value: "column", label: "Its type column says" },
                { value: "number", label: "All are sales invoices, but for credit notes" },
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
                { value: "either", label: "Either way" },
                { value: "negative", label: "Below zero" },
                { value: "positive", label: "Above zero" },
              ]}
              value={profile.creditNoteAmounts}
              allowDeselect={false}
              onChange={(value) =>
                change({
                  creditNoteAmounts: (["either", "negative", "positive"] as const).find((one) => one === value) ?? "either",
                })
              }
            />
            <Select
              label="Lines with a blank head"
              data={[
                { value: "detect", label: "Belong to the document above" },
                { value: "no", label: "Are faults" },
              ]}
              value={profile.headOnce}
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
              label="Status of what was voided or deleted"
              value={profile.voidStatuses}
              onChange={(voidStatuses) => change({ voidStatuses })}
            />
            <TagsInput
              label="Columns of amounts that are not used"
              description="Amounts that are none of a document's money, such as what was paid of it."
              data={[...new Set(headers.filter((header) => header !== ""))]}
              value={profile.notUsed}
              onChange={(notUsed) => change({ notUsed })}
            />
            <TagsInput
              label="Product codes that are charges, no products"
              description="A star at the end stands for anything that follows."
              value={profile.product.notProducts}
              onChange={(notProducts) => change({ product: { ...profile.product, notProducts } })}
            />
          </div>
        </Panel>
      )}
      <Panel title="Where the file says nothing" padded>
        <div className={upload.fields}>
          <TextInput
            label="Currency"
            value={profile.currency}
            onChange={(event) => change({ currency: event.currentTarget.value.toUpperCase() })}
          />
          <NumberInput
            label="Days until a document is due"
            min={0}
            max={365}
            value={profile.dueDays}
            onChange={(value) => change({ dueDays: typeof value === "number" ? value : 30 })}
          />
          <TextInput
            label="Name of a customer without one"
            description="{reference} stands for their number."
            value={profile.contact.nameTemplate}
            onChange={(event) => change({ contact: { ...profile.contact, nameTemplate: event.currentTarget.value } })}
          />
          <TextInput
            label="Customer of a sale that names none"
            description="Its reference, such as COUNTER; blank makes such a line a fault."
            value={fallback?.reference ?? ""}
            onChange={(event) => {
              const { fallback: _, ...others } = profile.contact;
              const reference = event.currentTarget.value;
              change({
                contact:
                  reference === "" ? others : { ...others, fallback: { reference, name: fallback?.name ?? "Counter sales" } },
              });
            }}
          />
          <Checkbox
            label="Leave out the .0 that a spreadsheet puts behind whole numbers"
            checked={profile.contact.wholeNumbers}
            onChange={(event) => change({ contact: { ...profile.contact, wholeNumbers: event.currentTarget.checked } })}
          />
        </div>
      </Panel>
      {profile.kind === "documents" && (
        <Panel title="Rules" aside="nominal and tax codes by product, country and date; codes to make; what is set aside" padded>
          <Textarea
            label="Rules, as JSON"
            description="The first rule that fits gives the code; a rule that names nothing but its code fits every line."
            autosize
            minRows={6}
            maxRows={24}
            value={rules}
            onChange={(event) => setRules(event.currentTarget.value)}
            error={parsed === null ? "This is no JSON: a bracket, comma or quotation mark is missing." : undefined}
            classNames={{ input: upload.code }}
          />
        </Panel>
      )}
      {error !== null && <Notice kind="bad">{error}</Notice>}
      <div className={upload.buttons}>
        <Button onClick={save} loading={busy}>
          Save profile
        </Button>
        <Button variant="default" onClick={() => router.push(base)} disabled={busy}>
          Cancel
        </Button>
        {!isNew && (
          <Button variant="default" color="red" onClick={remove} disabled={busy}>
            Delete profile
          </Button>
        )}
      </div>
    </div>
  );
}
