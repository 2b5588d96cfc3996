import type { ClientScope, ScopedDb } from "#db/client.ts";
import { clientCalendar } from "#db/queries/imports/file-imports.ts";
import { withCellFaults } from "./cell-faults.ts";
import { examineFile } from "./examine.ts";
import type { Field } from "./fields.ts";
import { questionsOf, readerFor } from "./file-import.ts";
import { parseProfile } from "./profiles.ts";
import { Asking, type FileQuestion } from "./questions.ts";
import { isFaulty, type LineFault } from "./read-line.ts";
import type { DecimalMark, Layout } from "./records.ts";
import { listSheets, openSource } from "./source.ts";
import { asFarAsItGoes } from "./survey.ts";
import { understood } from "./understand.ts";

/** How one line of a sample would be understood. */
interface TriedLine {
  readonly line: number;
  /** What becomes of it, in the order of the table: what it is, its number, date, party, and amount. */
  readonly is: string;
  readonly number: string;
  readonly date: string | null;
  readonly party: string | null;
  readonly currency: string | null;
  readonly netMinor: string | null;
  readonly taxMinor: string | null;
  readonly codes: string | null;
  readonly setAside: string | null;
  readonly faults: readonly LineFault[];
}

export interface Tried {
  readonly encoding: string;
  readonly separator: string;
  readonly decimalMark: string;
  readonly sheets: readonly string[];
  readonly headers: readonly string[];
  /** The heading under which each field was found. */
  readonly found: Readonly<Partial<Record<Field, string>>>;
  readonly missing: readonly string[];
  readonly ignored: readonly string[];
  readonly lines: readonly TriedLine[];
  /** What the sample would have asked, uploaded under the profile. */
  readonly questions: readonly FileQuestion[];
}

const SHOWN = 12;

/**
 * Reads the first lines of a sample with a profile as it is being written; nothing is kept.
 *
 * @param isCut whether the sample may end within a line
 * @throws {Refusal} when profile or sample cannot be used at all, in words
 */
export async function tryProfile(
  db: ScopedDb,
  scope: ClientScope,
  sample: { readonly path: string; readonly sheet: string | null; readonly isCut: boolean },
  definition: unknown,
): Promise<Tried> {
  const profile = parseProfile(definition);
  const examined = await examineFile(sample.path, profile.encoding);
  const sheets = examined.format === "workbook" ? await listSheets(sample.path) : [];
  const sheet = sample.sheet !== null && sheets.includes(sample.sheet) ? sample.sheet : (sheets[0] ?? null);
  const source = await openSource(sample.path, examined, profile, sheet, new Asking());
  try {
    const calendar = await clientCalendar(db, scope);
    const readerOf = (at: Layout) => readerFor(db, scope, profile, at, calendar.today);
    const whole = sample.isCut ? { ...source, records: (mark?: DecimalMark) => asFarAsItGoes(source.records(mark)) } : source;
    const { layout } = await understood(whole, profile, new Asking(), calendar, readerOf);
    const understand = await readerOf(layout);
    const lines: TriedLine[] = [];
    for await (const { line, values, cellFaults } of whole.records(layout.decimalMark)) {
      if (layout.missing.length > 0 || lines.length >= SHOWN) break;
      lines.push(tried(line, withCellFaults(understand(line, values), cellFaults, { line, headers: layout.headers, values })));
    }
    const questions =
      layout.missing.length > 0 ? [] : await questionsOf(db, scope, sample.path, profile, { examined, source: whole });
    const found: Partial<Record<Field, string>> = {};
    for (const [field, at] of Object.entries(layout.at) as [Field, number][]) found[field] = layout.headers[at] ?? "";
    return {
      encoding: source.encoding,
      separator: layout.separator,
      decimalMark: layout.decimalMark,
      sheets,
      headers: layout.headers,
      found,
      missing: layout.missing,
      ignored: layout.ignored,
      lines,
      questions,
    };
  } finally {
    await source.close();
  }
}

function tried(line: number, read: ReturnType<Awaited<ReturnType<typeof readerFor>>>): TriedLine {
  const nothing = {
    date: null,
    party: null,
    currency: null,
    netMinor: null,
    taxMinor: null,
    codes: null,
    setAside: null,
    faults: [],
  };
  if (isFaulty(read)) return { ...nothing, line, is: read.kind, number: read.number, faults: read.faults };
  if ("values" in read) return { ...nothing, line, is: read.kind, number: read.reference, party: read.name };
  return {
    ...nothing,
    line,
    is: read.kind,
    number: read.number,
    date: read.issuedOn,
    party: read.contactName ?? read.contactReference,
    currency: read.currency,
    netMinor: read.netMinor.toString(),
    taxMinor: read.taxMinor.toString(),
    codes: `${read.nominalCode} · ${read.taxCode}`,
    setAside: read.setAside ?? (read.isVoid ? "void" : null),
  };
}
