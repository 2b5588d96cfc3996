import Link from "next/link";
import type { ReactNode } from "react";
import { Amount } from "#components/ui/amount.tsx";
import { DateText, Moment } from "#components/ui/date-text.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { Heads, Panel, PlainTable } from "#components/ui/page.tsx";
import type { FileImportRow } from "#db/queries/file-imports.ts";
import { countWords } from "#lib/common/count-words.ts";
import { KIND_LABELS, signOf } from "#lib/common/records.ts";
import { FILE_KIND_LABELS } from "#lib/operational/fields.ts";
import type { LineFault } from "#lib/operational/read-line.ts";
import {
  belongAbove,
  ENCODING_LABELS,
  FIXER_LABELS,
  grossOf,
  heldChanges,
  resultSentence,
  SEPARATOR_LABELS,
} from "#lib/operational/report.ts";
import type { ImportSummary } from "#lib/operational/summary.ts";
import { WhatThisMeans } from "../../export/what-this-means.tsx";
import classes from "../records.module.css";
import { TaxNotes } from "./tax-notes.tsx";
import upload from "./upload.module.css";

const ACTIONS = { new: "Create", amended: "Update", unchanged: "None" } as const;

/** What a commit would do, or what it did: totals, proof, faults by line, what is set aside, and the first documents. */
export function Preview({
  summary,
  state,
  faults,
  base,
  locale,
  packageName,
  timeZone,
  undone,
  questions,
  headings,
  unknown,
  decide,
}: {
  summary: ImportSummary;
  state: FileImportRow["state"];
  faults: readonly LineFault[];
  base: string;
  locale: string;
  packageName: string;
  timeZone: string;
  /** When and by whom it was taken back; null while it was not. */
  undone: { readonly at: Date | null; readonly by: string | null } | null;
  /** What only a person can answer, and what was answered: above the totals that hang on it. */
  questions: ReactNode;
  /** Where the headings stand, and a way to say that they stand elsewhere. */
  headings: ReactNode;
  /** Codes that the file lacks, to be made here. */
  unknown: ReactNode;
  decide: ReactNode;
}) {
  const figure = (count: number) => new Intl.NumberFormat(locale).format(count);
  const holds = state === "asks" ? "Contents with the first answers" : "Contents of the file";
  const codes = [...summary.newNominalCodes, ...summary.newTaxCodes];
  return (
    <div className={classes.stack}>
      {state === "refused" && (
        <Notice kind="bad">
          {summary.faults === 1 ? "One fault" : `${figure(summary.faults)} faults`}: this file can't be committed.{" "}
          {faults.every((fault) => fault.fixer === "bookkeeper") && (summary.unknownCodes ?? []).length > 0
            ? "Add the missing codes below and the file will be read again"
            : `Correct ${summary.faults === 1 ? "it" : "them"} where the file comes from, and upload it again`}
          {summary.mayLeaveOut ? ", or skip the faulty documents and continue." : "."}
          {summary.stopped && " Reading stopped before the end of the file."}
        </Notice>
      )}
      {summary.leftOut !== null && (
        <Notice kind="warning">
          {summary.leftOut.lines === 1 ? "One line was" : `${figure(summary.leftOut.lines)} lines were`} skipped by{" "}
          {summary.leftOut.by}: see Skipped lines.
        </Notice>
      )}
      {undone !== null && (
        <Notice kind="info">
          This upload was undone
          {undone.at !== null && (
            <>
              {" "}
              on <Moment at={undone.at} timeZone={timeZone} locale={locale} />
            </>
          )}
          {undone.by !== null && ` by ${undone.by}`}: its records were removed.
        </Notice>
      )}
      {state === "discarded" && <Notice kind="info">This upload was discarded. Nothing was imported.</Notice>}
      {state === "committed" && summary.result !== null && (
        <Notice kind={summary.result.nothingChanged ? "info" : "good"}>
          {resultSentence(summary.result)} <Link href={`${base}/documents`}>Documents</Link> ·{" "}
          <Link href={`${base}/export`}>Export</Link>
        </Notice>
      )}
      {(state === "previewed" || state === "refused") && summary.repeatOf !== null && (
        <Notice kind="warning">
          This file was already committed as {summary.repeatOf.fileName} on{" "}
          <Moment at={summary.repeatOf.committedAt} timeZone={timeZone} locale={locale} /> by {summary.repeatOf.by}
          {summary.repeatOf.changesNothing
            ? ". Committing it again would change nothing."
            : ", with another profile or with some lines skipped. Check what is new and amended before you commit it again."}
        </Notice>
      )}
      {unknown}
      {questions}
      {headings}
      {summary.records !== null && (
        <Panel title={holds} aside={countWords(summary.lines, "line", locale)}>
          <PlainTable label="Records of the file">
            <Heads columns={["Type", "New", "Amended", "Unchanged"]} figures={["New", "Amended", "Unchanged"]} />
            <tbody>
              <tr>
                <th scope="row">{FILE_KIND_LABELS[summary.kind]}</th>
                <td data-align="end">{figure(summary.records.new)}</td>
                <td data-align="end">{figure(summary.records.amended)}</td>
                <td data-align="end">{figure(summary.records.unchanged)}</td>
              </tr>
            </tbody>
          </PlainTable>
        </Panel>
      )}
      {summary.records === null && (
        <Panel title={holds} aside={countWords(summary.lines, "line", locale)}>
          <PlainTable label="Documents by type and currency">
            <Heads
              columns={["Type", "Documents", "New", "Amended", "Unchanged", "Net", "Tax", "Gross"]}
              figures={["Documents", "New", "Amended", "Unchanged", "Net", "Tax", "Gross"]}
            />
            <tbody>
              {summary.documents.map((total) => {
                const money = (minor: string) => (
                  <Amount minor={signOf(total.kind) * BigInt(minor)} currency={total.currency} locale={locale} withCurrency />
                );
                return (
                  <tr key={`${total.kind} ${total.currency}`}>
                    <th scope="row">{KIND_LABELS[total.kind]}</th>
                    <td data-align="end">{figure(total.count)}</td>
                    <td data-align="end">{figure(total.new)}</td>
                    <td data-align="end">{figure(total.amended)}</td>
                    <td data-align="end">{figure(total.unchanged)}</td>
                    <td data-align="end">{money(total.netMinor)}</td>
                    <td data-align="end">{money(total.taxMinor)}</td>
                    <td data-align="end">{money(total.grossMinor)}</td>
                  </tr>
                );
              })}
            </tbody>
          </PlainTable>
        </Panel>
      )}
      <TaxNotes summary={summary} locale={locale} />
      <Panel title="How it was read" padded>
        <dl className={classes.facts}>
          <div>
            <dt>Profile</dt>
            <dd>{summary.profileTitle}</dd>
          </div>
          <div>
            <dt>Encoding and separator</dt>
            <dd>
              {ENCODING_LABELS[summary.encoding] ?? summary.encoding},{" "}
              {summary.sheet !== null ? `sheet “${summary.sheet}”` : (SEPARATOR_LABELS[summary.separator] ?? summary.separator)},
              decimals after “{summary.decimalMark}”
            </dd>
          </div>
          {summary.frame !== undefined && summary.frame.headerLine > 1 && (
            <div>
              <dt>Headings</dt>
              <dd>in line {figure(summary.frame.headerLine)}</dd>
            </div>
          )}
          {summary.frame !== undefined && summary.frame.totals > 0 && (
            <div>
              <dt>Total rows</dt>
              <dd>{figure(summary.frame.totals)}, checked against the lines and not imported</dd>
            </div>
          )}
          {summary.records === null && (
            <>
              <div>
                <dt>Contacts</dt>
                <dd>
                  {figure(summary.contacts.new)} new, {figure(summary.contacts.amended)} amended
                </dd>
              </div>
              <div>
                <dt>Products</dt>
                <dd>{figure(summary.products.new)} new</dd>
              </div>
            </>
          )}
          {codes.length > 0 && (
            <div>
              <dt>Codes that will be created</dt>
              <dd>{codes.join(", ")}</dd>
            </div>
          )}
          {summary.belongAbove !== undefined && summary.belongAbove > 0 && (
            <div>
              <dt>Blank document heads</dt>
              <dd>{belongAbove(summary.belongAbove)}</dd>
            </div>
          )}
          {summary.checked !== undefined && summary.checked.length > 0 && (
            <div>
              <dt>Columns checked</dt>
              <dd>{summary.checked.map(({ heading, is }) => `${heading}: ${is}`).join("; ")}</dd>
            </div>
          )}
          {summary.changesHeld !== undefined && summary.changesHeld.count > 0 && (
            <div>
              <dt>Changes in {packageName}</dt>
              <dd>{heldChanges(summary.changesHeld, locale)}</dd>
            </div>
          )}
          {summary.ignored.length > 0 && (
            <div>
              <dt>Columns ignored</dt>
              <dd>{summary.ignored.join(", ")}</dd>
            </div>
          )}
          {summary.hiddenColumns && summary.hiddenColumns.length > 0 && (
            <div>
              <dt>Hidden columns, also read</dt>
              <dd>{summary.hiddenColumns.join(", ")}</dd>
            </div>
          )}
        </dl>
      </Panel>
      {faults.length > 0 && (
        <Panel
          title={
            state === "asks"
              ? "Faults with the first answers"
              : summary.leftOut === null
                ? "Faults"
                : "Faults of the skipped lines"
          }
          aside={
            faults.length < summary.faults
              ? `the first ${figure(faults.length)} of ${figure(summary.faults)}`
              : figure(summary.faults)
          }
        >
          <PlainTable label="Faults by line">
            <Heads columns={["Line", "Column", "Value", "Rule", "Who fixes it"]} figures={["Line"]} />
            <tbody>
              {faults.map((fault, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the list is drawn once and has no other key
                <tr key={index}>
                  <th scope="row" data-align="end">
                    {fault.line === 0 ? "File" : fault.line}
                  </th>
                  <td>{fault.field}</td>
                  <td>{fault.value === "" ? <span className={classes.dim}>blank</span> : fault.value}</td>
                  <td className={upload.reason}>
                    {fault.rule}
                    {fault.code !== undefined && (
                      <>
                        {" "}
                        <WhatThisMeans code={fault.code} wording={{ packageName, base }} />
                      </>
                    )}
                  </td>
                  <td>{FIXER_LABELS[fault.fixer]}</td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        </Panel>
      )}
      {state !== "refused" && state !== "asks" && summary.proof.length > 0 && (
        <Panel title="Control total (net)" aside="file = documents + skipped">
          <PlainTable label="Control total by currency">
            <Heads
              columns={["Currency", "File", "Documents", "Skipped", "Difference"]}
              figures={["File", "Documents", "Skipped", "Difference"]}
            />
            <tbody>
              {summary.proof.map((row) => (
                <tr key={row.currency}>
                  <th scope="row">{row.currency}</th>
                  {([row.fileMinor, row.documentsMinor, row.setAsideMinor, row.differenceMinor] as const).map((minor, at) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: four fixed columns
                    <td key={at} data-align="end">
                      <Amount minor={minor} currency={row.currency} locale={locale} />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </PlainTable>
        </Panel>
      )}
      {summary.setAside.length > 0 && (
        <Panel title="Skipped lines" aside="not imported">
          <PlainTable label="Skipped by reason">
            <Heads
              columns={["Reason", "Documents", "Lines", "Net", "Tax", "Gross"]}
              figures={["Documents", "Lines", "Net", "Tax", "Gross"]}
            />
            <tbody>
              {summary.setAside.map((row) => (
                <tr key={`${row.reason} ${row.currency}`}>
                  <th scope="row" className={upload.reason}>
                    {row.reason}
                  </th>
                  <td data-align="end">{figure(row.documents)}</td>
                  <td data-align="end">{figure(row.lines)}</td>
                  <td data-align="end">
                    <Amount minor={row.worthMinor} currency={row.currency} locale={locale} withCurrency />
                  </td>
                  <td data-align="end">
                    {row.taxMinor !== undefined && <Amount minor={row.taxMinor} currency={row.currency} locale={locale} />}
                  </td>
                  <td data-align="end">
                    {row.taxMinor !== undefined && <Amount minor={grossOf(row)} currency={row.currency} locale={locale} />}
                  </td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
          <PlainTable label="First skipped lines">
            <Heads columns={["Line", "Number", "Description", "Reason", "Amount"]} figures={["Line", "Amount"]} />
            <tbody>
              {summary.setAsideFirst.map((row) => (
                <tr key={row.line}>
                  <th scope="row" data-align="end">
                    {row.line}
                  </th>
                  <td>{row.number}</td>
                  <td>{row.description}</td>
                  <td className={upload.reason}>{row.reason}</td>
                  <td data-align="end">
                    <Amount minor={row.worthMinor} currency={row.currency} locale={locale} withCurrency />
                  </td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        </Panel>
      )}
      {summary.first.length > 0 && (
        <Panel title="First documents" aside="in file order">
          <PlainTable label="The first documents of the file">
            <Heads
              columns={["Number", "Type", "Customer or supplier", "Date", "Lines", "Net", "Tax", "Action"]}
              figures={["Lines", "Net", "Tax"]}
            />
            <tbody>
              {summary.first.map((row) => (
                <tr key={`${row.kind} ${row.number} ${row.contactReference}`}>
                  <th scope="row">{row.number}</th>
                  <td>{KIND_LABELS[row.kind]}</td>
                  <td>{row.contactName ?? row.contactReference}</td>
                  <td>
                    <DateText date={row.issuedOn} locale={locale} />
                  </td>
                  <td data-align="end">{figure(row.lines)}</td>
                  <td data-align="end">
                    <Amount
                      minor={signOf(row.kind) * BigInt(row.netMinor)}
                      currency={row.currency}
                      locale={locale}
                      withCurrency
                    />
                  </td>
                  <td data-align="end">
                    <Amount minor={signOf(row.kind) * BigInt(row.taxMinor)} currency={row.currency} locale={locale} />
                  </td>
                  <td>{ACTIONS[row.action]}</td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        </Panel>
      )}
      {summary.firstRecords.length > 0 && (
        <Panel title="First records" aside="in file order">
          <PlainTable label="The first records of the file">
            <Heads columns={["Reference", "Name", "Action"]} />
            <tbody>
              {summary.firstRecords.map((row) => (
                <tr key={row.reference}>
                  <th scope="row">{row.reference}</th>
                  <td>{row.name}</td>
                  <td>{ACTIONS[row.action]}</td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        </Panel>
      )}
      {decide}
    </div>
  );
}
