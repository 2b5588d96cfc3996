"use client";

import { FileInput, Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { memo, useEffect, useMemo, useState } from "react";
import { Amount } from "#components/ui/amount.tsx";
import { DateText } from "#components/ui/date-text.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { Heads, Panel, PlainTable } from "#components/ui/page.tsx";
import { KIND_LABELS, RECORD_KINDS } from "#lib/common/records.ts";
import { FILE_KIND_LABELS, FILE_KINDS } from "#lib/operational/fields.ts";
import { ENCODING_LABELS, SEPARATOR_LABELS } from "#lib/operational/report.ts";
import type { Tried } from "#lib/operational/try-profile.ts";
import classes from "../../../records.module.css";
import upload from "../../upload.module.css";

/** As much of a text file as its first lines can need; a workbook cannot be cut. */
const HEAD_BYTES = 256 * 1024;
const DELAY_MS = 600;

function labelOf(kind: string): string {
  const record = RECORD_KINDS.find((one) => one === kind);
  const file = FILE_KINDS.find((one) => one === kind);
  return record ? KIND_LABELS[record] : file ? FILE_KIND_LABELS[file] : kind;
}

/** A sample's first lines as the profile, as it stands on the screen, understands them. */
export function LivePreview({
  clientSlug,
  locale,
  definition,
  isNew,
  onHeaders,
}: {
  clientSlug: string;
  locale: string;
  definition: Readonly<Record<string, unknown>> | null;
  /** A profile that is not saved yet: nothing was answered under its name. */
  isNew: boolean;
  onHeaders: (headers: readonly string[]) => void;
}) {
  const [file, setFile] = useState<File | null>(null);
  const [sheet, setSheet] = useState<string | null>(null);
  const [tried, setTried] = useState<Tried | null>(null);
  const [error, setError] = useState<string | null>(null);
  // What a profile is called reads no line otherwise: typing it asks for no other preview.
  const asItReads = useMemo(
    () =>
      definition === null
        ? null
        : JSON.stringify({ ...definition, ...(isNew ? { name: "preview" } : {}), title: "Preview", description: "" }),
    [definition, isNew],
  );
  const [text] = useDebouncedValue(asItReads, DELAY_MS);

  useEffect(() => {
    if (file === null || text === null) return;
    const away = new AbortController();
    const isCut = !file.name.toLowerCase().endsWith(".xlsx") && file.size > HEAD_BYTES;
    const data = new FormData();
    data.set("profile", text);
    if (sheet !== null) data.set("sheet", sheet);
    if (isCut) data.set("cut", "1");
    data.set("sample", isCut ? file.slice(0, HEAD_BYTES) : file, file.name);
    fetch(`/api/clients/${clientSlug}/profile-preview`, { method: "POST", body: data, signal: away.signal })
      .then(async (response) => {
        const answer: unknown = await response.json();
        if (response.ok) {
          const next = answer as Tried;
          setTried(next);
          setError(null);
          onHeaders(next.headers);
        } else {
          const { error: refused } = answer as { error?: { message?: string } };
          setError(refused?.message ?? "The sample could not be read.");
        }
      })
      .catch(() => {
        if (!away.signal.aborted) setError("The console could not be reached.");
      });
    return () => away.abort();
  }, [file, sheet, text, clientSlug, onHeaders]);

  return (
    <Panel title="Live preview" aside="the first lines of a sample; nothing is saved">
      <div className={upload.sample}>
        <FileInput
          label="Sample"
          placeholder="A CSV file or a workbook"
          accept=".csv,.txt,.tsv,.xlsx"
          value={file}
          clearable
          clearButtonProps={{ "aria-label": "Remove the file" }}
          onChange={(next) => {
            setFile(next);
            setSheet(null);
            setTried(null);
            setError(null);
          }}
        />
        {tried !== null && tried.sheets.length > 1 && (
          <Select
            label="Sheet"
            data={[...tried.sheets]}
            value={sheet ?? tried.sheets[0] ?? null}
            allowDeselect={false}
            onChange={setSheet}
          />
        )}
      </div>
      <div aria-live="polite" className={upload.said}>
        {error !== null && <Notice kind="bad">{error}</Notice>}
        {tried !== null && error === null && (
          <p>
            Read as {ENCODING_LABELS[tried.encoding] ?? tried.encoding}
            {tried.encoding === "xlsx" ? "" : `, ${SEPARATOR_LABELS[tried.separator] ?? tried.separator}`}, decimals after “
            {tried.decimalMark}”.
            {tried.missing.length > 0 && <strong> Columns not found: {tried.missing.join(", ")}.</strong>}
            {tried.ignored.length > 0 && ` Left out: ${tried.ignored.join(", ")}.`}
          </p>
        )}
      </div>
      {tried !== null && error === null && tried.questions.length > 0 && <Asked questions={tried.questions} />}
      {tried !== null && tried.lines.length > 0 && <TriedLines lines={tried.lines} locale={locale} />}
    </Panel>
  );
}

/** Questions about the file: an upload stands still there until somebody answers. */
const Asked = memo(function Asked({ questions }: { questions: Tried["questions"] }) {
  return (
    <section className={upload.asked} aria-label="Questions about the file">
      <p>{questions.length === 1 ? "One question about the file:" : `The file would ask ${questions.length} questions:`}</p>
      <ul>
        {questions.map((question) => (
          <li key={question.id}>
            <strong>{question.text}</strong> {question.why}
            <ul>
              {question.options.map((option) => (
                <li key={option.value}>
                  {option.label}
                  {option.comesTo !== "" && <span className={classes.dim}>: {option.comesTo}</span>}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </section>
  );
});

const TriedLines = memo(function TriedLines({ lines, locale }: { lines: Tried["lines"]; locale: string }) {
  return (
    <PlainTable label="Lines of the sample">
      <Heads
        columns={["Line", "Is", "Number", "Date", "Customer, supplier or name", "Codes", "Net", "Tax", "Says"]}
        figures={["Line", "Net", "Tax"]}
      />
      <tbody>
        {lines.map((line) => (
          <tr key={line.line}>
            <th scope="row" data-align="end">
              {line.line}
            </th>
            <td>{labelOf(line.is)}</td>
            <td>{line.number}</td>
            <td>{line.date !== null && <DateText date={line.date} locale={locale} />}</td>
            <td>{line.party}</td>
            <td>{line.codes}</td>
            <td data-align="end">
              {line.netMinor !== null && line.currency !== null && (
                <Amount minor={line.netMinor} currency={line.currency} locale={locale} withCurrency />
              )}
            </td>
            <td data-align="end">
              {line.taxMinor !== null && line.currency !== null && (
                <Amount minor={line.taxMinor} currency={line.currency} locale={locale} />
              )}
            </td>
            <td className={upload.reason}>
              {line.faults.length > 0 ? (
                <span className={upload.fault}>
                  {line.faults.map(({ field, value, rule }) => `${field} ${value === "" ? "" : `“${value}” `}${rule}`).join("; ")}
                </span>
              ) : (
                (line.setAside ?? <span className={classes.dim}>understood</span>)
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </PlainTable>
  );
});
