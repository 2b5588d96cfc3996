import { countWords } from "#lib/common/count-words.ts";
import { formatDate } from "#lib/common/dates.ts";
import { formatAmount, formatMoney } from "#lib/common/money.ts";
import { type DocumentKind, KIND_LABELS } from "#lib/common/records.ts";
import { boxWords, plainRate } from "#lib/tax/charged.ts";
import { TAX_LEVEL_LABELS } from "#lib/tax/levels.ts";
import type { LineFault } from "./read-line.ts";
import type { ImportResult, ImportSummary } from "./summary.ts";
import type { TaxDifference } from "./tax-summary.ts";

const PLURALS: Readonly<Record<DocumentKind, string>> = {
  "sales-invoice": "sales invoices",
  bill: "bills",
  "sales-credit-note": "sales credit notes",
  "supplier-credit-note": "supplier credit notes",
};

/** "12 sales invoices", "1 bill". */
function countOf(kind: DocumentKind, count: number): string {
  return `${count.toLocaleString("en-GB")} ${count === 1 ? KIND_LABELS[kind].toLowerCase() : PLURALS[kind]}`;
}

export const ENCODING_LABELS: Readonly<Record<string, string>> = {
  "utf-8": "UTF-8",
  "utf-16le": "UTF-16",
  "utf-16be": "UTF-16 (big-endian)",
  "windows-1252": "Windows-1252",
  xlsx: "Excel workbook",
};

export const SEPARATOR_LABELS: Readonly<Record<string, string>> = { ",": "comma", ";": "semicolon", "\t": "tab" };

export const FIXER_LABELS: Readonly<Record<LineFault["fixer"], string>> = {
  operations: "Operations staff, in the source",
  bookkeeper: "Bookkeeper, here",
};

/** One fault in words: line, column, value, rule, who fixes it. */
export function faultLine({ line, field, value, rule, fixer }: LineFault): string {
  const where = line === 0 ? "The file" : `Line ${line}`;
  const what = [field, value === "" ? "" : `"${value}"`].filter((part) => part !== "").join(" ");
  return `${where}: ${what === "" ? "" : `${what}: `}${rule}. ${FIXER_LABELS[fixer]}.`;
}

/** What came of a commit, in one sentence. */
export function resultSentence(result: ImportResult): string {
  const { documents, contacts, products, records } = result;
  if (result.nothingChanged && records !== null) {
    return `Nothing changed: all ${records.unchanged.toLocaleString("en-GB")} of this file are already here with the same contents.`;
  }
  if (result.nothingChanged) {
    return `Nothing changed: all ${countWords(documents.unchanged, "document")} of this file are already here with the same contents.`;
  }
  const part = (count: number, one: string, many: string) =>
    count === 0 ? [] : [`${count.toLocaleString("en-GB")} ${count === 1 ? one : many}`];
  const parts = [
    ...part(records?.new ?? 0, "new", "new"),
    ...part(records?.amended ?? 0, "amended", "amended"),
    ...part(records?.unchanged ?? 0, "unchanged", "unchanged"),
    ...part(documents.new, "new document", "new documents"),
    ...part(documents.amended, "amended document (a new revision)", "amended documents (new revisions)"),
    ...part(contacts.new, "new contact", "new contacts"),
    ...part(contacts.amended, "amended contact", "amended contacts"),
    ...part(products.new, "new product", "new products"),
    ...part(documents.unchanged, "document unchanged", "documents unchanged"),
    ...part(result.setAside, "line skipped", "lines skipped"),
  ];
  return `Committed: ${parts.join(", ")}.`;
}

/** What is set aside, with its tax. */
export function grossOf(row: { readonly worthMinor: string; readonly taxMinor?: string }): string {
  return (BigInt(row.worthMinor) + BigInt(row.taxMinor ?? "0")).toString();
}

/** "2 lines leave the head blank and belong to the document above". */
export function belongAbove(count: number): string {
  const lines = `${count.toLocaleString("en-GB")} ${count === 1 ? "line leaves" : "lines leave"}`;
  return `${lines} the document's columns blank and ${count === 1 ? "belongs" : "belong"} to the document above`;
}

/** "2 documents: INV-1 GBP 120.00 → 150.00; …": what sending the amended ones changes there. */
export function heldChanges({ count, first }: NonNullable<ImportSummary["changesHeld"]>, locale: string): string {
  const listed = first.slice(0, 5).map((one) => {
    const amount = (minor: string) => formatAmount(BigInt(minor), one.currency, locale);
    const dates =
      one.beforeOn === one.afterOn ? "" : `, ${formatDate(one.beforeOn, locale)} → ${formatDate(one.afterOn, locale)}`;
    return `${one.number} ${one.currency} ${amount(one.beforeMinor)} → ${amount(one.afterMinor)}${dates}`;
  });
  const more = count > listed.length ? `; and ${(count - listed.length).toLocaleString("en-GB")} more` : "";
  return `${count.toLocaleString("en-GB")} ${count === 1 ? "document" : "documents"}: ${listed.join("; ")}${more}`;
}

/** The preview as the command line prints it. */
export function previewLines(summary: ImportSummary, locale: string): string[] {
  const amount = (minor: string, currency: string) => `${currency} ${formatAmount(BigInt(minor), currency, locale)}`;
  const lines = [
    `${countWords(summary.lines, "line")}, read as ${ENCODING_LABELS[summary.encoding] ?? summary.encoding}, ${SEPARATOR_LABELS[summary.separator] ?? summary.separator}-separated, profile "${summary.profileTitle}".`,
  ];
  if (summary.ignored.length > 0) lines.push(`Columns ignored: ${summary.ignored.join(", ")}.`);
  if (summary.changesHeld && summary.changesHeld.count > 0)
    lines.push(`  changes records in the package: ${heldChanges(summary.changesHeld, locale)}`);
  if (summary.hiddenColumns?.length) lines.push(`Hidden columns, also read: ${summary.hiddenColumns.join(", ")}.`);
  for (const { heading, is } of summary.checked ?? []) lines.push(`Column ${heading}: checked against ${is}, and equal to it.`);
  if (summary.belongAbove) lines.push(`${belongAbove(summary.belongAbove)}.`);
  for (const total of summary.documents) {
    lines.push(
      `  ${countOf(total.kind, total.count)}: net ${amount(total.netMinor, total.currency)}, tax ${amount(total.taxMinor, total.currency)}, gross ${amount(total.grossMinor, total.currency)} (${total.new} new, ${total.amended} amended, ${total.unchanged} unchanged)`,
    );
  }
  lines.push(...taxLines(summary, locale).map((line) => `  ${line}`));
  for (const row of summary.setAside) {
    lines.push(
      `  skipped, ${row.reason}: ${row.lines} ${row.lines === 1 ? "line" : "lines"} of ${row.documents} ${row.documents === 1 ? "document" : "documents"}, worth net ${amount(row.worthMinor, row.currency)}${row.taxMinor === undefined ? "" : `, tax ${amount(row.taxMinor, row.currency)}, gross ${amount(grossOf(row), row.currency)}`}`,
    );
  }
  for (const row of summary.proof) {
    lines.push(
      `  control total (net): file ${amount(row.fileMinor, row.currency)} = documents ${amount(row.documentsMinor, row.currency)} + skipped ${amount(row.setAsideMinor, row.currency)}`,
    );
  }
  if (summary.newNominalCodes.length + summary.newTaxCodes.length > 0) {
    lines.push(`  codes to be created: ${[...summary.newNominalCodes, ...summary.newTaxCodes].join(", ")}`);
  }
  return lines;
}

/** What is to be said of the file's tax, a line each: what will be held, what is self-accounted, and what differs within rounding. */
export function taxLines({ tax, taxTaken = [] }: Pick<ImportSummary, "tax" | "taxTaken">, locale: string): string[] {
  if (!tax) return [];
  const show = (minor: string, currency: string) => formatMoney(BigInt(minor), currency, locale);
  const difference = (one: TaxDifference) =>
    `line ${one.line}, ${KIND_LABELS[one.kind].toLowerCase()} ${one.number}, tax code ${one.code} (${plainRate(one.charged)}%): ${show(one.taxMinor, one.currency)} on the document, ${show(one.expectedMinor, one.currency)} charged on ${show(one.netMinor, one.currency)}`;
  const more = (of: { count: number; first: readonly unknown[] }) =>
    of.count > of.first.length ? [`and ${(of.count - of.first.length).toLocaleString(locale)} more`] : [];
  return [
    ...taxTaken.map(
      (one) =>
        `no tax code in the file: ${one.lines.toLocaleString(locale)} ${one.lines === 1 ? "line takes" : "lines take"} ${one.code} (${one.rate}%) from ${TAX_LEVEL_LABELS[one.level].toLowerCase()}, net ${one.net.map(({ currency, minor }) => show(minor, currency)).join(" and ")}`,
    ),
    ...tax.held.first.map((one) => `will be held: ${difference(one)}`),
    ...more(tax.held),
    ...tax.selfAccounted.map(
      (one) =>
        `self-accounted: tax code ${one.code} (${one.label.toLowerCase()}): ${one.vatMinor === null ? "at the package’s rate" : show(one.vatMinor, one.currency)} in ${boxWords(one.vatBoxes)}, net ${show(one.netMinor, one.currency)} in ${boxWords(one.netBoxes)}; not charged`,
    ),
    ...tax.pennies.first.map((one) => `within rounding, sent unchanged: ${difference(one)}`),
    ...more(tax.pennies),
  ];
}
