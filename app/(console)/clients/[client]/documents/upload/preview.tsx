import Link from "next/link";
import type { ReactNode } from "react";
import { Amount } from "#components/ui/amount.tsx";
import { DateText, Moment } from "#components/ui/date-text.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { Heads, Panel, PlainTable } from "#components/ui/page.tsx";
import type { FileImportRow } from "#db/queries/file-imports.ts";
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

const ACTIONS = { new: "New", amended: "Amended", unchanged: "Unchanged" } as const;

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
  const holds = state === "asks" ? "What the file would hold by the first answer" : "What the file holds";
  const codes = [...summary.newNominalCodes, ...summary.newTaxCodes];
  return (
    <div className={classes.stack}>
      {state === "refused" && (
        <Notice kind="bad">
          {summary.faults === 1 ? "One fault" : `${figure(summary.faults)} faults`}: nothing of this file can be committed.{" "}
          {faults.every((fault) => fault.fixer === "bookkeeper") && (summary.unknownCodes ?? []).length > 0
            ? "Add the codes that are missing, below, and the file is read on"
            : `Put ${summary.faults === 1 ? "it" : "them"} right where the file comes from, and upload it again`}
          {summary.mayLeaveOut ? "; or leave the faulty lines out, each with the other lines of its document." : "."}
          {summary.stopped && " Reading stopped before the end of the file."}
        </Notice>
      )}
      {summary.leftOut !== null && (
        <Notice kind="warning">
          {summary.leftOut.lines === 1 ? "One line was" : `${figure(summary.leftOut.lines)} lines were`} left out by{" "}
          {summary.leftOut.by}: they stand under Set aside, with their worth.
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
          {undone.by !== null && ` by ${undone.by}`}: what it brought was taken back.
        </Notice>
      )}
      {state === "discarded" && <Notice kind="info">This upload was discarded. Nothing of it was taken.</Notice>}
      {state === "committed" && summary.result !== null && (
        <Notice kind={summary.result.nothingChanged ? "info" : "good"}>
          {resultSentence(summary.result)} <Link href={`${base}/documents`}>Documents</Link> ·{" "}
          <Link href={`${base}/export`}>Export</Link>
        </Notice>
      )}
      {(state === "previewed" || state === "refused") && summary.repeatOf !== null && (
        <Notice kind="warning">
          This very file was committed as {summary.repeatOf.fileName} on{" "}
          <Moment at={summary.repeatOf.committedAt} timeZone={timeZone} locale={locale} /> by {summary.repeatOf.by}
          {summary.repeatOf.changesNothing
            ? ". Taking it again changes nothing."
            : ", with another profile, or without some of its lines. Look at what would be new and amended before you take it again."}
        </Notice>
      )}
      {unknown}
      {questions}
      {headings}
      {summary.records !== null && (
        <Panel title={holds} aside={`${figure(summary.lines)} lines`}>
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
        <Panel title={holds} aside={`${figure(summary.lines)} lines`}>
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
              <dt>Rows of sums</dt>
              <dd>{figure(summary.frame.totals)}, held against the lines; they are none of the file’s money</dd>
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
              <dt>Codes that the commit makes</dt>
              <dd>{codes.join(", ")}</dd>
            </div>
          )}
          {summary.belongAbove !== undefined && summary.belongAbove > 0 && (
            <div>
              <dt>Head of a document once</dt>
              <dd>{belongAbove(summary.belongAbove)}</dd>
            </div>
          )}
          {summary.checked !== undefined && summary.checked.length > 0 && (
            <div>
              <dt>Columns held against what was made</dt>
              <dd>{summary.checked.map(({ heading, is }) => `${heading}: ${is}`).join("; ")}</dd>
            </div>
          )}
          {summary.changesHeld !== undefined && summary.changesHeld.count > 0 && (
            <div>
              <dt>Changes what {packageName} holds</dt>
              <dd>{heldChanges(summary.changesHeld, locale)}</dd>
            </div>
          )}
          {summary.ignored.length > 0 && (
            <div>
              <dt>Columns left out</dt>
              <dd>{summary.ignored.join(", ")}</dd>
            </div>
          )}
          {summary.hiddenColumns && summary.hiddenColumns.length > 0 && (
            <div>
              <dt>Hidden in the workbook, read like the others</dt>
              <dd>{summary.hiddenColumns.join(", ")}</dd>
            </div>
          )}
        </dl>
      </Panel>
      {faults.length > 0 && (
        <Panel
          title={
            state === "asks" ? "Faults by the first answer" : summary.leftOut === null ? "Faults" : "Faults of what was left out"
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
        <Panel title="Proof" aside="net: documents and what is set aside equal the file">
          <PlainTable label="Proof by currency">
            <Heads
              columns={["Currency", "File", "Documents", "Set aside", "Difference"]}
              figures={["File", "Documents", "Set aside", "Difference"]}
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
        <Panel title="Set aside" aside="lines that become no document">
          <PlainTable label="Set aside by reason">
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
          <PlainTable label="Lines set aside">
            <Heads columns={["Line", "Number", "Description", "Reason", "Worth"]} figures={["Line", "Worth"]} />
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
        <Panel title="First documents" aside="in the order of the file">
          <PlainTable label="The first documents of the file">
            <Heads
              columns={["Number", "Type", "Customer or supplier", "Date", "Lines", "Net", "Tax", "Would be"]}
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
        <Panel title="First records" aside="in the order of the file">
          <PlainTable label="The first records of the file">
            <Heads columns={["Reference", "Name", "Would be"]} />
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
