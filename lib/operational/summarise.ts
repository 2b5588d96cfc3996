import type { ClientScope, ScopedDb } from "#db/client.ts";
import { type FileImportRow, listCodes } from "#db/queries/imports/file-imports.ts";
import { countContacts, listUses } from "#db/queries/imports/import-commit.ts";
import {
  groupDocuments,
  listDocumentFaults,
  listStagedDocuments,
  listStagedSetAside,
  sumDocuments,
} from "#db/queries/imports/import-documents.ts";
import { listHeldChanges } from "#db/queries/imports/import-numbers.ts";
import { countRecords, listDoubledRecords, listFirstRecords } from "#db/queries/imports/import-records.ts";
import { isCreditNote } from "#lib/common/records.ts";
import type { Field } from "./fields.ts";
import { judgeJournals } from "./journal-file.ts";
import { judgeNumbers } from "./numbers-again.ts";
import { judgePayments } from "./payment-file.ts";
import type { ImportProfile } from "./profile.ts";
import type { Asking } from "./questions.ts";
import type { LineFault } from "./read-line.ts";
import { isRecordFile } from "./read-record.ts";
import { placed } from "./records.ts";
import type { ImportSummary, Proof } from "./summary.ts";
import { SUMMARY_QUESTIONS } from "./summary-questions.ts";
import { summariseTax, taxCodesFor } from "./tax-summary.ts";

export const MAX_FAULTS = 10_000;
const SHOWN = 20;
const SHOWN_SET_ASIDE = 200;

/** What is known of an upload from the reading of it alone. */
export type Reading = Pick<
  ImportSummary,
  | "encoding"
  | "sheet"
  | "separator"
  | "decimalMark"
  | "headers"
  | "ignored"
  | "hiddenColumns"
  | "lines"
  | "stopped"
  | "repeatOf"
  | "leftOut"
  | "frame"
  | "belongAbove"
  | "checked"
  | "unknownCodes"
  | "taxTaken"
> & {
  /** Net by currency, added up line by line while the file was read; minor units. */
  readonly totals: ReadonlyMap<string, bigint>;
  /** A line carries another tax than its code charges, or may be given another by its document's. */
  readonly taxIsOff?: boolean;
  /** Faults that the reading found. */
  readonly faults: readonly LineFault[];
};

/**
 * Puts the staged lines together and says what a commit would do; the faults of single lines and of whole documents come with it, by line.
 *
 * @throws {Error} when the proof of a file without faults does not come to the penny: a bug of ours
 */
export async function summarise(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  profile: ImportProfile,
  reading: Reading,
  asking: Asking,
): Promise<{ summary: ImportSummary; faults: LineFault[] }> {
  const faults = [...reading.faults];
  const { totals, faults: _, taxIsOff = false, ...read } = reading;
  const { totals: setAside, first: setAsideFirst } = await asideOf(db, scope, importId, profile, faults, reading.headers, asking);
  const parts =
    profile.kind === "documents"
      ? await ofDocuments(db, scope, importId, profile, asking, taxIsOff)
      : await ofRecords(db, scope, importId, profile, faults, reading.headers);
  if (!reading.stopped) for (const ask of SUMMARY_QUESTIONS) await ask(db, scope, { importId, profile, asking });
  const summary: ImportSummary = {
    kind: profile.kind,
    profileTitle: profile.title,
    profileVersion: profile.version,
    ...read,
    ...parts,
    setAside,
    setAsideFirst,
    proof: profile.kind === "documents" ? proofOf(totals, parts.documents, setAside) : [],
    faults: faults.length,
    mayLeaveOut: faults.length > 0 && !reading.stopped && faults.every((fault) => fault.line > 0 && !isHeadFault(fault)),
    questions: asking.open,
    settled: asking.settled,
    forgotten: asking.forgotten,
    headingsPrint: asking.headings,
    result: null,
  };
  if (faults.length === 0 && summary.proof.some((row) => row.differenceMinor !== "0")) {
    throw new Error(`upload ${importId}: documents and what was set aside do not equal the file`);
  }
  faults.sort((a, b) => a.line - b.line);
  return { summary, faults: faults.slice(0, MAX_FAULTS) };
}

const HEAD_RULES = ["the column is missing; the headers found are beside this", "the column appears twice"] as const;

/** Faults of the headers, of which no line can be left out. */
export function headFaults(layout: {
  readonly headers: readonly string[];
  readonly missing: readonly string[];
  readonly doubled: readonly string[];
  readonly headerLine: number;
}): LineFault[] {
  const value = layout.headers.slice(0, 30).join(", ");
  const fault = (field: string, rule: string): LineFault => ({
    line: layout.headerLine,
    field,
    value,
    rule,
    fixer: "operations",
  });
  return [
    ...layout.missing.map((header) => fault(header, HEAD_RULES[0])),
    ...[...new Set(layout.doubled)].map((header) => fault(header, HEAD_RULES[1])),
  ];
}

function isHeadFault(fault: LineFault): boolean {
  return HEAD_RULES.some((rule) => rule === fault.rule);
}

async function asideOf(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  profile: ImportProfile,
  faults: LineFault[],
  headers: readonly string[],
  asking: Asking,
) {
  if (profile.kind === "documents") {
    await groupDocuments(db, scope, importId, {
      creditNoteAmounts: profile.creditNoteAmounts,
      negativeTotalIsCreditNote: profile.kinds.by === "number" && profile.kinds.negativeTotalIsCreditNote,
      zeroDocument: profile.setAside.zeroDocument ?? null,
      zeroStockAdjustment: profile.setAside.zeroStockAdjustment ?? null,
      fallbackReference: profile.contact.fallback?.reference ?? null,
    });
    for (const { field, ...fault } of await judgeNumbers(db, scope, { importId, profile, asking, limit: MAX_FAULTS }))
      faults.push({ ...fault, field: headerFor(profile, headers, field) });
    if (faults.length < MAX_FAULTS) faults.push(...(await documentFaults(db, scope, importId, headers, profile)));
  }
  return listStagedSetAside(db, scope, importId, SHOWN_SET_ASIDE);
}

async function ofDocuments(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  profile: ImportProfile,
  asking: Asking,
  taxIsOff: boolean,
) {
  const used = await listUses(db, scope, importId);
  const existing = await listCodes(db, scope);
  const has = { nominal: new Set(existing.nominal.map((row) => row.code)), tax: new Set(existing.tax.map((row) => row.code)) };
  return {
    documents: await sumDocuments(db, scope, importId),
    first: await listStagedDocuments(db, scope, importId, SHOWN),
    changesHeld: await listHeldChanges(db, scope, importId, SHOWN),
    contacts: await countContacts(db, scope, importId, {
      nameTemplate: profile.contact.nameTemplate,
      fallback: profile.contact.fallback ?? null,
    }),
    tax: await summariseTax(db, scope, importId, await taxCodesFor(db, scope, profile, asking), used.tax, taxIsOff),
    products: { new: used.products },
    uses: { nominal: used.nominal, tax: used.tax },
    newNominalCodes: used.nominal.filter((code) => !has.nominal.has(code)).sort(),
    newTaxCodes: used.tax.filter((code) => !has.tax.has(code)).sort(),
    records: null,
    firstRecords: [],
  };
}

async function ofRecords(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  profile: ImportProfile,
  faults: LineFault[],
  headers: readonly string[],
) {
  const nothing = {
    documents: [],
    first: [],
    contacts: { new: 0, amended: 0 },
    products: { new: 0 },
    uses: { nominal: [], tax: [] },
    newNominalCodes: [],
    newTaxCodes: [],
  };
  const { kind } = profile;
  if (!isRecordFile(kind)) {
    const judged =
      kind === "payments"
        ? { ...(await judgePayments(db, scope, importId, profile, headers)), unknownCodes: [] }
        : await judgeJournals(db, scope, importId, profile, headers);
    const { counts, first, unknownCodes } = judged;
    faults.push(...judged.faults.slice(0, MAX_FAULTS));
    return { ...nothing, unknownCodes, records: counts, firstRecords: first.slice(0, SHOWN) };
  }
  const field: Field =
    kind === "products" ? "product" : kind === "customers" || kind === "suppliers" ? "contactReference" : "code";
  for (const { line, reference, first } of await listDoubledRecords(db, scope, importId, MAX_FAULTS)) {
    const rule = `appears twice in the file: also in line ${first}`;
    faults.push({ line, field: headerFor(profile, headers, field), value: reference, rule, fixer: "operations" });
  }
  return {
    ...nothing,
    records: await countRecords(db, scope, importId, kind),
    firstRecords: await listFirstRecords(db, scope, importId, kind, SHOWN),
  };
}

/** A field's column as the file heads it. */
function headerFor(profile: ImportProfile, headers: readonly string[], field: Field): string {
  const at = placed(profile, headers).at[field];
  return (at === undefined ? undefined : headers[at]) ?? profile.columns[field]?.headers[0] ?? field;
}

async function documentFaults(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  headers: readonly string[],
  profile: ImportProfile,
): Promise<LineFault[]> {
  const rows = await listDocumentFaults(db, scope, importId, MAX_FAULTS);
  return rows.map((row) => {
    const field = (Object.keys(profile.columns) as Field[]).find((one) => one === row.field);
    if (field) {
      const rule = `is the same on every line of document ${row.number}: line ${row.firstLine} says ${row.first === "" ? "none" : `"${row.first}"`}`;
      return { line: row.line, field: headerFor(profile, headers, field), value: row.value, rule, fixer: "operations" };
    }
    return {
      line: row.line,
      field: "",
      value: row.number,
      rule: isCreditNote(row.kind)
        ? "the credit note is above zero in a file that writes credit notes below zero"
        : "the document's total is below zero: enter it as a credit note",
      fixer: "operations",
    };
  });
}

function proofOf(
  totals: ReadonlyMap<string, bigint>,
  documents: ImportSummary["documents"],
  setAside: ImportSummary["setAside"],
): Proof[] {
  return [...totals.keys()].sort().map((currency) => {
    const sum = (amounts: readonly string[]) => amounts.reduce((total, amount) => total + BigInt(amount), 0n);
    const file = totals.get(currency) ?? 0n;
    const inDocuments = sum(documents.filter((row) => row.currency === currency).map((row) => row.inFileMinor));
    const aside = sum(setAside.filter((row) => row.currency === currency).map((row) => row.worthMinor));
    return {
      currency,
      fileMinor: file.toString(),
      documentsMinor: inDocuments.toString(),
      setAsideMinor: aside.toString(),
      differenceMinor: (file - inDocuments - aside).toString(),
    };
  });
}

/** What an earlier summary kept of the reading: enough to put the staged lines together anew. */
export function readingOf(summary: ImportSummary): Omit<Reading, "faults"> {
  const {
    encoding,
    sheet,
    separator,
    decimalMark,
    headers,
    ignored,
    hiddenColumns,
    lines,
    stopped,
    repeatOf,
    leftOut,
    belongAbove,
    checked,
    proof,
    tax,
    frame,
    unknownCodes,
    taxTaken,
  } = summary;
  const totals = new Map(proof.map((row) => [row.currency, BigInt(row.fileMinor)]));
  return {
    encoding,
    sheet,
    separator,
    decimalMark,
    headers,
    ignored,
    hiddenColumns,
    lines,
    stopped,
    repeatOf,
    leftOut,
    belongAbove,
    checked,
    totals,
    taxIsOff: tax !== undefined && tax.held.count + tax.pennies.count > 0,
    frame,
    unknownCodes,
    taxTaken,
  };
}

/** The summary that was kept with an upload; null while the file is being read. */
export function summaryOf(row: FileImportRow): ImportSummary | null {
  return isSummary(row.summary) ? row.summary : null;
}

function isSummary(value: object): value is ImportSummary {
  return "profileVersion" in value && "documents" in value && "proof" in value;
}
